//! Of hundreds of single models a person wants the best and the cheapest.

use crate::scores::{Figures, Group};

/// Up to so many models are all shown.
const ALL: usize = 40;
/// Of more, so many of the best, and of the others so many of the cheapest.
const BEST: usize = 10;
const CHEAPEST: usize = 5;

/// The single models to show, by name where all are, and how many more there
/// are. Equal models are told apart by name, so that the order of the stream
/// does not matter.
pub fn models(group: &Group) -> (Vec<(&str, &Figures)>, usize) {
    let mut all: Vec<(&str, &Figures)> = group.models().collect();
    if all.len() <= ALL {
        return (all, 0);
    }
    let quality = |f: &Figures| f.quality.unwrap_or(f64::NEG_INFINITY);
    all.sort_by(|(a, x), (b, y)| quality(y).total_cmp(&quality(x)).then(a.cmp(b)));
    let mut others = all.split_off(BEST);
    let cost = |f: &Figures| f.cost.unwrap_or(f64::INFINITY);
    others.sort_by(|(a, x), (b, y)| cost(x).total_cmp(&cost(y)).then(a.cmp(b)));
    let more = others.len().saturating_sub(CHEAPEST);
    others.truncate(CHEAPEST);
    (all.into_iter().chain(others).collect(), more)
}
