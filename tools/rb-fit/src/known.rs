//! How many train outcomes each model has, in one line, where some are missing.

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
        grouped(*known),
        grouped(of)
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
            grouped(*most)
        );
    }
    Some(line)
}

/// With thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = (0..digits.len().div_ceil(3))
        .rev()
        .map(|g| {
            let end = digits.len() - 3 * g;
            &digits[end.saturating_sub(3)..end]
        })
        .collect();
    groups.join(",")
}
