//! RouterDC's two contrastive losses (Chen et al. 2024, arXiv 2409.19886): queries
//! and models in one space, a query near the models that answer it well and near
//! the queries of its cluster.
//!
//! ```text
//! E(x) = W·x,   s_m = cos(E(x), k_m)
//! sample–model:   for each of the query's best models m (score above 0):
//!                 −ln e^{s_m} / (e^{s_m} + Σ_{n among its worst, score at most ½} e^{s_n})
//! sample–sample:  −ln e^{c_j} / (e^{c_j} + Σ_{l of other clusters} e^{c_l}),   c = cos(E(x), E(x_l)),
//!                 j drawn from the query's cluster, l three drawn from the others, of the mini-batch
//! ```
//!
//! W starts as the identity (the encoder is frozen, W is what can still turn), k_m
//! at N(0, deviation²).

use crate::encoder::model::Encoder;
use crate::encoder::tuning::{self, Top, Watch};
use crate::loss;
use crate::tape::{self, Shapes};
use crate::training::{self, Plan, Rows};
use candle_core::{Result, Tensor};
use ndarray::{Array2, ArrayView2, Axis};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::SeedableRng;
use rb_learn::dense;
use rb_learn::neural::layer;

/// A score above this is no bad answer.
const GOOD: f64 = 0.5;

/// How many queries of other clusters a query is told from, in a mini-batch.
const OTHERS: usize = 3;

/// The sizes and settings of the network.
#[derive(Debug, Clone, Copy)]
pub struct Contrast {
    /// d.
    pub inputs: usize,
    /// K.
    pub models: usize,
    /// How many best and how many worst models of a query are told apart.
    pub ends: usize,
    /// The weight of the sample–sample loss.
    pub samples: f64,
    /// Of the start of k_m.
    pub deviation: f32,
}

/// Which models of each query are its positives (shares that sum to 1, or all 0
/// where it has none) and which its negatives (0 or 1): both n×K.
#[derive(Debug, Clone)]
pub struct Ends {
    /// Weights of the positives.
    pub positive: Array2<f32>,
    /// Marks of the negatives.
    pub negative: Array2<f32>,
}

impl Ends {
    fn select(&self, rows: &[usize]) -> Ends {
        Ends {
            positive: self.positive.select(Axis(0), rows),
            negative: self.negative.select(Axis(0), rows),
        }
    }
}

impl Contrast {
    /// The best and the worst models by score (n×K); of equals the one with the
    /// better mean is the better, where the published code takes them as they are
    /// listed. At most half of the models are on each side.
    pub fn ends(&self, score: &Array2<f64>) -> Ends {
        let ends = self.ends.min(self.models / 2);
        let mean: Vec<f64> = score.columns().into_iter().map(|c| c.sum()).collect();
        let mut found = Ends {
            positive: Array2::zeros(score.dim()),
            negative: Array2::zeros(score.dim()),
        };
        for (i, row) in score.rows().into_iter().enumerate() {
            let mut order: Vec<usize> = (0..row.len()).collect();
            order.sort_by(|&a, &b| {
                let by_mean = mean[b].total_cmp(&mean[a]);
                row[b].total_cmp(&row[a]).then(by_mean).then(a.cmp(&b))
            });
            let best: Vec<usize> = order[..ends]
                .iter()
                .copied()
                .filter(|&m| row[m] > 0.0)
                .collect();
            for &m in &best {
                found.positive[[i, m]] = 1.0 / best.len() as f32;
            }
            for &m in &order[order.len() - ends..] {
                if row[m] <= GOOD {
                    found.negative[[i, m]] = 1.0;
                }
            }
        }
        found
    }

    /// W (d×d) and k (K×d).
    pub fn shapes(&self) -> Shapes {
        vec![(self.inputs, self.inputs), (self.models, self.inputs)]
    }

    fn start(&self, seed: u64) -> Vec<f32> {
        let d = self.inputs;
        let mut at: Vec<f32> = Array2::<f32>::eye(d).into_iter().collect();
        let mut rng = StdRng::seed_from_u64(seed);
        at.extend(layer::normal(self.models * d, self.deviation, &mut rng));
        at
    }

    /// The sample–model loss of rows x (n×d).
    fn models_loss(&self, p: &[Tensor], x: &Tensor, ends: &Ends) -> Result<Tensor> {
        let e = loss::unit_rows(&x.matmul(&p[0].t()?)?)?;
        let s = e.matmul(&loss::unit_rows(&p[1])?.t()?)?;
        let (positive, negative) = (&ends.positive, &ends.negative);
        loss::contrast(&s, &tape::constant(positive), &tape::constant(negative))
    }

    /// The sample–sample loss of rows x (n×d); `peers`: positives and negatives among
    /// them, n×n.
    fn samples_loss(&self, p: &[Tensor], x: &Tensor, peers: &Ends) -> Result<Tensor> {
        let e = loss::unit_rows(&x.matmul(&p[0].t()?)?)?;
        let c = e.matmul(&e.t()?)?;
        let (positive, negative) = (&peers.positive, &peers.negative);
        loss::contrast(&c, &tape::constant(positive), &tape::constant(negative))
    }

    /// Trains on unit rows x (n×d), the ends of their models, and their clusters.
    pub fn fit(
        &self,
        x: &Array2<f32>,
        ends: &Ends,
        cluster: &[usize],
        rows: &Rows,
        plan: Plan,
    ) -> Vec<f32> {
        let part = |rows: &[usize]| tape::constant(&x.select(Axis(0), rows));
        let loss = |p: &[Tensor], rows: &[usize], rng: &mut StdRng| {
            self.both(p, &part(rows), (ends, cluster), rows, rng)
        };
        let error =
            |p: &[Tensor], rows: &[usize]| self.models_loss(p, &part(rows), &ends.select(rows));
        training::run(
            &self.shapes(),
            self.start(plan.seed),
            plan,
            rows,
            loss,
            error,
        )
    }

    /// Both losses of rows x (n×d), which `rows` names among all.
    fn both(
        &self,
        p: &[Tensor],
        x: &Tensor,
        (ends, cluster): (&Ends, &[usize]),
        rows: &[usize],
        rng: &mut StdRng,
    ) -> Result<Tensor> {
        let models = self.models_loss(p, x, &ends.select(rows))?;
        if self.samples == 0.0 {
            return Ok(models);
        }
        let clusters: Vec<usize> = rows.iter().map(|&r| cluster[r]).collect();
        models + (self.samples_loss(p, x, &peers(&clusters, rng))? * self.samples)?
    }

    /// Tunes the encoder with W and k, which start at `start`, on texts; returns W
    /// and k.
    pub fn tune(
        &self,
        (encoder, start): (&mut Encoder, Vec<f32>),
        texts: &[String],
        known: (&Ends, &[usize]),
        rows: &Rows,
        plan: tuning::Plan,
        watch: &dyn Watch,
    ) -> std::result::Result<Vec<f32>, String> {
        self.top(start, known, |top| {
            tuning::run(encoder, texts, top, rows, plan, watch)
        })
    }

    /// What stands on an encoder that is tuned, given to `run`.
    pub(crate) fn top<T>(
        &self,
        start: Vec<f32>,
        known: (&Ends, &[usize]),
        run: impl FnOnce(&Top) -> T,
    ) -> T {
        run(&Top {
            shapes: self.shapes(),
            start,
            loss: &|p, x, rows, rng| self.both(p, x, known, rows, rng),
            error: &|p, x, rows| self.models_loss(p, x, &known.0.select(rows)),
        })
    }

    /// cos(E(x), k_m) of unit rows x (n×d): n×K.
    pub fn predict(&self, at: &[f32], x: ArrayView2<f32>) -> Array2<f64> {
        let parts = tape::parts(&self.shapes(), at);
        let e = dense::normalized(dense::product(x, parts[0]).view());
        let k = dense::normalized(parts[1]);
        dense::product(e.view(), k.view()).mapv(f64::from)
    }
}

/// For each row of a mini-batch one of its cluster drawn as positive, and some of
/// other clusters as negatives.
fn peers(cluster: &[usize], rng: &mut StdRng) -> Ends {
    let n = cluster.len();
    let mut found = Ends {
        positive: Array2::zeros((n, n)),
        negative: Array2::zeros((n, n)),
    };
    for i in 0..n {
        let same: Vec<usize> = (0..n)
            .filter(|&j| j != i && cluster[j] == cluster[i])
            .collect();
        if let Some(&j) = same.choose(rng) {
            found.positive[[i, j]] = 1.0;
        }
        let other: Vec<usize> = (0..n).filter(|&j| cluster[j] != cluster[i]).collect();
        for &j in other.choose_multiple(rng, OTHERS) {
            found.negative[[i, j]] = 1.0;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures;
    use crate::tape::Tape;
    use ndarray::array;
    use rb_learn::optimise::adam::check_gradient;

    const NET: Contrast = Contrast {
        inputs: 3,
        models: 4,
        ends: 3,
        samples: 1.0,
        deviation: 0.78,
    };

    #[test]
    fn ends_leave_out_what_tells_nothing() {
        // Half of four models at most on each side; the third row has no right
        // answer, the second no bad one. Of equals the lower mean is the worse.
        let score = array![
            [1.0, 0.0, 0.3, 0.9],
            [1.0, 1.0, 0.8, 0.6],
            [0.0, 0.0, 0.0, 0.0]
        ];
        let ends = NET.ends(&score);
        assert_eq!(
            ends.positive,
            array![
                [0.5, 0.0, 0.0, 0.5],
                [0.5, 0.5, 0.0, 0.0],
                [0.0, 0.0, 0.0, 0.0]
            ]
        );
        assert_eq!(
            ends.negative,
            array![
                [0.0, 1.0, 1.0, 0.0],
                [0.0, 0.0, 0.0, 0.0],
                [0.0, 1.0, 1.0, 0.0]
            ]
        );
    }

    #[test]
    fn both_gradients_agree_with_differences() {
        let x = tape::constant(&array![
            [0.6f32, 0.8, 0.0],
            [0.0, 1.0, 0.0],
            [-0.8, 0.0, 0.6],
            [0.36, 0.48, 0.8]
        ]);
        let score = array![
            [1.0, 0.0, 0.3, 0.9],
            [0.2, 0.7, 0.8, 0.1],
            [0.0, 0.5, 0.5, 1.0],
            [0.9, 0.1, 0.2, 0.3]
        ];
        let ends = NET.ends(&score);
        let peers = peers(&[0, 1, 0, 1], &mut StdRng::seed_from_u64(1));
        let tape = Tape::of(&NET.shapes());
        let at: Vec<f32> = layer::normal(
            tape::count(&NET.shapes()),
            0.8,
            &mut StdRng::seed_from_u64(5),
        );
        check_gradient(&at, |at| {
            tape.gradient(at, |p| NET.models_loss(p, &x, &ends))
        });
        check_gradient(&at, |at| {
            tape.gradient(at, |p| NET.samples_loss(p, &x, &peers))
        });
    }

    #[test]
    fn cosines_are_the_figures_of_numpy() {
        let net = Contrast {
            inputs: figures::D,
            models: figures::K,
            ..NET
        };
        let weights = figures::weights(&net.shapes());
        let wanted = [
            [-0.032007, -0.190981, -0.316844],
            [0.149983, 0.511704, 0.777548],
        ];
        figures::compare(&net.predict(&weights, figures::unit_rows().view()), wanted);
    }
}
