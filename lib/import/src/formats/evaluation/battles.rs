//! Arena battles: a row a battle, `model_a`, `model_b`, and who won: `winner`
//! (model_a, model_b, tie, tie (bothbad)) or `winner_model_a`, `winner_model_b`,
//! `winner_tie`.
//!
//! A preference is no score. It is read as soft labels of the pair: the winner
//! 1, the loser 0, a tie 0.5 each, and that is told. Of the other models nothing
//! is known. The prompt is `prompt`, else the first turn of `conversation_a`.

use super::sample::{words, MERGE};
use crate::joining::found::{Answer, Found};
use crate::joining::ids::{of_text, under};
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::cells::{Cell, Table};
use crate::tables::prompts::Prompts;
use crate::tables::roles::{by_name, Role};
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Result};
use rb_record::json;
use rb_record::record::Outcome;
use std::borrow::Cow;

pub(crate) fn is(content: &Content) -> bool {
    let columns = content.columns();
    let has = |name: &str| columns.iter().any(|c| c == name);
    has("model_a") && has("model_b") && (has("winner") || has("winner_model_a"))
}

struct Layout {
    models: [usize; 2],
    winner: Option<usize>,
    /// Won by a, by b, a tie.
    flags: [Option<usize>; 3],
    id: Option<usize>,
    prompt: Option<usize>,
    responses: [Option<usize>; 2],
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let options = intake.options;
    let table = source.table()?;
    let find = |name: &str| table.find(name);
    let need = |name: &str| {
        find(name).ok_or_else(|| {
            table.error(
                0,
                format!(
                    "battles have a column {name:?}, which is not among {}",
                    table.header()
                ),
            )
        })
    };
    let layout = Layout {
        models: [need("model_a")?, need("model_b")?],
        winner: find("winner"),
        flags: ["winner_model_a", "winner_model_b", "winner_tie"].map(find),
        id: by_name(table.columns(), Role::Id),
        prompt: find("prompt").or(find("conversation_a")),
        responses: ["response_a", "response_b"].map(find),
    };
    let mut prompts = Prompts::new(options.turns);
    let mut battles = 0;
    loop {
        let found = match table.advance() {
            Ok(false) => break,
            Ok(true) => battle(table, &layout, &mut prompts, options),
            Err(e) => Err(e),
        };
        battles += 1;
        intake.take(found, MERGE)?;
    }
    let name = table.source().clone();
    intake.note_some(prompts.note(&name));
    intake.note(format!(
        "{name}: {battles} battles; a preference is no score: the winner got 1, the loser 0, a tie 0.5 each, and nothing is known of the other models"
    ));
    Ok(())
}

fn battle<'t>(
    table: &'t dyn Table,
    layout: &Layout,
    prompts: &mut Prompts,
    options: &'t Options,
) -> Result<Found<'t>> {
    let [a, b] = scores(table, layout)?;
    let asked = match layout.prompt {
        Some(column) => table.text(column)?.map(turns),
        None => None,
    };
    let dataset = options.dataset.as_deref();
    let id = match (layout.id, &asked) {
        (Some(column), _) => table.text(column)?,
        (None, Some(text)) => Some(Cow::Owned(of_text(dataset, text))),
        _ => None,
    };
    let id = id.unwrap_or_else(|| Cow::Owned(under(dataset, &table.row().to_string())));
    let mut answers = Vec::with_capacity(2);
    for (i, score) in [a, b].into_iter().enumerate() {
        let model = table.text(layout.models[i])?.ok_or_else(|| {
            table.error(
                layout.models[i],
                "the model's name is missing in this battle",
            )
        })?;
        if answers.iter().any(|other: &Answer| other.model == model) {
            return Err(table.error(
                layout.models[i],
                format!("{model:?} fights itself, which tells nothing; remove the row"),
            ));
        }
        answers.push(Answer {
            model,
            outcome: Outcome {
                score,
                ..Outcome::default()
            },
            response: match layout.responses[i] {
                Some(column) if options.reads_responses() => table.text(column)?,
                _ => None,
            },
            ..Answer::default()
        });
    }
    Ok(Found {
        id,
        dataset: dataset.map(Cow::Borrowed),
        index: Some(table.row()),
        split: None,
        prompt: asked.map(|text| prompts.of_text(text)),
        answers,
        place: table.place(0),
        original: None,
    })
}

/// The prompt of a list of turns (`["first","second"]`) is the last one.
fn turns(text: Cow<str>) -> Cow<str> {
    let listed = json::elements(&text).unwrap_or_default();
    match listed.last() {
        Some(last) if listed.iter().all(|t| t.starts_with('"')) => {
            Cow::Owned(words(last).into_owned())
        }
        _ => text,
    }
}

/// The soft labels of the pair. None: it is not known who won.
fn scores(table: &dyn Table, layout: &Layout) -> Result<[Option<f64>; 2]> {
    const A: [Option<f64>; 2] = [Some(1.0), Some(0.0)];
    const B: [Option<f64>; 2] = [Some(0.0), Some(1.0)];
    const TIE: [Option<f64>; 2] = [Some(0.5), Some(0.5)];
    if let Some(column) = layout.winner {
        let Some(text) = table.text(column)? else {
            return Ok([None, None]);
        };
        return match text.trim() {
            "model_a" => Ok(A),
            "model_b" => Ok(B),
            tie if tie.starts_with("tie") || tie == "both_bad" => Ok(TIE),
            other => Err(table.error(
                column,
                format!(
                    "the winner is {:?}, expected model_a, model_b or tie",
                    excerpt(other)
                ),
            )),
        };
    }
    let mut set = [false; 3];
    for (set, column) in set.iter_mut().zip(layout.flags) {
        let Some(column) = column else { continue };
        *set = match table.cell(column)? {
            Cell::Bool(won) => won,
            Cell::Number(v) => v == 1.0,
            Cell::Text(text) => matches!(text.trim(), "1" | "1.0" | "True" | "true"),
            _ => false,
        };
    }
    match set {
        [true, false, false] => Ok(A),
        [false, true, false] => Ok(B),
        [false, false, true] => Ok(TIE),
        [false, false, false] => Ok([None, None]),
        _ => Err(table.error(
            layout.flags[0].unwrap_or(0),
            "more than one of winner_model_a, winner_model_b and winner_tie is set; correct the row",
        )),
    }
}
