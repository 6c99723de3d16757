//! What a column of a long table can be, and the names by which it is known.

use crate::tables::fields::{CACHE_READ, CACHE_WRITE, FIELDS, REASONING, TOTAL};

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The query's id, or a part of it.
    Id,
    /// The query's text.
    Query,
    /// The model's name.
    Model,
    /// What the model said.
    Response,
    /// The answer that it comes to.
    Answer,
    /// The benchmark the query comes from.
    Dataset,
    /// The query's place in its source.
    Index,
    /// The part the query belongs to: train, val, test or none.
    Split,
    /// The field of that number in [`FIELDS`](crate::tables::fields::FIELDS).
    Number(usize),
}

/// Every role: its flag `--col-NAME` and the column names it is known by, in
/// the order in which they are tried. Case, spaces and dashes do not matter, nor does
/// a unit after the name ([`unit_of`]).
pub const ROLES: [(Role, &str, &[&str]); 19] = [
    (
        Role::Id,
        "id",
        &[
            "id",
            "query_id",
            "prompt_id",
            "question_id",
            "sample_id",
            "qid",
        ],
    ),
    (
        Role::Query,
        "query",
        &[
            "query",
            "prompt",
            "question",
            "input",
            "instruction",
            "query_text",
        ],
    ),
    (
        Role::Model,
        "model",
        &["model", "model_name", "llm", "llm_name", "model_id"],
    ),
    (
        Role::Response,
        "response",
        &["response", "model_response", "output", "answer"],
    ),
    // In a row of one model "answer" may be the right one.
    (
        Role::Answer,
        "answer",
        &[
            "extracted_answer",
            "parsed_answer",
            "predicted_answer",
            "prediction",
        ],
    ),
    (
        Role::Dataset,
        "dataset",
        &[
            "dataset",
            "dataset_name",
            "eval_name",
            "benchmark",
            "task_name",
            "task",
            "category",
            "domain",
        ],
    ),
    (Role::Index, "index", &["index", "record_index"]),
    (
        Role::Number(0),
        "score",
        &[
            "score",
            "performance",
            "label",
            "correct",
            "is_correct",
            "quality",
            "accuracy",
        ],
    ),
    (
        Role::Number(1),
        "cost",
        &["cost", "total_cost", "cost_usd", "usd"],
    ),
    (
        Role::Number(2),
        "latency",
        &[
            "latency",
            "response_time",
            "time_taken",
            "seconds",
            "duration",
            "elapsed",
            "elapsed_time",
            "total_time",
        ],
    ),
    (
        Role::Number(3),
        "prompt-tokens",
        &[
            "prompt_tokens",
            "input_tokens",
            "tokens_in",
            "num_input_tokens",
            "num_prompt_tokens",
            "prompt_token_count",
        ],
    ),
    (
        Role::Number(4),
        "completion-tokens",
        &[
            "completion_tokens",
            "output_tokens",
            "tokens_out",
            "num_output_tokens",
            "num_completion_tokens",
            "candidates_token_count",
        ],
    ),
    (Role::Split, "split", &["split"]),
    (
        Role::Number(TOTAL),
        "total-tokens",
        &["total_tokens", "total_token_count"],
    ),
    (
        Role::Number(CACHE_READ),
        "cache-read-tokens",
        &[
            "cache_read_tokens",
            "cache_read_input_tokens",
            "cached_tokens",
            "cached_input_tokens",
            "cached_prompt_tokens",
            "prompt_cache_hit_tokens",
            "input_tokens_cache_read",
            "cached_content_token_count",
        ],
    ),
    (
        Role::Number(CACHE_WRITE),
        "cache-write-tokens",
        &[
            "cache_write_tokens",
            "cache_creation_input_tokens",
            "cache_creation_tokens",
            "input_tokens_cache_write",
        ],
    ),
    (
        Role::Number(REASONING),
        "reasoning-tokens",
        &[
            "reasoning_tokens",
            "thinking_tokens",
            "thoughts_tokens",
            "thoughts_token_count",
        ],
    ),
    (Role::Number(5), "confidence", &["confidence"]),
    (Role::Number(6), "reward", &["reward"]),
];

/// A name as the aliases are written: small letters, words joined by `_`.
pub(crate) fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len() + 4);
    let mut small = false;
    for c in name.trim().chars() {
        let joint = matches!(c, ' ' | '-' | '_');
        if c.is_uppercase() && small {
            plain.push('_');
        }
        small = c.is_lowercase() || c.is_ascii_digit();
        if joint {
            plain.push('_');
        } else {
            plain.extend(c.to_lowercase());
        }
    }
    plain
}

/// Units of time in seconds, and of money in USD.
const UNITS: [(&[&str], &str, f64); 8] = [
    (&["s", "sec", "secs", "seconds"], "latency", 1.0),
    (
        &["ms", "msec", "msecs", "millis", "milliseconds"],
        "latency",
        1e-3,
    ),
    (&["us", "µs", "micros", "microseconds"], "latency", 1e-6),
    (&["ns", "nanos", "nanoseconds"], "latency", 1e-9),
    (&["min", "mins", "minutes"], "latency", 60.0),
    (&["usd", "dollars"], "cost", 1.0),
    (&["cent", "cents"], "cost", 0.01),
    (&["microusd", "micro_usd"], "cost", 1e-6),
];

/// What one of the unit is in the unit of a role's field (seconds, USD). None:
/// it is no unit of that role.
pub fn unit(role: Role, word: &str) -> Option<f64> {
    let Role::Number(field) = role else {
        return None;
    };
    let of = FIELDS[field].0;
    let found = UNITS
        .iter()
        .find(|(words, kind, _)| *kind == of && words.contains(&word));
    found.map(|(.., by)| *by)
}

/// The unit that a column's name ends in, or is.
pub(crate) fn unit_of(role: Role, column: &str) -> Option<f64> {
    let plain = plain(column);
    unit(role, plain.rsplit('_').next().unwrap_or(&plain))
}

/// How long the name of a column's role may be, with its unit.
const LONGEST: usize = 48;

/// What a model's column tells by what its name adds to the model's: a response,
/// an answer or a number of it.
pub(crate) fn of_answer(name: &str) -> Option<Role> {
    if name.len() > LONGEST {
        return None;
    }
    let plain = plain(name);
    if plain == "answer" {
        return Some(Role::Answer);
    }
    let found = ROLES.iter().find(|(role, _, names)| {
        let answers = matches!(role, Role::Number(_) | Role::Response | Role::Answer);
        answers && names.iter().any(|alias| is_named(&plain, alias, *role))
    });
    found.map(|(role, ..)| *role)
}

/// Whether a plain name is the alias, a unit after it or not.
fn is_named(plain: &str, alias: &str, role: Role) -> bool {
    plain == alias
        || plain
            .rsplit_once('_')
            .is_some_and(|(name, word)| name == alias && unit(role, word).is_some())
}

/// Whether a name is like those of models, which words are not.
pub(crate) fn like_a_model(name: &str) -> bool {
    name.contains(|x: char| matches!(x, '-' | '/') || x.is_ascii_digit())
}

/// The columns that may play `role` by their names, the likeliest first.
pub(crate) fn all_by_name(columns: &[String], role: Role) -> Vec<usize> {
    let Some((_, _, aliases)) = ROLES.iter().find(|(r, ..)| *r == role) else {
        return Vec::new();
    };
    let plains: Vec<String> = columns
        .iter()
        .map(|c| {
            if c.starts_with('/') {
                String::new()
            } else {
                plain(c)
            }
        })
        .collect();
    let mut found = Vec::new();
    for alias in *aliases {
        found.extend((0..columns.len()).filter(|&i| is_named(&plains[i], alias, role)));
    }
    let mut seen = Vec::new();
    found.retain(|i| {
        !seen.contains(i) && {
            seen.push(*i);
            true
        }
    });
    found
}

/// The column that plays `role` by its name.
pub(crate) fn by_name(columns: &[String], role: Role) -> Option<usize> {
    all_by_name(columns, role).first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_role() {
        for (field, (name, ..)) in FIELDS.iter().enumerate() {
            let role = ROLES.iter().find(|(r, ..)| *r == Role::Number(field));
            assert_eq!(
                role.map(|(_, flag, _)| flag.replace('-', "_")).as_deref(),
                Some(*name)
            );
        }
    }

    #[test]
    fn a_unit_stands_in_the_name() {
        let latency = Role::Number(2);
        for (name, want) in [
            ("latency_ms", Some(1e-3)),
            ("latencyMs", Some(1e-3)),
            ("ms", Some(1e-3)),
            ("response_time", None),
            ("Duration (s)", None),
        ] {
            assert_eq!(unit_of(latency, name), want, "{name}");
        }
        let columns = ["durationMs", "totalCost", "cost_cents", "inputTokens"].map(String::from);
        assert_eq!(by_name(&columns, latency), Some(0));
        assert_eq!(all_by_name(&columns, Role::Number(1)), [2, 1]);
        assert_eq!(by_name(&columns, Role::Number(3)), Some(3));
    }

    #[test]
    fn no_name_stands_for_two_roles() {
        let names: Vec<&str> = ROLES
            .iter()
            .flat_map(|(_, _, names)| names.to_vec())
            .collect();
        for (i, name) in names.iter().enumerate() {
            assert!(!names[..i].contains(name), "{name}");
        }
    }

    #[test]
    fn columns_are_known_whatever_their_case() {
        let columns = ["Model Name", "SCORE", "prompt", "Query"].map(String::from);
        assert_eq!(by_name(&columns, Role::Model), Some(0));
        assert_eq!(by_name(&columns, Role::Number(0)), Some(1));
        assert_eq!(
            by_name(&columns, Role::Query),
            Some(3),
            "query before prompt"
        );
        assert_eq!(by_name(&columns, Role::Id), None);
    }
}
