//! The queries of a log that tell something: who answered, and with what score.

use crate::data::facts::{Facts, Resource};
use crate::data::logged::{About, Log};
use crate::data::queries::Queries;
use ndarray::Array2;
use rb_record::hash;

/// Parts of the prompts; what is fitted on four is used on the fifth.
pub(crate) const FOLDS: usize = 5;

/// One answered query each, in the order of the scored queries.
pub(crate) struct LogSample<'a> {
    pub facts: &'a Facts,
    /// Places in `facts.scored`.
    pub queries: Queries,
    /// By scored query: its place here.
    pub place: Vec<Option<usize>>,
    /// The model that answered.
    pub model: Vec<usize>,
    pub dataset: Vec<usize>,
    pub fold: Vec<usize>,
    pub score: Vec<f64>,
    pub cost: Vec<Option<f64>>,
    pub latency: Vec<Option<f64>>,
    /// With which probability the model was chosen; None: the log does not tell.
    pub propensity: Vec<Option<f64>>,
    /// Query × what the choice and the score may depend on: the embedding (of
    /// length 1), the prompt's length, its square, and the time, in standard
    /// deviations.
    pub features: Array2<f32>,
    /// How many of the columns are the embedding's.
    pub dimension: usize,
    /// Scored queries that are not here.
    pub left_out: usize,
}

impl<'a> LogSample<'a> {
    pub(crate) fn new(facts: &'a Facts, log: &Log, seed: u64) -> LogSample<'a> {
        let outcomes = &facts.scored.outcomes;
        let all = facts.scored.len();
        let answered = |q: usize| log.model[q].filter(|m| outcomes.score(q, *m).is_some());
        let queries = Queries::all(all).filter(&facts.pager, |q| answered(q).is_some());
        let used: Vec<usize> = queries.iter().collect();
        let mut place = vec![None; all];
        used.iter()
            .enumerate()
            .for_each(|(i, q)| place[*q] = Some(i));
        let model: Vec<usize> = used.iter().filter_map(|q| answered(*q)).collect();
        let of = |r: Resource| -> Vec<Option<f64>> {
            let pairs = used.iter().zip(&model);
            pairs.map(|(q, m)| outcomes.resource(*q, *m, r)).collect()
        };
        let seed = hash::seed(seed, "log");
        let fold = |q: &usize| {
            let unit = facts.scored.unit(*q).to_string();
            (hash::unit(hash::text(seed, "fold", &unit)) * FOLDS as f64) as usize
        };
        let dimension = log.dimension();
        LogSample {
            left_out: all - used.len(),
            place,
            dataset: used.iter().map(|q| facts.scored.dataset(*q)).collect(),
            fold: used.iter().map(|q| fold(q).min(FOLDS - 1)).collect(),
            score: (used.iter().zip(&model))
                .map(|(q, m)| outcomes.score(*q, *m).unwrap_or(0.0))
                .collect(),
            cost: of(Resource::Cost),
            latency: of(Resource::Latency),
            propensity: used.iter().map(|q| log.about[*q].propensity).collect(),
            features: features(&used, &log.about, dimension),
            dimension,
            model,
            queries,
            facts,
        }
    }

    /// How many queries there are.
    pub(crate) fn len(&self) -> usize {
        self.model.len()
    }

    /// By model of the pool: how many queries it answered.
    pub(crate) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.facts.models.len()];
        self.model.iter().for_each(|m| counts[*m] += 1);
        counts
    }

    /// The places that are in a fold, or that are not.
    pub(crate) fn of_fold(&self, fold: usize, inside: bool) -> Vec<usize> {
        let is_wanted = |i: &usize| (self.fold[*i] == fold) == inside;
        (0..self.len()).filter(is_wanted).collect()
    }
}

/// (x − mean)/SD, at most 4 either way; an unknown value is the mean.
fn standardised(values: &[Option<f64>]) -> Vec<f32> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let n = known.len().max(1) as f64;
    let mean = known.iter().sum::<f64>() / n;
    let sd = (known.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
    let z = |v: &Option<f64>| match v {
        Some(v) if sd > 0.0 => ((v - mean) / sd).clamp(-4.0, 4.0) as f32,
        _ => 0.0,
    };
    values.iter().map(z).collect()
}

fn features(used: &[usize], about: &[About], dimension: usize) -> Array2<f32> {
    let lengths: Vec<Option<f64>> = (used.iter())
        .map(|q| Some((1.0 + about[*q].length).ln()))
        .collect();
    let times: Vec<Option<f64>> = used.iter().map(|q| about[*q].time).collect();
    let (length, time) = (standardised(&lengths), standardised(&times));
    let mut x = Array2::zeros((used.len(), dimension + 3));
    for (i, q) in used.iter().enumerate() {
        let vector = &about[*q].vector;
        if dimension > 0 {
            let norm = vector
                .iter()
                .map(|v| f64::from(*v) * f64::from(*v))
                .sum::<f64>();
            let scale = if norm > 0.0 { norm.sqrt().recip() } else { 0.0 };
            for (j, v) in vector.iter().enumerate() {
                x[[i, j]] = (f64::from(*v) * scale) as f32;
            }
        }
        x[[i, dimension]] = length[i];
        x[[i, dimension + 1]] = length[i] * length[i] / 4.0;
        x[[i, dimension + 2]] = time[i];
    }
    x
}
