//! Tests of hybrid.rs.

use super::*;
use crate::kinds::calling::uncertainty;
use crate::table::table_builder::{self, Row};
use rb_record::hash;
use rb_record::record::Outcome;

fn draw(what: &str, i: usize) -> f64 {
    hash::unit(hash::text(23, what, &i.to_string()))
}

/// The weak model is right where the sum of two things is positive: one
/// can be seen in the query, the other only in its confidence. The strong
/// one, at ten times the cost, is always right.
fn table(from: usize, to: usize) -> Table {
    let row = |i: usize| {
        let (seen, sure) = (draw("seen", i) - 0.5, draw("sure", i) - 0.5);
        let outcome = |right: bool, cost, confidence| Outcome {
            score: Some(f64::from(u8::from(right))),
            cost: Some(cost),
            confidence: Some(confidence),
            ..Outcome::default()
        };
        Row {
            id: format!("q{i:04}"),
            dataset: String::new(),
            unit: i as u64,
            text: String::new(),
            x: vec![seen as f32, 1.0, 0.3 * draw("idle", i) as f32],
            outcomes: vec![
                ("strong".into(), outcome(true, 10.0, 0.9)),
                (
                    "weak".into(),
                    outcome(seen + sure > 0.0, 1.0, 0.5 + 0.8 * sure),
                ),
            ],
        }
    };
    table_builder::table((from..to).map(row).collect())
}

/// The best quality at no more than this mean cost, over 1,001 alphas.
fn within(router: &dyn Router, table: &Table, budget: f64) -> f64 {
    let n = table.len() as f64;
    let routes = router.routes(&table.batch());
    let at = |alpha: f64| {
        let (mut quality, mut cost) = (0.0, 0.0);
        for (i, steps) in routes.iter().enumerate() {
            let step = rb_record::policy::at(steps, alpha);
            quality += table.score().get(i, step.model).unwrap() / n;
            cost += step.calls().iter().map(|&m| [10.0, 1.0][m]).sum::<f64>() / n;
        }
        (quality, cost)
    };
    (0..=1000)
        .map(|a| at(f64::from(a) / 1000.0))
        .filter(|(_, cost)| *cost <= budget)
        .map(|(quality, _)| quality)
        .fold(0.0, f64::max)
}

#[test]
fn both_signals_together_beat_either_alone_where_each_tells_a_half() {
    let (train, test) = (table(0, 600), table(1000, 3000));
    let params = Params::defaults(FLAGS);
    let hybrid = fit(&train, &params, 3).unwrap();
    let unsure = (uncertainty::ENTRY.fit)(&train, &params, 3).unwrap();
    let classifier = crate::router::ByEstimate(domain_priors::learn(&train, 3).0);
    // The weak model for all and the strong one too for half: 1 + 10/2.
    let budget = 6.2;
    let together = within(&*hybrid, &test, budget);
    let (confidence, query) = (
        within(&*unsure, &test, budget),
        within(&classifier, &test, budget),
    );
    assert!(together > 0.96, "{together}");
    assert!(together > confidence + 0.05, "{together} {confidence}");
    assert!(together > query + 0.05, "{together} {query}");
}

#[test]
fn the_weak_model_is_always_called_and_an_answer_that_cannot_be_bettered_is_kept() {
    let train = table(0, 400);
    let mut params = Params::defaults(FLAGS);
    let escalated = |params: &Params, weak: usize| {
        let router = fit(&train, params, 3).unwrap();
        let steps = router.decide(&train.batch(), 1.0);
        assert!(steps.iter().all(|s| s.calls()[0] == weak));
        steps.iter().filter(|s| s.calls().len() > 1).count()
    };
    // Wherever the weak model may be wrong.
    let found = escalated(&params, 1);
    assert!(found > 200, "{found}");
    // The other way round there is nothing to gain.
    params.0.insert("weak".into(), "strong".into());
    params.0.insert("strong".into(), "weak".into());
    assert_eq!(escalated(&params, 0), 0);
}

#[test]
fn without_a_confidence_domain_alone_decides_and_without_any_nothing_is_fitted() {
    let train = table(0, 400);
    let router = fit(&train, &Params::defaults(FLAGS), 3).unwrap();
    let deaf = Batch {
        signals: Default::default(),
        ..train.batch()
    };
    let e = router.estimate(&deaf).unwrap();
    for (i, step) in router.decide(&deaf, 0.7).iter().enumerate() {
        let (gain, k) = (e.p[[i, 0]] - e.p[[i, 1]], e.g[[i, 0]] / e.scale);
        assert_eq!(step.model == 0, 0.7 * gain > 0.3 * k, "{i}");
    }
    let rows = (0..20).map(|i| Row {
        id: format!("q{i}"),
        dataset: String::new(),
        unit: i,
        text: String::new(),
        x: vec![1.0],
        outcomes: vec![(
            "m".into(),
            Outcome {
                score: Some(1.0),
                cost: Some(1.0),
                ..Outcome::default()
            },
        )],
    });
    let mute = table_builder::table(rows.collect());
    let fault = fit(&mute, &Params::defaults(FLAGS), 3).err().unwrap();
    assert!(fault.message.contains("outcomes.m.confidence"), "{fault}");
}

#[test]
fn labels_that_are_all_alike_give_their_gain() {
    for (label, wanted) in [(0.5, 0.0), (1.0, (1.0 / SURE - 1.0f64).ln())] {
        let answers = Answers {
            features: vec![[1.0, 0.3, 0.5, 0.2, 0.04, 0.1]; 4],
            dataset: vec![0; 4],
            datasets: 1,
            label: vec![label; 4],
            fold: vec![0, 1, 2, 3],
        };
        let u = answers.learn();
        assert!((u[0] - wanted).abs() < 1e-9 && u[1..].iter().all(|v| *v == 0.0));
    }
}
