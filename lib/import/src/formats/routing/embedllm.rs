//! EmbedLLM (arXiv 2410.02223): a long table
//! `prompt_id,model_id,category_id,label,model_name,category,prompt`, in which
//! the label says whether the answer is correct and the category is the
//! dataset. It has neither costs nor tokens.

use crate::formats::{long, mapping};
use crate::joining::intake::Intake;
use crate::tables::roles::Role;
use crate::tables::source::{Content, Source};
use rb_record::error::Result;

const COLUMNS: [(Role, &str); 5] = [
    (Role::Id, "prompt_id"),
    (Role::Query, "prompt"),
    (Role::Model, "model_name"),
    (Role::Dataset, "category"),
    (Role::Number(0), "label"),
];

pub(crate) fn is(content: &Content) -> bool {
    let columns = content.columns();
    ["prompt_id", "model_name", "category", "label"]
        .iter()
        .all(|name| columns.iter().any(|c| c == name))
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let table = source.table()?;
    // The published files have all of these; a cut without prompts is fine.
    let present = COLUMNS
        .iter()
        .filter(|(role, name)| *role != Role::Query || table.find(name).is_some());
    let chosen: Vec<(Role, String)> = present.map(|(r, n)| (*r, n.to_string())).collect();
    let missing = chosen.iter().find(|(_, name)| table.find(name).is_none());
    if let Some((_, name)) = missing {
        return Err(table.error(
            0,
            format!(
                "EmbedLLM's column {name:?} is not among {}; for another long table use --format long",
                table.header()
            ),
        ));
    }
    let mapping = mapping::map(table, &chosen, intake.options)?;
    long::read_mapped(table, &mapping, intake)
}
