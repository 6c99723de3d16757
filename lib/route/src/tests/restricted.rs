//! What a router chooses of a part of its models.

use crate::file::params::Params;
use crate::kinds::entry;
use crate::restricted::Restricted;
use crate::table::table_builder::{self, Row};
use crate::table::Table;
use rb_record::hash;
use rb_record::record::unit::unit_of;
use rb_record::record::Outcome;

/// Queries of four kinds; every model is good at one of them and dear or cheap.
fn table(from: usize, n: usize) -> Table {
    let row = |i: usize| {
        let id = format!("q{i:04}");
        let kind = i % 4;
        let noise = |m: usize| hash::unit(hash::text(m as u64, "score", &id));
        let outcome = |m: usize| Outcome {
            score: Some((noise(m) < if m == kind { 0.9 } else { 0.3 }) as u8 as f64),
            cost: Some(0.001 * (m + 1) as f64),
            ..Outcome::default()
        };
        let mut x = vec![0.1; 4];
        x[kind] = 1.0 + noise(9) as f32;
        Row {
            unit: unit_of(None, Some(&id)),
            dataset: String::new(),
            text: String::new(),
            x,
            outcomes: (0..4).map(|m| (format!("m{m}"), outcome(m))).collect(),
            id,
        }
    };
    table_builder::table((from..from + n).map(row).collect())
}

#[test]
fn of_all_its_models_it_chooses_as_the_guarded_router_and_of_one_that_one() {
    let (train, test) = (table(0, 300), table(300, 80));
    let all: Vec<usize> = (0..300).collect();
    let asked: Vec<usize> = (0..80).collect();
    let kmeans = entry("kmeans").unwrap();
    let restricted = Restricted::fit(kmeans, 5, (&train, &test), [&all, &asked]).unwrap();
    let mut params = Params::defaults(kmeans.flags);
    params.0.insert("guard".into(), "on".into());
    let router = (kmeans.fit)(&train, &params, 5).unwrap();
    let steps = router.decide(&test.batch(), 1.0);
    let choice = restricted.choose(&[0, 1, 2, 3]);
    let chosen: Vec<usize> = steps.iter().map(|s| s.model).collect();
    assert_eq!(choice.test, chosen);
    let right = choice.test.iter().enumerate().filter(|(i, m)| i % 4 == **m);
    assert!(right.count() > 60, "it tells the kinds apart");
    let one = restricted.choose(&[2]);
    assert!(one.test.iter().chain(&one.train).all(|m| *m == 2));
    let two = restricted.choose(&[1, 3]);
    assert!(two.train.iter().all(|m| [1, 3].contains(m)));
    // Of the rows asked for, in their order.
    let some = Restricted::fit(kmeans, 5, (&train, &test), [&all[..], &[7, 3]]).unwrap();
    let both = some.choose(&[0, 1, 2, 3]).test;
    assert_eq!(both, [choice.test[7], choice.test[3]]);
}
