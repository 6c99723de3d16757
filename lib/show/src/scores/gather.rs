//! Score records gathered into groups, each record once.

use crate::scores::{Baseline, Figures, Group, GroupKey, Scored, Summary};
use rb_record::error::{Error, Place, Result};
use rb_record::record::resource::Resource;
use rb_record::stream::Line;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

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
        let known = groups.iter().flat_map(Group::figures);
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
