use super::*;
use crate::file::params::Params;
use crate::kinds::answers::{agreement, vote};
use crate::table::table_builder::{self, Row};
use rb_learn::folds::{self, FOLDS};
use rb_record::record::signal::answer_code;
use rb_record::record::Outcome;

/// Models a and b are right on seven of ten queries each, by draws of their own;
/// c and d too, but by one draw, and then they give the same wrong answer.
fn twins(n: usize) -> Table {
    let draw = |what: &str, i: usize| hash::unit(hash::text(9, what, &i.to_string()));
    let rows = (0..n).map(|i| {
        let outcome = |luck: &str, cost: f64| {
            let right = draw(luck, i) < 0.7;
            let mistake = (4.0 * draw(&format!("mistake of {luck}"), i)) as usize;
            let answer = if right {
                answer_code("right")
            } else {
                answer_code(&format!("wrong {mistake}"))
            };
            Outcome {
                score: Some(f64::from(u8::from(right))),
                cost: Some(cost),
                answer,
                ..Outcome::default()
            }
        };
        Row {
            id: format!("q{i:04}"),
            dataset: "one".into(),
            unit: i as u64,
            text: String::new(),
            x: (0..3).map(|j| draw("x", 3 * i + j) as f32 - 0.5).collect(),
            outcomes: vec![
                ("a".into(), outcome("a", 1.0)),
                ("b".into(), outcome("b", 1.1)),
                ("c".into(), outcome("twins", 1.2)),
                ("d".into(), outcome("twins", 1.3)),
            ],
        }
    });
    table_builder::table(rows.collect())
}

fn fitted(table: &Table) -> Credibility {
    let p = Array2::from_elem((table.len(), 4), 0.7);
    let learner = Learner {
        table,
        candidates: &[0, 1, 2, 3],
        p: &p,
        dataset: &vec![0; table.len()],
        datasets: 1,
        seed: 1,
    };
    let parts = folds::every(&table.folds(FOLDS, 1), FOLDS);
    learner.fit(&parts).0
}

fn voice(credibility: &Credibility, candidate: usize, answer: &str) -> Voice {
    Voice {
        candidate,
        answer: answer_code(answer),
        strength: credibility.strength(candidate, 0.7, 0, None),
    }
}

#[test]
fn models_that_fail_apart_count_twice_when_they_agree_and_those_that_fail_together_once() {
    let credibility = fitted(&twins(1000));
    let both = |pair: [usize; 2]| {
        let voices = pair.map(|m| voice(&credibility, m, "x"));
        credibility.believed(&voices, 0)[0]
    };
    let alone = |m| credibility.believed(&[voice(&credibility, m, "x")], 0)[0];
    // a and b agree on the right answer with .49, on one of four wrong ones with
    // .09/4: right in .956 of the cases. The twins always agree: right in .7.
    assert!((both([0, 1]) - 0.956).abs() < 0.04, "{}", both([0, 1]));
    assert!((both([2, 3]) - 0.7).abs() < 0.06, "{}", both([2, 3]));
    for m in 0..4 {
        assert!((alone(m) - 0.7).abs() < 0.06, "{m}: {}", alone(m));
    }
    assert!(credibility.pair.0[[2, 3]] < credibility.pair.0[[0, 1]] - 1.0);
    // One who says otherwise than two that fail apart is heard less than they.
    let three = [(0, "x"), (1, "x"), (2, "y")].map(|(m, a)| voice(&credibility, m, a));
    assert_eq!(credibility.kept(&three, 0), 0);
}

#[test]
fn answers_that_nobody_gave_agree_with_nobody() {
    let credibility = fitted(&twins(400));
    let silent = |candidate| Voice {
        answer: None,
        ..voice(&credibility, candidate, "x")
    };
    let voices = [silent(0), silent(1), voice(&credibility, 2, "x")];
    assert_eq!(groups(&voices)[..3], [0, 1, 2]);
    let believed = credibility.believed(&voices, 0);
    assert!(believed.iter().sum::<f64>() <= 1.0);
}

#[test]
fn routes_call_those_that_fail_apart() {
    let (train, test) = (twins(1000), twins(1600));
    for entry in [&vote::ENTRY, &agreement::ENTRY] {
        let router = (entry.fit)(&train, &Params::defaults(entry.flags), 1).unwrap();
        let steps = router.decide(&test.batch(), 1.0);
        let quality = |from: usize| {
            let of = |i: usize| test.score().get(i, steps[i].model).unwrap_or(0.0);
            (from..test.len()).map(of).sum::<f64>() / (test.len() - from) as f64
        };
        // The best single model has .7, a vote of three that fail apart .84.
        assert!(quality(1000) > 0.78, "{}: {}", entry.name, quality(1000));
        // Twice the same voice is paid for by nobody who calls three.
        let calls = |m: usize| steps.iter().filter(|s| s.calls().contains(&m)).count();
        assert!(calls(0) > 1500 && calls(1) > 1500, "{}", entry.name);
        assert!(calls(2).min(calls(3)) < 100, "{}", entry.name);
        // At alpha 0 the cheapest answers alone.
        let cheapest = router.decide(&test.batch(), 0.0);
        assert!(cheapest.iter().all(|s| s.calls() == [0]), "{}", entry.name);
    }
}
