//! Intervals of operating points: of the baselines of a set of queries, and of
//! a router's curve at its stops (alpha 0, 0.01 … 1 and the corners of its
//! hull). All are of fixed policies: nothing is chosen anew in a resample, but
//! for the hull of AIQ, whose corners are among the stops, so that the estimate
//! and its interval are of the same points.

use crate::data::facts::{Resource, Routes};
use crate::data::queries::Queries;
use crate::metric::curve::aiq::height;
use crate::replay::baseline::{oracle, Choices};
use crate::replay::{Replay, Tally, Value};
use crate::report::equal_cost;
use crate::report::line::Object;
use crate::statistics::bootstrap::{Frame, Plan};
use crate::statistics::interval::{interval, Interval};
use crate::statistics::poisson::{add, Lanes, LANES};
use rayon::prelude::*;
use rb_record::hull::{ndch, Point};
use std::ops::Range;

/// Quality, quality (macro), cost, cost (macro), latency; cost is what quality
/// is traded against.
pub(crate) const PARTS: usize = 5;

/// The parts of a value whose resampled means are asked for; `f` turns one
/// into its share of a mean over datasets.
pub(crate) fn parts(against: Resource, v: &Value, f: f64) -> [f64; PARTS] {
    let (cost, latency) = (v.spent(against), v.spent(Resource::Latency));
    [v.score, v.score * f, cost, cost * f, latency]
}

/// The intervals of one operating point; None: unknown, or not asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Band {
    parts: [Option<Interval>; PARTS],
    against: Resource,
}

impl Band {
    /// From the resampled means of every part. Nothing is said of a cost or a
    /// latency that no outcome has.
    pub(crate) fn new(replay: &Replay, parts: impl IntoIterator<Item = Vec<f64>>) -> Band {
        let (cost, latency) = (replay.has_costs(), replay.known[Resource::Latency as usize]);
        let known = [true, true, cost, cost, latency];
        // The stretch of small datasets may reach beyond what a mean can be.
        let most = [1.0, 1.0, f64::MAX, f64::MAX, f64::MAX];
        let mut band = Band {
            against: replay.against(),
            ..Band::default()
        };
        for (i, (band, part)) in band.parts.iter_mut().zip(parts).enumerate() {
            let within = |v: f64| v.clamp(0.0, most[i]);
            let interval = interval(part).filter(|_| known[i]);
            *band = interval.map(|(low, high)| (within(low), within(high)));
        }
        band
    }
}

impl Object {
    /// The intervals, under the names of the means and what comes before them.
    pub(crate) fn put_band(&mut self, before: &str, band: Option<&Band>) -> &mut Object {
        let Some(band) = band else { return self };
        // Only cost has a mean over datasets of its own; latency has one interval.
        let names = match band.against {
            Resource::Cost => [Some("cost"), Some("cost_macro"), Some("latency")],
            Resource::Latency => [None, None, Some("latency")],
            Resource::Tokens => [Some("tokens"), None, Some("latency")],
        };
        let names = [Some("quality"), Some("quality_macro")]
            .into_iter()
            .chain(names);
        for (name, interval) in names.zip(band.parts) {
            if let (Some(name), true) = (name, interval.is_some()) {
                self.put(&format!("{before}{name}_ci"), &interval);
            }
        }
        self
    }
}

/// Queries that are resampled together; any number of figures may share one.
pub(crate) struct Sample<'q> {
    pub queries: Queries,
    frame: Frame<'q>,
}

impl<'q> Sample<'q> {
    pub(crate) fn new(replay: &'q Replay, queries: &Queries, plan: Plan) -> Sample<'q> {
        let scored = &replay.facts.scored;
        let all = queries.clone();
        let key = move |place: usize| {
            let q = all.get(place);
            (scored.dataset(q), scored.unit(q))
        };
        Sample {
            queries: queries.clone(),
            frame: Frame::new(queries.len(), key, plan),
        }
    }

    /// f of query `q`, which turns a mean over queries into one over datasets.
    pub(crate) fn macro_factor(&self, replay: &Replay, q: usize) -> f64 {
        self.frame.macro_factor(replay.facts.scored.dataset(q))
    }

    /// The resampled means of `width` figures: `[figure][resample]`. `row`
    /// writes those of the query at a place, and is told both.
    pub(crate) fn means(
        &self,
        width: usize,
        row: impl Fn(usize, usize, &mut [f64]),
    ) -> Vec<Vec<f64>> {
        let queries = &self.queries;
        self.frame
            .means(width, |i, out| row(i, queries.get(i), out))
    }

    /// The same over `queries`, some or all of these.
    pub(crate) fn of(
        &self,
        replay: &Replay,
        queries: &Queries,
        width: usize,
        row: impl Fn(usize, usize, &mut [f64]),
    ) -> Vec<Vec<f64>> {
        match queries.len() == self.queries.len() {
            true => self.means(width, row),
            false => Sample::new(replay, queries, self.frame.plan()).means(width, row),
        }
    }

    /// The resampled means of the parts of several policies over the queries:
    /// `[policy][part][resample]`.
    pub(crate) fn policies(
        &self,
        replay: &Replay,
        policies: usize,
        value: impl Fn(usize, usize) -> Value,
    ) -> Vec<Vec<Vec<f64>>> {
        let means = self.means(PARTS * policies, |_, q, row| {
            let f = self.macro_factor(replay, q);
            for (policy, row) in row.chunks_mut(PARTS).enumerate() {
                row.copy_from_slice(&parts(replay.against(), &value(policy, q), f));
            }
        });
        let mut means = means.into_iter();
        (0..policies)
            .map(|_| means.by_ref().take(PARTS).collect())
            .collect()
    }
}

/// The single models in every resample: what zero and AIQ are made of. Which
/// model is the cheapest and which the dearest is fixed by the sample itself,
/// as everything is that a resample is asked about: two cheap models of nearly
/// one cost would else change places, and the range of AIQ with them.
pub(crate) struct Pool {
    /// By model: the resampled means of its parts.
    means: Vec<Vec<Vec<f64>>>,
    /// By micro and macro: the places of the cheapest and the dearest model;
    /// None without costs.
    ends: Option<[(usize, usize); 2]>,
    /// At which hulls are compared; none without a range of costs.
    pub costs: Vec<f64>,
}

impl Pool {
    /// `singles`: every model alone over some queries; `means`: what
    /// [`Sample::policies`] gives for each of them.
    pub(crate) fn new(singles: &[Tally], means: Vec<Vec<Vec<f64>>>) -> Pool {
        let ends = |of: &dyn Fn(&Tally) -> Option<(f64, f64)>| {
            let known: Option<Vec<(f64, f64)>> = singles.iter().map(of).collect();
            let known = known?;
            let cheapest = (0..known.len()).min_by(|a, b| {
                let (a, b) = (known[*a], known[*b]);
                a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1))
            })?;
            let dearest = (0..known.len()).max_by(|a, b| known[*a].0.total_cmp(&known[*b].0))?;
            Some((cheapest, dearest))
        };
        let micro = ends(&|t| t.cost().zip(t.quality()));
        let over_datasets = ends(&|t| t.cost_macro().zip(t.quality_macro()));
        let costs = micro.and_then(|(cheapest, dearest)| {
            let (cheapest, dearest) = (singles[cheapest].cost()?, singles[dearest].cost()?);
            Some(equal_cost::costs(cheapest, dearest))
        });
        Pool {
            means,
            ends: micro.zip(over_datasets).map(|(a, b)| [a, b]),
            costs: costs.unwrap_or_default(),
        }
    }

    /// The models as points in resample `b`; none without costs. `macros`: 0
    /// for means over queries, 1 for means over datasets.
    pub(crate) fn points(&self, b: usize, macros: usize) -> Vec<Point> {
        let known = self.ends.iter().flat_map(|_| 0..self.means.len());
        known.filter_map(|m| self.point(m, b, macros)).collect()
    }

    fn point(&self, m: usize, b: usize, macros: usize) -> Option<Point> {
        Some(Point {
            quality: *self.means[m][macros].get(b)?,
            cost: *self.means[m][2 + macros].get(b)?,
        })
    }

    /// The hull of points in resample `b`, with the cheapest model's.
    fn hull(
        &self,
        points: impl Iterator<Item = Point>,
        b: usize,
        macros: usize,
    ) -> Option<Vec<Point>> {
        let cheapest = self.point(self.ends?[macros].0, b, macros)?;
        Some(ndch(&points.chain([cheapest]).collect::<Vec<Point>>()))
    }

    /// AIQ of a hull in resample `b`.
    fn aiq(&self, hull: &[Point], b: usize, macros: usize) -> Option<f64> {
        let (cheapest, dearest) = self.ends?[macros];
        let from = self.point(cheapest, b, macros)?.cost;
        let to = self.point(dearest, b, macros)?.cost;
        height(hull, from, to)
    }

    /// How many resamples there are.
    pub(crate) fn len(&self) -> usize {
        self.means.first().map_or(0, |m| m[0].len())
    }
}

/// A baseline in every resample.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resampled {
    pub band: Band,
    pub quality: Vec<f64>,
    pub cost: Vec<f64>,
}

impl Resampled {
    /// From the resampled means of every part.
    fn new(replay: &Replay, means: Vec<Vec<f64>>) -> Resampled {
        Resampled {
            quality: means[0].clone(),
            cost: means[2].clone(),
            band: Band::new(replay, means),
        }
    }
}

/// The baselines over some queries, in every resample.
pub(crate) struct Bands {
    pub pool: Pool,
    pub singles: Vec<Resampled>,
    pub random: Resampled,
    /// Empty where there is no train split.
    pub expert: Resampled,
    pub dataset_oracle: Resampled,
    pub oracle: Resampled,
    /// Of zero's hull, micro and macro.
    pub zero_aiq: Option<Interval>,
    pub zero_aiq_macro: Option<Interval>,
}

impl Bands {
    /// `singles`: every model alone over the queries of `sample`.
    pub(crate) fn new(
        replay: &Replay,
        choices: &Choices,
        singles: &[Tally],
        sample: &Sample,
    ) -> Bands {
        let k = replay.facts.models.len();
        let scored = &replay.facts.scored;
        let value = |policy: usize, q: usize| match policy.checked_sub(k) {
            None => replay.call(q, policy),
            Some(0) => Value::mean((0..k).map(|m| replay.call(q, m))),
            Some(1) => replay.call(q, oracle(replay, q)),
            Some(2) => replay.call(q, choices.dataset_oracle[scored.dataset(q)]),
            Some(_) => match &choices.expert {
                Some(of) => replay.call(q, of[scored.dataset(q)]),
                None => Value::default(),
            },
        };
        let all = k + 3 + choices.expert.is_some() as usize;
        let mut means = sample.policies(replay, all, value);
        let mut rest = means.split_off(k).into_iter();
        let mut next = || {
            let means = rest.next();
            means.map_or(Resampled::default(), |m| Resampled::new(replay, m))
        };
        let pool = Pool::new(singles, means);
        let of_zero = |macros: usize| {
            let points = |b| pool.points(b, macros).into_iter();
            let areas =
                (0..pool.len()).map(|b| pool.aiq(&pool.hull(points(b), b, macros)?, b, macros));
            interval(areas.collect::<Option<Vec<f64>>>()?)
        };
        Bands {
            singles: (pool.means.iter())
                .map(|m| Resampled::new(replay, m.clone()))
                .collect(),
            random: next(),
            oracle: next(),
            dataset_oracle: next(),
            expert: next(),
            zero_aiq: of_zero(0),
            zero_aiq_macro: of_zero(1),
            pool,
        }
    }
}

/// A router's curve at its stops.
pub(crate) struct CurveBands {
    /// By ascending alpha.
    stops: Vec<(f64, Band)>,
    /// By resample; an area that is unknown is NaN, of which there is no interval.
    pub aiq: Vec<f64>,
    pub aiq_macro: Vec<f64>,
    /// By cost of the pool and resample: the hull there.
    pub at_costs: Vec<Vec<f64>>,
}

/// Queries whose changes are prepared at a time.
const STEP: usize = 4096;

/// Sums of the parts of some queries.
type Sums = [Lanes; PARTS];

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
        let start = vec![Sums::default(); stops.len() + 1];
        let blocks = frame.fold(STEP, start, some, |sums, some, i, v| {
            let mut add_parts = |stop: usize, parts: &[f64; PARTS]| {
                for (sum, x) in sums[stop].iter_mut().zip(parts) {
                    add(sum, *x, v);
                }
            };
            add_parts(0, &some.first[i]);
            let from = i.checked_sub(1).map_or(0, |before| some.end[before]);
            for (stop, change) in &some.jumps[from..some.end[i]] {
                add_parts(stop + 1, change);
            }
        });
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
    stops: Vec<Sums>,
    aiq: Lanes,
    aiq_macro: Lanes,
    at_costs: Vec<Lanes>,
}

impl Walked {
    /// `sums`: at alpha 0, then what changes up to each stop. The block counts
    /// from 0; `count` of its lanes are resamples.
    fn new(sums: Vec<Sums>, block: usize, count: usize, pool: &Pool) -> Walked {
        let mut changes = sums.into_iter();
        let mut now = changes.next().unwrap_or_default();
        let stops: Vec<Sums> = changes
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
            for (macros, areas) in areas.iter_mut().enumerate() {
                let points = stops.iter().map(|s| Point {
                    quality: s[macros][lane],
                    cost: s[2 + macros][lane],
                });
                let Some(hull) = pool.hull(points, b, macros) else {
                    continue;
                };
                areas[lane] = pool.aiq(&hull, b, macros).unwrap_or(f64::NAN);
                if macros == 0 {
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
