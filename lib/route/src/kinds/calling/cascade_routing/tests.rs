use super::*;
use crate::table::table_builder::{self, Row};
use rb_record::hash;
use rb_record::record::Outcome;

/// A cheap model that knows when it is wrong, a dear one that is right
/// whenever the cheap one is not, and nothing to be seen in the query.
fn table() -> Table {
    let draw = |what: &str, i: usize| hash::unit(hash::text(5, what, &i.to_string()));
    let rows = (0..400).map(|i| {
        let right = draw("right", i) < 0.6;
        let outcome = |score: bool, cost, confidence| Outcome {
            score: Some(f64::from(u8::from(score))),
            cost: Some(cost),
            confidence: Some(confidence),
            ..Outcome::default()
        };
        let sure = 0.1 + 0.7 * f64::from(u8::from(right)) + 0.1 * draw("sure", i);
        Row {
            id: format!("q{i:03}"),
            dataset: String::new(),
            unit: i as u64,
            text: String::new(),
            x: (0..3).map(|j| draw("x", 3 * i + j) as f32 - 0.5).collect(),
            outcomes: vec![
                ("cheap".into(), outcome(right, 1.0, sure)),
                (
                    "dear".into(),
                    outcome(!right || draw("dear", i) < 0.4, 10.0, 0.5),
                ),
            ],
        }
    });
    table_builder::table(rows.collect())
}

#[test]
fn where_confidence_tells_right_from_wrong_the_cascade_beats_every_single_call() {
    let table = table();
    let router = fit(&table, &Params::defaults(ENTRY.flags), 3).unwrap();
    let steps = router.decide(&table.batch(), 0.8);
    let n = table.len() as f64;
    let quality = |steps: &[rb_record::policy::Step<usize>]| {
        let of = |(i, s): (usize, &rb_record::policy::Step<usize>)| table.score().get(i, s.model);
        steps.iter().enumerate().filter_map(of).sum::<f64>() / n
    };
    let cost: f64 = steps
        .iter()
        .flat_map(|s| s.calls())
        .map(|&m| [1.0, 10.0][m])
        .sum::<f64>()
        / n;
    // The dear model alone: about 0.64 at 10.
    assert!(quality(&steps) > 0.97, "{}", quality(&steps));
    assert!(cost < 6.0, "{cost}");
    assert!(steps.iter().all(|s| s.calls()[0] == 0));
    // At alpha 0 the cheap model answers alone.
    let cheapest = router.decide(&table.batch(), 0.0);
    assert!(cheapest.iter().all(|s| s.calls() == [0]));
}

#[test]
fn one_call_is_chosen_as_domain_chooses() {
    let table = table();
    let mut params = Params::defaults(ENTRY.flags);
    params.0.insert("calls".into(), "1".into());
    let router = fit(&table, &params, 3).unwrap();
    let domain = crate::router::ByEstimate(domain_priors::learn(&table, 3).0);
    assert_eq!(router.routes(&table.batch()), domain.routes(&table.batch()));
    params.0.insert("calls".into(), "3".into());
    assert!(fit(&table, &params, 3).is_err());
}
