//! hiershrink: the means of a small cluster, shrunk to those of a large one,
//! shrunk to those of all of train.
//!
//! Model: two k-means clusterings of unit vectors (cluster.rs), coarse and
//! fine, not nested. With n and mean the rows and the means of the query's
//! cluster in each, and L pseudo-queries:
//!
//! ```text
//! b1 = (n_coarse·mean_coarse + L·mean)/(n_coarse + L)
//! p  = (n_fine·mean_fine + L·b1)/(n_fine + L)
//! ```
//!
//! and g of costs likewise. L is the number of queries at which a cluster's own
//! mean weighs as much as its parent's: for scores of variance v within a
//! cluster and cluster means of variance t around the parent's, L = v/t is the
//! best linear estimate (Efron and Morris 1975). Nothing is fitted but the
//! clusters: O(restarts·iterations·N·(k1 + k2)·d), a query O((k1 + k2)·d + K).
//! Fails as kmeans does, where the embedding does not separate what the models
//! are good at; L is one number for all clusters and models.
//! Source: our own arrangement of shrunk means; no published router.

use crate::file::packed::{Packed32, Packed64};
use crate::file::params::{Flag, Params};
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::shrinkage::shrunk_means;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Needs, Table};
use ndarray::Array2;
use rb_learn::cluster::{self, Config};
use rb_learn::dense;
use rb_record::error::Result;
use rb_record::hash;
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "hiershrink",
    family: Family::Published,
    about: "Means of a fine cluster shrunk to a coarse one, shrunk to all",
    help: "k-means at two sizes; expected score and cost are the means of the query's fine \
           cluster, shrunk to those of its coarse cluster, which are shrunk to those of all \
           of train, each by the same number of pseudo-queries.",
    flags: &[
        Flag {
            name: "coarse",
            value: "N",
            default: "20",
            help: "Clusters of the coarse clustering",
        },
        Flag {
            name: "fine",
            value: "N",
            default: "100",
            help: "Clusters of the fine clustering",
        },
        Flag {
            name: "strength",
            value: "L",
            default: "24",
            help: "Pseudo-queries of the parent's mean that each mean is joined with",
        },
        guard::OFF,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |state, shape| guarded::load(state, shape, load),
};

/// The values of one outcome field: coarse means already shrunk to all of
/// train, and plain fine means.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Levels {
    /// k1×K.
    coarse: Packed64,
    /// k2×K.
    fine: Packed64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HierShrink {
    /// k1×d and k2×d.
    coarse: Packed32,
    fine: Packed32,
    /// 1×k2: the rows of each fine cluster.
    sizes: Packed64,
    score: Levels,
    /// USD.
    cost: Levels,
    strength: f64,
    scale: f64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let strength = params.number("strength", 0.0, 1e9)?;
    let counts = (params.count("coarse", 1)?, params.count("fine", 1)?);
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let clustered =
        |k: usize, what: &str| cluster::fit(x.view(), Config::of(k), hash::seed(seed, what));
    let coarse = clustered(counts.0, "coarse")?;
    let fine = clustered(counts.1, "fine")?;
    let (k1, k2) = (coarse.centres.nrows(), fine.centres.nrows());
    let mut sizes = vec![0.0; k2];
    fine.labels.iter().for_each(|&c| sizes[c] += 1.0);
    let levels = |values: &Array2<f64>, overall: &[f64]| Levels {
        coarse: Packed64(shrunk_means(values, &coarse.labels, k1, overall, strength)),
        fine: Packed64(shrunk_means(values, &fine.labels, k2, overall, 0.0)),
    };
    Ok(Box::new(ByEstimate(HierShrink {
        score: levels(&targets.score, &targets.mean_score),
        cost: levels(&targets.cost, &targets.mean_cost),
        sizes: Packed64::from_row(sizes),
        coarse: Packed32(coarse.centres),
        fine: Packed32(fine.centres),
        strength,
        scale: targets.scale,
    })))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: HierShrink = crate::file::state::read_state(state)?;
    let k1 = router.coarse.0.nrows().max(1);
    let k2 = router.fine.0.nrows().max(1);
    router.coarse.check("the coarse centres", k1, shape.dim)?;
    router.fine.check("the fine centres", k2, shape.dim)?;
    router.sizes.check("the sizes", 1, k2)?;
    for (what, levels) in [("the scores", &router.score), ("the costs", &router.cost)] {
        levels.coarse.check(what, k1, shape.models)?;
        levels.fine.check(what, k2, shape.models)?;
    }
    crate::file::state::check_finite("the scale", &[router.scale, router.strength])?;
    Ok(Box::new(ByEstimate(router)))
}

impl HierShrink {
    fn shrunk(&self, levels: &Levels, coarse: &[usize], fine: &[usize]) -> Array2<f64> {
        let (b1, means) = (&levels.coarse.0, &levels.fine.0);
        Array2::from_shape_fn((fine.len(), means.ncols()), |(i, m)| {
            let (c, f) = (coarse[i], fine[i]);
            let n = self.sizes.0[[0, f]];
            if n + self.strength > 0.0 {
                (n * means[[f, m]] + self.strength * b1[[c, m]]) / (n + self.strength)
            } else {
                b1[[c, m]]
            }
        })
    }
}

impl Estimator for HierShrink {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let coarse = cluster::nearest(x.view(), self.coarse.0.view());
        let fine = cluster::nearest(x.view(), self.fine.0.view());
        Estimates {
            p: self.shrunk(&self.score, &coarse, &fine),
            g: self.shrunk(&self.cost, &coarse, &fine),
            scale: self.scale,
        }
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn three_levels_are_joined_as_the_formula_says() {
        // Two fine clusters (3 rows and 1) inside one coarse cluster of 4.
        let levels = |coarse: f64, fine: [f64; 2]| Levels {
            coarse: Packed64(array![[coarse]]),
            fine: Packed64(array![[fine[0]], [fine[1]]]),
        };
        let router = HierShrink {
            coarse: Packed32(array![[1.0, 0.0]]),
            fine: Packed32(array![[1.0, 0.0], [0.0, 1.0]]),
            sizes: Packed64(array![[3.0, 1.0]]),
            score: levels(0.5, [1.0, 0.0]),
            cost: levels(2.0, [4.0, 8.0]),
            strength: 2.0,
            scale: 8.0,
        };
        let x = array![[5.0f32, 0.1], [0.0, 0.3]];
        let e = router.estimate(&Batch {
            x: x.view(),
            text: &[],
            unit: &[1, 2],
            signals: Default::default(),
            truth: None,
        });
        assert_eq!(e.p, array![[(3.0 + 2.0 * 0.5) / 5.0], [(2.0 * 0.5) / 3.0]]);
        assert_eq!(e.g, array![[(12.0 + 4.0) / 5.0], [(8.0 + 4.0) / 3.0]]);
    }
}
