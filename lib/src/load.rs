//! Reads a whole stream for rb-fit: every line kept as it came, the split of
//! each query, the training table, and what a router may see of the rest.
//!
//! Outcomes are decoded for train and val only: a test outcome never gets into
//! memory, save the signals where a router reads them (signals.rs). Memory: the lines,
//! and one f32 vector a query beside the table.

use crate::cli::Skips;
use crate::error::{Error, Result};
use crate::ids::Ids;
use crate::record::{Outcome, Record, Split};
use crate::resource::Resource;
use crate::signals::{self, Grids, Recorded};
use crate::split::hashed;
use crate::stream::{Input, Line};
use crate::table::{self, Embedder, Needs, Queries, Row, Table};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// How a stream is to be read.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub needs: Needs,
    pub seed: u64,
    /// Only these models; empty: all.
    pub models: Vec<String>,
    pub exclude: Vec<String>,
    /// What alpha trades quality against.
    pub against: Resource,
    /// The routes' name to be added, and whether an existing one may be replaced.
    pub name: String,
    pub replace: bool,
    /// The embedder that the vectors must be of, where that is known before.
    pub embedder: Embedder,
}

/// One record of the stream as rb-fit needs it.
pub struct Entry {
    pub line: Line,
    pub split: Split,
    id: String,
    dataset: String,
    unit: u64,
    text: String,
    vector: Vec<f32>,
    outcomes: Vec<(String, Outcome)>,
    signals: Recorded,
}

/// A whole stream, in input order.
pub struct Loaded {
    pub entries: Vec<Entry>,
    /// The stream had no splits, so they were made here and must be written.
    pub split_here: bool,
    pub embedder: Embedder,
    pub train: Table,
    /// Train queries left out because the pool has no score on them.
    pub without_scores: usize,
    pub val: Table,
}

const CHUNK: usize = 1024;
const CHUNK_BYTES: usize = 32 << 20;

/// Reads and checks the stream.
pub fn load(input: &mut Input, config: &Config, skips: &mut Skips) -> Result<Loaded> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut embedder = config.embedder.clone();
    let mut given: Option<(bool, String)> = None;
    let mut ids = Ids::default();
    loop {
        let lines = input.next_lines(CHUNK, CHUNK_BYTES)?;
        if lines.is_empty() {
            break;
        }
        let read: Vec<Result<Entry>> = lines.into_par_iter().map(|l| entry(l, config)).collect();
        for entry in read {
            let checked = entry.and_then(|e| {
                check(&e, &mut ids, &mut given, &mut embedder, config)?;
                Ok(e)
            });
            entries.extend(skips.keep(checked)?);
        }
    }
    if entries.is_empty() {
        return Err(crate::cli::empty_stream());
    }
    let split_here = !given.is_some_and(|g| g.0);
    let pool = pool(&entries, config)?;
    let (mut train, mut val) = (Vec::new(), Vec::new());
    let mut without_scores = 0;
    for e in &mut entries {
        let part = match e.split {
            Split::Train => &mut train,
            Split::Val => &mut val,
            _ => continue,
        };
        let outcomes = std::mem::take(&mut e.outcomes);
        let scored = |(m, o): &(String, Outcome)| o.score.is_some() && pool.contains(m);
        if !outcomes.iter().any(scored) {
            without_scores += usize::from(e.split == Split::Train);
            continue;
        }
        // Val is routed as well, train never is.
        let (text, x) = match e.split {
            Split::Train => (std::mem::take(&mut e.text), std::mem::take(&mut e.vector)),
            _ => (e.text.clone(), e.vector.clone()),
        };
        part.push(Row {
            id: e.id.clone(),
            dataset: std::mem::take(&mut e.dataset),
            unit: e.unit,
            text,
            x,
            outcomes,
        });
    }
    let table = |rows: Vec<Row>| {
        let mut table = table::build(rows, Some(&pool));
        table.trade_against(config.against);
        table
    };
    let (train, val) = (table(train), table(val));
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
        split_here,
        embedder,
        without_scores,
        train,
        val,
        entries,
    })
}

fn entry(line: Line, config: &Config) -> Result<Entry> {
    let record = Record::parse(&line)?;
    let id = record.required_id()?.into_owned();
    // The prompt decides the unit even where its text is not needed.
    let prompt = match config.needs.text {
        true => Some(record.required_prompt()?),
        false => record.prompt()?,
    };
    let unit = table::unit_of(prompt.as_deref(), Some(&id));
    let given = record.split()?;
    let split = given
        .unwrap_or_else(|| hashed::part(hashed::position(config.seed, unit), hashed::TRAIN, 0.0));
    let learns = matches!(split, Split::Train | Split::Val);
    let routed = !matches!(split, Split::Train | Split::None);
    let outcomes = match learns {
        true => record.outcomes()?,
        false => Vec::new(),
    };
    if routed && !config.replace && record.has_member("routes", &config.name) {
        return Err(record.error_at(
            record.raw("routes").unwrap_or_default(),
            format!(
                "routes.{} stands here already; choose another --name, or --replace it",
                config.name
            ),
        ));
    }
    let signals = match config.needs.signals.filter(|_| routed) {
        Some(signal) => signals::required(&record, &[signal])?,
        None => Recorded::new(),
    };
    let vector = match config.needs.embedding && split != Split::None {
        true => match record.embedding()? {
            Some(e) => e.vector,
            None => return Err(table::no_embedding(&line)),
        },
        false => Vec::new(),
    };
    let dataset = match learns {
        true => record.dataset()?.into_owned(),
        false => String::new(),
    };
    let text = match config.needs.text {
        true => prompt.unwrap_or_default().into_owned(),
        false => String::new(),
    };
    let outcomes = outcomes
        .into_iter()
        .map(|(m, o)| (m.into_owned(), o))
        .collect();
    drop(record);
    Ok(Entry {
        line,
        split,
        id,
        dataset,
        unit,
        text,
        vector,
        outcomes,
        signals,
    })
}

/// What can only be checked against the records before: ids, the embedder, and that
/// all records have a split or none has.
fn check(
    entry: &Entry,
    ids: &mut Ids,
    given: &mut Option<(bool, String)>,
    embedder: &mut Embedder,
    config: &Config,
) -> Result<()> {
    let record = Record::parse(&entry.line)?;
    ids.admit(&record)?;
    let has = record.raw("split").is_some();
    match given {
        None => {
            let first = format!("{}:{}", entry.line.source(), entry.line.number());
            *given = Some((has, first));
        }
        Some((first, at)) if *first != has => {
            let (this, that) = match has {
                true => ("a split", "none"),
                false => ("no split", "one"),
            };
            return Err(Error::input(format!(
                "this record has {this} while {at} has {that}; run rb-split --resplit over the whole stream"
            ))
            .at(entry.line.place(0)));
        }
        Some(_) => {}
    }
    if config.needs.embedding && !entry.vector.is_empty() {
        if let Some(embedding) = record.embedding_model()? {
            embedder.admit(&entry.line, &embedding, entry.vector.len())?;
        }
    }
    Ok(())
}

/// The models to route among: those with a score on train, as the flags allow.
fn pool(entries: &[Entry], config: &Config) -> Result<BTreeSet<String>> {
    let train = || entries.iter().filter(|e| e.split == Split::Train);
    if train().next().is_none() {
        return Err(Error::input(
            "no query is in the train split, so there is nothing to fit on; rb-split --resplit makes one",
        ));
    }
    let seen: BTreeSet<&str> = train()
        .flat_map(|e| &e.outcomes)
        .filter(|(_, o)| o.score.is_some())
        .map(|(m, _)| m.as_str())
        .collect();
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
    match pool.is_empty() {
        true => Err(Error::usage(
            "--models and --exclude leave no model to route among",
        )),
        false => Ok(pool),
    }
}

impl Entry {
    /// Whether the routes are written to this record.
    pub fn is_routed(&self) -> bool {
        !matches!(self.split, Split::Train | Split::None)
    }
}

/// The entries that are routed, as queries; takes their vectors and texts.
/// Beside them their signals, over `models`.
pub fn routed(entries: &mut [Entry], width: usize, models: &[String]) -> (Queries, Grids) {
    let seen: Vec<&Recorded> = entries
        .iter()
        .filter(|e| e.is_routed())
        .map(|e| &e.signals)
        .collect();
    let signals = signals::grids(seen.into_iter(), models);
    let routed = entries.iter_mut().filter(|e| e.is_routed()).map(|e| {
        let (x, text) = (std::mem::take(&mut e.vector), std::mem::take(&mut e.text));
        (x, text, e.unit)
    });
    (Queries::new(routed, width), signals)
}
