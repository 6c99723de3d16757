//! The members of a score record that others share: read with their place in
//! errors, and checked.

use crate::scores::figures::Figures;
use crate::scores::group::GroupKey;
use rb_record::error::{excerpt, Error, Result};
use rb_record::hull::Point;
use rb_record::record::resource::Resource;
use rb_record::record::Record;
use std::collections::BTreeMap;

/// The members of a record, read one by one with their place in errors.
pub(crate) struct Fields<'r, 'a> {
    pub(crate) record: &'r Record<'a>,
}

impl Fields<'_, '_> {
    pub(crate) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| {
            Error::input(format!(
                "the score record has no {name}; it is not as rb-score writes it (FORMAT.md)"
            ))
            .at(self.record.line().place(0))
        })
    }

    /// The field decoded, or an error that says what it should have been.
    pub(crate) fn decode<'s, T: serde::Deserialize<'s>>(
        &'s self,
        name: &str,
        expected: &str,
        fits: impl Fn(&T) -> bool,
    ) -> Result<Option<T>> {
        let Some(raw) = self.record.raw(name) else {
            return Ok(None);
        };
        match serde_json::from_str::<T>(raw) {
            Ok(value) if fits(&value) => Ok(Some(value)),
            _ => Err(self.record.error_at(
                raw,
                format!("{name} is {}, expected {expected}", excerpt(raw)),
            )),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        self.decode(name, "a string that is not empty", |t: &String| {
            !t.is_empty()
        })
    }

    pub(crate) fn number(
        &self,
        name: &str,
        low: f64,
        high: f64,
        words: &str,
    ) -> Result<Option<f64>> {
        self.decode(name, words, |v: &f64| (low..=high).contains(v))
    }

    pub(crate) fn count(&self, name: &str) -> Result<Option<f64>> {
        self.number(name, 0.0, f64::MAX, "a count, not negative")
    }

    pub(crate) fn figures(&self) -> Result<Figures> {
        let against = self.against()?;
        Ok(Figures {
            n: self.count("n")?,
            missing: self.count("missing")?,
            unrouted: self.count("unrouted")?,
            quality: self.number("quality", 0.0, 1.0, "0..1")?,
            quality_macro: self.number("quality_macro", 0.0, 1.0, "0..1")?,
            quality_ci: self.interval("quality_ci")?,
            cost: self.number(
                against.name(),
                0.0,
                f64::MAX,
                &format!("{} a query, not negative", against.unit()),
            )?,
            cost_ci: self.interval(&format!("{}_ci", against.name()))?,
            against,
            mix: self.shares("mix")?,
        })
    }

    /// What quality is traded against; absent: cost.
    pub(crate) fn against(&self) -> Result<Resource> {
        let words = "\"cost\", \"latency\" or \"tokens\"";
        Ok(self.decode("against", words, |_| true)?.unwrap_or_default())
    }

    pub(crate) fn hull(&self) -> Result<Vec<Point>> {
        let against = self.against()?;
        let point = |corner: &BTreeMap<String, f64>| {
            Some(Point {
                cost: *corner.get(against.name())?,
                quality: *corner.get("quality")?,
            })
        };
        let fits = |hull: &Vec<BTreeMap<String, f64>>| {
            hull.iter()
                .map(point)
                .all(|p| p.is_some_and(|p| p.cost >= 0.0 && (0.0..=1.0).contains(&p.quality)))
        };
        let words = format!(
            "an array of {{\"{}\":{} a query,\"quality\":0..1}}",
            against.name(),
            against.unit()
        );
        let hull = self.decode("hull", &words, fits)?.unwrap_or_default();
        Ok(hull.iter().filter_map(point).collect())
    }

    pub(crate) fn interval(&self, name: &str) -> Result<Option<(f64, f64)>> {
        self.decode(name, "[low, high]", |ci: &(f64, f64)| ci.0 <= ci.1)
    }

    pub(crate) fn shares(&self, name: &str) -> Result<BTreeMap<String, f64>> {
        let mix = self.decode(name, "an object of model → share", |_| true)?;
        Ok(mix.unwrap_or_default())
    }

    pub(crate) fn group(&self) -> Result<GroupKey> {
        let words = "an object of field → value, {} for everything";
        let group: Option<BTreeMap<String, serde_json::Value>> =
            self.decode("group", words, |_| true)?;
        let members = group.unwrap_or_default().into_iter();
        Ok(members
            .map(|(name, value)| (name, value.to_string()))
            .collect())
    }
}
