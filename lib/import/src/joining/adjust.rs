//! What the flags change once everything is read: which models are references,
//! what tokens cost, and what models would cost at another price. In that
//! order. References are priced by nobody: their cost is what they charged.
//!
//! cost = (prompt_tokens · input price + completion_tokens · output price) / 10⁶,
//! in USD, prices in USD per million tokens. Of the prompt's tokens those that
//! were read from or written to a cache, and of the completion's those of
//! reasoning, cost what the sheet says of them, if it does. A model that is not
//! on the sheet, and an outcome without both token counts, keep the cost they
//! have or stay unknown; both are told.

use crate::joining::bench::Bench;
use crate::joining::prices::{Price, Prices};
use crate::joining::query::Query;
use crate::joining::runs::Run;
use crate::tables::cells::listed;
use rb_record::error::{excerpt, Error, Result};
use rb_record::record::MOST;

/// The changes asked for.
#[derive(Debug, Default)]
pub struct Adjust {
    /// The models that become references.
    pub references: Vec<String>,
    /// What tokens cost; costs are computed anew from them.
    pub prices: Option<Prices>,
    /// Model and factor.
    pub scale: Vec<(String, f64)>,
}

/// The changes at work on a benchmark, and what is to be told of them. The
/// queries may come in parts.
pub(crate) struct Changes<'a> {
    asked: &'a Adjust,
    /// The models by their numbers, as far as the benchmark names them.
    references: Vec<u32>,
    scale: Vec<(u32, f64)>,
    /// By model.
    sheet: Option<Vec<Option<Price>>>,
    /// The models that the sheet lacks.
    missing: Vec<bool>,
    /// Outcomes without token counts, and those of them without a cost.
    untold: u64,
    unknown: u64,
    /// Outcomes with tokens of a cache that have no price of their own, and
    /// those whose prompts are longer than the prices hold for.
    cached: u64,
    long: u64,
}

impl<'a> Changes<'a> {
    /// `bench` must know all models' names.
    pub(crate) fn new(asked: &'a Adjust, bench: &Bench) -> Changes<'a> {
        let id = |name: &String| bench.model_id(name);
        let scale = asked.scale.iter();
        let prices = |p: &Prices| {
            let models = bench.models.iter();
            models.map(|m| p.of(m)).collect()
        };
        Changes {
            asked,
            references: asked.references.iter().filter_map(id).collect(),
            scale: scale.filter_map(|(m, f)| Some((id(m)?, *f))).collect(),
            sheet: asked.prices.as_ref().map(prices),
            missing: vec![false; bench.models.len()],
            untold: 0,
            unknown: 0,
            cached: 0,
            long: 0,
        }
    }

    /// Changes the queries. An error has the number of its query.
    pub(crate) fn apply(
        &mut self,
        queries: &mut [Query],
        models: &[std::sync::Arc<str>],
    ) -> std::result::Result<(), (usize, Error)> {
        for (at, query) in queries.iter_mut().enumerate() {
            for &model in &self.references {
                let Ok(slot) = query.slot(model, false) else {
                    continue;
                };
                if query.slot(model, true).is_ok() {
                    let name = &models[model as usize];
                    return Err((at, Error::input(format!(
                        "--reference {name}: the query {:?} has it as an outcome and as a reference; remove one of the two",
                        query.id
                    ))));
                }
                query.refer(slot);
            }
            self.reprice(query).map_err(|e| (at, e))?;
            for &(model, factor) in &self.scale {
                scale(query, model, factor).map_err(|e| (at, e))?;
            }
        }
        Ok(())
    }

    fn reprice(&mut self, query: &mut Query) -> Result<()> {
        let Some(sheet) = &self.sheet else {
            return Ok(());
        };
        for slot in 0..query.answers.len() {
            let stored = query.answers[slot];
            if stored.reference {
                continue;
            }
            let Some(price) = sheet[stored.model as usize] else {
                self.missing[stored.model as usize] = true;
                continue;
            };
            let mut run = query.run(&stored);
            let told = (run.outcome.prompt_tokens, run.outcome.completion_tokens);
            let (Some(input), Some(output)) = told else {
                self.untold += 1;
                self.unknown += run.outcome.cost.is_none() as u64;
                continue;
            };
            let cached = run.parts[..2].iter().zip(&price.parts);
            let unpriced = cached.filter(|(tokens, price)| tokens > &&Some(0.0) && price.is_none());
            self.cached += (unpriced.count() > 0) as u64;
            self.long += price.up_to.is_some_and(|most| input > most) as u64;
            let cost = billed(&price, (input, output), &run, query)?;
            run.outcome.cost = Some(sound(cost, "--prices", query)?);
            query.put_run(slot, &run);
            query.touched |= query.original.is_some();
        }
        Ok(())
    }

    /// Once all queries are known: the models that the changes name must be
    /// there.
    pub(crate) fn check(&self, bench: &Bench) -> Result<()> {
        let named = self.asked.references.iter().map(|m| ("--reference", m));
        let scaled = self.asked.scale.iter().map(|(m, _)| ("--scale-cost", m));
        for (flag, model) in named.chain(scaled) {
            if !bench.has_model(model) {
                let mut names = bench.present();
                names.sort_unstable();
                return Err(Error::usage(format!(
                    "{flag} names the model {model:?}, which is not among {}",
                    listed(&names)
                )));
            }
        }
        Ok(())
    }

    /// What a person should know of the changes, a sentence each.
    pub(crate) fn notes(&self, bench: &Bench) -> Vec<String> {
        let names = self.missing.iter().zip(&bench.models).filter(|(m, _)| **m);
        let mut names: Vec<&str> = names.map(|(_, name)| &**name).collect();
        names.sort_unstable();
        let mut notes: Vec<String> = Vec::new();
        notes.extend(self.asked.prices.as_ref().and_then(Prices::note));
        if !names.is_empty() {
            notes.push(format!(
                "not on the price sheet, their costs stay as they were: {}",
                listed(&names)
            ));
        }
        if self.untold > 0 {
            notes.push(format!(
                "{} outcomes have no token counts, so no price applies: their costs stay as they were, {} of them unknown",
                self.untold, self.unknown
            ));
        }
        if self.cached > 0 {
            notes.push(format!(
                "{} outcomes have tokens read from or written to a cache, for which the price sheet has no price: billed as the prompt's other tokens",
                self.cached
            ));
        }
        if self.long > 0 {
            notes.push(format!(
                "{} outcomes have longer prompts than the prices hold for (the sheet has others above a length): billed at the ordinary ones",
                self.long
            ));
        }
        notes
    }
}

/// What the tokens cost. Errors: the parts are more than the whole.
fn billed(price: &Price, (input, output): (f64, f64), run: &Run, query: &Query) -> Result<f64> {
    let [read, write, reasoning] = run.parts.map(|tokens| tokens.unwrap_or(0.0));
    if read + write > input || reasoning > output {
        return Err(Error::input(format!(
            "cache_read_tokens and cache_write_tokens are parts of prompt_tokens, and reasoning_tokens of completion_tokens, but they are more (id {:?}); correct them in the source",
            excerpt(&query.id)
        )));
    }
    let [own_read, own_write, own_reasoning] = price.parts;
    let cost = (input - read - write) * price.input
        + read * own_read.unwrap_or(price.input)
        + write * own_write.unwrap_or(price.input)
        + (output - reasoning) * price.output
        + reasoning * own_reasoning.unwrap_or(price.output);
    Ok(cost / 1e6)
}

/// A cost that came out of a flag, if it can be one.
fn sound(cost: f64, flag: &str, query: &Query) -> Result<f64> {
    if cost <= MOST {
        Ok(cost)
    } else {
        Err(Error::input(format!(
            "{flag} makes a cost of {cost:e} USD of the query {:?}, expected at most {MOST:e}; mend the price, the factor or the tokens",
            excerpt(&query.id)
        )))
    }
}

fn scale(query: &mut Query, model: u32, factor: f64) -> Result<()> {
    for slot in [query.slot(model, false), query.slot(model, true)]
        .into_iter()
        .flatten()
    {
        let stored = query.answers[slot];
        let mut outcome = query.outcome(&stored);
        if outcome.cost.is_none() {
            continue;
        }
        let scaled = outcome
            .cost
            .map(|cost| sound(cost * factor, "--scale-cost", query));
        outcome.cost = scaled.transpose()?;
        query.put(slot, &outcome);
        query.touched |= query.original.is_some();
    }
    Ok(())
}
