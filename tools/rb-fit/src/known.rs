//! How many train outcomes each model has, in one line, where some are missing.

use rb_cli::grouped;
use rb_route::table::Table;

/// The line; None where every model has its score on every train query.
pub(crate) fn line(train: &Table) -> Option<String> {
    let of = train.len();
    let mut short: Vec<(usize, &str)> = train
        .models
        .iter()
        .enumerate()
        .map(|(m, name)| (train.score().known(m), name.as_str()))
        .filter(|(known, _)| *known < of)
        .collect();
    short.sort_unstable();
    let (known, model) = short.first()?;
    let mut line = format!(
        "{model}: {} of {} train outcomes known, the rest filled",
        grouped(*known as u64),
        grouped(of as u64)
    );
    if let [_, .., (most, _)] = short.as_slice() {
        let others = short.len() - 1;
        let (verb, models) = if others == 1 {
            ("has", "model")
        } else {
            ("have", "models")
        };
        line += &format!(
            "; {others} more {models} {verb} gaps (up to {} known)",
            grouped(*most as u64)
        );
    }
    Some(line)
}
