//! Credibility: how likely each of the answers that models gave is right, from
//! who gave it.
//!
//! Models that gave the same answer a speak for it together:
//!
//! ```text
//! z_a    = Σ_m (w_m + w_{m,d} + u·logit p_m(x) + v·(c_m − c̄_m)) + Σ_{m<m'} (r_{m,m'} + r_d)
//! P(a)   = exp z_a / (exp z_0 + Σ_b exp z_b)        m, m' among those who gave a
//! z_0    = t + t_d + t'·(calls − 1)                 nobody is right
//! ```
//!
//! with d the query's likeliest dataset, p_m domain's expectation and c_m the
//! model's own confidence (0 where it told none). r is what two models' agreeing
//! adds to what each says: nothing where their errors are independent, and it
//! takes back one of the voices where they fail together; r_d how much agreeing is
//! worth where few answers are possible, or many. Fitted by a penalised
//! conditional logit (conditional_logit.rs of rb-learn) on answers of sets of 1,
//! 2, 3 and 5 models drawn for each train query; the penalty is the one with the
//! least out-of-fold loss. A query's weights are its answers' mean scores.

use crate::file::packed::Packed64;
use crate::kinds::calling::cascade_routing::innovation::logit;
use crate::table::{Field, Table};
use ndarray::Array2;
use rand::rngs::StdRng;
use rand::seq::index;
use rand::SeedableRng;
use rayon::prelude::*;
use rb_learn::axis_ridge::least;
use rb_learn::conditional_logit::{shares, Choices, Feature};
use rb_learn::folds::Parts;
use rb_record::error::Result;
use rb_record::hash;
use serde::{Deserialize, Serialize};

/// Penalties of a dataset's own part and of agreeing.
const PENALTIES: [f64; 4] = [3.0, 10.0, 30.0, 100.0];
/// The penalty of all that every query tells of, so that what is separable ends.
const SLIGHT: f64 = 0.1;
/// The sizes of the sets drawn.
const SIZES: [usize; 4] = [1, 2, 3, 5];
/// Sets drawn in all, at most: beyond it weights barely move.
const SETS: usize = 24_000;

/// A model that was called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Voice {
    /// Its place among the candidates.
    pub candidate: usize,
    /// The number of its answer; None agrees with nobody.
    pub answer: Option<f64>,
    /// What it adds to the z of its answer.
    pub strength: f64,
}

/// Fitted weights. The candidates are K' models by ascending mean cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credibility {
    /// K'×(1 + datasets): w_m, then w_{m,d}.
    own: Packed64,
    /// K'×K', symmetric, the diagonal 0: r.
    pair: Packed64,
    /// 2×datasets: r_d and t_d.
    of_dataset: Packed64,
    /// 1×K': c̄_m, 0 where no confidence is known.
    mean_confidence: Packed64,
    /// u, v, t, t'.
    shared: [f64; 4],
}

/// What credibility is learnt from.
pub struct Learner<'a> {
    /// The train queries.
    pub table: &'a Table,
    /// Places in the pool, by ascending mean cost.
    pub candidates: &'a [usize],
    /// domain's p out of fold, n×K.
    pub p: &'a Array2<f64>,
    /// The likeliest dataset, a number a query.
    pub dataset: &'a [usize],
    /// How many datasets are told apart.
    pub datasets: usize,
    /// Of the sets drawn.
    pub seed: u64,
}

/// The most models called for one query.
pub const CALLS: usize = 5;

/// The group of each of at most [`CALLS`] voices: the place of the first that gave
/// the same answer.
pub fn groups(voices: &[Voice]) -> [usize; CALLS] {
    let mut group = [0; CALLS];
    for (at, (voice, own)) in voices.iter().zip(&mut group).enumerate() {
        let same = |other: &Voice| voice.answer.is_some() && other.answer == voice.answer;
        *own = voices[..at].iter().position(same).unwrap_or(at);
    }
    group
}

impl Credibility {
    /// What a candidate adds to the z of its answer.
    pub fn strength(
        &self,
        candidate: usize,
        p: f64,
        dataset: usize,
        confidence: Option<f64>,
    ) -> f64 {
        let [u, v, ..] = self.shared;
        let own = self.own.0[[candidate, 0]] + self.own.0[[candidate, 1 + dataset]];
        let sure = confidence.map_or(0.0, |c| c - self.mean_confidence.0[[0, candidate]]);
        own + u * logit(p) + v * sure
    }

    /// The z of each voice's answer: that of its group at the group's first place,
    /// −∞ at the others.
    fn scores(&self, voices: &[Voice], group: &[usize; CALLS], dataset: usize) -> [f64; CALLS] {
        let agreeing = self.of_dataset.0[[0, dataset]];
        let mut z = [f64::NEG_INFINITY; CALLS];
        for (at, voice) in voices.iter().enumerate() {
            let first = group[at];
            let before = (first..at).filter(|&other| group[other] == first);
            let pairs =
                before.map(|o| agreeing + self.pair.0[[voices[o].candidate, voice.candidate]]);
            let added = voice.strength + pairs.sum::<f64>();
            z[first] = if first == at { added } else { z[first] + added };
        }
        z
    }

    /// How likely each voice's answer is right.
    pub fn believed(&self, voices: &[Voice], dataset: usize) -> Vec<f64> {
        let group = groups(voices);
        let mut z = self.scores(voices, &group, dataset).to_vec();
        let [.., nobody, more] = self.shared;
        z.push(nobody + self.of_dataset.0[[1, dataset]] + more * (voices.len() as f64 - 1.0));
        let p = shares(&z);
        group[..voices.len()].iter().map(|&g| p[g]).collect()
    }

    /// The voice to keep: of the most credible answer (ties: the one of the
    /// cheaper model) the cheapest that gave it.
    pub fn kept(&self, voices: &[Voice], dataset: usize) -> usize {
        let group = groups(voices);
        let z = self.scores(voices, &group, dataset);
        let cheapest = |first: usize| {
            let gave = (0..voices.len()).filter(|&at| group[at] == first);
            gave.min_by_key(|&at| voices[at].candidate).unwrap_or(first)
        };
        let heads = (0..voices.len()).filter(|&at| group[at] == at);
        let best = heads
            .map(|first| (z[first], cheapest(first)))
            .reduce(|a, b| {
                let cheaper = voices[b.1].candidate < voices[a.1].candidate;
                if b.0 > a.0 || b.0 == a.0 && cheaper {
                    b
                } else {
                    a
                }
            });
        best.map_or(0, |(_, at)| at)
    }

    /// Refuses sizes that do not agree and numbers out of range.
    pub fn check(&self, candidates: usize, datasets: usize) -> Result<()> {
        self.own
            .check("the weights of the answers", candidates, 1 + datasets)?;
        self.pair
            .check("the weights of agreeing", candidates, candidates)?;
        self.of_dataset
            .check("the weights of the datasets", 2, datasets)?;
        self.mean_confidence
            .check("the mean confidences", 1, candidates)?;
        crate::file::state::check_finite("the shared weights", &self.shared)
    }
}

/// Where each kind of feature stands among β.
struct Layout {
    candidates: usize,
    datasets: usize,
}

impl Layout {
    fn pairs(&self) -> usize {
        self.candidates * (1 + self.datasets)
    }
    fn of_datasets(&self) -> usize {
        self.pairs() + self.candidates * (self.candidates - 1) / 2
    }
    fn shared(&self) -> usize {
        self.of_datasets() + 2 * self.datasets
    }
    fn pair(&self, a: usize, b: usize) -> usize {
        let (a, b) = (a.min(b), a.max(b));
        self.pairs() + a * (2 * self.candidates - a - 1) / 2 + b - a - 1
    }
    fn penalties(&self, strength: f64) -> Vec<f64> {
        let mut all = vec![strength; self.shared() + 4];
        all[..self.candidates].fill(SLIGHT);
        all[self.shared()..].fill(SLIGHT);
        all
    }
}

impl Learner<'_> {
    fn layout(&self) -> Layout {
        Layout {
            candidates: self.candidates.len(),
            datasets: self.datasets,
        }
    }

    /// The mean of each candidate's known confidences, 0 where there is none.
    fn mean_confidence(&self) -> Vec<f64> {
        let grid = self.table.grid(Field::Confidence);
        let mean = |&m: &usize| grid.mean(m).unwrap_or(0.0);
        self.candidates.iter().map(mean).collect()
    }

    /// The sets of candidates drawn for a query: of those with a known score, by
    /// its id alone.
    fn sets(&self, row: usize, most: usize) -> Vec<Vec<usize>> {
        let score = self.table.score();
        let known: Vec<usize> = (0..self.candidates.len())
            .filter(|&j| score.get(row, self.candidates[j]).is_some())
            .collect();
        let mut rng = StdRng::seed_from_u64(hash::text(self.seed, "answers", &self.table.ids[row]));
        let sizes = SIZES.iter().filter(|&&size| size <= known.len());
        let draw = |&size: &usize| {
            let drawn = index::sample(&mut rng, known.len(), size).into_iter();
            let mut set: Vec<usize> = drawn.map(|at| known[at]).collect();
            set.sort_unstable();
            set
        };
        sizes.map(draw).take(most).collect()
    }

    /// What is asked about the answers of one set: the weight and the features of
    /// each answer, nobody's last.
    fn choice(&self, row: usize, set: &[usize], mean: &[f64]) -> Vec<(f64, Vec<Feature>)> {
        let layout = self.layout();
        let number = |at: usize| at as u32;
        let shared = layout.shared();
        let voices: Vec<Voice> = set
            .iter()
            .map(|&j| Voice {
                candidate: j,
                answer: self.table.grid(Field::Answer).get(row, self.candidates[j]),
                strength: 0.0,
            })
            .collect();
        let group = groups(&voices);
        let mut answers: Vec<(f64, Vec<Feature>)> = Vec::new();
        for first in (0..set.len()).filter(|&at| group[at] == at) {
            let gave: Vec<usize> = (0..set.len()).filter(|&at| group[at] == first).collect();
            let (mut right, mut logits, mut sure) = (0.0, 0.0, 0.0);
            let mut features = Vec::new();
            for (i, &at) in gave.iter().enumerate() {
                let (j, m) = (set[at], self.candidates[set[at]]);
                right += self.table.score().get(row, m).unwrap_or(0.0) / gave.len() as f64;
                logits += logit(self.p[[row, m]]);
                let confidence = self.table.grid(Field::Confidence).get(row, m);
                sure += confidence.map_or(0.0, |c| c - mean[j]);
                features.push((number(j), 1.0));
                let of_dataset = layout.candidates + j * layout.datasets + self.dataset[row];
                features.push((number(of_dataset), 1.0));
                let pairs = gave[..i].iter().map(|&o| layout.pair(set[o], j));
                features.extend(pairs.map(|at| (number(at), 1.0)));
            }
            let pairs = gave.len() * (gave.len() - 1) / 2;
            let of_dataset = layout.of_datasets() + self.dataset[row];
            if pairs > 0 {
                features.push((number(of_dataset), pairs as f64));
            }
            features.push((number(shared), logits));
            features.push((number(shared + 1), sure));
            answers.push((right, features));
        }
        // Two answers may both be right: then either is.
        let sum: f64 = answers.iter().map(|a| a.0).sum();
        answers.iter_mut().for_each(|a| a.0 /= sum.max(1.0));
        let calls = set.len() as f64 - 1.0;
        let of_dataset = layout.of_datasets() + layout.datasets + self.dataset[row];
        let nobody = vec![
            (number(shared + 2), 1.0),
            (number(shared + 3), calls),
            (number(of_dataset), 1.0),
        ];
        answers.push(((1.0 - sum).max(0.0), nobody));
        answers
    }

    fn choices(&self, rows: &[usize]) -> Choices {
        let mean = self.mean_confidence();
        let most = (SETS / self.table.len().max(1)).clamp(1, SIZES.len());
        // With few sets a query the larger ones, which tell most.
        let of_row = |&row: &usize| -> Vec<Vec<(f64, Vec<Feature>)>> {
            let mut sets = self.sets(row, SIZES.len());
            let some = sets.split_off(sets.len().saturating_sub(most));
            some.iter()
                .map(|set| self.choice(row, set, &mean))
                .collect()
        };
        let mut choices = Choices::default();
        let all: Vec<_> = rows.par_iter().map(of_row).collect();
        all.into_iter().flatten().for_each(|c| choices.push(c));
        choices
    }

    fn unpack(&self, beta: &[f64]) -> Credibility {
        let layout = self.layout();
        let (k, d) = (layout.candidates, layout.datasets);
        let own = |(j, at): (usize, usize)| match at.checked_sub(1) {
            None => beta[j],
            Some(dataset) => beta[k + j * d + dataset],
        };
        let pair = |(a, b): (usize, usize)| {
            if a == b {
                0.0
            } else {
                beta[layout.pair(a, b)]
            }
        };
        let shared = &beta[layout.shared()..];
        Credibility {
            own: Packed64(Array2::from_shape_fn((k, 1 + d), own)),
            pair: Packed64(Array2::from_shape_fn((k, k), pair)),
            of_dataset: Packed64(Array2::from_shape_fn((2, d), |(row, at)| {
                beta[layout.of_datasets() + row * d + at]
            })),
            mean_confidence: Packed64::from_row(self.mean_confidence()),
            shared: std::array::from_fn(|i| shared[i]),
        }
    }

    /// Fits on all rows, and on those outside each of `parts`.
    pub fn fit(&self, parts: &Parts) -> (Credibility, Vec<Credibility>) {
        let layout = self.layout();
        let all: Vec<usize> = (0..self.table.len()).collect();
        let held: Vec<Choices> = parts.iter().map(|(held, _)| self.choices(held)).collect();
        let rest: Vec<Choices> = parts.iter().map(|(_, rest)| self.choices(rest)).collect();
        let fits: Vec<Vec<Vec<f64>>> = PENALTIES
            .par_iter()
            .map(|&s| {
                let penalties = layout.penalties(s);
                rest.par_iter().map(|c| c.fit(&penalties)).collect()
            })
            .collect();
        let loss = |fits: &Vec<Vec<f64>>| -> f64 {
            let of =
                |(choices, beta): (&Choices, &Vec<f64>)| choices.loss(beta) * choices.len() as f64;
            held.iter().zip(fits).map(of).sum()
        };
        let chosen = least(&fits.iter().map(loss).collect::<Vec<_>>());
        let whole = self.choices(&all).fit(&layout.penalties(PENALTIES[chosen]));
        let of_parts = fits[chosen].iter().map(|beta| self.unpack(beta)).collect();
        (self.unpack(&whole), of_parts)
    }
}

#[cfg(test)]
#[path = "credibility_tests.rs"]
mod tests;
