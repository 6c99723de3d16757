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

const CHUNK: usize = 256;
const CHUNK_BYTES: usize = 8 << 20;

/// Reads and checks the stream.
pub fn load(input: &mut Input, config: &Config, skips: &mut Skips) -> Result<Loaded> {
    let mut read = Read::new(config);
    let mut lines = input.next_lines(CHUNK, CHUNK_BYTES)?;
    // What comes next is read, and what came before is taken in, while this is parsed.
    let mut parsed = Vec::new();
    while !lines.is_empty() {
        let before = std::mem::take(&mut parsed);
        let now = std::mem::take(&mut lines);
        let (entries, (taken, next)) = rayon::join(
            || now.into_par_iter().map(|l| entry(l, config)).collect(),
            || {
                let taken = read.take(before, skips);
                (taken, input.next_lines(CHUNK, CHUNK_BYTES))
            },
        );
        taken?;
        parsed = entries;
        match next {
            Ok(next) => lines = next,
            // What is wrong in the lines before comes first.
            Err(e) => return read.take(parsed, skips).and(Err(e)),
        }
    }
    read.take(parsed, skips)?;
    read.loaded()
}

/// What has been read.
struct Read<'a> {
    config: &'a Config,
    lines: Spool,
    splits: Vec<Split>,
    train: TableBuilder,
    val: TableBuilder,
    test: TableBuilder,
    embedder: Embedder,
    given: Option<(bool, String)>,
    ids: Ids,
}

impl<'a> Read<'a> {
    fn new(config: &'a Config) -> Read<'a> {
        Read {
            config,
            lines: Spool::new(config.memory),
            splits: Vec::new(),
            train: TableBuilder::default(),
            val: TableBuilder::default(),
            test: TableBuilder::default(),
            embedder: config.embedder.clone(),
            given: None,
            ids: Ids::default(),
        }
    }

    /// Takes in the next records, in their order.
    fn take(&mut self, entries: Vec<Result<Entry>>, skips: &mut Skips) -> Result<()> {
        for entry in entries {
            let checked = entry.and_then(|mut e| {
                check(&mut e, &mut self.ids, &mut self.given, &mut self.embedder)?;
                Ok(e)
            });
            let Some(entry) = skips.keep(checked)? else {
                continue;
            };
            self.lines.push(&entry.line)?;
            self.splits.push(entry.split);
            match (entry.split, entry.row) {
                (Split::Train, Some(row)) => self.train.push(row),
                (Split::Test, Some(row)) => self.test.push(row),
                (_, Some(row)) => self.val.push(row),
                (_, None) => {}
            }
        }
        Ok(())
    }

    /// That was all.
    fn loaded(self) -> Result<Loaded> {
        let config = self.config;
        if self.lines.is_empty() {
            return Err(rb_record::stream::empty_stream());
        }
        drop(self.ids);
        let pool = pool(&self.train, config)?;
        let (mut train, without_scores) = self.train.table(&pool);
        let (mut val, _) = self.val.table(&pool);
        let (mut test, test_without_scores) = self.test.table(&pool);
        for table in [&mut train, &mut val, &mut test] {
            table.trade_against(config.against);
        }
        let asked = config.against != Resource::Cost;
        if asked && (0..train.k()).all(|m| train.cost().known(m) == 0) {
            return Err(nothing_against(config.against));
        }
        Ok(Loaded {
            lines: self.lines,
            splits: self.splits,
            split_here: !self.given.is_some_and(|g| g.0),
            asked: config.asked,
            embedder: self.embedder,
            without_scores,
            train,
            val,
            test,
            test_without_scores,
        })
    }
}

/// The error of a stream in which nothing tells what alpha is to trade quality for.
fn nothing_against(against: Resource) -> Error {
    let (name, needs) = match against {
        Resource::Tokens => ("tokens", "prompt_tokens and completion_tokens"),
        other => (other.name(), other.name()),
    };
    Error::input(format!(
        "no train query has an outcome with {needs}, so --against {name} has nothing to trade quality against; import it, or leave the flag out"
    ))
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
