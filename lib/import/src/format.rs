//! What a format is: a row of the table [`FORMATS`](crate::formats::FORMATS).

use crate::joining::intake::Intake;
use crate::tables::source::{Content, Source};
use rb_record::error::Result;

/// A kind of file that can be read.
#[derive(Debug)]
pub struct Format {
    /// Its name, as `--format` and the summary write it.
    pub name: &'static str,
    /// What it is, for the help.
    pub about: &'static str,
    /// How it is recognised, in words; [`is`](Format::is) in fact.
    pub sign: &'static str,
    /// Whether a source's content is of this format.
    pub is: fn(&Content) -> bool,
    /// Whether `read` takes a whole folder; else its files are read one by one.
    pub folders: bool,
    /// Whether `read` hands over responses, of which answers can be made.
    pub responses: bool,
    /// Hands every row of the source over. Errors: a bad row that is not
    /// skipped, with its place; a file that cannot be read.
    pub read: fn(&mut Source, &mut Intake) -> Result<()>,
}
