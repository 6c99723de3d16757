//! What a router file says beside the router itself.

use crate::file::params::Params;
use crate::router::{Entry, Router};
use crate::table::seen::Asked;
use crate::table::Needs;
use rb_record::record::resource::Resource;
use serde::{Deserialize, Serialize};

/// Which vectors a router reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedderTag {
    /// The embedder's name, as records have it.
    pub model: String,
    /// d, the width of its vectors.
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
    /// 0..1.
    pub alpha: f64,
    /// The mean score, 0..1.
    pub quality: f64,
    /// null where no cost is known.
    pub cost: Option<f64>,
    /// The standard error of `quality` less the best single model's, paired over
    /// the queries; absent in files that were saved without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff_se: Option<f64>,
}

/// The single model of the best mean score on the queries of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestSingle {
    /// Its name.
    pub model: String,
    /// Its mean score there, 0..1.
    pub quality: f64,
    /// Its mean cost there; null where no cost is known.
    pub cost: Option<f64>,
}

/// alpha → quality and cost on queries that the fit did not see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// "val", or "out-of-fold" on train; "none" where train has one prompt only.
    pub from: String,
    /// The queries that the curve was made from.
    pub n: usize,
    /// By ascending alpha.
    pub points: Vec<CalibrationPoint>,
    /// What `diff_se` is against; absent where that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_single: Option<BestSingle>,
}

impl Calibration {
    /// No curve.
    pub fn none() -> Calibration {
        Calibration {
            from: "none".into(),
            n: 0,
            points: Vec::new(),
            best_single: None,
        }
    }
}

/// Everything about a fitted router but the router.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// The name of the kind of router.
    pub kind: String,
    /// The name of its routes.
    pub name: String,
    /// The pool; a router names models by their places here.
    pub models: Vec<String>,
    /// What alpha trades quality against. Where it is not cost, every cost here
    /// is an amount of that resource.
    pub against: Resource,
    /// G, the cost scale in USD that alpha and lambda refer to; null: no costs.
    pub scale: Option<f64>,
    /// null where it reads no vectors.
    pub embedder: Option<EmbedderTag>,
    /// Of the fit.
    pub seed: u64,
    /// Of the fit.
    pub params: Params,
    /// What it was fitted on.
    pub train: Train,
    /// What to expect at each alpha.
    pub calibration: Calibration,
}

/// A router as it was saved.
pub struct Saved {
    /// What stands beside the router.
    pub header: Header,
    /// What it reads of a query.
    pub needs: Needs,
    /// Its kind.
    pub entry: &'static Entry,
    /// The router itself.
    pub router: Box<dyn Router>,
}

impl Saved {
    /// What it asks of a query.
    pub fn asked(&self) -> Asked {
        Asked {
            needs: self.needs,
            oracle: self.entry.oracle,
        }
    }
}
