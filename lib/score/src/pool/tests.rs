use crate::pool::draw;
use crate::pool::gaps::Gaps;
use crate::pool::greedy::{grow, EQUAL};
use crate::pool::judge::{Config, Judge};
use crate::pool::objective::{Objective, Oracle, Scores};
use crate::pool::part::{mean, Part};
use crate::statistics::bootstrap::Plan;
use rb_record::hash;

fn draw(seed: u64, purpose: &str, number: usize) -> f64 {
    hash::unit(hash::text(seed, purpose, &number.to_string()))
}

/// 0/1 scores of models with a strength of their own on each of three datasets.
fn part(seed: u64, n: usize, models: usize) -> Part {
    let mut part = Part {
        models,
        ..Part::default()
    };
    for q in 0..n {
        let dataset = q % 3;
        part.dataset.push(dataset);
        part.unit.push(hash::text(seed, "unit", &q.to_string()));
        for m in 0..models {
            let strength = 0.2 + 0.6 * draw(7, "strength", m * 3 + dataset);
            part.scores
                .push((draw(seed, "score", q * models + m) < strength) as u8 as f64);
        }
    }
    part
}

fn names(models: usize) -> Vec<String> {
    (0..models).map(|m| format!("m{m}")).collect()
}

/// Without any of the code that is tested.
fn brute_force(part: &Part, pool: &[usize]) -> f64 {
    let mut sum = 0.0;
    for q in 0..part.unit.len() {
        let mut best = 0.0;
        for m in pool {
            let score = part.scores[q * part.models + m];
            if score > best {
                best = score;
            }
        }
        sum += best;
    }
    sum / part.unit.len() as f64
}

fn judge<'a>(
    objective: &'a dyn Objective,
    names: &'a [String],
    train: &'a Part,
    test: &'a Part,
) -> Judge<'a> {
    Judge {
        objective,
        names,
        datasets: &[],
        train,
        test,
    }
}

const PLAN: Plan = Plan {
    seed: 3,
    resamples: 200,
};

#[test]
fn values_are_those_of_brute_force_and_greedy_keeps_what_it_promises() {
    let mut off = Vec::new();
    for seed in 0..20 {
        let (train, test) = (part(seed, 240, 8), part(seed + 100, 90, 8));
        let oracle = Oracle {
            train: &train,
            test: &test,
        };
        let names = names(8);
        let config = Config {
            size: 3,
            by_dataset: 0,
            random: 200,
            plan: PLAN,
        };
        let groups = judge(&oracle, &names, &train, &test).groups(&config);
        let three = &groups[0].pools[2];
        assert_eq!(three.pool.len(), 3);
        for judged in &groups[0].pools {
            let on_train = brute_force(&train, &judged.pool);
            assert!((judged.quality.value - on_train).abs() < EQUAL);
            let on_test = brute_force(&test, &judged.pool);
            let told = judged.test_quality.as_ref().unwrap().value;
            assert!((told - on_test).abs() < EQUAL);
        }
        let (mut most, mut worse, mut equal) = (0.0f64, 0, 0);
        let own = brute_force(&test, &three.pool);
        for a in 0..8 {
            for b in a + 1..8 {
                for c in b + 1..8 {
                    most = most.max(brute_force(&train, &[a, b, c]));
                    let other = brute_force(&test, &[a, b, c]);
                    worse += (other < own - EQUAL) as usize;
                    equal += ((other - own).abs() <= EQUAL) as usize;
                }
            }
        }
        let beside = &three.beside;
        assert!(beside.all && beside.pools == 56);
        assert!((beside.best.as_ref().unwrap().1 - most).abs() < EQUAL);
        let quantile = (worse as f64 + equal as f64 / 2.0) / 56.0;
        assert!((beside.quantile.unwrap() - quantile).abs() < EQUAL);
        let greedy = three.quality.value;
        assert!(greedy >= (1.0 - (-1.0f64).exp()) * most && greedy <= most + EQUAL);
        off.push(most - greedy);
    }
    let far = off.iter().copied().fold(0.0, f64::max);
    let exact = off.iter().filter(|o| **o < EQUAL).count();
    println!("greedy of 3 against all 56: the best in {exact} of 20, at most {far:.4} below");
    assert!(exact >= 10 && far < 0.05, "{off:?}");
}

#[test]
fn greedy_may_miss_the_best_pool_and_then_the_best_is_told() {
    // The third model is best alone, the other two together.
    let rows = [
        [1, 0, 1],
        [1, 0, 1],
        [1, 0, 0],
        [0, 1, 1],
        [0, 1, 1],
        [0, 1, 0],
    ];
    let train = Part {
        models: 3,
        scores: rows.iter().flatten().map(|s| f64::from(*s)).collect(),
        dataset: vec![0; 6],
        unit: (0..6).collect(),
    };
    let test = Part::default();
    let oracle = Oracle {
        train: &train,
        test: &test,
    };
    let config = Config {
        size: 2,
        by_dataset: 0,
        random: 10,
        plan: PLAN,
    };
    let names = names(3);
    let groups = judge(&oracle, &names, &train, &test).groups(&config);
    let two = &groups[0].pools[1];
    assert_eq!(two.pool, [0, 2], "of equal gains the first comes");
    assert!((two.quality.value - 5.0 / 6.0).abs() < EQUAL);
    assert_eq!(two.beside.best, Some((vec![0, 1], 1.0)));
    assert!(two.test_quality.is_none() && two.beside.quantile.is_none());
    assert!(two.quality.interval().is_none(), "six prompts are too few");
}

#[test]
fn the_gain_and_its_interval_are_those_of_the_paired_difference() {
    let (train, test) = (part(1, 300, 5), part(2, 200, 5));
    let oracle = Oracle {
        train: &train,
        test: &test,
    };
    let config = Config {
        size: 5,
        by_dataset: 2,
        random: 3,
        plan: PLAN,
    };
    let (names, datasets) = (names(5), ["x", "y", "z"].map(String::from));
    let judge = Judge {
        datasets: &datasets,
        ..judge(&oracle, &names, &train, &test)
    };
    let groups = judge.groups(&config);
    assert_eq!(groups.len(), 4);
    assert_eq!(groups[3].dataset.as_deref(), Some("z"));
    assert_eq!((groups[0].pools.len(), groups[3].pools.len()), (5, 2));
    for pair in groups[0].pools.windows(2) {
        let gain = pair[1].gain.as_ref().unwrap();
        let difference = pair[1].quality.value - pair[0].quality.value;
        assert!((gain.value - difference).abs() < EQUAL);
        let (low, high) = gain.interval().unwrap();
        assert!(-EQUAL <= low && low <= gain.value && gain.value <= high);
    }
    let last = groups[0].pools.last().unwrap();
    assert_eq!((last.beside.pools, last.beside.quantile), (1, None));
}

/// The worth of a pool that only its size decides.
struct Flat(usize);

impl Objective for Flat {
    fn scores(&self, pool: &[usize]) -> Scores {
        Scores {
            train: vec![pool.len() as f64 * 0.1; self.0],
            test: Vec::new(),
        }
    }
}

#[test]
fn of_equal_models_the_first_comes() {
    let steps = grow(&Flat(4), &[0, 1, 2, 3], 5, 9);
    let order: Vec<usize> = steps.iter().map(|s| s.model).collect();
    assert_eq!(order, [0, 1, 2, 3, 4]);
    assert_eq!(mean(&steps[4].scores.train, &[1, 2]), Some(0.5));
    assert_eq!(mean(&steps[4].scores.train, &[]), None);
}

#[test]
fn random_pools_are_distinct_seeded_and_known_by_names() {
    let names = names(15);
    let (pools, all) = draw::pools(&names, 5, 200, 1);
    assert!(!all && pools.len() == 200);
    let distinct: std::collections::BTreeSet<_> = pools.iter().collect();
    assert_eq!(distinct.len(), 200);
    assert!(pools
        .iter()
        .all(|p| p.len() == 5 && p.windows(2).all(|w| w[0] < w[1])));
    assert_eq!(draw::pools(&names, 5, 200, 1).0, pools);
    assert_ne!(draw::pools(&names, 5, 200, 2).0, pools);
    let turned: Vec<String> = names.iter().rev().cloned().collect();
    let mut back: Vec<Vec<usize>> = (draw::pools(&turned, 5, 200, 1).0.iter())
        .map(|p| p.iter().rev().map(|m| 14 - m).collect())
        .collect();
    back.sort();
    assert_eq!(back, pools);
    // Every model equally often, within chance: 200·5/15 = 67, sd below 7.
    for m in 0..15 {
        let count = pools.iter().filter(|p| p.contains(&m)).count();
        assert!((35..=100).contains(&count), "{m}: {count}");
    }
    assert_eq!(draw::every(4, 2).len(), 6);
    assert_eq!(draw::pools(&names[..4], 2, 6, 1), (draw::every(4, 2), true));
}

#[test]
fn what_is_missing_is_counted_told_and_refused_where_it_is_most() {
    let names = names(2);
    let gaps = Gaps::of(4, 2, 1, |q, m| q > 0 || m == 0);
    assert_eq!(gaps.complete, [1, 2, 3]);
    assert_eq!((gaps.left_out, &gaps.missing[..]), (2, &[1, 2][..]));
    assert!(gaps.refuse("train", &names, false).is_ok());
    let note = gaps.note("train", &names).unwrap();
    assert!(
        note.contains("2 of 5 train") && note.contains("m1 on 2, m0 on 1"),
        "{note}"
    );
    let sparse = Gaps::of(4, 2, 0, |q, m| q == 0 || m == 0);
    let refused = sparse.refuse("test", &names, false).unwrap_err().message;
    assert!(
        refused.contains("25 %") && refused.contains("--exclude m1"),
        "{refused}"
    );
    assert!(sparse.refuse("test", &names, true).is_ok());
    let none = Gaps::of(4, 2, 0, |q, m| (q + m) % 2 == 0);
    let refused = none.refuse("test", &names, true).unwrap_err().message;
    assert!(!refused.contains("--missing drop"), "{refused}");
}
