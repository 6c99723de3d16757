//! Score records as text: one JSON object a line, members in a fixed order.

use crate::data::facts::{Group, Resource};
use crate::replay::curve::Mix;
use crate::replay::tally::Tally;
use rb_record::hull::Point;
use rb_record::json;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// An object that is written member by member.
pub struct Object(String);

impl Object {
    /// `{"type":kind`.
    pub fn new(kind: &str) -> Object {
        let mut object = Object("{".to_string());
        object.put("type", &kind);
        object
    }

    /// Floats round-trip; None is null.
    pub fn put(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> &mut Object {
        // Numbers, text and maps with text keys always serialise.
        let text = serde_json::to_string(value).unwrap_or_else(|_| "null".into());
        self.put_json(key, &text)
    }

    /// A value that is JSON already.
    pub fn put_json(&mut self, key: &str, text: &str) -> &mut Object {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&json::quoted(key));
        self.0.push(':');
        self.0.push_str(text);
        self
    }

    /// A count, which may be an expectation: 3, or 2.4.
    pub fn put_count(&mut self, key: &str, count: f64) -> &mut Object {
        if count.fract() == 0.0 {
            self.put(key, &(count as u64))
        } else {
            self.put(key, &count)
        }
    }

    /// `{}` for everything, else the field and its value.
    pub fn put_group(&mut self, group: Option<&Group>) -> &mut Object {
        let text = match group {
            None => "{}".to_string(),
            Some(g) => format!("{{{}:{}}}", json::quoted(&g.field), g.value),
        };
        self.put_json("group", &text)
    }

    /// What every operating point has: counts and means.
    pub fn put_means(&mut self, tally: &Tally, unrouted: usize) -> &mut Object {
        self.put("n", &tally.n())
            .put_count("missing", tally.missing())
            .put("unrouted", &unrouted)
            .put("quality", &tally.quality())
            .put("quality_macro", &tally.quality_macro())
            .put("cost", &tally.resource(Resource::Cost))
            .put("cost_macro", &tally.resource_macro(Resource::Cost))
            .put("latency", &tally.resource(Resource::Latency))
            .put("tokens", &tally.resource(Resource::Tokens))
            .put("calls", &tally.calls())
            .put_bounds(tally)
            .put_against(tally.against())
    }

    /// What quality is traded against, where that is not cost.
    pub fn put_against(&mut self, against: Resource) -> &mut Object {
        match against {
            Resource::Cost => self,
            other => self.put("against", other.name()),
        }
    }

    /// Quality with every missing score at 0 and at 1, where a score is missing.
    fn put_bounds(&mut self, tally: &Tally) -> &mut Object {
        match tally.quality().zip(tally.quality_at_most()) {
            Some((least, most)) if most > least => self.put("quality_bounds", &[least, most]),
            _ => self,
        }
    }

    /// A curve's corners; [`Point::cost`] goes under the name of what quality
    /// is traded against. None: null.
    pub fn put_hull(&mut self, hull: Option<&[Point]>, against: Resource) -> &mut Object {
        let corners = hull.map(|hull| {
            let corner = |p: &Point| Corner(*p, against);
            hull.iter().map(corner).collect::<Vec<Corner>>()
        });
        self.put("hull", &corners)
    }

    /// The same members where nothing is known.
    pub fn put_no_means(&mut self, n: usize, unrouted: usize) -> &mut Object {
        self.put("n", &n)
            .put("missing", &0)
            .put("unrouted", &unrouted);
        for key in [
            "quality",
            "quality_macro",
            "cost",
            "cost_macro",
            "latency",
            "tokens",
            "calls",
        ] {
            self.put_json(key, "null");
        }
        self
    }

    /// The share of the answers that is each model's, and, where they differ,
    /// the share of the queries on which each is called.
    pub fn put_mix(&mut self, models: &[String], mix: &Mix, n: usize) -> &mut Object {
        self.put_mix_as("", models, mix, n)
    }

    /// The same under names that begin with `before`.
    pub fn put_mix_as(
        &mut self,
        before: &str,
        models: &[String],
        mix: &Mix,
        n: usize,
    ) -> &mut Object {
        let share = |counts| MixShares { models, counts, n };
        self.put(&format!("{before}mix"), &share(&mix.kept));
        if mix.called != mix.kept {
            self.put(&format!("{before}called"), &share(&mix.called));
        }
        self
    }

    /// The line, with its line feed, appended to `out`.
    pub fn end(&mut self, out: &mut String) {
        out.push_str(&self.0);
        out.push_str("}\n");
    }
}

/// A corner of a hull.
struct Corner(Point, Resource);

impl Serialize for Corner {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(2))?;
        map.serialize_entry(self.1.name(), &self.0.cost)?;
        map.serialize_entry("quality", &self.0.quality)?;
        map.end()
    }
}

/// Model → share of n; models without any are left out.
struct MixShares<'a> {
    models: &'a [String],
    counts: &'a [usize],
    n: usize,
}

impl Serialize for MixShares<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        for (model, count) in self.models.iter().zip(self.counts) {
            if *count > 0 {
                map.serialize_entry(model, &(*count as f64 / self.n as f64))?;
            }
        }
        map.end()
    }
}
