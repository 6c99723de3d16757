//! The first of K models in a changing order, by a tree of contests: O(log K) a
//! change.

/// The contests.
pub struct Leaders {
    /// The winner of each contest, the final at 1; the models from K on.
    winners: Vec<usize>,
}

impl Leaders {
    /// Of K models; `ahead(a, b)`: whether a goes before b.
    pub fn of(k: usize, ahead: impl Fn(usize, usize) -> bool) -> Leaders {
        let mut leaders = Leaders {
            winners: vec![0; k].into_iter().chain(0..k).collect(),
        };
        (1..k).rev().for_each(|node| leaders.play(node, &ahead));
        leaders
    }

    fn play(&mut self, node: usize, ahead: impl Fn(usize, usize) -> bool) {
        let (a, b) = (self.winners[2 * node], self.winners[2 * node + 1]);
        // Neither goes before the other: the earlier place.
        let wins = ahead(a, b) || !ahead(b, a) && a < b;
        self.winners[node] = if wins { a } else { b };
    }

    /// Model `m` has another place in the order.
    pub fn update(&mut self, m: usize, ahead: impl Fn(usize, usize) -> bool) {
        let mut node = (self.winners.len() / 2 + m) / 2;
        while node > 0 {
            self.play(node, &ahead);
            node /= 2;
        }
    }

    /// The first of all.
    pub fn first(&self) -> usize {
        self.winners.get(1).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    #[test]
    fn the_first_is_that_of_a_scan_whatever_changes() {
        for k in [1, 2, 3, 7, 16, 33] {
            let draw = |i: usize| hash::text(1, "leader", &i.to_string()) % 5;
            let mut values: Vec<u64> = (0..k).map(draw).collect();
            let mut leaders = Leaders::of(k, |a, b| values[a] > values[b]);
            for i in 0..200 {
                let m = (hash::text(2, "leader", &i.to_string()) % k as u64) as usize;
                values[m] = draw(1000 + i);
                leaders.update(m, |a, b| values[a] > values[b]);
                let scan = (1..k).fold(0, |b, m| if values[m] > values[b] { m } else { b });
                assert_eq!(leaders.first(), scan);
            }
        }
    }
}
