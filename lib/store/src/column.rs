//! A column of numbers, or of small groups of them: in memory while there is
//! memory, from there on in pages of a temporary file (`pages`). What is read is
//! the same either way, bit for bit.

use crate::pages::{must, Pager, PAGE};
use crate::sorter::Sorter;

/// What a column may hold: numbers of a fixed size.
pub trait Cell: Copy + Send + Sync {
    /// Bytes.
    const SIZE: usize;
    /// Writes the number, little-endian, into `to` of [`Cell::SIZE`] bytes.
    fn put(&self, to: &mut [u8]);
    /// Reads what [`Cell::put`] wrote.
    fn take(from: &[u8]) -> Self;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Cell for $number {
            const SIZE: usize = std::mem::size_of::<$number>();
            /// Writes the number, little-endian, into `to` of [`Cell::SIZE`] bytes.
            fn put(&self, to: &mut [u8]) {
                to.copy_from_slice(&self.to_le_bytes());
            }
            /// Reads what [`Cell::put`] wrote.
            fn take(from: &[u8]) -> $number {
                let mut bytes = [0; Self::SIZE];
                bytes.copy_from_slice(from);
                <$number>::from_le_bytes(bytes)
            }
        }
    )*};
}

number!(u32, u64, f64);

impl<A: Cell, B: Cell> Cell for (A, B) {
    const SIZE: usize = A::SIZE + B::SIZE;
    /// Writes the number, little-endian, into `to` of [`Cell::SIZE`] bytes.
    fn put(&self, to: &mut [u8]) {
        let (a, b) = to.split_at_mut(A::SIZE);
        self.0.put(a);
        self.1.put(b);
    }
    /// Reads what [`Cell::put`] wrote.
    fn take(from: &[u8]) -> (A, B) {
        let (a, b) = from.split_at(A::SIZE);
        (A::take(a), B::take(b))
    }
}

/// The largest cell.
const LARGEST: usize = 128;

/// Cells in the order in which they were pushed.
#[derive(Debug)]
pub struct Column<T: Cell> {
    pager: Pager,
    /// Full ones, in order; what follows is held.
    pages: Vec<u32>,
    /// How many cells are in pages.
    filed: usize,
    held: Vec<T>,
    /// `held` is made longer, or written, where it has so many.
    until: usize,
    /// Of the pager, for `held`.
    taken: usize,
}

impl<T: Cell> Column<T> {
    /// Cells a page.
    const CELLS: usize = PAGE / T::SIZE;

    /// Of nothing yet; its memory and its pages are those of `pager`.
    pub fn new(pager: &Pager) -> Column<T> {
        assert!(T::SIZE <= LARGEST);
        Column {
            pager: pager.clone(),
            pages: Vec::new(),
            filed: 0,
            held: Vec::new(),
            until: 0,
            taken: 0,
        }
    }

    /// For `cells` cells: where they all fit, nothing is ever moved.
    pub fn with_capacity(pager: &Pager, cells: usize) -> Column<T> {
        let mut column = Column::new(pager);
        let bytes = cells * std::mem::size_of::<T>();
        if pager.take(bytes) {
            column.taken = bytes;
            column.held.reserve_exact(cells);
            column.until = cells;
        }
        column
    }

    /// Of some cells.
    pub fn from(pager: &Pager, cells: impl IntoIterator<Item = T>) -> Column<T> {
        let mut column = Column::new(pager);
        cells.into_iter().for_each(|cell| column.push(cell));
        column
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.filed + self.held.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Unwinds to `pages::guard` where a temporary file fails, as all do here.
    pub fn push(&mut self, cell: T) {
        if self.held.len() == self.until {
            self.grow();
        }
        self.held.push(cell);
    }

    fn grow(&mut self) {
        // The last page is always held.
        if self.until < Self::CELLS {
            self.until = (2 * self.until).clamp(16, Self::CELLS);
            self.held.reserve_exact(self.until - self.held.len());
            return;
        }
        let more = self.until * std::mem::size_of::<T>();
        if self.pages.is_empty() && self.pager.take(more) {
            self.taken += more;
            self.until *= 2;
            self.held.reserve_exact(self.until - self.held.len());
            return;
        }
        let mut bytes = vec![0; Self::CELLS * T::SIZE];
        let full = self.held.len() / Self::CELLS * Self::CELLS;
        for cells in self.held[..full].chunks(Self::CELLS) {
            for (cell, to) in cells.iter().zip(bytes.chunks_mut(T::SIZE)) {
                cell.put(to);
            }
            self.pages.push(self.pager.add(&bytes));
        }
        self.filed += full;
        self.held.drain(..full);
        self.held.shrink_to(Self::CELLS);
        self.until = Self::CELLS;
        self.pager.give_back(std::mem::take(&mut self.taken));
    }

    /// The cell at `place`, below [`Column::len`].
    #[inline]
    pub fn get(&self, place: usize) -> T {
        match place.checked_sub(self.filed) {
            Some(at) => self.held[at],
            None => self.read(place),
        }
    }

    /// Neighbours at once.
    #[inline]
    pub fn get_all(&self, from: usize, into: &mut [T]) {
        match from.checked_sub(self.filed) {
            Some(at) => into.copy_from_slice(&self.held[at..at + into.len()]),
            None => self.read_all(from, into),
        }
    }

    /// A page is asked for once.
    #[cold]
    fn read_all(&self, from: usize, into: &mut [T]) {
        const STRETCH: usize = LARGEST;
        let mut bytes = [0; STRETCH];
        let mut done = 0;
        while done < into.len() {
            let place = from + done;
            if place >= self.filed {
                into[done] = self.get(place);
                done += 1;
                continue;
            }
            let first = place % Self::CELLS;
            let cells = (Self::CELLS - first)
                .min(into.len() - done)
                .min(STRETCH / T::SIZE);
            let bytes = &mut bytes[..cells * T::SIZE];
            let page = self.pages[place / Self::CELLS];
            (self.pager).read(page, Self::CELLS * T::SIZE, first * T::SIZE, bytes);
            for (cell, bytes) in into[done..].iter_mut().zip(bytes.chunks(T::SIZE)) {
                *cell = T::take(bytes);
            }
            done += cells;
        }
    }

    #[cold]
    fn read(&self, place: usize) -> T {
        let mut bytes = [0; LARGEST];
        let bytes = &mut bytes[..T::SIZE];
        let at = place % Self::CELLS * T::SIZE;
        let page = self.pages[place / Self::CELLS];
        self.pager.read(page, Self::CELLS * T::SIZE, at, bytes);
        T::take(bytes)
    }

    /// Overwrites the cell at `place`.
    pub fn set(&mut self, place: usize, cell: T) {
        match place.checked_sub(self.filed) {
            Some(at) => self.held[at] = cell,
            None => {
                let mut bytes = [0; LARGEST];
                let bytes = &mut bytes[..T::SIZE];
                cell.put(bytes);
                let at = place % Self::CELLS * T::SIZE;
                self.pager.write(self.pages[place / Self::CELLS], at, bytes);
            }
        }
    }

    /// Every cell, in order.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        (0..self.len()).map(|place| self.get(place))
    }

    /// The first place of `range` of which `is` does not hold, where it holds of
    /// all before; the end of the range, where it holds of all.
    pub fn partition_point(&self, range: std::ops::Range<usize>, is: impl Fn(T) -> bool) -> usize {
        let (mut from, mut to) = (range.start, range.end);
        while from < to {
            let middle = from + (to - from) / 2;
            if is(self.get(middle)) {
                from = middle + 1
            } else {
                to = middle
            }
        }
        from
    }

    /// The same cells by ascending key. Those of one key come in any order.
    pub fn sorted(mut self, key: impl Fn(&T) -> u128) -> Column<T> {
        if self.pages.is_empty() {
            self.held.sort_unstable_by_key(key);
            return self;
        }
        // As many columns may be sorted at once as there are threads.
        let most = self.pager.limit() / 16 / rayon::current_num_threads();
        let mut sorter = Sorter::new(most);
        let mut bytes = [0; LARGEST];
        for cell in self.iter() {
            cell.put(&mut bytes[..T::SIZE]);
            must(sorter.push(&key(&cell).to_be_bytes(), &bytes[..T::SIZE]));
        }
        let pager = self.pager.clone();
        drop(self);
        let mut sorted = Column::new(&pager);
        let mut entries = must(sorter.sorted());
        let (mut key, mut value) = (Vec::new(), Vec::new());
        while must(entries.next_into(&mut key, &mut value)) {
            sorted.push(T::take(&value));
        }
        sorted
    }
}

impl<T: Cell> Drop for Column<T> {
    fn drop(&mut self) {
        self.pager.give_back(self.taken);
        self.pager.free(&self.pages);
    }
}

/// A number as a key: keys are ordered as [`f64::total_cmp`] orders numbers.
pub fn ordered(x: f64) -> u64 {
    let bits = x.to_bits();
    match bits >> 63 {
        0 => bits | 1 << 63,
        _ => !bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    fn number(i: usize) -> f64 {
        hash::unit(hash::text(1, "cell", &i.to_string())) - 0.5
    }

    #[test]
    fn a_column_holds_the_same_wherever_its_cells_are() {
        const N: usize = 10_000;
        for limit in [0, 5_000, 50_000, usize::MAX] {
            let pager = Pager::new(limit);
            for mut column in [Column::new(&pager), Column::with_capacity(&pager, N)] {
                (0..N).for_each(|i| column.push((number(i), i as u32)));
                assert_eq!((column.len(), column.pages.is_empty()), (N, limit > N * 16));
                assert!(column.taken <= limit);
                assert!((0..N).all(|i| column.get(i) == (number(i), i as u32)));
                for i in [0, 7, N / 2, N - 1] {
                    column.set(i, (-0.25, 3));
                }
                assert_eq!(column.iter().filter(|c| *c == (-0.25, 3)).count(), 4);
                // Over borders of pages, and over the one of what is held.
                for from in [6, 300, (column.filed.max(50) - 50).min(N - 700), N - 700] {
                    let mut some = [(0.0, 0); 700];
                    column.get_all(from, &mut some);
                    assert!(
                        (some.iter().enumerate()).all(|(i, cell)| *cell == column.get(from + i))
                    );
                }
            }
            assert!(pager.take(limit));
        }
    }

    #[test]
    fn a_sorted_column_is_the_same_wherever_it_was_sorted() {
        let want = {
            let mut all: Vec<(f64, u32)> =
                (0..20_000).map(|i| (number(i % 5000), i as u32)).collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            all
        };
        for limit in [0, 100_000, usize::MAX] {
            let pager = Pager::new(limit);
            let all = (0..20_000).map(|i| (number(i % 5000), i as u32));
            let sorted = Column::from(&pager, all)
                .sorted(|(x, i)| u128::from(ordered(*x)) << 64 | u128::from(*i));
            assert!(sorted.iter().eq(want.iter().copied()), "{limit}");
            let at = sorted.partition_point(0..sorted.len(), |(x, _)| x < 0.1);
            assert_eq!(at, want.partition_point(|(x, _)| *x < 0.1));
        }
    }

    #[test]
    fn keys_are_ordered_as_numbers_are() {
        let numbers = [
            f64::NEG_INFINITY,
            -2.5,
            -0.0,
            0.0,
            1e-300,
            1.0,
            f64::INFINITY,
        ];
        assert!(numbers.windows(2).all(|w| ordered(w[0]) < ordered(w[1])));
    }
}
