//! The price sheet of `--prices`: what a model's tokens cost.

use crate::tables::cells::Table;
use crate::tables::source::{Content, Source};
use rb_record::error::{Error, Place, Result};
use std::collections::HashMap;
use std::path::Path;

/// A price sheet: USD per million tokens in and out, by model.
#[derive(Debug, Default)]
pub struct Prices(HashMap<String, (f64, f64)>);

const PRICE_COLUMNS: [&str; 3] = ["model", "input_usd_per_1m", "output_usd_per_1m"];

impl Prices {
    /// A model's prices in and out.
    pub(crate) fn of(&self, model: &str) -> Option<(f64, f64)> {
        self.0.get(model).copied()
    }

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
        if prices.is_empty() {
            Err(Error::input(format!(
                "{} holds no price; expected rows of {}",
                source.name,
                PRICE_COLUMNS.join(",")
            )))
        } else {
            Ok(Prices(prices))
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
