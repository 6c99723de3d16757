//! Amounts as the sentences say them.

use crate::text;

/// The size of a difference in quality: `1.5 points`.
pub(crate) fn size(diff: f64) -> String {
    match text::points(diff.abs()).as_str() {
        "0.0" => "less than 0.1 points".into(),
        "1.0" => "1.0 point".into(),
        points => format!("{points} points"),
    }
}

/// An estimate need not pretend to more: 6,127 as 6,200.
pub(crate) fn two_digits(n: f64) -> f64 {
    let unit = 10f64.powf((n.max(1.0).log10().floor() - 1.0).max(0.0));
    (n / unit).ceil() * unit
}

/// Where a router stands at `alpha`: ` at alpha 1`.
pub(crate) fn at_alpha(alpha: f64) -> String {
    match alpha {
        1.0 => " at alpha 1".into(),
        alpha => format!(" at alpha {alpha}, the last scored"),
    }
}

/// What is saved of the best single model's cost, given the router's cost in
/// terms of it: `saves 53 % [51, 55]`, `costs 12 % [8, 15] more`. Of less than a
/// query in a thousand of it nothing is said. `of`: ` of its latency`, where it
/// is not the cost.
pub(crate) fn saved(ratio: f64, interval: Option<(f64, f64)>, of: &str) -> String {
    let percent = |v: f64| format!("{:.0}", (v * 100.0).round() + 0.0);
    if ratio >= 2.0 {
        let interval = interval.map(|(low, high)| format!(" [{low:.1}, {high:.1}]"));
        let interval = interval.unwrap_or_default();
        let cost = of.strip_prefix(" of its ").unwrap_or("cost");
        return format!("takes {ratio:.1} times{interval} the {cost}");
    }
    let (word, more, share, interval) = if ratio > 1.0 {
        (
            "costs",
            " more",
            ratio - 1.0,
            interval.map(|(a, b)| (a - 1.0, b - 1.0)),
        )
    } else {
        (
            "saves",
            "",
            1.0 - ratio,
            interval.map(|(a, b)| (1.0 - b, 1.0 - a)),
        )
    };
    let interval = interval.map(|(a, b)| format!(" [{}, {}]", percent(a), percent(b)));
    let interval = interval.unwrap_or_default();
    format!("{word} {} %{interval}{of}{more}", percent(share))
}

/// The models that take the queries, most first: `49 % to a, 51 % to b`.
pub(crate) fn shares(mix: &std::collections::BTreeMap<String, f64>) -> String {
    const SHOWN: usize = 3;
    let mut all: Vec<(&String, f64)> = mix.iter().map(|(m, s)| (m, *s)).collect();
    all.retain(|(_, share)| *share > 0.0);
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let more = all.len().saturating_sub(SHOWN);
    let mut words: Vec<String> = (all.iter().take(SHOWN))
        .map(|(model, share)| format!("{} to {}", text::percent(*share), text::clean(model)))
        .collect();
    if more > 0 {
        let rest: f64 = all.iter().skip(SHOWN).map(|(_, share)| share).sum();
        words.push(format!("{} to {more} more", text::percent(rest)));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn savings_read_as_people_say_them() {
        assert_eq!(saved(0.47, Some((0.45, 0.5)), ""), "saves 53 % [50, 55]");
        assert_eq!(saved(1.0, None, ""), "saves 0 %");
        assert_eq!(
            saved(1.12, Some((1.08, 1.15)), ""),
            "costs 12 % [8, 15] more"
        );
        assert_eq!(
            saved(1.12, None, " of its latency"),
            "costs 12 % of its latency more"
        );
        assert_eq!(
            saved(3.04, None, " of its latency"),
            "takes 3.0 times the latency"
        );
    }

    #[test]
    fn a_mix_names_the_three_that_take_most() {
        let mix = [("a", 0.1), ("b", 0.5), ("c", 0.2), ("d", 0.15), ("e", 0.05)];
        let mix = mix.map(|(m, s)| (m.to_string(), s)).into_iter().collect();
        let words = "50 % to b, 20 % to c, 15 % to d, 15 % to 2 more";
        assert_eq!(shares(&mix), words);
    }
}
