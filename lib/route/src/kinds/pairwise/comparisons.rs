//! Which model beats which on a query: what pairwise routers learn from.
//!
//! Two known scores are compared as they are. Where one of them had to be
//! filled (impute.rs) the winner is not known, only a chance of it: with a and
//! b the two scores, expected or known, of answers that are right or wrong
//! apart from one another,
//!
//! ```text
//! P(first wins) = a·(1 − b)     P(second wins) = b·(1 − a)     else a tie
//! ```
//!
//! so a known score of 1 beats one that is expected to be 0.8 in one case of
//! five, and loses none. A model without any known score is compared with none.

use crate::table::impute::Targets;
use crate::table::Table;

/// One pair of models on one query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The place of the first model in the pool.
    pub first: usize,
    /// That of the second.
    pub second: usize,
    /// P(first wins); 0 or 1 where both scores are known.
    pub won: f64,
    /// P(second wins).
    pub lost: f64,
    /// The gap of the scores where both are known.
    pub gap: Option<f64>,
}

/// The comparisons of all queries.
pub struct Comparisons<'a> {
    table: &'a Table,
    targets: &'a Targets,
    is_known: Vec<bool>,
}

impl<'a> Comparisons<'a> {
    /// Those of a table and its targets.
    pub fn new(table: &'a Table, targets: &'a Targets) -> Comparisons<'a> {
        let known = |m| table.score().known(m) > 0;
        Comparisons {
            table,
            targets,
            is_known: (0..table.k()).map(known).collect(),
        }
    }

    /// Those of the query in a row: each model with those before it.
    pub fn of(&self, row: usize) -> impl Iterator<Item = Comparison> + '_ {
        let models = (0..self.table.k()).filter(|&m| self.is_known[m]);
        models.flat_map(move |first| {
            let before = (0..first).filter(|&m| self.is_known[m]);
            before.map(move |second| self.between(row, first, second))
        })
    }

    fn between(&self, row: usize, first: usize, second: usize) -> Comparison {
        let known = |m| self.table.score().get(row, m);
        let (won, lost, gap) = match known(first).zip(known(second)) {
            Some((a, b)) => (
                f64::from(u8::from(a > b)),
                f64::from(u8::from(a < b)),
                Some((a - b).abs()),
            ),
            None => {
                let score = &self.targets.score;
                let (a, b) = (score[[row, first]], score[[row, second]]);
                (a * (1.0 - b), b * (1.0 - a), None)
            }
        };
        Comparison {
            first,
            second,
            won,
            lost,
            gap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::impute;
    use crate::table::table_builder::{self, Row};
    use rb_record::record::Outcome;

    /// Three models, the last without any score; the second unknown on q1.
    fn table() -> Table {
        let row = |i: usize, scores: [Option<f64>; 3]| Row {
            id: format!("q{i}"),
            dataset: String::new(),
            unit: i as u64,
            text: String::new(),
            x: Vec::new(),
            outcomes: ["a", "b", "c"]
                .into_iter()
                .zip(scores)
                .map(|(model, score)| {
                    let outcome = Outcome {
                        score,
                        cost: Some(1.0),
                        ..Outcome::default()
                    };
                    (model.into(), outcome)
                })
                .collect(),
        };
        table_builder::table(vec![
            row(0, [Some(0.25), Some(1.0), None]),
            row(1, [Some(1.0), None, None]),
            row(2, [Some(0.5), Some(0.5), None]),
        ])
    }

    #[test]
    fn known_scores_are_compared_and_others_have_chances() {
        let table = table();
        let targets = impute::targets(&table);
        let compared = Comparisons::new(&table, &targets);
        let of = |row| compared.of(row).collect::<Vec<_>>();
        let whole = |won, lost, gap| Comparison {
            first: 1,
            second: 0,
            won,
            lost,
            gap: Some(gap),
        };
        assert_eq!(of(0), [whole(1.0, 0.0, 0.75)]);
        assert_eq!(of(2), [whole(0.0, 0.0, 0.0)]);
        // The first model's score of 1 cannot be beaten.
        let b = targets.score[[1, 1]];
        assert!(b > 0.0 && b < 1.0);
        let chance = Comparison {
            first: 1,
            second: 0,
            won: 0.0,
            lost: 1.0 - b,
            gap: None,
        };
        assert_eq!(of(1), [chance]);
    }
}
