//! Routes: steps over alpha, read from a record and written as JSON.

use crate::error::{excerpt, Error, Result};
use crate::json;
use crate::policy::Step;
use crate::record::query::Record;
use serde::Deserialize;
use std::borrow::Cow;

/// What stands before the steps of an oracle; `}` stands after.
pub const ORACLE: &str = "{\"oracle\":true,\"steps\":";

/// What a router answers for one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Route<'a> {
    /// Steps over alpha.
    pub steps: Vec<Step<Cow<'a, str>>>,
    /// The router knew the scores.
    pub oracle: bool,
}

impl<'a> Record<'a> {
    /// The routes, in the record's order, each as steps over alpha.
    pub fn routes(&self) -> Result<Vec<(Cow<'a, str>, Route<'a>)>> {
        let Some(raw) = self.raw("routes") else {
            return Ok(Vec::new());
        };
        let routes = json::members(raw).map_err(|_| {
            self.error_at(
                raw,
                format!(
                    "routes is {}, expected an object of router → model or steps",
                    excerpt(raw)
                ),
            )
        })?;
        if let Some(m) = json::duplicate_key(&routes) {
            let name = String::from_utf8_lossy(&m.key).into_owned();
            return Err(self.error_at(
                m.value,
                format!("the router {name:?} stands twice in routes; remove one of them"),
            ));
        }
        let mut all = Vec::with_capacity(routes.len());
        for m in routes {
            if m.value == "null" {
                continue;
            }
            let name = match m.key {
                Cow::Borrowed(b) => std::str::from_utf8(b).map(Cow::Borrowed).ok(),
                Cow::Owned(b) => String::from_utf8(b).map(Cow::Owned).ok(),
            };
            let Some(name) = name.filter(|n| !n.is_empty()) else {
                return Err(self.error_at(
                    m.value,
                    "a router's name in routes is empty or not valid text",
                ));
            };
            let route = self.route(&name, m.value)?;
            all.push((name, route));
        }
        Ok(all)
    }

    /// A model's name, steps, or `{"oracle":true,"steps":…}`.
    fn route(&self, name: &str, raw: &'a str) -> Result<Route<'a>> {
        if !raw.starts_with('{') {
            return Ok(Route {
                steps: self.steps(name, raw)?,
                oracle: false,
            });
        }
        let members = json::members(raw).unwrap_or_default();
        let of = |key: &str| {
            let member = members.iter().find(|m| *m.key == *key.as_bytes());
            member.map(|m| m.value)
        };
        match (of("oracle"), of("steps")) {
            (Some(oracle @ ("true" | "false")), Some(steps)) if members.len() == 2 => Ok(Route {
                steps: self.steps(name, steps)?,
                oracle: oracle == "true",
            }),
            _ => Err(self.error_at(
                raw,
                format!("a route is {}, expected a model's name, an array of steps, or an oracle's {{\"oracle\":true,\"steps\":[…]}} (router {name:?})", excerpt(raw)),
            )),
        }
    }

    fn steps(&self, name: &str, raw: &'a str) -> Result<Vec<Step<Cow<'a, str>>>> {
        if raw.starts_with('"') {
            let model = json::string(raw).ok_or_else(|| {
                self.error_at(
                    raw,
                    format!("the model of route {name:?} is not valid text"),
                )
            })?;
            return Ok(vec![Step::of(0.0, model)]);
        }
        let Ok(parts) = json::elements(raw) else {
            let what = format!("a route is {}, expected a model's name or an array of steps {{\"alpha\":0,\"model\":…}}", excerpt(raw));
            return Err(self.step_fault(name, raw, what));
        };
        if parts.is_empty() {
            let what = "a route has no steps, expected at least one at alpha 0".into();
            return Err(self.step_fault(name, raw, what));
        }
        let mut route: Vec<Step<Cow<'a, str>>> = Vec::with_capacity(parts.len());
        for part in parts {
            let after = route.last().map(|step| step.alpha);
            let step = self.step(name, part, after)?;
            route.push(step);
        }
        Ok(route)
    }

    /// One step, whose alpha is above `after`; None: it is the first.
    fn step(&self, name: &str, part: &'a str, after: Option<f64>) -> Result<Step<Cow<'a, str>>> {
        #[derive(Deserialize)]
        struct WireStep<'a> {
            alpha: f64,
            #[serde(borrow)]
            model: Cow<'a, str>,
            #[serde(borrow, default)]
            called: Option<Vec<Cow<'a, str>>>,
        }
        let fault = |what: String| Err(self.step_fault(name, part, what));
        let step: WireStep = match serde_json::from_str(part) {
            Ok(step) => step,
            Err(e) => {
                return fault(format!(
                    "a step is {} ({}), expected {{\"alpha\":…,\"model\":…}}",
                    excerpt(part),
                    json::syntax_error(part, &e).message
                ))
            }
        };
        match after {
            None if step.alpha != 0.0 => {
                return fault(format!(
                    "the first step is at alpha {}, expected 0",
                    step.alpha
                ))
            }
            Some(last) if step.alpha <= last => {
                return fault(format!(
                    "alpha {} follows alpha {last}, expected strictly increasing",
                    step.alpha
                ))
            }
            _ => {}
        }
        if !(0.0..=1.0).contains(&step.alpha) {
            return fault(format!("alpha is {}, expected 0..1", step.alpha));
        }
        let called = step.called.unwrap_or_else(|| vec![step.model.clone()]);
        if !part.starts_with('{') {
            return fault(format!("a step is {}, expected an object", excerpt(part)));
        }
        if !called.contains(&step.model) {
            return fault(format!(
                "the model kept, {:?}, is not among those called",
                step.model
            ));
        }
        if !json::distinct(called.iter().map(|c| c.as_bytes())) {
            return fault("a model stands twice among those called".into());
        }
        Ok(Step::after_calling(step.alpha, step.model, called))
    }

    fn step_fault(&self, name: &str, part: &str, what: String) -> Error {
        self.error_at(part, format!("{what} (router {name:?})"))
    }
}

/// A route as JSON: an array of steps, within an object that says so where the
/// router is an oracle. `names[m]` is the JSON string of model m.
pub fn route_json(steps: &[Step<usize>], names: &[String], oracle: bool) -> String {
    let mut out = String::with_capacity(steps.len() * 48);
    if oracle {
        out.push_str(ORACLE);
    }
    out.push('[');
    for (i, step) in steps.iter().enumerate() {
        out.push_str(if i == 0 {
            "{\"alpha\":"
        } else {
            ",{\"alpha\":"
        });
        out.push_str(&json::number(step.alpha));
        if !step.called.is_empty() {
            out.push_str(",\"called\":[");
            for (j, &m) in step.called.iter().enumerate() {
                if j > 0 {
                    out.push(',');
                }
                out.push_str(&names[m]);
            }
            out.push(']');
        }
        out.push_str(",\"model\":");
        out.push_str(&names[step.model]);
        out.push('}');
    }
    out.push(']');
    if oracle {
        out.push('}');
    }
    out
}
