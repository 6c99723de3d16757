//! How much of a benchmark is known: each model's share of the queries on which
//! it has a score. Told where it is not all of them, and where no query has two
//! models' outcomes, as in a log.

use std::sync::Arc;

/// How many models are told of, the least known first.
const MOST: usize = 20;

/// The sentence on the models' shares; None: every model has a score on every
/// query. `known` holds each model's outcomes and those with a score.
pub(crate) fn shares(models: &[Arc<str>], known: &[(u64, u64)], queries: u64) -> Option<String> {
    let with = models.iter().zip(known);
    let mut all: Vec<(u64, &str)> = with
        .filter(|(_, (outcomes, _))| *outcomes > 0)
        .map(|(name, (_, scored))| (*scored, &**name))
        .collect();
    if all.iter().all(|(scored, _)| *scored == queries) {
        return None;
    }
    all.sort_unstable();
    let told = all.iter().take(MOST);
    let mut told: Vec<String> = told
        .map(|(scored, name)| format!("{name} {}", percent(*scored, queries)))
        .collect();
    if all.len() > MOST {
        told.push(format!("… ({} models in all)", all.len()));
    }
    Some(format!(
        "scores known, of the {queries} queries: {}",
        told.join(", ")
    ))
}

/// The sentence on a benchmark without any query that two models answered.
pub(crate) fn log() -> String {
    "no query has more than one model's outcome, as in a log: what another model would have scored is not known, so no replay can tell; if the id differs from row to row though the query is the same, name the right one with --col-id or --col-query".into()
}

/// A share in per cent; only all is 100 %, only none is 0 %.
fn percent(part: u64, whole: u64) -> String {
    let share = 100.0 * part as f64 / whole as f64;
    match part {
        0 => "0 %".into(),
        _ if part < whole && share > 99.9 => "99.9 %".into(),
        _ if share < 0.1 => "below 0.1 %".into(),
        _ => {
            let text = format!("{share:.1}");
            format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_is_all_and_only_none_is_none() {
        for (part, whole, want) in [
            (0, 7, "0 %"),
            (1, 3, "33.3 %"),
            (1, 1_000_000, "below 0.1 %"),
            (999_999, 1_000_000, "99.9 %"),
            (3, 4, "75 %"),
            (5, 5, "100 %"),
        ] {
            assert_eq!(percent(part, whole), want);
        }
    }

    #[test]
    fn complete_benchmarks_need_no_sentence() {
        let models = ["b", "a", "reference"].map(Arc::from);
        assert_eq!(shares(&models, &[(2, 2), (2, 2), (0, 0)], 2), None);
        assert_eq!(
            shares(&models, &[(2, 2), (1, 0)], 2).as_deref(),
            Some("scores known, of the 2 queries: a 0 %, b 100 %")
        );
    }
}
