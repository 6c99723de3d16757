//! The calibration curve of a router: alpha → quality and cost on queries that
//! the fit did not see. `rb-route --budget` and `--quality` read it.
//!
//! With val queries, the router is replayed on them. Else train is routed by what the
//! fit itself has expected of queries that it left out, where it has
//! ([`Router::unseen`]); or by fits on parts of train (held_out.rs). Quality is never
//! in-sample. Points lie at breakpoints of the exact curve, evenly by rank.

mod choose;
mod curve;
mod held_out;

use crate::file::header::Calibration;
use crate::file::params::Params;
use crate::router::{Entry, Router};
use crate::table::{Batch, Table};
use rb_record::error::Result;

/// The curve of `router` from `val`, over the same models, as the router may see
/// it in `batch`; None: val is empty.
pub fn on_val(router: &dyn Router, val: &Table, batch: &Batch) -> Option<Calibration> {
    (!val.is_empty()).then(|| curve::of_all("val", &router.routes(batch), val))
}

/// The curve of `router`, fitted on `train`, from `val` where there is one.
pub fn calibrate(
    entry: &Entry,
    router: &dyn Router,
    train: &Table,
    val: Option<&Table>,
    params: &Params,
    seed: u64,
) -> Result<Calibration> {
    if let Some(known) = val.and_then(|val| on_val(router, val, &entry.batch(val))) {
        return Ok(known);
    }
    if let Some(routes) = router.unseen(train, seed) {
        return Ok(curve::of_all("out-of-fold", &routes, train));
    }
    let held_out = held_out::route(entry, router, train, params, seed)?;
    Ok(held_out.map_or_else(Calibration::none, |h| curve::of_held_out(&h, train)))
}
