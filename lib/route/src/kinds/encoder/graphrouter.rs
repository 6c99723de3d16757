//! graphrouter: a graph of datasets, queries and models, in which known outcomes
//! tell the others (graph.rs has the network).
//!
//! p = σ(mean of h_q ⊙ h_m). A query that is routed has no known dataset: the graph
//! hears P(d|x) of a softmax classifier of the datasets instead (the published port
//! tells it the dataset). p learns the score itself, graded or not, so one fit
//! serves every alpha by the shared rule; `--label best` learns 1 for the models
//! with the query's best score instead, the published label for quality alone.
//! Utility, which the published edges carry beside cost and score, is a sum of the
//! two and adds nothing to a linear map. Expected costs: ridge (heads.rs).
//!
//! Fit O(epochs·N·h·(d + K)), a query O(d·(h + D)). Fails where a dataset does not
//! say what its queries need.
//! Source: GraphRouter (Feng et al. 2025, arXiv 2410.03834); published: half of the
//! outcomes hidden, AdamW at 3e-4. One fit for all preferences makes 3e-3 the rate
//! that comes to rest within the passes; weights are not decayed, the held-out tenth
//! stops instead.

use super::plan;
use crate::file::packed::{Packed32, Packed64};
use crate::file::params::{Flag, Params};
use crate::file::state;
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::linear::domain::classes_of;
use crate::kinds::linear::heads::Heads;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::impute::{self, Targets};
use crate::table::{Batch, Needs, Table};
use ndarray::{Array2, ArrayView2};
use rb_learn::dense;
use rb_learn::linear::Design;
use rb_learn::softmax::{self, Softmax};
use rb_neural::graph::{Graph, Nodes};
use rb_neural::tape;
use rb_neural::training::Plan;
use rb_record::error::Result;
use serde::{Deserialize, Serialize};

const LABELS: [&str; 2] = ["score", "best"];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "graphrouter",
    family: Family::Published,
    about: "A graph of datasets, queries and models, in which known outcomes tell the others",
    help: "Two layers of messages between datasets, queries and models, trained to tell hidden \
           outcomes from the others; the dataset of a query that is routed is inferred. Cost by \
           ridge.",
    flags: &[
        Flag {
            name: "label",
            value: "WHAT",
            default: "score",
            help: "What is learnt: every model's score, or who is best on a query",
        },
        Flag {
            name: "hidden",
            value: "N",
            default: "32",
            help: "Numbers of a node",
        },
        plan::epochs("500"),
        plan::rate("0.0003"),
        guard::OFF,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |params| {
        params.word("label", &LABELS)?;
        Ok(Needs::EMBEDDING)
    },
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |text, shape| guarded::load(text, shape, load),
};

/// The L2 strength of the classifier of datasets: the weaker of domain's.
const STRENGTH: f64 = 0.1;

/// A pass is one step, so more of them may gain nothing.
const PATIENCE: usize = 100;

/// 1 for the models whose score is the query's best, else 0.
fn best(score: &Array2<f64>) -> Array2<f32> {
    let mut marks = Array2::zeros(score.dim());
    for (mut to, row) in marks.rows_mut().into_iter().zip(score.rows()) {
        let most = row.iter().copied().fold(f64::MIN, f64::max);
        to.iter_mut()
            .zip(row)
            .for_each(|(t, &s)| *t = f32::from(u8::from(s == most)));
    }
    marks
}

/// Costs from 0 (the least of the dataset) to 1 (its most).
fn scaled_costs(targets: &Targets, task: &[usize], tasks: usize) -> Array2<f32> {
    let mut range = vec![(f64::MAX, f64::MIN); tasks];
    for (row, &t) in targets.cost.rows().into_iter().zip(task) {
        for &c in row {
            range[t] = (range[t].0.min(c), range[t].1.max(c));
        }
    }
    let mut scaled = Array2::zeros(targets.cost.dim());
    for ((mut to, row), &t) in scaled
        .rows_mut()
        .into_iter()
        .zip(targets.cost.rows())
        .zip(task)
    {
        let (least, most) = range[t];
        for (to, c) in to.iter_mut().zip(row) {
            *to = if most > least {
                ((c - least) / (most - least)) as f32
            } else {
                0.0
            };
        }
    }
    scaled
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let plan = Plan {
        patience: PATIENCE,
        ..plan::of(params, seed, "graphrouter")?
    };
    let hidden = params.count("hidden", 2)?;
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let (task, tasks) = classes_of(table);
    let net = Graph {
        inputs: x.ncols(),
        tasks,
        models: table.k(),
        hidden,
    };
    let score = match params.word("label", &LABELS)? {
        0 => plan::narrow(&targets.score),
        _ => best(&targets.score),
    };
    let nodes = Nodes {
        x: &x,
        task: &task,
        score: &score,
        cost: &scaled_costs(&targets, &task, tasks),
    };
    let weights = net.fit(&nodes, &plan::rows(table, seed), plan);
    let classifier = softmax::fit(x.view(), &task, STRENGTH, &Softmax::flat(tasks, x.ncols()));
    Ok(Box::new(ByEstimate(GraphRouter {
        hidden,
        weights: Packed32::from_row(weights),
        datasets: Packed32(classifier.weights),
        intercepts: Packed64::from_row(classifier.intercepts),
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GraphRouter {
    hidden: usize,
    /// What is left of the graph once it is trained, end to end (graph.rs).
    weights: Packed32,
    /// The classifier of the datasets, D×d and 1×D.
    datasets: Packed32,
    intercepts: Packed64,
    cost: Heads,
    scale: f64,
}

impl GraphRouter {
    fn network(&self, shape: Shape) -> Graph {
        Graph {
            inputs: shape.dim,
            tasks: self.datasets.0.nrows(),
            models: shape.models,
            hidden: self.hidden,
        }
    }

    fn expected(&self, x: ArrayView2<f32>) -> Array2<f64> {
        let classifier = Softmax {
            weights: self.datasets.0.clone(),
            intercepts: self.intercepts.row().to_vec(),
        };
        let task = classifier.posterior(x).mapv(|p| p as f32);
        let weights = self.weights.row().to_vec();
        let own = weights.len()
            - tape::count(
                &self
                    .network(Shape {
                        models: 0,
                        dim: x.ncols(),
                    })
                    .settled_shapes(),
            );
        let models = own / self.hidden;
        let net = self.network(Shape {
            models,
            dim: x.ncols(),
        });
        net.predict(&weights, x, task.view())
    }
}

fn load(text: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: GraphRouter = state::read_state(text)?;
    let tasks = router.datasets.0.nrows().max(1);
    router.datasets.check("the classifier", tasks, shape.dim)?;
    router.intercepts.check("its intercepts", 1, tasks)?;
    let wanted = tape::count(&router.network(shape).settled_shapes());
    router.weights.check("the weights", 1, wanted)?;
    router.cost.check_costs(router.scale, shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for GraphRouter {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let p = self.expected(x.view());
        self.cost.beside(p, &Design::Dense(x), self.scale)
    }
    fn state(&self) -> Result<String> {
        state::write_state(self)
    }
}
