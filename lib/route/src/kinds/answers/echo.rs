//! Echoes: whom a model that is called next will agree with.
//!
//! ```text
//! y_a = e + e_d + Σ over those who gave a of e_{m,b} + f·logit P(a) + h·logit p_b
//! P(b says a) = exp y_a / (1 + Σ exp y)          none of them: 1 / (1 + Σ exp y)
//! ```
//!
//! with P(a) as credibility.rs has it before b is called and d the likeliest
//! dataset. Fitted by a penalised conditional logit on answers of one or two models
//! and a next one, drawn for each train query.

use crate::file::packed::Packed64;
use crate::kinds::answers::credibility::{groups, Credibility, Voice, CALLS};
use crate::kinds::answers::plans::Replay;
use crate::kinds::calling::innovation::logit;
use ndarray::Array2;
use rand::rngs::StdRng;
use rand::seq::index;
use rand::SeedableRng;
use rayon::prelude::*;
use rb_learn::conditional_logit::{shares, Choices, Feature};
use rb_record::error::Result;
use rb_record::hash;
use serde::{Deserialize, Serialize};

/// The penalty of what datasets and pairs have of their own.
const PENALTY: f64 = 10.0;
const SLIGHT: f64 = 0.1;
/// Draws in all, at most.
const DRAWS: usize = 24_000;

/// Fitted weights over K' candidates.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// 1×datasets: e_d.
    of_dataset: Packed64,
    /// K'×K', symmetric: e_{m,b}.
    pair: Packed64,
    /// e, f, h.
    shared: [f64; 3],
}

/// The place of an unordered pair in a K'×K' matrix.
fn pair(candidates: usize, a: usize, b: usize) -> usize {
    a.min(b) * candidates + a.max(b)
}

/// Voices before the next one is called, and what is believed of each.
struct Heard<'a> {
    voices: &'a [Voice],
    believed: &'a [f64],
}

impl Heard<'_> {
    /// The features of each distinct answer, by the place of the first who gave it.
    fn features(
        &self,
        next: usize,
        p: f64,
        dataset: usize,
        candidates: usize,
    ) -> Vec<(usize, Vec<Feature>)> {
        let group = groups(self.voices);
        let heads = (0..self.voices.len()).filter(|&at| group[at] == at);
        let shared = candidates * candidates;
        heads
            .filter(|&at| self.voices[at].answer.is_some())
            .map(|first| {
                let gave = (0..self.voices.len()).filter(|&at| group[at] == first);
                let pairs = gave.map(|at| pair(candidates, self.voices[at].candidate, next));
                let mut features: Vec<Feature> = pairs.map(|at| (at as u32, 1.0)).collect();
                features.push((shared as u32, 1.0));
                features.push((shared as u32 + 1, logit(self.believed[first])));
                features.push((shared as u32 + 2, logit(p)));
                features.push(((shared + 3 + dataset) as u32, 1.0));
                (first, features)
            })
            .collect()
    }
}

impl Echo {
    /// Learns from train; `p`: domain's of each query and candidate (n×K'), out of
    /// fold; `ids`: what draws depend on.
    pub fn fit(
        replay: &Replay,
        p: &Array2<f64>,
        dataset: &[usize],
        datasets: usize,
        ids: &[String],
        seed: u64,
    ) -> Echo {
        let candidates = p.ncols();
        let each = (DRAWS / replay.queries().max(1)).clamp(1, 6);
        let of_row = |row: usize| -> Vec<Vec<(f64, Vec<Feature>)>> {
            let mut rng = StdRng::seed_from_u64(hash::text(seed, "echo", &ids[row]));
            let mut choices = Vec::new();
            for draw in 0..each {
                let size = 2 + draw % 2;
                if size > candidates {
                    continue;
                }
                let drawn = index::sample(&mut rng, candidates, size).into_vec();
                let (next, before) = (drawn[0], &drawn[1..]);
                let voices: Vec<Voice> = before.iter().map(|&j| replay.voice(row, j)).collect();
                let Some(said) = replay.voice(row, next).answer else {
                    continue;
                };
                let believed = replay.fit_of(row).believed(&voices, dataset[row]);
                let heard = Heard {
                    voices: &voices,
                    believed: &believed,
                };
                let answers = heard.features(next, p[[row, next]], dataset[row], candidates);
                let same = |first: usize| voices[first].answer == Some(said);
                let any = answers.iter().any(|(first, _)| same(*first));
                let mut all: Vec<(f64, Vec<Feature>)> = answers
                    .into_iter()
                    .map(|(first, f)| (f64::from(u8::from(same(first))), f))
                    .collect();
                all.push((f64::from(u8::from(!any)), Vec::new()));
                choices.push(all);
            }
            choices
        };
        let rows: Vec<_> = (0..replay.queries()).into_par_iter().map(of_row).collect();
        let mut choices = Choices::default();
        rows.into_iter().flatten().for_each(|c| choices.push(c));
        let shared = candidates * candidates;
        let mut penalties = vec![PENALTY; shared + 3 + datasets];
        penalties[shared..shared + 3].fill(SLIGHT);
        let beta = choices.fit(&penalties);
        let dim = (candidates, candidates);
        Echo {
            of_dataset: Packed64::from_row(beta[shared + 3..].to_vec()),
            pair: Packed64(Array2::from_shape_fn(dim, |(a, b)| {
                beta[pair(candidates, a, b)]
            })),
            shared: std::array::from_fn(|i| beta[shared + i]),
        }
    }

    /// The chances that `next` gives each voice's answer, counted once at the first
    /// who gave it, then (the last number) that it gives none of them.
    pub fn chances(
        &self,
        voices: &[Voice],
        believed: &[f64],
        next: usize,
        p: f64,
        dataset: usize,
    ) -> Vec<f64> {
        let group = groups(voices);
        let [e, f, h] = self.shared;
        let mut y = [f64::NEG_INFINITY; CALLS + 1];
        for (at, voice) in voices.iter().enumerate() {
            if voice.answer.is_none() {
                continue;
            }
            let first = group[at];
            if first == at {
                y[at] =
                    e + f * logit(believed[at]) + h * logit(p) + self.of_dataset.0[[0, dataset]];
            }
            y[first] += self.pair.0[[voice.candidate, next]];
        }
        y[voices.len()] = 0.0;
        shares(&y[..=voices.len()])
    }

    /// Refuses sizes that do not agree and numbers out of range.
    pub fn check(&self, candidates: usize, datasets: usize) -> Result<()> {
        self.of_dataset
            .check("the echoes of the datasets", 1, datasets)?;
        self.pair
            .check("the echoes of the models", candidates, candidates)?;
        crate::file::state::check_finite("the weights of the echoes", &self.shared)
    }
}

/// What is believed before and after: [`Credibility`] with [`Echo`].
pub fn after(
    credibility: &Credibility,
    voices: &[Voice],
    next: Voice,
    says: Option<usize>,
    dataset: usize,
) -> (Vec<Voice>, Vec<f64>) {
    // A number that nobody else has.
    const NEW: f64 = -1.0;
    let mut after = voices.to_vec();
    let answer = says.map_or(Some(NEW), |at| voices[at].answer);
    after.push(Voice { answer, ..next });
    let believed = credibility.believed(&after, dataset);
    (after, believed)
}
