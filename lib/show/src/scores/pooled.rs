//! Records of `rb-score --seeds`: means over several splits of one benchmark.

use crate::scores::fields::Fields;
use crate::scores::figures::{Baseline, Figures, Operating, Summary};
use crate::text;
use rb_record::error::Result;
use rb_record::record::resource::Resource;
use std::collections::BTreeMap;

/// Whose means they are.
#[derive(Debug, Clone)]
pub enum Pooled {
    /// A router's: its name, its curve and its metrics.
    Router(String, Vec<Operating>, Summary),
    /// A baseline's.
    Baseline(Baseline),
}

impl Fields<'_, '_> {
    /// What a run over several seeds was of: `3 seeds, 573 to 594 queries each`.
    pub(crate) fn seeds(&self) -> Result<String> {
        let seeds = self.count("seeds")?.unwrap_or_default();
        let mut words = vec![format!("{} seeds", text::count(seeds))];
        let n: Option<Vec<f64>> = self.decode("n", "an array of counts", |_| true)?;
        let n = n.unwrap_or_default();
        let most = n.iter().copied().reduce(f64::max);
        if let Some((low, high)) = n.iter().copied().reduce(f64::min).zip(most) {
            words.push(if low < high {
                format!("{} to {} queries each", text::count(low), text::count(high))
            } else {
                format!("{} queries each", text::count(low))
            });
        }
        let prompts = self.count("prompts")?;
        words.extend(prompts.map(|n| format!("{} distinct prompts", text::count(n))));
        Ok(words.join(", "))
    }

    /// A router's or a baseline's means over seeds. A router without a curve
    /// has the one point that its verdict is about.
    pub(crate) fn pooled(&self) -> Result<Pooled> {
        let figures = self.figures()?;
        if let Some(name) = self.text("baseline")? {
            return Ok(Pooled::Baseline(Baseline {
                name,
                model: self.text("model")?,
                router: None,
                reference: None,
                alpha: None,
                figures,
                hull: self.hull()?,
            }));
        }
        let router = self.required("router", self.text("router")?)?;
        let mut summary = self.summary()?;
        let mut points = self.curve(figures.against)?;
        if summary.is_at_one() || points.is_empty() {
            points.retain(|p| p.alpha < 1.0);
            points.push(Operating {
                alpha: 1.0,
                figures: figures.clone(),
            });
        }
        summary.chosen = (!summary.is_at_one()).then_some(figures);
        Ok(Pooled::Router(router, points, summary))
    }

    /// The mean curve, where the record has it.
    fn curve(&self, against: Resource) -> Result<Vec<Operating>> {
        type Corner = BTreeMap<String, serde_json::Value>;
        let words = "an array of {\"alpha\":0..1,\"quality\":0..1,\"quality_ci\":[low, high],…}";
        let operating = |corner: &Corner| {
            let number = |name: &str| corner.get(name).and_then(serde_json::Value::as_f64);
            let interval = || {
                let ends = corner.get("quality_ci")?.as_array()?;
                Some((ends.first()?.as_f64()?, ends.get(1)?.as_f64()?))
            };
            let alpha = number("alpha").filter(|a| (0.0..=1.0).contains(a))?;
            let quality = number("quality").filter(|q| (0.0..=1.0).contains(q))?;
            Some(Operating {
                alpha,
                figures: Figures {
                    quality: Some(quality),
                    quality_ci: interval().filter(|(low, high)| low <= high),
                    cost: number(against.name()).filter(|c| *c >= 0.0),
                    against,
                    ..Figures::default()
                },
            })
        };
        let fits = |curve: &Vec<Corner>| curve.iter().all(|c| operating(c).is_some());
        let curve = self.decode("curve", words, fits)?.unwrap_or_default();
        Ok(curve.iter().filter_map(operating).collect())
    }
}
