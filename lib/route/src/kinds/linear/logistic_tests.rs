//! Tests of logistic.rs.

use super::*;
use crate::table::table_builder::{self, Row};
use ndarray::Array2;
use rb_record::record::Outcome;

/// Outcomes of two models: score and cost, None where unknown.
type Both = [(Option<f64>, Option<f64>); 2];

fn table(rows: &[(&str, Both)]) -> Table {
    let rows = rows.iter().enumerate().map(|(i, (text, outcomes))| Row {
        id: format!("{i:04}"),
        dataset: String::new(),
        unit: i as u64,
        text: text.to_string(),
        x: Vec::new(),
        outcomes: ["a", "b"]
            .into_iter()
            .zip(outcomes)
            .map(|(m, (score, cost))| {
                let outcome = Outcome {
                    score: *score,
                    cost: *cost,
                    ..Outcome::default()
                };
                (m.to_string(), outcome)
            })
            .collect(),
    });
    table_builder::table(rows.collect())
}

/// Model a knows apples and b pears; b costs more, and most on pears.
fn fruit(graded: f64) -> Table {
    let apple = [(Some(1.0 - graded), Some(1.0)), (Some(graded), Some(2.0))];
    let pear = [(Some(graded), Some(1.0)), (Some(1.0 - graded), Some(6.0))];
    let rows: Vec<(&str, Both)> = (0..40)
        .flat_map(|_| [("an apple pie", apple), ("a pear tart", pear)])
        .collect();
    table(&rows)
}

fn params(changes: &[(&str, &str)]) -> Params {
    let mut params = Params::defaults(FLAGS);
    for (name, value) in changes {
        params.0.insert(name.to_string(), value.to_string());
    }
    params
}

fn on<'a>(x: &'a Array2<f32>, text: &'a [String]) -> Batch<'a> {
    Batch {
        x: x.view(),
        text,
        unit: &[1, 2, 3][..text.len()],
        signals: Default::default(),
        truth: None,
    }
}

const ASKED: [&str; 3] = ["apple pie", "pear tart", "nothing known"];

#[test]
fn words_tell_which_model_is_right_and_what_it_costs() {
    let (x, text) = (Array2::zeros((3, 0)), ASKED.map(String::from));
    for graded in [0.0, 0.25] {
        let router = fit(&fruit(graded), &params(&[]), 0).unwrap();
        let e = router.estimate(&on(&x, &text)).unwrap();
        assert!(e.p[[0, 0]] > 0.65 && e.p[[0, 1]] < 0.35, "{}", e.p);
        assert!(e.p[[1, 0]] < 0.35 && e.p[[1, 1]] > 0.65, "{}", e.p);
        assert!((e.p[[2, 0]] - 0.5).abs() < 1e-3, "{}", e.p);
        assert!(e.g[[1, 1]] > 5.5 && e.g[[0, 1]] < 2.5, "{}", e.g);
        assert!((e.g[[0, 0]] - 1.0).abs() < 1e-9, "{}", e.g);
    }
}

#[test]
fn estimates_stay_within_what_scores_and_costs_can_be() {
    let mut rows: Vec<(&str, Both)> = vec![("cheap", [(Some(0.1), Some(0.0)); 2]); 30];
    rows.extend(vec![("dear dear price", [(Some(0.9), Some(9.0)); 2]); 3]);
    let router = fit(&table(&rows), &params(&[("c", "1000")]), 0).unwrap();
    let text = ["cheap cheap cheap", "dear price dear", "price"].map(String::from);
    let e = router.estimate(&on(&Array2::zeros((3, 0)), &text)).unwrap();
    assert!(e.p.iter().all(|p| (0.0..=1.0).contains(p)), "{}", e.p);
    assert!(e.g.iter().all(|g| (0.0..=9.0).contains(g)), "{}", e.g);
    assert!(e.g[[0, 0]] < 0.1 && e.g[[1, 0]] > 8.0, "{}", e.g);
}

#[test]
fn gaps_constant_scores_and_few_rows_are_tolerated() {
    let known = (Some(1.0), Some(1.0));
    let cases: [&[(&str, Both)]; 5] = [
        &[("one", [known, (Some(0.0), None)])],
        &[("one", [known, (None, None)])],
        &[("", [known, known]), ("", [known, known])],
        &[("x y", [known, (None, None)]), ("z", [(None, None), known])],
        &[
            ("ab cd", [known, (Some(0.0), None)]),
            ("ab", [(Some(0.0), None), known]),
        ],
    ];
    let (x, text) = (Array2::zeros((3, 0)), ASKED.map(String::from));
    for (i, rows) in cases.iter().enumerate() {
        let pair = [("strong", "a"), ("weak", "a")];
        for changes in [&[][..], &pair] {
            let router = fit(&table(rows), &params(changes), 0).unwrap();
            for alpha in [0.0, 0.5, 1.0] {
                assert_eq!(router.decide(&on(&x, &text), alpha).len(), 3);
            }
            if let Some(e) = router.estimate(&on(&x, &text)) {
                assert!(e.p.iter().chain(&e.g).all(|v| v.is_finite()), "case {i}");
            }
        }
    }
}

#[test]
fn a_gap_counts_as_what_the_other_outcomes_suggest_and_not_as_a_zero() {
    // b was never asked the hard half, on which a fails.
    let easy = [(Some(1.0), None), (Some(1.0), None)];
    let hard = [(Some(0.0), None), (None, None)];
    let mut rows: Vec<(&str, Both)> = vec![("easy one", easy); 20];
    rows.extend(vec![("hard one", hard); 20]);
    let router = fit(&table(&rows), &params(&[]), 0).unwrap();
    let text = ["easy one", "hard one"].map(String::from);
    let e = router.estimate(&on(&Array2::zeros((2, 0)), &text)).unwrap();
    assert!((e.p[[0, 1]] - e.p[[0, 0]]).abs() < 0.05, "{}", e.p);
    assert!((e.p[[1, 1]] - e.p[[1, 0]]).abs() < 0.05, "{}", e.p);
}

#[test]
fn the_two_class_form_learns_who_wins_and_ties_are_no_wins() {
    let (x, text) = (Array2::zeros((3, 0)), ASKED.map(String::from));
    let router = fit(&fruit(0.0), &params(&[("strong", "b"), ("weak", "a")]), 0).unwrap();
    assert!(router.estimate(&on(&x, &text)).is_none());
    let model = |alpha: f64| -> Vec<usize> {
        let steps = router.decide(&on(&x, &text), alpha);
        steps.iter().map(|s| s.model).collect()
    };
    assert_eq!(model(0.0), [0, 0, 0]);
    assert_eq!(model(0.5)[..2], [0, 1]);
    assert_eq!(model(1.0), [1, 1, 1]);
    let tie = [(Some(1.0), Some(1.0)), (Some(1.0), Some(2.0))];
    let ties = fit(&table(&[("t", tie); 9]), &params(&[("strong", "b")]), 0).unwrap();
    assert_eq!(ties.routes(&on(&x, &text))[0].last().unwrap().alpha, 1.0);
}

#[test]
fn a_saved_regression_routes_alike_and_a_damaged_one_is_refused() {
    let (x, text) = (Array2::zeros((3, 0)), ASKED.map(String::from));
    let shape = Shape { models: 2, dim: 0 };
    for changes in [&[][..], &[("strong", "b")]] {
        let router = fit(&fruit(0.1), &params(changes), 0).unwrap();
        let state = router.state().unwrap();
        let back = load(&state, shape).unwrap();
        assert_eq!(back.state().unwrap(), state);
        assert_eq!(back.routes(&on(&x, &text)), router.routes(&on(&x, &text)));
        for (models, dim) in [(1, 0), (2, 5)] {
            assert!(
                load(&state, Shape { models, dim }).is_err(),
                "{models} {dim}"
            );
        }
        for (what, wrong) in [
            ("\"intercept\":", "\"intercept\":1e999,\"was\":"),
            ("\"terms\":[", "\"terms\":[\"zzz\","),
            ("\"rows\":", "\"rows\":1"),
            ("\"form\":\"", "\"form\":\"x"),
            ("\"low\":0.0", "\"low\":2.0"),
        ] {
            assert!(state.contains(what), "{what}");
            assert!(
                load(&state.replacen(what, wrong, 1), shape).is_err(),
                "{what}"
            );
        }
    }
}
