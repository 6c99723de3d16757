//! The table for a person.

use rb_score::learning::curve::Curve;
use rb_score::learning::points::Family;
use rb_show::plain;
use rb_show::text::{self, UNKNOWN};

const HEADINGS: [&str; 9] = [
    "router",
    "metric",
    "group",
    "sizes",
    "seeds",
    "from … to",
    "rise",
    "Qmax",
    "n99",
];

/// All curves under one another, and why some are none.
pub(crate) fn table(curves: &[(Family, Curve)]) -> String {
    let rows: Vec<Vec<String>> = curves.iter().map(|(f, c)| row(f, c)).collect();
    let mut out = String::from(
        "Learning curves Q(n) = Qmax - a n^-b. Figures in points of 100, in brackets 95 %\nintervals. n99: the train queries that reach 99 % of Qmax; ~ beyond twice the\nlargest size.\n\n",
    );
    out += &plain::table(&HEADINGS, &rows);
    for (family, curve) in curves {
        if let Err(why) = &curve.fit {
            let group = group(family);
            let of = if group.is_empty() { "" } else { " of " };
            let said = format!(
                "{}, {}{of}{group}: no curve; {why}.",
                text::clean(&family.router),
                family.metric
            );
            out.push('\n');
            out += &text::wrap(&said, 80, 2);
        }
    }
    out
}

fn group(family: &Family) -> String {
    match family.group.as_str() {
        "{}" => String::new(),
        group => text::clean(group.trim_matches(['{', '}'])),
    }
}

fn row(family: &Family, curve: &Curve) -> Vec<String> {
    let ends = |sizes: &[String]| match sizes {
        [first, .., last] if first != last => format!("{first} … {last}"),
        [first, ..] => first.clone(),
        [] => String::new(),
    };
    let sizes: Vec<String> = family.sample.sizes.iter().map(u64::to_string).collect();
    let seeds = family.seeds.iter().min().zip(family.seeds.iter().max());
    let values = family.sample.values.iter();
    let values: Vec<String> = values.map(|v| text::points(v.value)).collect();
    let from_to = match &values[..] {
        [first, .., last] => format!("{first} … {last}"),
        all => all.concat(),
    };
    let rise = curve.rise.as_ref().map(|rise| {
        let interval = rise.interval().map(text::signed_interval);
        format!(
            "{} {}",
            text::signed_points(rise.value),
            interval.unwrap_or_default()
        )
    });
    let fit = curve.fit.as_ref().ok();
    let most = fit.map(|f| {
        let interval = f.most.map(text::interval).unwrap_or_default();
        format!("{} {interval}", text::points(f.law.most))
    });
    let n99 = fit.and_then(|f| {
        let n = text::count(f.law.n99()?);
        let beyond = if f.extrapolated == Some(true) {
            "~"
        } else {
            ""
        };
        let interval = f
            .n99
            .map(|(low, high)| format!(" [{}, {}]", text::count(low), text::count(high)));
        Some(format!("{beyond}{n}{}", interval.unwrap_or_default()))
    });
    let told = |cell: Option<String>| cell.map_or(UNKNOWN.into(), |c| c.trim_end().to_string());
    vec![
        text::clean(&family.router),
        family.metric.into(),
        group(family),
        format!("{} ({})", ends(&sizes), sizes.len()),
        seeds.map_or(String::new(), |(least, most)| {
            ends(&[least.to_string(), most.to_string()])
        }),
        from_to,
        told(rise),
        told(most),
        told(n99),
    ]
}
