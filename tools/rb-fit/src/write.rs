//! Writes every record in input order, with the routes where they belong.

use crate::shared::Shared;
use rayon::prelude::*;
use rb_cli as cli;
use rb_cli::timing::Timing;
use rb_record::error::{Error, Result};
use rb_record::json;
use rb_record::record::{route_json, Record, Split};
use rb_record::stream::progress::{Step, RECORDS};
use rb_record::stream::Line;
use rb_route::file::explanation;
use rb_route::file::fit::Fitted;
use rb_route::table::seen::{Seen, Window};
use rb_route::table::training::{is_routed, Loaded};
use rb_route::table::Batch;
use std::time::Instant;

/// Lines worked on together: enough for every thread, few enough to hold.
const CHUNK: usize = 1024;
const CHUNK_BYTES: usize = 32 << 20;

/// Routes and writes; the tables are no longer needed.
pub(crate) fn write(
    fitted: &Fitted,
    loaded: Loaded,
    timing: &mut Timing,
    shared: &Shared,
) -> Result<()> {
    let Loaded {
        lines,
        splits,
        split_here,
        asked,
        embedder,
        ..
    } = loaded;
    let width = embedder.known.as_ref().map_or(0, |e| e.1);
    let mut output = cli::output(&shared.common, false)?;
    let names: Vec<String> = fitted
        .header
        .models
        .iter()
        .map(|m| json::quoted(m))
        .collect();
    let truth = asked.oracle.then_some(fitted.header.against);
    let mut lines = lines.read()?;
    let mut splits = &splits[..];
    let step = Step::new("routing", RECORDS, Some(splits.len()));
    loop {
        let lines = lines.next_lines(CHUNK, CHUNK_BYTES)?;
        if lines.is_empty() {
            break;
        }
        let taken = lines.len();
        let (now, later) = splits.split_at(taken);
        splits = later;
        let records: Vec<Record> = (lines.par_iter())
            .map(Record::parse)
            .collect::<Result<_>>()?;
        let seen: Vec<Seen> = (records.par_iter().zip(now))
            .filter(|(_, split)| is_routed(**split))
            .map(|(record, _)| Seen::read(record, &[asked], false))
            .collect::<Result<_>>()?;
        let window = Window::new(seen, width);
        let routed = window.over(&fitted.header.models, truth);
        let batch = routed.batch();
        let start = Instant::now();
        let routes = fitted.router.routes(&batch);
        timing.route_seconds += start.elapsed().as_secs_f64();
        timing.routed += routes.len();
        let mut explained = explained(fitted, &batch, &names, shared)?.into_iter();
        let mut routes = routes.into_iter();
        let work: Vec<_> = (records.iter().zip(now))
            .map(|(record, split)| {
                let (route, explained) = if is_routed(*split) {
                    (routes.next(), explained.next())
                } else {
                    (None, None)
                };
                (record, split, route, explained)
            })
            .collect();
        let lines: Vec<Result<Vec<u8>>> = work
            .into_par_iter()
            .map(|(record, split, route, explained)| {
                let route = route.map(|steps| route_json(&steps, &names, asked.oracle));
                let split = split_here.then_some(*split);
                written(record, split, &timing.router, (route, explained), shared)
            })
            .collect();
        for line in lines {
            output.write_line(&line?)?;
        }
        step.add(taken);
    }
    output.finish()
}

/// What the router expects of each query, where that is asked for.
fn explained(
    fitted: &Fitted,
    batch: &Batch,
    names: &[String],
    shared: &Shared,
) -> Result<Vec<String>> {
    if !shared.explain {
        return Ok(Vec::new());
    }
    let header = &fitted.header;
    let estimates = fitted.router.estimate(batch).ok_or_else(|| {
        Error::usage(format!(
            "{} chooses without expected scores, so there is nothing to --explain; leave the flag out",
            header.kind
        ))
    })?;
    let against = header.against.name();
    let of = |i: usize| explanation::json(&estimates.row(i), against, None, names);
    Ok((0..batch.len()).map(of).collect())
}

/// The record with its split, where it had none, and its route, where it is routed.
fn written(
    record: &Record,
    split: Option<Split>,
    router: &str,
    (route, explained): (Option<String>, Option<String>),
    shared: &Shared,
) -> Result<Vec<u8>> {
    let split = split.map(|split| json::quoted(split.name()));
    let nested = |field: &str, value: Option<String>| match value {
        Some(value) => record.nested(field, &[(router, &value)]).map(Some),
        None => Ok(None),
    };
    let (routes, explain) = (nested("routes", route)?, nested("explain", explained)?);
    let fields = [
        ("split", &split),
        ("routes", &routes),
        ("explain", &explain),
    ];
    let sets = fields
        .iter()
        .filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let written = record.splice(&sets.collect::<Vec<(&str, &str)>>());
    if !shared.drop_embedding {
        return Ok(written);
    }
    let line = record.line();
    let line = Line::new(written, line.source().clone(), line.number());
    Ok(Record::parse(&line)?.without(&["embedding"]))
}

/// Writes the routes, then how long it took.
pub(crate) fn finish(
    fitted: &Fitted,
    loaded: Loaded,
    mut timing: Timing,
    shared: &Shared,
) -> Result<()> {
    write(fitted, loaded, &mut timing, shared)?;
    match &shared.timing {
        Some(path) => timing.append(path),
        None => Ok(()),
    }
}
