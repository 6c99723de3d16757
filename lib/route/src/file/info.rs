//! A router file told to a person: what it reads, what each alpha is expected to
//! give, and the point that was asked for.

use crate::file::header::{Calibration, CalibrationPoint, Header};
use std::fmt::Write;

/// The most rows of the calibration curve that are shown, evenly by rank.
const ROWS: usize = 21;

/// What the file called `from` says. `point`: the alpha that was asked for.
pub fn info(header: &Header, from: &str, point: Option<f64>) -> String {
    let mut out = format!("{} ({}), from {from}\n", header.name, header.kind);
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {name:<12}{value}");
    };
    line("models", header.models.join(", "));
    if let Some(embedder) = &header.embedder {
        line(
            "reads",
            format!("vectors of {} ({} numbers)", embedder.model, embedder.dim),
        );
    }
    let params = header
        .params
        .0
        .iter()
        .filter(|(_, value)| !value.is_empty());
    let params: Vec<String> = params
        .map(|(name, value)| format!("{name} {}", short(value)))
        .collect();
    if !params.is_empty() {
        line("parameters", params.join(", "));
    }
    line(
        "fitted",
        format!("on {} queries, seed {}", header.train.n, header.seed),
    );
    let calibration = &header.calibration;
    if calibration.points.is_empty() {
        line("calibration", "none".into());
        return out;
    }
    line(
        "calibration",
        format!("{} on {} queries", calibration.from, calibration.n),
    );
    if let Some(best) = &calibration.best_single {
        let cost = best
            .cost
            .map(|c| format!(", {} {c:.3e}", header.against.name()));
        let cost = cost.unwrap_or_default();
        line(
            "best single",
            format!("{}: quality {:.4}{cost}", best.model, best.quality),
        );
    }
    out.push_str(&table(header));
    if let Some(alpha) = point {
        out.push_str(&taken(header, alpha));
    }
    out
}

/// A value of a parameter, which may be a whole file.
fn short(value: &str) -> String {
    let mut short: String = value.chars().take(40).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    short.replace(char::is_control, " ")
}

fn table(header: &Header) -> String {
    let calibration = &header.calibration;
    let last = calibration.points.len() - 1;
    let rows = calibration.points.len().min(ROWS);
    let mut out = format!(
        "{:>12}{:>10}{:>13}{:>10}{:>12}\n",
        "alpha",
        "quality",
        "best-single",
        "at least",
        header.against.name()
    );
    for i in 0..rows {
        let p = &calibration.points[i * last / (rows - 1).max(1)];
        let (diff, least) = against(calibration, p);
        let cost = p.cost.map_or("–".into(), |c| format!("{c:.3e}"));
        let _ = writeln!(
            out,
            "{:>12.4}{:>10.4}{diff:>13}{least:>10}{cost:>12}",
            p.alpha, p.quality
        );
    }
    out
}

/// The difference to the best single model, and how far below it may be.
fn against(calibration: &Calibration, p: &CalibrationPoint) -> (String, String) {
    let best = calibration.best_single.as_ref();
    let diff = best.map_or("–".into(), |best| {
        format!("{:+.4}", p.quality - best.quality)
    });
    let least = calibration.at_least(p);
    (
        diff,
        least.map_or("–".into(), |least| format!("{least:+.4}")),
    )
}

/// The point at `alpha` and what it is expected to give.
fn taken(header: &Header, alpha: f64) -> String {
    let calibration = &header.calibration;
    let after = calibration.points.partition_point(|p| p.alpha <= alpha);
    let Some(p) = after.checked_sub(1).map(|i| &calibration.points[i]) else {
        return String::new();
    };
    let mut out = format!("  takes alpha {alpha}: expects quality {:.4}", p.quality);
    if let (Some(best), Some(least)) = (&calibration.best_single, calibration.at_least(p)) {
        let _ = write!(
            out,
            ", {:+.4} against {} and with 97.5 % confidence at least {least:+.4}",
            p.quality - best.quality,
            best.model
        );
    }
    if let Some(cost) = p.cost {
        let _ = write!(out, ", at {cost:.3e} {} a query", header.against.unit());
    }
    out + "\n"
}
