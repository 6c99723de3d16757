//! Score records gathered into groups, each record once.

use crate::scores::figures::{Baseline, Figures, Operating, Pair, Summary};
use crate::scores::group::{Group, GroupKey};
use crate::scores::pooled::Pooled;
use crate::scores::read::Scored;
use crate::scores::run::Run;
use rb_record::error::{Error, Place, Result};
use rb_record::record::resource::Resource;
use rb_record::stream::Line;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Which records are the same thing: those may not differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    /// 0: a point, 1: a baseline, 2: a summary, 3: a pair.
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
            3 => format!("the pair of router {:?} and{of}", self.name),
            _ => format!("the summary of router {:?}", self.name),
        }
    }
}

#[derive(Default)]
struct Gathering {
    group: Group,
    seen: BTreeMap<Identity, (Place, usize)>,
}

impl Gathering {
    fn baseline(&mut self, line: &Line, baseline: Baseline) -> Result<()> {
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
        let all = &mut self.group.baselines;
        put(&mut self.seen, identity, line, all, baseline)
    }

    fn point(&mut self, line: &Line, name: &str, point: Operating) -> Result<()> {
        let identity = Identity {
            kind: 0,
            name: name.into(),
            of: None,
            // +0 so that -0 is the same alpha.
            alpha: Some((point.alpha + 0.0).to_bits()),
        };
        let router = self.group.routers.entry(name.into()).or_default();
        put(&mut self.seen, identity, line, &mut router.points, point)
    }

    fn summary(&mut self, line: &Line, name: String, summary: Summary) -> Result<()> {
        let identity = Identity {
            kind: 2,
            name: name.clone(),
            of: None,
            alpha: None,
        };
        let router = self.group.routers.entry(name).or_default();
        let mut one: Vec<Summary> = router.summary.take().into_iter().collect();
        let result = put(&mut self.seen, identity, line, &mut one, summary);
        router.summary = one.pop();
        result
    }

    fn pair(&mut self, line: &Line, pair: Pair) -> Result<()> {
        let identity = Identity {
            kind: 3,
            name: pair.router.clone(),
            of: Some(pair.versus.clone()),
            alpha: None,
        };
        put(&mut self.seen, identity, line, &mut self.group.pairs, pair)
    }

    /// The group with everything in order.
    fn finish(mut self) -> Group {
        for router in self.group.routers.values_mut() {
            router.points.sort_by(|a, b| a.alpha.total_cmp(&b.alpha));
            router.fill_chosen_mix();
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
        self.group.baselines.sort_by_key(rank);
        self.group
    }
}

/// What a stream holds.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Everything first.
    pub groups: Vec<Group>,
    /// The means over seeds.
    pub pooled: Option<Group>,
    /// What a person should be told.
    pub warnings: Vec<String>,
}

/// Score records on their way into groups.
#[derive(Default)]
pub struct Collection {
    groups: BTreeMap<GroupKey, Gathering>,
    pooled: Option<Gathering>,
    runs: Vec<Run>,
    /// Of the runs over seeds.
    pooled_runs: Vec<Run>,
}

impl Collection {
    /// Takes in what [`parse`](crate::scores::parse) read from `line`. Errors: it
    /// stands there already with other figures.
    pub fn add(&mut self, line: &Line, scored: Scored) -> Result<()> {
        match scored {
            Scored::Superseded | Scored::Other => Ok(()),
            Scored::Run(run) => {
                admit(&mut self.runs, run);
                Ok(())
            }
            Scored::Seeds(run, words) => {
                let pooled = self.pooled.get_or_insert_default();
                pooled.group.pooled = Some(words);
                admit(&mut self.pooled_runs, run);
                Ok(())
            }
            Scored::Point(key, name, point) => self
                .groups
                .entry(key)
                .or_default()
                .point(line, &name, point),
            Scored::Baseline(key, baseline) => {
                self.groups.entry(key).or_default().baseline(line, baseline)
            }
            Scored::Summary(key, name, summary) => self
                .groups
                .entry(key)
                .or_default()
                .summary(line, name, summary),
            Scored::Pair(key, pair) => self.groups.entry(key).or_default().pair(line, pair),
            Scored::Pooled(means) => {
                let pooled = self.pooled.get_or_insert_default();
                match means {
                    Pooled::Baseline(baseline) => pooled.baseline(line, baseline),
                    Pooled::Router(name, points, summary) => {
                        for point in points {
                            pooled.point(line, &name, point)?;
                        }
                        pooled.summary(line, name, summary)
                    }
                }
            }
        }
    }

    /// The groups. Errors: there is nothing to compare, or what was scored
    /// against several resources.
    pub fn finish(self) -> Result<Gathered> {
        let mut gathered = Gathered::default();
        for (key, gathering) in self.groups {
            let mut group = gathering.finish();
            group.key = key;
            tell_runs(&mut group, &self.runs);
            gathered.warnings.extend(unequal(&group));
            gathered.groups.push(group);
        }
        gathered.pooled = self.pooled.map(|pooled| {
            let mut group = pooled.finish();
            group.pooled.get_or_insert_with(|| "several seeds".into());
            tell_runs(&mut group, &self.pooled_runs);
            group
        });
        let all = gathered.groups.iter().chain(&gathered.pooled);
        let known = all.clone().flat_map(Group::figures);
        let against: BTreeSet<Resource> = known
            .filter(|f| f.cost.is_some())
            .map(|f| f.against)
            .collect();
        if against.len() > 1 {
            let names: Vec<&str> = against.iter().map(|r| r.name()).collect();
            return Err(Error::input(format!(
                "the stream mixes scores against {}; score all routers with the same rb-score --against",
                names.join(" and ")
            )));
        }
        let holds = |g: &Group| {
            g.models().next().is_some() || g.routers.values().any(|r| !r.points.is_empty())
        };
        if !all.clone().any(holds) {
            return Err(Error::input(
                "the stream holds no point of a router and no single model, so nothing can be compared; pipe in all that rb-score writes",
            ));
        }
        Ok(gathered)
    }
}

/// A run counts once, however often its record stands in the stream.
fn admit(runs: &mut Vec<Run>, run: Run) {
    if !runs.contains(&run) {
        runs.push(run);
    }
}

/// What the runs say of themselves is told with everything.
fn tell_runs(group: &mut Group, runs: &[Run]) {
    let routers: BTreeSet<&BTreeSet<String>> = runs.iter().map(|run| &run.routers).collect();
    let summaries = group.routers.values().filter_map(|r| r.summary.as_ref());
    let named: BTreeSet<&str> = summaries.filter_map(|s| s.text("run")).collect();
    group.scored_in = routers.len().max(named.len());
    if group.key.is_empty() && !runs.is_empty() {
        let notes = runs.iter().flat_map(|run| run.notes.iter().cloned());
        group.notes = Some(notes.collect());
        group.runs = runs.iter().map(|run| run.facts.join(", ")).collect();
        group.runs.dedup();
    }
}

/// What a person should know where not all was scored on the same queries.
fn unequal(group: &Group) -> Option<String> {
    let counts: BTreeSet<u64> = group.compared().filter_map(Figures::asked).collect();
    let (low, high) = (counts.first()?, counts.last()?);
    let label = group.label().unwrap_or_else(|| "everything".into());
    (counts.len() > 1).then(|| {
        format!("{label}: the records were scored on {low} to {high} queries; a frontier compares only what was scored on the same ones")
    })
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
            if all.get(*at) == Some(&value) {
                return Ok(());
            }
            Err(Error::input(format!(
                "{words} stands at {}:{} already, with other figures; score all routers on the same queries, each under its own name",
                place.source, place.line
            ))
            .at(line.place(0)))
        }
    }
}
