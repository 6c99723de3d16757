//! What a router does at one operating point: the path taken on each query.

use crate::data::queries::Queries;
use crate::replay::{Replay, Tally};
use rb_store::column::Column;

/// Queries with their paths.
#[derive(Debug)]
pub struct Taken {
    pub queries: Queries,
    path: Column<u32>,
}

impl Taken {
    /// Those of `queries` that have a path; `path` is asked of each once, in order.
    pub fn new(
        replay: &Replay,
        queries: &Queries,
        mut path: impl FnMut(usize) -> Option<usize>,
    ) -> Taken {
        let room = &replay.facts.room;
        let mut paths = Column::with_capacity(room, queries.len());
        let queries = queries.filter(room, |q| match path(q) {
            Some(path) => {
                paths.push(path as u32);
                true
            }
            None => false,
        });
        Taken {
            queries,
            path: paths,
        }
    }

    /// The path of the query at a place of [`Taken::queries`].
    pub fn path(&self, place: usize) -> usize {
        self.path.get(place) as usize
    }

    /// Every query with its path.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let paths = self.path.iter().map(|path| path as usize);
        self.queries.iter().zip(paths)
    }

    pub fn tally(&self, replay: &Replay) -> Tally {
        let mut tally = Tally::empty(replay, &self.queries);
        for (q, path) in self.iter() {
            let dataset = replay.facts.scored.dataset(q);
            tally.add(dataset, &replay.path(q, path), 1.0);
        }
        tally
    }
}
