//! One score record, read and checked. What is missing or out of range is an
//! error with its place.

use crate::scores::{Baseline, Figures, GroupKey, Operating, Summary};
use rb_record::error::{excerpt, Error, Result};
use rb_record::hull::Point;
use rb_record::record::resource::Resource;
use rb_record::record::Record;
use rb_record::stream::Line;
use std::collections::{BTreeMap, BTreeSet};

/// What a line turned out to be.
#[derive(Debug, Clone)]
pub enum Scored {
    Point(GroupKey, String, Operating),
    Baseline(GroupKey, Baseline),
    Summary(GroupKey, String, Summary),
    /// The notes of a run of rb-score.
    Run(BTreeSet<String>),
    /// A pareto or frontier record of an earlier run.
    Superseded,
    /// A type that rb-pareto has no use for.
    Other,
}

/// The metrics that rb-pareto shows: a number, or absent.
const NUMBERS: [&str; 14] = [
    "aiq",
    "gain_b",
    "perfgain_peak",
    "costsave_peak",
    "costsave_hull",
    "perfgain",
    "costsave",
    "diff",
    "diff_n",
    "detectable",
    "n_needed",
    "worth",
    "chosen_quality",
    "chosen_cost",
];
const TEXTS: [&str; 2] = ["verdict", "verdict_at"];
const INTERVALS: [&str; 3] = ["aiq_ci", "diff_ci", "costsave_quality_diff_ci"];

/// Reads one score record.
pub fn parse(line: &Line) -> Result<Scored> {
    let record = Record::parse(line)?;
    let fields = Fields { record: &record };
    let Some(kind) = fields.text("type")? else {
        let has = |name| record.raw(name).is_some();
        let is_query = ["outcomes", "routes", "prompt", "embedding"]
            .iter()
            .any(|f| has(f));
        return Err(match is_query {
            true => Error::input(
                "this is a query record, expected score records; run rb-score first: … | rb-score | rb-pareto",
            ),
            false => Error::input(
                "the record has no type, expected the point, baseline and summary records that rb-score writes",
            ),
        }
        .at(line.place(0)));
    };
    match kind.as_str() {
        "point" => {
            let alpha = fields.required("alpha", fields.number("alpha", 0.0, 1.0, "0..1")?)?;
            let figures = fields.figures()?;
            let router = fields.required("router", fields.text("router")?)?;
            Ok(Scored::Point(
                fields.group()?,
                router,
                Operating { alpha, figures },
            ))
        }
        "baseline" => {
            let name = fields.required("name", fields.text("name")?)?;
            let model = fields.text("model")?;
            if name == "model" {
                fields.required("model", model.as_ref())?;
            }
            let baseline = Baseline {
                name,
                model,
                router: fields.text("router")?,
                reference: fields.text("reference")?,
                alpha: fields.number("alpha", 0.0, 1.0, "0..1")?,
                figures: fields.figures()?,
                hull: fields.hull()?,
            };
            Ok(Scored::Baseline(fields.group()?, baseline))
        }
        "summary" => {
            let router = fields.required("router", fields.text("router")?)?;
            Ok(Scored::Summary(fields.group()?, router, fields.summary()?))
        }
        "run" => {
            let notes = fields.decode("notes", "an array of strings", |_| true)?;
            Ok(Scored::Run(notes.unwrap_or_default()))
        }
        "pareto" | "frontier" => Ok(Scored::Superseded),
        _ => Ok(Scored::Other),
    }
}

/// The members of a record, read one by one with their place in errors.
struct Fields<'r, 'a> {
    record: &'r Record<'a>,
}

impl Fields<'_, '_> {
    fn required<T>(&self, name: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| {
            Error::input(format!(
                "the score record has no {name}; it is not as rb-score writes it (FORMAT.md)"
            ))
            .at(self.record.line().place(0))
        })
    }

    /// The field decoded, or an error that says what it should have been.
    fn decode<'s, T: serde::Deserialize<'s>>(
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

    fn text(&self, name: &str) -> Result<Option<String>> {
        self.decode(name, "a string that is not empty", |t: &String| {
            !t.is_empty()
        })
    }

    fn number(&self, name: &str, low: f64, high: f64, words: &str) -> Result<Option<f64>> {
        self.decode(name, words, |v: &f64| (low..=high).contains(v))
    }

    fn count(&self, name: &str) -> Result<Option<f64>> {
        self.number(name, 0.0, f64::MAX, "a count, not negative")
    }

    fn figures(&self) -> Result<Figures> {
        let mix = self.decode("mix", "an object of model → share", |_| true)?;
        let against = self.against()?;
        Ok(Figures {
            n: self.count("n")?,
            missing: self.count("missing")?,
            unrouted: self.count("unrouted")?,
            quality: self.number("quality", 0.0, 1.0, "0..1")?,
            quality_macro: self.number("quality_macro", 0.0, 1.0, "0..1")?,
            quality_ci: self.decode("quality_ci", "[low, high]", |ci: &(f64, f64)| ci.0 <= ci.1)?,
            cost: self.number(
                against.name(),
                0.0,
                f64::MAX,
                &format!("{} a query, not negative", against.unit()),
            )?,
            cost_ci: self.decode(
                &format!("{}_ci", against.name()),
                "[low, high]",
                |ci: &(f64, f64)| ci.0 <= ci.1,
            )?,
            against,
            mix: mix.unwrap_or_default(),
        })
    }

    /// What quality is traded against; absent: cost.
    fn against(&self) -> Result<Resource> {
        let words = "\"cost\", \"latency\" or \"tokens\"";
        Ok(self.decode("against", words, |_| true)?.unwrap_or_default())
    }

    fn hull(&self) -> Result<Vec<Point>> {
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

    fn summary(&self) -> Result<Summary> {
        let mut summary = Summary {
            oracle: self
                .decode("oracle", "true or false", |_| true)?
                .unwrap_or(false),
            hull: self.hull()?,
            ..Summary::default()
        };
        for name in NUMBERS {
            let number = self.number(name, f64::MIN, f64::MAX, "a number")?;
            summary
                .numbers
                .extend(number.map(|v| (name.to_string(), v)));
        }
        for name in TEXTS {
            let text = self.text(name)?;
            summary.texts.extend(text.map(|v| (name.to_string(), v)));
        }
        for name in INTERVALS {
            let interval = self.decode(name, "[low, high]", |ci: &(f64, f64)| ci.0 <= ci.1)?;
            summary
                .intervals
                .extend(interval.map(|v| (name.to_string(), v)));
        }
        Ok(summary)
    }

    fn group(&self) -> Result<GroupKey> {
        let words = "an object of field → value, {} for everything";
        let group: Option<BTreeMap<String, serde_json::Value>> =
            self.decode("group", words, |_| true)?;
        let members = group.unwrap_or_default().into_iter();
        Ok(members
            .map(|(name, value)| (name, value.to_string()))
            .collect())
    }
}
