//! How sources are to be read, whatever their format.

use crate::joining::runs::Repeats;
use crate::tables::cells::Range;
use crate::tables::roles::Role;

/// How sources are to be read.
#[derive(Debug, Default)]
pub struct Options {
    /// The name of the format of all sources; None: found from each one's
    /// content.
    pub format: Option<&'static str>,
    /// Columns named by hand: the role and the column.
    pub columns: Vec<(Role, String)>,
    /// Scores run from the first to the second; None: 0..1 already.
    pub score_range: Range,
    /// Keep the models' answers.
    pub responses: bool,
    /// The dataset of every query, whatever its source says.
    pub dataset: Option<String>,
    /// What to do with a query and model that stand in several rows.
    pub repeats: Repeats,
    /// About how many bytes of queries to hold; None: all of them.
    pub memory: Option<usize>,
}
