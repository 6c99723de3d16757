//! rb-fit: fits a router on the train split and writes its routes to the rest,
//! or adds models to a saved one.

#![forbid(unsafe_code)]

mod extend;
mod known;
mod parts;
mod shared;
mod tuning;
mod write;

use crate::shared::{check_name, Shared};
use crate::write::finish;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use rb_cli as cli;
use rb_cli::timing::Timing;
use rb_record::error::{Error, Result};
use rb_record::stream;
use rb_route::file;
use rb_route::file::fit::{self, Config};
use rb_route::file::params::{Params, ON};
use rb_route::kinds::ROUTERS;
use rb_route::router::{Entry, Family};
use rb_route::table::impute;
use rb_route::table::training;
use std::process::ExitCode;
use std::time::Instant;

/// The routers under their headings: their names, or a line a router.
fn routers(is_long: bool) -> String {
    let mut text = String::new();
    for family in Family::ALL {
        text += &format!("\n{}:\n", family.heading());
        let entries = ROUTERS.iter().filter(|e| e.family == family);
        if is_long {
            for entry in entries {
                text += &format!("  {}\n          {}\n", entry.name, entry.about);
            }
        } else {
            let names: Vec<&str> = entries.map(|e| e.name).collect();
            text += &format!("  {}\n", names.join(", "));
        }
    }
    text
}

const SHORT: cli::Short = cli::Short {
    flags: &[],
    examples: &[
        "rb-embed bench.ndjson | rb-fit kmeans | rb-fit knn | rb-score | rb-pareto --table",
        "rb-embed bench.ndjson | rb-fit domain --save domain.json > fitted.ndjson",
    ],
};

/// The command line, made from the table of routers.
fn command() -> Command {
    let mut command = Command::new("rb-fit")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Fit a router on the train split and write its routes to the other records")
        .long_about(
            "Fit a router on the train split and write its routes to the other records.\n\n\
             Where no record has a split, rb-fit makes one as rb-split does. Test outcomes are never read.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_value_name("ROUTER")
        .help_template("{about-with-newline}\n{usage-heading} {usage}\n{before-help}Options:\n{options}{after-help}")
        .before_help(routers(false))
        .before_long_help(routers(true))
        .override_usage("rb-fit ROUTER [OPTIONS] [FILES]...   rb-fit ROUTER --help tells its options\n       rb-fit extend FILE [FILES]...     adds new models to a saved router\n       rb-fit --merge PARTS...           makes a router of parts")
        .disable_help_subcommand(true);
    for entry in ROUTERS {
        let mut sub = Command::new(entry.name);
        for (i, flag) in entry.flags.iter().enumerate() {
            let mut arg = Arg::new(flag.name)
                .long(flag.name)
                .value_name(flag.value)
                .help(flag.help)
                .help_heading("Router")
                .display_order(i);
            if flag.is_switch() {
                arg = arg.action(ArgAction::SetTrue);
            } else if !flag.default.is_empty() {
                arg = arg.default_value(flag.default);
            }
            sub = sub.arg(arg);
        }
        // The shared flags bring their own description; the router's comes after.
        let sub = Shared::augment_args(sub)
            .about(entry.about)
            .long_about(entry.help);
        command = command.subcommand(sub);
    }
    command
        .subcommand(extend::command())
        .subcommand(parts::command())
}

fn main() -> ExitCode {
    let matches = match cli::matches(command(), &SHORT) {
        Ok(matches) => matches,
        Err(code) => return code,
    };
    let Some((name, sub)) = matches.subcommand() else {
        return ExitCode::from(2);
    };
    if name == extend::NAME {
        return extend::main(sub);
    }
    if name == parts::MERGE {
        return parts::main(sub);
    }
    let (entry, shared) = match (rb_route::kinds::entry(name), Shared::from_arg_matches(sub)) {
        (Some(entry), Ok(shared)) => (entry, shared),
        _ => return ExitCode::from(2),
    };
    cli::start(
        "rb-fit",
        (entry, sub, shared),
        |a| &a.2.common,
        |(entry, sub, shared)| run(entry, params(entry, sub)?, shared),
    )
}

fn params(entry: &Entry, matches: &ArgMatches) -> Result<Params> {
    let mut params = Params::defaults(entry.flags);
    for flag in entry.flags {
        if flag.is_switch() {
            if matches.get_flag(flag.name) {
                params.0.insert(flag.name.into(), ON.into());
            }
            continue;
        }
        let Some(value) = matches.get_one::<String>(flag.name) else {
            continue;
        };
        let value = if flag.is_file() {
            file_text(flag.name, value)?
        } else {
            value.clone()
        };
        params.0.insert(flag.name.into(), value);
    }
    Ok(params)
}

/// The text of a file that a router's flag names; the router file keeps it.
fn file_text(flag: &str, path: &str) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::io(format_args!("cannot read --{flag} {path}"), &e))?;
    if text.trim().is_empty() {
        Err(Error::usage(format!("--{flag} {path} is an empty file")))
    } else {
        Ok(text)
    }
}

fn run(entry: &'static Entry, mut params: Params, shared: Shared) -> Result<()> {
    let name = shared.name.as_deref().unwrap_or(entry.name);
    check_name(name)?;
    shared.save.as_deref().map_or(Ok(()), stream::can_write)?;
    let asked = entry.asked(&params)?;
    let tuning = tuning::of(&mut params, &shared)?;
    let config = training::Config {
        asked,
        seed: shared.common.seed,
        models: shared.models.clone(),
        exclude: shared.exclude.clone(),
        against: shared.against,
        name: name.into(),
        replace: shared.replace,
        embedder: Default::default(),
        memory: shared.memory.memory,
        judges: false,
    };
    if shared.partial {
        return parts::write_part(entry, &params, &config, &shared);
    }
    let mut skips = shared.common.skips();
    let loaded = training::load(&mut cli::input(&shared.files)?, &config, &mut skips)?;
    if loaded.without_scores > 0 {
        cli::warn(format_args!(
            "{} train queries have no score of any model and teach nothing",
            loaded.without_scores
        ));
    }
    if let Some(line) = known::line(&loaded.train) {
        cli::warn(line);
    }
    for m in impute::models_without_cost(&loaded.train) {
        cli::warn(format_args!(
            "no {} is known of {} on train; it is taken to be as dear as the dearest model",
            shared.against.name(),
            loaded.train.models[m]
        ));
    }
    let embedder = loaded.embedder.known.clone();
    let config = Config {
        entry,
        params: &params,
        name,
        embedder: embedder.as_ref().map(|(model, _)| model.as_str()),
        seed: shared.common.seed,
        against: shared.against,
        tuning: tuning.as_ref(),
    };
    if tuning.is_some() && shared.save.is_some() && loaded.val.is_empty() {
        return Err(tuning::no_val());
    }
    let start = Instant::now();
    let mut fitted = fit::fit(&config, &loaded.train)?;
    let timing = Timing {
        router: name.into(),
        kind: entry.name.into(),
        train: loaded.train.len(),
        fit_seconds: start.elapsed().as_secs_f64(),
        routed: 0,
        route_seconds: 0.0,
    };
    if let Some(path) = &shared.save {
        fitted.calibrate(&config, &loaded.train, Some(&loaded.val))?;
        file::save(path, &fitted.header, &*fitted.router)?;
    }
    finish(&fitted, loaded, timing, &shared)?;
    skips.finish()
}
