//! rb-pareto: score records in, the same and the joint comparison out; or a
//! table, a plot, a picture for a person.

#![forbid(unsafe_code)]

use clap::Parser;
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::{Error, Result};
use rb_record::skips::Skips;
use rb_record::stream::{self, Line};
use rb_show::plot::{self, Panel};
use rb_show::scores::{self, Collection, Group, Scored};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "rb-pareto",
    version,
    about = "Compare routers and single models: joint frontier, ParetoDist, ParetoShare, tables and pictures",
    after_help = "Passes score records on as they are and adds, for every group, one pareto record a \
router and one frontier record. Pareto and frontier records of an earlier run are made anew. \
Reads the whole stream before it writes.\n\n\
Example:\n  rb-embed bench.ndjson | rb-fit kmeans | rb-fit knn | rb-score | rb-pareto --table --svg plot.svg"
)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Files of score records, plain, .gz or .zst; none or `-`: standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(long, help = plot::table::OUTPUT.help)]
    table: bool,
    #[arg(long, help = plot::term::OUTPUT.help)]
    term: bool,
    #[arg(long, value_name = "FILE", help = plot::svg::OUTPUT.help)]
    svg: Option<PathBuf>,
}

fn main() -> ExitCode {
    cli::main("rb-pareto", |a: &Arguments| &a.common, run)
}

fn run(arguments: Arguments) -> Result<()> {
    let mut skips = arguments.common.skips();
    let (lines, groups) = read(&arguments, &mut skips)?;
    let panels: Vec<Panel> = groups.into_iter().map(Panel::new).collect();
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
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|c| c.trim().parse().ok());
    let mut shown = String::new();
    for output in plot::OUTPUTS {
        let text = || (output.render)(&panels, columns.unwrap_or(80));
        match (output.name, &arguments.svg) {
            ("svg", Some(path)) => stream::write_file(path, text().as_bytes())?,
            ("term", _) if arguments.term => shown.push_str(&text()),
            ("table", _) if arguments.table => {
                let gap = if shown.is_empty() { "" } else { "\n" };
                shown.push_str(gap);
                shown.push_str(&text());
            }
            _ => {}
        }
    }
    let mut output = cli::output(&arguments.common, false)?;
    if arguments.table || arguments.term {
        output.write_text(&shown)?;
    } else {
        for line in &lines {
            output.write_line(line.bytes())?;
        }
        for panel in &panels {
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
    skips.finish()
}

/// The lines to pass on, and what they say.
fn read(arguments: &Arguments, skips: &mut Skips) -> Result<(Vec<Line>, Vec<Group>)> {
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
    let (groups, warnings) = collection.finish()?;
    warnings.iter().for_each(cli::warn);
    Ok((lines, groups))
}
