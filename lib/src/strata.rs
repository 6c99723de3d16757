//! Strata: the groups of queries between which nothing is drawn. They are the
//! datasets, because a mean over queries of fixed datasets varies only within
//! them.
//!
//! A unit is all queries of one dataset with the same prompt: duplicates tell
//! nothing new. A dataset of a single unit shows no variation of its own, so
//! all such datasets are pooled into one stratum; if that pool is a single unit
//! too, it joins the smallest of the others (ties: the first).

use std::collections::BTreeMap;

/// Queries sorted into strata.
#[derive(Debug, Clone)]
pub struct Strata {
    /// By dataset: its stratum; any for one that does not occur.
    pub of: Vec<u32>,
    /// By place of the query: its unit, numbered from 0 over all strata.
    pub unit: Vec<u32>,
    /// By stratum: how many units and how many queries it has.
    pub units: Vec<usize>,
    pub queries: Vec<usize>,
}

impl Strata {
    /// Of `queries` queries; `key`: the dataset and the prompt (a hash) of the
    /// one at a place.
    pub fn new(queries: usize, key: impl Fn(usize) -> (usize, u64)) -> Strata {
        let key = |i: u32| key(i as usize);
        let mut order: Vec<u32> = (0..queries as u32).collect();
        order.sort_unstable_by_key(|i| key(*i));
        let mut unit = vec![0; queries];
        let mut queries_of: BTreeMap<usize, usize> = BTreeMap::new();
        let mut units_of: BTreeMap<usize, usize> = BTreeMap::new();
        let (mut next, mut last) = (0u32, None);
        for i in order {
            if last != Some(key(i)) {
                last = Some(key(i));
                next += 1;
                *units_of.entry(key(i).0).or_default() += 1;
            }
            unit[i as usize] = next - 1;
            *queries_of.entry(key(i).0).or_default() += 1;
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
        let mut strata = Strata {
            of: vec![0; units_of.keys().last().map_or(0, |d| d + 1)],
            unit,
            units: Vec::new(),
            queries: Vec::new(),
        };
        for (d, n) in &units_of {
            let key = if *n == 1 { pool } else { Some(*d) };
            let next = place.len() as u32;
            let s = *place.entry(key).or_insert(next);
            strata.of[*d] = s;
            strata.units.resize(place.len(), 0);
            strata.queries.resize(place.len(), 0);
            strata.units[s as usize] += n;
            strata.queries[s as usize] += queries_of[d];
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

    fn strata(dataset: &[usize], prompt: &[u64]) -> Strata {
        Strata::new(dataset.len(), |i| (dataset[i], prompt[i]))
    }

    #[test]
    fn datasets_of_one_unit_are_pooled_and_duplicates_are_one_unit() {
        let strata = strata(&[0, 0, 1, 2, 2, 3], &[7, 8, 7, 9, 9, 1]);
        assert_eq!(strata.of, [0, 1, 1, 1]);
        assert_eq!(strata.units, [2, 3]);
        assert_eq!(strata.queries, [2, 4]);
        assert_eq!(strata.unit[3], strata.unit[4]);
        assert_ne!(strata.unit[0], strata.unit[2]);
    }

    #[test]
    fn a_lone_dataset_of_one_unit_joins_the_smallest_other() {
        let three = strata(&[0, 0, 0, 1, 2, 2], &[1, 2, 3, 4, 5, 6]);
        assert_eq!(three.of, [0, 1, 1]);
        assert_eq!((&*three.units, &*three.queries), (&[3, 3][..], &[3, 3][..]));
        assert!(three.vary());
        assert!(!strata(&[0, 0], &[1, 1]).vary());
        assert!(!strata(&[], &[]).vary());
    }
}
