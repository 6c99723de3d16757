//! Intervals of operating points: of the baselines of a set of queries, and of
//! a router's curve at its stops (alpha 0, 0.01 … 1 and the corners of its
//! hull). All are of fixed policies: nothing is chosen anew in a resample, but
//! for the hull of AIQ, whose corners are among the stops, so that the estimate
//! and its interval are of the same points.

use super::equal_cost;
use super::line::Object;
use crate::baseline::Choices;
use crate::boot::{interval, Block, Columns, Frame, Interval, Lanes, Plan, LANES};
use crate::curve::Curve;
use crate::facts::Resource;
use crate::hull::{ndch, Point};
use crate::metric::aiq::height;
use crate::replay::{Replay, Tally, Value};

/// Quality, quality (macro), cost, cost (macro), latency; cost is what quality
/// is traded against.
pub(super) const PARTS: usize = 5;

/// The parts of a value whose resampled means are asked for; `f` turns one
/// into its share of a mean over datasets.
pub(super) fn parts(against: Resource, v: &Value, f: f64) -> [f64; PARTS] {
    let (cost, latency) = (v.spent(against), v.spent(Resource::Latency));
    [v.score, v.score * f, cost, cost * f, latency]
}

/// The intervals of one operating point; None: unknown, or not asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Band {
    parts: [Option<Interval>; PARTS],
    against: Resource,
}

impl Band {
    /// From the resampled means of every part. Nothing is said of a cost or a
    /// latency that no outcome has.
    pub fn new(replay: &Replay, parts: impl IntoIterator<Item = Vec<f64>>) -> Band {
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
    pub(super) fn put_band(&mut self, before: &str, band: Option<&Band>) -> &mut Object {
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

pub(super) fn frame(replay: &Replay, queries: &[usize]) -> Frame {
    let scored = &replay.facts.scored;
    let dataset: Vec<usize> = queries.iter().map(|q| scored.dataset[*q]).collect();
    let prompt: Vec<u64> = queries.iter().map(|q| scored.unit[*q]).collect();
    Frame::new(&dataset, &prompt)
}

/// The single models in every resample: what zero and AIQ are made of. Which
/// model is the cheapest and which the dearest is fixed by the sample itself,
/// as everything is that a resample is asked about: two cheap models of nearly
/// one cost would else change places, and the range of AIQ with them.
pub(super) struct Pool {
    /// By model: the resampled means of its parts.
    means: Vec<Vec<Vec<f64>>>,
    /// By micro and macro: the places of the cheapest and the dearest model;
    /// None without costs.
    ends: Option<[(usize, usize); 2]>,
    /// At which hulls are compared; none without a range of costs.
    pub costs: Vec<f64>,
}

impl Pool {
    /// `means`: what [`resampled`] gives for every model over `queries`.
    pub fn new(replay: &Replay, queries: &[usize], means: Vec<Vec<Vec<f64>>>) -> Pool {
        let singles: Vec<Tally> = (0..means.len())
            .map(|m| Tally::of(replay, queries, |q| replay.call(q, m)))
            .collect();
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
    pub fn points(&self, b: usize, macros: usize) -> Vec<Point> {
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
    pub fn len(&self) -> usize {
        self.means.first().map_or(0, |m| m[0].len())
    }
}

/// The intervals of the baselines over some queries.
pub(super) struct Bands {
    pub pool: Pool,
    pub singles: Vec<Band>,
    pub random: Band,
    pub expert: Band,
    pub dataset_oracle: Band,
    pub oracle: Band,
    /// Of zero's hull, micro and macro.
    pub zero_aiq: Option<Interval>,
    pub zero_aiq_macro: Option<Interval>,
}

impl Bands {
    pub fn new(replay: &Replay, choices: &Choices, queries: &[usize], plan: Plan) -> Bands {
        let k = replay.facts.models.len();
        let dataset = &replay.facts.scored.dataset;
        let value = |policy: usize, q: usize| match policy.checked_sub(k) {
            None => replay.call(q, policy),
            Some(0) => Value::mean((0..k).map(|m| replay.call(q, m))),
            Some(1) => replay.call(q, choices.oracle[q]),
            Some(2) => replay.call(q, choices.dataset_oracle[dataset[q]]),
            Some(_) => match &choices.expert {
                Some(of) => replay.call(q, of[dataset[q]]),
                None => Value::default(),
            },
        };
        let all = k + 3 + choices.expert.is_some() as usize;
        let mut means = resampled(replay, queries, plan, all, value);
        let mut rest = means.split_off(k).into_iter();
        let mut next = || {
            rest.next()
                .map_or(Band::default(), |m| Band::new(replay, m))
        };
        let pool = Pool::new(replay, queries, means);
        let of_zero = |macros: usize| {
            let points = |b| pool.points(b, macros).into_iter();
            let areas =
                (0..pool.len()).map(|b| pool.aiq(&pool.hull(points(b), b, macros)?, b, macros));
            interval(areas.collect::<Option<Vec<f64>>>()?)
        };
        Bands {
            singles: (pool.means.iter())
                .map(|m| Band::new(replay, m.clone()))
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

/// The resampled means of the parts of several policies over the same queries:
/// `[policy][part][resample]`.
pub(super) fn resampled(
    replay: &Replay,
    queries: &[usize],
    plan: Plan,
    policies: usize,
    value: impl Fn(usize, usize) -> Value,
) -> Vec<Vec<Vec<f64>>> {
    // Columns held at a time: 128 MB.
    const CELLS: usize = 16 << 20;
    let frame = frame(replay, queries);
    let width = (CELLS / (PARTS * queries.len().max(1))).clamp(1, policies.max(1));
    let mut out = Vec::with_capacity(policies);
    let all: Vec<usize> = (0..policies).collect();
    for some in all.chunks(width) {
        let mut columns = Columns::new(PARTS * some.len());
        for (i, &q) in queries.iter().enumerate() {
            let f = frame.macro_factor[i];
            columns.push(
                some.iter()
                    .flat_map(|p| parts(replay.against(), &value(*p, q), f)),
            );
        }
        let mut means = frame.means(plan, &columns).into_iter();
        for _ in some {
            out.push(means.by_ref().take(PARTS).collect());
        }
    }
    out
}

/// A router's curve at its stops.
pub(super) struct CurveBands {
    /// By ascending alpha.
    stops: Vec<(f64, Band)>,
    /// By resample; an area that is unknown is NaN, of which there is no interval.
    pub aiq: Vec<f64>,
    pub aiq_macro: Vec<f64>,
    /// By cost of the pool and resample: the hull there.
    pub at_costs: Vec<Vec<f64>>,
}

/// What happens to one query between two stops.
struct Delta {
    query: usize,
    parts: [f64; PARTS],
}

impl CurveBands {
    /// `stops` ascending, in 0..1; `pool` over the queries of the curve.
    pub fn new(
        replay: &Replay,
        curve: &Curve,
        stops: &[f64],
        pool: &Pool,
        plan: Plan,
    ) -> CurveBands {
        let frame = frame(replay, &curve.queries);
        let mut place = vec![0; replay.facts.scored.len()];
        let mut columns = Columns::new(PARTS);
        for (i, (&q, &path)) in curve.queries.iter().zip(curve.first()).enumerate() {
            place[q] = i;
            let f = frame.macro_factor[i];
            columns.push(parts(replay.against(), &replay.path(q, path), f));
        }
        let deltas = deltas(replay, curve, stops, &place, &frame);
        let blocks = frame.blocks(plan, |block| walk(block, &columns, &deltas, pool));
        let gather = |read: &dyn Fn(&Walked) -> Lanes| -> Vec<f64> {
            let lanes = blocks.iter().map(|w| (read(w), w.count));
            lanes
                .flat_map(|(lanes, count)| lanes.into_iter().take(count))
                .collect()
        };
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
    pub fn on(&self, from: f64, until: f64) -> Option<&Band> {
        let at = self.stops.partition_point(|(alpha, _)| *alpha < from);
        let (alpha, band) = self.stops.get(at)?;
        (*alpha < until).then_some(band)
    }
}

/// For each stop, what each query's change up to it comes to.
fn deltas(
    replay: &Replay,
    curve: &Curve,
    stops: &[f64],
    place: &[usize],
    frame: &Frame,
) -> Vec<Vec<Delta>> {
    let mut changes = curve.changes().iter().peekable();
    let mut up_to = |stop: &f64| {
        let mut net: Vec<(usize, usize, usize)> = Vec::new();
        while let Some(c) = changes.next_if(|c| c.alpha <= *stop) {
            net.push((c.query, c.from, c.to));
        }
        // Stable: the changes of a query stay in their order.
        net.sort_by_key(|(query, ..)| *query);
        net.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.2 = later.2;
            }
            same
        });
        net.retain(|(_, from, to)| from != to);
        let of = |(q, from, to): (usize, usize, usize)| {
            let f = frame.macro_factor[place[q]];
            let (before, after) = (
                parts(replay.against(), &replay.path(q, from), f),
                parts(replay.against(), &replay.path(q, to), f),
            );
            Delta {
                query: place[q],
                parts: std::array::from_fn(|p| after[p] - before[p]),
            }
        };
        net.into_iter().map(of).collect()
    };
    stops.iter().map(&mut up_to).collect()
}

/// A curve in a few resamples.
struct Walked {
    count: usize,
    /// By stop and part.
    stops: Vec<[Lanes; PARTS]>,
    aiq: Lanes,
    aiq_macro: Lanes,
    at_costs: Vec<Lanes>,
}

fn walk(block: &Block, first: &Columns, deltas: &[Vec<Delta>], pool: &Pool) -> Walked {
    let start = block.sums(first);
    let mut now: [Lanes; PARTS] = std::array::from_fn(|p| start[p]);
    let mut stops = Vec::with_capacity(deltas.len());
    for changes in deltas {
        for c in changes {
            for (sum, x) in now.iter_mut().zip(c.parts) {
                block.add(sum, c.query, x);
            }
        }
        stops.push(now);
    }
    let unknown = [f64::NAN; LANES];
    let mut areas = [unknown; 2];
    let mut at_costs = vec![unknown; pool.costs.len()];
    for lane in 0..block.count {
        let b = block.first + lane;
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
        count: block.count,
        aiq,
        aiq_macro,
        at_costs,
        stops,
    }
}
