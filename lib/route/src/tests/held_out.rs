//! What a saved router is said to reach, asked of routers whose every choice is known.

use super::*;
use crate::estimates::Steps;
use crate::file::calibrate::calibrate;
use crate::file::Calibration;
use crate::router::{Estimates, Family, FitTime};
use crate::table::{impute, Needs};
use rb_record::policy::Step;
use std::collections::BTreeMap;

/// What a planted router does, by what it was fitted on.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Takes the model that was right where it has seen the prompt, else the first.
    Remembers,
    /// Sends a share of the prompts to the second model, a larger one after few queries.
    Wavers,
    /// Goes from the first model to the second halfway, but not after few queries.
    Turns,
}

struct Planted {
    right: BTreeMap<u64, usize>,
    way: Way,
}

/// Fewer queries than this are few.
const MANY: usize = 400;

impl Planted {
    fn choice(&self, unit: u64, alpha: f64) -> usize {
        let is_few = self.right.len() < MANY;
        match self.way {
            Way::Remembers => self.right.get(&unit).copied().unwrap_or(0),
            Way::Wavers => {
                let share = if is_few { 0.6 } else { 0.2 };
                usize::from(coin("choice", unit as usize) < share)
            }
            Way::Turns => usize::from(alpha >= 0.5 && !is_few),
        }
    }
}

impl Router for Planted {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        let of = |&unit: &u64| {
            let mut steps = vec![Step::of(0.0, self.choice(unit, 0.0))];
            rb_record::policy::push_step(&mut steps, Step::of(0.5, self.choice(unit, 0.5)));
            steps
        };
        batch.unit.iter().map(of).collect()
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        let step = |&unit: &u64| Step::of(alpha, self.choice(unit, alpha));
        batch.unit.iter().map(step).collect()
    }
    fn estimate(&self, _: &Batch) -> Option<Estimates> {
        None
    }
    fn state(&self) -> Result<String> {
        Ok(String::new())
    }
}

fn planted(table: &Table, way: Way) -> Result<Box<dyn Router>> {
    let score = impute::targets(table).score;
    let right = |(i, &unit): (usize, &u64)| (unit, usize::from(score[[i, 1]] > score[[i, 0]]));
    Ok(Box::new(Planted {
        right: table.unit.iter().enumerate().map(right).collect(),
        way,
    }))
}

const MEMORY: Entry = Entry {
    name: "planted",
    family: Family::Bound,
    about: "",
    help: "",
    flags: &[],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::default()),
    fit: |table, _, _| planted(table, Way::Remembers),
    load: |_, _| unreachable!(),
};

fn coin(what: &str, i: usize) -> f64 {
    hash::unit(hash::text(11, what, &i.to_string()))
}

/// n queries that one of two models answers, the second at 2 to 4 times the cost.
fn table(n: usize) -> Table {
    let outcome = |score: f64, cost: f64| Outcome {
        score: Some(score),
        cost: Some(cost),
        ..Outcome::default()
    };
    let row = |i: usize| {
        let first = coin("score", i).round();
        let dear = 2.0 + 2.0 * coin("cost", i);
        Row {
            id: format!("{i:05}"),
            dataset: "d".into(),
            unit: i as u64,
            text: String::new(),
            x: Vec::new(),
            outcomes: vec![
                ("a".into(), outcome(first, 1.0)),
                ("b".into(), outcome(1.0 - first, dear)),
            ],
        }
    };
    table_builder::table((0..n).map(row).collect())
}

fn told(entry: &Entry, table: &Table) -> Calibration {
    let params = Params::defaults(&[]);
    let router = (entry.fit)(table, &params, 3).unwrap();
    calibrate(entry, &*router, table, None, &params, 3).unwrap()
}

const TIMES: [FitTime; 3] = [FitTime::Kept, FitTime::InStep, FitTime::Slower];

#[test]
fn who_remembers_every_answer_is_told_by_what_it_does_without() {
    let table = table(500);
    let first = impute::targets(&table).mean_score[0];
    assert!(first < 0.7);
    for fit_time in TIMES {
        let told = told(&Entry { fit_time, ..MEMORY }, &table);
        assert_eq!((told.from.as_str(), told.points.len()), ("out-of-fold", 1));
        // The first model on every query left out, and the others make up for those that
        // were not.
        let quality = told.points[0].quality;
        assert!((quality - first).abs() < 1e-9, "{fit_time:?}: {quality}");
        let wanted = if fit_time == FitTime::Slower {
            250
        } else {
            500
        };
        assert_eq!(told.n, wanted, "{fit_time:?}");
    }
}

#[test]
fn costs_are_those_of_the_whole_fit_where_fits_on_halves_spend_otherwise() {
    let table = table(500);
    let wavers = Entry {
        fit: |table, _, _| planted(table, Way::Wavers),
        ..MEMORY
    };
    let cost = impute::targets(&table).cost;
    let spent = |share: f64| {
        let of = |i: usize| cost[[i, usize::from(coin("choice", i) < share)]];
        (0..500).map(of).sum::<f64>() / 500.0
    };
    let said = |fit_time| {
        told(&Entry { fit_time, ..wavers }, &table).points[0]
            .cost
            .unwrap()
    };
    let (whole, halves) = (spent(0.2), spent(0.6));
    assert!(halves > 1.5 * whole, "{whole} {halves}");
    assert!((said(FitTime::InStep) - whole).abs() < 1e-9);
    // Of one half, whose other half is the one left out.
    let one = said(FitTime::Slower);
    assert!((one / whole - 1.0).abs() < 0.1, "{one} {whole}");
    // Four fifths are enough for it not to waver.
    assert!((said(FitTime::Kept) - whole).abs() < 1e-9);
}

#[test]
fn costs_are_told_where_only_the_whole_fit_changes() {
    let table = table(500);
    let turns = Entry {
        fit: |table, _, _| planted(table, Way::Turns),
        ..MEMORY
    };
    let cost = impute::targets(&table).mean_cost;
    let told = told(&turns, &table);
    let points: Vec<(f64, f64)> = (told.points.iter())
        .map(|p| (p.alpha, p.cost.unwrap()))
        .collect();
    assert_eq!(points.len(), 2);
    for (m, (alpha, said)) in points.into_iter().enumerate() {
        assert_eq!(alpha, 0.5 * m as f64);
        assert!((said - cost[m]).abs() < 1e-9, "{said} {}", cost[m]);
    }
}

#[test]
fn a_large_train_pays_for_one_fit_on_four_fifths() {
    let told = told(&MEMORY, &table(25_000));
    assert_eq!(told.n, 5000);
}
