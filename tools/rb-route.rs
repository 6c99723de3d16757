//! rb-route: applies saved routers to a stream of queries, in constant memory.

use clap::Parser;
use rayon::prelude::*;
use rb::cli::{self, Common, Skips};
use rb::error::{Error, Result};
use rb::json;
use rb::policy::{self, Step};
use rb::record::{route_json, Record};
use rb::router::file::{self, Saved};
use rb::router::{Estimates, Steps};
use rb::stream::Line;
use rb::table::{self, Embedder};
use std::path::PathBuf;
use std::process::ExitCode;

/// Apply saved routers to a stream of queries, in constant memory
///
/// Writes routes.NAME to every record: steps over alpha, or the one step that
/// --alpha, --budget or --quality picks. Outcomes are not needed.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  rb-embed bench.ndjson | rb-fit kmeans --save kmeans.json > fitted.ndjson\n  rb-embed queries.ndjson | rb-route kmeans.json --budget 0.0004"
)]
struct Arguments {
    /// Router files, as rb-fit --save writes them
    #[arg(required = true, value_name = "ROUTERFILE")]
    routers: Vec<PathBuf>,
    /// Record files, .gz and .zst as they are [default: standard input]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    /// One step: the model at this alpha (0 = cheapest, 1 = best)
    #[arg(long, value_name = "A", group = "point")]
    alpha: Option<f64>,
    /// One step: the best alpha whose expected cost keeps to USD a query on average
    #[arg(long, value_name = "USD", group = "point")]
    budget: Option<f64>,
    /// One step: the cheapest alpha whose expected quality reaches Q on average
    #[arg(long, value_name = "Q", group = "point")]
    quality: Option<f64>,
    /// Add explain.NAME: the expected quality and cost of each model
    #[arg(long)]
    explain: bool,
    /// Replace routes of the same name
    #[arg(long)]
    replace: bool,
    /// Answer every line at once, for a program that waits for it
    #[arg(long)]
    line_buffered: bool,
    #[command(flatten)]
    common: Common,
}

/// A router ready to be applied: its file, the one alpha asked for, its models as JSON.
struct Ready {
    saved: Saved,
    alpha: Option<f64>,
    names: Vec<String>,
}

fn main() -> ExitCode {
    cli::main("rb-route", |a: &Arguments| &a.common, run)
}

fn run(arguments: Arguments) -> Result<()> {
    let routers = arguments
        .routers
        .iter()
        .map(|path| ready(path, &arguments))
        .collect::<Result<Vec<Ready>>>()?;
    refuse_clashes(&routers, &arguments.routers)?;
    let mut input = cli::input(&arguments.input)?;
    let mut output = cli::output(&arguments.common, arguments.line_buffered)?;
    let mut skips = Skips::new(&arguments.common);
    let mut embedder = wanted_embedder(&routers);
    let most = if arguments.line_buffered { 1 } else { 1024 };
    let mut any = false;
    loop {
        let lines = input.next_lines(most, 32 << 20)?;
        if lines.is_empty() {
            break;
        }
        any = true;
        let (lines, fault) = window(&lines, &routers, &mut embedder, &arguments, &mut skips)?;
        for line in lines {
            output.write_line(&line)?;
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
    if !any {
        return Err(cli::empty_stream());
    }
    output.finish()?;
    skips.finish()
}

fn ready(path: &std::path::Path, arguments: &Arguments) -> Result<Ready> {
    let saved = file::read(path)?;
    let curve = &saved.header.calibration;
    let here = |e: Error| Error {
        message: format!("{}: {}", path.display(), e.message),
        ..e
    };
    let range = |name: &str, v: f64, high: f64| match v >= 0.0 && v <= high {
        true => Ok(v),
        false => Err(Error::usage(format!(
            "--{name} is {v}, expected a number in 0..{high}"
        ))),
    };
    let alpha = match (arguments.alpha, arguments.budget, arguments.quality) {
        (Some(alpha), ..) => Some(range("alpha", alpha, 1.0)?),
        (_, Some(usd), _) => Some(
            curve
                .within_budget(range("budget", usd, f64::MAX)?)
                .map_err(here)?
                .alpha,
        ),
        (.., Some(q)) => Some(
            curve
                .reaching(range("quality", q, 1.0)?)
                .map_err(here)?
                .alpha,
        ),
        _ => None,
    };
    let names = saved
        .header
        .models
        .iter()
        .map(|m| json::quoted(m))
        .collect();
    Ok(Ready {
        saved,
        alpha,
        names,
    })
}

/// Routers of one name, or of two embedders, cannot serve one stream.
fn refuse_clashes(routers: &[Ready], paths: &[PathBuf]) -> Result<()> {
    for (i, a) in routers.iter().enumerate() {
        for (b, path) in routers[..i].iter().zip(paths) {
            let (a, b) = (&a.saved.header, &b.saved.header);
            if a.name == b.name {
                return Err(Error::router_file(format!(
                    "{} and {} both write routes.{}; fit one of them with another --name",
                    path.display(),
                    paths[i].display(),
                    a.name
                )));
            }
            if let (Some(x), Some(y)) = (&a.embedder, &b.embedder) {
                if x != y {
                    return Err(Error::router_file(format!(
                        "{} reads {} ({} numbers), {} reads {} ({}); run rb-route once for each embedder",
                        path.display(), y.model, y.dim, paths[i].display(), x.model, x.dim
                    )));
                }
            }
        }
    }
    Ok(())
}

fn wanted_embedder(routers: &[Ready]) -> Embedder {
    let found = routers
        .iter()
        .find_map(|r| Some((r.saved.header.embedder.as_ref()?, &r.saved.header.name)));
    match found {
        None => Embedder::default(),
        Some((tag, name)) => Embedder {
            known: Some((tag.model.clone(), tag.dim)),
            from: format!("the router file of {name}"),
            is_from_file: true,
        },
    }
}

/// What the routers read of one query.
struct Seen<'a> {
    record: Record<'a>,
    text: String,
    unit: u64,
    vector: Vec<f32>,
}

fn see<'a>(line: &'a Line, routers: &[Ready], replace: bool) -> Result<Seen<'a>> {
    let record = Record::parse(line)?;
    let needs = |f: fn(&Saved) -> bool| routers.iter().any(|r| f(&r.saved));
    let prompt = match needs(|s| s.needs.text) {
        true => Some(record.required_prompt()?),
        false => record.prompt()?,
    };
    let unit = table::unit_of(prompt.as_deref(), record.id()?.as_deref());
    let vector = match needs(|s| s.needs.embedding) {
        true => {
            record
                .embedding()?
                .ok_or_else(|| table::no_embedding(line))?
                .vector
        }
        false => Vec::new(),
    };
    for r in routers {
        let name = &r.saved.header.name;
        if !replace && record.has_member("routes", name) {
            return Err(record.error_at(
                record.raw("routes").unwrap_or_default(),
                format!(
                    "routes.{name} stands here already; use --replace, or fit under another --name"
                ),
            ));
        }
    }
    let text = prompt.unwrap_or_default().into_owned();
    Ok(Seen {
        record,
        text,
        unit,
        vector,
    })
}

/// Routes one window. A bad record ends it: what stood before it is returned with the fault.
fn window(
    lines: &[Line],
    routers: &[Ready],
    embedder: &mut Embedder,
    arguments: &Arguments,
    skips: &mut Skips,
) -> Result<(Vec<Vec<u8>>, Option<Error>)> {
    let seen: Vec<Result<Seen>> = lines
        .par_iter()
        .map(|line| see(line, routers, arguments.replace))
        .collect();
    let mut kept = Vec::with_capacity(seen.len());
    let mut fault = None;
    for (seen, line) in seen.into_iter().zip(lines) {
        let checked = seen.and_then(|s| {
            if !s.vector.is_empty() {
                let name = s.record.embedding_model()?.unwrap_or_default();
                embedder.admit(line, &name, s.vector.len())?;
            }
            Ok(s)
        });
        match skips.keep(checked) {
            Ok(s) => kept.extend(s),
            Err(e) => {
                fault = Some(e);
                break;
            }
        }
    }
    let width = embedder.known.as_ref().map_or(0, |k| k.1);
    let queries = table::Queries::new(
        kept.iter_mut().map(|s| {
            let (x, text) = (std::mem::take(&mut s.vector), std::mem::take(&mut s.text));
            (x, text, s.unit)
        }),
        width,
    );
    let mut applied: Vec<(Vec<Steps>, Option<Estimates>)> = Vec::new();
    for r in routers {
        let mut routes = r.saved.router.routes(&queries.batch());
        if let Some(alpha) = r.alpha {
            for steps in &mut routes {
                let step = policy::at(steps, alpha).clone();
                *steps = vec![Step { alpha: 0.0, ..step }];
            }
        }
        let explained = match arguments.explain {
            true => Some(explain(r, &queries)?),
            false => None,
        };
        applied.push((routes, explained));
    }
    let lines = kept
        .par_iter()
        .enumerate()
        .map(|(i, s)| spliced(&s.record, routers, &applied, i))
        .collect::<Result<Vec<_>>>()?;
    Ok((lines, fault))
}

fn explain(r: &Ready, queries: &table::Queries) -> Result<Estimates> {
    r.saved.router.estimate(&queries.batch()).ok_or_else(|| {
        Error::usage(format!(
            "{} chooses without expected scores, so there is nothing to --explain; leave the flag out",
            r.saved.header.name
        ))
    })
}

fn spliced(
    record: &Record,
    routers: &[Ready],
    applied: &[(Vec<Steps>, Option<Estimates>)],
    i: usize,
) -> Result<Vec<u8>> {
    let (mut routes, mut explains) = (Vec::new(), Vec::new());
    for (r, (steps, estimates)) in routers.iter().zip(applied) {
        let name = r.saved.header.name.as_str();
        routes.push((name, route_json(&steps[i], &r.names)));
        if let Some(e) = estimates {
            let row = |values: &[f64]| {
                let members: Vec<String> = r
                    .names
                    .iter()
                    .zip(values)
                    .map(|(m, v)| format!("{m}:{}", json::number(*v)))
                    .collect();
                format!("{{{}}}", members.join(","))
            };
            let expected = e.row(i);
            let cost = match e.scale > 0.0 {
                true => row(expected.g),
                false => "null".into(),
            };
            let text = format!("{{\"quality\":{},\"cost\":{cost}}}", row(expected.p));
            explains.push((name, text));
        }
    }
    let nested = |field: &str, sets: &[(&str, String)]| -> Result<String> {
        let sets: Vec<(&str, &str)> = sets.iter().map(|(k, v)| (*k, v.as_str())).collect();
        record.nested(field, &sets)
    };
    let routes = nested("routes", &routes)?;
    let mut fields = vec![("routes", routes.as_str())];
    let explain;
    if !explains.is_empty() {
        explain = nested("explain", &explains)?;
        fields.push(("explain", explain.as_str()));
    }
    Ok(record.splice(&fields))
}
