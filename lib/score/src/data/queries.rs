//! A selection of the scored queries, by their places: all of them, or a list.

use rb_store::column::Column;
use rb_store::pages::Pager;
use std::sync::Arc;

/// Places of queries, ascending. All of them take no memory, a list 4 bytes
/// each while there is memory.
#[derive(Debug, Clone)]
pub struct Queries {
    len: usize,
    /// None: the places 0 to `len`.
    list: Option<Arc<Column<u32>>>,
    /// Where these begin in the list.
    from: usize,
}

impl Queries {
    /// The places 0 to `len`.
    pub fn all(len: usize) -> Queries {
        Queries {
            len,
            list: None,
            from: 0,
        }
    }

    /// A part of a list.
    pub fn listed(list: Arc<Column<u32>>, range: std::ops::Range<usize>) -> Queries {
        Queries {
            len: range.len(),
            list: Some(list),
            from: range.start,
        }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.len
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The query at `place` of these.
    #[inline]
    pub fn get(&self, place: usize) -> usize {
        match &self.list {
            None => place,
            Some(list) => list.get(self.from + place) as usize,
        }
    }

    /// Each, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len).map(|place| self.get(place))
    }

    /// Those of these that are kept; `keep` is asked of each once, in order.
    pub fn filter(&self, pager: &Pager, mut keep: impl FnMut(usize) -> bool) -> Queries {
        let mut list: Option<Column<u32>> = None;
        for place in 0..self.len {
            let query = self.get(place);
            match (&mut list, keep(query)) {
                (None, true) | (Some(_), false) => {}
                (Some(list), true) => list.push(query as u32),
                // All before it are kept.
                (None, false) => {
                    let before = (0..place).map(|p| self.get(p) as u32);
                    list = Some(Column::from(pager, before));
                }
            }
        }
        match list {
            None => self.clone(),
            Some(list) => {
                let all = 0..list.len();
                Queries::listed(Arc::new(list), all)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_listed_and_all_is_not() {
        let pager = Pager::new(0);
        let all = Queries::all(5);
        assert!(all.filter(&pager, |_| true).list.is_none());
        let some = all.filter(&pager, |q| q != 2);
        assert_eq!(some.iter().collect::<Vec<_>>(), [0, 1, 3, 4]);
        let fewer = some.filter(&pager, |q| q > 0 && q != 4);
        assert_eq!((fewer.len(), fewer.get(1)), (2, 3));
        assert!(fewer.filter(&pager, |_| false).is_empty());
        let part = Queries::listed(Arc::new(Column::from(&pager, [9, 4, 6])), 1..3);
        assert_eq!(part.iter().collect::<Vec<_>>(), [4, 6]);
    }
}
