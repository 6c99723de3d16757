//! How sources are to be read, whatever their format.

use crate::answers::AnswerForm;
use crate::joining::runs::Repeats;
use crate::tables::roles::Role;
use crate::tables::scores::Scores;
use rb_record::record::prompt::Turns;

/// How sources are to be read.
#[derive(Debug, Default)]
pub struct Options {
    /// The name of the format of all sources; None: found from each one's
    /// content.
    pub format: Option<&'static str>,
    /// Columns named by hand: the role and the column, in JSON also as a
    /// pointer; `:UNIT` after it says in what a latency or cost is.
    pub columns: Vec<(Role, String)>,
    /// Columns that are not to be taken for anything.
    pub ignore: Vec<String>,
    /// The model of sources that do not name theirs.
    pub model: Option<String>,
    /// Which of several metrics is the score; None: there must be one.
    pub metric: Option<String>,
    /// Which of several filters of answers counts; None: there must be one.
    pub filter: Option<String>,
    /// How scores are to be read.
    pub scores: Scores,
    /// How much of a conversation is the prompt.
    pub turns: Turns,
    /// The prompts of one id may differ (templates); the first stays.
    pub prompts_may_differ: bool,
    /// Keep the models' responses.
    pub responses: bool,
    /// How answers are made of responses; None: they are what sources say.
    pub answer_from: Option<AnswerForm>,
    /// The dataset of every query, whatever its source says.
    pub dataset: Option<String>,
    /// What to do with a query and model that stand in several rows.
    pub repeats: Repeats,
    /// About how many bytes of queries to hold; None: all of them.
    pub memory: Option<usize>,
}

impl Options {
    /// Whether readers hand over the models' responses.
    pub(crate) fn reads_responses(&self) -> bool {
        self.responses || self.answer_from.is_some()
    }
}
