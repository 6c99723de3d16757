//! What the flags change once everything is read: which models are references,
//! what tokens cost, and what models would cost at another price. In that
//! order. References are priced by nobody: their cost is what they charged.
//!
//! cost = (prompt_tokens · input price + completion_tokens · output price) / 10⁶,
//! in USD, prices in USD per million tokens. A model that is not on the sheet,
//! and an outcome without both token counts, keep the cost they have or stay
//! unknown; both are told.

use crate::joining::bench::Bench;
use crate::joining::query::Query;
use crate::tables::cells::{listed, Table};
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Error, Place, Result};
use rb_record::record::MOST;
use std::collections::HashMap;
use std::path::Path;

/// The changes asked for.
#[derive(Debug, Default)]
pub struct Adjust {
    pub references: Vec<String>,
    pub prices: Option<Prices>,
    /// Model and factor.
    pub scale: Vec<(String, f64)>,
}

/// A price sheet: USD per million tokens in and out, by model.
#[derive(Debug, Default)]
pub struct Prices(HashMap<String, (f64, f64)>);

const PRICE_COLUMNS: [&str; 3] = ["model", "input_usd_per_1m", "output_usd_per_1m"];

impl Prices {
    /// Reads a CSV (or Parquet) sheet.
    pub fn read(path: &Path) -> Result<Prices> {
        let mut source = Source::open(path)?;
        if !matches!(source.content, Content::Table(_)) {
            return Err(Error::input(format!(
                "--prices {} is {}, expected a table with the columns {}",
                source.name,
                source.content.words(),
                PRICE_COLUMNS.join(",")
            )));
        }
        let table = source.table()?;
        let mut at = [0; 3];
        for (slot, name) in at.iter_mut().zip(PRICE_COLUMNS) {
            *slot = table.find(name).ok_or_else(|| {
                table.error(
                    0,
                    format!(
                        "the price sheet has no column {name:?} but {}; expected {}",
                        table.header(),
                        PRICE_COLUMNS.join(",")
                    ),
                )
            })?;
        }
        let mut prices: HashMap<String, (f64, f64)> = HashMap::new();
        let mut first: HashMap<String, Place> = HashMap::new();
        while table.advance()? {
            let table = &*table;
            let model = table
                .text(at[0])?
                .ok_or_else(|| {
                    table.error(at[0], "the model's name is missing in the price sheet")
                })?
                .into_owned();
            let pair = (price(table, at[1], &model)?, price(table, at[2], &model)?);
            if let Some(old) = first.get(&model) {
                return Err(table.error(
                    at[0],
                    format!(
                        "the model {model:?} has a price already at {}:{}; remove one of the two",
                        old.source, old.line
                    ),
                ));
            }
            first.insert(model.clone(), table.place(at[0]));
            prices.insert(model, pair);
        }
        match prices.is_empty() {
            true => Err(Error::input(format!(
                "{} holds no price; expected rows of {}",
                source.name,
                PRICE_COLUMNS.join(",")
            ))),
            false => Ok(Prices(prices)),
        }
    }
}

fn price(table: &dyn Table, column: usize, model: &str) -> Result<f64> {
    let text = table.text(column)?.unwrap_or_default();
    match text.trim().parse::<f64>() {
        Ok(v) if v.is_finite() && v >= 0.0 => Ok(v),
        _ => Err(table.error(
            column,
            format!(
                "{} is {:?}, expected USD per million tokens, not negative (model {model:?}); leave out the row if the price is unknown",
                table.columns()[column], text
            ),
        )),
    }
}

/// The changes at work on a benchmark, and what is to be told of them. The
/// queries may come in parts.
pub(crate) struct Changes<'a> {
    asked: &'a Adjust,
    /// The models by their numbers, as far as the benchmark names them.
    references: Vec<u32>,
    scale: Vec<(u32, f64)>,
    /// By model.
    sheet: Option<Vec<Option<(f64, f64)>>>,
    /// The models that the sheet lacks.
    missing: Vec<bool>,
    /// Outcomes without token counts, and those of them without a cost.
    untold: u64,
    unknown: u64,
}

impl<'a> Changes<'a> {
    /// `bench` must know all models' names.
    pub(crate) fn new(asked: &'a Adjust, bench: &Bench) -> Changes<'a> {
        let id = |name: &String| bench.model_id(name);
        let scale = asked.scale.iter();
        let prices = |p: &Prices| {
            let models = bench.models.iter();
            models.map(|m| p.0.get(&**m).copied()).collect()
        };
        Changes {
            asked,
            references: asked.references.iter().filter_map(id).collect(),
            scale: scale.filter_map(|(m, f)| Some((id(m)?, *f))).collect(),
            sheet: asked.prices.as_ref().map(prices),
            missing: vec![false; bench.models.len()],
            untold: 0,
            unknown: 0,
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
            let Some((input, output)) = sheet[stored.model as usize] else {
                self.missing[stored.model as usize] = true;
                continue;
            };
            let mut outcome = query.outcome(&stored);
            let (Some(a), Some(b)) = (outcome.prompt_tokens, outcome.completion_tokens) else {
                self.untold += 1;
                self.unknown += outcome.cost.is_none() as u64;
                continue;
            };
            outcome.cost = Some(sound((a * input + b * output) / 1e6, "--prices", query)?);
            query.put(slot, &outcome);
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
        let mut notes = Vec::new();
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
        notes
    }
}

/// A cost that came out of a flag, if it can be one.
fn sound(cost: f64, flag: &str, query: &Query) -> Result<f64> {
    match cost <= MOST {
        true => Ok(cost),
        false => Err(Error::input(format!(
            "{flag} makes a cost of {cost:e} USD of the query {:?}, expected at most {MOST:e}; mend the price, the factor or the tokens",
            excerpt(&query.id)
        ))),
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
