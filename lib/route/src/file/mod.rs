//! The router file: one JSON line that holds a fitted router, written whole or
//! not at all, and checked when it is read. FORMAT.md describes it.

pub mod apply;
pub mod calibrate;
pub mod fit;
pub mod packed;
pub mod params;

use crate::file::params::Params;
use crate::kinds::entry;
use crate::router::{Entry, Router, Shape};
use crate::table::Needs;
use rb_record::error::{Error, Kind, Result};
use rb_record::record::resource::Resource;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::path::Path;

/// The version of the format that this build reads and writes.
pub const FORMAT: &str = "rb-router/1";

/// The widest vector that a router file may ask for, far above any embedder's:
/// memory is set aside by this number before a vector is seen.
const WIDEST: usize = 1 << 20;

/// Which vectors a router reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedderTag {
    pub model: String,
    pub dim: usize,
}

/// What the router was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// Number of train queries.
    pub n: usize,
    /// Digest of everything the fit saw.
    pub digest: String,
}

/// Quality and cost (mean USD) expected at one alpha.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationPoint {
    pub alpha: f64,
    pub quality: f64,
    /// null where no cost is known.
    pub cost: Option<f64>,
}

/// alpha → quality and cost on queries that the fit did not see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// "val", or "out-of-fold" on train; "none" where train has one prompt only.
    pub from: String,
    pub n: usize,
    pub points: Vec<CalibrationPoint>,
}

/// Everything about a fitted router but the router.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    pub kind: String,
    /// The name of its routes.
    pub name: String,
    pub models: Vec<String>,
    /// What alpha trades quality against. Where it is not cost, every cost here
    /// is an amount of that resource.
    pub against: Resource,
    /// G, the cost scale in USD that alpha and lambda refer to; null: no costs.
    pub scale: Option<f64>,
    pub embedder: Option<EmbedderTag>,
    pub seed: u64,
    pub params: Params,
    pub train: Train,
    pub calibration: Calibration,
}

/// A router as it was saved.
pub struct Saved {
    pub header: Header,
    pub needs: Needs,
    pub entry: &'static Entry,
    pub router: Box<dyn Router>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    format: String,
    kind: String,
    name: String,
    models: Vec<String>,
    #[serde(default = "cost")]
    against: String,
    scale: Option<f64>,
    embedder: Option<EmbedderTag>,
    seed: u64,
    params: Params,
    train: Train,
    calibration: Calibration,
    #[serde(borrow)]
    state: &'a RawValue,
}

/// Files without the member trade against cost.
fn cost() -> String {
    Resource::Cost.name().into()
}

/// The file's bytes: one line.
pub fn to_bytes(header: &Header, router: &dyn Router) -> Result<Vec<u8>> {
    let state = RawValue::from_string(router.state()?).map_err(|e| cannot_write(&e))?;
    let h = header.clone();
    let mut bytes = serde_json::to_vec(&Wire {
        format: FORMAT.into(),
        kind: h.kind,
        name: h.name,
        models: h.models,
        against: h.against.name().into(),
        scale: h.scale,
        embedder: h.embedder,
        seed: h.seed,
        params: h.params,
        train: h.train,
        calibration: h.calibration,
        state: &state,
    })
    .map_err(|e| cannot_write(&e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn cannot_write(e: &serde_json::Error) -> Error {
    Error::new(Kind::Io, format!("the router cannot be written: {e}"))
}

/// Reads a router file.
pub fn read(path: &Path) -> Result<Saved> {
    let bytes = std::fs::read(path).map_err(|e| {
        Error::io(
            format_args!("cannot read the router file {}", path.display()),
            &e,
        )
    })?;
    from_bytes(&bytes).map_err(|e| Error::router_file(format!("{}: {}", path.display(), e.message)))
}

/// Reads the bytes of a router file; every size and number is checked.
pub fn from_bytes(bytes: &[u8]) -> Result<Saved> {
    #[derive(Deserialize)]
    struct Mark {
        format: String,
    }
    let mark: Mark = serde_json::from_slice(bytes).map_err(|e| {
        Error::router_file(format!(
            "not a router file ({e}); expected what rb-fit --save writes"
        ))
    })?;
    if mark.format != FORMAT {
        return Err(Error::router_file(format!(
            "the format is {:?}, expected {FORMAT:?}; fit and save the router with this version",
            rb_record::error::excerpt(&mark.format)
        )));
    }
    let wire: Wire = serde_json::from_slice(bytes).map_err(|e| {
        Error::router_file(format!("damaged router file ({e}); fit and save it again"))
    })?;
    let fault = |what: String| Err(Error::router_file(what));
    let Some(entry) = entry(&wire.kind) else {
        return fault(format!(
            "the kind of router is {:?}, which this version does not know; rb-fit --help lists them",
            rb_record::error::excerpt(&wire.kind)
        ));
    };
    let Some(against) = Resource::from_name(&wire.against) else {
        return fault(format!(
            "the router trades against {:?}, expected cost, latency or tokens; fit and save it with this version",
            rb_record::error::excerpt(&wire.against)
        ));
    };
    let distinct: BTreeSet<&String> = wire.models.iter().collect();
    if wire.models.is_empty()
        || distinct.len() != wire.models.len()
        || wire.models.iter().any(String::is_empty)
    {
        return fault("the models are empty or not distinct; fit and save the router again".into());
    }
    if wire.name.is_empty() {
        return fault("the router's name is empty; fit and save the router again".into());
    }
    let known: BTreeSet<&str> = entry.flags.iter().map(|f| f.name).collect();
    if let Some(stranger) = wire.params.0.keys().find(|k| !known.contains(k.as_str())) {
        return fault(format!(
            "the parameter {stranger:?} is unknown to {}; fit and save the router again",
            entry.name
        ));
    }
    let sound = wire.calibration.points.iter().all(|p| {
        (0.0..=1.0).contains(&p.alpha) && p.quality.is_finite() && p.cost.is_none_or(f64::is_finite)
    });
    if !sound || wire.scale.is_some_and(|s| !(s.is_finite() && s > 0.0)) {
        return fault("a number of the calibration or the scale is out of range".into());
    }
    if let Some(tag) = &wire.embedder {
        if !(1..=WIDEST).contains(&tag.dim) {
            return fault(format!(
                "the embedder has {} dimensions, expected 1..{WIDEST}; fit and save the router again",
                tag.dim
            ));
        }
    }
    let shape = Shape {
        models: wire.models.len(),
        dim: wire.embedder.as_ref().map_or(0, |e| e.dim),
    };
    let needs = (entry.needs)(&wire.params).map_err(|e| Error::router_file(e.message))?;
    let router = (entry.load)(wire.state.get(), shape)?;
    let needs = router.needs().unwrap_or(needs);
    if needs.embedding != wire.embedder.is_some() {
        return fault("the embedder is missing, or one stands where none is read".into());
    }
    Ok(Saved {
        needs,
        entry,
        router,
        header: Header {
            kind: wire.kind,
            name: wire.name,
            models: wire.models,
            against,
            scale: wire.scale,
            embedder: wire.embedder,
            seed: wire.seed,
            params: wire.params,
            train: wire.train,
            calibration: wire.calibration,
        },
    })
}

/// A router's state as JSON.
pub fn write_state<T: Serialize>(state: &T) -> Result<String> {
    serde_json::to_string(state).map_err(|e| cannot_write(&e))
}

/// A router's state from JSON; a broken one is an error of the router file.
pub fn read_state<T: DeserializeOwned>(state: &str) -> Result<T> {
    // A derived reader would take an array of the members' values too.
    if !state.starts_with('{') {
        return Err(Error::router_file(
            "damaged router file (the state is no object); fit and save the router again",
        ));
    }
    serde_json::from_str(state).map_err(|e| {
        Error::router_file(format!(
            "damaged router file ({e}); fit and save the router again"
        ))
    })
}

/// Refuses numbers of a state that are not finite.
pub fn check_finite(what: &str, values: &[f64]) -> Result<()> {
    match values.iter().all(|v| v.is_finite()) {
        true => Ok(()),
        false => Err(Error::router_file(format!(
            "{what} holds a number that is not finite; fit and save the router again"
        ))),
    }
}
