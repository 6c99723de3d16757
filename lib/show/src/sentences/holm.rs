//! Holm's correction where routers were scored in several runs: each run has
//! corrected for its own routers only, so the best of all of them has been
//! chosen among more than its verdict knows of.

use crate::scores::Group;
use crate::text;

/// The level that a corrected p value must stay below.
const LEVEL: f64 = 0.05;

/// The p values after Holm, in their order: the k-th smallest of m times
/// m − k + 1, never below the one before, at most 1 (Holm 1979).
fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least: f64 = 0.0;
    for (k, &i) in order.iter().enumerate() {
        least = least.max(p[i] * (p.len() - k) as f64).min(1.0);
        adjusted[i] = least;
    }
    adjusted
}

/// What the verdicts of several runs come to together; none where one run has
/// corrected for all.
pub(crate) fn partial(group: &Group) -> Option<String> {
    if group.scored_in < 2 {
        return None;
    }
    let tested = group.routers.iter().filter_map(|(name, router)| {
        let summary = router.summary.as_ref().filter(|s| !s.oracle)?;
        let verdict = summary.text("verdict").filter(|v| *v != "constant")?;
        Some((name, verdict, summary.number("p")?))
    });
    let tested: Vec<_> = tested.collect();
    let p: Vec<f64> = tested.iter().map(|t| t.2).collect();
    let corrected = holm(&p);
    let better = tested.iter().zip(&corrected).filter(|(t, _)| t.1 == "yes");
    let words: Vec<String> = better
        .map(|((name, ..), p)| {
            let name = text::clean(name);
            if *p < LEVEL {
                format!("{name} stays better (p {p:.3})")
            } else {
                format!("{name} would be undecided (p {p:.3})")
            }
        })
        .collect();
    let over = if words.is_empty() {
        "; no verdict here is yes".to_string()
    } else {
        format!("; over all {} of them {}", tested.len(), words.join(", "))
    };
    Some(format!(
        "Holm's correction is partial: the routers were scored in {} runs, each corrected for its own alone{over}.",
        group.scored_in
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_p_is_multiplied_most_and_the_order_stays() {
        let adjusted = holm(&[0.04, 0.01, 0.03]);
        let expected = [0.06, 0.03, 0.06];
        for (a, e) in adjusted.iter().zip(expected) {
            assert!((a - e).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }
}
