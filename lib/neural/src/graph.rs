//! GraphRouter's idea (Feng et al. 2025, arXiv 2410.03834): a graph of datasets
//! (its tasks), queries and models, in which what is known of some outcomes tells
//! the others.
//!
//! ```text
//! q⁰ = x·W_q,  t⁰ = mean x of the dataset·W_t,  m⁰ = mean scores and costs by dataset·W_m
//! q' = bn(A·q + B·t of its dataset)
//! m' = bn(C·m + mean over known outcomes of [D·q + E·(score, cost)])
//! t' = max(0, G·t + H·mean of its q)
//! two layers, max(0, ·) between;   P(m answers q well) = σ(mean of q² ⊙ m²)
//! ```
//!
//! Half of train's outcomes are hidden in each pass, other ones each time, and the
//! loss is the cross-entropy of the hidden ones (masked BCE), scores as they are,
//! graded or not. Costs are min–max scaled within a dataset. A query hears of its
//! dataset only and never of its own outcomes, so one that is routed is in no other
//! place than one that is learnt from.

use crate::loss;
use crate::tape::{self, Shapes, Tape};
use crate::training::{self, Plan, Rows};
use candle_core::{Result, Tensor};
use ndarray::{Array2, ArrayView2, Axis};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rb_learn::dense;
use rb_learn::neural::layer;

const TINY: f64 = 1e-5;
/// The share of outcomes hidden in a pass.
const HIDDEN: f64 = 0.5;

/// The sizes of the network.
#[derive(Debug, Clone, Copy)]
pub struct Graph {
    /// d.
    pub inputs: usize,
    /// Datasets.
    pub tasks: usize,
    /// K.
    pub models: usize,
    /// Numbers of a node.
    pub hidden: usize,
}

/// What the graph is made of.
pub struct Nodes<'a> {
    /// Unit rows, n×d.
    pub x: &'a Array2<f32>,
    /// The dataset of each.
    pub task: &'a [usize],
    /// Scores, n×K, 0..1.
    pub score: &'a Array2<f32>,
    /// Costs, n×K, 0..1 within a dataset.
    pub cost: &'a Array2<f32>,
}

/// The graph as tensors, by which rows train.
struct Tensors {
    x: Tensor,
    score: Tensor,
    cost: Tensor,
    /// One-hot datasets of all rows, and each dataset's mean over training rows.
    task: Tensor,
    task_mean: Tensor,
    task_x: Tensor,
    model: Tensor,
}

/// One pass over the graph.
struct Pass {
    logits: Tensor,
    /// Of both layers: queries before their norm, what datasets say to them.
    before: [Tensor; 2],
    said: [Tensor; 2],
    models: Tensor,
}

/// (v − mean)/√(variance + ε)·γ + β, columns over rows.
fn norm(v: &Tensor, gamma: &Tensor, beta: &Tensor) -> Result<Tensor> {
    let centred = v.broadcast_sub(&v.mean_keepdim(0)?)?;
    let variance = (centred.sqr()?.mean_keepdim(0)? + TINY)?;
    let unit = centred.broadcast_div(&variance.sqrt()?)?;
    unit.broadcast_mul(gamma)?.broadcast_add(beta)
}

impl Graph {
    /// W_q, W_t, W_m, then of each layer A, B, C, D, E, γ and β of queries and of
    /// models; last G and H.
    pub fn shapes(&self) -> Shapes {
        let h = self.hidden;
        let mut shapes = vec![(h, self.inputs), (h, self.inputs), (h, 2 * self.tasks)];
        for _ in 0..2 {
            shapes.extend([(h, h), (h, h), (h, h), (h, h), (h, 2)]);
            shapes.extend([(1, h); 4]);
        }
        shapes.extend([(h, h), (h, h)]);
        shapes
    }

    fn start(&self, seed: u64) -> Vec<f32> {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut at = Vec::new();
        let mut single = 0;
        for (rows, columns) in self.shapes() {
            if rows == 1 && self.hidden > 1 {
                // γ and β of each norm: ones and zeros; but the last β are ones, or
                // neither could leave 0, where the other has no slope.
                let one = single % 2 == 0 || single > 4;
                at.resize(at.len() + columns, if one { 1.0 } else { 0.0 });
                single += 1;
            } else {
                let bound = (6.0 / (rows + columns) as f32).sqrt();
                at.extend(layer::uniform(rows * columns, bound, &mut rng));
            }
        }
        at
    }

    /// Of rows that train; those of others tell nothing of models and datasets.
    fn tensors(&self, nodes: &Nodes, train: &[usize]) -> Tensors {
        let n = nodes.x.nrows();
        let x = nodes.x * (self.inputs as f32).sqrt();
        let mut task = Array2::<f32>::zeros((n, self.tasks));
        let mut mean = Array2::<f32>::zeros((self.tasks, n));
        for (i, &t) in nodes.task.iter().enumerate() {
            task[[i, t]] = 1.0;
        }
        for &i in train {
            mean[[nodes.task[i], i]] = 1.0;
        }
        for mut row in mean.rows_mut() {
            let sum = row.sum().max(1.0);
            row.mapv_inplace(|v| v / sum);
        }
        // Scores and costs by dataset, less the mean over models.
        let mut model = Array2::<f32>::zeros((self.models, 2 * self.tasks));
        for (part, of) in [nodes.score, nodes.cost].into_iter().enumerate() {
            let by_task = mean.dot(of);
            let middle = by_task.mean_axis(Axis(1)).expect("there is a model");
            for ((t, m), &v) in by_task.indexed_iter() {
                model[[m, part * self.tasks + t]] = v - middle[t];
            }
        }
        Tensors {
            task_x: tape::constant(&mean.dot(&x)),
            x: tape::constant(&x),
            score: tape::constant(nodes.score),
            cost: tape::constant(nodes.cost),
            task: tape::constant(&task),
            task_mean: tape::constant(&mean),
            model: tape::constant(&model),
        }
    }

    /// `seen` (n×K, 0 or 1): the outcomes that models hear of.
    fn pass(&self, p: &[Tensor], g: &Tensors, seen: &Tensor) -> Result<Pass> {
        let known = (seen.sum_keepdim(0)?.t()? + 1e-9)?;
        let heard = |of: &Tensor| (seen * of)?.sum_keepdim(0)?.t()?.broadcast_div(&known);
        let edges = Tensor::cat(&[heard(&g.score)?, heard(&g.cost)?], 1)?;
        let seen = seen.t()?;
        let mut q = g.x.matmul(&p[0].t()?)?;
        let mut t = g.task_x.matmul(&p[1].t()?)?;
        let mut m = g.model.matmul(&p[2].t()?)?;
        let (mut before, mut said) = (Vec::new(), Vec::new());
        for l in 0..2 {
            let p_l = &p[3 + 9 * l..12 + 9 * l];
            let from_task = t.matmul(&p_l[1].t()?)?;
            let z = (q.matmul(&p_l[0].t()?)? + g.task.matmul(&from_task)?)?;
            let from_queries = seen.matmul(&q)?.broadcast_div(&known)?;
            let from_queries = from_queries.matmul(&p_l[3].t()?)?;
            let from_edges = edges.matmul(&p_l[4].t()?)?;
            let own = m.matmul(&p_l[2].t()?)?;
            m = norm(&((own + from_queries)? + from_edges)?, &p_l[7], &p_l[8])?;
            let next = norm(&z, &p_l[5], &p_l[6])?;
            if l == 0 {
                let heard = g.task_mean.matmul(&q)?.matmul(&p[22].t()?)?;
                t = (t.matmul(&p[21].t()?)? + heard)?.relu()?;
                (q, m) = (next.relu()?, m.relu()?);
            } else {
                q = next;
            }
            before.push(z);
            said.push(from_task);
        }
        let logits = (q.matmul(&m.t()?)? / self.hidden as f64)?;
        let two = |v: Vec<Tensor>| -> [Tensor; 2] { v.try_into().expect("there are two layers") };
        Ok(Pass {
            logits,
            before: two(before),
            said: two(said),
            models: m,
        })
    }

    /// Trains on a graph. What [`Graph::predict`] needs, as a flat vector.
    pub fn fit(&self, nodes: &Nodes, rows: &Rows, plan: Plan) -> Vec<f32> {
        let (n, k) = nodes.score.dim();
        let g = self.tensors(nodes, &rows.train);
        let mark = |of: &[usize]| {
            let mut marks = Array2::<f32>::zeros((n, k));
            for &i in of {
                marks.row_mut(i).fill(1.0);
            }
            marks
        };
        let (train, held) = (mark(&rows.train), tape::constant(&mark(&rows.held)));
        let all_seen = tape::constant(&train);
        let hide = |rng: &mut StdRng| train.mapv(|t| if rng.gen_bool(HIDDEN) { 0.0 } else { t });
        let loss = |p: &[Tensor], _: &[usize], rng: &mut StdRng| {
            let seen = hide(rng);
            let hidden = tape::constant(&(&train - &seen));
            let pass = self.pass(p, &g, &tape::constant(&seen))?;
            loss::binary(&pass.logits, &g.score, &hidden)
        };
        let error = |p: &[Tensor], _: &[usize]| {
            loss::binary(&self.pass(p, &g, &all_seen)?.logits, &g.score, &held)
        };
        // One pass over the graph is one step.
        let batch = rows.train.len();
        let plan = Plan { batch, ..plan };
        let start = self.start(plan.seed);
        let at = training::run(&self.shapes(), start, plan, rows, loss, error);
        self.settled(&at, &g, &all_seen)
    }

    /// Rows and columns of what is left of the graph once it is trained: W_q, then
    /// of each layer A, what each dataset says, and the norm as factor and offset;
    /// last the models.
    pub fn settled_shapes(&self) -> Shapes {
        let h = self.hidden;
        let layer = [(h, h), (self.tasks, h), (1, h), (1, h)];
        let mut shapes = vec![(h, self.inputs)];
        shapes.extend(layer);
        shapes.extend(layer);
        shapes.push((self.models, h));
        shapes
    }

    /// The trained graph without what only training needs.
    fn settled(&self, at: &[f32], g: &Tensors, seen: &Tensor) -> Vec<f32> {
        Tape::of(&self.shapes()).read(at, |p| {
            let pass = self.pass(p, g, seen)?;
            let mut all = vec![p[0].clone()];
            for l in 0..2 {
                let p_l = &p[3 + 9 * l..12 + 9 * l];
                let mean = pass.before[l].mean_keepdim(0)?;
                let centred = pass.before[l].broadcast_sub(&mean)?;
                let deviation = (centred.sqr()?.mean_keepdim(0)? + TINY)?.sqrt()?;
                let factor = (&p_l[5] / deviation)?;
                let offset = (&p_l[6] - (mean * &factor)?)?;
                all.extend([p_l[0].clone(), pass.said[l].clone(), factor, offset]);
            }
            all.push(pass.models);
            Ok(all)
        })
    }

    /// P(m answers well) of unit rows x (n×d) whose datasets have probabilities
    /// `task` (n×tasks): n×K.
    pub fn predict(
        &self,
        settled: &[f32],
        x: ArrayView2<f32>,
        task: ArrayView2<f32>,
    ) -> Array2<f64> {
        let parts = tape::parts(&self.settled_shapes(), settled);
        let x = &x * (self.inputs as f32).sqrt();
        let mut q = dense::product(x.view(), parts[0]);
        for l in 0..2 {
            let part = &parts[1 + 4 * l..5 + 4 * l];
            let said = dense::product(task, part[1].t());
            q = dense::product(q.view(), part[0]) + said;
            q = q * part[2].row(0) + part[3].row(0);
            if l == 0 {
                q.mapv_inplace(|v| v.max(0.0));
            }
        }
        let width = self.hidden as f64;
        dense::product(q.view(), parts[9]).mapv(|z| 1.0 / (1.0 + (-f64::from(z) / width).exp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures;
    use rb_learn::optimise::adam::check_gradient;

    const NET: Graph = Graph {
        inputs: 4,
        tasks: 2,
        models: 3,
        hidden: 3,
    };

    fn nodes() -> (Array2<f32>, [usize; 8], Array2<f32>, Array2<f32>) {
        let mut rng = StdRng::seed_from_u64(3);
        let mut draw = |n: usize, d: usize| {
            Array2::from_shape_vec((n, d), layer::normal(n * d, 1.0, &mut rng)).unwrap()
        };
        let x = dense::normalized(draw(8, 4).view());
        let score = draw(8, 3).mapv(|v| (0.5 + 0.4 * v).clamp(0.0, 1.0));
        let cost = draw(8, 3).mapv(|v| v.abs().min(1.0));
        (x, [0, 1, 0, 1, 1, 0, 0, 1], score, cost)
    }

    #[test]
    fn the_masked_loss_has_the_gradient_of_differences() {
        let (x, task, score, cost) = nodes();
        let nodes = Nodes {
            x: &x,
            task: &task,
            score: &score,
            cost: &cost,
        };
        let g = NET.tensors(&nodes, &[0, 1, 2, 3, 4, 5]);
        let mut seen = Array2::<f32>::zeros((8, 3));
        for (i, m) in [(0, 0), (1, 1), (2, 2), (3, 0), (4, 1), (5, 2), (0, 2)] {
            seen[[i, m]] = 1.0;
        }
        let hidden = tape::constant(&seen.mapv(|s| 1.0 - s));
        let seen = tape::constant(&seen);
        let tape = Tape::of(&NET.shapes());
        // Off the start, where a unit at its corner has no slope.
        let at: Vec<f32> = NET
            .start(9)
            .iter()
            .enumerate()
            .map(|(i, v)| v + 0.05 * (i as f32).sin())
            .collect();
        check_gradient(&at, |at| {
            tape.gradient(at, |p| {
                loss::binary(&NET.pass(p, &g, &seen)?.logits, &g.score, &hidden)
            })
        });
    }

    #[test]
    fn a_pass_gives_the_figures_of_numpy() {
        let net = Graph {
            inputs: figures::D,
            tasks: 2,
            models: figures::K,
            hidden: 3,
        };
        let x = figures::unit_rows();
        let amount =
            |step, shift| figures::wave(figures::N, figures::K, step, shift).mapv(f32::abs);
        let (score, cost) = (amount(1.3, 0.2), amount(0.7, 0.4));
        let nodes = Nodes {
            x: &x,
            task: &[0, 1, 0, 1, 1],
            score: &score,
            cost: &cost,
        };
        let g = net.tensors(&nodes, &[0, 1, 2, 3, 4]);
        let seen = tape::constant(&Array2::<f32>::ones((figures::N, figures::K)));
        let settled = net.settled(&figures::weights(&net.shapes()), &g, &seen);
        let hot = Array2::from_shape_fn((figures::N, 2), |(i, t)| {
            f32::from(u8::from(nodes.task[i] == t))
        });
        let wanted = [
            [0.470755, 0.453248, 0.451181],
            [0.430417, 0.469839, 0.463391],
        ];
        figures::compare(&net.predict(&settled, x.view(), hot.view()), wanted);
    }

    #[test]
    fn what_is_left_says_what_the_graph_said() {
        let (x, task, score, cost) = nodes();
        let nodes = Nodes {
            x: &x,
            task: &task,
            score: &score,
            cost: &cost,
        };
        let g = NET.tensors(&nodes, &[0, 1, 2, 3, 4, 5, 6, 7]);
        let seen = tape::constant(&Array2::<f32>::ones((8, 3)));
        let tape = Tape::of(&NET.shapes());
        let at = NET.start(9);
        let logits = tape.read(&at, |p| Ok(vec![NET.pass(p, &g, &seen)?.logits]));
        let settled = NET.settled(&at, &g, &seen);
        assert_eq!(settled.len(), tape::count(&NET.settled_shapes()));
        let hot = Array2::from_shape_fn((8, 2), |(i, t)| f32::from(u8::from(task[i] == t)));
        let p = NET.predict(&settled, x.view(), hot.view());
        for (p, z) in p.iter().zip(logits) {
            let wanted = 1.0 / (1.0 + (-f64::from(z)).exp());
            assert!((p - wanted).abs() < 1e-5, "{p} {wanted}");
        }
    }
}
