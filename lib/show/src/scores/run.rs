//! The `run` record: how the scores beside it came to be.

use crate::scores::fields::Fields;
use crate::text;
use rb_record::error::Result;
use std::collections::{BTreeMap, BTreeSet};

/// One run of rb-score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// The record's line, which tells runs apart.
    pub line: Vec<u8>,
    /// What rb-score noted for readers.
    pub notes: BTreeSet<String>,
    /// What was scored and how, in words: `split test`, `seed 0`.
    pub facts: Vec<String>,
    /// The routers that were corrected for one another.
    pub routers: BTreeSet<String>,
}

/// What a run says of a router's file.
#[derive(serde::Deserialize)]
struct Fitted {
    kind: Option<String>,
    params: Option<BTreeMap<String, serde_json::Value>>,
}

impl Fields<'_, '_> {
    /// What the routers are, where the run says it: `kmeans (kmeans, k 64)`.
    fn fitted(&self) -> Result<Vec<String>> {
        let words = "an object of router → kind and parameters";
        let fitted: Option<BTreeMap<String, Fitted>> = self.decode("fitted", words, |_| true)?;
        let told = fitted.into_iter().flatten().map(|(name, fitted)| {
            let params = fitted.params.into_iter().flatten();
            let params = params.filter_map(|(name, value)| {
                // A value may be a whole file.
                let value = value.as_str().map_or(value.to_string(), String::from);
                let short = !value.is_empty() && value.len() <= 40;
                short.then(|| format!("{name} {value}"))
            });
            let words: Vec<String> = fitted.kind.into_iter().chain(params).collect();
            if words.is_empty() {
                name
            } else {
                format!("{name} ({})", words.join(", "))
            }
        });
        Ok(told.collect())
    }

    /// What a run says of itself.
    pub(crate) fn run(&self) -> Result<Run> {
        let names = "an array of strings";
        let count =
            |name: &str| -> Result<Option<String>> { Ok(self.count(name)?.map(text::count)) };
        let mut facts = Vec::new();
        facts.extend(self.text("version")?.map(|v| format!("rb-score {v}")));
        facts.extend(self.text("split")?.map(|split| format!("split {split}")));
        if self.record.raw("n").is_some_and(|n| !n.starts_with('[')) {
            facts.extend(count("n")?.map(|n| format!("{n} queries")));
            facts.extend(count("units")?.map(|n| format!("{n} distinct prompts")));
            facts.extend(count("train")?.map(|n| format!("{n} train queries")));
        }
        let embedders: Option<Vec<String>> = self.decode("embedders", names, |_| true)?;
        let embedders = embedders.filter(|names| !names.is_empty());
        facts.extend(embedders.map(|names| format!("embeddings of {}", names.join(" and "))));
        facts.extend(self.fitted()?);
        facts.extend(count("seed")?.map(|n| format!("seed {n}")));
        facts.extend(count("resamples")?.map(|n| format!("{n} resamples")));
        Ok(Run {
            line: self.record.line().bytes().to_vec(),
            notes: self.decode("notes", names, |_| true)?.unwrap_or_default(),
            facts,
            routers: self.decode("routers", names, |_| true)?.unwrap_or_default(),
        })
    }
}
