//! Writes every record in input order, with the routes where they belong.

use super::Shared;
use rayon::prelude::*;
use rb::error::Result;
use rb::load::{Loaded, Routed};
use rb::record::{route_json, Record};
use rb::router::fit::Fitted;
use rb::timing::Timing;
use rb::{cli, json, stream};
use std::time::Instant;

/// Routes and writes; takes the vectors out of `loaded`.
pub fn write(
    fitted: &Fitted,
    loaded: &mut Loaded,
    timing: &mut Timing,
    shared: &Shared,
) -> Result<()> {
    let width = loaded.embedder.known.as_ref().map_or(0, |e| e.1);
    let mut output = cli::output(&shared.common, false)?;
    let names: Vec<String> = fitted
        .header
        .models
        .iter()
        .map(|m| json::quoted(m))
        .collect();
    let split_here = loaded.split_here;
    let oracle = loaded.oracle;
    let truth = oracle.then_some(fitted.header.against);
    for chunk in loaded.entries.chunks_mut(4096) {
        let routed = Routed::new(chunk, width, &fitted.header.models, truth);
        let batch = routed.batch();
        let start = Instant::now();
        let routes = fitted.router.routes(&batch);
        timing.route_seconds += start.elapsed().as_secs_f64();
        timing.routed += routes.len();
        let mut routes = routes.into_iter();
        let work: Vec<_> = chunk
            .iter()
            .map(|e| (e, if e.is_routed() { routes.next() } else { None }))
            .collect();
        let lines: Vec<Result<Vec<u8>>> = work
            .into_par_iter()
            .map(|(e, route)| {
                let record = Record::parse(&e.line)?;
                let split = json::quoted(e.split.name());
                let routes = match route {
                    Some(steps) => Some(record.nested(
                        "routes",
                        &[(&timing.router, &route_json(&steps, &names, oracle))],
                    )?),
                    None => None,
                };
                let mut sets: Vec<(&str, &str)> = Vec::new();
                if split_here {
                    sets.push(("split", &split));
                }
                if let Some(routes) = &routes {
                    sets.push(("routes", routes));
                }
                let line = record.splice(&sets);
                Ok(match shared.drop_embedding {
                    false => line,
                    true => {
                        let line =
                            stream::Line::new(line, e.line.source().clone(), e.line.number());
                        Record::parse(&line)?.without(&["embedding"])
                    }
                })
            })
            .collect();
        for line in lines {
            output.write_line(&line?)?;
        }
    }
    output.finish()
}
