//! What the user asks of the metrics, by name, and what stands where nothing
//! was asked: the strong model is best-single, the weak one the cheapest, and
//! `relative` compares with the dearest (means over the scored queries).

use crate::baseline::choices::Choices;
use crate::metric::measure::Asked;
use rb_record::error::{Error, Result};
use std::collections::BTreeMap;

/// How a router was fitted: the members of its file that say so.
pub type Fitted = serde_json::Map<String, serde_json::Value>;

/// Reads the name of a router and how it was fitted from a router file's line.
/// Errors: it is no router file.
pub fn fitted(line: &[u8]) -> Result<(String, Fitted)> {
    const TOLD: [&str; 6] = ["kind", "params", "seed", "embedder", "train", "against"];
    let fault = |found: String| {
        let expected = "expected a router file that rb-fit --save wrote";
        Error::router_file(format!("{found}, {expected}"))
    };
    let mut file: Fitted = serde_json::from_slice(line)
        .map_err(|e| fault(format!("the first line is no object ({e})")))?;
    let name = file.get("name").and_then(|name| name.as_str());
    match (name.map(String::from), file.contains_key("kind")) {
        (Some(name), true) => {
            file.retain(|key, _| TOLD.contains(&key.as_str()));
            Ok((name, file))
        }
        _ => Err(fault("it has no name and kind".into())),
    }
}

/// Names of models as the user typed them.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The least score of a right answer, 0..1.
    pub right_at: f64,
    /// Of PGR; None: best-single.
    pub strong: Option<String>,
    /// Of PGR; None: the cheapest.
    pub weak: Option<String>,
    /// None: the dearest.
    pub relative_to: Option<String>,
    /// What is known of how routers were fitted: name → kind, parameters … as
    /// their files tell it.
    pub fitted: BTreeMap<String, Fitted>,
    /// Whether every router is compared with every other.
    pub pairs: bool,
}

impl Default for Ask {
    fn default() -> Ask {
        Ask {
            right_at: 0.5,
            strong: None,
            weak: None,
            relative_to: None,
            fitted: BTreeMap::new(),
            pairs: false,
        }
    }
}

/// The names as places in the pool; a name that is not in it is refused.
pub(crate) fn resolve(ask: &Ask, models: &[String], choices: &Choices) -> Result<Asked> {
    let place = |flag: &str, name: &Option<String>| {
        match name {
        None => Ok(None),
        Some(name) => models.iter().position(|m| m == name).map(Some).ok_or_else(|| {
            Error::usage(format!(
                "--{flag} names the model {name:?}, of which no record has a score; the models are {}",
                models.join(", ")
            ))
        }),
    }
    };
    if !(0.0..=1.0).contains(&ask.right_at) {
        return Err(Error::usage(format!(
            "--right-at is {}, expected a score in 0..1",
            ask.right_at
        )));
    }
    let singles = choices.singles.iter().enumerate();
    let costs = singles.filter_map(|(m, alone)| Some((alone.cost()?, alone.quality()?, m)));
    let costs: Vec<(f64, f64, usize)> = costs.collect();
    // Among equals the better model, then the earlier.
    let cheapest = costs
        .iter()
        .min_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let dearest = costs
        .iter()
        .min_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    Ok(Asked {
        right_at: ask.right_at,
        strong: place("strong", &ask.strong)?.or(choices.best_single),
        weak: place("weak", &ask.weak)?.or(cheapest.map(|c| c.2)),
        relative_to: place("relative-to", &ask.relative_to)?.or(dearest.map(|c| c.2)),
    })
}
