//! Collected rows, put in their final places: names and paths by their sorted
//! numbers, queries and their groups in columns.

use crate::data::fact::Wanted;
use crate::data::facts::{Group, Part, Path, Routes};
use crate::data::logged::About;
use crate::data::outcomes::{Known, Occurs, Outcomes};
use crate::data::queries::Queries;
use rb_record::error::{Error, Result};
use rb_store::column::Column;
use rb_store::pages::Pager;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// A query whose names are numbered as they came; unit and id are its key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CollectedQuery {
    pub(crate) dataset: u32,
    pub(crate) split: Option<u8>,
    pub(crate) outcomes: Vec<(u32, Known)>,
    pub(crate) references: Vec<(u32, Known)>,
    pub(crate) routes: Vec<(u32, Steps)>,
    pub(crate) groups: Vec<u32>,
    /// By router: the score that it expects.
    pub(crate) expected: Vec<(u32, f64)>,
    /// Of a log: who answered, and what the choice may have depended on.
    pub(crate) logged: Option<(Option<u32>, About)>,
}

/// (alpha, path) by ascending alpha.
pub(crate) type Steps = Vec<(f64, u32)>;

/// The final places of what was numbered as it came; None: in no pool.
pub(crate) struct Places {
    pub(crate) dataset: Vec<Option<usize>>,
    pub(crate) model: Vec<Option<usize>>,
    pub(crate) router: Vec<Option<usize>>,
    pub(crate) path: Vec<u32>,
    pub(crate) reference: Vec<Option<usize>>,
    /// By field that is scored by: the places of its values.
    pub(crate) groups: Vec<Vec<Option<usize>>>,
}

impl Places {
    pub(crate) fn dataset(&self, row: &CollectedQuery) -> usize {
        // Every dataset passes, so there is a place.
        self.dataset[row.dataset as usize].unwrap_or(0)
    }
    pub(crate) fn known<'a>(
        &'a self,
        outcomes: &'a [(u32, Known)],
    ) -> impl Iterator<Item = (usize, Known)> + 'a {
        (outcomes.iter()).filter_map(|(m, known)| Some((self.model[*m as usize]?, *known)))
    }
}

/// Queries of one split with their routes.
pub(crate) struct Replayed {
    pub(crate) part: Part,
    pub(crate) routes: Vec<Routes>,
}

impl Replayed {
    pub(crate) fn new(
        pager: &Pager,
        queries: usize,
        models: usize,
        occurs: Occurs,
        routers: usize,
    ) -> Replayed {
        Replayed {
            part: Part {
                unit: Column::with_capacity(pager, queries),
                datasets: Column::with_capacity(pager, queries),
                outcomes: Outcomes::new(pager, queries, models, occurs),
            },
            routes: (0..routers)
                .map(|_| Routes::with_capacity(pager, queries))
                .collect(),
        }
    }

    pub(crate) fn push(&mut self, key: &[u8], row: &CollectedQuery, places: &Places) {
        self.part.outcomes.push(places.known(&row.outcomes));
        let unit = key[..8].iter().fold(0, |u, byte| u << 8 | u64::from(*byte));
        self.part.unit.push(unit);
        self.part.datasets.push(places.dataset(row) as u32);
        for (r, steps) in &row.routes {
            if let Some(r) = places.router[*r as usize] {
                for (alpha, number) in steps {
                    self.routes[r].push(*alpha, places.path[*number as usize]);
                }
            }
        }
        for (r, expected) in &row.expected {
            if let Some(r) = places.router[*r as usize] {
                self.routes[r].expect(*expected);
            }
        }
        self.routes.iter_mut().for_each(Routes::end_query);
    }
}

/// The paths, sorted, and for each old number its place there.
pub(crate) fn sorted_paths(
    paths: &HashMap<Box<[u32]>, u32>,
    model: &[Option<usize>],
) -> (Vec<Path>, Vec<u32>) {
    let mut all: Vec<(Path, u32)> = paths
        .iter()
        .filter_map(|(path, number)| {
            let path: Option<Vec<usize>> = path.iter().map(|m| model[*m as usize]).collect();
            let mut called = path?;
            let kept = called.pop()?;
            Some((Path { called, kept }, *number))
        })
        .collect();
    all.sort();
    let mut places = vec![0; all.len()];
    for (place, (_, number)) in all.iter().enumerate() {
        places[*number as usize] = place as u32;
    }
    (all.into_iter().map(|(path, _)| path).collect(), places)
}

/// A value of a field, and a query that has it.
pub(crate) type Member = (u32, u32);

/// The groups of every field: its values, and the queries of each.
pub(crate) fn grouped(
    pager: &Pager,
    fields: impl Iterator<Item = (Vec<String>, Column<Member>)>,
    wanted: &Wanted,
) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for (field, (values, members)) in wanted.by.iter().zip(fields) {
        let first = groups.len();
        let members =
            members.sorted(|(value, query)| u128::from(*value) << 32 | u128::from(*query));
        let list = Arc::new(Column::from(pager, members.iter().map(|(_, query)| query)));
        let mut from = 0;
        for (place, value) in values.into_iter().enumerate() {
            let is_before = |(value, _): Member| value as usize <= place;
            let to = members.partition_point(from..members.len(), is_before);
            if to > from {
                groups.push(Group {
                    field: field.text().to_string(),
                    value,
                    queries: Queries::listed(list.clone(), from..to),
                });
            }
            from = to;
        }
        if groups[first..].iter().all(|g| g.value == "null") {
            return Err(Error::usage(format!(
                "--by {}: no scored record has this field; --by takes a field's name or a JSON pointer such as /meta/lang",
                field.text()
            )));
        }
    }
    Ok(groups)
}
