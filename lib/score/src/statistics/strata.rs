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
    /// By stratum: how many units and how many queries it has.
    pub units: Vec<usize>,
    /// By stratum.
    pub queries: Vec<usize>,
}

impl Strata {
    /// Of queries in any order, but those of one prompt side by side. `keys`:
    /// the dataset and the prompt (a hash) of each. `each` is told the unit of
    /// every query in turn, numbered from 0 over all strata.
    pub fn new(keys: impl Iterator<Item = (usize, u64)>, mut each: impl FnMut(u32)) -> Strata {
        let mut queries_of: BTreeMap<usize, usize> = BTreeMap::new();
        let mut units_of: BTreeMap<usize, usize> = BTreeMap::new();
        let (mut units, mut last) = (0u32, None);
        // Of the prompt at hand, by dataset.
        let mut here: BTreeMap<usize, u32> = BTreeMap::new();
        for (dataset, prompt) in keys {
            if last != Some(prompt) {
                last = Some(prompt);
                here.clear();
            }
            let unit = *here.entry(dataset).or_insert_with(|| {
                units += 1;
                *units_of.entry(dataset).or_default() += 1;
                units - 1
            });
            each(unit);
            *queries_of.entry(dataset).or_default() += 1;
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
        let keys = dataset.iter().copied().zip(prompt.iter().copied());
        Strata::new(keys, |_| ())
    }

    #[test]
    fn datasets_of_one_unit_are_pooled_and_duplicates_are_one_unit() {
        let (dataset, prompt) = ([0, 1, 0, 2, 3, 2, 1], [8, 7, 7, 9, 9, 9, 1]);
        let mut unit = Vec::new();
        let strata = Strata::new(dataset.into_iter().zip(prompt), |u| unit.push(u));
        assert_eq!(unit, [0, 1, 2, 3, 4, 3, 5]);
        assert_eq!((strata.of, strata.units), (vec![0, 1, 2, 2], vec![2, 2, 2]));
        let strata = self::strata(&[0, 0, 1, 2, 2, 3], &[8, 7, 7, 9, 9, 1]);
        assert_eq!(strata.of, [0, 1, 1, 1]);
        assert_eq!(strata.units, [2, 3]);
        assert_eq!(strata.queries, [2, 4]);
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
