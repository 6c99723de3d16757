//! knn: a query is expected to fare as the train queries most like it did.
//!
//! Model: p and g of a query are the unweighted means of the scores and costs
//! of the k train queries with the largest cosine to it; ties go to the
//! earlier train id. Every train query votes, duplicates too, and a query that
//! was itself in train finds itself. Fit O(N·d), a query O(N·d + N + k·K); the
//! router file holds all train vectors.
//! `--k auto`: the k among 2, 4 … 512 with the least squared error of p over
//! train, each train query judged by its neighbours without itself and without
//! equal prompts; ties to the smaller. Fit then O(N²·d).
//! Fails when neighbours are few for the spread of scores: the standard error
//! of p is about √(p(1−p)/k), 0.08 at k = 40, against gaps between models that
//! are often smaller.
//! Source: the KNN router of RouterBench (Hu et al. 2024, arXiv 2403.12031);
//! k by cross-validation as in CARROT (Somerstep et al. 2025, arXiv 2502.03261).

use crate::file::packed::{Packed32, Packed64};
use crate::file::params::{Flag, Params};
use crate::guard;
use crate::kinds::guarded;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Needs, Table};
use ndarray::{s, Array2};
use rayon::prelude::*;
use rb_learn::axis_ridge::least;
use rb_learn::dense;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "knn",
    family: Family::Start,
    about: "Mean score and cost of the nearest train queries",
    help: "Expected score and cost are the unweighted means over the k train queries with \
           the largest cosine to the query; ties go to the earlier id.",
    flags: &[Flag {
        name: "k",
        value: "N",
        default: "40",
        help: "Neighbours, all of train where it has fewer; auto: by cross-validation among 2, 4 … 512",
    }, guard::OFF ],
    oracle: false,
    fit_time: FitTime::Kept,
    needs: |_| Ok(Needs::EMBEDDING),
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |state, shape| guarded::load(state, shape, load),
};

/// Queries whose similarities to all of train are held at once.
const BLOCK: usize = 256;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knn {
    k: usize,
    /// N×d, unit rows in the order of train ids.
    train: Packed32,
    /// N×K.
    score: Packed64,
    /// N×K, USD.
    cost: Packed64,
    scale: f64,
}

fn fit(table: &Table, params: &Params, _: u64) -> Result<Box<dyn Router>> {
    let targets = impute::targets(table);
    let train = dense::normalized(table.x.view());
    let k = match params.text("k") {
        "auto" => choose_k(&train, &targets.score, &table.unit),
        _ => params.count("k", 1)?,
    };
    Ok(Box::new(ByEstimate(Knn {
        k,
        train: Packed32(train),
        score: Packed64(targets.score),
        cost: Packed64(targets.cost),
        scale: targets.scale,
    })))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Knn = crate::file::state::read_state(state)?;
    let n = router.train.0.nrows().max(1);
    router.train.check("the train vectors", n, shape.dim)?;
    router.score.check("the scores", n, shape.models)?;
    router.cost.check("the costs", n, shape.models)?;
    crate::file::state::check_finite("the scale", &[router.scale])?;
    if router.k == 0 {
        return Err(Error::router_file(
            "the number of neighbours is 0, expected at least 1; fit and save the router again",
        ));
    }
    Ok(Box::new(ByEstimate(router)))
}

/// The k that `--k auto` tries.
const AUTO: [usize; 9] = [2, 4, 8, 16, 32, 64, 128, 256, 512];
/// Taken where no train query has a neighbour of another prompt.
const UNJUDGED: usize = 40;

/// The k of [`AUTO`] with the least squared error of p, each train query left
/// out of its own neighbours together with every query of the same prompt.
fn choose_k(x: &Array2<f32>, score: &Array2<f64>, unit: &[u64]) -> usize {
    let most = AUTO[AUTO.len() - 1];
    let mut error = [0.0f64; AUTO.len()];
    let mut judged = false;
    for start in (0..x.nrows()).step_by(BLOCK) {
        let end = (start + BLOCK).min(x.nrows());
        let similarity = dense::product(x.slice(s![start..end, ..]), x.view());
        let errors: Vec<Option<[f64; AUTO.len()]>> = (start..end)
            .into_par_iter()
            .map(|i| {
                let row = similarity.row(i - start);
                let mut others: Vec<usize> =
                    (0..unit.len()).filter(|&t| unit[t] != unit[i]).collect();
                let order = |&a: &usize, &b: &usize| row[b].total_cmp(&row[a]).then(a.cmp(&b));
                if most < others.len() {
                    others.select_nth_unstable_by(most, order);
                    others.truncate(most);
                }
                others.sort_unstable_by(order);
                errors_of(&others, i, score)
            })
            .collect();
        for errors in errors.into_iter().flatten() {
            judged = true;
            error.iter_mut().zip(errors).for_each(|(sum, e)| *sum += e);
        }
    }
    if judged {
        AUTO[least(&error)]
    } else {
        UNJUDGED
    }
}

/// The squared error of p of query `i` for each k of [`AUTO`], its neighbours
/// given from the nearest on; None without any.
fn errors_of(others: &[usize], i: usize, score: &Array2<f64>) -> Option<[f64; AUTO.len()]> {
    if others.is_empty() {
        return None;
    }
    let mut sum = vec![0.0; score.ncols()];
    let mut taken = 0;
    Some(AUTO.map(|k| {
        for &t in &others[taken..k.min(others.len())] {
            let row = score.row(t);
            sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        }
        taken = k.min(others.len());
        let off = |(s, y): (&f64, &f64)| (s / taken as f64 - y).powi(2);
        sum.iter().zip(score.row(i)).map(off).sum()
    }))
}

/// The places of the k largest similarities, ties to the earlier, ascending.
fn neighbours(similarity: &[f32], k: usize) -> Vec<usize> {
    let mut near: Vec<usize> = Vec::with_capacity(k.min(similarity.len()) * 2);
    let nearest = |near: &mut Vec<usize>| {
        if k < near.len() {
            near.select_nth_unstable_by(k, |&a, &b| {
                similarity[b].total_cmp(&similarity[a]).then(a.cmp(&b))
            });
            near.truncate(k);
        }
    };
    // Most are farther than the k nearest of those before: only the others are kept,
    // until there are twice as many as are asked for.
    let mut farthest = f32::NEG_INFINITY;
    for (place, s) in similarity.iter().enumerate() {
        if *s > farthest || near.len() < k {
            near.push(place);
            if near.len() >= 2 * k {
                nearest(&mut near);
                farthest = (near.iter().map(|i| similarity[*i])).fold(f32::INFINITY, f32::min);
            }
        }
    }
    nearest(&mut near);
    near.sort_unstable();
    near
}

impl Estimator for Knn {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let models = self.score.0.ncols();
        let mut p = Array2::zeros((x.nrows(), models));
        let mut g = Array2::zeros((x.nrows(), models));
        for start in (0..x.nrows()).step_by(BLOCK) {
            let end = (start + BLOCK).min(x.nrows());
            let similarity = dense::product(x.slice(s![start..end, ..]), self.train.0.view());
            let near: Vec<Vec<usize>> = (0..end - start)
                .into_par_iter()
                .map(|i| neighbours(similarity.row(i).as_slice().unwrap_or_default(), self.k))
                .collect();
            for (i, near) in near.iter().enumerate() {
                for (out, values) in [(&mut p, &self.score.0), (&mut g, &self.cost.0)] {
                    let mut row = out.row_mut(start + i);
                    near.iter().for_each(|&t| row += &values.row(t));
                    row /= near.len().max(1) as f64;
                }
            }
        }
        Estimates {
            p,
            g,
            scale: self.scale,
        }
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    #[test]
    fn the_neighbours_are_those_of_a_full_sort_and_ties_go_to_the_earlier() {
        let similarity: Vec<f32> = (0..500)
            .map(|i| (hash::text(1, "knn", &i.to_string()) % 60) as f32 / 60.0)
            .collect();
        for k in [1, 7, 40, 499, 500, 600] {
            let mut sorted: Vec<usize> = (0..500).collect();
            sorted.sort_by(|&a, &b| similarity[b].partial_cmp(&similarity[a]).unwrap());
            let mut wanted: Vec<usize> = sorted.into_iter().take(k).collect();
            wanted.sort_unstable();
            assert_eq!(neighbours(&similarity, k), wanted);
        }
    }

    #[test]
    fn expected_values_are_the_means_of_a_linear_scan() {
        let draw = |i: usize, j: usize| hash::unit(hash::text(2, "knn", &format!("{i} {j}")));
        let train = Array2::from_shape_fn((30, 5), |(i, j)| draw(i, j) as f32 - 0.5);
        let router = Knn {
            k: 4,
            train: Packed32(dense::normalized(train.view())),
            score: Packed64(Array2::from_shape_fn((30, 2), |(i, j)| draw(i, 10 + j))),
            cost: Packed64(Array2::from_shape_fn((30, 2), |(i, j)| draw(i, 20 + j))),
            scale: 1.0,
        };
        let query = [0.3f32, -0.2, 0.1, 0.4, 0.0];
        let cosine = |i: usize| -> f64 {
            let of = |j: usize| f64::from(train[[i, j]]);
            let length: f64 = (0..5).map(|j| of(j) * of(j)).sum();
            (0..5).map(|j| of(j) * f64::from(query[j])).sum::<f64>() / length.sqrt()
        };
        let mut order: Vec<usize> = (0..30).collect();
        order.sort_by(|&a, &b| cosine(b).total_cmp(&cosine(a)));
        let mean = |values: &Array2<f64>, m: usize| {
            order[..4].iter().map(|&i| values[[i, m]]).sum::<f64>() / 4.0
        };
        let x = Array2::from_shape_vec((1, 5), query.to_vec()).unwrap();
        let e = router.estimate(&Batch {
            x: x.view(),
            text: &[],
            unit: &[0],
            signals: Default::default(),
            truth: None,
        });
        for m in 0..2 {
            assert!((e.p[[0, m]] - mean(&router.score.0, m)).abs() < 1e-12);
            assert!((e.g[[0, m]] - mean(&router.cost.0, m)).abs() < 1e-12);
        }
    }

    /// Queries on a circle, whose ability alternates between arcs of `width` queries.
    fn arcs(n: usize, width: usize) -> (Array2<f32>, Array2<f64>) {
        let angle = |i: usize| (i as f32) * std::f32::consts::TAU / n as f32;
        let x = Array2::from_shape_fn((n, 2), |(i, j)| match j {
            0 => angle(i).cos(),
            _ => angle(i).sin(),
        });
        let coin = |i: usize| hash::unit(hash::text(4, "coin", &i.to_string()));
        let score = Array2::from_shape_fn((n, 1), |(i, _)| {
            let ability = if (i / width).is_multiple_of(2) {
                0.9
            } else {
                0.1
            };
            f64::from(u8::from(coin(i) < ability))
        });
        (x, score)
    }

    #[test]
    fn auto_takes_about_as_many_neighbours_as_the_structure_is_wide() {
        let alone = |n: usize| (0..n as u64).collect::<Vec<u64>>();
        let chosen = |width: usize| {
            let (x, score) = arcs(1200, width);
            choose_k(&x, &score, &alone(1200))
        };
        assert!((8..=32).contains(&chosen(40)), "{}", chosen(40));
        assert!(chosen(300) > chosen(40), "{}", chosen(300));
    }

    #[test]
    fn auto_is_not_misled_by_equal_prompts() {
        // Every query stands there twice with the same score, and the scores
        // of different prompts are coins: its twin would say it all at k = 2.
        let coin = |i: usize| hash::unit(hash::text(5, "twin", &i.to_string()));
        let x = Array2::from_shape_fn((400, 3), |(i, j)| coin(10 * (i / 2) + j) as f32 - 0.5);
        let x = dense::normalized(x.view());
        let score = Array2::from_shape_fn((400, 1), |(i, _)| coin(9999 + i / 2).round());
        let unit: Vec<u64> = (0..400).map(|i| i / 2).collect();
        assert!(choose_k(&x, &score, &unit) >= 64);
        let apart: Vec<u64> = (0..400).collect();
        assert!(choose_k(&x, &score, &apart) <= 4);
    }

    #[test]
    fn auto_without_a_neighbour_of_another_prompt_is_the_default() {
        let x = Array2::from_elem((3, 2), 1.0);
        assert_eq!(choose_k(&x, &Array2::zeros((3, 1)), &[7, 7, 7]), UNJUDGED);
    }
}
