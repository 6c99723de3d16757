//! A part of a fit as text: one JSON line (FORMAT.md, Sums).

use crate::file::header::EmbedderTag;
use crate::file::params::Params;
use crate::summed::ids::Ids;
use crate::summed::sums::{Cell, Sums};
use crate::table::digest::RowSum;
use rb_learn::folds::FOLDS;
use rb_learn::sum::exact::ExactSum;
use rb_record::error::{excerpt, Error, Result};
use rb_record::record::resource::Resource;
use rb_record::stream::Line;
use serde::{Deserialize, Serialize};

/// The version of the line that this build writes and reads.
pub const FORMAT: &str = "rb-sums/1";

/// What parts must have in common, and then the sums of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    sums: String,
    /// Of the tools that wrote it: what a token or a keyword is may change with it.
    pub version: String,
    /// The router, as in `rb-fit KIND`.
    pub kind: String,
    /// The name of its routes.
    pub name: String,
    /// What alpha trades quality against.
    pub against: Resource,
    /// Of the split, where there was none, and of the folds.
    pub seed: u64,
    /// Values by flag name.
    pub params: Params,
    /// Whether rb-fit made the split; None: no record was read.
    pub split_here: Option<bool>,
    /// None where no vector was read.
    pub embedder: Option<EmbedderTag>,
    /// The pool, ascending; empty where no train query was read.
    pub models: Vec<String>,
    /// Whether costs are known; None like an empty pool.
    pub is_priced: Option<bool>,
    /// Train queries.
    pub n: u64,
    /// Train queries left out because no model has a score on them.
    pub without_scores: u64,
    rows: String,
    ids: Vec<String>,
    cells: Vec<CellText>,
    lengths: Vec<(u64, u64)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellText {
    place: usize,
    fold: usize,
    n: u64,
    score: Vec<ExactSum>,
    cost: Vec<ExactSum>,
}

/// The sums of a part, once it was checked.
#[derive(Debug, Default)]
pub struct Held {
    /// Over its train queries.
    pub sums: Sums,
    /// What these said.
    pub rows: RowSum,
    /// Of all its records.
    pub ids: Ids,
}

/// What all parts must have in common.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// As in `rb-fit KIND`.
    pub kind: &'a str,
    /// Of its routes.
    pub name: &'a str,
    /// What alpha trades quality against.
    pub against: Resource,
    /// Of the split and the folds.
    pub seed: u64,
    /// Values by flag name.
    pub params: &'a Params,
}

impl Part {
    /// A part of nothing yet.
    pub fn new(options: &Options) -> Part {
        Part {
            sums: FORMAT.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            kind: options.kind.into(),
            name: options.name.into(),
            against: options.against,
            seed: options.seed,
            params: options.params.clone(),
            split_here: None,
            embedder: None,
            models: Vec::new(),
            is_priced: None,
            n: 0,
            without_scores: 0,
            rows: String::new(),
            ids: Vec::new(),
            cells: Vec::new(),
            lengths: Vec::new(),
        }
    }

    /// Its line, with a line feed.
    pub fn text(mut self, held: Held) -> Result<String> {
        self.n = held.sums.n();
        self.rows = format!("{:032x}", held.rows.0);
        self.ids = held.ids.hashes().map(|h| format!("{h:016x}")).collect();
        self.lengths = held.sums.lengths.into_iter().collect();
        self.cells = (held.sums.cells.into_iter())
            .map(|((place, fold), cell)| CellText {
                place,
                fold,
                n: cell.n,
                score: cell.score,
                cost: cell.cost,
            })
            .collect();
        let text = serde_json::to_string(&self)
            .map_err(|e| Error::input(format!("the sums cannot be written: {e}")))?;
        Ok(text + "\n")
    }

    /// Reads a line; what is cut off, damaged or of another version is refused.
    pub fn parse(line: &Line) -> Result<(Part, Held)> {
        #[derive(Deserialize)]
        struct Mark {
            sums: Option<String>,
        }
        let at = |message: String| Err(Error::input(message).at(line.place(0)));
        let mark: Mark = match serde_json::from_slice(line.bytes()) {
            Ok(mark) => mark,
            Err(e) => {
                return at(format!(
                    "the part is cut off or damaged ({e}); write it again with rb-fit --partial"
                ))
            }
        };
        match mark.sums.as_deref() {
            Some(FORMAT) => {}
            Some(other) => {
                return at(format!(
                    "the format of the sums is {:?}, expected {FORMAT:?}; write the part again with this version's rb-fit --partial",
                    excerpt(other)
                ))
            }
            None => {
                return at("this is no part that rb-fit --partial wrote; give such parts, or fit query records with rb-fit KIND".into())
            }
        }
        let part: Part = match serde_json::from_slice(line.bytes()) {
            Ok(part) => part,
            Err(e) => {
                return at(format!(
                    "the part is damaged ({e}); write it again with rb-fit --partial"
                ))
            }
        };
        match part.held() {
            Some(held) => Ok((part, held)),
            None => at(
                "the sums of the part do not agree with each other; write it again with rb-fit --partial"
                    .into(),
            ),
        }
    }

    /// The sums; None: sizes or counts do not agree.
    fn held(&self) -> Option<Held> {
        let mut held = Held {
            rows: RowSum(u128::from_str_radix(&self.rows, 16).ok()?),
            ..Held::default()
        };
        for id in &self.ids {
            let hash = u64::from_str_radix(id, 16).ok()?;
            held.ids.admit_hash(hash).then_some(())?;
        }
        let models = self.models.len();
        for cell in &self.cells {
            let sizes = [cell.score.len(), cell.cost.len()] == [models, models];
            let sums = || cell.score.iter().chain(&cell.cost);
            let sound = sizes && cell.fold < FOLDS && cell.n > 0;
            let sound = sound && sums().all(|s| (0.0..f64::MAX).contains(&s.value()));
            let at = (cell.place, cell.fold);
            let cell = Cell {
                n: cell.n,
                score: cell.score.clone(),
                cost: cell.cost.clone(),
            };
            let is_new = held.sums.cells.insert(at, cell).is_none();
            (sound && is_new).then_some(())?;
        }
        held.sums.lengths = self.lengths.iter().copied().collect();
        let of_lengths: u64 = held.sums.lengths.values().sum();
        let counted = self.lengths.is_empty() || of_lengths == self.n;
        let is_empty = self.n == 0;
        let told = self.models.is_empty() == is_empty && self.is_priced.is_none() == is_empty;
        (counted && told && held.sums.n() == self.n).then_some(held)
    }
}
