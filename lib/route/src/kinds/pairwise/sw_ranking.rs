//! sw-ranking: Bradley–Terry ratings refitted for each query, the contests on
//! train queries like it counting more.
//!
//! Model: every pair of models on a train query i is a contest, won by the
//! higher score; a tie is half a win to each, and where a score is unknown the
//! chance of winning counts (comparisons.rs). For a query x the contests of
//! query i weigh
//!
//! ```text
//! ω_i = 10·10^(cos(x, x_i) / max_j cos(x, x_j))
//! ```
//!
//! (all alike where no cosine is positive), and the ratings β of the models are
//! those of Bradley and Terry under these weights (bradley_terry.rs). With more
//! than `--tiers` models, models of like rating on all of train share a tier and
//! its rating. P(m beats n) = σ(β_m − β_n), which is 1 − 1/(1 + 10^((R_m − R_n)/400))
//! on Elo's scale.
//!
//! With --strong or --weak: P(strong wins). Otherwise expected scores follow
//! from the chances of winning (wins.rs). Expected costs: ridge (heads.rs).
//!
//! The wins of a train query between T tiers are T² numbers, so a query is two
//! matrix products and a Newton of size T: O(N·(d + T²) + T³). Fit O(N·(d + K²));
//! the router file holds all train vectors. Fails by its weights: a query at
//! cosine 0 weighs a tenth of the nearest one, and there are thousands of them,
//! so the ratings hardly depend on the query.
//! Source: similarity-weighted ranking of RouteLLM (Ong et al. 2024, arXiv 2406.18665).

use crate::file::packed::Packed32;
use crate::file::params::{Flag, Params, STRONG, WEAK};
use crate::kinds::pairwise::comparisons::Comparisons;
use crate::kinds::pairwise::ratings::{self, Rating};
use crate::router::{Entry, Family, FitTime, Router, Shape};
use crate::table::{Batch, Needs, Table};
use ndarray::{s, Array2, ArrayView2};
use rayon::prelude::*;
use rb_learn::{bradley_terry, dense};
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "sw-ranking",
    family: Family::Published,
    about: "Bradley–Terry ratings in which like train queries weigh more",
    help: "For each query the models are rated by all their contests on train, those on like \
           queries weighing up to ten times more. With --strong or --weak: a choice between \
           two by P(strong wins); else expected scores from all chances of winning, cost by \
           ridge.",
    flags: &[
        Flag {
            name: "tiers",
            value: "N",
            default: "10",
            help: "Ratings fitted at most; models of like rating on train share one",
        },
        Flag {
            help: "Choose between two models by P(strong wins) [default with --weak: the best mean score on train]",
            ..STRONG
        },
        Flag {
            help: "Choose between two models by P(strong wins) [default with --strong: the cheapest on train]",
            ..WEAK
        },
    ],
    oracle: false,
    fit_time: FitTime::Slower,
    needs: |_| Ok(Needs::EMBEDDING),
    fit,
    load: ratings::load::<Contests>,
};

/// Queries whose similarities to all of train are held at once.
const BLOCK: usize = 256;

/// Everything that rates the models for a query.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contests {
    /// N×d, unit rows in the order of train ids.
    train: Packed32,
    /// T²×N: in row a·T + b the wins of tier a over tier b on each train query.
    wins: Packed32,
    /// The tier of each model.
    tier: Vec<usize>,
}

/// Wins of model a over model b on a query, a tie being half a win.
fn each_win(compared: &Comparisons, row: usize, mut with: impl FnMut(usize, usize, f64)) {
    for c in compared.of(row) {
        let won = (1.0 + c.won - c.lost) / 2.0;
        with(c.first, c.second, won);
        with(c.second, c.first, 1.0 - won);
    }
}

impl Contests {
    fn of(table: &Table, compared: &Comparisons, params: &Params) -> Result<Contests> {
        let most = params.count("tiers", 1)?;
        let (n, k) = (table.len(), table.k());
        let mut overall = Array2::<f64>::zeros((k, k));
        for i in 0..n {
            each_win(compared, i, |a, b, won| overall[[a, b]] += won);
        }
        let tier = bradley_terry::tiers(&bradley_terry::ratings(overall.view()), most);
        let t = tier.iter().max().map_or(1, |t| t + 1);
        let mut wins = Array2::<f32>::zeros((t * t, n));
        for i in 0..n {
            each_win(compared, i, |a, b, won| {
                // Within a tier a contest tells nothing of the tier.
                if tier[a] != tier[b] {
                    wins[[tier[a] * t + tier[b], i]] += won as f32;
                }
            });
        }
        Ok(Contests {
            train: Packed32(dense::normalized(table.x.view())),
            wins: Packed32(wins),
            tier,
        })
    }

    fn tiers(&self) -> usize {
        self.tier.iter().max().map_or(1, |t| t + 1)
    }
}

impl Rating for Contests {
    /// β of every model for each query (n×K).
    fn of(&self, batch: &Batch) -> Array2<f64> {
        let x = dense::normalized(batch.x);
        let t = self.tiers();
        let mut out = Array2::zeros((x.nrows(), self.tier.len()));
        for start in (0..x.nrows()).step_by(BLOCK) {
            let end = (start + BLOCK).min(x.nrows());
            let mut weights = dense::product(x.slice(s![start..end, ..]), self.train.0.view());
            let n = weights.ncols().max(1);
            if let Some(weights) = weights.as_slice_mut() {
                weights.par_chunks_mut(n).for_each(weigh);
            }
            let wins = dense::product(weights.view(), self.wins.0.view());
            let rated: Vec<Vec<f64>> = (0..end - start)
                .into_par_iter()
                .map(|i| {
                    let wins: Vec<f64> = wins.row(i).iter().map(|&w| f64::from(w)).collect();
                    match ArrayView2::from_shape((t, t), &wins) {
                        Ok(wins) => bradley_terry::ratings(wins),
                        Err(_) => vec![0.0; t],
                    }
                })
                .collect();
            for (i, beta) in rated.iter().enumerate() {
                for (m, &tier) in self.tier.iter().enumerate() {
                    out[[start + i, m]] = beta[tier];
                }
            }
        }
        out
    }

    fn check(&self, shape: Shape) -> Result<()> {
        if self.tier.len() != shape.models || self.tier.iter().any(|t| *t >= shape.models) {
            return Err(Error::router_file(format!(
                "the tiers are {:?}, expected one a model, each less than {}; fit and save the router again",
                self.tier, shape.models
            )));
        }
        let n = self.train.0.nrows().max(1);
        self.train.check("the train vectors", n, shape.dim)?;
        self.wins.check("the wins", self.tiers() * self.tiers(), n)
    }
}

/// Turns the cosines of a query to all of train into weights.
fn weigh(cosines: &mut [f32]) {
    let most = cosines.iter().fold(0.0f32, |m, c| m.max(*c));
    for c in cosines {
        let share = if most > 0.0 { *c / most } else { 1.0 };
        *c = 10.0 * (std::f32::consts::LN_10 * share).exp();
    }
}

fn fit(table: &Table, params: &Params, _: u64) -> Result<Box<dyn Router>> {
    ratings::fit(table, params, |compared| {
        Contests::of(table, compared, params)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn two_models_are_rated_by_the_closed_form_of_their_weighted_wins() {
        // Cosines 1, 0 and −0.6 to the query weigh 100, 10 and 10·10^−0.6.
        let contests = Contests {
            train: Packed32(array![[1.0, 0.0], [0.0, 1.0], [-0.6, 0.8]]),
            wins: Packed32(array![
                [0.0, 0.0, 0.0],
                [1.0, 0.0, 0.5],
                [0.0, 1.0, 0.5],
                [0.0, 0.0, 0.0]
            ]),
            tier: vec![0, 1],
        };
        let x = array![[2.0f32, 0.0]];
        let beta = contests.of(&Batch {
            x: x.view(),
            text: &[],
            unit: &[1],
            signals: Default::default(),
            truth: None,
        });
        let third = 10f64.powf(0.4);
        let closed = ((100.0 + third / 2.0) / (10.0 + third / 2.0)).ln();
        assert!(
            (beta[[0, 0]] - beta[[0, 1]] - closed).abs() < 1e-4,
            "{beta}"
        );
    }

    #[test]
    fn weights_are_ten_to_a_hundred_and_alike_where_nothing_is_near() {
        let mut cosines = [0.8f32, 0.4, 0.0];
        weigh(&mut cosines);
        for (got, wanted) in cosines.iter().zip([100.0, 10f32.powf(1.5), 10.0]) {
            assert!((got / wanted - 1.0).abs() < 1e-5, "{got} {wanted}");
        }
        let mut far = [-0.1f32, -0.9];
        weigh(&mut far);
        assert!(
            far[0] == far[1] && (far[0] / 100.0 - 1.0).abs() < 1e-5,
            "{far:?}"
        );
    }
}
