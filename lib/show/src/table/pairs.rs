//! All pairs of routers: the paired difference of quality of each two, the surest
//! first, for a person.

use crate::scores::{Group, Pair};
use crate::{natural, text};

/// The pairs of a group, by p after Holm, then by name.
pub(crate) fn sorted(group: &Group) -> Vec<&Pair> {
    let mut pairs: Vec<&Pair> = group.pairs.iter().collect();
    pairs.sort_by(|a, b| {
        let of = |p: &Pair| p.p_holm.unwrap_or(2.0);
        let by_name = || natural::order(&a.router, &b.router);
        let then = || natural::order(&a.versus, &b.versus);
        of(a).total_cmp(&of(b)).then_with(by_name).then_with(then)
    });
    pairs
}

/// The block, ended by a line feed; empty without pair records.
pub(crate) fn block(group: &Group) -> String {
    let pairs = sorted(group);
    if pairs.is_empty() {
        return String::new();
    }
    let row = |p: &&Pair| {
        let p_value = |p: Option<f64>| match p {
            None => text::UNKNOWN.to_string(),
            Some(p) if p < 0.001 => "< 0.001".into(),
            Some(p) => format!("{p:.3}"),
        };
        [
            format!(
                "  {} less {}",
                text::clean(&p.router),
                text::clean(&p.versus)
            ),
            p.diff.map_or(text::UNKNOWN.into(), text::signed_points),
            p.diff_ci.map_or(String::new(), text::signed_interval),
            p_value(p.p),
            p_value(p.p_holm),
            p.better.as_deref().map_or(String::new(), text::clean),
        ]
    };
    let rule = pairs
        .iter()
        .find_map(|p| p.at.as_deref())
        .unwrap_or("alpha 1");
    let title = format!("Pairs of routers at {}", text::clean(rule));
    let heading = [title.as_str(), "diff.", "", "p", "p (Holm)", "better"].map(String::from);
    let rows: Vec<[String; 6]> = std::iter::once(heading)
        .chain(pairs.iter().map(row))
        .collect();
    let width = |i: usize| rows.iter().map(|r| text::width(&r[i])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut out = String::from("\n");
    for row in &rows {
        let cell = |(i, cell): (usize, &String)| match i {
            0 | 2 | 5 => text::left(cell, widths[i]),
            _ => text::right(cell, widths[i]),
        };
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}
