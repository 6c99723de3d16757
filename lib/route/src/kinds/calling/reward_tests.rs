//! Tests of reward.rs: rewards planted in the vector and in the answers.

use super::*;
use crate::kinds::cluster::kmeans;
use crate::table::table_builder::{self, Row};
use ndarray::array;
use rb_record::hash;
use rb_record::policy::Step;
use rb_record::record::Outcome;

fn draw(what: &str, i: usize) -> f64 {
    hash::unit(hash::text(17, what, &i.to_string()))
}

/// Rows `from..to` of 12 numbers in −½..½ each, with these outcomes.
fn table(from: usize, to: usize, outcomes: impl Fn(usize, &[f64]) -> Vec<Outcome>) -> Table {
    let names = ["cheap", "dear", "mute"];
    let row = |i: usize| {
        let x: Vec<f64> = (0..12).map(|j| draw("x", 12 * i + j) - 0.5).collect();
        let named = |(o, m): (Outcome, &str)| (m.to_string(), o);
        Row {
            id: format!("q{i:04}"),
            dataset: String::new(),
            unit: i as u64,
            text: String::new(),
            outcomes: outcomes(i, &x).into_iter().zip(names).map(named).collect(),
            x: x.into_iter().map(|v| v as f32).collect(),
        }
    };
    table_builder::table((from..to).map(row).collect())
}

fn outcome(score: f64, cost: f64, reward: Option<f64>) -> Outcome {
    Outcome {
        score: Some(score),
        cost: Some(cost),
        reward,
        ..Outcome::default()
    }
}

fn fitted(table: &Table, after_calling: &str) -> Box<dyn Router> {
    let mut params = Params::defaults(ENTRY.flags);
    params
        .0
        .insert("after-calling".into(), after_calling.into());
    fit(table, &params, 3).unwrap()
}

fn quality(table: &Table, steps: &[Step<usize>]) -> f64 {
    let of = |(i, s): (usize, &Step<usize>)| table.score().get(i, s.model).unwrap();
    steps.iter().enumerate().map(of).sum::<f64>() / table.len() as f64
}

fn cost(table: &Table, steps: &[Step<usize>]) -> f64 {
    let of = |(i, m): (usize, &usize)| table.cost().get(i, *m).unwrap();
    let calls = steps.iter().enumerate();
    let calls = calls.flat_map(|(i, s)| s.calls().iter().map(move |m| (i, m)));
    calls.map(of).sum::<f64>() / table.len() as f64
}

/// One direction of the vector tells which of two models is better. Scores are
/// right or wrong by chance, rewards say how good an answer is.
fn seen(from: usize, to: usize) -> Table {
    table(from, to, |i, x| {
        let lead = x[0] + x[1] - x[2];
        let of = |m: usize| {
            let good = 0.55 + 0.4 * if m == 0 { -lead } else { lead };
            let right = draw("right", 2 * i + m) < good;
            let taste = 6.0 * good + draw("taste", 2 * i + m) + 3.0 * x[5];
            outcome(f64::from(u8::from(right)), [1.0, 2.0][m], Some(taste))
        };
        vec![of(0), of(1)]
    })
}

#[test]
fn where_rewards_carry_what_helps_the_best_predicted_one_beats_best_single_and_kmeans() {
    let (train, test) = (seen(0, 300), seen(1000, 4000));
    let by_reward = fitted(&train, "1").decide(&test.batch(), 1.0);
    let params = Params::defaults(kmeans::ENTRY.flags);
    let by_cluster = (kmeans::ENTRY.fit)(&train, &params, 3).unwrap();
    let by_cluster = by_cluster.decide(&test.batch(), 1.0);
    let single = |m: usize| test.score().mean(m).unwrap();
    let best = single(0).max(single(1));
    let (found, clusters) = (quality(&test, &by_reward), quality(&test, &by_cluster));
    assert!(found > best + 0.1, "{found} {best}");
    assert!(found > clusters + 0.03, "{found} {clusters}");
    assert!(by_reward.iter().all(|s| s.calls().len() == 1));
}

#[test]
fn beta_is_the_scores_rise_with_the_predicted_reward_and_its_floor_keeps_the_order() {
    let delta = Array2::from_shape_fn((400, 2), |(i, c)| {
        let v = draw("delta", i) - 0.5;
        if c == 0 {
            v
        } else {
            -v
        }
    });
    for own in [false, true] {
        let score = delta.mapv(|d| 0.4 + 0.1 * d);
        let (slope, levels) = exchange(&delta, &delta, &score, own);
        assert!((slope / 0.1 - 400.0 / 401.0).abs() < 1e-9, "{slope}");
        assert!(levels.iter().all(|a| (a - 0.4).abs() < 1e-3), "{levels:?}");
        let (slope, _) = exchange(&delta, &delta, &score.mapv(|s| 1.0 - s), own);
        assert!(slope > 0.0 && slope < 1e-5, "{slope}");
    }
    // Only sets have levels of their own.
    let score = array![[0.2, 0.9], [0.2, 0.9]];
    let flat = Array2::zeros((2, 2));
    assert_eq!(exchange(&flat, &flat, &score, true).1, [0.2, 0.9]);
    assert_eq!(exchange(&flat, &flat, &score, false).1, [0.55, 0.55]);
}

#[test]
fn rewards_against_the_scores_are_followed_at_alpha_1_and_pay_for_nothing_below() {
    let train = table(0, 300, |_, x| {
        let of = |up: f64, c| outcome(0.5 - 0.4 * up * x[0], c, Some(up * x[0]));
        vec![of(-1.0, 1.0), of(1.0, 2.0)]
    });
    let router = fitted(&train, "1");
    let at_one = router.decide(&train.batch(), 1.0);
    let agrees = |i: &usize| (at_one[*i].model == 1) == (train.x[[*i, 0]] > 0.0);
    assert!((0..300).filter(agrees).count() > 285);
    let below = router.decide(&train.batch(), 0.99);
    assert!(below.iter().all(|s| s.model == 0));
}

/// Nothing to be seen in the vector; the reward of an answer knows whether it is right.
fn heard(from: usize, to: usize) -> Table {
    table(from, to, |i, _| {
        let of = |m: usize| {
            let right = f64::from(u8::from(draw("luck", 2 * i + m) < [0.5, 0.6][m]));
            let reward = 2.0 * right + draw("noise", 2 * i + m) - 40.0;
            outcome(right, [1.0, 2.0][m], Some(reward))
        };
        vec![of(0), of(1)]
    })
}

#[test]
fn best_of_two_beats_every_single_model_where_rewards_know_and_costs_their_sum() {
    let (train, test) = (heard(0, 300), heard(1000, 2000));
    let router = fitted(&train, "2");
    let steps = router.decide(&test.batch(), 1.0);
    let best = test
        .score()
        .mean(0)
        .unwrap()
        .max(test.score().mean(1).unwrap());
    // At least one of two is right with 1 − 0.5·0.4.
    let found = quality(&test, &steps);
    assert!(
        found > best + 0.15 && (found - 0.8).abs() < 0.05,
        "{found} {best}"
    );
    assert!(steps.iter().all(|s| s.calls() == [0, 1]));
    assert!((cost(&test, &steps) - 3.0).abs() < 1e-12);
    let frugal = router.decide(&test.batch(), 0.0);
    assert!(frugal.iter().all(|s| s.calls() == [0]));
    let chosen_before = fitted(&train, "1").decide(&test.batch(), 1.0);
    assert!(quality(&test, &chosen_before) < best + 0.02);
}

#[test]
fn an_answer_without_a_reward_stands_at_what_was_predicted_of_it() {
    let router = Reward {
        candidates: vec![vec![0], vec![1], vec![0, 1]],
        weights: Packed64(Array2::zeros((1, 3))),
        slope: 1.0,
        levels: Packed64::from_row(vec![0.0; 3]),
        means: Packed64::from_row(vec![0.0; 2]),
        cost: Heads::of(&[], &Design::Dense(Array2::zeros((0, 0))), 1.0),
        scale: 1.0,
    };
    let query = Query {
        delta: vec![-1.0, 1.0, 2.0],
        p: vec![0.0; 3],
        g: vec![0.0; 3],
        scale: 1.0,
    };
    let rewards = |told: [Option<f64>; 2]| -> Vec<f64> {
        let heard = [0, 1].map(|model| Heard {
            model,
            signal: rb_record::record::signal::Signal {
                reward: told[model],
                ..Default::default()
            },
        });
        router.rewards(&[0, 1], &query, &heard).collect()
    };
    // The first is 5 above what was predicted of it, so may the second be.
    assert_eq!(rewards([Some(4.0), None]), [4.0, 6.0]);
    assert_eq!(rewards([None, Some(-9.0)]), [-11.0, -9.0]);
    assert_eq!(rewards([None, None]), [-1.0, 1.0]);
    assert_eq!(rewards([Some(3.0), Some(2.0)]), [3.0, 2.0]);
}

#[test]
fn a_model_without_rewards_is_never_chosen_and_without_any_reward_nothing_is_fitted() {
    let bare = |rewards: bool| {
        table(0, 60, move |i, x| {
            let reward = rewards.then_some(x[0] + i as f64);
            let best = outcome(1.0, 0.5, None);
            vec![outcome(0.2, 1.0, reward), outcome(0.1, 2.0, reward), best]
        })
    };
    for n in ["1", "3"] {
        let router = fitted(&bare(true), n);
        let routes = router.routes(&bare(true).batch());
        let called = routes.iter().flatten().flat_map(|s| s.calls());
        assert!(called.into_iter().all(|&m| m < 2), "the third is mute");
        let p = router.estimate(&bare(true).batch()).unwrap().p;
        assert!((p[[0, 2]] - 1.0).abs() < 1e-12);
    }
    let params = Params::defaults(ENTRY.flags);
    let fault = fit(&bare(false), &params, 0).err().unwrap();
    assert!(
        fault.message.contains("outcomes.MODEL.reward") && fault.message.contains("import"),
        "{fault}"
    );
}
