//! What people have that is read only after a conversion: known by its members,
//! with the line that converts it.

use crate::tables::source::Content;

/// A kind of file and the way on.
struct Foreign {
    is: fn(&Content) -> bool,
    /// What it is, and what to do; FILE stands for its name.
    words: &'static str,
}

static FOREIGN: [Foreign; 5] = [
    Foreign {
        is: |c| c.holds("run_id", b"\"") && c.holds("data", b"{") && c.holds("type", b""),
        words: "it looks like a log of OpenAI evals, whose samples and grades stand in lines of their own; join them: jq -sc '(map(select(.type==\"sampling\")) | map({(.sample_id): .data}) | add) as $s | .[] | select(.type==\"match\") | {id: .sample_id, prompt: $s[.sample_id].prompt, model: $s[.sample_id].model, score: .data.correct}' FILE | rb-import -",
    },
    Foreign {
        is: |c| {
            c.has("0", b"{") && (c.has("/0/origin_prompt", b"") || c.has("/0/prediction", b""))
        },
        words: "it looks like predictions of OpenCompass, which name no model and have no grade; add both: jq -c 'to_entries[] | {id: .key, prompt: (.value.origin_prompt | if type == \"array\" then .[-1].prompt else . end), model: \"NAME\", score: (.value.prediction == .value.gold)}' FILE | rb-import -",
    },
    Foreign {
        is: |c| c.holds("candidates", b"["),
        words: "its candidates each have a model of their own and several scores; make a row of each: jq -c '. as $q | .candidates[] | {id: $q.id, prompt: $q.instruction, model, score: .scores.NAME}' FILE | rb-import -",
    },
    Foreign {
        is: |c| c.holds("id", b"") && !c.holds("outcomes", b"") && !c.holds("model", b""),
        words: "JSON with an id but no outcomes is no query record: a record has outcomes (FORMAT.md), and rows of one model each need its name (--col-model, or --model NAME) and a score (--col-score); --format records joins them to records all the same",
    },
    Foreign {
        is: |c| c.columns().iter().any(|n| n == "__expected") || c.columns().iter().any(|n| n.starts_with('[') && n.contains("{{")),
        words: "it looks like promptfoo's CSV, in which grades stand inside the answers; write JSON instead: promptfoo eval -o results.json",
    },
];

/// What a content looks like, and the way on.
pub(crate) fn hint(content: &Content, name: &str) -> Option<String> {
    let found = FOREIGN.iter().find(|f| (f.is)(content))?;
    Some(found.words.replace("FILE", name))
}
