//! Model-SAT's idea (Zhang et al. 2025, arXiv 2502.17282) on vectors: a query and
//! what a model is good at, judged together.
//!
//! ```text
//! u = W·x·√d (r numbers),   v_m = P·a_m (r numbers of the model's aptitudes a_m)
//! f(x, m) = w·max(0, A·u + B·v_m + C·(u ⊙ v_m) + b) + c,   P(m answers well) = σ(f)
//! ```
//!
//! Trained in two steps, as published: first the order of two models on a query,
//! −ln σ(f_better − f_worse), then the probability itself, cross-entropy with the
//! score. The aptitudes are all that tells models apart, so one that was not
//! trained on is judged by its aptitudes alone.

use crate::loss;
use crate::tape::{self, Shapes};
use crate::training::{self, Plan, Rows};
use candle_core::{Result, Tensor};
use ndarray::{Array2, ArrayView2, Axis};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rb_learn::dense;
use rb_learn::neural::layer;

/// A step looks at so many models at most, drawn anew: more would say the same at a
/// cost that grows with them.
const STEP_MODELS: usize = 128;

/// The sizes of the network.
#[derive(Debug, Clone, Copy)]
pub struct Aptitude {
    /// d.
    pub inputs: usize,
    /// Numbers of a model's aptitudes.
    pub aptitudes: usize,
    /// r.
    pub rank: usize,
    /// Units between.
    pub hidden: usize,
}

impl Aptitude {
    /// W, P, A, B, C, b, w, c.
    pub fn shapes(&self) -> Shapes {
        let (r, h) = (self.rank, self.hidden);
        vec![
            (r, self.inputs),
            (r, self.aptitudes),
            (h, r),
            (h, r),
            (h, r),
            (1, h),
            (1, h),
            (1, 1),
        ]
    }

    fn start(&self, seed: u64) -> Vec<f32> {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut at = Vec::new();
        for (i, &(rows, columns)) in self.shapes().iter().enumerate() {
            // Biases start at nothing; the rest by Glorot and Bengio's bound.
            match i {
                5 | 7 => at.resize(at.len() + rows * columns, 0.0),
                _ => {
                    let bound = (6.0 / (rows + columns) as f32).sqrt();
                    at.extend(layer::uniform(rows * columns, bound, &mut rng));
                }
            }
        }
        at
    }

    /// f of rows x (n×d, times √d) and models a (K×aptitudes): n×K.
    fn logits(&self, p: &[Tensor], x: &Tensor, a: &Tensor) -> Result<Tensor> {
        let (n, k) = (x.dim(0)?, a.dim(0)?);
        let u = x.matmul(&p[0].t()?)?;
        let v = a.matmul(&p[1].t()?)?;
        let alone = u.matmul(&p[2].t()?)?.unsqueeze(1)?;
        let model = v.matmul(&p[3].t()?)?.broadcast_add(&p[5])?.unsqueeze(0)?;
        let both = u.unsqueeze(1)?.broadcast_mul(&v.unsqueeze(0)?)?;
        let both = both.reshape((n * k, self.rank))?.matmul(&p[4].t()?)?;
        let both = both.reshape((n, k, self.hidden))?;
        let units = both.broadcast_add(&alone)?.broadcast_add(&model)?.relu()?;
        let f = units.reshape((n * k, self.hidden))?.matmul(&p[6].t()?)?;
        f.broadcast_add(&p[7])?.reshape((n, k))
    }

    /// −ln σ(±(f_m − f_{m+shift})) over the pairs whose scores differ, mean.
    fn order_loss(
        &self,
        p: &[Tensor],
        x: &Tensor,
        a: &Tensor,
        y: &Array2<f32>,
        shift: usize,
    ) -> Result<Tensor> {
        let k = y.ncols();
        let next: Vec<u32> = (0..k).map(|m| ((m + shift) % k) as u32).collect();
        let next_of = y.select(
            Axis(1),
            &next.iter().map(|&m| m as usize).collect::<Vec<_>>(),
        );
        let differ = y - &next_of;
        let better = differ.mapv(|d| if d > 0.0 { 1.0 } else { 0.0 });
        let counts = differ.mapv(|d| if d == 0.0 { 0.0 } else { 1.0 });
        let f = self.logits(p, x, a)?;
        let next = Tensor::from_vec(next, k, f.device())?;
        let gap = (&f - f.index_select(&next, 1)?)?;
        loss::binary(&gap, &tape::constant(&better), &tape::constant(&counts))
    }

    /// Trains on unit rows x (n×d), aptitudes a (K×aptitudes) and scores y (n×K).
    pub fn fit(
        &self,
        x: &Array2<f32>,
        a: &Array2<f32>,
        y: &Array2<f32>,
        rows: &Rows,
        plan: Plan,
    ) -> Vec<f32> {
        let shapes = self.shapes();
        let x = x * (self.inputs as f32).sqrt();
        let every: Vec<usize> = (0..y.ncols()).collect();
        let drawn = |rng: &mut StdRng| match every.len() {
            0..=STEP_MODELS => every.clone(),
            k => rand::seq::index::sample(rng, k, STEP_MODELS).into_vec(),
        };
        let part = |rows: &[usize], models: &[usize]| {
            let of = |from: &Array2<f32>, at: &[usize]| tape::constant(&from.select(Axis(0), at));
            let y = y.select(Axis(0), rows).select(Axis(1), models);
            (of(&x, rows), of(a, models), y)
        };
        let mut at = self.start(plan.seed);
        if y.ncols() > 1 {
            let order = |p: &[Tensor], rows: &[usize], models: &[usize], shift: usize| {
                let (x, a, y) = part(rows, models);
                self.order_loss(p, &x, &a, &y, shift)
            };
            let step = |p: &[Tensor], rows: &[usize], rng: &mut StdRng| {
                let models = drawn(rng);
                order(p, rows, &models, rng.gen_range(1..models.len()))
            };
            let all = |p: &[Tensor], rows: &[usize]| order(p, rows, &every, 1);
            at = training::run(&shapes, at, plan, rows, step, all);
        }
        let point = |p: &[Tensor], rows: &[usize], models: &[usize]| {
            let (x, a, y) = part(rows, models);
            let y = tape::constant(&y);
            loss::binary(&self.logits(p, &x, &a)?, &y, &y.ones_like()?)
        };
        let step = |p: &[Tensor], rows: &[usize], rng: &mut StdRng| point(p, rows, &drawn(rng));
        let all = |p: &[Tensor], rows: &[usize]| point(p, rows, &every);
        training::run(&shapes, at, plan, rows, step, all)
    }

    /// P(m answers well) of unit rows x (n×d) and models a (K×aptitudes): n×K.
    pub fn predict(&self, at: &[f32], x: ArrayView2<f32>, a: ArrayView2<f32>) -> Array2<f64> {
        let p = tape::parts(&self.shapes(), at);
        let u = dense::product((&x * (self.inputs as f32).sqrt()).view(), p[0]);
        let v = dense::product(a, p[1]);
        let alone = dense::product(u.view(), p[2]);
        let model = layer::forward(v.view(), p[3], &p[5].row(0).to_vec());
        let mut all = Array2::zeros((x.nrows(), a.nrows()));
        for (m, mut column) in all.columns_mut().into_iter().enumerate() {
            let mut units = dense::product((&u * &v.row(m)).view(), p[4]);
            units += &alone;
            units += &model.row(m);
            units.mapv_inplace(|z| z.max(0.0));
            let f = layer::forward(units.view(), p[6], &[p[7][[0, 0]]]);
            column.assign(&f.column(0).mapv(|f| 1.0 / (1.0 + (-f64::from(f)).exp())));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures;
    use crate::tape::Tape;
    use rb_learn::optimise::adam::check_gradient;

    #[test]
    fn gradients_agree_with_differences_and_values_with_the_prediction() {
        let net = Aptitude {
            inputs: 4,
            aptitudes: 3,
            rank: 2,
            hidden: 5,
        };
        let mut rng = StdRng::seed_from_u64(3);
        let mut draw = |n: usize, d: usize| {
            Array2::from_shape_vec((n, d), layer::normal(n * d, 1.0, &mut rng)).unwrap()
        };
        let (x, a) = (dense::normalized(draw(6, 4).view()), draw(3, 3));
        let y = draw(6, 3).mapv(|v| if v > 0.0 { 1.0 } else { 0.0 });
        let at = layer::normal(
            tape::count(&net.shapes()),
            0.6,
            &mut StdRng::seed_from_u64(4),
        );
        let tape = Tape::of(&net.shapes());
        let (x_t, a_t, y_t) = (
            tape::constant(&(&x * 2.0)),
            tape::constant(&a),
            tape::constant(&y),
        );
        let point =
            |p: &[Tensor]| loss::binary(&net.logits(p, &x_t, &a_t)?, &y_t, &y_t.ones_like()?);
        check_gradient(&at, |at| tape.gradient(at, point));
        check_gradient(&at, |at| {
            tape.gradient(at, |p| net.order_loss(p, &x_t, &a_t, &y, 1))
        });
        let p = net.predict(&at, x.view(), a.view());
        let by_hand = ndarray::Zip::from(&p).and(&y).fold(0.0, |sum, &p, &y| {
            sum - if y > 0.5 { p.ln() } else { (1.0 - p).ln() }
        });
        let loss = tape.value(&at, point);
        assert!((loss - by_hand / 18.0).abs() < 1e-5, "{loss} {by_hand}");
    }

    #[test]
    fn probabilities_are_the_figures_of_numpy() {
        let net = Aptitude {
            inputs: figures::D,
            aptitudes: 3,
            rank: 2,
            hidden: 4,
        };
        let weights = figures::weights(&net.shapes());
        let models = figures::wave(figures::K, 3, 1.1, 0.5);
        let wanted = [
            [0.587475, 0.609591, 0.576013],
            [0.58665, 0.604015, 0.578681],
        ];
        let x = figures::unit_rows();
        figures::compare(&net.predict(&weights, x.view(), models.view()), wanted);
    }
}
