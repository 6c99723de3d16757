//! Reads a whole stream for rb-fit: every line held back as it came, the split
//! of each query, the training tables, and later what a router may see of the
//! rest.
//!
//! Outcomes are decoded for train and val only (and for test where pools of models
//! are judged on it, `Config::judges`): else a test outcome never gets into
//! memory, save the signals where a router reads them (signals.rs) and what an
//! oracle reads (oracle_outcomes.rs). Memory: the lines up to a limit, the rest of them
//! in a temporary file (spool.rs); the tables, twice while they are built; the
//! ids. Of what is routed nothing is held but its line.

use crate::table::seen::{self, Asked};
use crate::table::table_builder::{Row, TableBuilder};
use crate::table::{Embedder, Table};
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::record::ids::Ids;
use rb_record::record::resource::Resource;
use rb_record::record::unit::unit_of;
use rb_record::record::{Record, Split};
use rb_record::skips::Skips;
use rb_record::split::hashed;
use rb_record::stream::{Input, Line};
use rb_store::spool::Spool;
use std::collections::BTreeSet;

/// How a stream is to be read.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What the router asks of a query.
    pub asked: Asked,
    /// Of the split, where the records have none.
    pub seed: u64,
    /// Only these models; empty: all.
    pub models: Vec<String>,
    /// Not these models.
    pub exclude: Vec<String>,
    /// What alpha trades quality against.
    pub against: Resource,
    /// The routes' name to be added, and whether an existing one may be replaced.
    pub name: String,
    /// Whether routes of the name may stand there already.
    pub replace: bool,
    /// The embedder that the vectors must be of, where that is known before.
    pub embedder: Embedder,
    /// Bytes of lines held in memory.
    pub memory: usize,
    /// The outcomes of test are read too, into a table of their own: for who judges
    /// models there, never for a router.
    pub judges: bool,
}

/// One record of the stream, read but not yet checked against the others.
pub(crate) struct Entry {
    pub(crate) line: Line,
    pub(crate) id: String,
    /// Whether the split stands in the record, and is not made here.
    pub(crate) has_split: bool,
    pub(crate) split: Split,
    /// The embedder and the width of the vector; None: none was read.
    embedding: Option<(String, usize)>,
    /// Of train and val, and of test where that is judged.
    pub(crate) row: Option<Row>,
}

/// A whole stream, in input order.
pub struct Loaded {
    /// Every line as it came.
    pub lines: Spool,
    /// One a line.
    pub splits: Vec<Split>,
    /// The stream had no splits, so they were made here and must be written.
    pub split_here: bool,
    /// As the configuration said.
    pub asked: Asked,
    /// Of the vectors read.
    pub embedder: Embedder,
    /// What is learnt from.
    pub train: Table,
    /// Train queries left out because the pool has no score on them.
    pub without_scores: usize,
    /// What operating points are calibrated on, over the same models.
    pub val: Table,
    /// What models are judged on, over the same ones; empty unless asked for.
    pub test: Table,
    /// Test queries left out because the pool has no score on them.
    pub test_without_scores: usize,
}

const CHUNK: usize = 1024;
const CHUNK_BYTES: usize = 32 << 20;

/// Reads and checks the stream.
pub fn load(input: &mut Input, config: &Config, skips: &mut Skips) -> Result<Loaded> {
    let mut lines = Spool::new(config.memory);
    let mut splits = Vec::new();
    let (mut train, mut val) = (TableBuilder::default(), TableBuilder::default());
    let mut test = TableBuilder::default();
    let mut embedder = config.embedder.clone();
    let mut given: Option<(bool, String)> = None;
    let mut ids = Ids::default();
    loop {
        let read = input.next_lines(CHUNK, CHUNK_BYTES)?;
        if read.is_empty() {
            break;
        }
        let read: Vec<Result<Entry>> = read.into_par_iter().map(|l| entry(l, config)).collect();
        for entry in read {
            let checked = entry.and_then(|mut e| {
                check(&mut e, &mut ids, &mut given, &mut embedder)?;
                Ok(e)
            });
            let Some(entry) = skips.keep(checked)? else {
                continue;
            };
            lines.push(&entry.line)?;
            splits.push(entry.split);
            match (entry.split, entry.row) {
                (Split::Train, Some(row)) => train.push(row),
                (Split::Test, Some(row)) => test.push(row),
                (_, Some(row)) => val.push(row),
                (_, None) => {}
            }
        }
    }
    if lines.is_empty() {
        return Err(rb_record::stream::empty_stream());
    }
    drop(ids);
    let split_here = !given.is_some_and(|g| g.0);
    let pool = pool(&train, config)?;
    let (mut train, without_scores) = train.table(&pool);
    let (mut val, _) = val.table(&pool);
    let (mut test, test_without_scores) = test.table(&pool);
    for table in [&mut train, &mut val, &mut test] {
        table.trade_against(config.against);
    }
    let asked = config.against != Resource::Cost;
    if asked && (0..train.k()).all(|m| train.cost().known(m) == 0) {
        let (name, needs) = match config.against {
            Resource::Tokens => ("tokens", "prompt_tokens and completion_tokens"),
            other => (other.name(), other.name()),
        };
        return Err(Error::input(format!(
            "no train query has an outcome with {needs}, so --against {name} has nothing to trade quality against; import it, or leave the flag out"
        )));
    }
    Ok(Loaded {
        lines,
        splits,
        split_here,
        asked: config.asked,
        embedder,
        without_scores,
        train,
        val,
        test,
        test_without_scores,
    })
}

/// Reads one record by itself.
pub(crate) fn entry(line: Line, config: &Config) -> Result<Entry> {
    let record = Record::parse(&line)?;
    let id = record.required_id()?.into_owned();
    // The prompt decides the unit even where its text is not needed.
    let prompt = if config.asked.needs.text {
        Some(record.required_prompt()?)
    } else {
        record.prompt()?
    };
    let unit = unit_of(prompt.as_deref(), Some(&id));
    let given = record.split()?;
    let split = given
        .unwrap_or_else(|| hashed::part(hashed::position(config.seed, unit), hashed::TRAIN, 0.0));
    let learns = match split {
        Split::Train | Split::Val => true,
        Split::Test => config.judges,
        Split::None => false,
    };
    let routed = is_routed(split);
    if routed && !config.replace && record.has_member("routes", &config.name) {
        return Err(record.error_at(
            record.raw("routes").unwrap_or_default(),
            format!(
                "routes.{} stands here already; choose another --name, or --replace it",
                config.name
            ),
        ));
    }
    if routed {
        seen::check(&record, config.asked)?;
    }
    let embedding = match split {
        Split::None => None,
        _ => seen::vector(&record, config.asked.needs.embedding)?,
    };
    let admitted = (embedding.as_ref()).map(|e| (e.model.to_string(), e.vector.len()));
    let row = if !learns {
        None
    } else {
        Some(Row {
            dataset: record.dataset()?.into_owned(),
            unit,
            text: if config.asked.needs.text {
                prompt.unwrap_or_default().into_owned()
            } else {
                String::new()
            },
            x: embedding.map_or(Vec::new(), |e| e.vector),
            outcomes: (record.outcomes()?.into_iter())
                .map(|(m, o)| (m.into_owned(), o))
                .collect(),
            id: id.clone(),
        })
    };
    drop(record);
    Ok(Entry {
        line,
        id,
        has_split: given.is_some(),
        split,
        embedding: admitted,
        row,
    })
}

/// What can only be checked against the records before: ids, the embedder, and that
/// all records have a split or none has.
fn check(
    entry: &mut Entry,
    ids: &mut Ids,
    given: &mut Option<(bool, String)>,
    embedder: &mut Embedder,
) -> Result<()> {
    ids.admit(std::mem::take(&mut entry.id), &entry.line)?;
    agree(entry, given, embedder)
}

/// The same but for ids.
pub(crate) fn agree(
    entry: &Entry,
    given: &mut Option<(bool, String)>,
    embedder: &mut Embedder,
) -> Result<()> {
    let has = entry.has_split;
    match given {
        None => {
            let first = format!("{}:{}", entry.line.source(), entry.line.number());
            *given = Some((has, first));
        }
        Some((first, at)) if *first != has => {
            let (this, that) = if has {
                ("a split", "none")
            } else {
                ("no split", "one")
            };
            return Err(Error::input(format!(
                "this record has {this} while {at} has {that}; run rb-split --resplit over the whole stream"
            ))
            .at(entry.line.place(0)));
        }
        Some(_) => {}
    }
    match &entry.embedding {
        Some((model, width)) => embedder.admit(&entry.line, model, *width),
        None => Ok(()),
    }
}

/// The models to route among: those with a score on train, as the flags allow.
fn pool(train: &TableBuilder, config: &Config) -> Result<BTreeSet<String>> {
    if train.is_empty() {
        return Err(Error::input(
            "no query is in the train split, so there is nothing to fit on; rb-split --resplit makes one",
        ));
    }
    let seen = train.scored_models();
    if seen.is_empty() {
        return Err(Error::input(
            "no train query has an outcome with a score, so there is nothing to learn; import the benchmark's scores (rb-import)",
        ));
    }
    let named = config.models.iter().chain(&config.exclude);
    if let Some(stranger) = named.into_iter().find(|m| !seen.contains(m.as_str())) {
        let seen: Vec<&str> = seen.into_iter().collect();
        return Err(Error::usage(format!(
            "the model {stranger:?} has no score on train; the models are {}",
            seen.join(", ")
        )));
    }
    let pool: BTreeSet<String> = seen
        .into_iter()
        .filter(|m| config.models.is_empty() || config.models.iter().any(|k| k == m))
        .filter(|m| !config.exclude.iter().any(|k| k == m))
        .map(String::from)
        .collect();
    if pool.is_empty() {
        Err(Error::usage(
            "--models and --exclude leave no model to route among",
        ))
    } else {
        Ok(pool)
    }
}

/// Whether the routes are written to a record of this split.
pub fn is_routed(split: Split) -> bool {
    !matches!(split, Split::Train | Split::None)
}
