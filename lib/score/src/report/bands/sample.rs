//! Queries that are resampled together.

use crate::data::queries::Queries;
use crate::replay::{Replay, Value};
use crate::report::bands::band::{parts, PARTS};
use crate::statistics::bootstrap::{Frame, Plan};
/// Of fewer distinct prompts an interval would be written as if it meant
/// something: there is none.
pub(crate) const FEWEST: usize = 10;

/// How many distinct prompts there are, counted up to `most`.
fn prompts(replay: &Replay, queries: &Queries, most: usize) -> usize {
    // Queries come by prompt.
    let (mut count, mut last) = (0, None);
    for q in queries.iter() {
        let unit = replay.facts.scored.unit(q);
        count += usize::from(last.replace(unit) != Some(unit));
        if count == most {
            break;
        }
    }
    count
}

/// Queries that are resampled together; any number of figures may share one.
pub(crate) struct Sample<'q> {
    pub queries: Queries,
    pub(crate) frame: Frame<'q>,
}

impl<'q> Sample<'q> {
    pub(crate) fn new(replay: &'q Replay, queries: &Queries, plan: Plan) -> Sample<'q> {
        let scored = &replay.facts.scored;
        let mut plan = plan;
        if prompts(replay, queries, FEWEST) < FEWEST {
            plan.resamples = 0;
        }
        let all = queries.clone();
        let key = move |place: usize| {
            let q = all.get(place);
            (scored.dataset(q), scored.unit(q))
        };
        Sample {
            queries: queries.clone(),
            frame: Frame::new(queries.len(), key, plan),
        }
    }

    /// f of query `q`, which turns a mean over queries into one over datasets.
    pub(crate) fn macro_factor(&self, replay: &Replay, q: usize) -> f64 {
        self.frame.macro_factor(replay.facts.scored.dataset(q))
    }

    /// The resampled means of `width` figures: `[figure][resample]`. `row`
    /// writes those of the query at a place, and is told both.
    pub(crate) fn means(
        &self,
        width: usize,
        row: impl Fn(usize, usize, &mut [f64]),
    ) -> Vec<Vec<f64>> {
        let queries = &self.queries;
        self.frame
            .means(width, |i, out| row(i, queries.get(i), out))
    }

    /// The same over `queries`, some or all of these.
    pub(crate) fn of(
        &self,
        replay: &Replay,
        queries: &Queries,
        width: usize,
        row: impl Fn(usize, usize, &mut [f64]),
    ) -> Vec<Vec<f64>> {
        if queries.len() == self.queries.len() {
            self.means(width, row)
        } else {
            Sample::new(replay, queries, self.frame.plan()).means(width, row)
        }
    }

    /// The resampled means of the parts of several policies over the queries:
    /// `[policy][part][resample]`.
    pub(crate) fn policies(
        &self,
        replay: &Replay,
        policies: usize,
        value: impl Fn(usize, usize) -> Value,
    ) -> Vec<Vec<Vec<f64>>> {
        let means = self.means(PARTS * policies, |_, q, row| {
            let f = self.macro_factor(replay, q);
            for (policy, row) in row.chunks_mut(PARTS).enumerate() {
                row.copy_from_slice(&parts(replay.against(), &value(policy, q), f));
            }
        });
        let mut means = means.into_iter();
        (0..policies)
            .map(|_| means.by_ref().take(PARTS).collect())
            .collect()
    }
}
