//! What every router that listens to answers learns first, and the choice of its
//! plans.

use crate::kinds::answers::candidates::candidates;
use crate::kinds::answers::credibility::{Credibility, Learner};
use crate::kinds::answers::plan_choice::{Care, Outcomes, Worth};
use crate::kinds::answers::plan_search::{self, Wanted};
use crate::kinds::answers::plans::{Plan, Replay, Until};
use crate::kinds::linear::domain::Domain;
use crate::kinds::linear::domain_priors::{self, DomainPriors};
use crate::table::impute::{self, Targets};
use crate::table::{Field, Table};
use ndarray::Array2;
use rayon::prelude::*;
use rb_learn::folds::{self, Parts, FOLDS};
use rb_record::error::{Error, Result};

/// Plans are searched on so many train queries at most.
const SEARCHED: usize = 4000;

/// What every router that listens to answers learns first.
pub struct Learnt {
    /// The folds.
    pub parts: Parts,
    /// Fitted on all rows.
    pub domain: Domain,
    /// domain's p of each query (n×K) and its likeliest dataset, out of fold.
    pub p: Array2<f64>,
    /// As [`Learnt::p`].
    pub dataset: Vec<usize>,
    /// How many datasets are told apart.
    pub datasets: usize,
    /// Scores and costs without gaps.
    pub targets: Targets,
    /// Places in the pool, by ascending mean cost.
    pub candidates: Vec<usize>,
    /// Fitted on all rows.
    pub credibility: Credibility,
    /// By fits outside each part; at least one.
    pub fits: Vec<Credibility>,
}

impl Learnt {
    /// Learns it; refused where no outcome has an answer.
    pub fn of(table: &Table, pool: usize, seed: u64) -> Result<Learnt> {
        let answers = table.grid(Field::Answer);
        if (0..table.k()).all(|m| answers.known(m) == 0) {
            return Err(Error::input(
                "no train outcome has an answer (outcomes.MODEL.answer, a text), which this router reads of the models it calls; rb-import --col-answer or --answer-from gives them, or choose a router that needs none, such as domain",
            ));
        }
        let parts = folds::every(&table.folds(FOLDS, seed), FOLDS);
        let (domain, DomainPriors { p, dataset }) =
            domain_priors::learn_nested(table, &parts, seed);
        let datasets = domain.classes();
        let targets = impute::targets(table);
        let candidates = candidates(&targets, pool);
        let learner = Learner {
            table,
            candidates: &candidates,
            p: &p,
            dataset: &dataset,
            datasets,
            seed,
        };
        let (credibility, mut fits) = learner.fit(&parts);
        if fits.is_empty() {
            fits.push(credibility.clone());
        }
        Ok(Learnt {
            parts,
            domain,
            p,
            dataset,
            datasets,
            targets,
            candidates,
            credibility,
            fits,
        })
    }
}

impl Learnt {
    /// Train as plans are tried on it.
    pub fn replay(&self, table: &Table) -> Replay<'_> {
        let mut fit = vec![0; table.len()];
        for (place, (held, _)) in self.parts.iter().enumerate() {
            held.iter().for_each(|&i| fit[i] = place);
        }
        let candidates = &self.candidates;
        let confidence = table.grid(Field::Confidence);
        let grid = |of: &dyn Fn(usize, usize) -> f64| {
            Array2::from_shape_fn((table.len(), candidates.len()), |(i, j)| of(i, j))
        };
        Replay {
            strength: grid(&|i, j| {
                let m = candidates[j];
                let sure = confidence.get(i, m);
                self.fits[fit[i]].strength(j, self.p[[i, m]], self.dataset[i], sure)
            }),
            answer: grid(&|i, j| {
                let answer = table.grid(Field::Answer).get(i, candidates[j]);
                answer.unwrap_or(f64::NAN)
            }),
            score: grid(&|i, j| self.targets.score[[i, candidates[j]]]),
            cost: grid(&|i, j| self.targets.cost[[i, candidates[j]]]),
            fits: &self.fits,
            fit,
            dataset: &self.dataset,
        }
    }
}

/// What every plan came to on every query: scores and costs, n×P both.
fn outcomes(replay: &Replay, plans: &[Plan]) -> (Array2<f64>, Array2<f64>) {
    let of_row = |row: usize| -> Vec<(f64, f64)> {
        plans.iter().map(|plan| replay.run(plan, row)).collect()
    };
    let rows: Vec<Vec<(f64, f64)>> = (0..replay.queries()).into_par_iter().map(of_row).collect();
    let dim = (replay.queries(), plans.len());
    (
        Array2::from_shape_fn(dim, |(i, p)| rows[i][p].0),
        Array2::from_shape_fn(dim, |(i, p)| rows[i][p].1),
    )
}

impl Learnt {
    /// What plans came to on train, by their scores and costs.
    fn outcomes<'a>(&'a self, score: &'a Array2<f64>, cost: &'a Array2<f64>) -> Outcomes<'a> {
        Outcomes {
            score,
            cost,
            dataset: &self.dataset,
            datasets: self.datasets,
            scale: self.targets.scale,
            singles: self.candidates.len(),
        }
    }

    /// The plans of one of `families` (what may end calls) and what each is worth:
    /// of the family, and with the care, that did best on parts of train left out.
    pub fn plans(
        &self,
        replay: &Replay,
        calls: usize,
        families: &[&[Until]],
    ) -> (Vec<Plan>, Worth) {
        let wanted = |family: usize| Wanted {
            candidates: self.candidates.len(),
            calls,
            until: families[family],
        };
        let found = |rows: &[usize], family: usize| {
            plan_search::search(replay, &thinned(rows), self.datasets, wanted(family))
        };
        let mut tried: Vec<(f64, usize, Care)> = Vec::new();
        for family in 0..families.len() {
            let mut sums = vec![0.0; Care::all().len()];
            for (held, rest) in &self.parts {
                let (score, cost) = outcomes(replay, &found(rest, family));
                let utilities = self.outcomes(&score, &cost).utilities(held, rest);
                sums.iter_mut().zip(utilities).for_each(|(s, u)| *s += u);
            }
            let each = sums.into_iter().zip(Care::all());
            tried.extend(each.map(|(utility, care)| (utility, family, care)));
        }
        // The first of those that do best; sums in another order differ in the last bits.
        let best =
            (1..tried.len()).fold(0, |b, i| if tried[i].0 > tried[b].0 + 1e-9 { i } else { b });
        let (_, family, care) = tried[best];
        let all: Vec<usize> = (0..replay.queries()).collect();
        let plans = found(&all, family);
        let (score, cost) = outcomes(replay, &plans);
        let worth = self.outcomes(&score, &cost).worth(care);
        (plans, worth)
    }
}

/// Rows to search plans on: all, or evenly [`SEARCHED`] of them.
fn thinned(rows: &[usize]) -> Vec<usize> {
    let step = rows.len().div_ceil(SEARCHED).max(1);
    rows.iter().copied().step_by(step).collect()
}
