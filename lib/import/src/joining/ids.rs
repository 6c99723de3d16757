//! The ids of queries whose source gives none.

use rb_record::hash;

/// The id of a query that has only its text: dataset `/` the first 16
/// hexadecimal digits of XXH3-128 of the text.
pub(crate) fn of_text(dataset: Option<&str>, text: &str) -> String {
    under(dataset, &hash::digest(text.as_bytes())[..16])
}

/// `name` under its dataset, where it has one.
pub(crate) fn under(dataset: Option<&str>, name: &str) -> String {
    match dataset {
        Some(dataset) => format!("{dataset}/{name}"),
        None => name.to_string(),
    }
}
