//! From queries in any order to sorted facts: names are numbered as they come
//! and renumbered in the order of the names at the end, paths likewise; then
//! the stream is checked as a whole.
//!
//! Memory a query until then: its id and place, 72 bytes a model, 16 a step.

use crate::error::{excerpt, Error, Place, Result};
use crate::fact::{unknown_model, Fact, Wanted};
use crate::facts::{Facts, Group, Known, Outcomes, Part, Path, Routes};
use crate::record::{Outcome, Route, Split};
use std::collections::{BTreeMap, BTreeSet, HashMap};

fn known(o: &Outcome) -> Known {
    let tokens = o.prompt_tokens.zip(o.completion_tokens).map(|(p, c)| p + c);
    [o.score, o.cost, o.latency, tokens]
}

/// Names numbered as they come.
#[derive(Debug, Default)]
struct Names {
    number: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        match self.number.get(name) {
            Some(i) => *i,
            None => {
                let i = self.number.len() as u32;
                self.number.insert(name.to_string(), i);
                i
            }
        }
    }
    /// The names that pass, sorted, and for each old number its place there.
    fn sorted(self, pass: impl Fn(u32) -> bool) -> (Vec<String>, Vec<Option<usize>>) {
        let mut places = vec![None; self.number.len()];
        let mut names: Vec<(String, u32)> = self.number.into_iter().collect();
        names.retain(|(_, i)| pass(*i));
        names.sort();
        for (place, (_, i)) in names.iter().enumerate() {
            places[*i as usize] = Some(place);
        }
        (names.into_iter().map(|(name, _)| name).collect(), places)
    }
}

/// A query whose names are numbered as they came.
#[derive(Debug)]
struct Row {
    place: Place,
    unit: u64,
    id: String,
    dataset: u32,
    split: Option<Split>,
    outcomes: Box<[(u32, Known)]>,
    references: Box<[(u32, Known)]>,
    routes: Box<[(u32, Steps)]>,
    groups: Box<[u32]>,
}

/// (alpha, path) by ascending alpha.
type Steps = Box<[(f64, u32)]>;

/// Where a route first named a model.
#[derive(Debug)]
struct Mention {
    place: Place,
    router: String,
    model: String,
}

/// Takes facts in, one query at a time, and sorts them at the end.
#[derive(Debug, Default)]
pub struct Collector {
    rows: Vec<Row>,
    models: Names,
    /// By model: whether any record has its score.
    has_score: Vec<bool>,
    datasets: Names,
    routers: Names,
    references: Names,
    /// Routers of which some route is marked as an oracle's.
    oracles: BTreeSet<u32>,
    /// One a field of `--by`.
    groups: Vec<Names>,
    /// The called models and, last, the kept one.
    paths: HashMap<Box<[u32]>, u32>,
    /// By model.
    mentions: BTreeMap<u32, Mention>,
}

impl Collector {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn push(&mut self, fact: Fact) {
        let outcomes: Box<[(u32, Known)]> = fact
            .outcomes
            .iter()
            .map(|(m, o)| (self.models.number(m), known(o)))
            .collect();
        self.has_score.resize(self.models.number.len(), false);
        for (m, known) in &outcomes {
            self.has_score[*m as usize] |= known[0].is_some();
        }
        let routes = fact
            .routes
            .iter()
            .map(|(router, route)| {
                let number = self.routers.number(router);
                if route.oracle {
                    self.oracles.insert(number);
                }
                number
            })
            .collect::<Vec<u32>>()
            .into_iter()
            .zip(&fact.routes)
            .map(|(number, (router, route))| (number, self.steps(&fact, router, route)))
            .collect();
        if self.groups.len() < fact.groups.len() {
            self.groups.resize_with(fact.groups.len(), Names::default);
        }
        self.rows.push(Row {
            unit: fact.unit,
            dataset: self.datasets.number(&fact.dataset),
            split: fact.split,
            outcomes,
            references: fact
                .references
                .iter()
                .map(|(r, o)| (self.references.number(r), known(o)))
                .collect(),
            routes,
            groups: fact
                .groups
                .iter()
                .zip(&mut self.groups)
                .map(|(value, names)| names.number(value))
                .collect(),
            id: fact.id.into_owned(),
            place: fact.place,
        });
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
        steps.into()
    }

    /// Checks the stream as a whole and sorts it.
    pub fn finish(mut self, wanted: &Wanted) -> Result<Facts> {
        refuse_duplicates(&self.rows)?;
        let split = scored_split(&self.rows, wanted)?;
        self.has_score.resize(self.models.number.len(), false);
        let (models, model) = self.models.sorted(|m| self.has_score[m as usize]);
        if models.is_empty() {
            return Err(Error::input(
                "no record has an outcome with a score, so there is nothing to score; rb-import brings outcomes in",
            ));
        }
        if let Some((_, m)) = self
            .mentions
            .iter()
            .find(|(m, _)| model[**m as usize].is_none())
        {
            return Err(unknown_model(&m.model, &m.router, m.place.clone(), &models));
        }
        let (datasets, dataset) = self.datasets.sorted(|_| true);
        let (routers, router) = self.routers.sorted(|_| true);
        let mut oracle = vec![false; routers.len()];
        for number in &self.oracles {
            if let Some(r) = router[*number as usize] {
                oracle[r] = true;
            }
        }
        let (references, reference) = self.references.sorted(|_| true);
        let (paths, path) = sorted_paths(&self.paths, &model);

        let mut rows = self.rows;
        rows.sort_by(|a, b| a.unit.cmp(&b.unit).then_with(|| a.id.cmp(&b.id)));
        let part = |rows: &[&Row]| {
            let mut outcomes = Outcomes::unknown(rows.len(), models.len());
            for (i, row) in rows.iter().enumerate() {
                for (m, known) in &row.outcomes {
                    if let Some(m) = model[*m as usize] {
                        outcomes.set(i, m, known);
                    }
                }
            }
            Part {
                ids: rows.iter().map(|r| r.id.clone()).collect(),
                unit: rows.iter().map(|r| r.unit).collect(),
                dataset: rows
                    .iter()
                    .filter_map(|r| dataset[r.dataset as usize])
                    .collect(),
                outcomes,
            }
        };
        let routes = |rows: &[&Row]| {
            let mut routes = vec![Routes::with_capacity(rows.len()); routers.len()];
            for row in rows {
                for (r, steps) in &row.routes {
                    if let Some(r) = router[*r as usize] {
                        for (alpha, number) in steps {
                            routes[r].push(*alpha, path[*number as usize]);
                        }
                    }
                }
                routes.iter_mut().for_each(Routes::end_query);
            }
            routes
        };
        let of_split = |split: Split| -> Vec<&Row> {
            rows.iter().filter(|r| r.split == Some(split)).collect()
        };
        let train = part(&of_split(Split::Train));
        let val = match split {
            Some(Split::Val) => Vec::new(),
            _ => of_split(Split::Val),
        };
        let val = val.iter().any(|r| !r.routes.is_empty()).then(|| {
            Box::new(Facts {
                models: models.clone(),
                datasets: datasets.clone(),
                routers: routers.clone(),
                oracle: oracle.clone(),
                references: Vec::new(),
                paths: paths.clone(),
                groups: Vec::new(),
                split: Some(Split::Val),
                scored: part(&val),
                train: part(&[]),
                val: None,
                routes: routes(&val),
                reference: Outcomes::unknown(val.len(), 0),
            })
        });
        let rows: Vec<&Row> = rows
            .iter()
            .filter(|r| split.is_none() || r.split == split)
            .collect();
        let mut answers = Outcomes::unknown(rows.len(), references.len());
        for (i, row) in rows.iter().enumerate() {
            for (r, known) in &row.references {
                if let Some(r) = reference[*r as usize] {
                    answers.set(i, r, known);
                }
            }
        }
        Ok(Facts {
            groups: groups(&rows, self.groups, wanted)?,
            scored: part(&rows),
            routes: routes(&rows),
            models,
            datasets,
            routers,
            oracle,
            references,
            paths,
            split,
            train,
            val,
            reference: answers,
        })
    }
}

/// An id that stands twice is refused, both places named.
fn refuse_duplicates(rows: &[Row]) -> Result<()> {
    let mut first: HashMap<&str, &Place> = HashMap::with_capacity(rows.len());
    for row in rows {
        if let Some(before) = first.insert(&row.id, &row.place) {
            return Err(Error::input(format!(
                "the id {:?} stands already at {before}, expected one of its own for every query; rb-import merges records of one query",
                excerpt(&row.id)
            ))
            .at(row.place.clone()));
        }
    }
    Ok(())
}

/// The split to score, or None where no record has one.
fn scored_split(rows: &[Row], wanted: &Wanted) -> Result<Option<Split>> {
    let with = rows.iter().find(|r| r.split.is_some());
    let without = rows.iter().find(|r| r.split.is_none());
    let split = wanted.scored();
    match (with, without) {
        (Some(with), Some(without)) => Err(Error::input(format!(
            "this record has no split while {} has one; run rb-split --resplit over the whole stream",
            with.place
        ))
        .at(without.place.clone())),
        (None, _) if wanted.split.is_some() => Err(Error::input(format!(
            "no record has a split, and --split asks for {}; run rb-split first, or leave --split out to score everything",
            split.name()
        ))),
        (None, _) => Ok(None),
        (Some(_), None) => {
            let count = |s: Split| rows.iter().filter(|r| r.split == Some(s)).count();
            if count(split) > 0 {
                return Ok(Some(split));
            }
            let [train, val, test, none] = [Split::Train, Split::Val, Split::Test, Split::None].map(count);
            Err(Error::input(format!(
                "no record has the split {:?} (train {train}, val {val}, test {test}, none {none}); choose another with --split, or assign anew with rb-split --resplit",
                split.name()
            )))
        }
    }
}

/// The paths, sorted, and for each old number its place there.
fn sorted_paths(
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

fn groups(rows: &[&Row], names: Vec<Names>, wanted: &Wanted) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for (f, (field, names)) in wanted.by.iter().zip(names).enumerate() {
        let (values, place) = names.sorted(|_| true);
        let mut queries = vec![Vec::new(); values.len()];
        for (i, row) in rows.iter().enumerate() {
            if let Some(v) = place[row.groups[f] as usize] {
                queries[v].push(i);
            }
        }
        let first = groups.len();
        for (value, queries) in values.into_iter().zip(queries) {
            if !queries.is_empty() {
                groups.push(Group {
                    field: field.text().to_string(),
                    value,
                    queries,
                });
            }
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

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::stream::Line;

    /// The facts of records given as text, one a line.
    pub fn facts(text: &str, wanted: &Wanted) -> Result<Facts> {
        let mut collector = Collector::default();
        for (i, text) in text.lines().enumerate() {
            let line = Line::new(text.as_bytes().to_vec(), "t".into(), i as u64 + 1);
            collector.push(Fact::parse(&line, wanted)?);
        }
        collector.finish(wanted)
    }
}
