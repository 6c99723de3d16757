//! What a column of a long table can be, and the names by which it is known.

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The query's id, or a part of it.
    Id,
    /// The query's text.
    Query,
    /// The model's name.
    Model,
    /// The model's answer.
    Response,
    /// The benchmark the query comes from.
    Dataset,
    /// The query's place in its source.
    Index,
    /// The outcome field of that number in [`OUTCOME_FIELDS`](rb_record::record::OUTCOME_FIELDS).
    Number(usize),
}

/// Every role: its flag `--col-NAME` and the column names it is known by, in
/// the order in which they are tried. Case, spaces and dashes do not matter.
pub const ROLES: [(Role, &str, &[&str]); 13] = [
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
        &[
            "response",
            "model_response",
            "output",
            "answer",
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
            "latency_s",
            "response_time",
            "time_taken",
            "seconds",
        ],
    ),
    (
        Role::Number(3),
        "prompt-tokens",
        &["prompt_tokens", "input_tokens", "tokens_in"],
    ),
    (
        Role::Number(4),
        "completion-tokens",
        &["completion_tokens", "output_tokens", "tokens_out"],
    ),
    (Role::Number(5), "confidence", &["confidence"]),
    (Role::Number(6), "reward", &["reward"]),
];

/// Whether a column is called so; case, spaces and dashes do not matter.
fn same(column: &str, alias: &str) -> bool {
    column.len() == alias.len()
        && column.bytes().zip(alias.bytes()).all(|(c, a)| match c {
            b' ' | b'-' => a == b'_',
            _ => c.eq_ignore_ascii_case(&a),
        })
}

/// The column that plays `role` by its name.
pub fn by_name(columns: &[String], role: Role) -> Option<usize> {
    let (_, _, aliases) = ROLES.iter().find(|(r, ..)| *r == role)?;
    aliases
        .iter()
        .find_map(|a| columns.iter().position(|c| same(c, a)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::record::OUTCOME_FIELDS;

    #[test]
    fn roles_stand_where_the_code_expects_them() {
        for (slot, role) in [
            (0, Role::Id),
            (1, Role::Query),
            (2, Role::Model),
            (3, Role::Response),
            (4, Role::Dataset),
            (5, Role::Index),
        ] {
            assert_eq!(ROLES[slot].0, role);
        }
        for (field, (name, ..)) in OUTCOME_FIELDS.iter().enumerate() {
            assert_eq!(ROLES[6 + field].0, Role::Number(field));
            assert_eq!(ROLES[6 + field].1.replace('-', "_"), *name);
        }
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
