//! The router file as a whole: written at once or not at all, and checked when
//! it is read.

use crate::extend::extended;
use crate::file::beside::Beside;
use crate::file::header::{Calibration, EmbedderTag, Header, Saved, Train};
use crate::file::params::Params;
use crate::file::state::cannot_write;
use crate::kinds;
use crate::kinds::encoder::tune_flags::FINE_TUNE;
use crate::kinds::encoder::tuned;
use crate::router::{Entry, Family, FitTime, Router, Shape};
use crate::table::Needs;
use rb_record::error::{Error, Result};
use rb_record::record::resource::Resource;
use rb_record::stream;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::path::Path;

/// The version of the format that this build reads and writes.
pub const FORMAT: &str = "rb-router/1";

/// The widest vector that a router file may ask for, far above any embedder's:
/// memory is set aside by this number before a vector is seen.
const WIDEST: usize = 1 << 20;

/// The row of extended routers. It is none of the table of routers: one is made
/// of another router, not fitted from a table alone.
const EXTENDED: Entry = Entry {
    name: extended::NAME,
    family: Family::Published,
    about: "A saved router with models added",
    help: "",
    flags: &[],
    // An oracle estimates nothing, so none is ever extended.
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::default()),
    fit: |_, _, _| {
        Err(Error::usage(
            "an extended router is made of a saved one; run rb-fit extend FILE",
        ))
    },
    load: |state, shape| extended::load(state, shape, from_bytes),
};

/// The row named `name`, as a router file names its kind.
fn entry(name: &str) -> Option<&'static Entry> {
    if name == extended::NAME {
        return Some(&EXTENDED);
    }
    kinds::entry(name)
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<Beside>,
    #[serde(borrow)]
    state: &'a RawValue,
}

/// Files without the member trade against cost.
fn cost() -> String {
    Resource::Cost.name().into()
}

/// Writes the file, and before it what lies beside it.
pub fn save(path: &Path, header: &Header, router: &dyn Router) -> Result<()> {
    let weights = match router.beside() {
        Some(bytes) => Some(Beside::write(path, &bytes)?),
        None => None,
    };
    stream::write_file(path, &bytes_with(header, router, weights)?)
}

/// The file's bytes: one line. For routers with nothing beside their file.
pub fn to_bytes(header: &Header, router: &dyn Router) -> Result<Vec<u8>> {
    bytes_with(header, router, None)
}

fn bytes_with(header: &Header, router: &dyn Router, weights: Option<Beside>) -> Result<Vec<u8>> {
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
        weights,
        state: &state,
    })
    .map_err(|e| cannot_write(&e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a router file.
pub fn read(path: &Path) -> Result<Saved> {
    let bytes = std::fs::read(path).map_err(|e| {
        Error::io(
            format_args!("cannot read the router file {}", path.display()),
            &e,
        )
    })?;
    // A file's folder; of a name alone, the one we are in.
    let folder = path.parent().unwrap_or(Path::new(""));
    bytes_in(&bytes, Some(folder))
        .map_err(|e| Error::router_file(format!("{}: {}", path.display(), e.message)))
}

/// Refuses a header whose names or numbers cannot be.
fn check(wire: &Wire, entry: &Entry) -> Result<()> {
    let fault = |what: String| Err(Error::router_file(what));
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
    let finite = |v: Option<f64>| v.is_none_or(f64::is_finite);
    let mut points = wire.calibration.points.iter();
    let sound = points.all(|p| {
        let known = p.quality.is_finite() && finite(p.cost) && finite(p.diff_se);
        (0.0..=1.0).contains(&p.alpha) && known
    });
    let best = wire.calibration.best_single.as_ref();
    let sound = sound && best.is_none_or(|b| b.quality.is_finite() && finite(b.cost));
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
    Ok(())
}

/// Reads the bytes of a router file; every size and number is checked. One with
/// weights beside it is refused: where would they lie?
pub fn from_bytes(bytes: &[u8]) -> Result<Saved> {
    bytes_in(bytes, None)
}

/// The router of a checked file, with what lies beside it in `folder`.
fn router(wire: &Wire, entry: &Entry, folder: Option<&Path>) -> Result<Box<dyn Router>> {
    let models = wire.models.len();
    let dim = wire.embedder.as_ref().map_or(0, |e| e.dim);
    let state = wire.state.get();
    let is_tuned = wire.params.is_on(FINE_TUNE.name);
    match (&wire.weights, folder) {
        (None, _) if !is_tuned => (entry.load)(state, Shape { models, dim }),
        (Some(weights), Some(folder)) if is_tuned => {
            tuned::load(entry, state, models, &weights.read(folder)?)
        }
        (Some(_), None) => Err(Error::router_file(
            "the router's encoder was tuned and lies beside its file; such a router is applied by rb-route, and cannot be extended",
        )),
        _ => Err(Error::router_file(
            "weights of a tuned encoder are named and --fine-tune is not, or the reverse; fit and save the router again",
        )),
    }
}

fn bytes_in(bytes: &[u8], folder: Option<&Path>) -> Result<Saved> {
    #[derive(Deserialize)]
    struct Mark {
        format: String,
    }
    let mark: Mark = serde_json::from_slice(bytes).map_err(|e| {
        Error::router_file(format!(
            "not a router file ({e}); expected what rb-fit --save writes; queries come by standard input or --input"
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
    check(&wire, entry)?;
    let needs = (entry.needs)(&wire.params).map_err(|e| Error::router_file(e.message))?;
    let router = router(&wire, entry, folder)?;
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
