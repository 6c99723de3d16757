//! The table for a person: models and baselines first, then the routers at the
//! last point of their curves, then the metrics of whole curves, then what it
//! comes to in sentences. A column appears when a record has its field.

use crate::pareto::Standing;
use crate::plot::text::{self, UNKNOWN};
use crate::plot::{unit, verdict, Output, Panel};
use crate::scores::{Figures, Summary};
use rb_record::record::resource::Resource;

pub const OUTPUT: Output = Output {
    name: "table",
    help: "Print a table for a person instead of records",
    render,
};

/// What a row knows. `against_best`: quality less the best single model's.
struct Row<'a> {
    label: String,
    figures: &'a Figures,
    summary: Option<&'a Summary>,
    standing: Option<&'a Standing>,
    against_best: Option<f64>,
}

impl<'a> Row<'a> {
    /// What answers only some queries is not compared with what answers all.
    fn of(label: &str, figures: &'a Figures, best: Option<f64>) -> Row<'a> {
        let quality = figures
            .quality
            .filter(|_| figures.unrouted.is_none_or(|v| v == 0.0));
        Row {
            label: text::clean(label),
            figures,
            summary: None,
            standing: None,
            against_best: quality.zip(best).map(|(q, b)| q - b),
        }
    }
    /// The amount of what quality is traded against, where that is `resource`.
    fn spent(&self, resource: Resource) -> Option<String> {
        let spent = self
            .figures
            .cost
            .filter(|_| self.figures.against == resource)?;
        let half = self.figures.cost_ci.filter(|_| spent > 0.0);
        let half = half.map(|(low, high)| (high - low) / 2.0 / spent);
        let half = half.map(|h| format!("±{}", text::percent(h)));
        Some(with(text::amount(spent * unit::times(resource)), half))
    }
    fn metric(&self, name: &str) -> Option<f64> {
        self.summary?.numbers.get(name).copied()
    }
    fn interval(&self, name: &str) -> Option<(f64, f64)> {
        self.summary?.intervals.get(name).copied()
    }
    /// A figure picked at the best point of the queries it is reported on: not
    /// shown where there is one that was chosen on others.
    fn peak(&self, name: &str) -> Option<f64> {
        let chosen = self.summary?.texts.contains_key("verdict_at");
        self.metric(name).filter(|_| !chosen)
    }
    /// The summary, where its verdict is about the point of this row.
    fn judged(&self) -> Option<&'a Summary> {
        self.summary.filter(|s| s.is_at_one())
    }
}

/// Two lines of heading and how a row fills the column.
struct Column {
    heading: [&'static str; 2],
    cell: fn(&Row) -> Option<String>,
    /// Counts of what went wrong: an empty cell means none.
    counts: bool,
    /// What to say under the table about this column, once.
    note: &'static str,
}

const POINT_COLUMNS: [Column; 9] = [
    Column {
        heading: ["", "quality"],
        cell: |r| {
            let quality = r.figures.quality.map(text::points)?;
            Some(with(quality, r.figures.quality_ci.map(text::interval)))
        },
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "macro"],
        cell: |r| r.figures.quality_macro.map(text::points),
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "cost"],
        cell: |r| r.spent(Resource::Cost),
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "latency"],
        cell: |r| r.spent(Resource::Latency),
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "tokens"],
        cell: |r| r.spent(Resource::Tokens),
        counts: false,
        note: "",
    },
    Column {
        heading: ["against", "best-single"],
        cell: |r| {
            let difference = r.against_best.map(text::signed_points)?;
            let interval = (r.judged()).and_then(|s| s.intervals.get("diff_ci").copied());
            Some(with(difference, interval.map(text::signed_interval)))
        },
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "verdict"],
        cell: |r| r.judged()?.texts.get("verdict").map(|v| text::clean(v)),
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "missing"],
        cell: |r| r.figures.missing.filter(|v| *v > 0.0).map(text::count),
        counts: true,
        note: "",
    },
    Column {
        heading: ["", "unrouted"],
        cell: |r| r.figures.unrouted.filter(|v| *v > 0.0).map(text::count),
        counts: true,
        note: "",
    },
];

const CURVE_COLUMNS: [Column; 9] = [
    Column {
        heading: ["", "AIQ"],
        cell: |r| {
            let aiq = r.metric("aiq").map(text::points)?;
            Some(with(aiq, r.interval("aiq_ci").map(text::interval)))
        },
        counts: false,
        note: AIQ,
    },
    Column {
        heading: ["", "PerfGain"],
        cell: |r| r.metric("perfgain").map(text::signed_percent),
        counts: false,
        note: CHOSEN,
    },
    Column {
        heading: ["", "CostSave"],
        cell: |r| r.metric("costsave").map(text::percent),
        counts: false,
        note: CHOSEN,
    },
    Column {
        heading: ["at quality", "diff."],
        cell: |r| {
            r.interval("costsave_quality_diff_ci")
                .map(text::signed_interval)
        },
        counts: false,
        note: CHOSEN,
    },
    Column {
        heading: ["PerfGain", "(peak)"],
        cell: |r| r.peak("perfgain_peak").map(text::signed_percent),
        counts: false,
        note: PEAKS,
    },
    Column {
        heading: ["CostSave", "(peak)"],
        cell: |r| r.peak("costsave_peak").map(text::percent),
        counts: false,
        note: PEAKS,
    },
    Column {
        heading: ["CostSave", "(hull)"],
        cell: |r| r.peak("costsave_hull").map(text::percent),
        counts: false,
        note: PEAKS,
    },
    Column {
        heading: ["Pareto", "Dist"],
        cell: |r| r.standing.map(|s| text::distance(s.dist)),
        counts: false,
        note: PARETO,
    },
    Column {
        heading: ["Pareto", "Share"],
        cell: |r| r.standing.map(|s| text::percent(s.share)),
        counts: false,
        note: PARETO,
    },
];

/// A figure and how far it may be trusted.
fn with(figure: String, interval: Option<String>) -> String {
    interval.map_or(figure.clone(), |interval| format!("{figure} {interval}"))
}

fn render(panels: &[Panel], columns: usize) -> String {
    let sheets: Vec<String> = panels
        .iter()
        .map(|p| sheet(p, columns.clamp(60, 100)))
        .collect();
    sheets.join("\n\n")
}

fn sheet(panel: &Panel, width: usize) -> String {
    let group = &panel.group;
    let best = group
        .baseline("best-single")
        .and_then(|b| b.figures.quality);
    let mut models: Vec<Row> = group
        .models()
        .map(|(name, figures)| Row::of(name, figures, best))
        .collect();
    by_quality(&mut models);
    let baselines: Vec<Row> = BASELINES
        .iter()
        .flat_map(|name| group.baselines.iter().filter(move |b| b.name == *name))
        .map(|b| {
            let of = b.model.as_ref().or(b.reference.as_ref());
            let of = of.map_or(String::new(), |of| format!(" ({of})"));
            Row::of(&format!("{}{of}", b.name), &b.figures, best)
        })
        .collect();
    let mut routers: Vec<Row> = group
        .routers
        .iter()
        .filter_map(|(name, router)| {
            let label = match router.is_oracle() {
                true => format!("{name} (knows the answers)"),
                false => name.clone(),
            };
            Some(Row {
                summary: router.summary.as_ref(),
                standing: panel.joint.routers.get(name),
                against_best: best.and_then(|best| router.against(best)),
                ..Row::of(&label, &router.last()?.figures, best)
            })
        })
        .collect();
    by_quality(&mut routers);

    let whole = group.routers.values().filter_map(|r| r.last());
    let at = match whole.clone().all(|p| p.alpha == 1.0) {
        true => "Routers at alpha 1",
        false => "Routers at the last alpha scored",
    };
    let mut out = heading(panel);
    let sections = [
        ("Single models", models.as_slice()),
        ("Baselines", &baselines),
        (at, &routers),
    ];
    let indent = sections
        .iter()
        .flat_map(|(_, rows)| *rows)
        .map(|r| text::width(&r.label));
    let indent = indent.max().unwrap_or(0).max(18) + 2;
    out.push_str(&lay(&sections, &POINT_COLUMNS, indent));
    let curves = lay(
        &[("Whole curves", routers.as_slice())],
        &CURVE_COLUMNS,
        indent,
    );
    if !curves.is_empty() {
        out.push('\n');
        out.push_str(&curves);
        out.push('\n');
        let filled = CURVE_COLUMNS
            .iter()
            .filter(|c| routers.iter().any(|r| (c.cell)(r).is_some()));
        let mut notes: Vec<&str> = filled.map(|c| c.note).collect();
        notes.dedup();
        out.push_str(&text::wrap(&notes.join(" "), width, 0));
    }
    out.push('\n');
    for sentence in verdict::sentences(panel) {
        out.push_str(&text::wrap(&sentence, width, 2));
    }
    out
}

/// In the order of the table; shuffles and curves are left out.
const BASELINES: [&str; 7] = [
    "best-single",
    "best-single-on-test",
    "random",
    "dataset-expert",
    "dataset-oracle",
    "oracle",
    "reference",
];

const AIQ: &str = "AIQ: mean quality over the range of cost.";
const CHOSEN: &str = "PerfGain and CostSave: at points chosen on val, or each half of the queries at what the other half chose; CostSave with the 95 % interval of its quality less best-single's.";
const PEAKS: &str =
    "Peaks and hulls are picked on the queries they are reported on, so they flatter.";
const PARETO: &str = "ParetoDist: mean distance from the joint frontier of routers and single models; ParetoShare: share of a router's points on it.";

fn heading(panel: &Panel) -> String {
    let group = &panel.group;
    let queries = match (group.n(), group.label()) {
        (Some(n), Some(label)) => format!("{}: {} queries", text::clean(&label), text::count(n)),
        (None, Some(label)) => text::clean(&label),
        (Some(n), None) => format!("All {} queries", text::count(n)),
        (None, None) => "All queries".into(),
    };
    let units = match panel.has_costs() {
        true => format!(
            "Quality in points of 100, {}.",
            unit::words(group.against()).replacen(", ", " in ", 1)
        ),
        false => "Quality in points of 100. No costs in the records, so no frontier.".into(),
    };
    let trust = match group.figures().any(|f| f.quality_ci.is_some()) {
        true => "In brackets 95 % intervals, after ± half of one.\n",
        false => "",
    };
    format!("{queries}. {units}\n{trust}\n")
}

fn by_quality(rows: &mut [Row]) {
    let quality = |r: &Row| r.figures.quality.unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|a, b| quality(b).total_cmp(&quality(a)));
}

/// A column's cells, the decimal points under one another.
struct Filled {
    heading: [&'static str; 2],
    cells: Vec<Option<String>>,
    /// Columns before the decimal point, and from it on.
    whole: usize,
    rest: usize,
    counts: bool,
}

impl Filled {
    fn new(column: &Column, rows: &[&Row]) -> Option<Filled> {
        let cells: Vec<Option<String>> = rows.iter().map(|r| (column.cell)(r)).collect();
        let parts = || {
            cells
                .iter()
                .flatten()
                .map(|c| c.split_at(c.find('.').unwrap_or(c.len())))
        };
        let whole = parts().map(|p| text::width(p.0)).max()?;
        let rest = parts().map(|p| text::width(p.1)).max()?;
        Some(Filled {
            heading: column.heading,
            cells,
            whole,
            rest,
            counts: column.counts,
        })
    }

    fn width(&self) -> usize {
        let heading = self.heading.iter().map(|h| text::width(h)).max();
        heading.unwrap_or(0).max(self.whole + self.rest)
    }

    /// A gap is marked where other rows of the section fill the column;
    /// elsewhere a blank says that the column is not for them.
    fn cell(&self, row: usize, section: std::ops::Range<usize>) -> String {
        let cell = match &self.cells[row] {
            Some(cell) => cell.as_str(),
            None if self.counts => "",
            None if self.cells[section].iter().any(Option::is_some) => UNKNOWN,
            None => "",
        };
        let (whole, rest) = cell.split_at(cell.find('.').unwrap_or(cell.len()));
        let cell = text::right(whole, self.whole) + &text::left(rest, self.rest);
        text::right(&cell, self.width())
    }
}

/// The sections under common headings. No column filled: nothing at all.
fn lay(sections: &[(&str, &[Row])], columns: &[Column], indent: usize) -> String {
    let rows: Vec<&Row> = sections.iter().flat_map(|(_, rows)| *rows).collect();
    let filled: Vec<Filled> = columns
        .iter()
        .filter_map(|c| Filled::new(c, &rows))
        .collect();
    if filled.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    let mut line = |start: &str, cells: &dyn Fn(&Filled) -> String| {
        let mut text = text::left(start, indent + 2);
        for column in &filled {
            text.push_str("  ");
            text.push_str(&cells(column));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    for i in 0..2 {
        if i > 0 || filled.iter().any(|f| !f.heading[i].is_empty()) {
            let start = if sections.len() == 1 && i == 1 {
                sections[0].0
            } else {
                ""
            };
            line(start, &|f| text::right(f.heading[i], f.width()));
        }
    }
    let mut at = 0;
    for (title, rows) in sections {
        if sections.len() > 1 && !rows.is_empty() {
            line(title, &|_| String::new());
        }
        let section = at..at + rows.len();
        for row in *rows {
            line(&format!("  {}", row.label), &|f| {
                f.cell(at, section.clone())
            });
            at += 1;
        }
    }
    out
}
