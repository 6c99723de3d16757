//! The summary record: the metrics of a router's whole curve, what it is worth
//! at the point of its verdict, and the figures of a chosen point.

use crate::scores::fields::Fields;
use crate::scores::figures::{Bin, Calibration, Figures, Summary};
use rb_record::error::Result;

/// The metrics that rb-pareto shows: a number, or absent.
const NUMBERS: [&str; 26] = [
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
    "margin",
    "discordant",
    "p",
    "p_holm",
    "diff_versus",
    "p_versus",
    "p_holm_versus",
    "cost_ratio",
    "chosen_cost_ratio",
    "costsave_cost_ratio",
    "costsave_quality_diff",
    "chosen_quality",
    "chosen_cost",
    "seeds",
];
const TEXTS: [&str; 8] = [
    "verdict",
    "verdict_at",
    "versus",
    "verdict_versus",
    "chosen_on",
    "estimate",
    "refused",
    "run",
];
const INTERVALS: [&str; 7] = [
    "aiq_ci",
    "diff_ci",
    "diff_versus_ci",
    "costsave_quality_diff_ci",
    "cost_ratio_ci",
    "chosen_cost_ratio_ci",
    "costsave_cost_ratio_ci",
];

/// Of val there is one alpha, of two halves there are two.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Alphas {
    One(f64),
    All(Vec<f64>),
}

impl Alphas {
    fn list(self) -> Vec<f64> {
        match self {
            Alphas::One(alpha) => vec![alpha],
            Alphas::All(alphas) => alphas,
        }
    }
}

impl Fields<'_, '_> {
    /// The point of `--choose`.
    fn chosen(&self) -> Result<Figures> {
        let against = self.against()?;
        let cost = format!("chosen_{}", against.name());
        let unit = format!("{} a query, not negative", against.unit());
        Ok(Figures {
            n: self.count("n")?,
            missing: self.count("chosen_missing")?,
            unrouted: self.count("unrouted")?,
            quality: self.number("chosen_quality", 0.0, 1.0, "0..1")?,
            quality_macro: self.number("chosen_quality_macro", 0.0, 1.0, "0..1")?,
            quality_ci: self.interval("chosen_quality_ci")?,
            cost: self.number(&cost, 0.0, f64::MAX, &unit)?,
            cost_ci: self.interval(&format!("{cost}_ci"))?,
            against,
            mix: self.shares("chosen_mix")?,
        })
    }

    pub(crate) fn summary(&self) -> Result<Summary> {
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
            let interval = self.interval(name)?;
            summary
                .intervals
                .extend(interval.map(|v| (name.to_string(), v)));
        }
        let words = "an object of ece and bins";
        summary.calibration = self.decode("calibration", words, |c: &Calibration| {
            let sound = |b: &Bin| b.expected.is_finite() && (0.0..=1.0).contains(&b.observed);
            c.bins.iter().all(sound)
        })?;
        if !summary.is_at_one() && summary.number("chosen_quality").is_some() {
            summary.chosen = Some(self.chosen()?);
            let words = "an alpha, or an array of them";
            let alphas: Option<Alphas> = self.decode("chosen_alpha", words, |_| true)?;
            summary.chosen_alpha = alphas.map(Alphas::list).unwrap_or_default();
        }
        Ok(summary)
    }
}
