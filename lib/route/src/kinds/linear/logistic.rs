//! logistic: linear models of TF-IDF or of the embedding ("LR + TF-IDF").
//!
//! With x the query's TF-IDF row (tfidf.rs) or unit embedding, per model m:
//!
//! ```text
//! p(x,m) = σ(w·x + b)             its scores are 0 or 1: logistic regression
//! p(x,m) = w·x + b, kept in 0..1  its scores are graded: ridge
//! g(x,m) = mean_m·(v·x + a), kept within the model's train costs (heads.rs)
//! ```
//!
//! w, b minimise linear.rs's objective with strength C; v, a are the ridge of
//! cost/mean_m. A ridge with an intercept keeps the mean cost on train, which a
//! regression of log cost does not, and it takes costs of 0. Unknown outcomes
//! are filled by shrunk effects (impute.rs), a soft label where logistic. A
//! model whose scores are all the same has that score everywhere.
//!
//! Two-class form, with --strong or --weak: one logistic regression of
//! y = 1[score of strong > score of weak], a tie being no win, over the train
//! queries on which both scores are known; without any, P(strong wins) = 1/2.
//!
//! Fit O(iterations·nnz·K), a query O(nnz·K). Fails where the words of hard and
//! easy queries do not differ; TF-IDF knows no word that train has not.
//! The usual text-classification baseline, with scikit-learn's objectives.

use crate::file::params::{Flag, Params, STRONG_FORM, WEAK_FORM};
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::linear::heads::{Column, Heads};
use crate::kinds::single::pair;
use crate::router::{
    ByEstimate, ByThreshold, Entry, Estimates, Estimator, Family, FitTime, Router, Shape, TwoModel,
};
use crate::table::impute::{self, Targets};
use crate::table::signals::Reads;
use crate::table::{Batch, Needs, Table};
use rb_learn::dense;
use rb_learn::linear::{Design, Loss};
use rb_learn::text::tfidf::Vectoriser;
use rb_record::error::{Error, Result};
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
    STRONG_FORM,
    WEAK_FORM,
    guard::OFF,
];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "logistic",
    family: Family::Start,
    about: "Logistic regression or ridge of each model's score on TF-IDF or the embedding",
    help: "TF-IDF of words and pairs of words (or --features embedding), and for each model an \
           L2-regularised logistic regression of its score, or ridge where scores are graded, \
           and ridge of its cost. With --strong or --weak: one regression of whether the strong \
           model's score is higher, and a choice between the two.",
    flags: FLAGS,
    oracle: false,
    fit_time: FitTime::Slower,
    needs: |params| {
        let embedding = params.word("features", &FEATURES)? == 1;
        Ok(Needs {
            embedding,
            text: !embedding,
            signals: Reads::Nothing,
        })
    },
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |state, shape| guarded::load(state, shape, load),
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
            loss: if is_binary(m) {
                Loss::Logistic
            } else {
                Loss::Squared
            },
            low: 0.0,
            high: 1.0,
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
    let features = match params.word("features", &FEATURES)? {
        0 => Features::Tfidf(Vectoriser::fit(&table.text, most)),
        _ => Features::Embedding(table.x.ncols()),
    };
    let targets = impute::targets(table);
    if !pair::is_asked(params) {
        let x = features.design(&table.batch());
        return Ok(Box::new(ByEstimate(Models {
            score: Heads::of(&scores(table, &targets), &x, c),
            cost: Heads::costs(&targets, &x, c),
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
    let both = table.select(&both);
    let wins = [Column {
        y,
        scale: 1.0,
        loss: Loss::Logistic,
        low: 0.0,
        high: 1.0,
    }];
    let x = features.design(&both.batch());
    Ok(Box::new(ByThreshold(Pair {
        wins: Heads::of(&wins, &x, c),
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
    match crate::file::state::read_state(state)? {
        State::Models(router) => {
            let width = check(&router.features)?;
            router.score.check("the score", width, shape.models)?;
            router.cost.check_costs(
                router.scale,
                Shape {
                    dim: width,
                    ..shape
                },
            )?;
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
        let p = self.score.predict(&x);
        self.cost.beside(p, &x, self.scale)
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(&Borrowed::Models(self))
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
        crate::file::state::write_state(&Borrowed::Pair(self))
    }
}

#[cfg(test)]
#[path = "logistic_tests.rs"]
mod tests;
