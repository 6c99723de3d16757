//! Tests of cascade_search.rs.

use super::*;
use proptest::prelude::*;
use rb_record::hash;

/// Doubts are coarse where `ties`, so that quantiles fall among equals.
fn random(n: usize, k: usize, seed: u64, ties: bool) -> [Array2<f64>; 3] {
    let draw =
        |what: &str, i: usize, m: usize| hash::unit(hash::text(seed, what, &format!("{i} {m}")));
    let score = Array2::from_shape_fn((n, k), |(i, m)| match m % 2 {
        0 => f64::from(u8::from(draw("s", i, m) < 0.4 + 0.1 * m as f64)),
        _ => draw("s", i, m),
    });
    let doubt = Array2::from_shape_fn((n, k), |(i, m)| {
        let d = 0.6 * (1.0 - score[[i, m]]) + 0.4 * draw("d", i, m);
        if ties {
            (d * 4.0).round() / 4.0
        } else {
            d
        }
    });
    let cost = Array2::from_shape_fn((n, k), |(i, m)| {
        2f64.powi(m as i32) * (0.5 + draw("c", i, m))
    });
    [doubt, score, cost]
}

/// What a cascade comes to, a query at a time; None: the quantile of its
/// i-th q is asked of nobody.
fn replay(train: &Train, order: &[usize], levels: &[usize]) -> Option<(f64, f64)> {
    let n = train.score.nrows();
    let mut open: Vec<usize> = (0..n).collect();
    let (mut quality, mut cost) = (0.0, 0.0);
    for (z, &m) in order.iter().enumerate() {
        cost += open.iter().map(|&i| train.cost[[i, m]]).sum::<f64>();
        let Some(level) = levels.get(z) else {
            quality += open.iter().map(|&i| train.score[[i, m]]).sum::<f64>();
            break;
        };
        let mut doubts: Vec<f64> = open.iter().map(|&i| train.doubt[[i, m]]).collect();
        doubts.sort_by(f64::total_cmp);
        let at = (doubts.len() * (LEVELS - level) / LEVELS).min(doubts.len().checked_sub(1)?);
        let accepted = |i: &usize| train.doubt[[*i, m]] < doubts[at];
        quality += open
            .iter()
            .filter(|i| accepted(i))
            .map(|&i| train.score[[i, m]])
            .sum::<f64>();
        open.retain(|i| !accepted(i));
    }
    Some((quality / n as f64, cost / n as f64))
}

/// Cost and quality of every list of distinct models and every q.
fn all(train: &Train, k: usize, calls: usize) -> Vec<(f64, f64)> {
    let mut found = Vec::new();
    let mut try_one = |order: &[usize], levels: &[usize]| {
        found.extend(replay(train, order, levels).map(|(q, c)| (c, q)));
    };
    for a in 0..k {
        try_one(&[a], &[]);
        for b in (0..k).filter(|&b| b != a && calls > 1) {
            for q1 in 1..LEVELS {
                try_one(&[a, b], &[q1]);
                for c in (0..k).filter(|&c| c != a && c != b && calls > 2) {
                    for q2 in q1..LEVELS {
                        try_one(&[a, b, c], &[q1, q2]);
                    }
                }
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn under_each_budget_the_search_finds_what_brute_force_finds(
        n in 1usize..40, seed in 0u64..1000, ties in prop::bool::ANY, calls in 1usize..4
    ) {
        let [doubt, score, cost] = random(n, 3, seed, ties);
        let train = Train { doubt: &doubt, score: &score, cost: &cost };
        let plans = search(&train, &[0, 1, 2], calls);
        let best = |found: &mut dyn Iterator<Item = (f64, f64)>, budget: f64| {
            let within = found.filter(|p| p.0 <= budget * (1.0 + 1e-12));
            within.map(|p| p.1).fold(f64::MIN, f64::max)
        };
        let all = all(&train, 3, calls);
        for &(budget, _) in &all {
            let ours = best(&mut plans.iter().map(|p| (p.cost, p.quality)), budget);
            let theirs = best(&mut all.iter().copied(), budget);
            prop_assert!((ours - theirs).abs() < 1e-9, "{budget}: {ours} {theirs}");
        }
        prop_assert!(plans.windows(2).all(|w| w[0].cost <= w[1].cost && w[0].quality < w[1].quality));
        // A plan does what it says: its own thresholds, a query at a time.
        for plan in &plans {
            let (mut quality, mut paid) = (0.0, 0.0);
            for i in 0..n {
                let stop = plan.order.iter().zip(&plan.thresholds)
                    .position(|(&m, theta)| doubt[[i, m]] < *theta)
                    .unwrap_or(plan.order.len() - 1);
                quality += score[[i, plan.order[stop]]];
                paid += plan.order[..=stop].iter().map(|&m| cost[[i, m]]).sum::<f64>();
            }
            prop_assert!((quality / n as f64 - plan.quality).abs() < 1e-9);
            prop_assert!((paid / n as f64 - plan.cost).abs() < 1e-9);
        }
    }
}

#[test]
fn where_doubt_tells_right_from_wrong_two_halves_make_a_whole() {
    // The cheap model is right on the even queries and knows it; the dear
    // one is right on the odd ones.
    let even = |i: usize| f64::from(u8::from(i.is_multiple_of(2)));
    let score = Array2::from_shape_fn((40, 2), |(i, m)| (m as f64 - even(i)).abs());
    let doubt = Array2::from_shape_fn((40, 2), |(i, _)| (1.0 - even(i)) + 0.001 * i as f64);
    let cost = Array2::from_shape_fn((40, 2), |(_, m)| [1.0, 10.0][m]);
    let train = Train {
        doubt: &doubt,
        score: &score,
        cost: &cost,
    };
    let plans = search(&train, &[0, 1], 3);
    let best = &plans[plans.len() - 1];
    assert_eq!((best.order.as_slice(), best.quality), (&[0, 1][..], 1.0));
    assert!((best.cost - 6.0).abs() < 1e-12);
    assert_eq!(plans[0].order, [0]);
}

#[test]
fn models_alike_and_constant_scores_leave_the_cheapest_alone() {
    let flat = Array2::from_elem((9, 3), 0.3);
    let cost = Array2::from_shape_fn((9, 3), |(_, m)| [2.0, 1.0, 1.0][m]);
    let train = Train {
        doubt: &flat,
        score: &flat,
        cost: &cost,
    };
    let plans = search(&train, &[0, 1, 2], 3);
    assert_eq!((plans.len(), plans[0].order.as_slice()), (1, &[1][..]));
}

#[test]
fn the_shortlist_takes_the_best_the_cheapest_and_who_is_right_where_they_are_not() {
    // 0 is the best; 3 the cheapest; 2 alone is right on the last query.
    let score = ndarray::array![
        [1.0, 1.0, 0.0, 0.0],
        [1.0, 1.0, 0.0, 1.0],
        [0.0, 0.0, 1.0, 0.0]
    ];
    let cost = [9.0, 2.0, 5.0, 1.0];
    assert_eq!(shortlist(&score, &cost, 0, 3), [0, 2, 3]);
    assert_eq!(shortlist(&score, &cost, 0, 4), [0, 1, 2, 3]);
    assert_eq!(shortlist(&score, &cost, 0, 1), [0]);
}
