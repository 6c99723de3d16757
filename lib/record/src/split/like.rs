//! The splits of two published benchmarks, to the query.
//!
//! **LLMRouterBench** (arXiv 2601.07206; ynulihao/LLMRouterBench,
//! `baselines/data_loader.py`). Python's `random` is seeded once. Then for each
//! dataset in turn: its rows are grouped by exact prompt, the groups are put in
//! order of their smallest index, the numbers 0..n of the groups are shuffled,
//! and the groups numbered by the first int(n · ratio) of them are train. n
//! counts distinct prompts, not rows, and equal prompts stay together. Because
//! one stream of numbers serves all datasets, *which dataset comes when*
//! matters: here as there, in the order in which they first appear. The
//! published loader reads its results tree in sorted path order, so there the
//! datasets come by name, code point by code point; a stream in another order
//! is split as that code would split it in that order. Groups with the same
//! smallest index (the tree has several files a dataset) stay in order of first
//! appearance. Published seeds 42, 999, 2024, 2025, 3407 with ratio 0.7.
//!
//! **RouterBench** (arXiv 2403.12031; withmartian/routerbench, `utils.py` and
//! `configs/evaluate_routers.yaml`). For each evaluation by itself NumPy's
//! global generator is seeded, again and again with 42, the distinct sample ids
//! in file order are shuffled, and the first int(n · 0.7) are train. So the
//! order of the evaluations does not matter and the order of the rows does.
//! Prompts are not looked at: equal prompts may straddle. An evaluation is
//! named by a prefix: the published run asks for [`ROUTERBENCH_EVALS`], and its
//! `mmlu` shuffles all 57 subjects `mmlu-…` together; with no list every
//! dataset name is asked for, which pools a dataset with those whose names
//! begin with its own. Each row gets the part it has in the run of the name
//! that was asked for on its behalf.
//!
//! In both, n · ratio is an IEEE double cut off towards zero, as Python's
//! `int` does: 90 · 0.7 is 62.99…9, so 62 of 90 are train.

use crate::split::mersenne::{CpythonRandom, NumpyRandom};
use std::collections::{HashMap, HashSet};

/// The evaluations of the published RouterBench run, each a prefix of names.
pub const ROUTERBENCH_EVALS: [&str; 7] = [
    "grade-school-math",
    "hellaswag",
    "mmlu",
    "arc-challenge",
    "mbpp",
    "winogrande",
    "mtbench",
];

/// What a reference split looks at in one query.
#[derive(Debug, Clone, Copy)]
pub struct RefRow<'a> {
    /// Datasets are split one by one.
    pub dataset: &'a str,
    /// Only [`llmrouterbench`] looks at it.
    pub prompt: &'a str,
    /// The query's place in its source; without one, its place in the stream.
    pub index: u64,
    /// Only [`routerbench`] looks at it.
    pub id: &'a str,
}

/// What the published code cannot do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LikeError {
    /// The share of train.
    #[error("the share of train is {0}, expected more than 0 and less than 1; 0.7 is published")]
    Ratio(f64),
    /// The seed.
    #[error(
        "the seed is {0}, expected at most 4294967295, the largest that NumPy takes; 42 is published"
    )]
    Seed(u64),
}

/// Which rows LLMRouterBench trains on, one answer a row.
///
/// Rows are in the order in which the source would have read them: it decides
/// the order of the datasets, and of groups whose smallest index is the same.
/// Errors: a ratio outside 0..1.
pub fn llmrouterbench(rows: &[RefRow], seed: u64, ratio: f64) -> Result<Vec<bool>, LikeError> {
    check(ratio)?;
    let mut random = CpythonRandom::seed(seed);
    let mut train = vec![false; rows.len()];
    for dataset in grouped(0..rows.len(), |i| rows[i].dataset) {
        let mut groups = grouped(dataset.into_iter(), |i| rows[i].prompt);
        // A stable sort: equal smallest indices keep the order of appearance.
        groups.sort_by_key(|group| group.iter().map(|&i| rows[i].index).min());
        let mut numbers: Vec<usize> = (0..groups.len()).collect();
        random.shuffle(&mut numbers);
        for &g in &numbers[..share(groups.len(), ratio)] {
            for &i in &groups[g] {
                train[i] = true;
            }
        }
    }
    Ok(train)
}

/// Which rows RouterBench trains on, one answer a row.
///
/// `evals` names the evaluations asked for, each by a prefix of dataset names;
/// a row belongs to the first that fits its dataset, or else to its dataset's
/// own name (an empty list therefore asks for every dataset). Rows are taken in
/// order of index, equal ones in the order given.
/// Errors: a ratio outside 0..1, a seed that NumPy refuses.
pub fn routerbench(
    rows: &[RefRow],
    evals: &[&str],
    seed: u64,
    ratio: f64,
) -> Result<Vec<bool>, LikeError> {
    check(ratio)?;
    let seed = u32::try_from(seed).map_err(|_| LikeError::Seed(seed))?;
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&i| rows[i].index);
    let asked = |i: usize| -> &str {
        let dataset = rows[i].dataset;
        let fits = evals.iter().find(|eval| dataset.starts_with(**eval));
        fits.copied().unwrap_or(dataset)
    };

    let mut train = vec![false; rows.len()];
    for own in grouped(order.iter().copied(), asked) {
        let eval = asked(own[0]);
        let pool = order
            .iter()
            .copied()
            .filter(|&i| rows[i].dataset.starts_with(eval));
        let mut ids: Vec<&str> = grouped(pool, |i| rows[i].id)
            .iter()
            .map(|same| rows[same[0]].id)
            .collect();
        NumpyRandom::seed(seed).shuffle(&mut ids);
        ids.truncate(share(ids.len(), ratio));
        let kept: HashSet<&str> = ids.into_iter().collect();
        for i in own {
            train[i] = kept.contains(rows[i].id);
        }
    }
    Ok(train)
}

fn check(ratio: f64) -> Result<(), LikeError> {
    if ratio > 0.0 && ratio < 1.0 {
        Ok(())
    } else {
        Err(LikeError::Ratio(ratio))
    }
}

/// Python's `int(n * ratio)`; at most n, since ratio is below 1.
fn share(n: usize, ratio: f64) -> usize {
    (n as f64 * ratio) as usize
}

/// Rows with the same key together, keys and rows in order of first appearance.
fn grouped<'a>(
    rows: impl Iterator<Item = usize>,
    key: impl Fn(usize) -> &'a str,
) -> Vec<Vec<usize>> {
    let mut place: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in rows {
        let g = *place.entry(key(i)).or_insert(groups.len());
        if g == groups.len() {
            groups.push(Vec::new());
        }
        groups[g].push(i);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    /// Parts decided by CPython and NumPy: scripts/reference-splits.py.
    #[derive(Deserialize)]
    struct Figures {
        rows: HashMap<String, Vec<(String, String, u64, String)>>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        like: String,
        rows: String,
        evals: Vec<String>,
        seed: u64,
        ratio: f64,
        /// One character a row: 1 is train.
        train: String,
    }

    fn figures() -> Figures {
        serde_json::from_str(include_str!("../../../../tests/data/reference-splits.json"))
            .expect("the fixture has rows and cases")
    }

    fn borrowed(rows: &[(String, String, u64, String)]) -> Vec<RefRow<'_>> {
        rows.iter()
            .map(|(dataset, prompt, index, id)| RefRow {
                dataset,
                prompt,
                index: *index,
                id,
            })
            .collect()
    }

    fn compare(like: &str) {
        let figures = figures();
        let mut compared = 0;
        for case in figures.cases.iter().filter(|c| c.like == like) {
            let rows = borrowed(&figures.rows[&case.rows]);
            let evals: Vec<&str> = case.evals.iter().map(String::as_str).collect();
            let got = match like {
                "llmrouterbench" => llmrouterbench(&rows, case.seed, case.ratio),
                _ => routerbench(&rows, &evals, case.seed, case.ratio),
            }
            .expect("a ratio and a seed in range");
            let got: String = got.iter().map(|&t| if t { '1' } else { '0' }).collect();
            assert_eq!(
                got, case.train,
                "{like}, rows {}, evals {evals:?}, seed {}, ratio {}",
                case.rows, case.seed, case.ratio
            );
            compared += 1;
        }
        assert!(compared >= 5, "only {compared} cases of {like}");
    }

    #[test]
    fn llmrouterbench_equals_python_to_the_query() {
        compare("llmrouterbench");
    }

    #[test]
    fn routerbench_equals_numpy_to_the_query() {
        compare("routerbench");
    }

    #[test]
    fn the_share_is_cut_off_as_python_cuts_it() {
        assert_eq!(share(90, 0.7), 62);
        assert_eq!(share(100, 0.29), 28);
        assert_eq!(share(10, 0.7), 7);
        assert_eq!(share(1, 0.7), 0);
    }

    #[test]
    fn llmrouterbench_keeps_equal_prompts_together_and_counts_them_once() {
        let figures = figures();
        let rows = borrowed(&figures.rows["repeats"]);
        let train = llmrouterbench(&rows, 42, 0.7).expect("in range");
        for (a, b) in (0..rows.len()).flat_map(|a| (0..a).map(move |b| (a, b))) {
            if rows[a].dataset == rows[b].dataset && rows[a].prompt == rows[b].prompt {
                assert_eq!(train[a], train[b], "{} and {}", rows[a].id, rows[b].id);
            }
        }
    }

    #[test]
    fn routerbench_does_not_depend_on_the_order_of_the_rows_but_on_their_index() {
        let figures = figures();
        let rows = borrowed(&figures.rows["plain"]);
        let train = routerbench(&rows, &[], 42, 0.7).expect("in range");
        let back: Vec<RefRow> = rows.iter().rev().copied().collect();
        let mut turned = routerbench(&back, &[], 42, 0.7).expect("in range");
        turned.reverse();
        assert_eq!(turned, train);
    }

    #[test]
    fn no_rows_give_no_answers() {
        assert_eq!(llmrouterbench(&[], 42, 0.7), Ok(vec![]));
        assert_eq!(routerbench(&[], &[], 42, 0.7), Ok(vec![]));
    }

    #[test]
    fn ratios_and_seeds_out_of_range_are_refused() {
        for ratio in [0.0, 1.0, -0.5, 1.5] {
            assert_eq!(llmrouterbench(&[], 42, ratio), Err(LikeError::Ratio(ratio)));
        }
        assert!(llmrouterbench(&[], 42, f64::NAN).is_err());
        assert_eq!(
            routerbench(&[], &[], 1 << 32, 0.7),
            Err(LikeError::Seed(1 << 32))
        );
    }
}
