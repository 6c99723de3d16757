//! rb-fit extend: adds the models that the stream has and a saved router lacks.

use crate::shared::{check_name, Shared};
use crate::write::finish;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use rb_cli as cli;
use rb_cli::timing::Timing;
use rb_record::error::{Error, Result};
use rb_record::record::resource::Resource;
use rb_record::stream;
use rb_route::extend::extend;
use rb_route::extend::extended::Base;
use rb_route::file;
use rb_route::table::{training, Embedder, Field, Table};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

pub(crate) const NAME: &str = "extend";

pub(crate) fn command() -> Command {
    let file = Arg::new("router")
        .value_name("ROUTER_FILE")
        .required(true)
        .value_parser(clap::value_parser!(PathBuf))
        .help("The saved router; it is read, not changed");
    let caution = Arg::new("caution")
        .long("caution")
        .value_name("Z")
        .default_value("1")
        .value_parser(caution)
        .help("Standard errors that are taken off a new model's level: the more, the later it is used")
        .help_heading("Router");
    // It stands outside the table of routers, and so outside its list.
    let command = Command::new(NAME).hide(true).arg(file).arg(caution);
    Shared::augment_args(command)
        .about("Add new models to a saved router")
        .long_about(
            "Add to a saved router the models that have scores on train and that it lacks. What it \
             learnt stays as it is; what it expects of its own models tells queries apart, and ten \
             labelled queries place a new model, a few hundred draw where it is good. --models and \
             --exclude choose among the new models. The routes keep the router's name unless --name \
             gives another.",
        )
        .after_help(
            "Example:\n  rb-fit extend kmeans.json --name kmeans+new --save new.json labelled.ndjson",
        )
}

fn caution(text: &str) -> std::result::Result<f64, String> {
    let z = text.parse().ok().filter(|z| (0.0..=10.0).contains(z));
    z.ok_or_else(|| "expected a number in 0..10".into())
}

pub(crate) fn main(matches: &ArgMatches) -> ExitCode {
    let path = matches.get_one::<PathBuf>("router").cloned();
    let caution = matches.get_one::<f64>("caution").copied();
    let shared = Shared::from_arg_matches(matches);
    let (Some(path), Some(caution), Ok(shared)) = (path, caution, shared) else {
        return ExitCode::from(2);
    };
    cli::start(
        "rb-fit",
        (path, shared),
        |a| &a.1.common,
        |(path, shared)| run(path, caution, shared),
    )
}

fn run(path: PathBuf, caution: f64, shared: Shared) -> Result<()> {
    if shared.partial {
        return Err(Error::usage(
            "an extension is no sum over the queries, so --partial cannot make it; leave it out",
        ));
    }
    let what = path.display().to_string();
    let bytes = std::fs::read(&path)
        .map_err(|e| Error::io(format_args!("cannot read the router file {what}"), &e))?;
    let base =
        Base::read(&bytes).map_err(|e| Error::new(e.kind, format!("{what}: {}", e.message)))?;
    let header = base.header().clone();
    if shared.against != Resource::Cost && shared.against != header.against {
        return Err(Error::usage(format!(
            "{what} trades against {}, and an extension cannot change that; leave --against out",
            header.against.name()
        )));
    }
    let name = shared.name.clone().unwrap_or_else(|| header.name.clone());
    check_name(&name)?;
    let config = training::Config {
        asked: base.asked(),
        seed: shared.common.seed,
        against: header.against,
        name: name.clone(),
        replace: shared.replace,
        memory: shared.memory.memory,
        embedder: Embedder {
            known: header.embedder.as_ref().map(|e| (e.model.clone(), e.dim)),
            from: what,
            is_from_file: true,
        },
        ..training::Config::default()
    };
    let mut skips = shared.common.skips();
    let mut loaded = training::load(&mut cli::input(&shared.files)?, &config, &mut skips)?;
    loaded.train = loaded
        .train
        .over(&pool(&loaded.train, &header.models, &shared)?);
    let train = &loaded.train;
    let scores = |m: usize| train.score().known(m);
    for m in (0..train.k()).filter(|&m| !header.models.contains(&train.models[m])) {
        cli::warn(format_args!(
            "{} is learnt from {} labelled queries",
            train.models[m],
            scores(m)
        ));
        if header.scale.is_some() && train.grid(Field::Cost).known(m) == 0 {
            cli::warn(format_args!(
                "no {} is known of {} on train; it is taken to be as dear as the dearest model",
                header.against.name(),
                train.models[m]
            ));
        }
    }
    let start = Instant::now();
    let n = train.len();
    let mut fitted = extend(base, train, &name, caution, shared.common.seed)?;
    let timing = Timing {
        router: name,
        kind: header.kind,
        train: n,
        fit_seconds: start.elapsed().as_secs_f64(),
        routed: 0,
        route_seconds: 0.0,
    };
    fitted.calibrate_on(&loaded.val);
    if let Some(path) = &shared.save {
        stream::write_file(path, &file::to_bytes(&fitted.header, &*fitted.router)?)?;
    }
    finish(&fitted, loaded, timing, &shared)?;
    skips.finish()
}

/// The old models and those of the new that the flags allow.
fn pool(train: &Table, old: &[String], shared: &Shared) -> Result<Vec<String>> {
    let new: Vec<&String> = train.models.iter().filter(|m| !old.contains(m)).collect();
    let mut named = shared.models.iter().chain(&shared.exclude);
    if let Some(stranger) = named.find(|m| !new.contains(m)) {
        let new: Vec<&str> = new.iter().map(|m| m.as_str()).collect();
        return Err(Error::usage(format!(
            "the model {stranger:?} is not new with a score on train; the new models are {}",
            new.join(", ")
        )));
    }
    let wanted = |m: &&String| {
        (shared.models.is_empty() || shared.models.contains(m)) && !shared.exclude.contains(m)
    };
    let new = new.into_iter().filter(wanted);
    let mut pool: Vec<String> = old.iter().chain(new).cloned().collect();
    pool.sort();
    Ok(pool)
}
