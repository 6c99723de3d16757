//! The table of the formats that can be read, one file a format.

pub(crate) mod long;
pub(crate) mod records;
pub(crate) mod routing;

use crate::format::Format;
use crate::formats::routing::{adaptor, embedllm, llmrouterbench, routellm, routerbench, routerdc};
use crate::options::Options;
use crate::tables::cells::listed;
use crate::tables::source::{Content, Source};
use rb_record::error::{Error, Result};

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

/// The format that a source's content tells, or an error that says what it is.
pub(crate) fn recognise(source: &Source, options: &Options) -> Result<&'static Format> {
    // Columns named by hand mean a long table, whatever else it looks like.
    let by_hand = !options.columns.is_empty() && matches!(source.content, Content::Table(_));
    let fits = |f: &&Format| {
        if by_hand {
            f.name == "long"
        } else {
            (f.is)(&source.content)
        }
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
