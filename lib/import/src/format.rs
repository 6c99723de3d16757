//! What a format is, and how its sources are to be read.

use crate::formats::long;
use crate::tables::cells::Range;
use crate::{Content, Intake, Source};
use rb_record::error::Result;

/// A kind of file that can be read.
#[derive(Debug)]
pub struct Format {
    pub name: &'static str,
    /// What it is, for the help.
    pub about: &'static str,
    /// How it is recognised, in words and in fact.
    pub sign: &'static str,
    pub is: fn(&Content) -> bool,
    pub read: fn(&mut Source, &mut Intake) -> Result<()>,
}

/// How sources are to be read.
#[derive(Debug, Default)]
pub struct Options {
    /// None: found from each source's content.
    pub format: Option<&'static Format>,
    /// Columns named by hand: the role and the column.
    pub columns: Vec<(long::Role, String)>,
    /// Scores run from the first to the second; None: 0..1 already.
    pub score_range: Range,
    /// Keep the models' answers.
    pub responses: bool,
    /// The dataset of every query, whatever its source says.
    pub dataset: Option<String>,
    /// About how many bytes of queries to hold; None: all of them.
    pub memory: Option<usize>,
}
