//! Vectors that were made elsewhere: a NumPy file (.npy), a row a record, or rows
//! of an id and a vector.
//!
//! Without ids row i is of the i-th record, and rows are read one by one. With ids
//! (line i of a text file names row i) all are held, 4 bytes a number, and records
//! may come in any order and be fewer. Vectors stay as they are; every router scales
//! them to length 1 by itself.

use crate::embedder::EmbedError;
use npyz::{NpyFile, Order};
use std::collections::HashMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// Beyond it a record's vector is refused when it is read (FORMAT.md).
const LARGEST: f32 = 1e15;

type Numbers = Box<dyn Iterator<Item = io::Result<f32>> + Send>;

/// The vectors of one file.
pub struct Given {
    from: String,
    rows: u64,
    width: usize,
    read: u64,
    numbers: Numbers,
    /// By id; None: in the order of the records.
    by_id: Option<HashMap<String, Vec<f32>>>,
}

impl Given {
    /// Opens a file of n rows of 32- or 64-bit numbers; `ids` has n lines. Faults name
    /// what was found, what was expected, and what to do.
    pub fn open(path: &Path, ids: Option<&Path>) -> Result<Given, EmbedError> {
        let from = path.display().to_string();
        let fault = |what: String| EmbedError::Setup(format!("{from}: {what}"));
        let file = File::open(path).map_err(|e| fault(format!("cannot be read: {e}")))?;
        let file = NpyFile::new(BufReader::new(file))
            .map_err(|e| fault(format!("is no NumPy file ({e}); write it with numpy.save")))?;
        let (rows, width) = match *file.shape() {
            [rows, width] if width > 0 => (rows, width as usize),
            ref shape => {
                return Err(fault(format!(
                    "has the shape {shape:?}, expected two sides, a row a record"
                )))
            }
        };
        if file.order() == Order::Fortran {
            return Err(fault(
                "holds columns one after the other; write numpy.ascontiguousarray of it".into(),
            ));
        }
        let mut given = Given {
            rows,
            width,
            read: 0,
            numbers: numbers(file).map_err(fault)?,
            from,
            by_id: None,
        };
        if let Some(ids) = ids {
            given.by_id = Some(given.by_names(ids)?);
        }
        Ok(given)
    }

    /// Rows of an id and a vector that were read `from` somewhere. Faults: an id
    /// twice, vectors of unlike lengths, or such as no file may hold.
    pub fn named(from: String, rows: Vec<(String, Vec<f32>)>) -> Result<Given, EmbedError> {
        let width = rows.first().map_or(0, |(_, vector)| vector.len());
        let fault = |what: String| EmbedError::Setup(format!("{from} {what}"));
        let count = rows.len() as u64;
        let mut by_id = HashMap::with_capacity(rows.len());
        for (i, (id, vector)) in rows.into_iter().enumerate() {
            if vector.len() != width || width == 0 {
                return Err(fault(format!(
                    "has {} numbers in row {i} (from 0), expected {}; vectors are of one embedder",
                    vector.len(),
                    if width == 0 {
                        "some".into()
                    } else {
                        format!("{width} as in the first")
                    }
                )));
            }
            sound(&vector, i as u64).map_err(fault)?;
            if let Some(id) = by_id.contains_key(&id).then_some(&id) {
                return Err(fault(format!(
                    "names {id:?} a second time in row {i} (from 0); a query has one vector"
                )));
            }
            by_id.insert(id, vector);
        }
        Ok(Given {
            from,
            rows: count,
            width,
            read: count,
            numbers: Box::new(std::iter::empty()),
            by_id: Some(by_id),
        })
    }

    /// The vector of the next record, whose id is `id`.
    pub fn next(&mut self, id: Option<&str>) -> Result<Vec<f32>, EmbedError> {
        let Some(by_id) = &self.by_id else {
            if self.read == self.rows {
                return Err(self.fault(format!(
                    "has {} rows, but there are more records; each record needs a row, or name the rows with --ids",
                    self.rows
                )));
            }
            return self.row();
        };
        let id = id.ok_or_else(|| {
            self.fault("is read by id, but the record has none; give every query an id")
        })?;
        by_id.get(id).cloned().ok_or_else(|| {
            self.fault(format!(
                "has no row for the id {id:?}; embed that query, or leave it out"
            ))
        })
    }

    /// After the last of `records` records: rows left over are a fault where order
    /// tells which row is whose.
    pub fn end(&self, records: u64) -> Result<(), EmbedError> {
        if self.by_id.is_some() || records == self.rows {
            return Ok(());
        }
        Err(self.fault(format!(
            "has {} rows for {records} records; each record needs its own row, or name the rows with --ids",
            self.rows
        )))
    }

    fn fault(&self, what: impl Display) -> EmbedError {
        EmbedError::Setup(format!("{} {what}", self.from))
    }

    fn row(&mut self) -> Result<Vec<f32>, EmbedError> {
        let row: io::Result<Vec<f32>> = self.numbers.by_ref().take(self.width).collect();
        let row = row.map_err(|e| self.fault(format!("ends within row {}: {e}", self.read)))?;
        sound(&row, self.read).map_err(|what| self.fault(what))?;
        self.read += 1;
        Ok(row)
    }

    fn by_names(&mut self, ids: &Path) -> Result<HashMap<String, Vec<f32>>, EmbedError> {
        let shown = ids.display();
        let fault = |what: String| EmbedError::Setup(format!("{shown}: {what}"));
        let text =
            std::fs::read_to_string(ids).map_err(|e| fault(format!("cannot be read: {e}")))?;
        let names: Vec<&str> = text.lines().collect();
        if names.len() as u64 != self.rows {
            return Err(fault(format!(
                "has {} lines for {} rows of {}; line i names row i",
                names.len(),
                self.rows,
                self.from
            )));
        }
        let mut by_id = HashMap::with_capacity(names.len());
        for (i, name) in names.into_iter().enumerate() {
            if by_id.insert(name.to_owned(), self.row()?).is_some() {
                return Err(fault(format!(
                    "line {} names {name:?} a second time; a query has one vector",
                    i + 1
                )));
            }
        }
        Ok(by_id)
    }
}

/// What is wrong with a vector, the row `at`.
fn sound(row: &[f32], at: u64) -> Result<(), String> {
    let is_odd = |v: &&f32| !v.is_finite() || v.abs() > LARGEST;
    if let Some(odd) = row.iter().find(is_odd) {
        return Err(format!(
            "has {odd} in row {at} (from 0), expected a number within ±1e15"
        ));
    }
    if row.iter().all(|v| *v == 0.0) {
        return Err(format!(
            "has nothing but zeros in row {at} (from 0), which has no direction"
        ));
    }
    Ok(())
}

/// The numbers of the file, row by row.
fn numbers(file: NpyFile<BufReader<File>>) -> Result<Numbers, String> {
    let file = match file.try_data::<f32>() {
        Ok(numbers) => return Ok(Box::new(numbers)),
        Err(file) => file,
    };
    match file.try_data::<f64>() {
        Ok(numbers) => Ok(Box::new(numbers.map(|v| v.map(|v| v as f32)))),
        Err(file) => Err(format!(
            "holds numbers of the type {}, expected 32- or 64-bit floats; write array.astype('float32')",
            file.dtype().descr()
        )),
    }
}
