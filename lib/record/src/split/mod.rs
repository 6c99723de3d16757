//! Which queries a router is fitted on, and which it is scored on.
//!
//! hashed: by a hash of the prompt (the default, one record at a time).
//! exact: exact shares in every dataset. datasets: whole datasets. limit: a
//! smaller train part. like: the reference splits, on mersenne's numbers.

pub mod by_time;
pub mod datasets;
pub mod exact;
pub mod grouped;
pub mod hashed;
pub mod like;
pub mod limit;
pub mod mersenne;

use crate::error::{Error, Result};
use crate::record::unit::unit_of;
use crate::record::{Record, Split};
use std::collections::HashMap;

/// What the splits that need the whole stream look at in one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Of the record.
    pub id: String,
    /// Of the record; "" without one.
    pub dataset: String,
    /// [`unit_of`] the prompt, else the id.
    pub unit: u64,
}

/// A published benchmark whose split can be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Li et al. 2026, arXiv 2601.07206.
    LlmRouterBench,
    /// Hu et al. 2024, arXiv 2403.12031.
    RouterBench,
}

/// The seed that both benchmarks publish first.
pub const REFERENCE_SEED: u64 = 42;

/// The unit of a record.
pub fn unit(record: &Record) -> Result<u64> {
    let prompt = record.prompt()?;
    let id = record.id()?;
    Ok(unit_of(prompt.as_deref(), id.as_deref()))
}

/// The part of each record in a reference split: datasets in the order in
/// which they first appear in the stream, rows of a dataset by `index`, or, in
/// a dataset without any, by their places in the stream.
///
/// Errors: a share or a seed out of range; no prompt where prompts are
/// grouped; a dataset of which only some records have an index.
pub fn like(records: &[Record], reference: Reference, seed: u64, train: f64) -> Result<Vec<Split>> {
    let mut owned = Vec::with_capacity(records.len());
    let mut indexed: HashMap<String, bool> = HashMap::new();
    for (place, record) in records.iter().enumerate() {
        let dataset = record.dataset()?.into_owned();
        let prompt = match reference {
            Reference::LlmRouterBench => record.required_prompt()?,
            Reference::RouterBench => record.prompt()?.unwrap_or_default(),
        };
        let index = record.index()?;
        let all = indexed.entry(dataset.clone()).or_insert(index.is_some());
        if *all != index.is_some() {
            return Err(Error::input(format!(
                "only some records of the dataset {dataset:?} have an index, which orders the reference split; give it to all of them or to none"
            ))
            .at(record.line().place(0)));
        }
        owned.push((
            dataset,
            prompt,
            index.unwrap_or(place as u64),
            record.required_id()?,
        ));
    }
    let rows: Vec<like::RefRow> = owned
        .iter()
        .map(|(dataset, prompt, index, id)| like::RefRow {
            dataset,
            prompt,
            index: *index,
            id,
        })
        .collect();
    let train = match reference {
        Reference::LlmRouterBench => like::llmrouterbench(&rows, seed, train),
        Reference::RouterBench => like::routerbench(&rows, &like::ROUTERBENCH_EVALS, seed, train),
    }
    .map_err(|e| Error::usage(e.to_string()))?;
    Ok(train
        .into_iter()
        .map(|train| if train { Split::Train } else { Split::Test })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::datasets::{by_dataset, Sides};
    use crate::split::exact::exact;
    use crate::split::hashed::TRAIN;
    use crate::split::limit::limit_train;

    fn queries(sizes: &[(&str, usize)]) -> Vec<Query> {
        let mut all = Vec::new();
        for (dataset, n) in sizes {
            for i in 0..*n {
                let id = format!("{dataset}/{i}");
                all.push(Query {
                    unit: unit_of(None, Some(&id)),
                    dataset: dataset.to_string(),
                    id,
                });
            }
        }
        all
    }

    fn count(parts: &[Split], part: Split) -> usize {
        parts.iter().filter(|p| **p == part).count()
    }

    #[test]
    fn exact_shares_hold_in_every_dataset() {
        let q = queries(&[("a", 90), ("b", 10), ("c", 1)]);
        let parts = exact(&q, 0.7, 0.1, 3);
        assert_eq!(count(&parts[..90], Split::Train), 63);
        assert_eq!(count(&parts[..90], Split::Val), 9);
        assert_eq!(count(&parts[90..100], Split::Train), 7);
        assert_eq!(parts[100], Split::Train);
    }

    #[test]
    fn a_prompt_of_two_datasets_lies_in_one_part_under_exact_shares() {
        let mut q = queries(&[("a", 40), ("b", 40)]);
        for i in 0..40 {
            q[i].unit = q[40 + i].unit;
        }
        let parts = exact(&q, TRAIN, 0.0, 3);
        assert_eq!(parts[..40], parts[40..]);
        assert_eq!(count(&parts[..40], Split::Train), 28);
    }

    #[test]
    fn a_prompt_that_is_tested_leaves_train() {
        let mut q = queries(&[("a", 4), ("b", 4), ("c", 2)]);
        q[0].unit = q[8].unit;
        let sides = Sides {
            train: vec!["a".into()],
            test: vec!["c".into()],
        };
        let (parts, withdrawn) = by_dataset(&q, &sides, 0.0, 1).unwrap();
        assert_eq!(withdrawn, 1);
        assert_eq!(parts[0], Split::None);
        assert_eq!(parts[1..4], [Split::Train; 3]);
        assert_eq!(parts[4..8], [Split::None; 4]);
        assert_eq!(parts[8..], [Split::Test; 2]);
    }

    #[test]
    fn one_side_alone_leaves_the_rest_to_the_other() {
        let q = queries(&[("a", 2), ("b", 2), ("c", 2)]);
        let test_c = Sides {
            test: vec!["c".into()],
            ..Sides::default()
        };
        let train_ab = Sides {
            train: vec!["a".into(), "b".into()],
            ..Sides::default()
        };
        assert_eq!(
            by_dataset(&q, &test_c, 0.0, 1).unwrap(),
            by_dataset(&q, &train_ab, 0.0, 1).unwrap()
        );
    }

    #[test]
    fn names_that_no_query_has_or_both_sides_have_are_refused() {
        let q = queries(&[("a", 2), ("b", 2)]);
        let sides = |train: &str, test: &str| Sides {
            train: vec![train.into()],
            test: vec![test.into()],
        };
        let e = by_dataset(&q, &sides("a", "x"), 0.0, 1).unwrap_err();
        assert!(
            e.message.contains("\"x\"") && e.message.contains("a, b"),
            "{e}"
        );
        assert!(by_dataset(&q, &sides("a", "a"), 0.0, 1).is_err());
    }

    #[test]
    fn smaller_train_limits_are_subsets_of_larger_ones() {
        let q = queries(&[("a", 60), ("b", 60)]);
        let full = exact(&q, TRAIN, 0.0, 5);
        let mut before = vec![false; q.len()];
        for most in [0, 1, 10, 50, 84, 200] {
            let mut parts = full.clone();
            assert_eq!(limit_train(&mut parts, &q, most, 5), most.min(84));
            assert_eq!(count(&parts, Split::Train), most.min(84));
            assert_eq!(count(&parts, Split::Test), 36);
            for i in 0..q.len() {
                let now = parts[i] == Split::Train;
                assert!(now || !before[i], "query {i} left train at {most}");
                before[i] = now;
            }
        }
    }
}
