//! Lengths of answers in the place of confidences: who is unsure writes more.

use crate::file::packed::Packed64;
use crate::table::{Field, Grid, Table};

/// The confidences; where train has none, what lengths say in their place, with the
/// models' mean lengths (1×K, tokens).
pub fn signals_of(table: &Table) -> (Grid, Option<Packed64>) {
    let known = |grid: &Grid| (0..table.k()).any(|m| grid.known(m) > 0);
    let (confidence, length) = (
        table.grid(Field::Confidence),
        table.grid(Field::CompletionTokens),
    );
    if known(confidence) || !known(length) {
        return (confidence.clone(), None);
    }
    let means: Vec<f64> = (0..table.k())
        .map(|m| length.mean(m).unwrap_or(0.0))
        .collect();
    let mut stand_in = Grid::unknown(table.len(), table.k());
    for (i, m) in (0..table.len()).flat_map(|i| (0..table.k()).map(move |m| (i, m))) {
        if let Some(tokens) = length.get(i, m) {
            stand_in.set(i, m, short(tokens, means[m]));
        }
    }
    (stand_in, Some(Packed64::from_row(means)))
}

/// How short an answer is, 1..0: ½ at the model's mean.
pub fn short(tokens: f64, mean: f64) -> f64 {
    if mean > 0.0 {
        mean / (mean + tokens)
    } else {
        0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_answer_is_less_sure() {
        assert_eq!(short(50.0, 50.0), 0.5);
        assert!(short(20.0, 50.0) > short(200.0, 50.0));
        assert_eq!(short(0.0, 50.0), 1.0);
        assert_eq!(short(7.0, 0.0), 0.5);
    }
}
