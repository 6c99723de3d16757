//! The queries that scoring looks at beside those it scores: train, summed up,
//! and val, with facts of its own.

use crate::data::arrange::{CollectedQuery, Places, Replayed};
use crate::data::common_queries::CommonQueries;
use crate::data::facts::{Facts, TrainSummary};
use crate::data::outcomes::Known;
use crate::data::outcomes::Outcomes;
use rb_record::record::Split;

/// The training queries, summed up: all of them, and those on which every model
/// has a score.
pub(crate) struct Training {
    pub(crate) all: TrainSummary,
    pub(crate) complete: TrainSummary,
}

impl Training {
    /// `compared`: no model is known on enough of train, so that they are compared
    /// on common queries.
    pub(crate) fn new(datasets: usize, models: usize, compared: bool) -> Training {
        let mut all = TrainSummary::new(datasets, models);
        let complete = all.clone();
        all.common = compared.then(|| CommonQueries::new(models));
        Training { all, complete }
    }

    pub(crate) fn add(&mut self, row: &CollectedQuery, places: &Places) {
        let known: Vec<(usize, Known)> = places.known(&row.outcomes).collect();
        let dataset = places.dataset(row);
        self.all.add(dataset, &known);
        let scores = known.iter().filter(|(_, k)| k[0].is_some()).count();
        if scores == self.all.models() {
            self.complete.add(dataset, &known);
        }
    }
}

/// The val split, with the names of all: facts of their own.
pub(crate) fn of_val_split(facts: &Facts, val: Replayed) -> Facts {
    Facts {
        pager: facts.pager.clone(),
        models: facts.models.clone(),
        datasets: facts.datasets.clone(),
        routers: facts.routers.clone(),
        oracle: facts.oracle.clone(),
        references: Vec::new(),
        embedders: Vec::new(),
        paths: facts.paths.clone(),
        groups: Vec::new(),
        split: Some(Split::Val),
        scored: val.part,
        train: TrainSummary::new(0, 0),
        complete_train: TrainSummary::new(0, 0),
        val: None,
        routes: val.routes,
        log: None,
        reference: Outcomes::new(&facts.pager, 0, 0, Default::default()),
    }
}
