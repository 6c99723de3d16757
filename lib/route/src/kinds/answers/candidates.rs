//! Which models plans are searched among.

use crate::table::impute::Targets;

/// At most `most` models, by ascending mean cost: the best single, the cheapest,
/// then by turns the best of the others and the one that is right most often
/// where those chosen are not.
pub fn candidates(targets: &Targets, most: usize) -> Vec<usize> {
    let k = targets.mean_score.len();
    let cheaper = |a: &usize, b: &usize| {
        let cost = targets.mean_cost[*a].total_cmp(&targets.mean_cost[*b]);
        cost.then(a.cmp(b))
    };
    let mut chosen: Vec<usize> = Vec::new();
    let mut best = vec![0.0f64; targets.score.nrows()];
    while chosen.len() < most.min(k) {
        let free = (0..k).filter(|m| !chosen.contains(m));
        let quality = |&m: &usize| targets.mean_score[m];
        let reach = |&m: &usize| -> f64 {
            let more = targets.score.column(m).into_iter().zip(&best);
            more.map(|(s, b)| s.max(*b)).sum()
        };
        let most_of = |of: &dyn Fn(&usize) -> f64| {
            let valued = free.clone().map(|m| (of(&m), m));
            let order =
                |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(cheaper(&a.1, &b.1));
            valued.min_by(order).map(|(_, m)| m)
        };
        let next = match chosen.len() {
            1 => free.clone().min_by(|a, b| cheaper(a, b)),
            n if n % 2 == 0 => most_of(&quality),
            _ => most_of(&reach),
        };
        let Some(next) = next else { break };
        for (b, s) in best.iter_mut().zip(targets.score.column(next)) {
            *b = b.max(*s);
        }
        chosen.push(next);
    }
    chosen.sort_by(cheaper);
    chosen
}
