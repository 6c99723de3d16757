//! The numbers that a source can tell of an answer: those of a record's outcome
//! that every tool reads, and those that import alone reads. Of the latter
//! [`PARTS`] stand in the record too, so that it can be priced again.

use rb_record::record::OUTCOME_FIELDS;

/// A field's name, its lowest and highest value, and the words for its range.
type Field = (&'static str, f64, f64, &'static str);

const OWN: usize = OUTCOME_FIELDS.len();
/// How many fields a record keeps.
pub(crate) const KEPT: usize = OWN + PARTS.len();
/// The field of all tokens of a call.
pub const TOTAL: usize = KEPT;

/// Tokens that are parts of others: of the prompt's tokens those that were read
/// from a cache and those that were written to one, and of the answer's tokens
/// those of its reasoning.
pub const PARTS: [&str; 3] = [
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
];

/// How many tokens are parts of others, in the order of [`PARTS`].
pub type Parts = [Option<f64>; PARTS.len()];

/// Every field: those of [`OUTCOME_FIELDS`], the [`PARTS`], and all tokens.
pub const FIELDS: [Field; KEPT + 1] = {
    let mut fields = [OUTCOME_FIELDS[PROMPT_TOKENS]; KEPT + 1];
    let mut at = 0;
    while at < OWN {
        fields[at] = OUTCOME_FIELDS[at];
        at += 1;
    }
    while at < KEPT {
        fields[at].0 = PARTS[at - OWN];
        at += 1;
    }
    fields[TOTAL].0 = "total_tokens";
    fields
};

pub(crate) const SCORE: usize = 0;
pub(crate) const LATENCY: usize = 2;
pub(crate) const PROMPT_TOKENS: usize = 3;
pub(crate) const COMPLETION_TOKENS: usize = 4;
pub(crate) const CACHE_READ: usize = OWN;
pub(crate) const CACHE_WRITE: usize = OWN + 1;
pub(crate) const REASONING: usize = OWN + 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_are_those_of_the_names() {
        for (place, name) in [
            (SCORE, "score"),
            (LATENCY, "latency"),
            (PROMPT_TOKENS, "prompt_tokens"),
            (COMPLETION_TOKENS, "completion_tokens"),
            (CACHE_READ, "cache_read_tokens"),
            (CACHE_WRITE, "cache_write_tokens"),
            (REASONING, "reasoning_tokens"),
            (TOTAL, "total_tokens"),
        ] {
            assert_eq!(FIELDS[place].0, name);
        }
    }
}
