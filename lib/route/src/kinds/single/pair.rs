//! The strong and the weak model of a two-model router, and the best single.

use crate::file::params::{Params, STRONG, WEAK};
use crate::router::Shape;
use crate::table::impute::Targets;
use crate::table::Table;
use rb_record::error::{Error, Result};

/// The model with the best mean train score; ties to the cheaper, then the name.
pub fn best_on_train(targets: &Targets) -> usize {
    best_of(targets, 0..targets.mean_score.len())
}

fn best_of(targets: &Targets, models: impl Iterator<Item = usize>) -> usize {
    models
        .min_by(|&a, &b| {
            targets.mean_score[b]
                .total_cmp(&targets.mean_score[a])
                .then(targets.mean_cost[a].total_cmp(&targets.mean_cost[b]))
                .then(a.cmp(&b))
        })
        .unwrap_or(0)
}

/// Whether a router that has a form for two models is asked for it.
pub fn is_asked(params: &Params) -> bool {
    [STRONG, WEAK]
        .iter()
        .any(|f| params.optional(f.name).is_some())
}

/// [`strong_and_weak_of`] the models of a table.
pub fn strong_and_weak(
    table: &Table,
    targets: &Targets,
    params: &Params,
) -> Result<(usize, usize)> {
    strong_and_weak_of(&table.models, targets, params)
}

/// The strong and the weak model: as `--strong` and `--weak` name them, else
/// the best on train and the cheapest model (which is always on the train
/// hull; among equally cheap ones the best). Without costs `--weak` is needed.
/// Of the targets only the means and the scale are read.
pub fn strong_and_weak_of(
    models: &[String],
    targets: &Targets,
    params: &Params,
) -> Result<(usize, usize)> {
    let strong = match params.model("strong", models)? {
        Some(m) => m,
        None => best_on_train(targets),
    };
    let weak = match params.model("weak", models)? {
        Some(m) => m,
        None if targets.scale > 0.0 => {
            let least = targets.mean_cost.iter().copied().fold(f64::MAX, f64::min);
            best_of(
                targets,
                (0..models.len()).filter(|&m| targets.mean_cost[m] == least),
            )
        }
        None => {
            return Err(Error::usage(format!(
                "no cost is known on train, so the cheapest model cannot be found; name it with --weak, one of {}",
                models.join(", ")
            )))
        }
    };
    Ok((strong, weak))
}

/// Refuses places of a strong and a weak model that a router file cannot have.
pub fn check(strong: usize, weak: usize, shape: Shape) -> Result<()> {
    if strong.max(weak) < shape.models {
        Ok(())
    } else {
        Err(Error::router_file(format!(
        "the places of the strong and the weak model are {strong} and {weak}, expected less than {}; fit and save the router again",
        shape.models
    )))
    }
}
