//! Foreign benchmark files become query records.
//!
//! [`FORMATS`] is the table of what can be read. To add a format: one file
//! with a `read` function, and one row here. A reader goes through one
//! [`Source`] and hands over what each row says ([`Found`]); checking,
//! merging, prices and writing are the same for all formats.
//!
//! All sources of one run are one benchmark: rows with the same id become one
//! query, whatever files and formats they come from (see `bench.rs`).

mod adaptor;
pub mod adjust;
mod bench;
mod cells;
mod csvfile;
mod doc;
mod embedllm;
mod llmrouterbench;
pub mod long;
mod parquetfile;
mod pylist;
mod records;
mod routellm;
mod routerbench;
mod routerdc;
mod source;
mod write;

pub use bench::{Answer, Bench, Found, Merge};
pub use source::{Content, Source};

use crate::cli::Skips;
use crate::error::{Error, Result};
use cells::{listed, Range};
use std::borrow::Cow;
use std::path::PathBuf;

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

/// Every format, in the order in which they are tried and shown.
pub static FORMATS: [Format; 8] = [
    Format {
        name: "records",
        about: "query records, as the rb tools write them",
        sign: "JSON lines with outcomes, or with an id",
        is: records::is,
        read: records::read,
    },
    Format {
        name: "routerbench",
        about: "RouterBench's wide table (CSV or Parquet)",
        sign: "columns MODEL|total_cost, MODEL|model_response",
        is: routerbench::is,
        read: routerbench::read,
    },
    Format {
        name: "embedllm",
        about: "EmbedLLM's table",
        sign: "columns prompt_id, model_name, label",
        is: embedllm::is,
        read: embedllm::read,
    },
    Format {
        name: "long",
        about: "any table with a row a query and model (CSV or Parquet)",
        sign: "a column for the model; --col-… names columns",
        is: long::is,
        read: long::read,
    },
    Format {
        name: "routellm",
        about: "RouteLLM's table, a column a model",
        sign: "a column prompt, all others True/False",
        is: routellm::is,
        read: routellm::read,
    },
    Format {
        name: "llmrouterbench",
        about: "LLMRouterBench's results: the folder, or files of it",
        sign: "a folder; JSON with an array of records",
        is: llmrouterbench::is,
        read: llmrouterbench::read,
    },
    Format {
        name: "adaptor",
        about: "LLMRouterBench's adaptor JSON lines",
        sign: "JSON lines with query and records",
        is: adaptor::is,
        read: adaptor::read,
    },
    Format {
        name: "routerdc",
        about: "RouterDC's or LLMRouter's JSON",
        sign: "a JSON array of question and scores",
        is: routerdc::is,
        read: routerdc::read,
    },
];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
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
}

/// Where readers put what they found.
pub struct Intake<'a> {
    pub options: &'a Options,
    pub bench: Bench,
    skips: &'a mut Skips,
    refused: u64,
}

impl Intake<'_> {
    /// Takes what a row says, or its error: which ends the import, or, where
    /// bad records are skipped, only the row.
    pub fn take(&mut self, found: Result<Found>, merge: Merge) -> Result<()> {
        let added = found.and_then(|mut found| {
            if let Some(name) = &self.options.dataset {
                found.dataset = Some(Cow::Borrowed(name));
            }
            self.bench.add(found, merge)
        });
        match self.skips.keep(added)? {
            Some(()) => Ok(()),
            None => {
                self.refused += 1;
                Ok(())
            }
        }
    }

    /// A sentence for the person at the end.
    pub fn note(&mut self, text: String) {
        self.bench.notes.push(text);
    }
}

/// Reads all sources into one benchmark.
pub fn import(paths: &[PathBuf], options: &Options, skips: &mut Skips) -> Result<Bench> {
    let mut intake = Intake {
        options,
        bench: Bench::default(),
        skips,
        refused: 0,
    };
    let stdin = [PathBuf::from("-")];
    let paths = match paths.is_empty() {
        true => &stdin[..],
        false => paths,
    };
    for path in paths {
        let mut source = Source::open(path)?;
        let format = match options.format {
            Some(format) => format,
            None => recognise(&source, options)?,
        };
        let before = (intake.bench.rows(), intake.refused);
        (format.read)(&mut source, &mut intake)?;
        if !intake.bench.formats.contains(&format.name) {
            intake.bench.formats.push(format.name);
        }
        if before == (intake.bench.rows(), intake.refused) {
            return Err(Error::input(format!(
                "{} holds no row (format {}); is it the right file, and was it written to its end?",
                source.name, format.name
            )));
        }
    }
    let mut bench = intake.bench;
    if bench.other_prompts() > 0 {
        bench.notes.push(format!(
            "{} rows have another prompt than the first row of their query, which stays",
            bench.other_prompts()
        ));
    }
    if bench.model_count() > 1 && bench.queries.iter().all(|q| q.answers.len() == 1) {
        bench.notes.push(
            "no query has more than one model's outcome, so there is nothing to route between; if the id differs from row to row, name the right one with --col-id or --col-query".into(),
        );
    }
    Ok(bench)
}

fn recognise(source: &Source, options: &Options) -> Result<&'static Format> {
    // Columns named by hand mean a long table, whatever else it looks like.
    let by_hand = !options.columns.is_empty() && matches!(source.content, Content::Table(_));
    let fits = |f: &&Format| match by_hand {
        true => f.name == "long",
        false => (f.is)(&source.content),
    };
    if let Some(format) = FORMATS.iter().find(fits) {
        return Ok(format);
    }
    let found = match &source.content {
        Content::Table(table) => format!("a table with the columns {}", table.header()),
        Content::Objects { keys, .. } => {
            let keys: Vec<&str> = keys.iter().map(|(k, _)| k.as_str()).collect();
            format!("JSON with the keys {}", listed(&keys))
        }
        other => other.words().to_string(),
    };
    let names: Vec<&str> = FORMATS.iter().map(|f| f.name).collect();
    Err(Error::input(format!(
        "{} is {found}, which is none of {}; force one with --format, or name a table's columns with --col-model, --col-score, --col-query (--help shows how each is recognised)",
        source.name,
        names.join(", ")
    )))
}
