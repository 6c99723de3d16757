//! Experience: by how much the answer kept after two calls was better or worse on
//! train than believed, for each two models, whether they agreed, and by dataset.
//!
//! ```text
//! r_{ab,d} = (Σ over d of (score kept − P) + κ·r_{ab})/(n_d + κ)     r_{ab} = Σ (…)/(n + κ)
//! ```
//!
//! P is that of credibility.rs by fits that have not seen the query. What weights
//! with few terms cannot say of two models is said here, as far as it was seen.

use crate::file::packed::Packed64;
use crate::kinds::answers::credibility::Voice;
use crate::kinds::answers::plans::Replay;
use ndarray::Array2;
use rayon::prelude::*;
use rb_record::error::Result;
use serde::{Deserialize, Serialize};

/// κ, in queries.
const STRENGTH: f64 = 30.0;

/// What was learnt: a row for each two candidates a < b, first where they disagree,
/// then where they agree; a column a dataset.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Experience(Packed64);

/// The row of two candidates among those of `candidates`.
fn row(candidates: usize, a: usize, b: usize, agree: bool) -> usize {
    let (a, b) = (a.min(b), a.max(b));
    2 * (a * (2 * candidates - a - 1) / 2 + b - a - 1) + usize::from(agree)
}

fn agree(a: &Voice, b: &Voice) -> bool {
    a.answer.is_some() && a.answer == b.answer
}

impl Experience {
    /// Learns from train; `candidates`: K'.
    pub fn fit(replay: &Replay, candidates: usize, datasets: usize) -> Experience {
        let pairs: Vec<(usize, usize)> = (0..candidates)
            .flat_map(|a| (a + 1..candidates).map(move |b| (a, b)))
            .collect();
        let of_pair = |&(a, b): &(usize, usize)| -> [Vec<f64>; 2] {
            let mut sums = [vec![(0.0, 0.0); datasets], vec![(0.0, 0.0); datasets]];
            for i in 0..replay.queries() {
                let voices = [replay.voice(i, a), replay.voice(i, b)];
                let (credibility, d) = (replay.fit_of(i), replay.dataset[i]);
                let kept = credibility.kept(&voices, d);
                let believed = credibility.believed(&voices, d)[kept];
                let off = replay.score[[i, voices[kept].candidate]] - believed;
                let sum = &mut sums[usize::from(agree(&voices[0], &voices[1]))][d];
                *sum = (sum.0 + off, sum.1 + 1.0);
            }
            sums.map(|of_dataset| {
                let all = of_dataset
                    .iter()
                    .fold((0.0, 0.0), |s, o| (s.0 + o.0, s.1 + o.1));
                let overall = all.0 / (all.1 + STRENGTH);
                let own = |o: &(f64, f64)| (o.0 + STRENGTH * overall) / (o.1 + STRENGTH);
                of_dataset.iter().map(own).collect()
            })
        };
        let rows: Vec<[Vec<f64>; 2]> = pairs.par_iter().map(of_pair).collect();
        let dim = (2 * pairs.len(), datasets);
        Experience(Packed64(Array2::from_shape_fn(dim, |(r, d)| {
            rows[r / 2][r % 2][d]
        })))
    }

    /// What is to be added to what is believed of the answer kept after `voices`.
    pub fn of(&self, voices: &[Voice], candidates: usize, dataset: usize) -> f64 {
        match voices {
            [a, b] => {
                let row = row(candidates, a.candidate, b.candidate, agree(a, b));
                self.0 .0[[row, dataset]]
            }
            _ => 0.0,
        }
    }

    /// Refuses sizes that do not agree and numbers out of range.
    pub fn check(&self, candidates: usize, datasets: usize) -> Result<()> {
        let rows = candidates * candidates.saturating_sub(1);
        self.0.check("the experience", rows, datasets)
    }
}
