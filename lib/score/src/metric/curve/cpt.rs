//! CPT at a chosen point: the share of the calls that goes to the strong model
//! where PGR reaches 0.5, and 0.8. Ong et al. 2024 (RouteLLM, arXiv 2406.18665).
//!
//! The point with the fewest strong calls is chosen on val, or cross-fitted
//! (`choose`), by Q ≥ Q_weak + p·(Q_strong − Q_weak) there, and reported on
//! the scored queries: the share it takes and the PGR it has there, which may
//! well be a little less. `cpt_50_peak` and `cpt_80_peak` are read off the
//! scored queries themselves. A point is null where none will do; the whole
//! is null where PGR is.

use crate::metric::curve::pgr;
use crate::metric::measure::{Direction, Report, View, REACHED};
use serde::Serialize;

/// The row of `cpt`.
pub const CPT: Report = Report {
    name: "cpt",
    direction: Direction::Lower,
    definition: "the share of strong calls at the point chosen, on val or the other half, to reach PGR 0.5 and 0.8, and the PGR it has",
    source: "Ong et al. 2024, arXiv 2406.18665; chosen on other queries",
    of: |v| crate::metric::measure::json(&cpt(v)),
};

#[derive(Debug, Serialize)]
struct Reached {
    /// The PGR asked for.
    reach: f64,
    share: Option<f64>,
    pgr: Option<f64>,
    chosen_on: Option<&'static str>,
}

fn cpt(v: &View) -> Option<Vec<Reached>> {
    let pair = pgr::pair(v)?;
    let rows = REACHED
        .iter()
        .zip(&v.chosen.reached)
        .map(|(reach, chosen)| {
            let at = chosen.as_ref().map(|c| v.at(c));
            Reached {
                reach: *reach,
                share: at.as_ref().map(|a| a.1),
                pgr: at.and_then(|a| Some(pair.of(a.0.quality()?))),
                chosen_on: chosen.as_ref().map(|c| c.on),
            }
        });
    Some(rows.collect())
}
