//! The price sheet of `--prices`: what a model's tokens cost.
//!
//! - A table of a model a row. Its columns are known by their names (`model`,
//!   `input_usd_per_1m`, `price_in`, `output_cost_per_token` …) or named by hand;
//!   the unit stands in the name (per token, 1k, 1m), else it is a million.
//! - LiteLLM's `model_prices_and_context_window.json`: an object of model →
//!   prices per token. Entries without both prices are passed over.
//!
//! A sheet may also have prices of tokens read from a cache, written to one, and
//! of reasoning. What it has no price for is billed as the prompt or completion
//! that it is a part of, and told.

use crate::tables::cells::Table;
use crate::tables::doc::Doc;
use crate::tables::fields::{Parts, PARTS};
use crate::tables::roles::plain;
use crate::tables::shape::resolve;
use crate::tables::source::{Content, Source};
use rb_record::error::{Error, Place, Result};
use rb_record::json;
use rb_record::stream::progress::Step;
use std::collections::HashMap;
use std::path::Path;

/// What a model's tokens cost, in USD per million.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Price {
    pub input: f64,
    pub output: f64,
    /// Of tokens that are parts of others, in the order of
    /// [`PARTS`](crate::tables::fields::PARTS).
    pub parts: Parts,
    /// Prompts of more tokens have other prices, which are not read.
    pub up_to: Option<f64>,
}

/// A price sheet.
#[derive(Debug, Default)]
pub struct Prices {
    prices: HashMap<String, Price>,
    /// What a person should know of the sheet.
    note: Option<String>,
}

/// Columns of the sheet that are named by hand, each `COLUMN` or
/// `COLUMN:token`, `COLUMN:1k`, `COLUMN:1m`.
#[derive(Debug, Default)]
pub struct PriceColumns {
    /// The model's name.
    pub model: Option<String>,
    /// What tokens of the prompt cost.
    pub input: Option<String>,
    /// What tokens of the answer cost.
    pub output: Option<String>,
    /// What tokens cost that are read from a cache, written to one, and of
    /// reasoning.
    pub parts: [Option<String>; PARTS.len()],
}

const EXPECTED: &str = "model,input_usd_per_1m,output_usd_per_1m";
const MODEL: [&str; 5] = ["model", "model_name", "model_id", "llm", "name"];
const INPUT: [&str; 12] = [
    "input_usd",
    "input_price",
    "input_cost",
    "price_in",
    "price_input",
    "prompt_price",
    "prompt_usd",
    "input",
    "prompt",
    "in",
    "input_token_price",
    "input_price_usd",
];
const OUTPUT: [&str; 12] = [
    "output_usd",
    "output_price",
    "output_cost",
    "price_out",
    "price_output",
    "completion_price",
    "completion_usd",
    "output",
    "completion",
    "out",
    "output_token_price",
    "output_price_usd",
];
const OF_PARTS: [&[&str]; PARTS.len()] = [
    &[
        "cache_read_usd",
        "cache_read_input_token_cost",
        "cache_read_price",
        "cache_read_cost",
        "cache_read",
        "cached_input_usd",
        "cached_input_price",
        "cached_input",
        "price_cache_read",
        "price_cached",
    ],
    &[
        "cache_write_usd",
        "cache_creation_input_token_cost",
        "cache_write_price",
        "cache_write_cost",
        "cache_write",
        "price_cache_write",
    ],
    &[
        "reasoning_usd",
        "output_cost_per_reasoning_token",
        "reasoning_price",
        "reasoning_cost",
        "price_reasoning",
        "reasoning",
    ],
];
/// The flags that name these columns.
const PART_FLAGS: [&str; PARTS.len()] = [
    "--col-price-cache-read",
    "--col-price-cache-write",
    "--col-price-reasoning",
];
/// LiteLLM's names of the same.
const LITELLM_PARTS: [&str; PARTS.len()] = [
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "output_cost_per_reasoning_token",
];
/// Units in a name, and how many of them are a million tokens.
const UNITS: [(&str, f64); 12] = [
    ("token", 1e6),
    ("1_token", 1e6),
    ("1k", 1e3),
    ("k", 1e3),
    ("1k_tokens", 1e3),
    ("1000", 1e3),
    ("thousand", 1e3),
    ("1m", 1.0),
    ("m", 1.0),
    ("1m_tokens", 1.0),
    ("million", 1.0),
    ("million_tokens", 1.0),
];
/// A price below this a million tokens is one a token, in all likelihood.
const TINY: f64 = 1e-3;

fn factor(unit: &str) -> Option<f64> {
    let found = UNITS.iter().find(|(name, _)| *name == unit);
    found.map(|(_, by)| *by)
}

/// The name without its unit, and how many of that are a million tokens.
fn without_unit(column: &str) -> (String, Option<f64>) {
    let plain = plain(column);
    if LITELLM_PARTS.contains(&&*plain) {
        return (plain, Some(1e6));
    }
    match plain.split_once("_per_") {
        Some((name, unit)) => match factor(unit) {
            Some(by) => (name.to_string(), Some(by)),
            None => (plain, None),
        },
        None => (plain, None),
    }
}

impl Prices {
    /// A model's prices.
    pub(crate) fn of(&self, model: &str) -> Option<Price> {
        self.prices.get(model).copied()
    }

    pub(crate) fn note(&self) -> Option<String> {
        self.note.clone()
    }

    /// Reads a sheet (CSV, Parquet, JSON lines, LiteLLM's JSON). Errors: it has
    /// no such columns, a price is none, a model stands twice.
    pub fn read(path: &Path, columns: &PriceColumns) -> Result<Prices> {
        let mut source = Source::open(path, &Step::none())?;
        let per_token = |(key, begins): &(String, u8)| {
            *begins != b'{' && key.ends_with("/input_cost_per_token")
        };
        let found = match &source.content {
            Content::Objects { keys, .. } if keys.iter().any(per_token) => litellm(&mut source)?,
            Content::Folder(_) => {
                return Err(Error::input(format!(
                    "--prices {} is a folder, expected a table with the columns {EXPECTED}",
                    source.name
                )))
            }
            _ => table(&mut source, columns)?,
        };
        if found.is_empty() {
            return Err(Error::input(format!(
                "{} holds no price; expected rows of {EXPECTED}",
                source.name
            )));
        }
        let paid = || {
            found
                .values()
                .flat_map(|p| [p.input, p.output])
                .filter(|p| *p > 0.0)
        };
        let tiny = paid().next().is_some() && paid().all(|price| price < TINY);
        Ok(Prices {
            note: tiny.then(|| {
                format!(
                    "{}: all prices are below {TINY} USD per million tokens; they look like prices per token (--col-price-in COLUMN:token --col-price-out COLUMN:token)",
                    source.name
                )
            }),
            prices: found,
        })
    }
}

/// The price moved by so many decimal places, as one would write it: 2.5e-6 a
/// token is 2.5 a million.
fn times(price: f64, places: i32) -> f64 {
    let text = format!("{price:e}");
    let moved = text.split_once('e').and_then(|(digits, exponent)| {
        let exponent = exponent.parse::<i32>().ok()? + places;
        format!("{digits}e{exponent}").parse().ok()
    });
    moved.unwrap_or(price)
}

/// LiteLLM's object of model → prices per token.
fn litellm(source: &mut Source) -> Result<HashMap<String, Price>> {
    let text = source.text()?;
    let doc = Doc::whole(&text, &source.name);
    let models = doc.object(doc.text(), "an object of model → prices")?;
    let mut prices = HashMap::new();
    for (model, raw) in models.entries(&doc)? {
        if model == "sample_spec" {
            continue;
        }
        let of = |key| -> Result<Option<f64>> {
            let Some(raw) = resolve(raw, key).filter(|raw| *raw != "null") else {
                return Ok(None);
            };
            match serde_json::from_str::<f64>(raw) {
                Ok(price) if price.is_finite() && price >= 0.0 => Ok(Some(times(price, 6))),
                _ => Err(doc.error(
                    raw,
                    format!(
                        "the price of {model:?} is {raw}, expected USD per token, not negative"
                    ),
                )),
            }
        };
        let pair = (of("input_cost_per_token")?, of("output_cost_per_token")?);
        let (Some(input), Some(output)) = pair else {
            continue;
        };
        let mut parts = Parts::default();
        for (part, name) in parts.iter_mut().zip(LITELLM_PARTS) {
            *part = of(name)?;
        }
        let price = Price {
            input,
            output,
            parts,
            up_to: up_to(raw),
        };
        prices.insert(model.into_owned(), price);
    }
    Ok(prices)
}

/// Beyond how many tokens of a prompt an entry has other prices
/// (`input_cost_per_token_above_200k_tokens`); of several the least.
fn up_to(raw: &str) -> Option<f64> {
    let members = json::members(raw).ok()?;
    let thousands = members.iter().filter_map(|m| {
        let key = std::str::from_utf8(&m.key).ok()?;
        let rest = key.strip_prefix("input_cost_per_token_above_")?;
        rest.strip_suffix("k_tokens")?.parse::<u32>().ok()
    });
    thousands.min().map(|k| f64::from(k) * 1e3)
}

/// The column named by hand, or known by its name, and its factor.
fn find(table: &dyn Table, by_hand: Option<&String>, names: &[&str]) -> Option<(usize, f64)> {
    if let Some(name) = by_hand {
        let (name, by) = match (table.find(name), name.rsplit_once(':')) {
            (None, Some((column, unit))) => (column, Some(factor(unit)?)),
            _ => (name.as_str(), None),
        };
        let by = by.or(without_unit(name).1);
        return Some((table.find(name)?, by.unwrap_or(1.0)));
    }
    let columns: Vec<(String, Option<f64>)> =
        table.columns().iter().map(|c| without_unit(c)).collect();
    names.iter().find_map(|name| {
        let at = columns.iter().position(|(plain, _)| plain == name)?;
        Some((at, columns[at].1.unwrap_or(1.0)))
    })
}

fn table(source: &mut Source, columns: &PriceColumns) -> Result<HashMap<String, Price>> {
    let table = source.table()?;
    let at = [
        find(table, columns.model.as_ref(), &MODEL),
        find(table, columns.input.as_ref(), &INPUT),
        find(table, columns.output.as_ref(), &OUTPUT),
    ];
    let mut parts = [None; PARTS.len()];
    let mut lacks: Vec<&str> = Vec::new();
    for (part, at) in parts.iter_mut().enumerate() {
        let by_hand = columns.parts[part].as_ref();
        *at = find(table, by_hand, OF_PARTS[part]);
        lacks.extend(by_hand.filter(|_| at.is_none()).map(|_| PART_FLAGS[part]));
    }
    let flags = ["--col-price-model", "--col-price-in", "--col-price-out"];
    lacks.extend(
        at.iter()
            .zip(flags)
            .filter(|(at, _)| at.is_none())
            .map(|(_, flag)| flag),
    );
    let ([Some((name, _)), Some(input), Some(output)], []) = (at, &lacks[..]) else {
        return Err(table.error(
            0,
            format!(
                "--prices {}: the sheet has the columns {}, expected a table of {EXPECTED}; or name them with {}",
                table.source(),
                table.header(),
                lacks.join(", ")
            ),
        ));
    };
    let mut prices: HashMap<String, Price> = HashMap::new();
    let mut first: HashMap<String, Place> = HashMap::new();
    while table.advance()? {
        let table = &*table;
        let model = table
            .text(name)?
            .ok_or_else(|| table.error(name, "the model's name is missing in the price sheet"))?
            .into_owned();
        let mut found = Price {
            input: price(table, input, &model)?,
            output: price(table, output, &model)?,
            ..Price::default()
        };
        for (part, at) in found.parts.iter_mut().zip(parts) {
            // No price of its own: it costs what it is a part of.
            if let Some(at) =
                at.filter(|(column, _)| table.text(*column).is_ok_and(|t| t.is_some()))
            {
                *part = Some(price(table, at, &model)?);
            }
        }
        if let Some(old) = first.get(&model) {
            return Err(table.error(
                name,
                format!(
                    "the model {model:?} has a price already at {}:{}; remove one of the two",
                    old.source, old.line
                ),
            ));
        }
        first.insert(model.clone(), table.place(name));
        prices.insert(model, found);
    }
    Ok(prices)
}

fn price(table: &dyn Table, (column, by): (usize, f64), model: &str) -> Result<f64> {
    let text = table.text(column)?.unwrap_or_default();
    match text.trim().trim_start_matches('$').parse::<f64>() {
        Ok(v) if v.is_finite() && v >= 0.0 => Ok(times(v, by.log10().round() as i32)),
        _ => Err(table.error(
            column,
            format!(
                "{} is {:?}, expected USD per million tokens, not negative (model {model:?}); leave out the row if the price is unknown",
                table.columns()[column], text
            ),
        )),
    }
}
