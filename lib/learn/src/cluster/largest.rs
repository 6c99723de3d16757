//! The two largest of some differences, found in eight lanes.

use crate::matrix::simd::{wide, Work};

const LANES: usize = 8;

/// The largest, the first of equal ones, and the next largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Two {
    pub(super) place: usize,
    pub(super) first: f32,
    /// −∞ where there is no other.
    pub(super) second: f32,
}

/// Of `values` less `offsets`, one a value; numbers all.
pub(super) fn two(values: &[f32], offsets: &[f32]) -> Two {
    wide(Search { values, offsets })
}

struct Search<'a> {
    values: &'a [f32],
    offsets: &'a [f32],
}

impl Work for Search<'_> {
    type Output = Two;
    #[inline(always)]
    fn call(self) -> Two {
        let mut first = [f32::NEG_INFINITY; LANES];
        let mut second = first;
        // By lane, the block of its largest.
        let mut block = [0u32; LANES];
        let (values, offsets) = (
            self.values.chunks_exact(LANES),
            self.offsets.chunks_exact(LANES),
        );
        let rest = values.remainder().iter().zip(offsets.remainder());
        let blocks = values.len() as u32;
        for (now, (v, o)) in values.zip(offsets).enumerate() {
            for l in 0..LANES {
                let v = v[l] - o[l];
                second[l] = second[l].max(first[l].min(v));
                block[l] = if v > first[l] { now as u32 } else { block[l] };
                first[l] = first[l].max(v);
            }
        }
        for (l, (v, o)) in rest.enumerate() {
            let v = v - o;
            second[l] = second[l].max(first[l].min(v));
            block[l] = if v > first[l] { blocks } else { block[l] };
            first[l] = first[l].max(v);
        }
        let mut two = Two {
            place: 0,
            first: f32::NEG_INFINITY,
            second: f32::NEG_INFINITY,
        };
        for l in 0..LANES {
            let place = block[l] as usize * LANES + l;
            if first[l] > two.first || (first[l] == two.first && place < two.place) {
                two.second = two.second.max(two.first);
                (two.place, two.first) = (place, first[l]);
            } else {
                two.second = two.second.max(first[l]);
            }
            two.second = two.second.max(second[l]);
        }
        two
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_largest_are_those_of_a_plain_search() {
        let mut state = 1u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 29) as f32
        };
        for n in 1..70 {
            for _ in 0..50 {
                let values: Vec<f32> = (0..n).map(|_| draw()).collect();
                let offsets: Vec<f32> = (0..n).map(|_| draw()).collect();
                let mut all: Vec<(usize, f32)> = (values.iter().zip(&offsets))
                    .map(|(v, o)| v - o)
                    .enumerate()
                    .collect();
                all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                let wanted = Two {
                    place: all[0].0,
                    first: all[0].1,
                    second: all.get(1).map_or(f32::NEG_INFINITY, |v| v.1),
                };
                assert_eq!(two(&values, &offsets), wanted, "{values:?} {offsets:?}");
            }
        }
    }
}
