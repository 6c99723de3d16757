//! The table: what routers learn from. One row a training query, sorted by
//! id, so that nothing depends on the order of the lines.
//!
//! X is n×d f32 (embeddings), every outcome field an n×K grid of f64 in which
//! an unknown value is unknown. Models and datasets are sorted by name.

pub mod alike;
pub mod digest;
pub mod effects;
pub mod grid;
pub mod impute;
pub mod oracle_outcomes;
pub mod seen;
pub mod signals;
pub mod table_builder;
pub mod training;

pub use crate::table::grid::Grid;
use crate::table::oracle_outcomes::Truth;
use crate::table::signals::{Reads, Signals};
use ndarray::{Array2, ArrayView2};
use rb_learn::dense;
use rb_learn::folds;
use rb_record::error::{Error, Kind, Result};
use rb_record::record::resource::Resource;
use rb_record::record::Record;
use rb_record::stream::Line;

/// The fields of an outcome: the numbers in the order of [`OUTCOME_FIELDS`], then
/// the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// 0..1.
    Score,
    /// USD.
    Cost,
    /// Seconds.
    Latency,
    /// Tokens of the prompt.
    PromptTokens,
    /// Tokens of the answer.
    CompletionTokens,
    /// The model's own, 0..1.
    Confidence,
    /// A reward model's, any real.
    Reward,
    /// The number of the answer's text (`answer_code`): only equality counts.
    Answer,
}

/// Training queries, sorted by id.
#[derive(Debug, Clone)]
pub struct Table {
    /// Distinct, ascending.
    pub ids: Vec<String>,
    /// Rows of one unit share a prompt: they never straddle a split or a fold.
    pub unit: Vec<u64>,
    /// Prompts; empty strings where the router asked for none.
    pub text: Vec<String>,
    /// Place in `datasets`, one a row.
    pub dataset: Vec<usize>,
    /// Names, ascending.
    pub datasets: Vec<String>,
    /// Names, ascending.
    pub models: Vec<String>,
    /// n×d; d = 0 where the router asked for no embeddings.
    pub x: Array2<f32>,
    /// In the order of [`Field`].
    pub(crate) grids: Vec<Grid>,
}

impl Table {
    /// n, the number of rows.
    pub fn len(&self) -> usize {
        self.ids.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
    /// K, the number of models.
    pub fn k(&self) -> usize {
        self.models.len()
    }
    /// The values of one field, n×K.
    pub fn grid(&self, field: Field) -> &Grid {
        &self.grids[field as usize]
    }
    /// Scores, 0..1.
    pub fn score(&self) -> &Grid {
        self.grid(Field::Score)
    }
    /// Costs in USD, or what quality is traded against.
    pub fn cost(&self) -> &Grid {
        self.grid(Field::Cost)
    }
    /// Puts another resource in the place of cost, so that whoever trades
    /// quality against cost trades it against that one.
    pub fn trade_against(&mut self, resource: Resource) {
        let grid = match resource {
            Resource::Cost => return,
            Resource::Latency => self.grid(Field::Latency).clone(),
            Resource::Tokens => {
                let (prompt, completion) = (
                    self.grid(Field::PromptTokens),
                    self.grid(Field::CompletionTokens),
                );
                let (rows, columns) = (prompt.rows(), prompt.columns());
                let mut sum = Grid::unknown(rows, columns);
                for (i, m) in (0..rows).flat_map(|i| (0..columns).map(move |m| (i, m))) {
                    if let Some((p, c)) = prompt.get(i, m).zip(completion.get(i, m)) {
                        sum.set(i, m, p + c);
                    }
                }
                sum
            }
        };
        self.grids[Field::Cost as usize] = grid;
    }
    /// The rows as queries to route, without their outcomes.
    pub fn batch(&self) -> Batch<'_> {
        Batch {
            x: self.x.view(),
            text: &self.text,
            unit: &self.unit,
            signals: Signals::of(
                self.grid(Field::Confidence),
                self.grid(Field::Reward),
                self.grid(Field::CompletionTokens),
                self.grid(Field::Answer),
            ),
            truth: None,
        }
    }
    /// The same for an oracle.
    pub fn batch_with_truth(&self) -> Batch<'_> {
        Batch {
            truth: Some(Truth::of(self.score(), self.cost())),
            ..self.batch()
        }
    }
    /// The fold of each row, by prompt and stratified by dataset (folds.rs of rb-learn).
    pub fn folds(&self, folds: usize, seed: u64) -> Vec<usize> {
        folds::assign(&self.unit, &self.dataset, folds, seed)
    }
    /// The rows named, in that order; models and datasets stay as they are.
    pub fn select(&self, rows: &[usize]) -> Table {
        Table {
            ids: rows.iter().map(|&i| self.ids[i].clone()).collect(),
            unit: rows.iter().map(|&i| self.unit[i]).collect(),
            text: rows.iter().map(|&i| self.text[i].clone()).collect(),
            dataset: rows.iter().map(|&i| self.dataset[i]).collect(),
            datasets: self.datasets.clone(),
            models: self.models.clone(),
            x: dense::rows(self.x.view(), rows),
            grids: self.grids.iter().map(|g| g.select(rows)).collect(),
        }
    }
    /// The same rows over `models`, in that order; nothing is known of one that
    /// the table lacks.
    pub fn over(&self, models: &[String]) -> Table {
        let places: Vec<Option<usize>> = models
            .iter()
            .map(|m| self.models.iter().position(|own| own == m))
            .collect();
        Table {
            models: models.to_vec(),
            grids: self.grids.iter().map(|g| g.over(&places)).collect(),
            ..self.clone()
        }
    }
}

/// Queries to route: what a router may see of them.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// n×d, or n×0 for routers that need no embedding.
    pub x: ArrayView2<'a, f32>,
    /// Prompts; empty ones where no text is read.
    pub text: &'a [String],
    /// Queries of one unit share a prompt.
    pub unit: &'a [u64],
    /// Empty for routers that read none.
    pub signals: Signals<'a>,
    /// None for every router but oracles.
    pub truth: Option<Truth<'a>>,
}

impl Batch<'_> {
    /// n, the number of queries.
    pub fn len(&self) -> usize {
        self.unit.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.unit.is_empty()
    }
}

/// What a router needs of a query, beside outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Its vector.
    pub embedding: bool,
    /// Its prompt.
    pub text: bool,
    /// Signals of the models that it calls (signals.rs).
    pub signals: Reads,
}

impl Needs {
    /// The embedding and nothing else.
    pub const EMBEDDING: Needs = Needs {
        embedding: true,
        text: false,
        signals: Reads::Nothing,
    };
}

/// The embedder and the width that every vector of a stream must share.
#[derive(Debug, Clone, Default)]
pub struct Embedder {
    /// Name and width, known from the first vector on (or from a router file).
    pub known: Option<(String, usize)>,
    /// Where they became known, for the error: "bench.ndjson:1" or a router file.
    pub from: String,
    /// They came from a router file: then a mismatch is the file's (exit code 5).
    pub is_from_file: bool,
}

impl Embedder {
    /// Checks the vector of the record on `line` against those before it.
    pub fn admit(&mut self, line: &Line, name: &str, width: usize) -> Result<()> {
        let found = match &self.known {
            None => {
                self.known = Some((name.to_string(), width));
                self.from = format!("{}:{}", line.source(), line.number());
                return Ok(());
            }
            Some((model, _)) if model != name => format!(
                "the embedding is of {name:?}, expected {model:?} as in {}; run rb-embed with one --model over the whole stream",
                self.from
            ),
            Some((_, expected)) if *expected != width => format!(
                "the vector has {width} numbers, expected {expected} as in {}; run rb-embed again",
                self.from
            ),
            Some(_) => return Ok(()),
        };
        let record = Record::parse(line)?;
        let fault = record.error_at(record.raw("embedding").unwrap_or_default(), found);
        Err(if self.is_from_file {
            Error {
                kind: Kind::RouterFile,
                ..fault
            }
        } else {
            fault
        })
    }
}

/// The error of a record that lacks the vector a router reads.
pub fn no_embedding(line: &Line) -> Error {
    Error::input("the record has no embedding, which this router reads; run rb-embed first")
        .at(line.place(0))
}
