//! Claims about scores, for scripts that must stop when one fails:
//! `domain beats best-single`, `kmeans.aiq>=0.83`.

use rb_record::error::{Error, Result};
use serde_json::Value;

/// What a router can be claimed to beat besides another router, and the
/// member of its summary that says so.
const RIVALS: [(&str, &str); 3] = [
    ("best-single", "verdict"),
    ("zero", "verdict_zero"),
    ("shuffle", "verdict_shuffle"),
];

/// Longer signs first, so that `>=` is not read as `>`.
const SIGNS: [&str; 4] = [">=", "<=", ">", "<"];

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Beats {
        rival: String,
    },
    Compares {
        metric: String,
        sign: &'static str,
        value: f64,
    },
}

/// One claim about one router, over all scored queries.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    text: String,
    router: String,
    kind: Kind,
}

impl Assertion {
    /// Reads `ROUTER beats RIVAL` or `ROUTER.METRIC SIGN NUMBER`.
    pub fn parse(text: &str) -> Result<Assertion> {
        const EXAMPLES: &str = "write 'ROUTER beats best-single' or 'ROUTER.METRIC>=NUMBER'";
        let fault =
            |message: String| Error::usage(format!("--assert {text:?}: {message}; {EXAMPLES}"));
        if let Some((router, rival)) = text.split_once(" beats ") {
            return Ok(Assertion {
                text: text.into(),
                router: router.trim().into(),
                kind: Kind::Beats {
                    rival: rival.trim().into(),
                },
            });
        }
        let at = text
            .rfind(['<', '>'])
            .ok_or_else(|| fault("found neither \" beats \" nor one of >=, <=, >, <".into()))?;
        let sign = SIGNS
            .into_iter()
            .find(|s| text[at..].starts_with(s))
            .unwrap_or(">");
        let number = text[at + sign.len()..].trim();
        let value: f64 = number
            .parse()
            .ok()
            .filter(|v: &f64| v.is_finite())
            .ok_or_else(|| {
                fault(format!(
                    "column {}: found {number:?}, expected a number",
                    at + sign.len() + 1
                ))
            })?;
        let (router, metric) = text[..at].trim().rsplit_once('.').ok_or_else(|| {
            fault(format!(
                "found {:?} before {sign}, expected a router, a point and a metric",
                text[..at].trim()
            ))
        })?;
        Ok(Assertion {
            text: text.into(),
            router: router.into(),
            kind: Kind::Compares {
                metric: metric.into(),
                sign,
                value,
            },
        })
    }

    /// Refuses names that nothing has. `versus` is the router that all others
    /// are compared with, if any; `metrics` the numeric members of a summary.
    pub fn check(&self, routers: &[String], versus: Option<&str>, metrics: &[&str]) -> Result<()> {
        let fault =
            |message: String| Err(Error::usage(format!("--assert {:?}: {message}", self.text)));
        if !routers.contains(&self.router) {
            let known = if routers.is_empty() {
                "there is no router at all; rb-fit adds routes".to_string()
            } else {
                format!("expected one of {}", routers.join(", "))
            };
            let found = &self.router;
            return fault(format!("no scored query has a route of {found:?}, {known}"));
        }
        match &self.kind {
            Kind::Beats { rival } => {
                let known = RIVALS.iter().any(|(name, _)| name == rival);
                if known || versus == Some(rival) {
                    return Ok(());
                }
                let names: Vec<&str> = RIVALS.iter().map(|(n, _)| *n).chain(versus).collect();
                fault(format!(
                    "nothing is compared with {rival:?}, expected one of {}; --versus R compares with the router R",
                    names.join(", ")
                ))
            }
            Kind::Compares { metric, .. } if metrics.contains(&metric.as_str()) => Ok(()),
            Kind::Compares { metric, .. } => fault(format!(
                "{metric:?} is no metric, expected one of {}",
                metrics.join(", ")
            )),
        }
    }

    /// Refuses a claim about an oracle, which knew the answers.
    pub fn refuse_oracles(&self, oracles: &[&str]) -> Result<()> {
        if !oracles.contains(&self.router.as_str()) {
            return Ok(());
        }
        Err(Error::usage(format!(
            "--assert {:?}: {:?} is an oracle, which reads the scores of what it routes; claim something of another router",
            self.text, self.router
        )))
    }

    /// The router it speaks of.
    pub fn router(&self) -> &str {
        &self.router
    }

    /// Why the claim fails by the router's summary; None: it holds.
    pub fn failure(&self, summary: &Value) -> Option<String> {
        let number = |key: &str| summary[key].as_f64();
        match &self.kind {
            Kind::Beats { rival } => {
                let named = RIVALS.iter().find(|(name, _)| name == rival);
                let member = named.map_or("verdict_versus", |(_, member)| member);
                let found = summary[member].as_str().unwrap_or("none");
                let difference = match member.strip_prefix("verdict") {
                    Some(of) => number(&format!("diff{of}")),
                    None => None,
                };
                let difference =
                    difference.map_or(String::new(), |d| format!(" (difference {d:+.4})"));
                (found != "yes").then(|| {
                    format!(
                        "the claim {:?} fails: found the verdict {found}{difference}, expected yes",
                        self.text
                    )
                })
            }
            Kind::Compares {
                metric,
                sign,
                value,
            } => {
                let found = number(metric);
                let holds = found.is_some_and(|f| match *sign {
                    ">=" => f >= *value,
                    "<=" => f <= *value,
                    ">" => f > *value,
                    _ => f < *value,
                });
                let found = found.map_or("null".into(), |f| f.to_string());
                (!holds).then(|| {
                    format!(
                        "the claim {:?} fails: found {metric} {found}, expected {sign} {value}",
                        self.text
                    )
                })
            }
        }
    }
}

/// Why claims fail, by the summaries of everything among score records.
pub fn failures(claims: &[Assertion], lines: &str) -> Vec<String> {
    let summaries = (lines.lines()).filter(|l| l.starts_with("{\"type\":\"summary\""));
    let mut failures = Vec::new();
    for summary in summaries.filter_map(|l| serde_json::from_str::<Value>(l).ok()) {
        let all = summary["group"].as_object().is_some_and(|g| g.is_empty());
        let of = |c: &&Assertion| all && summary["router"].as_str() == Some(c.router());
        failures.extend(claims.iter().filter(of).filter_map(|c| c.failure(&summary)));
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn failure(text: &str, summary: &Value) -> Option<String> {
        Assertion::parse(text).unwrap().failure(summary)
    }

    #[test]
    fn claims_hold_or_say_what_was_found() {
        let summary = json!({"aiq": 0.8, "cost": null, "verdict": "undecided", "diff": 0.012, "verdict_zero": "yes"});
        assert_eq!(failure("k.aiq>=0.8", &summary), None);
        assert_eq!(failure("k.aiq < 0.9", &summary), None);
        let message = failure("k.aiq>=0.83", &summary).unwrap();
        assert!(
            message.contains("found aiq 0.8, expected >= 0.83"),
            "{message}"
        );
        assert!(failure("k.cost<=1", &summary).unwrap().contains("null"));
        let message = failure("k beats best-single", &summary).unwrap();
        assert!(
            message.contains("undecided (difference +0.0120), expected yes"),
            "{message}"
        );
        assert_eq!(failure("k beats zero", &summary), None);
        assert!(failure("k beats r", &summary).unwrap().contains("none"));
    }

    #[test]
    fn names_may_hold_points_and_unknown_ones_are_refused() {
        let claim = Assertion::parse("knn.5.aiq>0.5").unwrap();
        assert_eq!(claim.router(), "knn.5");
        let routers = ["knn.5".to_string()];
        assert!(claim.check(&routers, None, &["aiq"]).is_ok());
        let e = claim
            .check(&routers, None, &["gain_b"])
            .unwrap_err()
            .to_string();
        assert!(
            e.contains("\"aiq\" is no metric") && e.contains("gain_b"),
            "{e}"
        );
        let e = claim
            .check(&["a".into()], None, &["aiq"])
            .unwrap_err()
            .to_string();
        assert!(e.contains("\"knn.5\"") && e.contains("one of a"), "{e}");
        let claim = Assertion::parse("a beats b").unwrap();
        assert!(claim.check(&["a".into()], Some("b"), &[]).is_ok());
        let e = claim
            .check(&["a".into()], None, &[])
            .unwrap_err()
            .to_string();
        assert!(
            e.contains("best-single, zero, shuffle") && e.contains("--versus"),
            "{e}"
        );
    }

    #[test]
    fn faults_say_what_was_expected() {
        for (text, word) in [
            ("kmeans", "neither"),
            ("aiq>=1", "a router, a point and a metric"),
            ("k.aiq>=much", "column 8: found \"much\""),
        ] {
            let e = Assertion::parse(text).unwrap_err().to_string();
            assert!(e.contains(word), "{e}");
        }
    }
}
