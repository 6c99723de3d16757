//! logistic: linear models of TF-IDF or of the embedding ("LR + TF-IDF").
//!
//! With x the query's TF-IDF row (tfidf.rs) or unit embedding, per model m:
//!
//! ```text
//! p(x,m) = σ(w·x + b)             its scores are 0 or 1: logistic regression
//! p(x,m) = w·x + b, kept in 0..1  its scores are graded: ridge
//! g(x,m) = mean_m·(v·x + a), kept within the model's train costs
//! ```
//!
//! w, b minimise linear.rs's objective with strength C; v, a are the ridge of
//! cost/mean_m. A ridge with an intercept keeps the mean cost on train, which a
//! regression of log cost does not, and it takes costs of 0. Unknown outcomes
//! are filled by two-way effects (impute.rs), a soft label where logistic. A
//! model whose scores are all the same has that score everywhere.
//!
//! Two-class form, with --strong or --weak: one logistic regression of
//! y = 1[score of strong > score of weak], a tie being no win, over the train
//! queries on which both scores are known; without any, P(strong wins) = 1/2.
//!
//! Fit O(iterations·nnz·K), a query O(nnz·K). Fails where the words of hard and
//! easy queries do not differ; TF-IDF knows no word that train has not.
//! Source: the classification routers of LLMRouter's and RouteLLM's comparisons.

use super::impute::{self, Targets};
use super::linear::{self, Design, Loss};
use super::packed::Packed32;
use super::params::{Flag, Params, STRONG, WEAK};
use super::tfidf::Vectoriser;
use super::{pair, ByEstimate, ByThreshold, Entry, Estimates, Estimator, Router, Shape, TwoModel};
use crate::dense;
use crate::error::{Error, Result};
use crate::table::{Batch, Needs, Table};
use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

const FEATURES: [&str; 2] = ["tfidf", "embedding"];

const FLAGS: &[Flag] = &[
    Flag {
        name: "features",
        value: "WHAT",
        default: "tfidf",
        help: "What is known of a query: tfidf of its words, or its embedding",
    },
    Flag {
        name: "c",
        value: "C",
        default: "1",
        help: "Weight of the data against the penalty, as in scikit-learn; ridge has 1/C",
    },
    Flag {
        name: "max-features",
        value: "N",
        default: "50000",
        help: "The most TF-IDF terms; those of the most train prompts stay",
    },
    Flag {
        name: "strong",
        value: "MODEL",
        default: "",
        help: "Choose between two models by P(strong wins) [default with --weak: the best mean score on train]",
    },
    Flag {
        name: "weak",
        value: "MODEL",
        default: "",
        help: "Choose between two models by P(strong wins) [default with --strong: the cheapest on train]",
    },
];

pub const ENTRY: Entry = Entry {
    name: "logistic",
    about: "Logistic regression or ridge of each model's score on TF-IDF or the embedding",
    help: "TF-IDF of words and pairs of words (or --features embedding), and for each model an \
           L2-regularised logistic regression of its score, or ridge where scores are graded, \
           and ridge of its cost. With --strong or --weak: one regression of whether the strong \
           model's score is higher, and a choice between the two.",
    flags: FLAGS,
    needs: |params| {
        let embedding = params.word("features", &FEATURES)? == 1;
        Ok(Needs {
            embedding,
            text: !embedding,
        })
    },
    fit,
    load,
};

/// How a query becomes a row.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Features {
    Tfidf(Vectoriser),
    /// The width of the vectors.
    Embedding(usize),
}

impl Features {
    fn design(&self, batch: &Batch) -> Design {
        match self {
            Features::Tfidf(v) => Design::Sparse(v.transform(batch.text)),
            Features::Embedding(_) => Design::Dense(dense::normalized(batch.x)),
        }
    }

    fn width(&self) -> usize {
        match self {
            Features::Tfidf(v) => v.width(),
            Features::Embedding(d) => *d,
        }
    }
}

/// Several linear models of the same rows.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heads {
    /// d×K.
    weights: Packed32,
    heads: Vec<Head>,
}

/// What turns w·x into a prediction: σ(w·x + b) where `is_logistic`, else
/// w·x + b kept in low..high.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    is_logistic: bool,
    intercept: f64,
    low: f64,
    high: f64,
}

impl Heads {
    /// One head a column of targets, fitted in parallel.
    fn of(columns: &[Column], x: &Design, c: f64) -> Heads {
        let fitted: Vec<(Vec<f64>, Head)> = columns.par_iter().map(|t| t.fit(x, c)).collect();
        let weights =
            Array2::from_shape_fn((x.columns(), fitted.len()), |(j, m)| fitted[m].0[j] as f32);
        Heads {
            weights: Packed32(weights),
            heads: fitted.into_iter().map(|(_, head)| head).collect(),
        }
    }

    /// n×K predictions.
    fn predict(&self, x: &Design) -> Array2<f64> {
        let k = self.heads.len();
        let rows: Vec<f64> = (0..x.rows())
            .into_par_iter()
            .flat_map_iter(|i| {
                let mut z: Vec<f64> = self.heads.iter().map(|h| h.intercept).collect();
                x.each(i, |j, v| {
                    for (z, w) in z.iter_mut().zip(self.weights.0.row(j)) {
                        *z += v * *w as f64;
                    }
                });
                for (z, head) in z.iter_mut().zip(&self.heads) {
                    *z = match head.is_logistic {
                        true => linear::sigmoid(*z),
                        false => z.clamp(head.low, head.high),
                    };
                }
                z
            })
            .collect();
        Array2::from_shape_vec((x.rows(), k), rows).unwrap_or_else(|_| Array2::zeros((0, k)))
    }

    fn check(&self, what: &str, width: usize, models: usize) -> Result<()> {
        self.weights.check(what, width, models)?;
        let sound = |h: &Head| {
            h.intercept.is_finite() && h.low.is_finite() && h.high.is_finite() && h.low <= h.high
        };
        match self.heads.len() == models && self.heads.iter().all(sound) {
            true => Ok(()),
            false => Err(Error::router_file(format!(
                "{what} has {} heads, expected {models} with finite numbers in order; fit and save the router again",
                self.heads.len()
            ))),
        }
    }
}

/// The targets of one head, in units of `scale`, and the loss.
struct Column {
    y: Vec<f64>,
    scale: f64,
    loss: Loss,
    low: f64,
    high: f64,
}

impl Column {
    fn fit(&self, x: &Design, c: f64) -> (Vec<f64>, Head) {
        let (least, most) = range(&self.y);
        // Also without any row: nothing is known then, and 1/2 is the middle.
        if least >= most || self.y.is_empty() {
            let intercept = self.y.first().map_or(0.5, |y| y * self.scale);
            let head = Head {
                is_logistic: false,
                intercept,
                low: intercept,
                high: intercept,
            };
            return (vec![0.0; x.columns()], head);
        }
        let fitted = linear::fit(x, &self.y, self.loss, c);
        let head = Head {
            is_logistic: self.loss == Loss::Logistic,
            intercept: fitted.intercept * self.scale,
            low: self.low,
            high: self.high,
        };
        let scaled = fitted.weights.iter().map(|w| w * self.scale).collect();
        (scaled, head)
    }
}

fn range(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// The score of each model: logistic where all known ones are 0 or 1.
fn scores(table: &Table, targets: &Targets) -> Vec<Column> {
    let is_binary = |m: usize| {
        let mut known = (0..table.len()).filter_map(|i| table.score().get(i, m));
        table.score().known(m) > 0 && known.all(|s| s == 0.0 || s == 1.0)
    };
    (0..table.k())
        .map(|m| Column {
            y: targets.score.column(m).to_vec(),
            scale: 1.0,
            loss: match is_binary(m) {
                true => Loss::Logistic,
                false => Loss::Squared,
            },
            low: 0.0,
            high: 1.0,
        })
        .collect()
}

/// The cost of each model, relative to its mean.
fn costs(targets: &Targets) -> Vec<Column> {
    (0..targets.mean_cost.len())
        .map(|m| {
            let y = targets.cost.column(m).to_vec();
            let (low, high) = range(&y);
            let mean = targets.mean_cost[m];
            let scale = if mean > 0.0 { mean } else { 1.0 };
            Column {
                y: y.into_iter().map(|c| c / scale).collect(),
                scale,
                loss: Loss::Squared,
                low,
                high,
            }
        })
        .collect()
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "lowercase", deny_unknown_fields)]
enum State {
    Models(Models),
    Pair(Pair),
}

/// One regression a model.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Models {
    features: Features,
    score: Heads,
    cost: Heads,
    scale: f64,
}

/// One regression of whether the strong model wins.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    features: Features,
    strong: usize,
    weak: usize,
    wins: Heads,
}

fn fit(table: &Table, params: &Params, _: u64) -> Result<Box<dyn Router>> {
    let c = params.number("c", 1e-6, 1e6)?;
    let most = params.count("max-features", 1)?;
    let is_pair = [STRONG, WEAK]
        .iter()
        .any(|f| params.optional(f.name).is_some());
    let targets = impute::targets(table);
    let features = match params.word("features", &FEATURES)? {
        0 => Features::Tfidf(Vectoriser::fit(&table.text, most)),
        _ => Features::Embedding(table.x.ncols()),
    };
    if !is_pair {
        let x = features.design(&table.batch());
        return Ok(Box::new(ByEstimate(Models {
            score: Heads::of(&scores(table, &targets), &x, c),
            cost: Heads::of(&costs(&targets), &x, c),
            scale: targets.scale,
            features,
        })));
    }
    let (strong, weak) = pair::strong_and_weak(table, &targets, params)?;
    let score = |i: usize, m: usize| table.score().get(i, m);
    let (both, y): (Vec<usize>, Vec<f64>) = (0..table.len())
        .filter_map(|i| Some((i, score(i, strong)?, score(i, weak)?)))
        .map(|(i, s, w)| (i, if s > w { 1.0 } else { 0.0 }))
        .unzip();
    let x = features.design(&table.select(&both).batch());
    let wins = Column {
        y,
        scale: 1.0,
        loss: Loss::Logistic,
        low: 0.0,
        high: 1.0,
    };
    Ok(Box::new(ByThreshold(Pair {
        wins: Heads::of(&[wins], &x, c),
        features,
        strong,
        weak,
    })))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let check = |features: &Features| {
        match features {
        Features::Embedding(d) if *d != shape.dim => Err(Error::router_file(format!(
            "the regression is of {d} numbers a query, expected {} as the embedder has; fit and save the router again",
            shape.dim
        ))),
        Features::Tfidf(_) if shape.dim != 0 => Err(Error::router_file(
            "the regression reads words and the file names an embedder; fit and save the router again",
        )),
        _ => Ok(features.width()),
    }
    };
    match super::file::read_state(state)? {
        State::Models(router) => {
            let width = check(&router.features)?;
            router.score.check("the score", width, shape.models)?;
            router.cost.check("the cost", width, shape.models)?;
            super::file::check_finite("the scale", &[router.scale])?;
            Ok(Box::new(ByEstimate(router)))
        }
        State::Pair(router) => {
            let width = check(&router.features)?;
            pair::check(router.strong, router.weak, shape)?;
            router.wins.check("the regression", width, 1)?;
            Ok(Box::new(ByThreshold(router)))
        }
    }
}

/// A state with the name of its form, without copying it.
#[derive(Serialize)]
#[serde(tag = "form", rename_all = "lowercase")]
enum Borrowed<'a> {
    Models(&'a Models),
    Pair(&'a Pair),
}

impl Estimator for Models {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = self.features.design(batch);
        Estimates {
            p: self.score.predict(&x),
            g: self.cost.predict(&x),
            scale: self.scale,
        }
    }
    fn state(&self) -> Result<String> {
        super::file::write_state(&Borrowed::Models(self))
    }
}

impl TwoModel for Pair {
    fn p_strong(&self, batch: &Batch) -> Vec<f64> {
        self.wins
            .predict(&self.features.design(batch))
            .iter()
            .map(|p| p.clamp(0.0, 1.0))
            .collect()
    }
    fn pair(&self) -> (usize, usize) {
        (self.strong, self.weak)
    }
    fn state(&self) -> Result<String> {
        super::file::write_state(&Borrowed::Pair(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Outcome;
    use crate::table::{self, Row};

    /// Outcomes of two models: score and cost, None where unknown.
    type Both = [(Option<f64>, Option<f64>); 2];

    fn table(rows: &[(&str, Both)]) -> Table {
        let rows = rows.iter().enumerate().map(|(i, (text, outcomes))| Row {
            id: format!("{i:04}"),
            dataset: String::new(),
            unit: i as u64,
            text: text.to_string(),
            x: Vec::new(),
            outcomes: ["a", "b"]
                .into_iter()
                .zip(outcomes)
                .map(|(m, (score, cost))| {
                    let outcome = Outcome {
                        score: *score,
                        cost: *cost,
                        ..Outcome::default()
                    };
                    (m.to_string(), outcome)
                })
                .collect(),
        });
        table::build(rows.collect(), None)
    }

    /// Model a knows apples and b pears; b costs more, and most on pears.
    fn fruit(graded: f64) -> Table {
        let apple = [(Some(1.0 - graded), Some(1.0)), (Some(graded), Some(2.0))];
        let pear = [(Some(graded), Some(1.0)), (Some(1.0 - graded), Some(6.0))];
        let rows: Vec<(&str, Both)> = (0..40)
            .flat_map(|_| [("an apple pie", apple), ("a pear tart", pear)])
            .collect();
        table(&rows)
    }

    fn params(changes: &[(&str, &str)]) -> Params {
        let mut params = Params::defaults(FLAGS);
        for (name, value) in changes {
            params.0.insert(name.to_string(), value.to_string());
        }
        params
    }

    fn on<'a>(x: &'a Array2<f32>, text: &'a [String]) -> Batch<'a> {
        Batch {
            x: x.view(),
            text,
            unit: &[1, 2, 3][..text.len()],
        }
    }

    const ASKED: [&str; 3] = ["apple pie", "pear tart", "nothing known"];

    #[test]
    fn words_tell_which_model_is_right_and_what_it_costs() {
        let (x, text) = (Array2::zeros((3, 0)), ASKED.map(String::from));
        for graded in [0.0, 0.25] {
            let router = fit(&fruit(graded), &params(&[]), 0).unwrap();
            let e = router.estimate(&on(&x, &text)).unwrap();
            assert!(e.p[[0, 0]] > 0.65 && e.p[[0, 1]] < 0.35, "{}", e.p);
            assert!(e.p[[1, 0]] < 0.35 && e.p[[1, 1]] > 0.65, "{}", e.p);
            assert!((e.p[[2, 0]] - 0.5).abs() < 1e-3, "{}", e.p);
            assert!(e.g[[1, 1]] > 5.5 && e.g[[0, 1]] < 2.5, "{}", e.g);
            assert!((e.g[[0, 0]] - 1.0).abs() < 1e-9, "{}", e.g);
        }
    }

    #[test]
    fn estimates_stay_within_what_scores_and_costs_can_be() {
        let mut rows: Vec<(&str, Both)> = vec![("cheap", [(Some(0.1), Some(0.0)); 2]); 30];
        rows.extend(vec![("dear dear price", [(Some(0.9), Some(9.0)); 2]); 3]);
        let router = fit(&table(&rows), &params(&[("c", "1000")]), 0).unwrap();
        let text = ["cheap cheap cheap", "dear price dear", "price"].map(String::from);
        let e = router.estimate(&on(&Array2::zeros((3, 0)), &text)).unwrap();
        assert!(e.p.iter().all(|p| (0.0..=1.0).contains(p)), "{}", e.p);
        assert!(e.g.iter().all(|g| (0.0..=9.0).contains(g)), "{}", e.g);
        assert!(e.g[[0, 0]] < 0.1 && e.g[[1, 0]] > 8.0, "{}", e.g);
    }

    #[test]
    fn gaps_constant_scores_and_few_rows_are_tolerated() {
        let known = (Some(1.0), Some(1.0));
        let cases: [&[(&str, Both)]; 5] = [
            &[("one", [known, (Some(0.0), None)])],
            &[("one", [known, (None, None)])],
            &[("", [known, known]), ("", [known, known])],
            &[("x y", [known, (None, None)]), ("z", [(None, None), known])],
            &[
                ("ab cd", [known, (Some(0.0), None)]),
                ("ab", [(Some(0.0), None), known]),
            ],
        ];
        let (x, text) = (Array2::zeros((3, 0)), ASKED.map(String::from));
        for (i, rows) in cases.iter().enumerate() {
            let pair = [("strong", "a"), ("weak", "a")];
            for changes in [&[][..], &pair] {
                let router = fit(&table(rows), &params(changes), 0).unwrap();
                for alpha in [0.0, 0.5, 1.0] {
                    assert_eq!(router.decide(&on(&x, &text), alpha).len(), 3);
                }
                if let Some(e) = router.estimate(&on(&x, &text)) {
                    assert!(e.p.iter().chain(&e.g).all(|v| v.is_finite()), "case {i}");
                }
            }
        }
    }

    #[test]
    fn a_gap_counts_as_what_the_other_outcomes_suggest_and_not_as_a_zero() {
        // b was never asked the hard half, on which a fails.
        let easy = [(Some(1.0), None), (Some(1.0), None)];
        let hard = [(Some(0.0), None), (None, None)];
        let mut rows: Vec<(&str, Both)> = vec![("easy one", easy); 20];
        rows.extend(vec![("hard one", hard); 20]);
        let router = fit(&table(&rows), &params(&[]), 0).unwrap();
        let text = ["easy one", "hard one"].map(String::from);
        let e = router.estimate(&on(&Array2::zeros((2, 0)), &text)).unwrap();
        assert!((e.p[[0, 1]] - e.p[[0, 0]]).abs() < 0.05, "{}", e.p);
        assert!((e.p[[1, 1]] - e.p[[1, 0]]).abs() < 0.05, "{}", e.p);
    }

    #[test]
    fn the_two_class_form_learns_who_wins_and_ties_are_no_wins() {
        let (x, text) = (Array2::zeros((3, 0)), ASKED.map(String::from));
        let router = fit(&fruit(0.0), &params(&[("strong", "b"), ("weak", "a")]), 0).unwrap();
        assert!(router.estimate(&on(&x, &text)).is_none());
        let model = |alpha: f64| -> Vec<usize> {
            let steps = router.decide(&on(&x, &text), alpha);
            steps.iter().map(|s| s.model).collect()
        };
        assert_eq!(model(0.0), [0, 0, 0]);
        assert_eq!(model(0.5)[..2], [0, 1]);
        assert_eq!(model(1.0), [1, 1, 1]);
        let tie = [(Some(1.0), Some(1.0)), (Some(1.0), Some(2.0))];
        let ties = fit(&table(&[("t", tie); 9]), &params(&[("strong", "b")]), 0).unwrap();
        assert_eq!(ties.routes(&on(&x, &text))[0].last().unwrap().alpha, 1.0);
    }

    #[test]
    fn a_saved_regression_routes_alike_and_a_damaged_one_is_refused() {
        let (x, text) = (Array2::zeros((3, 0)), ASKED.map(String::from));
        let shape = Shape { models: 2, dim: 0 };
        for changes in [&[][..], &[("strong", "b")]] {
            let router = fit(&fruit(0.1), &params(changes), 0).unwrap();
            let state = router.state().unwrap();
            let back = load(&state, shape).unwrap();
            assert_eq!(back.state().unwrap(), state);
            assert_eq!(back.routes(&on(&x, &text)), router.routes(&on(&x, &text)));
            for (models, dim) in [(1, 0), (2, 5)] {
                assert!(
                    load(&state, Shape { models, dim }).is_err(),
                    "{models} {dim}"
                );
            }
            for (what, wrong) in [
                ("\"intercept\":", "\"intercept\":1e999,\"was\":"),
                ("\"terms\":[", "\"terms\":[\"zzz\","),
                ("\"rows\":", "\"rows\":1"),
                ("\"form\":\"", "\"form\":\"x"),
                ("\"low\":0.0", "\"low\":2.0"),
            ] {
                assert!(state.contains(what), "{what}");
                assert!(
                    load(&state.replacen(what, wrong, 1), shape).is_err(),
                    "{what}"
                );
            }
        }
    }
}
