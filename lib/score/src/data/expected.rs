//! What each router expected of the answer that it keeps at alpha 1: of `explain.R`,
//! the quality of that model. Whoever was routed without `--explain` expected
//! nothing that could be told.

use rb_record::error::{excerpt, Result};
use rb_record::json;
use rb_record::record::{Record, Route};
use std::borrow::Cow;

/// Router → the score it expects, by the record's order of routes. Errors: an
/// expectation is no number.
pub(crate) fn expected<'a>(
    record: &Record<'a>,
    routes: &[(Cow<'a, str>, Route<'a>)],
) -> Result<Vec<(Cow<'a, str>, f64)>> {
    let Some(explain) = record.raw("explain") else {
        return Ok(Vec::new());
    };
    let member = |object: &'a str, name: &str| {
        let members = json::members(object).ok()?;
        let found = members.iter().find(|m| *m.key == *name.as_bytes());
        found.map(|m| m.value)
    };
    let mut all = Vec::new();
    for (router, route) in routes {
        let quality = member(explain, router).and_then(|e| member(e, "quality"));
        let kept = route.steps.last().map(|step| &*step.model);
        let raw = quality.zip(kept).and_then(|(q, kept)| member(q, kept));
        let Some(raw) = raw.filter(|raw| *raw != "null") else {
            continue;
        };
        let value = raw.parse().ok().filter(|v: &f64| v.is_finite());
        let value = value.ok_or_else(|| {
            record.error_at(
                raw,
                format!(
                    "the quality that {router:?} expects is {}, expected a number as rb-route --explain writes it",
                    excerpt(raw)
                ),
            )
        })?;
        all.push((router.clone(), value));
    }
    Ok(all)
}
