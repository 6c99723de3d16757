//! Data in which each router's own idea is what helps: it beats kmeans there, by the
//! interval of the paired difference.

use crate::file::params::Params;
use crate::kinds::entry;
use crate::router::Router;
use crate::table::table_builder::{self, Row};
use crate::table::Table;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;
use rb_record::record::Outcome;

const TRAIN: usize = 1500;
const TEST: usize = 1000;
const WIDTH: usize = 24;

/// Queries whose model `m` is right with the probability that `chance` says of the
/// numbers of the query and its dataset, and of the dataset's own place (its last
/// numbers), which is small beside the rest, so that clusters do not see it.
struct Planted {
    models: usize,
    datasets: usize,
    /// How many outcomes a train query has; the others are unknown.
    known: usize,
    chance: fn(x: &[f64], dataset: usize, m: usize) -> f64,
}

impl Planted {
    fn table(&self, n: usize, known: usize, seed: u64) -> Table {
        let mut rng = StdRng::seed_from_u64(seed);
        let rows = (0..n).map(|i| {
            let dataset = rng.gen_range(0..self.datasets);
            let mut x: Vec<f64> = (0..WIDTH).map(|_| rng.sample(StandardNormal)).collect();
            for d in 0..self.datasets {
                let noise: f64 = rng.sample(StandardNormal);
                x.push(0.5 * noise + if d == dataset { 2.0 } else { 0.0 });
            }
            let first = rng.gen_range(0..self.models);
            let outcome = |m: usize, rng: &mut StdRng| {
                let right = rng.gen_bool((self.chance)(&x, dataset, m));
                let told = (m + self.models - first) % self.models < known;
                Outcome {
                    score: told.then_some(f64::from(u8::from(right))),
                    cost: told.then_some(1e-3 * (1.0 + m as f64)),
                    ..Outcome::default()
                }
            };
            let outcomes = (0..self.models)
                .map(|m| (format!("m{m:02}"), outcome(m, &mut rng)))
                .collect();
            Row {
                id: format!("q{i:05}"),
                dataset: format!("d{dataset}"),
                unit: i as u64,
                text: String::new(),
                x: x.iter().map(|&v| v as f32).collect(),
                outcomes,
            }
        });
        table_builder::table(rows.collect())
    }

    /// The lower end of the 95 % interval of the mean difference, `better` less
    /// kmeans, in what `gain` makes of their routers on test.
    fn lead(&self, better: &str, flags: &[(&str, &str)], gain: Gain) -> f64 {
        let train = self.table(TRAIN, self.known, 1);
        let test = self.table(TEST, self.models, 2);
        let fit = |name: &str, flags: &[(&str, &str)]| {
            let entry = entry(name).expect("a router");
            let mut params = Params::defaults(entry.flags);
            for (flag, value) in flags {
                params.0.insert(flag.to_string(), value.to_string());
            }
            (entry.fit)(&train, &params, 3).expect("it fits")
        };
        let ours = gain(&*fit(better, flags), &test);
        let theirs = gain(&*fit("kmeans", &[]), &test);
        let n = ours.len() as f64;
        let differences: Vec<f64> = ours.iter().zip(&theirs).map(|(a, b)| a - b).collect();
        let mean = differences.iter().sum::<f64>() / n;
        let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
        mean - 1.96 * (variance / n).sqrt()
    }
}

/// The score of each test query.
type Gain = fn(&dyn Router, &Table) -> Vec<f64>;

/// By the model called at alpha 1.
fn at_the_end(router: &dyn Router, test: &Table) -> Vec<f64> {
    let chosen = router.decide(&test.batch(), 1.0);
    let score = |(i, step): (usize, &rb_record::policy::Step<usize>)| {
        test.score().get(i, step.model).expect("test is complete")
    };
    chosen.iter().enumerate().map(score).collect()
}

/// By the dearer of two models for the half of the queries that come to it first.
fn half_strong(router: &dyn Router, test: &Table) -> Vec<f64> {
    let strong = test.k() - 1;
    let routes = router.routes(&test.batch());
    let mut order: Vec<(f64, usize)> = routes
        .iter()
        .enumerate()
        .map(|(i, steps)| {
            let called = steps.iter().find(|s| s.model == strong);
            (called.map_or(2.0, |s| s.alpha), i)
        })
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut scores = vec![0.0; test.len()];
    for (place, &(_, i)) in order.iter().enumerate() {
        let model = if place < test.len() / 2 { strong } else { 0 };
        scores[i] = test.score().get(i, model).expect("test is complete");
    }
    scores
}

/// A linear direction of the query's numbers, each worth a little.
fn along(x: &[f64], m: usize) -> f64 {
    let sign = |j: usize| {
        if (j * (m + 3) + m * m) % 5 < 2 {
            1.0
        } else {
            -0.8
        }
    };
    x[..WIDTH]
        .iter()
        .enumerate()
        .map(|(j, v)| v * sign(j))
        .sum::<f64>()
        / (WIDTH as f64).sqrt()
}

fn likely(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

#[test]
fn bert_and_routerdc_follow_a_direction_that_clusters_do_not_see() {
    let planted = Planted {
        models: 6,
        datasets: 2,
        known: 6,
        chance: |x, _, m| likely(2.5 * along(x, m)),
    };
    for (name, flags) in [
        ("bert", &[][..]),
        ("routerdc", &[("samples", "0"), ("rate", "0.001")]),
    ] {
        let lead = planted.lead(name, flags, at_the_end);
        assert!(lead > 0.0, "{name}: {lead}");
    }
}

#[test]
fn two_model_heads_find_what_the_weak_model_cannot_do() {
    let planted = Planted {
        models: 2,
        datasets: 2,
        known: 2,
        chance: |x, _, m| match m {
            0 => likely(3.0 * along(x, 0)),
            _ => 0.9,
        },
    };
    for name in ["llm-classifier", "hybridllm", "bert"] {
        let lead = planted.lead(name, &[("strong", "m01"), ("weak", "m00")], half_strong);
        assert!(lead > 0.0, "{name}: {lead}");
    }
}

#[test]
fn graphrouter_and_model_sat_tell_the_dataset_and_who_is_good_at_it() {
    // Two of twelve models known a query: what the others would have scored is told by
    // the dataset, which the query's last numbers name.
    let planted = Planted {
        models: 12,
        datasets: 6,
        known: 2,
        chance: |_, dataset, m| if m % 6 == dataset { 0.95 } else { 0.3 },
    };
    for name in ["graphrouter", "model-sat"] {
        let lead = planted.lead(name, &[], at_the_end);
        assert!(lead > 0.0, "{name}: {lead}");
    }
}
