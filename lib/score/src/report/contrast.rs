//! What a router is worth at one operating point fixed in advance (alpha 1, or
//! a chosen one): its paired differences to best-single, to zero at equal cost,
//! to its own mix dealt out blindly, and to another router; and the figures of
//! the points chosen for PerfGain and CostSave.

use crate::baseline::blind::Blind;
use crate::replay::operating_point::OperatingPoint;
use crate::replay::{Replay, Value};
use crate::report::bands::band::{parts, Band, PARTS};
use crate::report::bands::pool::{Averaging, Pool};
use crate::report::bands::sample::Sample;
use crate::statistics::resampled::Resampled;
use crate::statistics::sum::Sum;
use crate::statistics::verdict;
use rb_record::hull::{ndch, quality_at, Point};
use rb_store::column::Column;
use std::collections::BTreeMap;

/// Whether one model takes nearly all of the calls.
pub(crate) fn is_constant(replay: &Replay, policy: &OperatingPoint) -> bool {
    let mut calls = vec![0usize; replay.facts.models.len()];
    for (_, path) in policy.iter() {
        for m in &replay.facts.paths[path].called {
            calls[*m] += 1;
        }
    }
    let all: usize = calls.iter().sum();
    let most = calls.into_iter().max().unwrap_or(0);
    most as f64 > verdict::CONSTANT * all as f64
}

/// A difference with what chance makes of it.
#[derive(Debug, Clone)]
pub(crate) struct Contrast {
    /// Queries compared.
    pub n: usize,
    pub drawn: Resampled,
    /// The p value after Holm over the routers.
    pub holm: Option<f64>,
}

impl Contrast {
    pub(crate) fn new(n: usize, value: f64, draws: Vec<f64>) -> Contrast {
        Contrast {
            n,
            drawn: Resampled { value, draws },
            holm: None,
        }
    }
}

fn mean(terms: impl Iterator<Item = f64>, n: usize) -> f64 {
    terms.collect::<Sum>().value() / n as f64
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// A policy against best-single, on the queries where that one's score is known.
#[derive(Debug, Clone)]
pub(crate) struct AgainstBest {
    pub difference: Contrast,
    /// Queries on which the two scores differ.
    pub discordant: usize,
    /// Q / Q_best-single − 1; None where best-single scores 0.
    pub gain: Option<Resampled>,
    /// C / C_best-single; None without costs, or where best-single costs 0.
    pub cost_ratio: Option<Resampled>,
}

/// A policy beside model `m`, over the queries on which that has a score.
/// `sample` is of the policy's queries.
pub(crate) fn against(
    replay: &Replay,
    policy: &OperatingPoint,
    m: usize,
    sample: &Sample,
) -> Option<AgainstBest> {
    let known = |q: usize| replay.facts.scored.outcomes.score(q, m).is_some();
    let mut paths = policy.iter().map(|(_, path)| path);
    let compared = OperatingPoint::new(replay, &policy.queries, |q| {
        paths.next().filter(|_| known(q))
    });
    let n = compared.queries.len();
    if n == 0 {
        return None;
    }
    let spent = |v: &Value| v.spent(replay.against());
    let row = |q: usize, path: usize| {
        let (own, best) = (replay.path(q, path), replay.call(q, m));
        [own.score, best.score, spent(&own), spent(&best)]
    };
    let rows = || compared.iter().map(|(q, path)| row(q, path));
    let resampled = sample.of(replay, &compared.queries, 4, |i, q, out| {
        out.copy_from_slice(&row(q, compared.path(i)));
    });
    let mut resampled = resampled.into_iter().enumerate();
    let [own, best, cost, best_cost] = std::array::from_fn(|_| {
        let (i, draws) = resampled.next().unwrap_or_default();
        let value = mean(rows().map(|r| r[i]), n);
        Resampled { value, draws }
    });
    let differences = || rows().map(|r| r[0] - r[1]);
    let costs = replay.has_costs() && best_cost.value > 0.0;
    let drawn = own.with(&best, |a, b| a - b).draws;
    Some(AgainstBest {
        discordant: differences().filter(|d| *d != 0.0).count(),
        difference: Contrast::new(n, mean(differences(), n), drawn),
        gain: (best.value > 0.0).then(|| own.with(&best, |a, b| a / b - 1.0)),
        cost_ratio: costs.then(|| cost.with(&best_cost, |a, b| a / b)),
    })
}

/// A policy against another, on the queries of both. `sample` is of the first
/// one's queries.
pub(crate) fn versus(
    replay: &Replay,
    a: &OperatingPoint,
    b: &OperatingPoint,
    sample: &Sample,
) -> Option<Contrast> {
    let pager = &replay.facts.pager;
    let (mut own, mut theirs) = (a.iter(), b.iter().peekable());
    let mut differences = Column::with_capacity(pager, a.queries.len());
    // The queries of either ascend.
    let both = a.queries.filter(pager, |q| {
        let path = own.next().map(|(_, path)| path);
        while theirs.next_if(|(other, _)| *other < q).is_some() {}
        let other = theirs.next_if(|(other, _)| *other == q);
        let both = path.zip(other);
        if let Some((path, (_, other))) = both {
            differences.push(replay.path(q, path).score - replay.path(q, other).score);
        }
        both.is_some()
    });
    let n = both.len();
    let resampled = sample.of(replay, &both, 1, |i, _, out| out[0] = differences.get(i));
    let draws = resampled.into_iter().next()?;
    (n > 0).then(|| Contrast::new(n, mean(differences.iter(), n), draws))
}

/// A policy's own intervals, and how it differs from zero at equal cost and
/// from its mix dealt out blindly.
pub(crate) struct Alone {
    pub band: Band,
    /// Quality and cost; None without costs.
    pub quality: Resampled,
    pub cost: Option<Resampled>,
    /// None without costs.
    pub zero: Option<Contrast>,
    pub shuffle: Contrast,
    /// Of the mix dealt out over everything, and within each dataset.
    pub shuffled: Band,
    pub shuffled_within: Band,
}

impl Alone {
    /// `singles`: the pool's models over the policy's queries, and `pool` the
    /// same in every resample of `sample`, which is of these queries too.
    pub(crate) fn new(
        replay: &Replay,
        policy: &OperatingPoint,
        blind: &Blind,
        singles: &[Point],
        pool: &Pool,
        sample: &Sample,
    ) -> Alone {
        let n = policy.queries.len();
        let dealt = Dealt::new(replay, policy, blind);
        let row = |q: usize, path: usize| {
            let f = sample.macro_factor(replay, q);
            let own = parts(replay.against(), &replay.path(q, path), f);
            let (anywhere, within) = dealt.rows(replay, q, path, f);
            [own, anywhere, within]
        };
        let rows = policy.iter().map(|(q, path)| row(q, path));
        let differences: Sum = rows
            .map(|[own, anywhere, _]| own[0] - anywhere[0])
            .collect();
        let means = sample.means(3 * PARTS, |i, q, out| {
            let row = row(q, policy.path(i));
            out.copy_from_slice(row.as_flattened());
        });
        let own = policy.tally(replay);
        let zero = own.quality().zip(own.cost()).and_then(|(quality, cost)| {
            let zero = zero_at(singles, cost)?;
            let resampled = (0..pool.len()).filter_map(|b| {
                let zero = zero_at(&pool.points(b, Averaging::Micro), means[2][b])?;
                Some(means[0][b] - zero)
            });
            Some(Contrast::new(n, quality - zero, resampled.collect()))
        });
        let shuffle = Contrast::new(
            n,
            differences.value() / n as f64,
            minus(&means[0], &means[PARTS]),
        );
        let drawn = |value: f64, part: usize| Resampled {
            value,
            draws: means[part].clone(),
        };
        let quality = drawn(own.quality().unwrap_or(0.0), 0);
        let cost = own.cost().map(|c| drawn(c, 2));
        let mut means = means.into_iter();
        let mut band = || Band::new(replay, means.by_ref().take(PARTS).collect::<Vec<_>>());
        Alone {
            band: band(),
            quality,
            cost,
            zero,
            shuffle,
            shuffled: band(),
            shuffled_within: band(),
        }
    }
}

/// What mixing single models gives for `cost`; for less than the cheapest
/// costs, what the cheapest gives, which favours zero.
fn zero_at(singles: &[Point], cost: f64) -> Option<f64> {
    let hull = ndch(singles);
    quality_at(&hull, cost.max(hull.first()?.cost))
}

/// A mix of paths dealt out blindly, as a column a part. The shuffled mean is
/// a sum of products, share of a path times its mean, and both vary with the
/// queries; a query's row is its first-order share of that:
///
/// ```text
/// y(q) = Σ_p share_p·x(q, p) + mean_{p(q)} − Σ_p share_p·mean_p
/// ```
struct Dealt {
    /// Path → share and means, over everything.
    all: PathShares,
    /// The same by dataset, macro parts as the others.
    within: BTreeMap<usize, PathShares>,
}

struct PathShares {
    share: Vec<(usize, f64)>,
    mean: BTreeMap<usize, [f64; PARTS]>,
    /// Σ share·mean.
    all: [f64; PARTS],
}

impl PathShares {
    fn new(counts: &BTreeMap<usize, usize>, mean: impl Fn(usize) -> [f64; PARTS]) -> PathShares {
        let n: usize = counts.values().sum();
        let share: Vec<(usize, f64)> = (counts.iter())
            .map(|(p, c)| (*p, *c as f64 / n as f64))
            .collect();
        let mean: BTreeMap<usize, [f64; PARTS]> =
            share.iter().map(|(p, _)| (*p, mean(*p))).collect();
        let sum = |i: usize| share.iter().map(|(p, s)| s * mean[p][i]).sum();
        PathShares {
            all: std::array::from_fn(sum),
            share,
            mean,
        }
    }

    fn row(&self, replay: &Replay, q: usize, path: usize, f: f64) -> [f64; PARTS] {
        let mut row: [f64; PARTS] = std::array::from_fn(|i| self.mean[&path][i] - self.all[i]);
        for (p, share) in &self.share {
            let value = parts(replay.against(), &replay.path(q, *p), f);
            (row.iter_mut().zip(value)).for_each(|(sum, x)| *sum += share * x);
        }
        row
    }
}

impl Dealt {
    fn new(replay: &Replay, policy: &OperatingPoint, blind: &Blind) -> Dealt {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        let mut counts_within: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
        for (q, path) in policy.iter() {
            *counts.entry(path).or_default() += 1;
            let dataset = replay.facts.scored.dataset(q);
            *(counts_within.entry(dataset).or_default())
                .entry(path)
                .or_default() += 1;
        }
        let datasets: Vec<usize> = counts_within.keys().copied().collect();
        let mean = |path: usize| {
            let micro = parts(replay.against(), &blind.anywhere(path), 1.0);
            let each = datasets.iter().map(|d| blind.within(path, *d));
            let over_datasets = parts(replay.against(), &Value::mean(each), 1.0);
            let [quality, _, cost, _, latency] = micro;
            [quality, over_datasets[1], cost, over_datasets[3], latency]
        };
        Dealt {
            all: PathShares::new(&counts, mean),
            within: (counts_within.iter())
                .map(|(d, counts)| {
                    let mean = |path: usize| parts(replay.against(), &blind.within(path, *d), 1.0);
                    (*d, PathShares::new(counts, mean))
                })
                .collect(),
        }
    }

    /// Query `q`, which takes `path`; `f` makes its parts macro.
    fn rows(&self, replay: &Replay, q: usize, path: usize, f: f64) -> ([f64; PARTS], [f64; PARTS]) {
        let dataset = replay.facts.scored.dataset(q);
        let mut within = self.within[&dataset].row(replay, q, path, 1.0);
        within[1] *= f;
        within[3] *= f;
        (self.all.row(replay, q, path, f), within)
    }
}
