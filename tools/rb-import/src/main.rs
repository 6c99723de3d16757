//! rb-import: foreign benchmark files become query records.

#![forbid(unsafe_code)]

use clap::{CommandFactory, FromArgMatches, Parser};
use rb_cli as cli;
use rb_cli::{Common, Memory};
use rb_import::answers::AnswerForm;
use rb_import::formats::{format, FORMATS};
use rb_import::import::import;
use rb_import::joining::adjust::Adjust;
use rb_import::joining::prices::{PriceColumns, Prices};
use rb_import::joining::runs::Repeats;
use rb_import::options::Options;
use rb_import::tables::roles::{Role, ROLES};
use rb_import::tables::scores::Scores;
use rb_record::error::{Error, Result};
use rb_record::record::prompt::Turns;
use rb_record::stream::progress::{Step, RECORDS};
use std::path::PathBuf;
use std::process::ExitCode;

/// Turn benchmark files into query records
///
/// Several files are one benchmark: rows with the same id become one query,
/// and a real conflict is an error that names both lines. Unknown stays
/// unknown: an empty cell is never 0. What --memory does not hold is joined on
/// disk. A file that is one JSON value (routerdc, llmrouterbench) is itself held
/// whole while it is read, and so is each query.
#[derive(Parser)]
#[command(name = "rb-import", version)]
struct Arguments {
    /// Benchmark files or folders, .gz and .zst as they are; none or `-`: standard input
    files: Vec<PathBuf>,
    /// Read every file as this format [default: found from its content]
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(FORMATS.iter().map(|f| f.name)), hide_possible_values = true)]
    format: Option<String>,
    /// The dataset of every query, whatever the file says
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// Scores run from LO to HI; rescale them to 0..1
    #[arg(long, value_name = "LO:HI", value_parser = range, allow_hyphen_values = true)]
    score_range: Option<(f64, f64)>,
    /// Words that are scores, beside true, pass, correct, yes, C and their opposites; a word
    /// without a score is unknown
    #[arg(long, value_name = "WORD=SCORE,…", value_parser = words)]
    score_map: Option<Words>,
    /// A score slightly out of range (by a tenth of it) is the nearest end
    #[arg(long)]
    clamp: bool,
    /// The model of rows that do not name theirs
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Which of several metrics is the score (lmeval, helm, inspect, zeroeval)
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    /// Which filter of answers counts (lmeval)
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Of a conversation take the last turn of the user, or all of it
    #[arg(long, value_name = "last|all", value_parser = turns, default_value = "last")]
    prompt: Turns,
    /// Prompts of one id may differ (models' templates): the first stays
    #[arg(long)]
    prompts_differ: bool,
    /// A column that is not to be taken for anything; repeatable
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// Keep what the models said as outcomes.M.response
    #[arg(long)]
    responses: bool,
    /// Make outcomes.M.answer, which is the same where answers are, of the response: the
    /// option's letter, the last number in one normal form, the last \boxed{…}, or the text
    /// trimmed and in small letters; FORMAT.md has the rules. A response without one has no
    /// answer
    #[arg(long, value_name = "letter|number|boxed|text", value_parser = answer_form)]
    answer_from: Option<AnswerForm>,
    /// Runs of one query and model that differ: mean (n counts them; the most frequent answer),
    /// first, or error
    #[arg(long, value_name = "HOW", value_parser = repeats, default_value = "error")]
    repeats: Repeats,
    /// Cost from tokens, by a sheet of prices
    ///
    /// A table model,input_usd_per_1m,output_usd_per_1m (also per token, per
    /// 1k), or LiteLLM's model_prices_and_context_window.json
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// The price sheet's column of models
    #[arg(long, value_name = "COLUMN")]
    col_price_model: Option<String>,
    /// The price sheet's column of prompt prices; UNIT: token, 1k, 1m
    #[arg(long, value_name = "COLUMN[:UNIT]")]
    col_price_in: Option<String>,
    /// The price sheet's column of completion prices
    #[arg(long, value_name = "COLUMN[:UNIT]")]
    col_price_out: Option<String>,
    /// The price sheet's column of prices of tokens read from a cache
    #[arg(long, value_name = "COLUMN[:UNIT]")]
    col_price_cache_read: Option<String>,
    /// The price sheet's column of prices of tokens written to a cache
    #[arg(long, value_name = "COLUMN[:UNIT]")]
    col_price_cache_write: Option<String>,
    /// The price sheet's column of prices of reasoning tokens
    #[arg(long, value_name = "COLUMN[:UNIT]")]
    col_price_reasoning: Option<String>,
    /// Multiply a model's costs, after --prices; repeatable
    #[arg(long, value_name = "MODEL=FACTOR", value_parser = factor)]
    scale_cost: Vec<(String, f64)>,
    /// A model that is a reference (references.R), which no router sees; repeatable
    #[arg(long, value_name = "R")]
    reference: Vec<String>,
    #[command(flatten)]
    memory: Memory,
    #[command(flatten)]
    common: Common,
}

const SHORT: cli::Short = cli::Short {
    flags: &["format", "dataset", "prices", "col-model", "col-score"],
    examples: &[
        "rb-import routerbench_0shot.csv > bench.ndjson",
        "rb-import --col-score accuracy --prices prices.csv logs.csv > bench.ndjson",
    ],
};

fn main() -> ExitCode {
    let mut command = Arguments::command().after_help(help());
    for (_, name, known) in ROLES {
        // A model's name takes no comma apart; an id may be several columns.
        let several = name == "id";
        let parts = matches!(
            name,
            "cache-read-tokens" | "cache-write-tokens" | "reasoning-tokens"
        );
        let has_units = parts || matches!(name, "latency" | "cost");
        let more = match name {
            "id" => "; A,B joins columns",
            "latency" => "; in seconds, or s, ms, us, ns, min",
            "cost" => "; in usd, or cents",
            _ if parts => "; :within the others, or :beside them",
            _ => "",
        };
        command = command.arg(
            clap::Arg::new(format!("col-{name}"))
                .long(format!("col-{name}"))
                .value_name(if several {
                    "COLUMN,…"
                } else if has_units {
                    "COLUMN[:UNIT]"
                } else {
                    "COLUMN"
                })
                .help(format!("Known by itself: {}{more}", known.join(", ")))
                .help_heading(
                    "Columns of a long table; in JSON members, or pointers (/usage/cost)",
                ),
        );
    }
    let matches = match cli::matches(command, &SHORT) {
        Ok(matches) => matches,
        Err(code) => return code,
    };
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|e| e.exit());
    let columns = ROLES.iter().flat_map(|(role, name, _)| {
        let value: Option<&String> = matches.get_one(&format!("col-{name}"));
        let names = value.into_iter().flat_map(|v| match role {
            Role::Id => v.split(',').map(String::from).collect(),
            _ => vec![v.clone()],
        });
        names.map(|name| (*role, name)).collect::<Vec<_>>()
    });
    let columns = columns.collect();
    cli::start("rb-import", arguments, |a| &a.common, |a| run(a, columns))
}

fn run(arguments: Arguments, columns: Vec<(Role, String)>) -> Result<()> {
    cli::input(&arguments.files)?;
    if arguments.answer_from.is_some() && columns.iter().any(|(r, _)| *r == Role::Answer) {
        return Err(Error::usage(
            "--col-answer names the answers and --answer-from makes them of responses; leave one of them out, or name the responses with --col-response",
        ));
    }
    let options = Options {
        format: arguments.format.as_deref().and_then(format).map(|f| f.name),
        columns,
        scores: Scores {
            range: arguments.score_range,
            words: arguments.score_map.map(|w| w.0).unwrap_or_default(),
            clamp: arguments.clamp,
            ..Scores::default()
        },
        model: arguments.model,
        metric: arguments.metric,
        filter: arguments.filter,
        turns: arguments.prompt,
        prompts_may_differ: arguments.prompts_differ,
        ignore: arguments.ignore,
        responses: arguments.responses,
        answer_from: arguments.answer_from,
        dataset: arguments.dataset,
        repeats: arguments.repeats,
        memory: Some(arguments.memory.memory),
    };
    let price_columns = PriceColumns {
        model: arguments.col_price_model,
        input: arguments.col_price_in,
        output: arguments.col_price_out,
        parts: [
            arguments.col_price_cache_read,
            arguments.col_price_cache_write,
            arguments.col_price_reasoning,
        ],
    };
    let adjust = Adjust {
        references: arguments.reference,
        prices: arguments
            .prices
            .as_deref()
            .map(|path| Prices::read(path, &price_columns))
            .transpose()?,
        scale: arguments.scale_cost,
    };
    let mut skips = arguments.common.skips();
    let mut imported = import(&arguments.files, &options, &adjust, &mut skips)?;
    for note in std::mem::take(&mut imported.notes) {
        cli::warn(note);
    }
    let summary = format!(
        "{} queries × {} models, {} outcomes with a score, from {} rows ({})",
        imported.queries,
        imported.models,
        imported.scored,
        imported.rows,
        imported.formats.join(", ")
    );
    let mut output = cli::output(&arguments.common, false)?;
    let step = Step::new("writing", RECORDS, Some(imported.queries as usize));
    imported.write(|line| {
        step.add(1);
        output.write_line(line)
    })?;
    output.finish()?;
    cli::warn(summary);
    skips.finish()
}

fn range(text: &str) -> std::result::Result<(f64, f64), String> {
    let parts = text.split_once(':').map(|(a, b)| (a.parse(), b.parse()));
    match parts {
        Some((Ok(low), Ok(high))) if low < high && f64::is_finite(high - low) => Ok((low, high)),
        _ => Err("expected LO:HI, two numbers with LO < HI, for example 1:10".into()),
    }
}

/// Words and their scores.
#[derive(Debug, Clone)]
struct Words(Vec<(String, Option<f64>)>);

fn words(text: &str) -> std::result::Result<Words, String> {
    let pair = |pair: &str| {
        let (word, score) = pair.rsplit_once('=')?;
        let score = match score.trim() {
            "" => None,
            number => Some(number.parse::<f64>().ok().filter(|v| v.is_finite())?),
        };
        Some((word.trim().to_string(), score))
    };
    let all: Option<Vec<_>> = text.split(',').map(pair).collect();
    all.map(Words)
        .ok_or_else(|| "expected WORD=SCORE,…, for example up=1,down=0,broken=".into())
}

fn turns(text: &str) -> std::result::Result<Turns, String> {
    match text {
        "last" => Ok(Turns::Last),
        "all" => Ok(Turns::All),
        _ => Err("expected last or all".into()),
    }
}

fn answer_form(text: &str) -> std::result::Result<AnswerForm, String> {
    AnswerForm::from_name(text).ok_or_else(|| "expected letter, number, boxed or text".into())
}

fn repeats(text: &str) -> std::result::Result<Repeats, String> {
    match text {
        "mean" => Ok(Repeats::Mean),
        "first" => Ok(Repeats::First),
        "error" => Ok(Repeats::Error),
        _ => Err("expected mean, first or error".into()),
    }
}

fn factor(text: &str) -> std::result::Result<(String, f64), String> {
    let parts = text.rsplit_once('=').map(|(m, f)| (m, f.parse::<f64>()));
    match parts {
        Some((model, Ok(by))) if !model.is_empty() && by.is_finite() && by >= 0.0 => {
            Ok((model.to_string(), by))
        }
        _ => Err(
            "expected MODEL=FACTOR with a factor that is not negative, for example gpt-4=0.5"
                .into(),
        ),
    }
}

fn help() -> String {
    let mut text = String::from("Formats, in the order in which they are tried:\n");
    for f in &FORMATS {
        text.push_str(&format!(
            "  {:<15} {}\n  {:<15}   known by: {}\n",
            f.name, f.about, "", f.sign
        ));
    }
    text.push_str("A pickle is never read: the error shows the line of Python that converts it.\n\nMore examples:\n  rb-import routerbench/*.csv | rb-embed | rb-fit kmeans | rb-score | rb-pareto --table\n  rb-import bench.ndjson new-model.csv --scale-cost gpt-4=0.5 -o both.ndjson");
    text
}
