//! Looking ahead at answers: what calling a model is worth, from whether it will
//! agree with those called before (echo.rs) and what would then be believed
//! (credibility.rs).
//!
//! ```text
//! U(R) = max( P(best answer of R),  max over b ∉ R of Σ_y P(b says y)·U(R + y) − λ·g_b )
//! λ    = (1 − alpha)/(alpha·G)
//! ```
//!
//! y runs over the answers of R and over "none of these"; after models that agree
//! nothing more is looked for. A plan's value is drawn to the better single model's
//! of its first two calls by a trust ρ in 0..1, which train decides. For each y, U
//! is a maximum of lines in alpha, so a mean of such is one too: the steps are exact.

use crate::kinds::answers::credibility::{Credibility, Voice};
use crate::kinds::answers::echo::{after, Echo};
use crate::kinds::answers::experience::Experience;
use rb_record::policy::Expected;

/// The rule, over K' candidates.
#[derive(Clone, Copy)]
pub struct Rule<'a> {
    /// What is believed of answers.
    pub credibility: &'a Credibility,
    /// Whom a model will agree with.
    pub echo: &'a Echo,
    /// How that was borne out.
    pub experience: &'a Experience,
    /// The most calls, 1 to 3.
    pub calls: usize,
    /// ρ.
    pub trust: f64,
}

/// What is known of a query before any call, of each candidate.
pub struct Query {
    /// domain's expected score.
    pub p: Vec<f64>,
    /// Expected cost.
    pub g: Vec<f64>,
    /// The likeliest dataset.
    pub dataset: usize,
    /// G.
    pub scale: f64,
}

/// What may be done: a value, an expected cost still to come, and what is done
/// first: a candidate to call; None: stop.
#[derive(Default)]
pub struct Options {
    value: Vec<f64>,
    cost: Vec<f64>,
    first: Vec<Option<usize>>,
    scale: f64,
}

impl Options {
    fn of(scale: f64) -> Options {
        Options {
            scale,
            ..Options::default()
        }
    }
    fn add(&mut self, value: f64, cost: f64, first: Option<usize>) {
        self.value.push(value);
        self.cost.push(cost);
        self.first.push(first);
    }
    fn rule(&self) -> Expected<'_> {
        Expected {
            p: &self.value,
            g: &self.cost,
            scale: self.scale,
        }
    }
    /// What is done first at one alpha.
    pub fn decide(&self, alpha: f64) -> Option<usize> {
        self.first[self.rule().decide(alpha)]
    }
    /// The same for every alpha: each with the alpha that it holds from.
    pub fn steps(&self) -> Vec<(f64, Option<usize>)> {
        let steps = self.rule().steps().into_iter();
        steps.map(|s| (s.alpha, self.first[s.model])).collect()
    }
    /// (alpha, value, cost) from each alpha on.
    fn lines(&self) -> Vec<(f64, f64, f64)> {
        if self.scale <= 0.0 {
            // Without costs only the most valuable option counts.
            let most = self.value.iter().copied().fold(f64::MIN, f64::max);
            return vec![(0.0, most, 0.0)];
        }
        let steps = self.rule().steps().into_iter();
        let line = |m: usize| (self.value[m], self.cost[m]);
        let of = |s: rb_record::policy::Step<usize>| (s.alpha, line(s.model).0, line(s.model).1);
        steps.map(of).collect()
    }
}

impl Rule<'_> {
    fn voice(&self, q: &Query, candidate: usize) -> Voice {
        Voice {
            candidate,
            answer: Some(-2.0 - candidate as f64),
            strength: (self.credibility).strength(candidate, q.p[candidate], q.dataset, None),
        }
    }

    /// P of the answer that is kept after `voices`, borne out.
    fn kept(&self, q: &Query, voices: &[Voice], believed: &[f64]) -> f64 {
        let kept = believed[self.credibility.kept(voices, q.dataset)];
        kept + self.experience.of(voices, q.p.len(), q.dataset)
    }

    /// P of one model's answer before it is known.
    fn alone(&self, q: &Query, candidate: usize) -> f64 {
        self.credibility
            .believed(&[self.voice(q, candidate)], q.dataset)[0]
    }

    fn free<'v>(&self, q: &'v Query, voices: &'v [Voice]) -> impl Iterator<Item = usize> + 'v {
        (0..q.p.len()).filter(|&j| voices.iter().all(|v| v.candidate != j))
    }

    /// What may be done after `voices`.
    pub fn options(&self, q: &Query, voices: &[Voice]) -> Options {
        let mut options = Options::of(q.scale);
        if voices.is_empty() {
            self.first_calls(q, &mut options);
            return options;
        }
        let believed = self.credibility.believed(voices, q.dataset);
        let stop = self.kept(q, voices, &believed);
        options.add(stop, 0.0, None);
        if voices.len() >= self.calls {
            return options;
        }
        for b in self.free(q, voices) {
            let base = match voices {
                [_] => stop.max(self.alone(q, b)),
                _ => stop,
            };
            for (value, cost) in self.calling(q, voices, &believed, b) {
                options.add(self.trusted(value, base), cost, Some(b));
            }
        }
        options
    }

    fn trusted(&self, value: f64, base: f64) -> f64 {
        base + self.trust * (value - base)
    }

    fn first_calls(&self, q: &Query, options: &mut Options) {
        let alone: Vec<f64> = (0..q.p.len()).map(|j| self.alone(q, j)).collect();
        for (j, p) in alone.iter().enumerate() {
            options.add(*p, q.g[j], Some(j));
        }
        if self.calls < 2 || self.trust <= 0.0 {
            return;
        }
        for a in 0..q.p.len() {
            let first = [self.voice(q, a)];
            for b in a + 1..q.p.len() {
                let base = alone[a].max(alone[b]);
                for (value, cost) in self.calling(q, &first, &alone[a..=a], b) {
                    options.add(self.trusted(value, base), q.g[a] + cost, Some(a));
                }
            }
        }
    }

    /// The plans that call `b` next: value and expected cost of each.
    fn calling(&self, q: &Query, voices: &[Voice], believed: &[f64], b: usize) -> Vec<(f64, f64)> {
        let next = self.voice(q, b);
        let chances = self.echo.chances(voices, believed, b, q.p[b], q.dataset);
        let mut changes: Vec<(f64, f64, f64)> = Vec::new();
        for (at, &chance) in chances.iter().enumerate().filter(|(_, c)| **c > 0.0) {
            let says = (at < voices.len()).then_some(at);
            let (then, believed) = after(self.credibility, voices, next, says, q.dataset);
            let mut options = Options::of(q.scale);
            options.add(self.kept(q, &then, &believed), 0.0, None);
            if says.is_none() && then.len() < self.calls {
                for c in self.free(q, &then) {
                    for (value, cost) in self.calling(q, &then, &believed, c) {
                        options.add(value, cost, None);
                    }
                }
            }
            let (mut value, mut cost) = (0.0, 0.0);
            for (alpha, v, c) in options.lines() {
                changes.push((alpha, chance * (v - value), chance * (c - cost)));
                (value, cost) = (v, c);
            }
        }
        changes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut value, mut cost) = (0.0, 0.0);
        let mut plans = Vec::new();
        for (i, (alpha, v, c)) in changes.iter().enumerate() {
            value += v;
            cost += c;
            if changes.get(i + 1).is_none_or(|next| next.0 > *alpha) {
                plans.push((value, q.g[b] + cost.max(0.0)));
            }
        }
        plans
    }
}
