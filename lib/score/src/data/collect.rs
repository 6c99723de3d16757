//! From queries in any order to sorted facts: names are numbered as they come
//! and renumbered in the order of the names at the end, paths likewise; then
//! the stream is checked as a whole.
//!
//! Memory a query until then: its id twice and about 70 bytes, for a model 5
//! bytes and 8 for each known number, 10 a step; beyond a limit they go to
//! temporary files (`sorter`).

use crate::data::arrange::{
    grouped, sorted_paths, CollectedQuery, Member, Places, Replayed, Steps,
};
use crate::data::checks::{
    place_of, refuse_duplicates, refuse_models, scored_split, Mention, Stands, SPLITS,
};
use crate::data::fact::{Fact, Wanted};
use crate::data::facts::{Facts, Path};
use crate::data::filling::Filling;
use crate::data::logged::Log;
use crate::data::outcomes::{known, Known, Occurs, Outcomes};
use crate::data::train_summary::ENOUGH_PERCENT;
use crate::data::training::{of_val_split, Training};
use rb_record::error::{Place, Result};
use rb_record::interner::{Names, Sources};
use rb_record::record::{Route, Split};
use rb_store::column::Column;
use rb_store::pages::{guard, Pager};
use rb_store::sorter::Sorter;
use rb_store::temporary;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::take;

/// Names in their order.
struct Named {
    models: Vec<String>,
    datasets: Vec<String>,
    routers: Vec<String>,
    /// By router: it knew the scores.
    oracle: Vec<bool>,
    references: Vec<String>,
    paths: Vec<Path>,
    /// By field that is scored by: its values.
    values: Vec<Vec<String>>,
}

fn note(occurs: &mut Occurs, known: &Known) {
    for (occurs, value) in occurs.iter_mut().zip(known) {
        *occurs |= value.is_some();
    }
}

/// Takes facts in, one query at a time, and sorts them at the end.
#[derive(Debug)]
pub struct Collector {
    pager: Pager,
    /// What is known anywhere of outcomes, by split (see [`place_of`]), and of
    /// the answers of references.
    occurs: [Occurs; SPLITS.len() + 1],
    of_references: Occurs,
    /// By unit (eight bytes, the highest first) and id.
    rows: Sorter,
    /// By id.
    ids: Sorter,
    sources: Sources,
    /// How many queries of each of [`SPLITS`]; the first query with a split,
    /// and the first without.
    of_split: [usize; SPLITS.len()],
    with_split: Option<Place>,
    without_split: Option<Place>,
    /// Whether some query of val has a route.
    val_is_routed: bool,
    models: Names,
    /// By model: whether any record has its score, and how many of train have.
    has_score: Vec<bool>,
    known_on_train: Vec<usize>,
    datasets: Names,
    routers: Names,
    references: Names,
    /// Routers of which some route is marked as an oracle's.
    oracles: BTreeSet<u32>,
    /// Of queries that may be scored.
    embedders: BTreeSet<String>,
    /// One a field of `--by`.
    groups: Vec<Names>,
    /// The called models and, last, the kept one.
    paths: HashMap<Box<[u32]>, u32>,
    /// By model.
    mentions: BTreeMap<u32, Mention>,
    /// The row at hand, encoded.
    buffer: Vec<u8>,
}

impl Default for Collector {
    /// Without a limit.
    fn default() -> Collector {
        Collector::new(&Pager::new(usize::MAX))
    }
}

impl Collector {
    /// For facts in the memory of this pager, which others may share.
    pub fn new(pager: &Pager) -> Collector {
        // One half for what comes in, the other for the facts that it becomes.
        let memory = (pager.left() / 2).max(pager.limit() / 8);
        // An id and its place take about a fifth of a query's row.
        let of_ids = memory / 6;
        Collector {
            pager: pager.clone(),
            occurs: Default::default(),
            of_references: Default::default(),
            rows: Sorter::new(memory - of_ids),
            ids: Sorter::new(of_ids),
            sources: Sources::default(),
            of_split: [0; SPLITS.len()],
            with_split: None,
            without_split: None,
            val_is_routed: false,
            models: Names::default(),
            has_score: Vec::new(),
            known_on_train: Vec::new(),
            datasets: Names::default(),
            routers: Names::default(),
            references: Names::default(),
            oracles: BTreeSet::new(),
            embedders: BTreeSet::new(),
            groups: Vec::new(),
            paths: HashMap::new(),
            mentions: BTreeMap::new(),
            buffer: Vec::new(),
        }
    }

    /// Whether no query was taken in.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Errors: a temporary file cannot be written.
    pub fn push(&mut self, fact: Fact) -> Result<()> {
        let outcomes: Vec<(u32, Known)> = fact
            .outcomes
            .iter()
            .map(|(m, o)| (self.models.number(m), known(o)))
            .collect();
        self.has_score.resize(self.models.len(), false);
        self.known_on_train.resize(self.models.len(), 0);
        for (m, known) in &outcomes {
            let of_train = fact.split == Some(Split::Train) && known[0].is_some();
            self.known_on_train[*m as usize] += usize::from(of_train);
            self.has_score[*m as usize] |= known[0].is_some();
            note(&mut self.occurs[place_of(fact.split)], known);
        }
        let routes = self.routes(&fact);
        if self.groups.len() < fact.groups.len() {
            self.groups.resize_with(fact.groups.len(), Names::default);
        }
        let references: Vec<(u32, Known)> = (fact.references.iter())
            .map(|(r, o)| (self.references.number(r), known(o)))
            .collect();
        for (_, known) in &references {
            note(&mut self.of_references, known);
        }
        if let Some(embedder) = fact.embedder.filter(|e| !self.embedders.contains(e)) {
            self.embedders.insert(embedder);
        }
        let logged = fact.logged.map(|logged| {
            let model = logged.model.map(|m| self.models.number(&m));
            (model, logged.about)
        });
        self.has_score.resize(self.models.len(), false);
        let row = CollectedQuery {
            logged,
            dataset: self.datasets.number(&fact.dataset),
            split: fact.split.map(|s| s as u8),
            outcomes,
            references,
            routes,
            expected: (fact.expected.iter())
                .map(|(r, score)| (self.routers.number(r), *score))
                .collect(),
            groups: fact
                .groups
                .iter()
                .zip(&mut self.groups)
                .map(|(value, names)| names.number(value))
                .collect(),
        };
        match fact.split {
            Some(split) => {
                self.of_split[split as usize] += 1;
                self.val_is_routed |= split == Split::Val && !row.routes.is_empty();
                self.with_split.get_or_insert_with(|| fact.place.clone());
            }
            None => {
                self.without_split.get_or_insert_with(|| fact.place.clone());
            }
        }
        let stands = Stands {
            order: self.ids.len() as u64,
            source: self.sources.number(&fact.place.source),
            line: fact.place.line,
            column: fact.place.column,
        };
        self.encode(&stands)?;
        self.ids.push(fact.id.as_bytes(), &self.buffer)?;
        self.encode(&row)?;
        let mut key = Vec::with_capacity(8 + fact.id.len());
        key.extend(fact.unit.to_be_bytes());
        key.extend(fact.id.as_bytes());
        self.rows.push(&key, &self.buffer)
    }

    /// The steps of every route of a query, by the router's number.
    fn routes(&mut self, fact: &Fact) -> Vec<(u32, Steps)> {
        // All routers of a query are numbered before its models are.
        let mut numbers = Vec::with_capacity(fact.routes.len());
        for (router, route) in &fact.routes {
            let number = self.routers.number(router);
            if route.oracle {
                self.oracles.insert(number);
            }
            numbers.push(number);
        }
        let routes = numbers.into_iter().zip(&fact.routes);
        routes
            .map(|(number, (router, route))| (number, self.steps(fact, router, route)))
            .collect()
    }

    fn encode(&mut self, value: &impl Serialize) -> Result<()> {
        self.buffer.clear();
        let buffer = std::mem::take(&mut self.buffer);
        self.buffer = postcard::to_extend(value, buffer).map_err(|_| temporary::damaged())?;
        Ok(())
    }

    fn steps(&mut self, fact: &Fact, router: &str, route: &Route) -> Steps {
        let mut path: Vec<u32> = Vec::new();
        let mut steps = Vec::with_capacity(route.steps.len());
        for step in &route.steps {
            path.clear();
            for model in step.calls().iter().chain([&step.model]) {
                let m = self.models.number(model);
                self.mentions.entry(m).or_insert_with(|| Mention {
                    place: fact.place_in_routes(model),
                    router: router.to_string(),
                    model: model.to_string(),
                });
                path.push(m);
            }
            let number = match self.paths.get(&path[..]) {
                Some(number) => *number,
                None => {
                    let number = self.paths.len() as u32;
                    self.paths.insert(path.clone().into(), number);
                    number
                }
            };
            steps.push((step.alpha, number));
        }
        steps
    }

    /// Checks the stream as a whole and sorts it.
    pub fn finish(self, wanted: &Wanted) -> Result<Facts> {
        guard(|| self.facts(wanted))
    }

    /// Names in their order, and the places of what was numbered as it came.
    fn sorted_names(&mut self, of_log: bool) -> Result<(Named, Places)> {
        self.has_score.resize(self.models.len(), false);
        // A log may lack a model that a route names: its figure is refused.
        let mentioned = |m: u32| of_log && self.mentions.contains_key(&m);
        let pass = |m: u32| self.has_score[m as usize] || mentioned(m);
        let (models, model) = take(&mut self.models).sorted(pass);
        refuse_models(&self.has_score, &self.mentions, &model, &models)?;
        let (datasets, dataset) = take(&mut self.datasets).sorted(|_| true);
        let (routers, router) = take(&mut self.routers).sorted(|_| true);
        let knew: Vec<usize> = (self.oracles.iter())
            .filter_map(|number| router[*number as usize])
            .collect();
        let oracle = (0..routers.len()).map(|r| knew.contains(&r)).collect();
        let (references, reference) = take(&mut self.references).sorted(|_| true);
        let (paths, path) = sorted_paths(&self.paths, &model);
        let (values, groups) = (take(&mut self.groups).into_iter())
            .map(|names| names.sorted(|_| true))
            .unzip();
        let named = Named {
            models,
            datasets,
            routers,
            oracle,
            references,
            paths,
            values,
        };
        let places = Places {
            dataset,
            model,
            router,
            path,
            reference,
            groups,
        };
        Ok((named, places))
    }

    fn facts(mut self, wanted: &Wanted) -> Result<Facts> {
        let ids = std::mem::replace(&mut self.ids, Sorter::new(0));
        refuse_duplicates(ids, &self.sources.names)?;
        let split = scored_split(
            self.with_split.as_ref(),
            self.without_split.as_ref(),
            &self.of_split,
            wanted,
        )?;
        let of_log = wanted.log.is_some();
        let (named, places) = self.sorted_names(of_log)?;
        let pager = &self.pager;
        let queries = match split {
            Some(split) => self.of_split[split as usize],
            None => self.rows.len(),
        };
        // What is still held of the rows is not there for facts.
        let mut rows = self.rows.sorted()?;
        let held = rows.held();
        pager.take_more(held);
        let shape = |n: usize, split: Option<Split>| {
            let occurs = self.occurs[place_of(split)];
            Replayed::new(pager, n, named.models.len(), occurs, named.routers.len())
        };
        let scored = shape(queries, split);
        let answers = Outcomes::new(pager, queries, named.references.len(), self.of_references);
        let of_val = self.val_is_routed && split != Some(Split::Val);
        let of_val = of_val.then_some(Split::Val);
        let val = of_val.map(|s| shape(self.of_split[s as usize], Some(s)));
        let log = of_log.then(Log::default);
        let of_train = self.of_split[Split::Train as usize];
        let enough = |n: &usize| n * 100 >= of_train * ENOUGH_PERCENT;
        let compared = !self.known_on_train.iter().any(enough);
        let train = Training::new(named.datasets.len(), named.models.len(), compared);
        // By field: a query's value and the query, in the order of the queries.
        let members: Vec<Column<Member>> =
            named.values.iter().map(|_| Column::new(pager)).collect();

        let (mut key, mut value) = (Vec::new(), Vec::new());
        let mut filling = Filling {
            scored,
            val,
            answers,
            log,
            train,
            members,
        };
        while rows.next_into(&mut key, &mut value)? {
            let row: CollectedQuery =
                postcard::from_bytes(&value).map_err(|_| temporary::damaged())?;
            filling.add(&key, row, split, &places);
        }
        drop(rows);
        pager.give_back(held);
        let Filling {
            scored,
            val,
            answers,
            log,
            train,
            members,
        } = filling;
        let mut facts = Facts {
            groups: grouped(pager, named.values.into_iter().zip(members), wanted)?,
            pager: self.pager,
            scored: scored.part,
            routes: scored.routes,
            embedders: self.embedders.into_iter().collect(),
            models: named.models,
            datasets: named.datasets,
            routers: named.routers,
            oracle: named.oracle,
            references: named.references,
            paths: named.paths,
            split,
            train: train.all,
            complete_train: train.complete,
            val: None,
            reference: answers,
            log,
        };
        facts.val = val.map(|val| Box::new(of_val_split(&facts, val)));
        Ok(facts)
    }
}

#[cfg(test)]
#[path = "sample_tests.rs"]
pub(crate) mod sample;
