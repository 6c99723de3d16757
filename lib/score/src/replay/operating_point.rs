//! An operating point of a router: an alpha, or one for each half of the
//! queries, and so a path (the models called and the answer kept) for each query.

use crate::data::queries::Queries;
use crate::replay::curve::Mix;
use crate::replay::tally::Tally;
use crate::replay::Replay;
use rb_store::column::Column;

/// Queries with their paths.
#[derive(Debug)]
pub struct OperatingPoint {
    /// Those with a path.
    pub queries: Queries,
    path: Column<u32>,
}

impl OperatingPoint {
    /// Those of `queries` that have a path; `path` is asked of each once, in order.
    pub fn new(
        replay: &Replay,
        queries: &Queries,
        mut path: impl FnMut(usize) -> Option<usize>,
    ) -> OperatingPoint {
        let pager = &replay.facts.pager;
        let mut paths = Column::with_capacity(pager, queries.len());
        let queries = queries.filter(pager, |q| match path(q) {
            Some(path) => {
                paths.push(path as u32);
                true
            }
            None => false,
        });
        OperatingPoint {
            queries,
            path: paths,
        }
    }

    /// The path of the query at a place of [`OperatingPoint::queries`].
    pub fn path(&self, place: usize) -> usize {
        self.path.get(place) as usize
    }

    /// Every query with its path.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let paths = self.path.iter().map(|path| path as usize);
        self.queries.iter().zip(paths)
    }

    /// Who answers, and who is called.
    pub fn mix(&self, replay: &Replay) -> Mix {
        let mut mix = Mix::new(replay.facts.models.len());
        self.iter()
            .for_each(|(_, path)| mix.add(&replay.facts.paths[path]));
        mix
    }

    /// Sums over the queries.
    pub fn tally(&self, replay: &Replay) -> Tally {
        let mut tally = Tally::empty(replay, &self.queries);
        for (q, path) in self.iter() {
            let dataset = replay.facts.scored.dataset(q);
            tally.add(dataset, &replay.path(q, path), 1.0);
        }
        tally
    }
}
