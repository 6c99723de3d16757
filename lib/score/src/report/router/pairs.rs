//! Every router against every other, query by query, at the point that verdicts are
//! about: rb-score `--pairs`.
//!
//! What a router's own records hold cannot tell this: a paired difference needs both
//! outcomes of each query side by side, and their resamples drawn together.

use crate::data::facts::Group;
use crate::data::queries::Queries;
use crate::replay::operating_point::OperatingPoint;
use crate::report::contrast::{self, Contrast};
use crate::report::line::Object;
use crate::report::scoring::{Comparators, Scoring};
use crate::report::verdicts::adjust;
use rayon::prelude::*;

/// Below it, after Holm over all pairs, one router is told to be better.
const LEVEL: f64 = 0.05;

impl Scoring<'_> {
    /// The `pair` records of a group: the first of two by name is `router`, the other
    /// `versus`. Oracles are in none.
    pub(crate) fn pair_lines(
        &self,
        group: Option<&Group>,
        queries: &Queries,
        known: &Comparators,
    ) -> String {
        let routers: Vec<usize> = (0..self.facts.routers.len())
            .filter(|r| !self.facts.oracle[*r])
            .collect();
        let points: Vec<Option<OperatingPoint>> = routers
            .par_iter()
            .map(|r| self.policy(*r, queries))
            .collect();
        let all = (0..routers.len()).flat_map(|a| (a + 1..routers.len()).map(move |b| (a, b)));
        let all: Vec<(usize, usize)> = all.collect();
        let mut contrasts: Vec<Option<Contrast>> = (all.par_iter())
            .map(|(a, b)| {
                let (a, b) = points[*a].as_ref().zip(points[*b].as_ref())?;
                contrast::versus(&self.replay, a, b, &known.sample)
            })
            .collect();
        adjust(contrasts.iter_mut().flatten());
        let at = match self.config.choose {
            None => "alpha 1".to_string(),
            Some(rule) => rule.to_string(),
        };
        let mut text = String::new();
        for ((a, b), contrast) in all.into_iter().zip(&contrasts) {
            let name = |place: usize| self.facts.routers[routers[place]].as_str();
            let mut line = Object::new("pair");
            line.put("router", name(a))
                .put("versus", name(b))
                .put_group(group)
                .put("run", &self.run)
                .put("verdict_at", &at)
                .put("n", &contrast.as_ref().map_or(0, |c| c.n))
                .put("diff", &contrast.as_ref().map(|c| c.drawn.value));
            let drawn = contrast
                .as_ref()
                .and_then(|c| Some((c, c.drawn.interval()?)));
            if let Some((c, (low, high))) = drawn {
                let is_shown = c.holm.is_some_and(|p| p < LEVEL);
                let ahead = if low > 0.0 {
                    Some(name(a))
                } else if high < 0.0 {
                    Some(name(b))
                } else {
                    None
                };
                line.put("diff_ci", &(low, high))
                    .put("p", &c.drawn.p())
                    .put("p_holm", &c.holm)
                    .put("better", &ahead.filter(|_| is_shown));
            }
            line.end(&mut text);
        }
        text
    }
}
