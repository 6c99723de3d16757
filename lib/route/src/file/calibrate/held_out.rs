//! Routes of train queries by fits that did not see them.
//!
//! The fits on parts of train may together take about as long as the whole one. Where a
//! fifth of train is [`ENOUGH`], that is one on the other four; else those on the two
//! halves, each routing the other. Routers whose fits do not get faster in step with the
//! queries ([`FitTime`]) have to do with one half, and those whose fits but keep the queries
//! are fitted on four fifths as often as it takes to route [`ENOUGH`].
//!
//! A fit on half of train knows less than the one on all, so the quality told is rather
//! too low than too high. What a fit spends at an alpha is another matter: it wavers from
//! fit to fit, either way. So it is set against what the whole fit spends, where both have
//! [`Seen`] the queries and a query is as much in one sum as in the other:
//!
//! ```text
//! cost = cost of the halves on what they left out · cost of the whole / cost of the halves,
//!        both on what the halves were fitted on
//! ```
//!
//! Source: our own.

use crate::estimates::Steps;
use crate::file::params::Params;
use crate::router::{Entry, FitTime, Router};
use crate::table::Table;
use rayon::prelude::*;
use rb_learn::folds::{self, Parts, FOLDS};
use rb_record::error::Result;
use rb_record::stream::progress::Step;

/// So many routed queries tell a quality to within 0.7 points (one standard error,
/// the worst case); further fits would make the curve hardly any better.
pub(crate) const ENOUGH: usize = 5000;

/// Rows of train, and how they are routed.
pub(crate) struct HeldOut {
    /// Ascending.
    pub rows: Vec<usize>,
    /// Each by a fit that did not see the row.
    pub routes: Vec<Steps>,
    /// None: costs are told as they are.
    pub seen: Option<Seen>,
}

/// Routes of rows of train by fits that saw them.
pub(crate) struct Seen {
    /// Ascending.
    pub rows: Vec<usize>,
    /// By the fit on all of train.
    pub by_whole: Vec<Steps>,
    /// By the fits on parts.
    pub by_parts: Vec<Steps>,
}

/// What one fit on a part says.
struct Part {
    left_out: Vec<Steps>,
    seen: Option<Vec<Steps>>,
}

/// The parts to fit on, and whether they are halves.
fn parts(entry: &Entry, train: &Table, seed: u64) -> (Parts, bool) {
    let are_halves = entry.fit_time != FitTime::Kept && train.len() < ENOUGH * FOLDS;
    let folds = if are_halves { 2 } else { FOLDS };
    let mut parts = folds::every(&train.folds(folds, seed), folds);
    let mut taken = 0;
    parts.retain(|(held, _)| {
        let is_needed = match entry.fit_time {
            FitTime::Slower if are_halves => taken == 0,
            _ => are_halves || taken < ENOUGH,
        };
        taken += held.len();
        is_needed
    });
    (parts, are_halves)
}

/// Routes by fits on parts of `train`, which `router` was fitted on; None: train cannot
/// be parted.
pub(crate) fn route(
    entry: &Entry,
    router: &dyn Router,
    train: &Table,
    params: &Params,
    seed: u64,
) -> Result<Option<HeldOut>> {
    let (parts, are_halves) = parts(entry, train, seed);
    if parts.is_empty() {
        return Ok(None);
    }
    let has_costs = (0..train.k()).any(|m| train.cost().known(m) > 0);
    let step = Step::new("calibrating", "fits", Some(parts.len()));
    let of_part = |(held, rest): &(Vec<usize>, Vec<usize>)| -> Result<Part> {
        let known = train.select(rest);
        let part = (entry.fit)(&known, params, seed)?;
        let said = Part {
            seen: (are_halves && has_costs).then(|| part.routes(&entry.batch(&known))),
            left_out: part.routes(&entry.batch(&train.select(held))),
        };
        step.add(1);
        Ok(said)
    };
    let said: Vec<Part> = parts.par_iter().map(of_part).collect::<Result<_>>()?;
    drop(step);
    let (left_out, seen): (Vec<_>, Vec<_>) = said.into_iter().map(|p| (p.left_out, p.seen)).unzip();
    let (rows, routes) = in_order(parts.iter().map(|p| &p.0), left_out);
    let seen = seen.into_iter().collect::<Option<Vec<_>>>().map(|seen| {
        let (rows, by_parts) = in_order(parts.iter().map(|p| &p.1), seen);
        Seen {
            by_whole: router.routes(&entry.batch(&train.select(&rows))),
            by_parts,
            rows,
        }
    });
    Ok(Some(HeldOut { rows, routes, seen }))
}

/// The rows of all parts, ascending, and their routes.
fn in_order<'p>(
    rows: impl Iterator<Item = &'p Vec<usize>>,
    routes: Vec<Vec<Steps>>,
) -> (Vec<usize>, Vec<Steps>) {
    let rows = rows.flatten().copied();
    let mut routes: Vec<(usize, Steps)> = rows.zip(routes.into_iter().flatten()).collect();
    routes.sort_unstable_by_key(|route| route.0);
    routes.into_iter().unzip()
}
