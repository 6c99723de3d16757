//! `--objective routed`: what a router gets that may choose within the pool.

use crate::ready::Ready;
use rb_record::error::Result;
use rb_route::restricted::Restricted;
use rb_route::router::Entry;
use rb_score::pool::objective::{Objective, Scores};
use rb_score::pool::part::Part;

pub(crate) struct Routed<'a> {
    router: Restricted,
    ready: &'a Ready,
}

impl Routed<'_> {
    pub(crate) fn fit<'a>(kind: &Entry, seed: u64, ready: &'a Ready) -> Result<Routed<'a>> {
        let (train, test) = (&ready.train, &ready.test);
        let rows = [&train.gaps.complete[..], &test.gaps.complete];
        let router = Restricted::fit(kind, seed, (&train.table, &test.table), rows)?;
        Ok(Routed { router, ready })
    }
}

impl Objective for Routed<'_> {
    fn scores(&self, pool: &[usize]) -> Scores {
        let choice = self.router.choose(pool);
        let got = |part: &Part, chosen: &[usize]| -> Vec<f64> {
            let chosen = chosen.iter().enumerate();
            chosen.map(|(q, m)| part.score(q, *m)).collect()
        };
        Scores {
            train: got(&self.ready.train.part, &choice.train),
            test: got(&self.ready.test.part, &choice.test),
        }
    }
}
