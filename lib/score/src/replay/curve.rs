//! The exact curve of a router: its mean quality and cost as functions of
//! alpha, constant between the alphas at which some query changes its path.
//!
//! All steps of all queries are sorted by alpha and their changes added up:
//! O(S log S) for S steps, instead of a replay an alpha. Nothing is sampled.

use crate::data::facts::{Path, Routes};
use crate::data::queries::Queries;
use crate::replay::tally::Tally;
use crate::replay::{Replay, Value};
use rb_store::column::{ordered, Cell, Column};
use rb_store::pages::Pager;
use std::collections::{BTreeMap, BTreeSet};

/// At `alpha`, a query leaves one path for another.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// 0..1.
    pub alpha: f64,
    query: u32,
    from: u32,
    to: u32,
}

impl Cell for Change {
    const SIZE: usize = 20;
    fn put(&self, to: &mut [u8]) {
        ((self.alpha, self.query), (self.from, self.to)).put(to);
    }
    fn take(bytes: &[u8]) -> Change {
        let ((alpha, query), (from, to)) = Cell::take(bytes);
        Change {
            alpha,
            query,
            from,
            to,
        }
    }
}

impl Change {
    /// Its place.
    pub fn query(&self) -> usize {
        self.query as usize
    }
    /// The path left, a place in `Facts::paths`.
    pub fn from(&self) -> usize {
        self.from as usize
    }
    /// The path taken from here on.
    pub fn to(&self) -> usize {
        self.to as usize
    }
}

/// The routes of one router on some queries, ordered by alpha.
#[derive(Debug)]
pub struct Curve {
    /// The queries that the router routes.
    pub queries: Queries,
    /// Their paths at alpha 0.
    first: Column<u32>,
    changes: Column<Change>,
}

/// What holds for every alpha of `from..until`; the last stretch ends beyond 1.
pub struct Stretch<'s> {
    /// The first alpha.
    pub from: f64,
    /// The alpha of the next change.
    pub until: f64,
    /// Sums over the queries of the curve.
    pub tally: &'s Tally,
    /// Who answers and who is called.
    pub mix: &'s Mix,
}

impl Curve {
    /// Of those of `queries` that are routed.
    pub fn new(pager: &Pager, routes: &Routes, queries: &Queries) -> Curve {
        let queries = queries.filter(pager, |q| routes.is_routed(q));
        let mut first = Column::with_capacity(pager, queries.len());
        let mut changes = Column::new(pager);
        for query in queries.iter() {
            let mut steps = routes.steps(query);
            let Some((_, start)) = steps.next() else {
                continue;
            };
            first.push(start as u32);
            let mut from = start;
            for (alpha, to) in steps {
                if to != from {
                    changes.push(Change {
                        alpha,
                        query: query as u32,
                        from: from as u32,
                        to: to as u32,
                    });
                    from = to;
                }
            }
        }
        // A query changes once at an alpha, so the order is of all.
        let by_alpha = |c: &Change| u128::from(ordered(c.alpha)) << 32 | u128::from(c.query);
        Curve {
            queries,
            first,
            changes: changes.sorted(by_alpha),
        }
    }

    /// The path of every query of `queries` at alpha 0.
    pub fn first(&self) -> impl Iterator<Item = usize> + '_ {
        self.first.iter().map(|path| path as usize)
    }

    /// Of all changes by ascending alpha, those at one alpha by ascending query,
    /// the one at a place; None: there are no more.
    pub fn change(&self, place: usize) -> Option<Change> {
        (place < self.changes.len()).then(|| self.changes.get(place))
    }

    /// Every path taken anywhere on the curve, once, ascending.
    pub fn paths(&self) -> Vec<usize> {
        let later = self.changes.iter().map(|change| change.to());
        let mut all = BTreeSet::new();
        // One at a time: collected, all would be held before they are one.
        self.first().chain(later).for_each(|path| {
            all.insert(path);
        });
        all.into_iter().collect()
    }

    /// How many queries take each path at alpha 1.
    pub fn last(&self) -> BTreeMap<usize, usize> {
        let mut counts = BTreeMap::new();
        for path in self.first() {
            *counts.entry(path).or_insert(0) += 1;
        }
        for c in self.changes.iter() {
            *counts.entry(c.to()).or_insert(0) += 1;
            if let Some(before) = counts.get_mut(&c.from()) {
                *before -= 1;
            }
        }
        counts.retain(|_, n| *n > 0);
        counts
    }

    /// Walks over alpha from 0 up, a stretch at a time. `value` is what a path
    /// gives on a query: the replay itself, or what a blind draw would expect.
    pub fn walk(
        &self,
        replay: &Replay,
        value: impl Fn(usize, usize) -> Value,
        mut each: impl FnMut(Stretch),
    ) {
        if self.queries.is_empty() {
            return;
        }
        let paths = &replay.facts.paths;
        let scored = &replay.facts.scored;
        let mut tally = Tally::empty(replay, &self.queries);
        let mut mix = Mix::new(replay.facts.models.len());
        for (q, path) in self.queries.iter().zip(self.first()) {
            tally.add(scored.dataset(q), &value(q, path), 1.0);
            mix.add(&paths[path]);
        }
        let mut from = 0.0;
        let mut at = 0;
        loop {
            let until = self.change(at).map_or(f64::INFINITY, |c| c.alpha);
            each(Stretch {
                from,
                until,
                tally: &tally,
                mix: &mix,
            });
            if at == self.changes.len() {
                return;
            }
            while let Some(c) = self.change(at).filter(|c| c.alpha == until) {
                let q = c.query();
                tally.add(scored.dataset(q), &value(q, c.from()), -1.0);
                tally.add(scored.dataset(q), &value(q, c.to()), 1.0);
                mix.take_away(&paths[c.from()]);
                mix.add(&paths[c.to()]);
                at += 1;
            }
            from = until;
        }
    }
}

/// How many answers of each model are kept, and how many are paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    /// By model: answers kept.
    pub kept: Vec<usize>,
    /// By model: calls.
    pub called: Vec<usize>,
}

impl Mix {
    /// Of no query yet.
    pub fn new(models: usize) -> Mix {
        Mix {
            kept: vec![0; models],
            called: vec![0; models],
        }
    }
    /// A query that takes this path.
    pub fn add(&mut self, path: &Path) {
        self.kept[path.kept] += 1;
        path.called.iter().for_each(|m| self.called[*m] += 1);
    }
    fn take_away(&mut self, path: &Path) {
        self.kept[path.kept] -= 1;
        path.called.iter().for_each(|m| self.called[*m] -= 1);
    }
}
