//! What each plan is worth: on which queries a plan that was found on train is to
//! be believed, and by how much.
//!
//! The best of a thousand plans is better on train than elsewhere. So the worth of
//! plan π in dataset d is what the best single model b has there, and a gain that
//! is shrunk to that on all queries and less some standard errors:
//!
//! ```text
//! worth_d(π) = q̄_d(b) + (n_d·Δ_d + κ·Δ)/(n_d + κ) − c·se      Δ = mean of s_π − s_b
//! ```
//!
//! κ (∞: the same for all datasets) and c are those whose choices, among plans found
//! without a part of train and by worths made without it, had the most utility on
//! that part, over alphas; where several are alike, the more careful. A plan
//! therefore displaces another only where such gains held on queries that they were
//! not found on.

use ndarray::Array2;
use rb_record::policy::Expected;

/// From the most careful on.
const SHRINKAGE: [f64; 4] = [f64::INFINITY, 400.0, 100.0, 25.0];
const ERRORS: [f64; 5] = [3.0, 2.0, 1.0, 0.5, 0.0];
/// Where choices are compared: quality counts most.
const ALPHAS: [f64; 8] = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0, 1.0];

/// What plans came to on train, each n×P, the dataset of each query, and G.
pub struct Outcomes<'a> {
    /// 0..1.
    pub score: &'a Array2<f64>,
    /// USD, or what quality is traded against.
    pub cost: &'a Array2<f64>,
    /// A number below `datasets`.
    pub dataset: &'a [usize],
    /// How many there are.
    pub datasets: usize,
    /// G; not positive: no costs.
    pub scale: f64,
    /// The plans that call one model: b is the best of them.
    pub singles: usize,
}

/// What each plan is worth and costs in each dataset: datasets×P both.
pub struct Worth {
    /// A quality, 0..1 but for its doubts.
    pub value: Array2<f64>,
    /// As [`Outcomes::cost`].
    pub cost: Array2<f64>,
}

/// Sums of some rows.
struct Sums {
    n: f64,
    score: Vec<f64>,
    cost: Vec<f64>,
    /// Of s_π − s_b, and its square.
    gain: Vec<f64>,
    square: Vec<f64>,
}

impl Outcomes<'_> {
    /// The best single model of some rows.
    fn best(&self, rows: &[usize]) -> usize {
        let sum = |p: usize| rows.iter().map(|&i| self.score[[i, p]]).sum::<f64>();
        let all = (0..self.singles).map(|p| (sum(p), p));
        all.reduce(|a, b| if b.0 > a.0 { b } else { a })
            .map_or(0, |(_, p)| p)
    }

    fn sums(&self, rows: impl Iterator<Item = usize>, best: usize) -> Sums {
        let zero = || vec![0.0; self.score.ncols()];
        let mut sums = Sums {
            n: 0.0,
            score: zero(),
            cost: zero(),
            gain: zero(),
            square: zero(),
        };
        for i in rows {
            sums.n += 1.0;
            for p in 0..self.score.ncols() {
                let gain = self.score[[i, p]] - self.score[[i, best]];
                sums.score[p] += self.score[[i, p]];
                sums.cost[p] += self.cost[[i, p]];
                sums.gain[p] += gain;
                sums.square[p] += gain * gain;
            }
        }
        sums
    }

    /// The worth of every plan by what some rows tell, for each κ and c.
    fn worths(&self, rows: &[usize], cares: &[Care]) -> Vec<Worth> {
        let best = self.best(rows);
        let all = self.sums(rows.iter().copied(), best);
        let of_dataset: Vec<Sums> = (0..self.datasets)
            .map(|d| self.sums(rows.iter().copied().filter(|&i| self.dataset[i] == d), best))
            .collect();
        let worth = |&care: &Care| {
            let of = |(d, p): (usize, usize)| of_dataset[d].worth(&all, p, best, care);
            let dim = (self.datasets, self.score.ncols());
            Worth {
                value: Array2::from_shape_fn(dim, |at| of(at).0),
                cost: Array2::from_shape_fn(dim, |at| of(at).1),
            }
        };
        cares.iter().map(worth).collect()
    }

    /// The utility of the choices on some rows, summed.
    fn utility(&self, worth: &Worth, rows: &[usize]) -> f64 {
        let costs = self.scale > 0.0;
        let mut sum = 0.0;
        for alpha in ALPHAS {
            let choose = |d: usize| worth.rule(d, self.scale).decide(alpha);
            let chosen: Vec<usize> = (0..self.datasets).map(choose).collect();
            for &i in rows {
                let plan = chosen[self.dataset[i]];
                let spent = if costs {
                    (1.0 - alpha) * self.cost[[i, plan]] / self.scale
                } else {
                    0.0
                };
                sum += alpha * self.score[[i, plan]] - spent;
            }
        }
        sum
    }

    /// The utility, on the rows of `held`, of what is chosen by what `rest` tells, at
    /// each of [`Care::all`].
    pub fn utilities(&self, held: &[usize], rest: &[usize]) -> Vec<f64> {
        let worths = self.worths(rest, &Care::all());
        worths.iter().map(|w| self.utility(w, held)).collect()
    }

    /// What each plan is worth by all rows.
    pub fn worth(&self, care: Care) -> Worth {
        let all: Vec<usize> = (0..self.dataset.len()).collect();
        let mut worths = self.worths(&all, &[care]);
        worths.swap_remove(0)
    }
}

/// How careful to be: κ and c.
#[derive(Debug, Clone, Copy)]
pub struct Care {
    kappa: f64,
    errors: f64,
}

impl Care {
    /// Those that are tried, the most careful first.
    pub fn all() -> Vec<Care> {
        let with = |&kappa: &f64| ERRORS.map(|errors| Care { kappa, errors });
        SHRINKAGE.iter().flat_map(with).collect()
    }
}

impl Sums {
    /// Worth and cost of a plan in the dataset of these sums.
    fn worth(&self, all: &Sums, plan: usize, best: usize, care: Care) -> (f64, f64) {
        let Care { kappa, errors } = care;
        let mean = |s: &Sums, of: &[f64]| of[plan] / s.n.max(1.0);
        let spread =
            |s: &Sums| (mean(s, &s.square) - mean(s, &s.gain).powi(2)).max(0.0) / s.n.max(1.0);
        let own = if kappa.is_infinite() {
            0.0
        } else {
            self.n / (self.n + kappa)
        };
        let shrunk = |of: fn(&Sums) -> &[f64]| {
            let overall = mean(all, of(all));
            own * (mean(self, of(self)) - overall) + overall
        };
        // A dataset's own spread may be 0 by chance: it is no less than all's by much.
        let of_dataset = spread(self).max(0.5 * spread(all) * all.n / self.n.max(1.0));
        let error = (own * own * of_dataset + (1.0 - own).powi(2) * spread(all)).sqrt();
        let reference = if own > 0.0 && self.n > 0.0 {
            self.score[best] / self.n
        } else {
            all.score[best] / all.n.max(1.0)
        };
        let doubt = if plan == best { 0.0 } else { errors * error };
        (reference + shrunk(|s| &s.gain) - doubt, shrunk(|s| &s.cost))
    }
}

impl Worth {
    /// The shared rule over plans, for the queries of a dataset.
    pub fn rule(&self, dataset: usize, scale: f64) -> Expected<'_> {
        Expected {
            p: self.value.row(dataset).to_slice().unwrap_or_default(),
            g: self.cost.row(dataset).to_slice().unwrap_or_default(),
            scale,
        }
    }
}
