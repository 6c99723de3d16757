//! A part of a benchmark becomes the sums of its train queries, a chunk of lines at a
//! time: memory for the sums, and for nothing that grows with the stream.
//!
//! A sum knows no gaps: every train query must have the score of the same models,
//! and the cost of all of them or of none. Gaps are filled from other queries
//! (impute.rs), which takes all of them at once.

use crate::file::header::EmbedderTag;
use crate::file::params::Params;
use crate::router::Entry as Kind;
use crate::summed::part::{Held, Options, Part};
use crate::summed::rows;
use crate::summed::summing::{self, Summing};
use crate::table::impute;
use crate::table::table_builder::{Row, TableBuilder};
use crate::table::training::{agree, entry, Config, Entry};
use crate::table::Embedder;
use rayon::prelude::*;
use rb_record::error::{excerpt, Error, Result};
use rb_record::record::resource::Resource;
use rb_record::record::{Outcome, Split};
use rb_record::skips::Skips;
use rb_record::stream::{self, Input};
use std::collections::BTreeSet;

const CHUNK: usize = 1024;
const CHUNK_BYTES: usize = 32 << 20;

/// Models that all train queries have, by the first of them.
struct Pool {
    models: BTreeSet<String>,
    is_priced: bool,
    /// The place of the first, "bench.ndjson:1".
    from: String,
}

struct Gather<'a> {
    config: &'a Config,
    pool: Option<Pool>,
    given: Option<(bool, String)>,
    embedder: Embedder,
    held: Held,
    without_scores: u64,
}

/// Reads a stream as `rb-fit KIND` does, and gives the text of its part.
pub fn part(
    input: &mut Input,
    (kind, params): (&Kind, &Params),
    config: &Config,
    skips: &mut Skips,
) -> Result<String> {
    let row = rows::row(kind, params)?;
    let mut summing: Option<Box<dyn Summing>> = None;
    let mut gather = Gather {
        config,
        pool: None,
        given: None,
        embedder: config.embedder.clone(),
        held: Held::default(),
        without_scores: 0,
    };
    loop {
        let read = input.next_lines(CHUNK, CHUNK_BYTES)?;
        if read.is_empty() {
            break;
        }
        let read: Vec<Result<Entry>> = read.into_par_iter().map(|l| entry(l, config)).collect();
        let mut train = TableBuilder::default();
        for entry in read {
            let checked = entry.and_then(|e| gather.admit(e));
            if let Some(Some(row)) = skips.keep(checked)? {
                train.push(row);
            }
        }
        let Some(pool) = gather.pool.as_ref().filter(|_| !train.is_empty()) else {
            continue;
        };
        let (mut table, _) = train.table(&pool.models);
        table.trade_against(config.against);
        let opened = match summing.take() {
            Some(opened) => opened,
            None => (row.open)(params, table.x.ncols())?,
        };
        let targets = impute::targets(&table);
        summing::add(
            &mut gather.held.sums,
            &*opened,
            &table,
            &targets,
            config.seed,
        );
        gather.held.rows.add(table.row_sum());
        summing = Some(opened);
    }
    if gather.given.is_none() && skips.count() == 0 {
        return Err(stream::empty_stream());
    }
    let mut part = Part::new(&Options {
        kind: kind.name,
        name: &config.name,
        against: config.against,
        seed: config.seed,
        params,
    });
    part.split_here = gather.given.map(|g| !g.0);
    part.embedder = (gather.embedder.known).map(|(model, dim)| EmbedderTag { model, dim });
    part.without_scores = gather.without_scores;
    if let Some(pool) = gather.pool {
        part.models = pool.models.into_iter().collect();
        part.is_priced = Some(pool.is_priced);
    }
    part.text(gather.held)
}

impl Gather<'_> {
    /// The row of a train query; None: it teaches nothing.
    fn admit(&mut self, mut entry: Entry) -> Result<Option<Row>> {
        agree(&entry, &mut self.given, &mut self.embedder)?;
        let fault = |what: String| Error::input(what).at(entry.line.place(0));
        let row = entry.row.take().filter(|_| entry.split == Split::Train);
        let complete = match &row {
            Some(row) => {
                let from = || format!("{}:{}", entry.line.source(), entry.line.number());
                self.is_complete(row, from).map_err(|e| match e.place {
                    None if e.kind == rb_record::error::Kind::Input => fault(e.message),
                    _ => e,
                })?
            }
            None => false,
        };
        if !self.held.ids.admit(&entry.id) {
            return Err(fault(format!(
                "the id {:?} stands here again, expected one of its own for every query; rb-import merges records of one query",
                excerpt(&entry.id)
            )));
        }
        if row.is_some() && !complete {
            self.without_scores += 1;
        }
        Ok(row.filter(|_| complete))
    }

    /// Whether a query has a score of any model; some but not all are an error.
    fn is_complete(&mut self, row: &Row, from: impl Fn() -> String) -> Result<bool> {
        let config = self.config;
        let scored = || row.outcomes.iter().filter(|(_, o)| o.score.is_some());
        if self.pool.is_none() && scored().count() > 0 {
            let named = config.models.iter().chain(&config.exclude);
            if let Some(m) = named.into_iter().find(|m| scored().all(|(s, _)| s != *m)) {
                return Err(Error::usage(format!(
                    "the model {m:?} has no score on the first train query ({}); --partial needs the same models on all of them",
                    from()
                )));
            }
        }
        let is_wanted = |m: &String| {
            (config.models.is_empty() || config.models.contains(m)) && !config.exclude.contains(m)
        };
        let scored: Vec<&(String, Outcome)> = scored().filter(|(m, _)| is_wanted(m)).collect();
        if scored.is_empty() {
            return Ok(false);
        }
        let priced = (scored.iter())
            .filter(|(_, o)| is_known(o, config.against))
            .count();
        if priced > 0 && priced < scored.len() {
            return Err(Error::input(format!(
                "{} of {} models have a {}, expected all or none: a sum knows no gaps; import what is missing, leave models out with --exclude, or such queries with --on-error skip",
                priced,
                scored.len(),
                config.against.name()
            )));
        }
        let found = Pool {
            models: scored.iter().map(|(m, _)| m.clone()).collect(),
            is_priced: priced > 0,
            from: from(),
        };
        let Some(pool) = &self.pool else {
            self.pool = Some(found);
            return Ok(true);
        };
        let names = |m: &BTreeSet<String>| m.iter().cloned().collect::<Vec<_>>().join(", ");
        if pool.models != found.models {
            return Err(Error::input(format!(
                "scores are known of {}, expected of {} as at {}: a sum knows no gaps; name the models that all queries have with --models, leave such queries out with --on-error skip, or fit without --partial, which fills gaps",
                names(&found.models),
                names(&pool.models),
                pool.from
            )));
        }
        if pool.is_priced != found.is_priced {
            let (this, that) = if found.is_priced {
                ("known", "not")
            } else {
                ("not known", "known")
            };
            return Err(Error::input(format!(
                "the {} of the models is {this} here and {that} at {}: a sum knows no gaps; import what is missing, or leave such queries out with --on-error skip",
                config.against.name(),
                pool.from
            )));
        }
        Ok(true)
    }
}

fn is_known(outcome: &Outcome, against: Resource) -> bool {
    match against {
        Resource::Cost => outcome.cost.is_some(),
        Resource::Latency => outcome.latency.is_some(),
        Resource::Tokens => outcome
            .prompt_tokens
            .and(outcome.completion_tokens)
            .is_some(),
    }
}
