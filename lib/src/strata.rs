//! Strata: the groups of queries between which nothing is drawn. They are the
//! datasets, because a mean over queries of fixed datasets varies only within
//! them.
//!
//! A unit is all queries of one dataset with the same prompt: duplicates tell
//! nothing new. A dataset of a single unit shows no variation of its own, so
//! all such datasets are pooled into one stratum; if that pool is a single unit
//! too, it joins the smallest of the others (ties: the first).

use std::collections::BTreeMap;

/// Queries sorted into strata. Everything is by place in the slices given.
#[derive(Debug, Clone)]
pub struct Strata {
    /// By query: its stratum.
    pub of: Vec<u32>,
    /// By query: its unit, numbered from 0 over all strata.
    pub unit: Vec<u32>,
    /// By stratum: how many units and how many queries it has.
    pub units: Vec<usize>,
    pub queries: Vec<usize>,
}

impl Strata {
    /// `dataset` and `prompt` (a hash) of every query, of one length.
    pub fn new(dataset: &[usize], prompt: &[u64]) -> Strata {
        let key = |i: u32| (dataset[i as usize], prompt[i as usize]);
        let mut order: Vec<u32> = (0..dataset.len() as u32).collect();
        order.sort_unstable_by_key(|i| key(*i));
        let mut unit = vec![0; dataset.len()];
        let mut units_of: BTreeMap<usize, usize> = BTreeMap::new();
        let (mut next, mut last) = (0u32, None);
        for i in order {
            if last != Some(key(i)) {
                last = Some(key(i));
                next += 1;
                *units_of.entry(key(i).0).or_default() += 1;
            }
            unit[i as usize] = next - 1;
        }
        let lonely = units_of.values().filter(|n| **n == 1).count();
        let smallest = units_of.iter().filter(|(_, n)| **n > 1);
        let smallest = smallest.min_by_key(|(_, n)| **n).map(|(d, _)| *d);
        // Several lonely datasets, or one that has nowhere to go: a pool.
        let pool = match smallest {
            Some(d) if lonely == 1 => Some(d),
            _ => None,
        };
        let mut place: BTreeMap<Option<usize>, u32> = BTreeMap::new();
        let mut of_dataset: BTreeMap<usize, u32> = BTreeMap::new();
        for (d, n) in &units_of {
            let key = if *n == 1 { pool } else { Some(*d) };
            let next = place.len() as u32;
            of_dataset.insert(*d, *place.entry(key).or_insert(next));
        }
        let mut strata = Strata {
            of: dataset.iter().map(|d| of_dataset[d]).collect(),
            unit,
            units: vec![0; place.len()],
            queries: vec![0; place.len()],
        };
        for (d, n) in units_of {
            strata.units[of_dataset[&d] as usize] += n;
        }
        for s in &strata.of {
            strata.queries[*s as usize] += 1;
        }
        strata
    }

    /// Whether anything can vary: false for a single unit, or none.
    pub fn vary(&self) -> bool {
        self.units.iter().any(|n| *n > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_of_one_unit_are_pooled_and_duplicates_are_one_unit() {
        let strata = Strata::new(&[0, 0, 1, 2, 2, 3], &[7, 8, 7, 9, 9, 1]);
        assert_eq!(strata.of, [0, 0, 1, 1, 1, 1]);
        assert_eq!(strata.units, [2, 3]);
        assert_eq!(strata.queries, [2, 4]);
        assert_eq!(strata.unit[3], strata.unit[4]);
        assert_ne!(strata.unit[0], strata.unit[2]);
    }

    #[test]
    fn a_lone_dataset_of_one_unit_joins_the_smallest_other() {
        let strata = Strata::new(&[0, 0, 0, 1, 2, 2], &[1, 2, 3, 4, 5, 6]);
        assert_eq!(strata.of, [0, 0, 0, 1, 1, 1]);
        assert_eq!(strata.units, [3, 3]);
        assert!(strata.vary());
        assert!(!Strata::new(&[0, 0], &[1, 1]).vary());
        assert!(!Strata::new(&[], &[]).vary());
    }
}
