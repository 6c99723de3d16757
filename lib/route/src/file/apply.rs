//! Applies saved routers to a window of records: routes.NAME, and explain.NAME
//! where asked for, spliced into each line; in a conversation next.NAME, what
//! to do after the outcomes so far.

use crate::file::explanation;
use crate::file::explore::Explore;
use crate::file::header::{Header, Saved};
use crate::router::{Account, Action, Estimates, Steps};
use crate::table::seen::{Asked, Seen, Window};
use crate::table::signals::Recorded;
use crate::table::{Batch, Embedder};
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::json;
use rb_record::policy::{self, Step};
use rb_record::record::{route_json, Record};
use rb_record::skips::{OnError, Skips};
use rb_record::stream::Line;
use std::borrow::Cow;

/// A router ready to be applied: its file, the one alpha asked for, its models as JSON.
pub struct Ready {
    saved: Saved,
    alpha: Option<f64>,
    names: Vec<String>,
    /// The file's name, for errors.
    from: String,
}

/// What to write beside the routes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Config {
    /// Add explain.NAME.
    pub explain: bool,
    /// Replace routes (or the next action) of the same name.
    pub replace: bool,
    /// Write next.NAME in place of the routes; every router has its one alpha.
    pub converse: bool,
    /// Ask another model now and then, and write who was asked with what
    /// probability; the one router has its one alpha.
    pub explore: Option<Explore>,
    /// Write the records without their embeddings.
    pub drop_embedding: bool,
}

impl Ready {
    /// `alpha`: the one step to write; None: all steps. `from` names the file.
    pub fn new(saved: Saved, alpha: Option<f64>, from: String) -> Ready {
        let names = saved
            .header
            .models
            .iter()
            .map(|m| json::quoted(m))
            .collect();
        Ready {
            saved,
            alpha,
            names,
            from,
        }
    }
}

/// Whoever explores asks one router at one point.
pub fn refuse_exploring(routers: &[Ready], config: Config) -> Result<()> {
    match (config.explore, routers) {
        (None, _) => Ok(()),
        (Some(_), [one]) if one.alpha.is_some() => Ok(()),
        (Some(_), [_]) => Err(Error::usage(
            "--explore asks at one operating point; add --alpha, --budget, --quality or --not-below",
        )),
        (Some(_), _) => Err(Error::usage(
            "--explore asks one router; name one file",
        )),
    }
}

/// Routers of one name, or of two embedders, cannot serve one stream.
pub fn refuse_clashes(routers: &[Ready]) -> Result<()> {
    for (i, later) in routers.iter().enumerate() {
        for earlier in &routers[..i] {
            let (a, b) = (&later.saved.header, &earlier.saved.header);
            if a.name == b.name {
                return Err(Error::router_file(format!(
                    "{} and {} both write routes.{}; fit one of them with another --name",
                    earlier.from, later.from, a.name
                )));
            }
            if let (Some(x), Some(y)) = (&a.embedder, &b.embedder) {
                if x != y {
                    return Err(Error::router_file(format!(
                        "{} reads {} ({} numbers), {} reads {} ({}); run rb-route once for each embedder",
                        earlier.from, y.model, y.dim, later.from, x.model, x.dim
                    )));
                }
            }
        }
    }
    Ok(())
}

/// The embedder that the routers read, if any does.
pub fn wanted_embedder(routers: &[Ready]) -> Embedder {
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

/// Refuses a record in which a router's answer stands already.
fn refuse_present(record: &Record, routers: &[Ready], config: Config) -> Result<()> {
    let field = if config.converse { "next" } else { "routes" };
    for r in routers {
        let name = &r.saved.header.name;
        if !config.replace && record.has_member(field, name) {
            return Err(record.error_at(
                record.raw(field).unwrap_or_default(),
                format!(
                    "{field}.{name} stands here already; use --replace, or fit under another --name"
                ),
            ));
        }
    }
    if config.explore.is_some() && !config.replace && record.raw("logged").is_some() {
        return Err(record.error_at(
            record.raw("logged").unwrap_or_default(),
            "logged stands here already; --replace writes it anew",
        ));
    }
    Ok(())
}

/// An oracle reads what nobody has before a call.
fn refuse_conversing_oracles(routers: &[Ready], config: Config) -> Result<()> {
    let mut oracles = routers.iter().filter(|r| r.saved.entry.oracle);
    match oracles.next() {
        Some(oracle) if config.converse => Err(Error::usage(format!(
            "{} is an oracle, which reads scores that nobody has in a conversation; leave --converse or that router out",
            oracle.from
        ))),
        _ => Ok(()),
    }
}

/// What the draw of a query depends on.
fn key<'a>(record: &Record<'a>) -> Result<Cow<'a, str>> {
    match record.id()? {
        Some(id) => Ok(id),
        None => record.prompt()?.ok_or_else(|| {
            record.error_at(
                record.raw("prompt").unwrap_or_default(),
                "the record has neither an id nor a prompt, one of which --explore draws by",
            )
        }),
    }
}

/// Routes one window. A bad record ends it: what stood before it is returned with the fault.
pub fn window(
    lines: &[Line],
    routers: &[Ready],
    embedder: &mut Embedder,
    config: Config,
    skips: &mut Skips,
) -> Result<(Vec<Vec<u8>>, Option<Error>)> {
    refuse_conversing_oracles(routers, config)?;
    let asked: Vec<Asked> = routers.iter().map(|r| r.saved.asked()).collect();
    let seen: Vec<Result<(Record, Seen)>> = lines
        .par_iter()
        .map(|line| {
            let record = Record::parse(line)?;
            let seen = Seen::read(&record, &asked, config.converse)?;
            refuse_present(&record, routers, config)?;
            if config.explore.is_some() {
                key(&record)?;
            }
            Ok((record, seen))
        })
        .collect();
    let (mut records, mut kept) = (Vec::new(), Vec::new());
    let mut fault = None;
    for (seen, line) in seen.into_iter().zip(lines) {
        let checked = seen.and_then(|(record, seen)| {
            if seen.width() > 0 {
                let name = record.embedding_model()?.unwrap_or_default();
                embedder.admit(line, &name, seen.width())?;
            }
            Ok((record, seen))
        });
        match skips.keep(checked) {
            Ok(Some((record, seen))) => {
                records.push(record);
                kept.push(seen);
            }
            Ok(None) => {}
            Err(e) => {
                fault = Some(e);
                break;
            }
        }
    }
    let width = embedder.known.as_ref().map_or(0, |k| k.1);
    let queries = Window::new(kept, width);
    let mut applied: Vec<Applied> = Vec::new();
    for r in routers {
        let Header {
            models, against, ..
        } = &r.saved.header;
        let routed = queries.over(models, r.saved.entry.oracle.then_some(*against));
        let batch = routed.batch();
        let mut logged = Vec::new();
        applied.push(Applied {
            answers: if config.converse {
                converse(r, &batch, queries.signals())?
            } else {
                let mut routes = steps(r, &batch);
                if let Some(explore) = config.explore {
                    logged = explored(r, &mut routes, &records, explore)?;
                }
                routes_json(r, &routes)
            },
            logged,
            estimates: if config.explain {
                Some(explain(r, &batch)?)
            } else {
                None
            },
            accounts: r
                .alpha
                .filter(|_| config.explain && !config.converse)
                .and_then(|alpha| r.saved.router.accounts(&batch, alpha)),
        });
    }
    let lines = records
        .par_iter()
        .enumerate()
        .map(|(i, record)| spliced(record, routers, &applied, i, config))
        .collect::<Result<Vec<_>>>()?;
    Ok((lines, fault))
}

/// Routes one record by itself, for who waits for the answer.
pub fn one(
    line: &Line,
    routers: &[Ready],
    embedder: &mut Embedder,
    config: Config,
) -> Result<Vec<u8>> {
    let mut stop = Skips::new(OnError::Stop);
    let lines = std::slice::from_ref(line);
    match window(lines, routers, embedder, config, &mut stop)? {
        (mut lines, None) => Ok(lines.pop().unwrap_or_default()),
        (_, Some(fault)) => Err(fault),
    }
}

/// What one router says of a window.
struct Applied {
    /// For each query the JSON of its route, or of the next action.
    answers: Vec<String>,
    /// Who is asked with what probability, as JSON; empty where nobody explores.
    logged: Vec<String>,
    estimates: Option<Estimates>,
    /// How answers led to what is kept, where the router listens to them.
    accounts: Option<Vec<Account>>,
}

fn steps(r: &Ready, batch: &Batch) -> Vec<Steps> {
    let mut routes: Vec<Steps> = r.saved.router.routes(batch);
    if let Some(alpha) = r.alpha {
        for steps in &mut routes {
            let step = policy::at(steps, alpha).clone();
            *steps = vec![Step { alpha: 0.0, ..step }];
        }
    }
    routes
}

/// Draws who is asked in place of the router's choice, and tells it. A model
/// that is drawn answers alone, whatever the router would have called before it.
fn explored(
    r: &Ready,
    routes: &mut [Steps],
    records: &[Record],
    explore: Explore,
) -> Result<Vec<String>> {
    let mut logged = Vec::with_capacity(routes.len());
    for (steps, record) in routes.iter_mut().zip(records) {
        let Some(step) = steps.first_mut() else {
            continue;
        };
        let (asked, propensity) = explore.draw(&key(record)?, step.model, r.names.len());
        if asked != step.model {
            *step = Step::of(0.0, asked);
        }
        logged.push(format!(
            "{{\"model\":{},\"propensity\":{}}}",
            r.names[asked],
            json::number(propensity)
        ));
    }
    Ok(logged)
}

fn routes_json(r: &Ready, routes: &[Steps]) -> Vec<String> {
    let oracle = r.saved.entry.oracle;
    routes
        .iter()
        .map(|s| route_json(s, &r.names, oracle))
        .collect()
}

/// The fault of a conversation without an operating point.
fn needs_alpha() -> Error {
    Error::usage("--converse answers at one operating point; add --alpha, --budget, --quality or --not-below")
}

fn converse(r: &Ready, batch: &Batch, heard: &[Recorded]) -> Result<Vec<String>> {
    let alpha = r.alpha.ok_or_else(needs_alpha)?;
    let models = &r.saved.header.models;
    let has = |heard: &Recorded, m: &String| heard.iter().any(|(name, _)| name == m);
    let answered: Vec<Vec<bool>> = heard
        .iter()
        .map(|heard| models.iter().map(|m| has(heard, m)).collect())
        .collect();
    let json = |action| {
        let (what, m) = match action {
            Action::Call(m) => ("call", m),
            Action::Keep(m) => ("keep", m),
        };
        format!("{{\"action\":\"{what}\",\"model\":{}}}", r.names[m])
    };
    let actions = r.saved.router.converse(batch, alpha, &answered);
    Ok(actions.into_iter().map(json).collect())
}

fn explain(r: &Ready, batch: &Batch) -> Result<Estimates> {
    r.saved.router.estimate(batch).ok_or_else(|| {
        Error::usage(format!(
            "{} chooses without expected scores, so there is nothing to --explain; leave the flag out",
            r.saved.header.name
        ))
    })
}

fn spliced(
    record: &Record,
    routers: &[Ready],
    applied: &[Applied],
    i: usize,
    config: Config,
) -> Result<Vec<u8>> {
    let (mut answers, mut explains) = (Vec::new(), Vec::new());
    for (r, applied) in routers.iter().zip(applied) {
        let name = r.saved.header.name.as_str();
        answers.push((name, applied.answers[i].clone()));
        if let Some(e) = &applied.estimates {
            let account = applied.accounts.as_ref().map(|a| &a[i]);
            let against = r.saved.header.against.name();
            let text = explanation::json(&e.row(i), against, account, &r.names);
            explains.push((name, text));
        }
    }
    let nested = |field: &str, sets: &[(&str, String)]| -> Result<String> {
        let sets: Vec<(&str, &str)> = sets.iter().map(|(k, v)| (*k, v.as_str())).collect();
        record.nested(field, &sets)
    };
    let field = if config.converse { "next" } else { "routes" };
    let answers = nested(field, &answers)?;
    let mut fields = vec![(field, answers.as_str())];
    let explain;
    if !explains.is_empty() {
        explain = nested("explain", &explains)?;
        fields.push(("explain", explain.as_str()));
    }
    let logged = applied.iter().find_map(|a| a.logged.get(i));
    fields.extend(logged.map(|logged| ("logged", logged.as_str())));
    let written = record.splice(&fields);
    if !config.drop_embedding {
        return Ok(written);
    }
    let line = record.line();
    let line = Line::new(written, line.source().clone(), line.number());
    Ok(Record::parse(&line)?.without(&["embedding"]))
}
