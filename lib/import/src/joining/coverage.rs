//! How much of a benchmark is known: each model's share of the queries on which
//! it has a score, and the outcomes without an answer. Told where it is not all
//! of them, and where no query has two models' outcomes, as in a log.

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
    let told = all
        .iter()
        .map(|(scored, name)| format!("{name} {}", percent(*scored, queries)));
    Some(format!(
        "scores known, of the {queries} queries: {}",
        first(told)
    ))
}

/// By how much models' shares without an answer differ before each is told.
const MUCH: f64 = 0.05;

/// The sentence on outcomes without an answer, by model where the shares differ
/// much; None: there are none, or no outcome has an answer at all, and answers
/// were not asked for. `known` holds each model's outcomes, `answered` those with
/// an answer.
pub(crate) fn answers(
    models: &[Arc<str>],
    known: &[(u64, u64)],
    answered: &[u64],
    asked: bool,
) -> Option<String> {
    let with = models.iter().zip(known).zip(answered);
    let all: Vec<(u64, u64, &str)> = with
        .filter(|((_, (outcomes, _)), _)| *outcomes > 0)
        .map(|((name, (outcomes, _)), answered)| (outcomes - answered, *outcomes, &**name))
        .collect();
    let (lack, of) = all
        .iter()
        .fold((0, 0), |(a, b), (lack, of, _)| (a + lack, b + of));
    if !asked && (lack == 0 || lack == of) {
        return None;
    }
    let mut text = format!("without an answer: {} of {of} outcomes", percent(lack, of));
    let share = |(lack, of, _): &(u64, u64, &str)| *lack as f64 / *of as f64;
    let mut most = all;
    most.sort_by(|a, b| share(b).total_cmp(&share(a)).then(a.2.cmp(b.2)));
    if let (Some(high), Some(low)) = (most.first(), most.last()) {
        if share(high) - share(low) > MUCH {
            let told = most
                .iter()
                .map(|(lack, of, name)| format!("{name} {}", percent(*lack, *of)));
            text.push_str(&format!("; by model: {}", first(told)));
        }
    }
    Some(text)
}

/// What is told of the first models, and how many there are.
fn first(all: impl ExactSizeIterator<Item = String>) -> String {
    let models = all.len();
    let mut told: Vec<String> = all.take(MOST).collect();
    if models > MOST {
        told.push(format!("… ({models} models in all)"));
    }
    told.join(", ")
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
    fn lacking_answers_are_told_by_model_where_they_differ() {
        let models = ["b", "a", "c"].map(Arc::from);
        let known = [(10, 10), (100, 9), (0, 0)];
        let told = |answered: [u64; 3], asked| answers(&models, &known, &answered, asked);
        assert_eq!(told([0, 0, 0], false), None);
        assert_eq!(told([10, 100, 0], false), None);
        assert_eq!(
            told([10, 100, 0], true).as_deref(),
            Some("without an answer: 0 % of 110 outcomes")
        );
        assert_eq!(
            told([10, 98, 0], false).as_deref(),
            Some("without an answer: 1.8 % of 110 outcomes")
        );
        assert_eq!(
            told([5, 100, 0], false).as_deref(),
            Some("without an answer: 4.5 % of 110 outcomes; by model: b 50 %, a 0 %")
        );
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
