//! The benchmark as it comes together: queries by id, each model's outcome on
//! each of them, and the rule by which two rows about one query become one.
//!
//! **Merging.** Two rows with the same id are one query. Their datasets and
//! prompts must agree where both are known; the first prompt stays. Outcomes
//! are joined one by one: a model that only one row knows is added; where both
//! know it, each number and the answer that both know must be the same, and what
//! only one knows is kept. Anything else is a conflict: an error that names both lines.
//! A format may soften this by [`Merge`]. A row joins whole or not at all.
//!
//! **Memory.** What the queries take (`query.rs`) is counted as they grow
//! ([`Bench::held`]). Beyond the limit they go to disk and come back a part at
//! a time (`spill.rs`); the names of models and files stay here.

use crate::joining::found::{left_out, Answer, Found, Merge};
use crate::joining::query::{heap, Further, Origin, Query, Texts};
use crate::joining::runs::Repeats;
use crate::tables::cells::full;
use crate::tables::fields::{FIELDS, KEPT};
use rb_record::error::{Error, Place, Result};
use rb_record::interner::Sources;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The queries read so far, or a part of them.
#[derive(Debug, Default)]
pub(crate) struct Bench {
    pub(crate) models: Vec<Arc<str>>,
    /// Which models some query has; of the others refused rows spoke.
    present: Vec<bool>,
    model_ids: HashMap<Arc<str>, u32>,
    pub(crate) sources: Sources,
    datasets: HashMap<Box<str>, Arc<str>>,
    pub(crate) queries: Vec<Query>,
    by_id: HashMap<Arc<str>, u32>,
    /// What the queries and datasets take, but for the tables they stand in.
    bytes: usize,
    /// What to do with several runs of one model on one query.
    pub(crate) repeats: Repeats,
    /// How many runs joined an earlier one, or were left out for it.
    pub(crate) repeated: u64,
    /// How many rows of sources went in.
    pub(crate) rows: u64,
    /// How many rows had another prompt than the first row of their query.
    pub(crate) other_prompts: u64,
    /// Members of records that joined others and were left out, by the number
    /// of the argument they stood in.
    pub(crate) left_out: BTreeMap<u32, BTreeSet<String>>,
}

impl Bench {
    pub(crate) fn new(repeats: Repeats) -> Bench {
        Bench {
            repeats,
            ..Bench::default()
        }
    }

    /// The names of the models (references among them) that some query has.
    pub(crate) fn present(&self) -> Vec<&str> {
        let all = self.models.iter().zip(&self.present);
        all.filter(|(_, p)| **p).map(|(m, _)| &**m).collect()
    }
    pub(crate) fn has_model(&self, name: &str) -> bool {
        let id = self.model_id(name);
        id.is_some_and(|id| self.present[id as usize])
    }
    pub(crate) fn model_id(&self, name: &str) -> Option<u32> {
        self.model_ids.get(name).copied()
    }

    /// The bytes that the queries take. The list of queries grows in place, so
    /// it takes what is used of it; the table of ids is copied as it doubles.
    pub(crate) fn held(&self) -> usize {
        let entry = size_of::<(Arc<str>, u32)>() + 1;
        let ids = match self.by_id.capacity() {
            0 => 0,
            n => (n * 8 / 7).next_power_of_two() * entry * 3 / 2,
        };
        self.bytes + self.queries.len() * size_of::<Query>() + ids
    }

    /// Hands over all queries; what else is known stays.
    pub(crate) fn take_queries(&mut self) -> Vec<Query> {
        self.by_id = HashMap::new();
        self.datasets = HashMap::new();
        self.bytes = 0;
        std::mem::take(&mut self.queries)
    }

    /// Takes back a query that was handed over, which is not there.
    pub(crate) fn restore(&mut self, mut query: Query) {
        query.dataset = query.dataset.take().map(|d| self.dataset(&d));
        self.bytes += query.own() + query.lists() + query.all_texts();
        for stored in &query.answers {
            self.present[stored.model as usize] = true;
        }
        let at = self.queries.len() as u32;
        self.by_id.insert(query.id.clone(), at);
        self.queries.push(query);
    }

    /// Refuses a row without an id or with a nameless model.
    pub(crate) fn check_names(found: &Found) -> Result<()> {
        if found.id.is_empty() || found.id.chars().any(char::is_control) {
            return Err(Error::input(format!(
                "the query's id is {:?}, expected a non-empty text without control characters; correct it in the source",
                rb_record::error::excerpt(&found.id)
            ))
            .at(found.place.clone()));
        }
        if let Some(a) = found
            .answers
            .iter()
            .find(|a| a.model.is_empty() || a.model.chars().any(char::is_control))
        {
            return Err(Error::input(format!(
                "the model's name is {:?}, expected a non-empty text without control characters; correct it in the source",
                rb_record::error::excerpt(&a.model)
            ))
            .at(found.place.clone()));
        }
        Ok(())
    }

    /// Adds what a row says (its names checked), or nothing if it is refused.
    pub(crate) fn add(&mut self, found: Found, merge: Merge) -> Result<()> {
        let origin = self.origin(&found.place);
        let known = self.by_id.get(&*found.id).map(|&at| at as usize);
        if let Some(at) = known {
            let query = &self.queries[at];
            self.check(query, &found, merge)?;
            if let (Some(old), Some(new)) = (&query.prompt, &found.prompt) {
                self.other_prompts += (**old != **new) as u64;
            }
            if let (Some(_), Some(new)) = (&query.original, &found.original) {
                let names = self.left_out.entry(new.argument).or_default();
                left_out(&new.line, names);
            }
        }
        let at = known.unwrap_or_else(|| self.start(&found, origin));
        self.rows += 1;
        let dataset = found.dataset.as_deref().map(|d| self.dataset(d));
        let models: Vec<u32> = found.answers.iter().map(|a| self.model(&a.model)).collect();
        for &model in &models {
            self.present[model as usize] = true;
        }
        let query = &mut self.queries[at];
        let before = match known {
            Some(_) => query.own() + query.lists(),
            None => 0,
        };
        query.touched |= known.is_some();
        query.dataset = query.dataset.take().or(dataset);
        query.index = query.index.or(found.index);
        query.split = query.split.or(found.split);
        if query.prompt.is_none() {
            query.prompt = found.prompt.map(|p| Box::from(&*p));
        }
        // An outcome's own text is needed only where it goes into another line.
        let raws = match (&found.original, known) {
            (Some(original), Some(_)) => original.raws(&found.answers),
            _ => Vec::new(),
        };
        let mut raws = raws.into_iter();
        let mut texts = 0;
        for (answer, model) in found.answers.into_iter().zip(models) {
            let raw = raws.next().flatten();
            let joined = join(query, answer, model, raw, origin, (merge, self.repeats));
            texts += joined.grown;
            self.repeated += joined.repeated as u64;
        }
        if query.original.is_none() {
            query.original = found.original.map(|o| o.line.into_owned());
        }
        let after = query.own() + query.lists();
        self.bytes = self.bytes.saturating_add_signed(texts) + after - before;
        Ok(())
    }

    fn start(&mut self, found: &Found, origin: Origin) -> usize {
        let id: Arc<str> = Arc::from(&*found.id);
        self.by_id.insert(id.clone(), self.queries.len() as u32);
        let query = Query::new(id, origin, found.answers.len());
        self.queries.push(query);
        self.queries.len() - 1
    }

    /// Refuses a row that contradicts what is known of its query.
    fn check(&self, query: &Query, found: &Found, merge: Merge) -> Result<()> {
        let conflict = |what: String, origin: Origin, remedy: &str| {
            let other = format!(
                "{}:{}",
                self.sources.names[origin.file as usize], origin.line
            );
            Err(Error::input(format!(
                "{what} at {other} (id {:?}); {remedy}",
                rb_record::error::excerpt(&query.id)
            ))
            .at(found.place.clone()))
        };
        if let (Some(old), Some(new)) = (&query.dataset, &found.dataset) {
            if **old != **new {
                return conflict(
                    format!("the dataset is {new:?}, but {old:?}"),
                    query.origin,
                    "give every query an id of its own (a table: --col-id DATASET,ID joins two columns)",
                );
            }
        }
        if let (Some(old), Some(new)) = (query.split, found.split) {
            if old != new {
                return conflict(
                    format!("the split is {:?}, but {:?}", new.name(), old.name()),
                    query.origin,
                    "a query is in one part alone; mend the column, or leave it out with --ignore",
                );
            }
        }
        if let (Some(old), Some(new), false) =
            (&query.prompt, &found.prompt, merge.prompts_may_differ)
        {
            if **old != **new {
                return conflict(
                    "the prompt is another one than".to_string(),
                    query.origin,
                    "where models have templates of their own, --prompts-differ keeps the first; else give every query an id of its own (a table: --col-id names the column, or several)",
                );
            }
        }
        for answer in &found.answers {
            let Some(&model) = self.model_ids.get(&*answer.model) else {
                continue;
            };
            let Ok(stored) = query.slot(model, answer.reference) else {
                continue;
            };
            let old = query.run(&query.answers[stored]);
            let yields = old.outcome.score.is_some() != answer.outcome.score.is_some();
            if merge.scoreless_yields && yields {
                continue;
            }
            if self.repeats != Repeats::Error {
                continue;
            }
            let values = old.values().into_iter().zip(answer.run().values());
            let number = values.zip(FIELDS).find_map(|((a, b), (field, ..))| {
                let (a, b) = a.zip(b).filter(|(a, b)| a != b)?;
                Some((field, full(a), full(b)))
            });
            let text = || {
                let both = query
                    .answer_of(&query.answers[stored])
                    .zip(answer.answer.as_deref());
                let (a, b) = both.filter(|(a, b)| a != b)?;
                let quoted = |text: &str| format!("{:?}", rb_record::error::excerpt(text));
                Some(("answer", quoted(a), quoted(b)))
            };
            if let Some((field, a, b)) = number.or_else(text) {
                return conflict(
                    format!("{field} of model {:?} is {b}, but {a}", answer.model),
                    query.answers[stored].origin,
                    "where these are runs of one query, --repeats mean averages them and --repeats first keeps the first; else remove one of the two, or give the queries different ids",
                );
            }
        }
        Ok(())
    }

    /// Where a row stands, its file by number.
    pub(crate) fn origin(&mut self, place: &Place) -> Origin {
        Origin {
            file: self.source(&place.source),
            line: u32::try_from(place.line).unwrap_or(u32::MAX),
        }
    }

    /// The number of a file.
    pub(crate) fn source(&mut self, name: &Arc<str>) -> u32 {
        self.sources.number(name)
    }

    /// The number of a model, which some query need not have.
    pub(crate) fn model(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.model_ids.get(name) {
            return id;
        }
        let name: Arc<str> = Arc::from(name);
        self.models.push(name.clone());
        self.present.push(false);
        let id = self.models.len() as u32 - 1;
        self.model_ids.insert(name, id);
        id
    }

    fn dataset(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.datasets.get(name) {
            return known.clone();
        }
        let shared: Arc<str> = Arc::from(name);
        self.bytes +=
            heap(name.len()) + heap(16 + name.len()) + 2 * size_of::<(Box<str>, Arc<str>)>();
        self.datasets.insert(Box::from(name), shared.clone());
        shared
    }
}

/// What came of joining an answer.
#[derive(Default)]
struct Joined {
    /// By how many bytes the query's texts grew.
    grown: isize,
    /// It was a further run.
    repeated: bool,
}

/// Joins one answer to a query that was checked against it.
fn join(
    query: &mut Query,
    mut answer: Answer,
    model: u32,
    raw: Option<&str>,
    origin: Origin,
    (merge, repeats): (Merge, Repeats),
) -> Joined {
    let reference = answer.reference;
    let mut joined = Joined::default();
    let run = answer.run();
    match query.slot(model, reference) {
        Err(slot) => {
            query.insert(slot, model, reference, origin);
            query.put_run(slot, &run);
        }
        Ok(slot) => {
            let old = query.outcome(&query.answers[slot]);
            let new = answer.outcome;
            if merge.scoreless_yields && old.score.is_some() != new.score.is_some() {
                if old.score.is_some() {
                    return joined;
                }
                query.answers[slot].origin = origin;
                joined.grown -= query.drop_texts(model, reference) as isize;
                query.put_run(slot, &run);
            } else if repeats == Repeats::Mean {
                joined.repeated = true;
                let further = Further {
                    model,
                    reference,
                    run,
                    answer: answer.answer.take().map(|a| Box::from(&*a)),
                };
                joined.grown += further.bytes() as isize;
                query.runs.push(further);
            } else if repeats == Repeats::First && old.score.is_some() && new.score.is_some() {
                joined.repeated = true;
                return joined;
            } else {
                // The answer that was scored counts.
                if old.score.is_none() && new.score.is_some() && answer.answer.is_some() {
                    joined.grown -= query.drop_answer(model, reference) as isize;
                }
                let mut both = query.run(&query.answers[slot]);
                for field in 0..KEPT {
                    both.set(field, both.values()[field].or(run.values()[field]));
                }
                query.put_run(slot, &both);
            }
        }
    }
    if answer.response.is_some() || answer.answer.is_some() || raw.is_some() {
        joined.grown += query.keep_texts(Texts {
            response: answer.response.map(|r| Box::from(&*r)),
            answer: answer.answer.map(|a| Box::from(&*a)),
            raw: raw.map(Box::from),
            ..Texts::of(model, reference)
        }) as isize;
    }
    joined
}
