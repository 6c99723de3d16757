//! The policy over alpha: how expected scores and costs become a route.
//!
//! A route is a function of alpha in [0, 1] (0 = cheapest, 1 = best), written
//! as steps. The shared rule chooses, at alpha,
//!
//! ```text
//! argmax_m  alpha·p(m) − (1 − alpha)·g(m)/G
//! ```
//!
//! with p the expected score, g the expected cost and G the mean train cost of
//! the dearest model. Ties go to the lower g, then the higher p, then the
//! earlier model (models are sorted by name); at a crossing the new model
//! holds. Each model is a line in alpha, so the steps are the upper envelope
//! of K lines: exact, O(K·S) for S steps.
//!
//! A router file with numbers near the end of the range can make expectations
//! that overflow. What is not a number is then the least score and the highest
//! cost, and beyond [`LARGEST`] all is alike, so that the steps stay sound.

/// Sums and differences of what is no larger are finite.
const LARGEST: f64 = 1e150;

/// From `alpha` on: the model whose answer is kept, and the models called.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<M> {
    /// 0..1.
    pub alpha: f64,
    /// The model whose answer is kept.
    pub model: M,
    /// Distinct models called and paid for, in order; empty: only `model`.
    pub called: Vec<M>,
}

impl<M: PartialEq> Step<M> {
    /// One call: `model` answers from `alpha` on.
    pub fn of(alpha: f64, model: M) -> Step<M> {
        Step {
            alpha,
            model,
            called: Vec::new(),
        }
    }

    /// Several calls, `model` among them.
    pub fn after_calling(alpha: f64, model: M, called: Vec<M>) -> Step<M> {
        let called = match called.as_slice() {
            [only] if *only == model => Vec::new(),
            _ => called,
        };
        Step {
            alpha,
            model,
            called,
        }
    }

    /// Every model called, in order.
    pub fn calls(&self) -> &[M] {
        if self.called.is_empty() {
            std::slice::from_ref(&self.model)
        } else {
            &self.called
        }
    }
}

/// The step that holds at `alpha`. `steps` is not empty and starts at 0.
pub fn at<M>(steps: &[Step<M>], alpha: f64) -> &Step<M> {
    let after = steps.partition_point(|s| s.alpha <= alpha);
    &steps[after.max(1) - 1]
}

/// The exchange rate that alpha stands for: score per USD, (1 − alpha)/(alpha·G).
pub fn lambda(alpha: f64, scale: f64) -> Option<f64> {
    (alpha > 0.0 && scale > 0.0).then(|| (1.0 - alpha) / (alpha * scale))
}

/// Expected scores and costs of one query, and the cost scale G.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Expected score, one a model.
    pub p: &'a [f64],
    /// Expected cost in USD, one a model.
    pub g: &'a [f64],
    /// G in USD; not positive: no costs are known, and the best p is chosen
    /// at every alpha.
    pub scale: f64,
}

impl Expected<'_> {
    fn cost(&self, m: usize) -> f64 {
        bounded(self.g[m] / self.scale, LARGEST)
    }

    fn score(&self, m: usize) -> f64 {
        bounded(self.p[m], -LARGEST)
    }

    fn has_costs(&self) -> bool {
        self.scale > 0.0
    }

    /// Whether `a` goes before `b` when their utilities are equal.
    fn wins_tie(&self, a: usize, b: usize) -> bool {
        let by_cost = if self.has_costs() {
            self.g[a].total_cmp(&self.g[b])
        } else {
            std::cmp::Ordering::Equal
        };
        by_cost
            .then(self.p[b].total_cmp(&self.p[a]))
            .then(a.cmp(&b))
            .is_lt()
    }

    /// The utility of model `m` at `alpha`.
    pub fn utility(&self, m: usize, alpha: f64) -> f64 {
        if self.has_costs() {
            alpha * self.score(m) - (1.0 - alpha) * self.cost(m)
        } else {
            self.score(m)
        }
    }

    /// The decision rule itself: the model chosen at one alpha. O(K).
    pub fn decide(&self, alpha: f64) -> usize {
        let mut best = 0;
        let mut most = self.utility(0, alpha);
        for m in 1..self.p.len() {
            let u = self.utility(m, alpha);
            if u > most || (u == most && self.wins_tie(m, best)) {
                best = m;
                most = u;
            }
        }
        best
    }

    /// The rule for every alpha at once.
    pub fn steps(&self) -> Vec<Step<usize>> {
        let mut now = self.decide(0.0);
        let mut steps = vec![Step::of(0.0, now)];
        if !self.has_costs() {
            return steps;
        }
        loop {
            // Among the models that gain on the present one, the first to
            // reach it; where several arrive together, the steepest holds next.
            let slope = |m: usize| self.score(m) + self.cost(m);
            let mut next: Option<(f64, usize)> = None;
            for m in 0..self.p.len() {
                let rise = slope(m) - slope(now);
                if rise <= 0.0 || self.score(m) <= self.score(now) {
                    // Only a better p can win at a higher alpha: a dearer
                    // model that is no better never overtakes.
                    continue;
                }
                let alpha = ((self.cost(m) - self.cost(now)) / rise).clamp(0.0, 1.0);
                let sooner = match next {
                    None => true,
                    Some((a, b)) => {
                        alpha < a
                            || (alpha == a
                                && (slope(m) > slope(b)
                                    || (slope(m) == slope(b) && self.wins_tie(m, b))))
                    }
                };
                if sooner {
                    next = Some((alpha, m));
                }
            }
            let Some((alpha, m)) = next else {
                return steps;
            };
            now = m;
            push_step(&mut steps, Step::of(alpha, m));
        }
    }
}

/// `value` within ±[`LARGEST`]; `otherwise` where it is not a number.
fn bounded(value: f64, otherwise: f64) -> f64 {
    if value.is_nan() {
        otherwise
    } else {
        value.clamp(-LARGEST, LARGEST)
    }
}

/// Appends a step, keeping alphas strictly increasing: a step at the same
/// alpha replaces the one before it, a step that changes nothing is left out.
pub fn push_step<M: PartialEq>(steps: &mut Vec<Step<M>>, step: Step<M>) {
    if let Some(last) = steps.last() {
        if step.alpha <= last.alpha {
            let alpha = last.alpha;
            steps.pop();
            return push_step(steps, Step { alpha, ..step });
        }
        if last.model == step.model && last.called == step.called {
            return;
        }
    }
    steps.push(step);
}

/// The route of a two-model router: weak, and strong from alpha = 1 − P(strong wins) on.
/// Where P is not a number nothing speaks for the strong model.
pub fn strong_from<M: PartialEq>(p_strong: f64, strong: M, weak: M) -> Vec<Step<M>> {
    let alpha = (1.0 - p_strong).clamp(0.0, 1.0);
    let mut steps = vec![Step::of(0.0, weak)];
    if !alpha.is_nan() {
        push_step(&mut steps, Step::of(alpha, strong));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(p: &[f64], g: &[f64], scale: f64) -> Vec<(f64, usize)> {
        let e = Expected { p, g, scale };
        e.steps().iter().map(|s| (s.alpha, s.model)).collect()
    }

    #[test]
    fn two_models_cross_where_their_utilities_are_equal() {
        // 0.9a − (1−a)·1 = 0.5a − (1−a)·0.5  ⇒  a = 0.5/0.9
        let s = steps(&[0.5, 0.9], &[1.0, 2.0], 2.0);
        assert_eq!(s.len(), 2);
        assert_eq!(s[0], (0.0, 0));
        assert!((s[1].0 - 0.5 / 0.9).abs() < 1e-15 && s[1].1 == 1);
    }

    #[test]
    fn without_costs_the_best_expected_score_holds_at_every_alpha() {
        assert_eq!(steps(&[0.2, 0.9, 0.9], &[0.0; 3], 0.0), [(0.0, 1)]);
    }

    #[test]
    fn ties_go_to_the_lower_cost_then_the_higher_score_then_the_name() {
        assert_eq!(steps(&[0.5, 0.5], &[2.0, 1.0], 2.0), [(0.0, 1)]);
        assert_eq!(steps(&[0.4, 0.5], &[1.0, 1.0], 1.0), [(0.0, 1)]);
        assert_eq!(steps(&[0.5, 0.5], &[1.0, 1.0], 1.0), [(0.0, 0)]);
    }

    #[test]
    fn a_strong_model_that_surely_wins_holds_from_zero_on() {
        assert_eq!(strong_from(1.0, 'S', 'w'), [Step::of(0.0, 'S')]);
        assert_eq!(strong_from(0.25, 'S', 'w')[1], Step::of(0.75, 'S'));
    }

    #[test]
    fn expectations_that_overflow_leave_the_steps_sound() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 0.5];
        for (i, a) in odd.iter().enumerate() {
            for b in odd {
                for scale in [5e-324, 1.0, f64::MAX] {
                    let (p, g) = ([*a, b, odd[(i + 1) % 5]], [b, odd[(i + 2) % 5], *a]);
                    let e = Expected {
                        p: &p,
                        g: &g,
                        scale,
                    };
                    let s = e.steps();
                    assert_eq!(s[0].alpha, 0.0);
                    assert!(s.windows(2).all(|w| w[0].alpha < w[1].alpha), "{s:?}");
                }
            }
        }
        assert_eq!(steps(&[f64::NAN, 0.1], &[f64::NAN, 0.1], 1.0), [(0.0, 1)]);
        assert_eq!(strong_from(f64::NAN, 'S', 'w'), [Step::of(0.0, 'w')]);
    }

    proptest! {
        #[test]
        fn steps_agree_with_the_rule_at_every_alpha(
            rows in prop::collection::vec((0u8..=20, 0u8..=20), 1..9), fine in prop::bool::ANY
        ) {
            let unit = if fine { 0.0493 } else { 0.05 };
            let p: Vec<f64> = rows.iter().map(|r| r.0 as f64 * unit).collect();
            let g: Vec<f64> = rows.iter().map(|r| r.1 as f64 * 1e-4).collect();
            let scale = g.iter().copied().fold(0.0, f64::max);
            let e = Expected { p: &p, g: &g, scale };
            let s = e.steps();
            prop_assert_eq!(s[0].alpha, 0.0);
            prop_assert!(s.windows(2).all(|w| w[0].alpha < w[1].alpha));
            for i in 0..=1000 {
                let alpha = i as f64 / 1000.0;
                if s.iter().any(|s| (s.alpha - alpha).abs() < 1e-9) {
                    continue;
                }
                prop_assert_eq!(at(&s, alpha).model, e.decide(alpha));
            }
        }
    }
}
