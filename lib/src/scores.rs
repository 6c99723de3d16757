//! Score records as rb-pareto reads them: points of routers, baselines and
//! summaries, gathered by group (`--by` of rb-score; `{}` is everything).
//!
//! Members that are not read here may hold anything. Quality is 0..1, cost is
//! mean USD per query and ≥ 0, alpha is 0..1; null and absent mean unknown.
//! A record that stands twice counts once, so that several runs over the same
//! queries can be joined with `cat`; with other figures it is an error.

use crate::error::{excerpt, Error, Place, Result};
use crate::hull::Point;
use crate::json;
use crate::record::Record;
use crate::stream::Line;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What is known about one way of answering all queries of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Queries scored.
    pub n: Option<f64>,
    /// Calls without an outcome, and queries without a route.
    pub missing: Option<f64>,
    pub unrouted: Option<f64>,
    /// Mean over queries, and mean of dataset means.
    pub quality: Option<f64>,
    pub quality_macro: Option<f64>,
    pub quality_ci: Option<(f64, f64)>,
    pub cost: Option<f64>,
    /// Model → share of the calls.
    pub mix: BTreeMap<String, f64>,
}

impl Figures {
    /// Queries asked, whether they were routed or not.
    fn asked(&self) -> Option<u64> {
        Some((self.n? + self.unrouted.unwrap_or(0.0)) as u64)
    }
    /// The place in the plane of cost and quality, where both are known.
    pub fn point(&self) -> Option<Point> {
        Some(Point {
            cost: self.cost?,
            quality: self.quality?,
        })
    }
}

/// One operating point of a router.
#[derive(Debug, Clone, PartialEq)]
pub struct Operating {
    pub alpha: f64,
    pub figures: Figures,
}

/// A baseline: a single model, the best of them, a mixture, an oracle.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    pub name: String,
    pub model: Option<String>,
    /// Whose mix was shuffled.
    pub router: Option<String>,
    /// Which recorded router it is.
    pub reference: Option<String>,
    pub alpha: Option<f64>,
    pub figures: Figures,
    /// Corners, for a baseline that is a curve (zero).
    pub hull: Vec<Point>,
}

/// The metrics of a router's whole curve, by their names on the wire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    pub numbers: BTreeMap<String, f64>,
    pub texts: BTreeMap<String, String>,
    pub intervals: BTreeMap<String, (f64, f64)>,
    /// The router knows the answers: drawn, never compared.
    pub oracle: bool,
    pub hull: Vec<Point>,
}

/// A router within one group, its points by ascending alpha.
#[derive(Debug, Clone, Default)]
pub struct Router {
    pub points: Vec<Operating>,
    pub summary: Option<Summary>,
}

impl Router {
    pub fn is_oracle(&self) -> bool {
        self.summary.as_ref().is_some_and(|s| s.oracle)
    }
    /// The last point of the curve: the one at alpha 1 of a full one.
    pub fn last(&self) -> Option<&Operating> {
        self.points.last()
    }
    /// Whether it routes every query; else it is compared on fewer than others.
    pub fn is_complete(&self) -> bool {
        let unrouted = self.last().and_then(|p| p.figures.unrouted);
        unrouted.is_none_or(|v| v == 0.0)
    }
    /// Quality at the last point less the best single model's (`best`): the
    /// paired difference where there is one; of a router that routes only some
    /// queries, the difference on those, which `gain_b` = Q/Q_best − 1 tells.
    pub fn against(&self, best: f64) -> Option<f64> {
        let number = |name: &str| self.summary.as_ref()?.numbers.get(name).copied();
        let quality = self.last()?.figures.quality;
        match number("diff") {
            Some(diff) => Some(diff),
            None if self.is_complete() => Some(quality? - best),
            None => {
                let (quality, gain) = (quality?, number("gain_b")?);
                (gain > -1.0).then(|| quality - quality / (1.0 + gain))
            }
        }
    }
}

/// The members of `group`, by name, values as JSON text; empty is everything.
pub type GroupKey = Vec<(String, String)>;

/// All that was scored on one group of queries.
#[derive(Debug, Clone, Default)]
pub struct Group {
    pub key: GroupKey,
    pub routers: BTreeMap<String, Router>,
    pub baselines: Vec<Baseline>,
    /// What rb-score noted for readers, in the group of everything; none where
    /// the stream has no `run` record.
    pub notes: Option<BTreeSet<String>>,
}

impl Group {
    /// The first baseline called `name`.
    pub fn baseline(&self, name: &str) -> Option<&Baseline> {
        self.baselines.iter().find(|b| b.name == name)
    }
    /// The single models, by name.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Figures)> {
        let single = self.baselines.iter().filter(|b| b.name == "model");
        single.filter_map(|b| Some((b.model.as_deref()?, &b.figures)))
    }
    /// All figures of the group: baselines', then routers'.
    pub fn figures(&self) -> impl Iterator<Item = &Figures> {
        let points = self.routers.values().flat_map(|r| &r.points);
        let baselines = self.baselines.iter().map(|b| &b.figures);
        baselines.chain(points.map(|p| &p.figures))
    }
    /// The figures of what can be compared: single models, then routers.
    fn compared(&self) -> impl Iterator<Item = &Figures> {
        let routers = self.routers.values().filter(|r| !r.is_oracle());
        let points = routers.flat_map(|r| r.points.iter().map(|p| &p.figures));
        self.models().map(|(_, figures)| figures).chain(points)
    }
    /// The number of queries: the most that anything was scored on.
    pub fn n(&self) -> Option<f64> {
        self.figures().filter_map(|f| f.n).reduce(f64::max)
    }
    /// `dataset mmlu`; everything has no label.
    pub fn label(&self) -> Option<String> {
        let words = self.key.iter().map(|(name, value)| {
            let value = serde_json::from_str::<String>(value).unwrap_or_else(|_| value.clone());
            format!("{name} {value}")
        });
        (!self.key.is_empty()).then(|| words.collect::<Vec<_>>().join(", "))
    }
    /// `group` as it goes out.
    pub fn json(&self) -> String {
        let members = self.key.iter();
        let text = members.map(|(name, value)| format!("{}:{value}", json::quoted(name)));
        format!("{{{}}}", text.collect::<Vec<_>>().join(","))
    }
}

/// What a line turned out to be.
#[derive(Debug, Clone)]
pub enum Scored {
    Point(GroupKey, String, Operating),
    Baseline(GroupKey, Baseline),
    Summary(GroupKey, String, Summary),
    /// The notes of a run of rb-score.
    Run(BTreeSet<String>),
    /// A pareto or frontier record of an earlier run.
    Superseded,
    /// A type that rb-pareto has no use for.
    Other,
}

/// The metrics that rb-pareto shows: a number, or absent.
const NUMBERS: [&str; 6] = [
    "aiq",
    "gain_b",
    "perfgain_peak",
    "costsave_peak",
    "costsave_hull",
    "diff",
];

/// Reads one score record.
pub fn parse(line: &Line) -> Result<Scored> {
    let record = Record::parse(line)?;
    let fields = Fields { record: &record };
    let Some(kind) = fields.text("type")? else {
        let has = |name| record.raw(name).is_some();
        let is_query = ["outcomes", "routes", "prompt", "embedding"]
            .iter()
            .any(|f| has(f));
        return Err(match is_query {
            true => Error::input(
                "this is a query record, expected score records; run rb-score first: … | rb-score | rb-pareto",
            ),
            false => Error::input(
                "the record has no type, expected the point, baseline and summary records that rb-score writes",
            ),
        }
        .at(line.place(0)));
    };
    match kind.as_str() {
        "point" => {
            let alpha = fields.required("alpha", fields.number("alpha", 0.0, 1.0, "0..1")?)?;
            let figures = fields.figures()?;
            let router = fields.required("router", fields.text("router")?)?;
            Ok(Scored::Point(
                fields.group()?,
                router,
                Operating { alpha, figures },
            ))
        }
        "baseline" => {
            let name = fields.required("name", fields.text("name")?)?;
            let model = fields.text("model")?;
            if name == "model" {
                fields.required("model", model.as_ref())?;
            }
            let baseline = Baseline {
                name,
                model,
                router: fields.text("router")?,
                reference: fields.text("reference")?,
                alpha: fields.number("alpha", 0.0, 1.0, "0..1")?,
                figures: fields.figures()?,
                hull: fields.hull()?,
            };
            Ok(Scored::Baseline(fields.group()?, baseline))
        }
        "summary" => {
            let router = fields.required("router", fields.text("router")?)?;
            Ok(Scored::Summary(fields.group()?, router, fields.summary()?))
        }
        "run" => {
            let notes = fields.decode("notes", "an array of strings", |_| true)?;
            Ok(Scored::Run(notes.unwrap_or_default()))
        }
        "pareto" | "frontier" => Ok(Scored::Superseded),
        _ => Ok(Scored::Other),
    }
}

/// The members of a record, read one by one with their place in errors.
struct Fields<'r, 'a> {
    record: &'r Record<'a>,
}

impl Fields<'_, '_> {
    fn required<T>(&self, name: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| {
            Error::input(format!(
                "the score record has no {name}; it is not as rb-score writes it (FORMAT.md)"
            ))
            .at(self.record.line().place(0))
        })
    }

    /// The field decoded, or an error that says what it should have been.
    fn decode<'s, T: serde::Deserialize<'s>>(
        &'s self,
        name: &str,
        expected: &str,
        fits: impl Fn(&T) -> bool,
    ) -> Result<Option<T>> {
        let Some(raw) = self.record.raw(name) else {
            return Ok(None);
        };
        match serde_json::from_str::<T>(raw) {
            Ok(value) if fits(&value) => Ok(Some(value)),
            _ => Err(self.record.error_at(
                raw,
                format!("{name} is {}, expected {expected}", excerpt(raw)),
            )),
        }
    }

    fn text(&self, name: &str) -> Result<Option<String>> {
        self.decode(name, "a string that is not empty", |t: &String| {
            !t.is_empty()
        })
    }

    fn number(&self, name: &str, low: f64, high: f64, words: &str) -> Result<Option<f64>> {
        self.decode(name, words, |v: &f64| (low..=high).contains(v))
    }

    fn count(&self, name: &str) -> Result<Option<f64>> {
        self.number(name, 0.0, f64::MAX, "a count, not negative")
    }

    fn figures(&self) -> Result<Figures> {
        let mix = self.decode("mix", "an object of model → share", |_| true)?;
        Ok(Figures {
            n: self.count("n")?,
            missing: self.count("missing")?,
            unrouted: self.count("unrouted")?,
            quality: self.number("quality", 0.0, 1.0, "0..1")?,
            quality_macro: self.number("quality_macro", 0.0, 1.0, "0..1")?,
            quality_ci: self.decode("quality_ci", "[low, high]", |ci: &(f64, f64)| ci.0 <= ci.1)?,
            cost: self.number("cost", 0.0, f64::MAX, "USD a query, not negative")?,
            mix: mix.unwrap_or_default(),
        })
    }

    fn hull(&self) -> Result<Vec<Point>> {
        let fits = |hull: &Vec<Point>| {
            hull.iter()
                .all(|p| p.cost >= 0.0 && (0.0..=1.0).contains(&p.quality))
        };
        let words = "an array of {\"cost\":USD a query,\"quality\":0..1}";
        Ok(self.decode("hull", words, fits)?.unwrap_or_default())
    }

    fn summary(&self) -> Result<Summary> {
        let mut summary = Summary {
            oracle: self
                .decode("oracle", "true or false", |_| true)?
                .unwrap_or(false),
            hull: self.hull()?,
            ..Summary::default()
        };
        for name in NUMBERS {
            let number = self.number(name, f64::MIN, f64::MAX, "a number")?;
            summary
                .numbers
                .extend(number.map(|v| (name.to_string(), v)));
        }
        let verdict = self.text("verdict")?;
        summary
            .texts
            .extend(verdict.map(|v| ("verdict".to_string(), v)));
        let diff = self.decode("diff_ci", "[low, high]", |ci: &(f64, f64)| ci.0 <= ci.1)?;
        summary
            .intervals
            .extend(diff.map(|v| ("diff_ci".to_string(), v)));
        Ok(summary)
    }

    fn group(&self) -> Result<GroupKey> {
        let words = "an object of field → value, {} for everything";
        let group: Option<BTreeMap<String, serde_json::Value>> =
            self.decode("group", words, |_| true)?;
        let members = group.unwrap_or_default().into_iter();
        Ok(members
            .map(|(name, value)| (name, value.to_string()))
            .collect())
    }
}

/// Which records are the same thing: those may not differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    /// 0: a point, 1: a baseline, 2: a summary.
    kind: u8,
    name: String,
    of: Option<String>,
    alpha: Option<u64>,
}

impl Identity {
    fn words(&self) -> String {
        let of = self
            .of
            .as_ref()
            .map_or(String::new(), |of| format!(" {of:?}"));
        let alpha = self.alpha.map(f64::from_bits);
        let alpha = alpha.map_or(String::new(), |a| format!(" at alpha {a}"));
        match self.kind {
            0 => format!("router {:?}{alpha}", self.name),
            1 => format!("baseline {:?}{of}{alpha}", self.name),
            _ => format!("the summary of router {:?}", self.name),
        }
    }
}

#[derive(Default)]
struct Gathered {
    group: Group,
    seen: BTreeMap<Identity, (Place, usize)>,
}

/// Score records on their way into groups.
#[derive(Default)]
pub struct Collection {
    groups: BTreeMap<GroupKey, Gathered>,
    notes: Option<BTreeSet<String>>,
}

impl Collection {
    /// Takes in what [`parse`] read from `line`.
    pub fn add(&mut self, line: &Line, scored: Scored) -> Result<()> {
        match scored {
            Scored::Superseded | Scored::Other => Ok(()),
            Scored::Run(notes) => {
                self.notes.get_or_insert_default().extend(notes);
                Ok(())
            }
            Scored::Point(key, name, point) => {
                let identity = Identity {
                    kind: 0,
                    name: name.clone(),
                    of: None,
                    // +0 so that -0 is the same alpha.
                    alpha: Some((point.alpha + 0.0).to_bits()),
                };
                let gathered = self.groups.entry(key).or_default();
                let points = &mut gathered.group.routers.entry(name).or_default().points;
                put(&mut gathered.seen, identity, line, points, point)
            }
            Scored::Baseline(key, baseline) => {
                let of = match baseline.name.as_str() {
                    "model" => &baseline.model,
                    "reference" => &baseline.reference,
                    _ => &baseline.router,
                };
                let identity = Identity {
                    kind: 1,
                    name: baseline.name.clone(),
                    of: of.clone(),
                    alpha: baseline.alpha.map(|a| (a + 0.0).to_bits()),
                };
                let gathered = self.groups.entry(key).or_default();
                let all = &mut gathered.group.baselines;
                put(&mut gathered.seen, identity, line, all, baseline)
            }
            Scored::Summary(key, name, summary) => {
                let identity = Identity {
                    kind: 2,
                    name: name.clone(),
                    of: None,
                    alpha: None,
                };
                let gathered = self.groups.entry(key).or_default();
                let router = gathered.group.routers.entry(name).or_default();
                let mut one: Vec<Summary> = router.summary.take().into_iter().collect();
                let result = put(&mut gathered.seen, identity, line, &mut one, summary);
                router.summary = one.pop();
                result
            }
        }
    }

    /// The groups, everything first, and what a person should be told.
    pub fn finish(self) -> Result<(Vec<Group>, Vec<String>)> {
        let mut groups = Vec::new();
        let mut warnings = Vec::new();
        for (key, Gathered { mut group, .. }) in self.groups {
            if key.is_empty() {
                group.notes = self.notes.clone();
            }
            group.key = key;
            for router in group.routers.values_mut() {
                router.points.sort_by(|a, b| a.alpha.total_cmp(&b.alpha));
            }
            let rank = |b: &Baseline| {
                let alpha = b.alpha.map(f64::to_bits);
                (
                    b.name.clone(),
                    b.model.clone(),
                    b.router.clone(),
                    b.reference.clone(),
                    alpha,
                )
            };
            group.baselines.sort_by_key(rank);
            let counts: BTreeSet<u64> = group.compared().filter_map(Figures::asked).collect();
            if let (Some(low), Some(high), true) = (counts.first(), counts.last(), counts.len() > 1)
            {
                let label = group.label().unwrap_or_else(|| "everything".into());
                warnings.push(format!(
                    "{label}: the records were scored on {low} to {high} queries; a frontier compares only what was scored on the same ones"
                ));
            }
            groups.push(group);
        }
        let holds = |g: &Group| {
            g.models().next().is_some() || g.routers.values().any(|r| !r.points.is_empty())
        };
        match groups.iter().any(holds) {
            true => Ok((groups, warnings)),
            false => Err(Error::input(
                "the stream holds no point of a router and no single model, so nothing can be compared; pipe in all that rb-score writes",
            )),
        }
    }
}

/// Adds `value` unless it stands there already.
fn put<T: PartialEq>(
    seen: &mut BTreeMap<Identity, (Place, usize)>,
    identity: Identity,
    line: &Line,
    all: &mut Vec<T>,
    value: T,
) -> Result<()> {
    let words = identity.words();
    match seen.entry(identity) {
        Entry::Vacant(entry) => {
            entry.insert((line.place(0), all.len()));
            all.push(value);
            Ok(())
        }
        Entry::Occupied(entry) => {
            let (place, at) = entry.get();
            match all.get(*at) == Some(&value) {
                true => Ok(()),
                false => Err(Error::input(format!(
                    "{words} stands at {}:{} already, with other figures; score all routers on the same queries, each under its own name",
                    place.source, place.line
                ))
                .at(line.place(0))),
            }
        }
    }
}
