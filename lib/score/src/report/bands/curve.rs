//! A router's curve at its stops, in every resample.

use crate::data::facts::Routes;
use crate::replay::Replay;
use crate::report::bands::band::{parts, Band, PARTS};
use crate::report::bands::pool::{Averaging, Pool};
use crate::report::bands::sample::Sample;
use crate::report::equal_cost;
use crate::statistics::bootstrap::Adds;
use crate::statistics::poisson::{add, Lanes, LANES};
use rayon::prelude::*;
use rb_record::hull::Point;
use std::ops::Range;
/// A router's curve at its stops.
pub(crate) struct CurveBands {
    /// By ascending alpha.
    stops: Vec<(f64, Band)>,
    /// By resample; an area that is unknown is NaN, of which there is no interval.
    pub aiq: Vec<f64>,
    pub aiq_macro: Vec<f64>,
    /// By cost of the pool and resample: the hull there.
    pub at_costs: Vec<Vec<f64>>,
    /// By stop and resample: quality and cost; empty unless kept.
    pub kept: Vec<[Vec<f64>; 2]>,
}

/// Queries whose changes are prepared at a time.
const STEP: usize = 4096;

/// PartSums of the parts of some queries.
type PartSums = [Lanes; PARTS];

/// Takes what changes at each stop.
struct Changes;

impl Adds<Prepared, Vec<PartSums>> for Changes {
    #[inline(always)]
    fn add(&self, sums: &mut Vec<PartSums>, some: &Prepared, place: usize, run: &[Lanes]) {
        let mut from = place.checked_sub(1).map_or(0, |before| some.end[before]);
        let queries = some.first[place..].iter().zip(&some.end[place..]);
        for (v, (first, &end)) in run.iter().zip(queries) {
            add_parts(&mut sums[0], first, v);
            for (stop, change) in &some.jumps[from..end] {
                add_parts(&mut sums[stop + 1], change, v);
            }
            from = end;
        }
    }
}

/// Adds a query's parts, weighted, to their sums.
#[inline(always)]
fn add_parts(sums: &mut PartSums, parts: &[f64; PARTS], v: &Lanes) {
    for (sum, x) in sums.iter_mut().zip(parts) {
        add(sum, *x, v);
    }
}

/// Queries of a curve, made ready to be weighted.
struct Prepared {
    /// By query: the parts at alpha 0.
    first: Vec<[f64; PARTS]>,
    /// By query: where its jumps end.
    end: Vec<usize>,
    /// The number of a stop, and by how much the parts change up to it from
    /// the stop before.
    jumps: Vec<(usize, [f64; PARTS])>,
}

impl CurveBands {
    /// `stops` ascending, in 0..1; `sample` of queries that are routed, and
    /// `pool` over them.
    pub(crate) fn new(
        replay: &Replay,
        routes: &Routes,
        sample: &Sample,
        stops: &[f64],
        pool: &Pool,
        kept: &[f64],
    ) -> CurveBands {
        let frame = &sample.frame;
        let some = |range: Range<usize>| {
            let mut some = Prepared {
                first: Vec::with_capacity(range.len()),
                end: Vec::with_capacity(range.len()),
                jumps: Vec::new(),
            };
            for q in range.map(|place| sample.queries.get(place)) {
                some.push(replay, routes, q, sample.macro_factor(replay, q), stops);
            }
            some
        };
        // Of each stop the change alone: summed up along the curve at the end.
        let start = vec![PartSums::default(); stops.len() + 1];
        let blocks = frame.fold(STEP, start, some, Changes);
        let walked: Vec<Walked> = (blocks.into_par_iter().enumerate())
            .map(|(block, sums)| Walked::new(sums, block, frame.plan().count(block), pool))
            .collect();
        let gather = |read: &dyn Fn(&Walked) -> Lanes| frame.resamples(&walked, read);
        CurveBands {
            stops: (stops.iter().enumerate())
                .map(|(s, alpha)| {
                    let parts = (0..PARTS).map(|p| gather(&|w: &Walked| w.stops[s][p]));
                    (*alpha, Band::new(replay, parts))
                })
                .collect(),
            kept: (kept.iter())
                .map(|alpha| stops.partition_point(|stop| stop < alpha))
                .filter(|s| *s < stops.len())
                .map(|s| [0, 2].map(|p| gather(&|w: &Walked| w.stops[s][p])))
                .collect(),
            aiq: gather(&|w| w.aiq),
            aiq_macro: gather(&|w| w.aiq_macro),
            at_costs: (0..pool.costs.len())
                .map(|j| gather(&|w: &Walked| w.at_costs[j]))
                .collect(),
        }
    }

    /// The intervals of the stretch of the curve over `from..until`; None where
    /// no stop lies on it.
    pub(crate) fn on(&self, from: f64, until: f64) -> Option<&Band> {
        let at = self.stops.partition_point(|(alpha, _)| *alpha < from);
        let (alpha, band) = self.stops.get(at)?;
        (*alpha < until).then_some(band)
    }
}

impl Prepared {
    /// The query `q`, which is routed; `f` makes its parts macro.
    fn push(&mut self, replay: &Replay, routes: &Routes, q: usize, f: f64, stops: &[f64]) {
        let of = |path: usize| parts(replay.against(), &replay.path(q, path), f);
        let mut steps = routes.steps(q).peekable();
        let mut now = steps.next().map_or(0, |(_, path)| path);
        let mut parts_now = of(now);
        self.first.push(parts_now);
        while let Some((alpha, mut path)) = steps.next() {
            let stop = stops.partition_point(|stop| *stop < alpha);
            if stop == stops.len() {
                break;
            }
            // Of several steps up to one stop the last holds there.
            while let Some((_, later)) = steps.next_if(|(alpha, _)| *alpha <= stops[stop]) {
                path = later;
            }
            if path != now {
                let parts = of(path);
                let change = std::array::from_fn(|p| parts[p] - parts_now[p]);
                self.jumps.push((stop, change));
                (now, parts_now) = (path, parts);
            }
        }
        self.end.push(self.jumps.len());
    }
}

/// A curve in a few resamples.
struct Walked {
    /// By stop and part.
    stops: Vec<PartSums>,
    aiq: Lanes,
    aiq_macro: Lanes,
    at_costs: Vec<Lanes>,
}

impl Walked {
    /// `sums`: at alpha 0, then what changes up to each stop. The block counts
    /// from 0; `count` of its lanes are resamples.
    fn new(sums: Vec<PartSums>, block: usize, count: usize, pool: &Pool) -> Walked {
        let mut changes = sums.into_iter();
        let mut now = changes.next().unwrap_or_default();
        let stops: Vec<PartSums> = changes
            .map(|change| {
                for (now, change) in now.iter_mut().zip(change) {
                    now.iter_mut().zip(change).for_each(|(now, x)| *now += x);
                }
                now
            })
            .collect();
        let unknown = [f64::NAN; LANES];
        let mut areas = [unknown; 2];
        let mut at_costs = vec![unknown; pool.costs.len()];
        for lane in 0..count {
            let b = block * LANES + lane;
            for (over, areas) in Averaging::BOTH.into_iter().zip(&mut areas) {
                let points = stops.iter().map(|s| Point {
                    quality: s[over as usize][lane],
                    cost: s[2 + over as usize][lane],
                });
                let Some(hull) = pool.hull(points, b, over) else {
                    continue;
                };
                areas[lane] = pool.aiq(&hull, b, over).unwrap_or(f64::NAN);
                if over == Averaging::Micro {
                    for (lanes, cost) in at_costs.iter_mut().zip(&pool.costs) {
                        lanes[lane] = equal_cost::read(&hull, *cost).unwrap_or(f64::NAN);
                    }
                }
            }
        }
        let [aiq, aiq_macro] = areas;
        Walked {
            stops,
            aiq,
            aiq_macro,
            at_costs,
        }
    }
}
