//! A router against the best single model, in the sentence that somebody needs
//! who is to pay for it: what it saves, at what loss, and how far both are shown.

use crate::output::Config;
use crate::scores::{Figures, Group, Router, Summary};
use crate::sentences::words::{at_alpha, saved, shares, size, two_digits};
use crate::text;
use rb_record::record::resource::Resource;
use rb_record::thresholds::WORTH;

/// The best single model.
pub(crate) struct Best {
    /// `best-single gpt-4`.
    pub(crate) name: String,
    quality: f64,
    cost: Option<f64>,
    /// The 95 % interval of `cost`.
    cost_ci: Option<(f64, f64)>,
}

impl Best {
    /// Of `group`; none where its quality is unknown.
    pub(crate) fn of(group: &Group) -> Option<Best> {
        let best = group.baseline("best-single")?;
        let model = best.model.as_ref();
        let model = model.map_or(String::new(), |m| format!(" {}", text::clean(m)));
        Some(Best {
            name: format!("best-single{model}"),
            quality: best.figures.quality?,
            cost: best.figures.cost,
            cost_ci: best.figures.cost_ci,
        })
    }
}

/// A router against it.
pub(crate) struct Against<'a> {
    pub(crate) name: String,
    /// What it does at the point that is judged.
    figures: &'a Figures,
    /// Where: ` at alpha 1`.
    pub(crate) at: String,
    /// Quality less the best single model's, −1..1.
    pub(crate) diff: f64,
    complete: bool,
    is_chosen: bool,
    summary: Option<&'a Summary>,
    /// The 95 % interval of `diff`.
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) verdict: Option<&'a str>,
}

impl<'a> Against<'a> {
    /// None where nothing is known of the router's quality.
    pub(crate) fn of(name: &str, router: &'a Router, best: &Best) -> Option<Against<'a>> {
        let last = router.last()?;
        let summary = router.summary.as_ref();
        let rule = router.rule();
        let (at, diff) = match rule {
            Some(rule) => (
                format!(" at the point chosen for {}", text::clean(rule)),
                summary.and_then(|s| s.number("diff")),
            ),
            None => (at_alpha(last.alpha), router.against(best.quality)),
        };
        let chosen = summary.and_then(|s| s.chosen.as_ref());
        Some(Against {
            name: text::clean(name),
            figures: chosen.filter(|_| rule.is_some()).unwrap_or(&last.figures),
            at,
            diff: diff?,
            complete: router.is_complete(),
            is_chosen: rule.is_some(),
            summary,
            interval: summary.and_then(|s| s.interval("diff_ci")),
            verdict: summary.and_then(|s| s.text("verdict")),
        })
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.summary?.number(name)
    }

    /// Whether the scores are known not to differ on a single query.
    pub(crate) fn is_equal(&self) -> bool {
        self.diff.abs() < 1e-9 && self.number("discordant") == Some(0.0)
    }

    /// How much worse counts as not worse.
    fn margin(&self, config: &Config) -> f64 {
        let known = config.margin.or_else(|| self.number("margin"));
        known.or_else(|| self.number("worth")).unwrap_or(WORTH)
    }

    /// What the router saves, at what quality, and how far that is shown.
    pub(crate) fn sentence(&self, best: &Best, config: &Config) -> String {
        let quality = self.quality(&best.name);
        let ratio = self.ratio(best);
        let mut said = match ratio {
            Some((ratio, interval)) => {
                let saved = saved(ratio, interval, &self.of_what());
                if self.is_equal() {
                    format!("{}: {saved} and is {quality}", self.name)
                } else {
                    format!("{}: {saved} at {quality}", self.name)
                }
            }
            None => format!("{}: {quality}", self.name),
        };
        said.push_str(&self.at);
        if !self.complete {
            said.push_str(" on the queries it routes");
        }
        let mut clauses = Vec::new();
        clauses.extend(self.not_worse(config));
        clauses.extend(self.better());
        clauses.extend(self.mix());
        if !clauses.is_empty() {
            said.push_str(&format!(": {}", clauses.join("; ")));
        }
        said.push('.');
        said.extend(self.money(ratio, best, config));
        said
    }

    /// The same at the cheapest point that was no worse where it was chosen, if
    /// that is not the point of [`sentence`](Against::sentence).
    pub(crate) fn cheapest(&self, best: &Best, config: &Config) -> Option<String> {
        let told = self.is_chosen || self.verdict == Some("constant");
        let summary = self.summary.filter(|_| !told)?;
        let ratio = summary.number("costsave_cost_ratio")?;
        let diff = summary.number("costsave_quality_diff")?;
        let chosen_on = match summary.text("chosen_on")? {
            "val" => "chosen on val",
            "cross" => "chosen by each half of the queries for the other",
            _ => return None,
        };
        let saved = saved(
            ratio,
            summary.interval("costsave_cost_ratio_ci"),
            &self.of_what(),
        );
        let interval = summary.interval("costsave_quality_diff_ci");
        let quality = difference(diff, interval);
        let shown = interval.map(|ci| format!(": {}", not_worse(ci, self.margin(config))));
        Some(format!(
            "{}: {saved} at {quality} against {} at its cheapest point that was not worse, {chosen_on}{}.",
            self.name,
            best.name,
            shown.unwrap_or_default()
        ))
    }

    /// ` of its latency`, where that is traded.
    fn of_what(&self) -> String {
        match self.figures.against {
            Resource::Cost => String::new(),
            other => format!(" of its {}", other.name()),
        }
    }

    /// The router's cost in terms of the best single model's, and its interval: the
    /// paired one where the record has it, else from the ends of both costs'
    /// intervals, which is wider, for half-widths add up to more than a difference
    /// varies, however the two go together.
    fn ratio(&self, best: &Best) -> Option<(f64, Option<(f64, f64)>)> {
        let cost = self.figures.cost.filter(|_| self.complete)?;
        let of = best.cost.filter(|of| *of > 0.0)?;
        let names = if self.is_chosen {
            ("chosen_cost_ratio", "chosen_cost_ratio_ci")
        } else {
            ("cost_ratio", "cost_ratio_ci")
        };
        let known = self.number(names.0).or_else(|| self.number("cost_ratio"));
        let interval = |name| self.summary.and_then(|s| s.interval(name));
        let paired = interval(names.1).or_else(|| interval("cost_ratio_ci"));
        let interval = paired.or_else(|| {
            let ((low, high), of) = self.figures.cost_ci.zip(best.cost_ci)?;
            (of.0 > 0.0).then(|| (low / of.1, high / of.0))
        });
        let ratio = known.unwrap_or(cost / of);
        // The same model on every query costs the same, whatever the queries are.
        let is_same = self.is_equal() && (ratio - 1.0).abs() < 1e-9;
        Some((ratio, interval.filter(|_| !is_same)))
    }

    fn quality(&self, best: &str) -> String {
        if self.is_equal() {
            return format!("exactly as good as {best}");
        }
        if self.diff.abs() < 1e-9 && self.number("discordant").is_some_and(|n| n > 0.0) {
            let interval = self.interval.map(text::signed_interval);
            let interval = interval.map_or(String::new(), |ci| format!(" {ci}"));
            return format!(
                "a quality of 0.0 points{interval}, no difference found, against {best}"
            );
        }
        format!("{} against {best}", difference(self.diff, self.interval))
    }

    /// Whether it is shown not to be worse by more than the margin.
    fn not_worse(&self, config: &Config) -> Option<String> {
        let interval = self.interval.filter(|_| !self.is_equal())?;
        Some(not_worse(interval, self.margin(config)))
    }

    /// Whether it is better, and what would help where nothing is shown.
    fn better(&self) -> Option<String> {
        let Some((low, _)) = self.interval else {
            let verdict = self.verdict.map(text::clean);
            return verdict.map(|verdict| format!("verdict {verdict}"));
        };
        let worth = self.number("worth").unwrap_or(WORTH);
        Some(match self.verdict {
            Some("yes") => "yes, it is better".into(),
            Some("no") => format!("no, it is not better by {}", size(worth)),
            Some("constant") => "constant, it hardly chooses".into(),
            Some("undecided") if low > 0.0 => {
                "undecided: it would be better alone, but the best of several routers can be so by chance (Holm)".into()
            }
            Some("undecided") => {
                let known = (
                    self.number("diff_n"),
                    self.number("detectable"),
                    self.number("n_needed"),
                );
                match known {
                    (Some(n), Some(least), Some(needed)) => format!(
                        "better or not is undecided: n {} can detect {}; {} queries would decide about {}",
                        text::count(n),
                        size(least),
                        text::count(two_digits(needed)),
                        size(worth)
                    ),
                    _ => "better or not is undecided".into(),
                }
            }
            Some(other) => text::clean(other),
            None => "no verdict".into(),
        })
    }

    /// Where the queries go: at a chosen point the models that take most, else
    /// the one that takes nearly all.
    fn mix(&self) -> Option<String> {
        let (model, share) = (self.figures.mix.iter()).max_by(|a, b| a.1.total_cmp(b.1))?;
        if *share > 0.99 {
            let all = if *share < 1.0 { "nearly all" } else { "all" };
            return Some(format!(
                "it sends {all} of the queries to {}",
                text::clean(model)
            ));
        }
        let about = if self.summary?.is_mix_near {
            "about "
        } else {
            ""
        };
        self.is_chosen
            .then(|| format!("it sends {about}{}", shares(&self.figures.mix)))
    }

    /// What it comes to a month.
    fn money(
        &self,
        ratio: Option<(f64, Option<(f64, f64)>)>,
        best: &Best,
        config: &Config,
    ) -> Option<String> {
        let queries = config.queries_per_month?;
        let (ratio, interval) = ratio.filter(|_| self.figures.against == Resource::Cost)?;
        let month = best.cost? * queries;
        let usd = |v: f64| text::amount(v);
        let (word, by) = if ratio > 1.0 {
            ("more", ratio - 1.0)
        } else {
            ("less", 1.0 - ratio)
        };
        let interval = interval.map(|(low, high)| {
            if ratio > 1.0 {
                (low - 1.0, high - 1.0)
            } else {
                (1.0 - high, 1.0 - low)
            }
        });
        let interval = interval
            .map(|(low, high)| format!(" [{}, {}]", usd(month * low), usd(month * high)))
            .unwrap_or_default();
        Some(format!(
            " Of {} queries a month: USD {} in place of {}, {}{interval} {word}.",
            text::count(queries),
            usd(month * ratio),
            usd(month),
            usd(month * by)
        ))
    }
}

/// A difference in quality: `a quality of +1.5 points [-0.6, +3.5]`.
fn difference(diff: f64, interval: Option<(f64, f64)>) -> String {
    let interval = interval.map(text::signed_interval);
    let interval = interval.map_or(String::new(), |interval| format!(" {interval}"));
    format!(
        "a quality of {} points{interval}",
        text::signed_points(diff)
    )
}

/// Non-inferiority: the interval's lower end is not below −margin.
fn not_worse((low, high): (f64, f64), margin: f64) -> String {
    let size = size(margin);
    if low >= -margin {
        format!("not worse by more than {size} (shown)")
    } else if high < -margin {
        format!("worse by more than {size} (shown)")
    } else {
        format!("not worse by more than {size} (not shown)")
    }
}
