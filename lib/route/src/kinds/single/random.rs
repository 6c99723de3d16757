//! random: a coin that lands on the strong model with probability alpha.
//!
//! Every query has u ~ U(0, 1), a hash of the seed and its prompt; strong from
//! alpha = u on, so the share of strong calls is alpha and the curve is, up to
//! chance, the straight line between the two models. O(1) a query, nothing is
//! learnt. Equal prompts get equal answers. The floor for two-model routers
//! (RouteLLM, arXiv 2406.18665, which draws anew at every threshold).

use crate::file::params::{Flag, Params, STRONG, WEAK};
use crate::kinds::single::pair;
use crate::router::{ByThreshold, Entry, Family, FitTime, Router, Shape, TwoModel};
use crate::table::{Batch, Needs, Table};
use rb_record::error::Result;
use rb_record::hash;
use serde::{Deserialize, Serialize};

const FLAGS: &[Flag] = &[STRONG, WEAK];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "random",
    family: Family::Bound,
    about: "The strong model with probability alpha",
    help: "Every query draws u between 0 and 1 from --seed and its prompt, and goes to the \
           strong model from alpha = u on: the floor that a two-model router must beat.",
    flags: FLAGS,
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::default()),
    fit,
    load,
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Random {
    strong: usize,
    weak: usize,
    seed: u64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let targets = crate::table::impute::targets(table);
    let (strong, weak) = pair::strong_and_weak(table, &targets, params)?;
    Ok(Box::new(ByThreshold(Random { strong, weak, seed })))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let random: Random = crate::file::state::read_state(state)?;
    pair::check(random.strong, random.weak, shape)?;
    Ok(Box::new(ByThreshold(random)))
}

impl TwoModel for Random {
    fn p_strong(&self, batch: &Batch) -> Vec<f64> {
        let seed = hash::seed(self.seed, "random");
        let u = |unit: &u64| hash::unit(hash::text(seed, "unit", &unit.to_string()));
        batch.unit.iter().map(|unit| 1.0 - u(unit)).collect()
    }
    fn pair(&self) -> (usize, usize) {
        (self.strong, self.weak)
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn the_share_of_strong_calls_is_alpha_and_seeds_draw_apart() {
        let unit: Vec<u64> = (0..10_000).collect();
        let x = Array2::<f32>::zeros((unit.len(), 0));
        let batch = Batch {
            x: x.view(),
            text: &[],
            unit: &unit,
            signals: Default::default(),
            truth: None,
        };
        let strong = |seed: u64, alpha: f64| -> Vec<bool> {
            let router = ByThreshold(Random {
                strong: 1,
                weak: 0,
                seed,
            });
            let steps = router.decide(&batch, alpha);
            steps.iter().map(|s| s.model == 1).collect()
        };
        for alpha in [0.0, 0.2, 0.9, 1.0] {
            let share = strong(3, alpha).iter().filter(|s| **s).count() as f64 / 10_000.0;
            assert!((share - alpha).abs() < 0.015, "{share} at {alpha}");
        }
        assert_eq!(strong(3, 0.5), strong(3, 0.5));
        assert_ne!(strong(3, 0.5), strong(4, 0.5));
    }
}
