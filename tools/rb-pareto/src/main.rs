//! rb-pareto: score records in, the same and the joint comparison out; or a
//! table, a plot, a picture for a person.

#![forbid(unsafe_code)]

mod pictures;
mod tables;

use clap::Parser;
use pictures::Pictures;
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::{Error, Result};
use rb_record::skips::Skips;
use rb_record::stream::{self, Line};
use rb_show::brief;
use rb_show::output::Config;
use rb_show::outputs::{help, OUTPUTS};
use rb_show::panel::{self, Panel};
use rb_show::scores::{self, Collection, Gathered, Scored};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tables::Tables;

#[derive(Parser)]
#[command(
    name = "rb-pareto",
    version,
    about = "Compare routers and single models: frontier, tables, pictures",
    after_help = "Passes score records on as they are and adds, for every group, one pareto record a \
router and one frontier record. Pareto and frontier records of an earlier run are made anew. \
Reads the whole stream before it writes."
)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Score records, .gz and .zst too; none or `-`: standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(long, help = help("table"))]
    table: bool,
    #[arg(long, help = help("term"))]
    term: bool,
    #[arg(long, value_name = "FILE", help = help("html"))]
    html: Option<PathBuf>,
    /// Print a short table: routers, best-single and oracle
    #[arg(long, conflicts_with = "table")]
    brief: bool,
    /// Print the table in full, however wide the terminal is
    #[arg(long)]
    wide: bool,
    /// In the table: how much worse than best-single counts as not worse, 0..1
    /// [default: --margin of rb-score]
    #[arg(long, value_name = "D", value_parser = share, requires = "table")]
    margin: Option<f64>,
    /// In the table: tell savings in USD for N queries a month
    #[arg(long, value_name = "N", value_parser = count, requires = "table")]
    queries_per_month: Option<f64>,
    #[command(flatten)]
    pictures: Pictures,
    #[command(flatten)]
    tables: Tables,
}

fn share(text: &str) -> std::result::Result<f64, String> {
    let share = text.parse().ok().filter(|v| (0.0..=1.0).contains(v));
    share.ok_or_else(|| "expected a difference in quality, 0..1, such as 0.01".into())
}

fn count(text: &str) -> std::result::Result<f64, String> {
    let count = text.parse().ok().filter(|v| *v > 0.0 && *v <= 1e15);
    count.ok_or_else(|| "expected a number of queries, such as 1000000".into())
}

const SHORT: cli::Short = cli::Short {
    flags: &["table", "picture", "html", "csv"],
    examples: &[
        "rb-score fitted.ndjson | rb-pareto --table --picture plot.pdf",
        "rb-score --by dataset fitted.ndjson | rb-pareto --csv table.csv > scores.ndjson",
    ],
};

fn main() -> ExitCode {
    cli::main("rb-pareto", &SHORT, |a: &Arguments| &a.common, run)
}

fn run(arguments: Arguments) -> Result<()> {
    arguments.tables.check(printed(&arguments))?;
    arguments.pictures.check()?;
    if let Some(file) = &arguments.html {
        stream::can_write(file)?;
    }
    let mut skips = arguments.common.skips();
    let (lines, gathered) = read(&arguments, &mut skips)?;
    gathered.warnings.iter().for_each(cli::warn);
    let groups = gathered.groups.into_iter().chain(gathered.pooled);
    let mut panels: Vec<Panel> = groups.map(Panel::new).collect();
    warn_without_costs(&panels);
    let tables = arguments.tables.write(&panels)?;
    panel::sort(&mut panels);
    let mut shown = shown(&arguments, &panels)? + &tables;
    // Unless they were written elsewhere, the records would scroll by.
    let is_unasked = shown.is_empty() && cli::is_shown(&arguments.common);
    if is_unasked {
        shown = brief::of_panels(&panels, room(&arguments));
    }
    let mut output = cli::output(&arguments.common, false)?;
    if !shown.is_empty() {
        output.write_text(&shown)?;
    } else {
        for line in &lines {
            output.write_line(line.bytes())?;
        }
        for panel in compared(&panels) {
            let records = panel.joint.records(
                &panel.group.json(),
                panel.group.against(),
                panel.group.routers.keys(),
            );
            for record in records.map_err(|e| Error::input(e.to_string()))? {
                output.write_line(record.as_bytes())?;
            }
        }
    }
    output.finish()?;
    if is_unasked {
        cli::say_where_records_go();
    }
    skips.finish()
}

/// The columns of the terminal, where a table goes to one.
fn room(arguments: &Arguments) -> Option<usize> {
    let filed = arguments.common.output.is_some();
    cli::terminal_columns().filter(|_| !filed && !arguments.wide)
}

/// The groups that have a frontier, in the order of the records.
fn compared(panels: &[Panel]) -> Vec<&Panel> {
    let of_one_split = panels.iter().filter(|p| p.group.pooled.is_none());
    let mut compared: Vec<&Panel> = of_one_split.collect();
    compared.sort_by(|a, b| a.group.key.cmp(&b.group.key));
    compared
}

/// Whether a table or picture for a person goes to standard output.
fn printed(arguments: &Arguments) -> bool {
    let page = arguments.html.as_deref() == Some(Path::new("-"));
    arguments.table || arguments.brief || arguments.term || page || arguments.pictures.is_printed()
}

/// The lines to pass on, and what they say.
fn read(arguments: &Arguments, skips: &mut Skips) -> Result<(Vec<Line>, Gathered)> {
    let mut lines = Vec::new();
    let mut collection = Collection::default();
    for line in cli::read_all(&mut cli::input(&arguments.files)?)? {
        let Some(scored) = skips.keep(scores::parse(&line))? else {
            continue;
        };
        if matches!(scored, Scored::Superseded) {
            continue;
        }
        if skips.keep(collection.add(&line, scored))?.is_some() {
            lines.push(line);
        }
    }
    Ok((lines, collection.finish()?))
}

fn warn_without_costs(panels: &[Panel]) {
    match panels.iter().filter(|p| !p.has_costs()).count() {
        0 => {}
        n if n == panels.len() => {
            cli::warn("no costs in the records, so no frontier, and ParetoDist is null")
        }
        n => cli::warn(format_args!(
            "no costs in {n} of {} groups: there no frontier, and ParetoDist is null",
            panels.len()
        )),
    }
}

/// Draws the picture into its file; what is to be printed comes back.
fn shown(arguments: &Arguments, panels: &[Panel]) -> Result<String> {
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|c| c.trim().parse().ok());
    let config = Config {
        columns: columns.unwrap_or(80),
        fit: room(arguments),
        brief: arguments.brief,
        is_unasked: false,
        margin: arguments.margin,
        queries_per_month: arguments.queries_per_month,
    };
    let picture = arguments.pictures.write(panels)?;
    let mut shown: Vec<String> = picture.into_iter().collect();
    for output in OUTPUTS {
        let text = || (output.render)(panels, &config);
        let file = match output.name {
            "html" => arguments.html.as_deref(),
            _ => None,
        };
        match (output.name, file) {
            (_, Some(path)) if path == Path::new("-") => shown.push(text()),
            (_, Some(path)) => stream::write_file(path, text().as_bytes())?,
            ("term", _) if arguments.term => shown.push(text()),
            ("table", _) if arguments.table || arguments.brief => shown.push(text()),
            _ => {}
        }
    }
    Ok(shown.join("\n"))
}
