//! A benchmark beyond the memory limit, joined a part at a time.
//!
//! The queries held so far and all later rows stand in buckets on disk, all of
//! one query in one bucket (`buckets.rs`). Each bucket is joined as the whole
//! benchmark would be, changed as the flags say, and its queries' lines are
//! sorted by the order of their first rows (`sorter`), which is that of output.
//! A bucket that is itself beyond the limit goes into buckets again. A single
//! query is always held whole.
//!
//! **Errors.** Rows are joined in another order than they were read in; the
//! error that counts is that of the first row, so rows after one that failed
//! are not joined, and nothing is written once one failed.

use crate::joining::adjust::Changes;
use crate::joining::bench::Bench;
use crate::joining::buckets::{Buckets, Entries, BUCKETS};
use crate::joining::query::Query;
use crate::joining::wire::{self, Entry, Names};
use crate::joining::write::Writer;
use rb_record::error::{Error, Kind, Place, Result};
use rb_record::skips::Skips;
use rb_store::sorter::Sorter;
use rb_store::temporary::damaged;

/// Seconds beyond which the latency of most calls is hardly one.
pub(crate) const SLOW: f64 = 300.0;

/// How often a bucket may be divided: far beyond any number of queries.
const LEVELS: u64 = 16;

/// Puts all queries of `bench` into new buckets; `order` tells a query's order
/// by its number.
pub(crate) fn spill(
    bench: &mut Bench,
    level: u64,
    order: impl Fn(usize) -> u64,
) -> Result<Buckets> {
    let mut buckets = Buckets::new(level)?;
    let mut entry = Vec::new();
    for (at, query) in bench.take_queries().into_iter().enumerate() {
        entry.clear();
        wire::query(&mut entry, order(at), &query, bench)?;
        buckets.put(&query.id, &entry)?;
    }
    Ok(buckets)
}

/// An error, and the order of the row or query that it is about.
pub(crate) type Fault = Option<(u64, Error)>;

/// Keeps the first of two errors.
fn first(fault: &mut Fault, order: u64, e: Error) {
    if fault.as_ref().is_none_or(|(before, _)| order < *before) {
        *fault = Some((order, e));
    }
}

/// What all parts of a benchmark add up to.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub queries: u64,
    /// Queries that have one answer alone.
    pub alone: u64,
    /// Outcomes with a score.
    pub scored: u64,
    /// Answers of which anything is known, references among them.
    pub answers: u64,
    /// Latencies above [`SLOW`], and all.
    pub slow: (u64, u64),
    /// By model: outcomes, and those of them with a score.
    pub known: Vec<(u64, u64)>,
    /// By model: outcomes of which it is known what the answer comes to.
    pub answered: Vec<u64>,
}

impl Totals {
    fn count(&mut self, queries: &[Query]) {
        for (query, stored) in queries
            .iter()
            .flat_map(|q| q.answers.iter().map(move |s| (q, s)))
        {
            if let Some(latency) = query.outcome(stored).latency {
                self.slow.0 += (latency > SLOW) as u64;
                self.slow.1 += 1;
            }
            let answered = query.answer_of(stored).is_some();
            self.answers += (Query::is_known(stored) || answered) as u64;
            if stored.reference {
                continue;
            }
            let model = stored.model as usize;
            if self.known.len() <= model {
                self.known.resize(model + 1, (0, 0));
                self.answered.resize(model + 1, 0);
            }
            let scored = Query::is_scored(stored) as u64;
            self.scored += scored;
            self.known[model].0 += 1;
            self.known[model].1 += scored;
            self.answered[model] += answered as u64;
        }
    }
}

/// The work on the parts.
pub(crate) struct Joining<'a> {
    pub bench: Bench,
    pub changes: Changes<'a>,
    pub skips: &'a mut Skips,
    pub writer: &'a Writer,
    pub limit: usize,
    pub names: Names,
    pub totals: Totals,
    /// Of reading or joining a row.
    pub fault: Fault,
    /// Of changing a query as the flags say.
    pub refusal: Fault,
    /// Of writing a query.
    pub unwritten: Fault,
}

impl Joining<'_> {
    /// Joins all buckets and puts their lines into `lines`.
    pub(crate) fn all(&mut self, mut buckets: Buckets, lines: &mut Sorter) -> Result<()> {
        for bucket in 0..BUCKETS {
            self.bucket(buckets.level(), buckets.take(bucket), lines)?;
        }
        Ok(())
    }

    fn bucket(&mut self, level: u64, mut entries: Entries, lines: &mut Sorter) -> Result<()> {
        // Of each query held, the order of its first row.
        let mut orders: Vec<u64> = Vec::new();
        let mut divided: Option<Buckets> = None;
        let mut entry = Vec::new();
        while entries.next(&mut entry)? {
            let (order, id) = wire::head(&entry).ok_or_else(damaged)?;
            if self.fault.as_ref().is_some_and(|(first, _)| order > *first) {
                continue;
            }
            if let Some(buckets) = &mut divided {
                buckets.put(id, &entry)?;
                continue;
            }
            self.join(order, &entry)?;
            if self.bench.queries.len() > orders.len() {
                orders.push(order);
            }
            let held = self.bench.held() + orders.len() * size_of::<u64>();
            if held > self.limit && orders.len() > 1 {
                if level + 1 == LEVELS {
                    return Err(self.indivisible(held));
                }
                divided = Some(spill(&mut self.bench, level + 1, |at| orders[at])?);
            }
        }
        match divided {
            Some(buckets) => {
                drop(orders);
                self.all(buckets, lines)
            }
            None => self.finish(&orders, lines),
        }
    }

    fn join(&mut self, order: u64, entry: &[u8]) -> Result<()> {
        let added = match wire::entry(entry, &self.names).ok_or_else(damaged)? {
            Entry::Query(query) => {
                self.bench.restore(query);
                return Ok(());
            }
            Entry::Row(found, merge) => self.bench.add(found, merge),
        };
        if let Err(e) = self.skips.keep_at(order, added) {
            first(&mut self.fault, order, e);
        }
        Ok(())
    }

    /// Counts, changes and writes the queries that are held, and forgets them.
    fn finish(&mut self, orders: &[u64], lines: &mut Sorter) -> Result<()> {
        let queries = self.settle(|at| orders[at]);
        let stopped = self.fault.is_some() || self.refusal.is_some();
        let mut line = Vec::new();
        for (query, &order) in queries.iter().zip(orders) {
            if stopped
                || self
                    .unwritten
                    .as_ref()
                    .is_some_and(|(first, _)| order > *first)
            {
                break;
            }
            match self.writer.line(&self.bench, query, &mut line) {
                Ok(()) => lines.push(&order.to_be_bytes(), &line)?,
                Err(e) => first(&mut self.unwritten, order, e),
            }
        }
        Ok(())
    }

    /// Counts and changes the queries that are held, and hands them over.
    pub(crate) fn settle(&mut self, order: impl Fn(usize) -> u64) -> Vec<Query> {
        let mut queries = self.bench.take_queries();
        queries.iter_mut().for_each(Query::average);
        self.totals.queries += queries.len() as u64;
        let alone = queries.iter().filter(|q| q.answers.len() == 1).count();
        self.totals.alone += alone as u64;
        if let Err((at, e)) = self.changes.apply(&mut queries, &self.bench.models) {
            let origin = queries[at].origin;
            let place = Place {
                source: self.bench.sources.names[origin.file as usize].clone(),
                line: origin.line.into(),
                column: 1,
            };
            first(&mut self.refusal, order(at), e.at(place));
        }
        self.totals.count(&queries);
        queries
    }

    fn indivisible(&self, held: usize) -> Error {
        Error::new(
            Kind::Io,
            format!(
                "{} queries could not be divided {LEVELS} times and take {held} bytes, --memory allows {}; give more",
                self.bench.queries.len(),
                self.limit
            ),
        )
    }
}
