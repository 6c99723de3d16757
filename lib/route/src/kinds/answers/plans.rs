//! Plans: which models are called one after another, when that ends, and whose
//! answer is kept.

use crate::kinds::answers::credibility::{Credibility, Voice, CALLS};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// An ordered list of candidates (models by ascending mean cost).
#[derive(Debug, Clone, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Distinct, at least one, at most [`CALLS`].
    pub order: Vec<usize>,
    /// When that ends before the list does.
    pub until: Until,
}

/// What ends the calls of a plan.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Until {
    /// All are called.
    All,
    /// So many gave the same answer.
    Agree(usize),
    /// The answer that would be kept is believed with so much, 0..1.
    Sure(f64),
}

/// What a plan does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Call this candidate.
    Call(usize),
    /// Keep the answer of the voice at this place.
    Keep(usize),
}

impl Plan {
    /// One model, whatever it answers.
    pub fn single(candidate: usize) -> Plan {
        Plan {
            order: vec![candidate],
            until: Until::All,
        }
    }

    /// Whether this is one of so many candidates' plans.
    pub fn is_sound(&self, candidates: usize) -> bool {
        let mut distinct = self.order.clone();
        distinct.sort_unstable();
        distinct.dedup();
        (1..=CALLS).contains(&self.order.len())
            && distinct.len() == self.order.len()
            && distinct.iter().all(|&j| j < candidates)
            && !matches!(self.until, Until::Sure(p) if !p.is_finite())
    }

    /// The voice to keep, where the calls end.
    fn ended(&self, credibility: &Credibility, voices: &[Voice], dataset: usize) -> Option<usize> {
        let last = voices.last()?;
        match self.until {
            Until::All => None,
            Until::Agree(enough) => {
                let gave = |v: &Voice| last.answer.is_some() && v.answer == last.answer;
                let all = (0..voices.len()).filter(|&at| gave(&voices[at]));
                // Of those who agree the cheapest.
                let cheapest = all.clone().min_by_key(|&at| voices[at].candidate);
                cheapest.filter(|_| all.count() >= enough)
            }
            Until::Sure(enough) => {
                let kept = credibility.kept(voices, dataset);
                (credibility.believed(voices, dataset)[kept] >= enough).then_some(kept)
            }
        }
    }

    /// What comes after `voices`, the first of the plan's.
    pub fn next(&self, credibility: &Credibility, voices: &[Voice], dataset: usize) -> Next {
        let ended = self.ended(credibility, voices, dataset);
        match (ended, self.order.get(voices.len())) {
            (Some(at), _) => Next::Keep(at),
            (None, Some(&candidate)) => Next::Call(candidate),
            (None, None) => Next::Keep(credibility.kept(voices, dataset)),
        }
    }
}

/// Train queries on which plans are tried: each grid n×K', of the candidates.
pub struct Replay<'a> {
    /// By the fits that have not seen the query.
    pub strength: Array2<f64>,
    /// The number of the answer, NaN where there is none.
    pub answer: Array2<f64>,
    /// 0..1.
    pub score: Array2<f64>,
    /// USD, or what quality is traded against.
    pub cost: Array2<f64>,
    /// The fits, and by query which of them has not seen it.
    pub fits: &'a [Credibility],
    /// Place in `fits`, one a query.
    pub fit: Vec<usize>,
    /// The likeliest dataset, one a query.
    pub dataset: &'a [usize],
}

impl Replay<'_> {
    /// The score of the answer kept on a query and what all calls cost.
    pub fn run(&self, plan: &Plan, row: usize) -> (f64, f64) {
        let silent = Voice {
            candidate: 0,
            answer: None,
            strength: 0.0,
        };
        let mut voices = [silent; CALLS];
        let (mut calls, mut cost) = (0, 0.0);
        loop {
            match plan.next(self.fit_of(row), &voices[..calls], self.dataset[row]) {
                Next::Keep(at) => return (self.score[[row, voices[at].candidate]], cost),
                Next::Call(candidate) => {
                    voices[calls] = self.voice(row, candidate);
                    cost += self.cost[[row, candidate]];
                    calls += 1;
                }
            }
        }
    }

    /// What a candidate says to a query.
    pub fn voice(&self, row: usize, candidate: usize) -> Voice {
        let answer = self.answer[[row, candidate]];
        Voice {
            candidate,
            answer: (!answer.is_nan()).then_some(answer),
            strength: self.strength[[row, candidate]],
        }
    }

    /// The weights that have not seen a query.
    pub fn fit_of(&self, row: usize) -> &Credibility {
        &self.fits[self.fit[row]]
    }

    /// n.
    pub fn queries(&self) -> usize {
        self.fit.len()
    }
}
