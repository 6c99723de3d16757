//! Operating points that are chosen on other queries than they are reported
//! on: on val where the stream has a val split with routes; else cross-fitted:
//! the scored queries are halved by a hash of the prompt, the point is chosen on
//! one half and reported on the other, and back, so that every query is reported
//! at the alpha that the other half chose.
//!
//! A figure read at the best of many points of the queries it is reported on
//! flatters; this does not.

use crate::data::queries::Queries;
use crate::replay::curve::Curve;
use crate::replay::rule::{Candidate, Merit};
use crate::replay::Replay;
use crate::statistics::paired::{Paired, Rival};
use rb_record::hash;

/// A point chosen: an alpha for the queries of each half (the same where it
/// was chosen on val).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chosen {
    /// `val` or `cross`.
    pub on: &'static str,
    /// By half.
    pub alpha: [f64; 2],
}

/// Who may look at what.
pub struct Chooser<'a> {
    scored: &'a Replay<'a>,
    queries: &'a Queries,
    /// The val split and those of its queries that may be looked at.
    val: Option<(&'a Replay<'a>, &'a Queries)>,
    seed: u64,
}

impl<'a> Chooser<'a> {
    /// `queries` are the scored ones. `val`: of `facts.val`.
    pub fn new(
        scored: &'a Replay<'a>,
        queries: &'a Queries,
        val: Option<(&'a Replay<'a>, &'a Queries)>,
        seed: u64,
    ) -> Chooser<'a> {
        Chooser {
            scored,
            queries,
            val,
            seed: hash::seed(seed, "half"),
        }
    }

    /// The half of scored query `q`, 0 or 1. Equal prompts share a half.
    pub fn half(&self, q: usize) -> usize {
        let unit = self.scored.facts.scored.unit(q);
        (hash::text(self.seed, "half", &unit.to_string()) >> 63) as usize
    }

    /// The alpha at which scored query `q` is reported.
    pub fn alpha(&self, chosen: &Chosen, q: usize) -> f64 {
        chosen.alpha[self.half(q)]
    }

    /// The path that router `router` takes there; None: it does not route `q`.
    pub fn path(&self, chosen: &Chosen, router: usize, q: usize) -> Option<usize> {
        self.scored.facts.routes[router].at(q, self.alpha(chosen, q))
    }

    /// The best point of a router by `merit`, over every stretch of its exact
    /// curve. None: no point has a merit (on one of the halves), or the router
    /// routes nothing there.
    pub fn choose(
        &self,
        router: usize,
        against: Option<Rival>,
        merit: impl Fn(&Candidate) -> Option<Merit>,
    ) -> Option<Chosen> {
        let score = |replay: &Replay, q: usize| {
            let a = against?;
            Some(a.share * replay.facts.scored.outcomes.score(q, a.model)?)
        };
        let score: &Score = &score;
        self.choose_beside(router, against.is_some().then_some(score), merit)
    }

    /// The same where the candidates are compared with any score.
    pub fn choose_beside(
        &self,
        router: usize,
        against: Option<&Score>,
        merit: impl Fn(&Candidate) -> Option<Merit>,
    ) -> Option<Chosen> {
        if let Some((val, queries)) = &self.val {
            let routes = &val.facts.routes[router];
            if queries.iter().any(|q| routes.is_routed(q)) {
                let alpha = best(val, queries, router, against, &merit)?;
                return Some(Chosen {
                    on: "val",
                    alpha: [alpha; 2],
                });
            }
        }
        let on = |half: usize| {
            let pager = &self.scored.facts.pager;
            let other = self.queries.filter(pager, |q| self.half(q) != half);
            best(self.scored, &other, router, against, &merit)
        };
        Some(Chosen {
            on: "cross",
            alpha: [on(0)?, on(1)?],
        })
    }
}

/// What a query's score is compared with, on whatever queries the choice looks
/// at; None: not known there.
pub type Score<'s> = dyn Fn(&Replay, usize) -> Option<f64> + 's;

/// The alpha of the greatest merit on `queries`.
fn best(
    replay: &Replay,
    queries: &Queries,
    router: usize,
    against: Option<&Score>,
    merit: &impl Fn(&Candidate) -> Option<Merit>,
) -> Option<f64> {
    let curve = Curve::new(&replay.facts.pager, &replay.facts.routes[router], queries);
    let known = |q: usize| against?(replay, q);
    let mut paired = against.and_then(|_| Paired::beside(replay, &curve, &known));
    let mut best: Option<(Merit, f64)> = None;
    let value = |q: usize, path: usize| replay.path(q, path);
    curve.walk(replay, value, |s| {
        let difference = paired.as_mut().map(|p| {
            p.advance(&curve, s.from);
            p.difference()
        });
        let candidate = Candidate {
            alpha: s.from,
            tally: s.tally,
            mix: s.mix,
            difference,
        };
        if let Some(m) = merit(&candidate) {
            if best.is_none_or(|(most, _)| m > most) {
                best = Some((m, s.from));
            }
        }
    });
    best.map(|(_, alpha)| alpha)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::collect::sample;
    use crate::data::fact::Wanted;
    use crate::replay::rule::{Rule, MARGIN};
    use crate::statistics::paired::Rival;

    #[test]
    fn rules_are_read_and_faults_name_the_column() {
        let parse = |t| Rule::parse(t).unwrap();
        assert_eq!(parse("quality>=best-single"), Rule::BestSingle);
        assert_eq!(parse(" quality >= 0.8 "), Rule::Quality(0.8));
        assert_eq!(parse("cost<=4e-4"), Rule::Cost(0.0004));
        assert_eq!(parse("latency<=1.5"), Rule::Latency(1.5));
        assert_eq!(parse("strong<=0.5"), Rule::Strong(0.5));
        for (text, words) in [
            ("speed<=1", &["column 1", "\"speed\"", "quality, cost"][..]),
            ("quality<=0.5", &["column 8", "found <=", "expected >="]),
            ("cost", &["column 5", "found nothing", "expected <="]),
            ("cost<=", &["column 7", "found nothing"]),
            ("cost<= cheap", &["column 8", "\"cheap\"", "number"]),
            ("cost<=best-single", &["column 7", "\"best-single\""]),
            ("quality>=1.5", &["column 10", "0..1 or best-single"]),
            ("latency<=NaN", &["column 10", "NaN"]),
            ("strong<=-1", &["column 9", "0..1"]),
            ("", &["column 1"]),
        ] {
            let e = Rule::parse(text).unwrap_err().to_string();
            for word in words {
                assert!(e.contains(word), "{text:?}: {word:?} not in {e}");
            }
        }
    }

    /// n queries in each part on which b is right where `b_right` says so, and a
    /// is always wrong; below alpha 0.5 the router calls a.
    fn stream(parts: &[(&str, bool)], n: usize) -> String {
        let mut lines = Vec::new();
        for (split, b_right) in parts {
            for i in 0..n {
                let right = *b_right as u8;
                let hard = (i % 7 == 0) as u8;
                lines.push(format!("{{\"id\":\"{split}{i}\",\"split\":\"{split}\",\"outcomes\":{{\"a\":{{\"score\":{hard},\"cost\":1}},\"b\":{{\"score\":{right},\"cost\":2}}}},\"routes\":{{\"r\":[{{\"alpha\":0,\"model\":\"a\"}},{{\"alpha\":0.5,\"model\":\"b\"}}]}}}}"));
            }
        }
        lines.join("\n")
    }

    fn choose(text: &str, rule: Rule) -> Option<Chosen> {
        let facts = sample::facts(text, &Wanted::default()).unwrap();
        let replay = Replay::new(&facts);
        let val = facts.val.as_deref().map(Replay::new);
        let queries = Queries::all(facts.scored.len());
        let of_val = Queries::all(val.as_ref().map_or(0, |val| val.facts.scored.len()));
        let val = val.as_ref().map(|val| (val, &of_val));
        let chooser = Chooser::new(&replay, &queries, val, 0);
        let against = Rival {
            model: 1,
            share: 1.0,
        };
        chooser.choose(0, Some(against), |c| rule.merit(c, Some(1), MARGIN))
    }

    #[test]
    fn on_val_the_scored_outcomes_are_never_looked_at() {
        for right in [true, false] {
            let text = stream(&[("test", right), ("val", true)], 40);
            let chosen = choose(&text, Rule::BestSingle).unwrap();
            assert_eq!((chosen.on, chosen.alpha), ("val", [0.5; 2]));
        }
        let cheap = choose(
            &stream(&[("test", true), ("val", false)], 40),
            Rule::BestSingle,
        );
        assert_eq!(cheap.unwrap().alpha, [0.0; 2]);
    }

    #[test]
    fn a_half_is_reported_at_the_alpha_of_the_other() {
        // b is right on one half only, so that only that half asks for b.
        let text = stream(&[("test", true)], 200);
        let facts = sample::facts(&text, &Wanted::default()).unwrap();
        let replay = Replay::new(&facts);
        let queries = Queries::all(facts.scored.len());
        let half_of: std::collections::BTreeMap<u64, usize> = {
            let chooser = Chooser::new(&replay, &queries, None, 0);
            queries
                .iter()
                .map(|q| (facts.scored.unit(q), chooser.half(q)))
                .collect()
        };
        let sizes = half_of.values().sum::<usize>();
        assert!((70..=130).contains(&sizes), "{sizes} of 200 in half 1");
        for asks in [0, 1] {
            let lines: Vec<String> = (text.lines())
                .map(|line| {
                    let id = line.split('"').nth(3).unwrap();
                    if half_of[&rb_record::record::unit::unit_of(None, Some(id))] == asks {
                        line.to_string()
                    } else {
                        line.replace("\"score\":1,\"cost\":2", "\"score\":0,\"cost\":2")
                    }
                })
                .collect();
            let chosen = choose(&lines.join("\n"), Rule::BestSingle).unwrap();
            assert_eq!(chosen.on, "cross");
            // The half that asks for b is itself reported at the other's alpha.
            assert_eq!(chosen.alpha[asks], 0.0);
            assert_eq!(chosen.alpha[1 - asks], 0.5);
        }
    }

    #[test]
    fn limits_pick_the_best_point_within_them_and_null_where_there_is_none() {
        let text = stream(&[("test", true), ("val", true)], 40);
        let alpha = |rule| choose(&text, rule).map(|c| c.alpha[0]);
        assert_eq!(alpha(Rule::Cost(1.5)), Some(0.0));
        assert_eq!(alpha(Rule::Cost(2.0)), Some(0.5));
        assert_eq!(alpha(Rule::Cost(0.5)), None);
        assert_eq!(alpha(Rule::Strong(0.5)), Some(0.0));
        assert_eq!(alpha(Rule::Quality(0.9)), Some(0.5));
        assert_eq!(alpha(Rule::Latency(9.0)), None);
    }
}
