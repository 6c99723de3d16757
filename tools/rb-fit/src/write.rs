//! Writes every record in input order, with the routes where they belong.

use crate::shared::Shared;
use rayon::prelude::*;
use rb_cli as cli;
use rb_cli::timing::Timing;
use rb_record::error::{Error, Result};
use rb_record::json;
use rb_record::record::{route_json, Record, Split};
use rb_record::stream::progress::{Step, RECORDS};
use rb_record::stream::{Line, Output};
use rb_route::file::explanation;
use rb_route::file::fit::Fitted;
use rb_route::table::seen::{Asked, Seen, Window};
use rb_route::table::training::{is_routed, Loaded};
use rb_route::table::Batch;
use std::time::Instant;

/// Lines worked on together: enough for every thread, few enough to hold.
const CHUNK: usize = 256;
const CHUNK_BYTES: usize = 8 << 20;

/// Routes and writes; the tables are no longer needed.
pub(crate) fn write(
    fitted: &Fitted,
    loaded: Loaded,
    timing: &mut Timing,
    shared: &Shared,
) -> Result<()> {
    let mut output = cli::output(&shared.common, false)?;
    let mut routing = Routing {
        fitted,
        shared,
        split_here: loaded.split_here,
        asked: loaded.asked,
        width: loaded.embedder.known.as_ref().map_or(0, |e| e.1),
        names: (fitted.header.models.iter())
            .map(|m| json::quoted(m))
            .collect(),
        timing,
    };
    let mut stored = loaded.lines.read()?;
    let mut splits = &loaded.splits[..];
    let step = Step::new("routing", RECORDS, Some(splits.len()));
    let mut lines = stored.next_lines(CHUNK, CHUNK_BYTES)?;
    // What came before is written, and what comes next is fetched, while this is routed.
    let mut before = (Vec::new(), Vec::new());
    while !lines.is_empty() {
        let (now, later) = splits.split_at(lines.len());
        splits = later;
        let (routed, next) = rayon::join(
            || routing.lines(&lines, now),
            || {
                write_lines(&mut output, &before)?;
                stored.next_lines(CHUNK, CHUNK_BYTES)
            },
        );
        before = (std::mem::replace(&mut lines, next?), routed?);
        step.add(now.len());
    }
    write_lines(&mut output, &before)?;
    output.finish()
}

/// Writes lines as they have become, or as they are.
fn write_lines(
    output: &mut Output,
    (lines, new): &(Vec<Line>, Vec<Option<Vec<u8>>>),
) -> Result<()> {
    let mut lines = lines.iter().zip(new);
    lines.try_for_each(|(line, new)| output.write_line(new.as_deref().unwrap_or(line.bytes())))
}

/// How lines get their routes.
struct Routing<'a> {
    fitted: &'a Fitted,
    shared: &'a Shared,
    split_here: bool,
    asked: Asked,
    width: usize,
    /// Of the models, as JSON.
    names: Vec<String>,
    timing: &'a mut Timing,
}

impl Routing<'_> {
    /// What becomes of `lines`, whose splits these are; None: they stay.
    fn lines(&mut self, lines: &[Line], splits: &[Split]) -> Result<Vec<Option<Vec<u8>>>> {
        let (fitted, shared) = (self.fitted, self.shared);
        let changes_all = self.split_here || shared.drop_embedding;
        let records: Vec<Option<Record>> = (lines.par_iter().zip(splits))
            .map(|(line, split)| {
                let changes = changes_all || is_routed(*split);
                changes.then(|| Record::parse(line)).transpose()
            })
            .collect::<Result<_>>()?;
        let routed = |(record, split): (&Option<Record>, &Split)| -> Option<Result<Seen>> {
            let record = record.as_ref().filter(|_| is_routed(*split))?;
            Some(Seen::read(record, &[self.asked], false))
        };
        let seen: Vec<Seen> = (records.par_iter().zip(splits))
            .filter_map(routed)
            .collect::<Result<_>>()?;
        let truth = self.asked.oracle.then_some(fitted.header.against);
        let window = Window::new(seen, self.width);
        let routed = window.over(&fitted.header.models, truth);
        let batch = routed.batch();
        let start = Instant::now();
        let routes = fitted.router.routes(&batch);
        self.timing.route_seconds += start.elapsed().as_secs_f64();
        self.timing.routed += routes.len();
        let mut explained = explained(fitted, &batch, &self.names, shared)?.into_iter();
        let mut routes = routes.into_iter();
        let work: Vec<_> = (records.iter().zip(splits))
            .map(|(record, split)| {
                let (route, explained) = if is_routed(*split) {
                    (routes.next(), explained.next())
                } else {
                    (None, None)
                };
                (record, split, route, explained)
            })
            .collect();
        work.into_par_iter()
            .map(|(record, split, route, explained)| {
                let Some(record) = record else {
                    return Ok(None);
                };
                let route = route.map(|steps| route_json(&steps, &self.names, self.asked.oracle));
                let split = self.split_here.then_some(*split);
                let router = &self.timing.router;
                written(record, split, router, (route, explained), shared).map(Some)
            })
            .collect()
    }
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
