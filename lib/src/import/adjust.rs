//! What the flags change once everything is read: which models are references,
//! what tokens cost, and what models would cost at another price. In that
//! order. References are priced by nobody: their cost is what they charged.
//!
//! cost = (prompt_tokens · input price + completion_tokens · output price) / 10⁶,
//! in USD, prices in USD per million tokens. A model that is not on the sheet,
//! and an outcome without both token counts, keep the cost they have or stay
//! unknown; both are told.

use super::bench::{Bench, Query};
use super::cells::{listed, Table};
use super::source::Source;
use crate::error::{Error, Place, Result};
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

/// Applies the changes; the models they name must be there.
pub fn apply(bench: &mut Bench, adjust: &Adjust) -> Result<()> {
    let named = adjust.references.iter().map(|m| ("--reference", m));
    let scaled = adjust.scale.iter().map(|(m, _)| ("--scale-cost", m));
    for (flag, model) in named.chain(scaled) {
        if !bench.has_model(model) {
            let mut names: Vec<&str> = bench.models.iter().map(|m| &**m).collect();
            names.sort_unstable();
            return Err(Error::usage(format!(
                "{flag} names the model {model:?}, which is not among {}",
                listed(&names)
            )));
        }
    }
    let mut queries = std::mem::take(&mut bench.queries);
    for query in &mut queries {
        refer(query, bench, &adjust.references)?;
    }
    if let Some(prices) = &adjust.prices {
        reprice(&mut queries, bench, prices);
    }
    for (name, factor) in &adjust.scale {
        for query in &mut queries {
            scale(query, bench, name, *factor);
        }
    }
    bench.queries = queries;
    Ok(())
}

fn refer(query: &mut Query, bench: &Bench, references: &[String]) -> Result<()> {
    for i in 0..query.answers.len() {
        let (model, reference) = (query.answers[i].model, query.answers[i].reference);
        let name = &bench.models[model as usize];
        if reference || !references.iter().any(|r| **r == **name) {
            continue;
        }
        if query
            .answers
            .iter()
            .any(|a| a.reference && a.model == model)
        {
            return Err(Error::input(format!(
                "--reference {name}: the query {:?} has it as an outcome and as a reference; remove one of the two",
                query.id
            )));
        }
        query.answers[i].reference = true;
        if let Some(t) = query.texts.iter_mut().find(|t| t.model == model) {
            t.reference = true;
        }
        query.touched |= query.original.is_some();
    }
    Ok(())
}

fn reprice(queries: &mut [Query], bench: &mut Bench, prices: &Prices) {
    let sheet: Vec<Option<(f64, f64)>> = bench
        .models
        .iter()
        .map(|m| prices.0.get(&**m).copied())
        .collect();
    let mut missing = vec![false; sheet.len()];
    let (mut untold, mut unknown) = (0, 0);
    for query in queries {
        for stored in query.answers.iter().filter(|s| !s.reference) {
            let outcome = query.outcome(stored);
            let tokens = outcome.prompt_tokens.and(outcome.completion_tokens);
            match sheet[stored.model as usize] {
                None => missing[stored.model as usize] = true,
                Some(_) if tokens.is_none() => {
                    untold += 1;
                    unknown += outcome.cost.is_none() as u64;
                }
                Some(_) => {}
            }
        }
        let cost = |model: u32, outcome: &crate::record::Outcome| {
            let (input, output) = sheet[model as usize]?;
            let (a, b) = (outcome.prompt_tokens?, outcome.completion_tokens?);
            Some((a * input + b * output) / 1e6)
        };
        for slot in 0..query.answers.len() {
            let stored = query.answers[slot];
            let mut outcome = query.outcome(&stored);
            if stored.reference {
                continue;
            }
            if let Some(cost) = cost(stored.model, &outcome) {
                outcome.cost = Some(cost);
                query.put(slot, &outcome);
                query.touched |= query.original.is_some();
            }
        }
    }
    let names = missing.iter().zip(&bench.models).filter(|(m, _)| **m);
    let mut names: Vec<&str> = names.map(|(_, name)| &**name).collect();
    names.sort_unstable();
    let mut notes = Vec::new();
    if !names.is_empty() {
        notes.push(format!(
            "not on the price sheet, their costs stay as they were: {}",
            listed(&names)
        ));
    }
    if untold > 0 {
        notes.push(format!(
            "{untold} outcomes have no token counts, so no price applies: their costs stay as they were, {unknown} of them unknown"
        ));
    }
    bench.notes.extend(notes);
}

fn scale(query: &mut Query, bench: &Bench, name: &str, factor: f64) {
    for slot in 0..query.answers.len() {
        let stored = query.answers[slot];
        let mut outcome = query.outcome(&stored);
        if *bench.models[stored.model as usize] != *name || outcome.cost.is_none() {
            continue;
        }
        outcome.cost = outcome.cost.map(|cost| cost * factor);
        query.put(slot, &outcome);
        query.touched |= query.original.is_some();
    }
}
