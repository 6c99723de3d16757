//! Which of two models is the better where neither is known everywhere: their
//! differences on the queries that both answered, put together for all pairs.
//!
//! ```text
//! r minimises Σ_{a<b} n_ab·(d_ab − (r_a − r_b))²
//! ```
//!
//! with n_ab the queries known of both and d_ab the mean difference of their
//! scores there. On a complete table r_a − r_b is the difference of the means
//! (least squares ratings; Massey 1997). Models that no chain of common queries
//! joins to the largest group have no rating.

use crate::data::outcomes::Known;

/// Sums over the queries that two models have in common, for every pair.
#[derive(Debug, Clone)]
pub struct CommonQueries {
    models: usize,
    /// Model × model: how many queries, and the sum of the row's score less the
    /// column's.
    n: Vec<u32>,
    difference: Vec<f64>,
}

impl CommonQueries {
    /// Of no query yet.
    pub(crate) fn new(models: usize) -> CommonQueries {
        CommonQueries {
            models,
            n: vec![0; models * models],
            difference: vec![0.0; models * models],
        }
    }

    /// One query more.
    pub(crate) fn add(&mut self, known: &[(usize, Known)]) {
        let scores = || known.iter().filter_map(|(m, k)| Some((*m, k[0]?)));
        for (a, own) in scores() {
            for (b, other) in scores().filter(|(b, _)| *b != a) {
                self.n[a * self.models + b] += 1;
                self.difference[a * self.models + b] += own - other;
            }
        }
    }

    /// The models of the largest group that common queries join, ascending.
    fn largest_group(&self) -> Vec<usize> {
        let mut group: Vec<Option<usize>> = vec![None; self.models];
        let mut sizes = Vec::new();
        for start in 0..self.models {
            if group[start].is_some() {
                continue;
            }
            let number = sizes.len();
            let mut reached = vec![start];
            group[start] = Some(number);
            let mut size = 0;
            while let Some(a) = reached.pop() {
                size += 1;
                let common = &self.n[a * self.models..][..self.models];
                for (b, (n, group)) in common.iter().zip(&mut group).enumerate() {
                    if *n > 0 && group.is_none() {
                        *group = Some(number);
                        reached.push(b);
                    }
                }
            }
            sizes.push(size);
        }
        let most = sizes.iter().copied().max().unwrap_or(0);
        let largest = sizes.iter().position(|s| *s == most);
        (0..self.models).filter(|m| group[*m] == largest).collect()
    }

    /// Every model's rating, in points of score, up to a constant; None: not to
    /// be told. All None where no two models have a query in common.
    pub fn ratings(&self) -> Vec<Option<f64>> {
        let group = self.largest_group();
        let mut ratings = vec![None; self.models];
        if group.len() < 2 {
            return ratings;
        }
        // The first has rating 0; the others solve the normal equations.
        let size = group.len() - 1;
        let mut rows = vec![vec![0.0; size + 1]; size];
        for (i, row) in rows.iter_mut().enumerate() {
            let a = group[i + 1];
            for (j, &b) in group.iter().enumerate() {
                let n = f64::from(self.n[a * self.models + b]);
                row[i] += n;
                row[size] += self.difference[a * self.models + b];
                if j > 0 {
                    row[j - 1] -= n;
                }
            }
        }
        for (m, rating) in group.iter().zip([0.0].into_iter().chain(solved(rows))) {
            ratings[*m] = Some(rating);
        }
        ratings
    }
}

/// The solution of a positive definite system, its right side the last column.
fn solved(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let size = rows.len();
    for i in 0..size {
        let pivot = rows[i].clone();
        for row in rows.iter_mut().skip(i + 1) {
            let factor = row[i] / pivot[i];
            if factor != 0.0 {
                (row[i..].iter_mut().zip(&pivot[i..])).for_each(|(x, p)| *x -= factor * p);
            }
        }
    }
    let mut solution = vec![0.0; size];
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|j| rows[i][j] * solution[j]).sum();
        solution[i] = (rows[i][size] - known) / rows[i][i];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(queries: &[&[(usize, f64)]]) -> Vec<Option<f64>> {
        let mut common = CommonQueries::new(4);
        for query in queries {
            let known = query
                .iter()
                .map(|(m, s)| (*m, [Some(*s), None, None, None, None]));
            common.add(&known.collect::<Vec<_>>());
        }
        common.ratings()
    }

    #[test]
    fn models_are_compared_where_both_answered_and_chains_count() {
        // 1 beats 0 by a half, 2 beats 1 by a half; 2 and 0 never met, 3 nobody.
        let ratings = rated(&[
            &[(0, 0.0), (1, 1.0)],
            &[(0, 1.0), (1, 1.0)],
            &[(1, 0.0), (2, 1.0)],
            &[(1, 1.0), (2, 1.0)],
            &[(3, 1.0)],
        ]);
        assert_eq!(ratings[0], Some(0.0));
        assert!((ratings[1].unwrap() - 0.5).abs() < 1e-12);
        assert!((ratings[2].unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(ratings[3], None);
    }

    #[test]
    fn easy_queries_that_only_one_model_saw_do_not_make_it_better() {
        let ratings = rated(&[
            &[(0, 1.0)],
            &[(0, 1.0)],
            &[(0, 0.0), (1, 1.0)],
            &[(0, 0.0), (1, 0.0)],
        ]);
        assert!(ratings[1] > ratings[0]);
        assert_eq!(rated(&[&[(0, 1.0)], &[(1, 0.0)]]), [None; 4]);
    }
}
