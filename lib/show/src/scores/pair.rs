//! The pair record: two routers compared query by query (rb-score --pairs).

use crate::scores::fields::Fields;
use rb_record::error::Result;

/// A paired difference of quality, the first router's less the second's.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The first.
    pub router: String,
    /// The second.
    pub versus: String,
    /// The rule of the point at which both are compared, `alpha 1` or that of `--choose`.
    pub at: Option<String>,
    /// -1..1; none: no query has a route of both.
    pub diff: Option<f64>,
    /// Its 95 % interval.
    pub diff_ci: Option<(f64, f64)>,
    /// Of the difference being 0.
    pub p: Option<f64>,
    /// The same after Holm over all pairs.
    pub p_holm: Option<f64>,
    /// The one that is shown to be better.
    pub better: Option<String>,
}

impl Fields<'_, '_> {
    pub(crate) fn pair(&self) -> Result<Pair> {
        let p = |name: &str| self.number(name, 0.0, 1.0, "0..1");
        Ok(Pair {
            router: self.required("router", self.text("router")?)?,
            versus: self.required("versus", self.text("versus")?)?,
            at: self.text("verdict_at")?,
            diff: self.number("diff", -1.0, 1.0, "-1..1")?,
            diff_ci: self.interval("diff_ci")?,
            p: p("p")?,
            p_holm: p("p_holm")?,
            better: self.text("better")?,
        })
    }
}
