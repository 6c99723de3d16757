//! Times the library's k-means on a raw matrix, for scripts/bench.py.
//!
//! Usage: bench-kmeans FILE ROWS COLUMNS K RESTARTS MAX_ITER TOL RUNS
//! FILE holds ROWS×COLUMNS little-endian f32. Prints one JSON line a run:
//! seconds (clustering only, not reading) and inertia.

use ndarray::Array2;
use rb_learn::cluster::{self, Config};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, rows, columns, k, restarts, max_iter, tol, runs] = arguments.as_slice() else {
        return Err("usage: bench-kmeans FILE ROWS COLUMNS K RESTARTS MAX_ITER TOL RUNS".into());
    };
    let bytes = std::fs::read(file)?;
    let numbers = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let x = Array2::from_shape_vec((rows.parse()?, columns.parse()?), numbers)?;
    let config = Config {
        k: k.parse()?,
        restarts: restarts.parse()?,
        max_iter: max_iter.parse()?,
        tol: tol.parse()?,
        trial: cluster::TRIAL,
    };
    for run in 0..runs.parse::<u64>()? {
        let start = Instant::now();
        let clusters = cluster::fit(x.view(), config, run)?;
        println!(
            "{{\"seconds\":{},\"inertia\":{}}}",
            start.elapsed().as_secs_f64(),
            clusters.inertia
        );
    }
    Ok(())
}
