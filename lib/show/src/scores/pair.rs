//! The pair record: two routers compared query by query (rb-score --pairs).

use crate::scores::fields::Fields;
use crate::scores::figures::Pair;
use rb_record::error::Result;

impl Fields<'_, '_> {
    pub(crate) fn pair(&self) -> Result<Pair> {
        let p = |name: &str| self.number(name, 0.0, 1.0, "0..1");
        Ok(Pair {
            router: self.required("router", self.text("router")?)?,
            versus: self.required("versus", self.text("versus")?)?,
            at: self.text("verdict_at")?,
            n: self.count("n")?,
            diff: self.number("diff", -1.0, 1.0, "-1..1")?,
            diff_ci: self.interval("diff_ci")?,
            p: p("p")?,
            p_holm: p("p_holm")?,
            better: self.text("better")?,
        })
    }
}
