//! The table of the formats that can be read, one file a format.

pub(crate) mod columns;
pub(crate) mod evaluation;
mod foreign;
pub(crate) mod long;
pub(crate) mod mapping;
pub(crate) mod objects;
pub(crate) mod records;
pub(crate) mod routing;
pub(crate) mod wide;

use crate::format::Format;
use crate::formats::evaluation::{alpacaeval, battles, helm, inspect, lmeval, promptfoo, zeroeval};
use crate::formats::routing::{
    adaptor, embedllm, llmrouterbench, routellm, routerarena, routerbench, routerdc,
};
use crate::options::Options;
use crate::tables::cells::listed;
use crate::tables::roles::{by_name, Role};
use crate::tables::source::{Content, Source};
use rb_record::error::{Error, Result};
use rb_record::stream::progress::Step;
use std::path::{Path, PathBuf};

/// Every format, in the order in which they are tried and shown.
pub static FORMATS: [Format; 17] = [
    Format {
        name: "records",
        about: "query records, as the rb tools write them",
        sign: "JSON lines with outcomes, references or routes",
        is: records::is,
        folders: false,
        responses: true,
        read: records::read,
    },
    Format {
        name: "routerbench",
        about: "RouterBench's wide table (CSV or Parquet)",
        sign: "columns MODEL|total_cost, MODEL|model_response",
        is: routerbench::is,
        folders: false,
        responses: true,
        read: routerbench::read,
    },
    Format {
        name: "routerarena",
        about: "RouterArena's cached results, or a router's predictions",
        sign: "members global_index, llm_selected; global index, prediction",
        is: routerarena::is,
        folders: false,
        responses: true,
        read: routerarena::read,
    },
    Format {
        name: "lmeval",
        about: "samples of lm-evaluation-harness: files, or a folder a model",
        sign: "JSON lines with doc_id and resps; samples_….jsonl",
        is: lmeval::is,
        folders: true,
        responses: true,
        read: lmeval::read,
    },
    Format {
        name: "helm",
        about: "HELM's runs: the folders, or per_instance_stats.json",
        sign: "a folder with per_instance_stats.json",
        is: helm::is,
        folders: true,
        responses: false,
        read: helm::read,
    },
    Format {
        name: "inspect",
        about: "logs of inspect_ai (inspect log dump)",
        sign: "JSON with eval and samples",
        is: inspect::is,
        folders: false,
        responses: true,
        read: inspect::read,
    },
    Format {
        name: "promptfoo",
        about: "promptfoo's results (eval -o FILE.json)",
        sign: "JSON with results.results",
        is: promptfoo::is,
        folders: false,
        responses: true,
        read: promptfoo::read,
    },
    Format {
        name: "zeroeval",
        about: "ZeroEval's graded results: files, or the folder",
        sign: "members session_id, generator",
        is: zeroeval::is,
        folders: false,
        responses: true,
        read: zeroeval::read,
    },
    Format {
        name: "alpacaeval",
        about: "AlpacaEval's annotations, scores against the baseline",
        sign: "members generator_1, generator_2, preference",
        is: alpacaeval::is,
        folders: false,
        responses: true,
        read: alpacaeval::read,
    },
    Format {
        name: "battles",
        about: "arena battles, as soft labels of the pair",
        sign: "columns model_a, model_b, winner or winner_model_a",
        is: battles::is,
        folders: false,
        responses: true,
        read: battles::read,
    },
    Format {
        name: "embedllm",
        about: "EmbedLLM's table",
        sign: "columns prompt_id, model_name, label",
        is: embedllm::is,
        folders: false,
        responses: true,
        read: embedllm::read,
    },
    Format {
        name: "wide",
        about: "any table with columns of each model: CSV, Parquet, JSON lines or array",
        sign: "columns MODEL_score, MODEL_cost …; score_MODEL …; MODEL with members score …",
        is: wide::is,
        folders: false,
        responses: true,
        read: wide::read,
    },
    Format {
        name: "routellm",
        about: "RouteLLM's table, a column a model",
        sign: "a column prompt, the others named like models (or with M_response)",
        is: routellm::is,
        folders: false,
        responses: true,
        read: routellm::read,
    },
    Format {
        name: "llmrouterbench",
        about: "LLMRouterBench's results: the folder, or files of it",
        sign: "JSON with an array of records, or a folder of such",
        is: llmrouterbench::is,
        folders: true,
        responses: true,
        read: llmrouterbench::read,
    },
    Format {
        name: "adaptor",
        about: "LLMRouterBench's adaptor JSON lines",
        sign: "JSON lines with query and records",
        is: adaptor::is,
        folders: false,
        responses: false,
        read: adaptor::read,
    },
    Format {
        name: "routerdc",
        about: "RouterDC's or LLMRouter's JSON, array or lines",
        sign: "question and scores, or query and llm_name_list",
        is: routerdc::is,
        folders: false,
        responses: false,
        read: routerdc::read,
    },
    Format {
        name: "long",
        about: "any rows of a query and model: CSV, Parquet, JSON lines or array",
        sign: "a column (member) for the model; --col-… names columns",
        is: long::is,
        folders: false,
        responses: true,
        read: long::read,
    },
];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

/// The format that a source's content tells, or an error that says what it is.
pub(crate) fn recognise(source: &Source, options: &Options) -> Result<&'static Format> {
    let long = || {
        FORMATS
            .iter()
            .find(|f| f.name == "long")
            .ok_or_else(|| unknown(source))
    };
    // Columns named by hand mean rows of a query and model, whatever else it
    // looks like; records among several sources have none to name.
    let by_hand = !options.columns.is_empty();
    let rows = !matches!(source.content, Content::Folder(_)) && !records::is(&source.content);
    if by_hand && rows {
        return long();
    }
    let of = |content: &Content| FORMATS.iter().find(|f| (f.is)(content));
    if let Some(format) = of(&source.content) {
        return Ok(format);
    }
    if let Content::Folder(files) = &source.content {
        return folder(files, &of).ok_or_else(|| unknown(source));
    }
    if by_hand || options.model.is_some() {
        return long();
    }
    Err(unknown(source))
}

/// How many files of a folder are looked at.
const LOOKED_AT: usize = 100;

/// The format of a folder's files: LLMRouterBench's if one of them is of it,
/// else that of the first that is known.
fn folder(
    files: &[PathBuf],
    of: &dyn Fn(&Content) -> Option<&'static Format>,
) -> Option<&'static Format> {
    let mut found = None;
    for path in files.iter().filter(|f| is_data(f)).take(LOOKED_AT) {
        let Ok(source) = Source::open(path, &Step::none()) else {
            continue;
        };
        match of(&source.content) {
            Some(format) if format.folders => return Some(format),
            other => found = found.or(other),
        }
    }
    // Broken files and none at all its reader tells of.
    found.or_else(|| format("llmrouterbench"))
}

/// Whether a file in a folder may be one to read, by its name.
pub(crate) fn is_data(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    ["json", "jsonl", "ndjson", "csv", "parquet"]
        .iter()
        .any(|end| name.ends_with(&format!(".{end}")))
}

fn unknown(source: &Source) -> Error {
    let columns = source.content.columns();
    let listed = {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        listed(&names)
    };
    let (found, kind) = match &source.content {
        Content::Table(_) => (format!("a table with the columns {listed}"), "column"),
        Content::Array { .. } => (format!("a JSON array of objects with {listed}"), "member"),
        Content::Objects { .. } => (format!("JSON with the keys {listed}"), "member"),
        Content::Folder(_) => {
            return Error::input(format!(
                "{} is a folder without a file that could be read",
                source.name
            ))
        }
    };
    if let Some(hint) = foreign::hint(&source.content, &source.name) {
        return Error::input(format!("{} is {found}: {hint}", source.name));
    }
    let lacks = [
        (
            Role::Model,
            "the model (--col-model NAME, or --model MODEL if all rows are of one)",
        ),
        (Role::Query, "the query (--col-query NAME)"),
        (Role::Number(0), "the score (--col-score NAME)"),
    ];
    let lacks: Vec<&str> = lacks
        .iter()
        .filter(|(role, _)| by_name(&columns, *role).is_none())
        .map(|(_, what)| *what)
        .collect();
    Error::input(format!(
        "{} is {found}, which is none of the formats; as rows of a query and model it lacks a {kind} for {}; --format NAME reads it as another one (--help lists them)",
        source.name,
        lacks.join(", for ")
    ))
}
