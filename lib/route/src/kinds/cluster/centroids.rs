//! `--centroids`: cluster centres that were computed elsewhere, such as by Spark's
//! MLlib over more vectors than one machine holds.
//!
//! The file is one centre a line, each a JSON array of d numbers, d the
//! dimension of the embedding; empty lines are passed over. A query is scaled to
//! length 1 before it is compared, so the clustering must have read vectors of
//! length 1 too; a centre, the mean of such vectors, is then no longer than 1,
//! and a longer one is refused. No two centres are equal.

use crate::file::params::{Flag, Params};
use ndarray::Array2;
use rb_record::error::{excerpt, Error, Result};
use std::collections::HashMap;

/// `--centroids`, shared by kmeans, avengers and avengers-pro.
pub const FLAG: Flag = Flag {
    name: "centroids",
    value: "FILE",
    default: "",
    help: "Take the centres from FILE, a JSON array of numbers a line, in place of clustering (--k and --restarts then say nothing)",
};

/// How far beyond 1 rounding may bring a mean of unit vectors.
const ROUNDING: f64 = 1e-3;

/// The centres of the flag, k×d; None where it is not given.
///
/// A usage error names the line and what is wrong with it.
pub fn given(params: &Params, dim: usize) -> Result<Option<Array2<f32>>> {
    let Some(text) = params.optional(FLAG.name) else {
        return Ok(None);
    };
    let mut values = Vec::new();
    let mut lines: HashMap<Vec<u32>, usize> = HashMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let fault = |what: String| Error::usage(format!("--centroids, line {number}: {what}"));
        let centre = centre(line, dim).map_err(fault)?;
        let bits = centre.iter().map(|v| v.to_bits()).collect();
        if let Some(other) = lines.insert(bits, number) {
            return Err(fault(format!(
                "the same centre as in line {other}; leave one out"
            )));
        }
        values.extend(centre);
    }
    let shape = (lines.len(), dim);
    Array2::from_shape_vec(shape, values)
        .map(Some)
        .map_err(|e| Error::usage(format!("--centroids: {e}")))
}

/// The centres of the flag, k×d, where a router cannot do without.
pub fn required(params: &Params, dim: usize) -> Result<Array2<f32>> {
    given(params, dim)?.ok_or_else(|| Error::usage("--centroids is missing"))
}

fn centre(line: &str, dim: usize) -> std::result::Result<Vec<f32>, String> {
    let centre: Vec<f64> = serde_json::from_str(line).map_err(|e| {
        format!(
            "{} is not a JSON array of numbers ({e}); expected one centre a line: [0.01,-0.2,…]",
            excerpt(line)
        )
    })?;
    if centre.len() != dim {
        return Err(format!(
            "{} numbers, but the embeddings of the stream have {dim}; cluster the vectors of the same embedder",
            centre.len()
        ));
    }
    let length = centre.iter().map(|v| v * v).sum::<f64>().sqrt();
    if length > 1.0 + ROUNDING {
        return Err(format!(
            "the centre has length {length:.3}, expected at most 1; scale the vectors to length 1 before they are clustered"
        ));
    }
    // -0 and 0 are one number: equal centres must have equal bits.
    Ok(centre.into_iter().map(|v| v as f32 + 0.0).collect())
}
