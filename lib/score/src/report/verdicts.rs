//! The members of a summary that say what a router is worth: differences,
//! verdicts, and the figures at chosen points.

use crate::data::facts::Resource;
use crate::replay::choose::Chosen;
use crate::replay::rule::Rule;
use crate::report::contrast::{AgainstBest, Contrast};
use crate::report::line::Object;
use crate::report::router::score::RouterScore;
use crate::report::scoring::Scoring;
use crate::statistics::verdict::{detectable, holm, n_needed, verdict, Verdict};

/// Name and definition of every figure written here, besides intervals.
pub const FIGURES: [(&str, &str); 30] = [
    ("diff", "Q - Q_best-single at the point of `verdict_at`, over the queries where best-single is known, paired"),
    ("diff_n", "how many queries that are"),
    ("discordant", "on how many of them the two scores differ"),
    ("p", "two-sided p value of diff = 0"),
    ("p_holm", "the same after Holm over the routers"),
    ("detectable", "the smallest difference that so many queries show with 80 % power"),
    ("n_needed", "queries that would show --worth with 80 % power"),
    ("margin", "how much worse than best-single is still not worse (--margin)"),
    ("not_worse", "whether the 95 % interval of diff lies above -margin: shown not to be worse by more"),
    ("diff_zero", "Q less what mixing single models gives for the same cost"),
    ("diff_shuffle", "Q less the router's own mix dealt out blindly"),
    ("diff_versus", "Q less the quality of the router of --versus, on the queries of both"),
    ("p_versus", "two-sided p value of diff_versus = 0"),
    ("p_holm_versus", "the same after Holm over the routers"),
    ("cost_ratio", "C / C_best-single at the point of `verdict_at`, on the queries of diff, paired"),
    ("perfgain", "Q / Q_best-single - 1 at the point of best quality on val, else on the other half"),
    ("perfgain_alpha", "the alphas chosen for it: of the one half, of the other"),
    ("costsave", "1 - C / C_best-single at the cheapest point that is not below best-single on val, else on the other half"),
    ("costsave_quality_diff", "Q - Q_best-single at that point, on the queries it is reported on"),
    ("costsave_cost_ratio", "C / C_best-single at that point"),
    ("costsave_alpha", "the alphas chosen for it"),
    ("chosen_on", "val, or cross: each half of the queries at the alpha that the other half chose"),
    ("chosen_alpha", "the alphas chosen by --choose"),
    ("chosen_quality", "Q at the point of --choose"),
    ("chosen_quality_macro", "the same as a mean of the datasets' means"),
    ("chosen_cost", "C there"),
    ("chosen_cost_macro", "the same as a mean of the datasets' means"),
    ("chosen_latency", "seconds a query there"),
    ("chosen_calls", "models called for a query there"),
    ("chosen_mix", "the share of the answers there that is each model's"),
];

impl Object {
    /// A difference, its interval and its verdict: `diff…`, `verdict…`.
    fn put_contrast(
        &mut self,
        suffix: &str,
        contrast: Option<&Contrast>,
        verdict: Option<Verdict>,
    ) -> &mut Object {
        self.put(&format!("diff{suffix}"), &contrast.map(|c| c.drawn.value));
        if let Some(interval) = contrast.and_then(|c| c.drawn.interval()) {
            self.put(&format!("diff{suffix}_ci"), &interval);
        }
        self.put(&format!("verdict{suffix}"), &verdict.map(Verdict::name))
    }
}

/// Adjusts the p values of one comparison over the routers. A constant router
/// is no test, and not among them: it has its verdict before any outcome is seen.
pub(crate) fn adjust<'c>(contrasts: impl Iterator<Item = &'c mut Contrast>) {
    let mut tested: Vec<(f64, &mut Contrast)> =
        contrasts.filter_map(|c| Some((c.drawn.p()?, c))).collect();
    let p: Vec<f64> = tested.iter().map(|(p, _)| *p).collect();
    for ((_, contrast), adjusted) in tested.iter_mut().zip(holm(&p)) {
        contrast.holm = Some(adjusted);
    }
}

/// What is known of one router, ready to be judged.
pub(crate) struct VerdictInput<'a> {
    /// The rule of the point that verdicts are about; None: alpha 1.
    pub choose: Option<Rule>,
    pub constant: bool,
    pub worth: f64,
    /// How much worse is still not worse.
    pub margin: f64,
    pub best: Option<&'a Contrast>,
    pub discordant: Option<usize>,
    pub zero: Option<&'a Contrast>,
    pub shuffle: Option<&'a Contrast>,
    /// The router of `--versus`, but for itself.
    pub versus: Option<(&'a str, Option<&'a Contrast>)>,
}

impl VerdictInput<'_> {
    fn verdict(&self, contrast: Option<&Contrast>) -> Option<Verdict> {
        if self.constant {
            return Some(Verdict::Constant);
        }
        let contrast = contrast?;
        Some(verdict(
            contrast.drawn.interval()?,
            contrast.holm.unwrap_or(1.0),
            self.worth,
        ))
    }

    pub(crate) fn put(&self, summary: &mut Object) {
        let at = match self.choose {
            None => "alpha 1".to_string(),
            Some(rule) => rule.to_string(),
        };
        let best = self.best;
        summary
            .put("verdict_at", &at)
            .put_contrast("", best, self.verdict(best))
            .put("diff_n", &best.map(|d| d.n))
            .put("discordant", &self.discordant);
        if let Some((d, se)) = best.and_then(|d| Some((d, d.drawn.se()?))) {
            summary
                .put("p", &d.drawn.p())
                .put("p_holm", &d.holm)
                .put("detectable", &detectable(se))
                .put("n_needed", &n_needed(d.n, se, self.worth))
                .put("worth", &self.worth)
                .put("margin", &self.margin)
                .put(
                    "not_worse",
                    &d.drawn.interval().map(|(low, _)| low >= -self.margin),
                );
        }
        summary
            .put_contrast("_zero", self.zero, self.verdict(self.zero))
            .put_contrast("_shuffle", self.shuffle, self.verdict(self.shuffle));
        if let Some((name, contrast)) = self.versus {
            summary
                .put("versus", name)
                .put_contrast("_versus", contrast, self.verdict(contrast));
            if let Some((c, p)) = contrast.and_then(|c| Some((c, c.drawn.p()?))) {
                summary.put("p_versus", &p).put("p_holm_versus", &c.holm);
            }
        }
    }
}

impl Scoring<'_> {
    pub(crate) fn put_verdicts(&self, summary: &mut Object, score: &RouterScore) {
        let best = score.best.as_ref();
        let alone = score.alone.as_ref().filter(|_| !score.oracle);
        let other = self.config.versus.filter(|v| *v != score.router);
        VerdictInput {
            choose: self.config.choose,
            constant: score.constant,
            worth: self.config.worth,
            margin: self.config.margin,
            best: best.map(|b| &b.difference),
            discordant: best.map(|b| b.discordant),
            zero: alone.and_then(|a| a.zero.as_ref()),
            shuffle: alone.map(|a| &a.shuffle),
            versus: other.map(|v| (self.facts.routers[v].as_str(), score.versus.as_ref())),
        }
        .put(summary);
        let ratio = best.and_then(|b| b.cost_ratio.as_ref());
        summary.put("cost_ratio", &ratio.map(|r| r.value));
        put_interval(summary, "cost_ratio_ci", best, |a| {
            a.cost_ratio.as_ref()?.interval()
        });
    }

    pub(crate) fn put_chosen(&self, summary: &mut Object, score: &RouterScore) {
        let picks = &self.picks[score.router];
        let alphas = |chosen: Option<Chosen>| chosen.map(|c| c.alpha);
        let on = [picks.save, picks.gain, picks.rule].into_iter().flatten();
        let gain = score.gain.as_ref();
        let save = score.save.as_ref();
        let ratio = save.and_then(|a| a.cost_ratio.as_ref()).map(|r| r.value);
        summary.put("chosen_on", &on.map(|c| c.on).next()).put(
            "perfgain",
            &gain.and_then(|a| a.gain.as_ref()).map(|g| g.value),
        );
        put_interval(summary, "perfgain_ci", gain, |a| {
            a.gain.as_ref()?.interval()
        });
        summary
            .put("perfgain_alpha", &alphas(picks.gain))
            .put("costsave", &ratio.map(|r| 1.0 - r));
        put_interval(summary, "costsave_ci", save, |a| {
            let (low, high) = a.cost_ratio.as_ref()?.interval()?;
            Some((1.0 - high, 1.0 - low))
        });
        summary.put(
            "costsave_quality_diff",
            &save.map(|a| a.difference.drawn.value),
        );
        put_interval(summary, "costsave_quality_diff_ci", save, |a| {
            a.difference.drawn.interval()
        });
        summary.put("costsave_cost_ratio", &ratio);
        put_interval(summary, "costsave_cost_ratio_ci", save, |a| {
            a.cost_ratio.as_ref()?.interval()
        });
        summary.put("costsave_alpha", &alphas(picks.save));
        if self.config.choose.is_some() {
            let tally = score.point.as_ref();
            summary
                .put("chosen_alpha", &alphas(picks.rule))
                .put("chosen_quality", &tally.and_then(|t| t.quality()))
                .put(
                    "chosen_quality_macro",
                    &tally.and_then(|t| t.quality_macro()),
                )
                .put(
                    "chosen_cost",
                    &tally.and_then(|t| t.resource(Resource::Cost)),
                )
                .put(
                    "chosen_cost_macro",
                    &tally.and_then(|t| t.resource_macro(Resource::Cost)),
                )
                .put(
                    "chosen_latency",
                    &tally.and_then(|t| t.resource(Resource::Latency)),
                )
                .put_band("chosen_", score.alone.as_ref().map(|a| &a.band))
                .put("chosen_calls", &tally.and_then(|t| t.calls()));
            match &score.mix {
                Some((mix, n)) => summary.put_mix_as("chosen_", &self.facts.models, mix, *n),
                None => summary.put_json("chosen_mix", "null"),
            };
        }
    }
}

fn put_interval(
    summary: &mut Object,
    name: &str,
    against: Option<&AgainstBest>,
    read: impl Fn(&AgainstBest) -> Option<(f64, f64)>,
) {
    if let Some(interval) = against.and_then(read) {
        summary.put(name, &interval);
    }
}
