//! What the columns of a table are read as, and the sentence that says so.

use crate::tables::cells::Table;
use crate::tables::fields::{self, FIELDS};
use crate::tables::shape::unescaped;
use std::collections::HashSet;

/// A column of numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    /// The place in [`FIELDS`].
    pub field: usize,
    pub column: usize,
    /// What the numbers are multiplied by, to be seconds or USD.
    pub by: f64,
    /// Of tokens that may be parts of others: they come on top of those.
    pub beside: bool,
}

/// Whose answers some columns are.
#[derive(Debug)]
pub(crate) enum Whose {
    /// The model's that a column names.
    Of(usize),
    /// One model's.
    Named(String),
}

/// The columns that tell a model's answers.
#[derive(Debug)]
pub(crate) struct Answers {
    pub model: Whose,
    pub response: Option<usize>,
    pub answer: Option<usize>,
    pub numbers: Vec<Number>,
}

/// Which column plays which role.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    pub id: Vec<usize>,
    pub query: Option<usize>,
    pub dataset: Option<usize>,
    pub index: Option<usize>,
    pub split: Option<usize>,
    /// What a row tells: one model's answer, or in a wide table several.
    pub answers: Vec<Answers>,
}

impl Answers {
    fn wanted(&self, responses: bool) -> impl Iterator<Item = usize> + '_ {
        let model = match self.model {
            Whose::Of(column) => Some(column),
            Whose::Named(_) => None,
        };
        let said = self.said(responses).into_iter().chain(self.answer);
        let numbers = self.numbers.iter().map(|n| n.column);
        model.into_iter().chain(said).chain(numbers)
    }

    /// The column of responses, where those are read: the whole response if
    /// there is one, else what was cut out of it.
    pub(crate) fn said(&self, responses: bool) -> Option<usize> {
        self.response.or(self.answer).filter(|_| responses)
    }

    fn told(&self, columns: &[String], responses: bool) -> Vec<String> {
        let mut told = Vec::new();
        for (role, column) in [("response", self.said(responses)), ("answer", self.answer)] {
            told.extend(column.map(|column| format!("{role}={}", columns[column])));
        }
        for n in &self.numbers {
            let (name, ..) = FIELDS[n.field];
            let part = (fields::CACHE_READ..=fields::REASONING).contains(&n.field);
            let unit = match (name, n.by == 1.0) {
                ("latency" | "cost", false) => format!(" (times {:e})", n.by),
                ("latency", true) => " (seconds)".into(),
                ("cost", true) => " (USD)".into(),
                _ if part => {
                    let where_ = if n.beside { "beside" } else { "within" };
                    let whole = match n.field {
                        fields::REASONING => "completion",
                        _ => "prompt",
                    };
                    format!(" ({where_} {whole} tokens)")
                }
                _ => String::new(),
            };
            told.push(format!("{name}={}{unit}", columns[n.column]));
        }
        told
    }
}

impl Mapping {
    /// The columns that are read.
    pub(crate) fn wanted(&self, responses: bool) -> Vec<usize> {
        let mut wanted = self.id.clone();
        wanted.extend(
            [self.query, self.dataset, self.index, self.split]
                .into_iter()
                .flatten(),
        );
        wanted.extend(self.answers.iter().flat_map(|a| a.wanted(responses)));
        wanted
    }

    /// Which column was taken for what, and which are not read.
    pub(crate) fn told(&self, table: &dyn Table, responses: bool) -> String {
        let columns = table.columns();
        let mut told: Vec<String> = self
            .id
            .iter()
            .map(|&c| format!("id={}", columns[c]))
            .collect();
        let model = match &self.answers[..] {
            [Answers {
                model: Whose::Of(column),
                ..
            }] => Some(*column),
            _ => None,
        };
        let single = [
            ("model", model),
            ("query", self.query),
            ("dataset", self.dataset),
            ("split", self.split),
            ("index", self.index),
        ];
        for (role, column) in single {
            told.extend(column.map(|column| format!("{role}={}", columns[column])));
        }
        for answers in &self.answers {
            let own = answers.told(columns, responses);
            match &answers.model {
                Whose::Of(_) => told.extend(own),
                Whose::Named(_) if self.answers.len() == 1 => told.extend(own),
                Whose::Named(name) => told.push(format!("model {name} ({})", own.join(", "))),
            }
        }
        let wanted = self.wanted(responses);
        let mut read: HashSet<&str> = wanted.iter().map(|&c| columns[c].as_str()).collect();
        // Of an object within, what is read of it.
        let pointers = wanted.iter().filter_map(|&c| columns[c].strip_prefix('/'));
        let parents = pointers.filter_map(|path| Some(path.split_once('/')?.0));
        let parents: Vec<String> = parents.map(unescaped).collect();
        read.extend(parents.iter().map(String::as_str));
        let unread = columns.iter().map(String::as_str);
        let unread = unread.filter(|c| !c.is_empty() && !c.starts_with('/') && !read.contains(c));
        let unread: Vec<&str> = unread.collect();
        let mut text = format!("read {}", short(&told));
        if !unread.is_empty() {
            text.push_str(&format!("; not read: {}", short(&unread)));
        }
        text
    }
}

/// The first of many, and how many there are.
fn short<S: AsRef<str>>(all: &[S]) -> String {
    const MOST: usize = 20;
    let first: Vec<&str> = all.iter().take(MOST).map(AsRef::as_ref).collect();
    let mut text = first.join(", ");
    if all.len() > MOST {
        text.push_str(&format!(", … ({} in all)", all.len()));
    }
    text
}
