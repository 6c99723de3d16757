//! The table for a person: models and baselines first, then the routers at the
//! last point of their curves and at the chosen one, then the metrics of whole
//! curves, then what it comes to in sentences. A column appears when a record
//! has its field.

pub mod columns;
mod fit;
pub mod layout;
pub(crate) mod pairs;
pub mod rows;

use crate::few;
use crate::output::{Config, Output};
use crate::panel::Panel;
use crate::sentences::sentences;
use crate::table::columns::{Row, CURVE_COLUMNS, POINT_COLUMNS};
use crate::table::fit::{CURVE_STEPS, POINT_STEPS};
use crate::table::layout::{lay, Section};
use crate::{text, unit};

/// `--table`.
pub const OUTPUT: Output = Output {
    name: "table",
    help: "Print a table for a person instead of records",
    render,
};

fn render(panels: &[Panel], config: &Config) -> String {
    let config = Config {
        columns: config.columns.clamp(60, 100),
        ..*config
    };
    let sheets: Vec<String> = panels.iter().map(|p| sheet(p, &config)).collect();
    sheets.join("\n\n")
}

fn sheet(panel: &Panel, config: &Config) -> String {
    let group = &panel.group;
    let best = rows::best_quality(panel);
    let (mut shown, mut more) = few::models(group);
    let mut baselines = rows::baselines(panel, best);
    if config.brief {
        (shown, more) = (Vec::new(), 0);
        baselines.retain(is_brief);
    }
    let models = rows::models(&shown, best);
    let routers = rows::routers(panel, best);
    let chosen = rows::chosen(panel, best);

    let whole = group.routers.values().filter_map(|r| r.last());
    let at = if whole.clone().all(|p| p.alpha == 1.0) {
        "Routers at alpha 1"
    } else {
        "Routers at the last alpha scored"
    };
    let rule = group.routers.values().find_map(|r| r.rule());
    let chosen_at = format!(
        "Routers at the point chosen for {}",
        text::clean(rule.unwrap_or_default())
    );
    let section = |title, rows| Section {
        title,
        rows,
        more: 0,
    };
    let sections = [
        Section {
            title: "Single models",
            rows: &models,
            more,
        },
        section("Baselines", &baselines),
        section(at, &routers),
        section(&chosen_at, &chosen),
    ];
    let labels = sections.iter().flat_map(|s| s.rows);
    let widest = labels.map(|r| text::width(&r.label)).max();
    let indent = widest.unwrap_or(0).max(18) + 2;
    let mut out = heading(panel);
    let points = (&POINT_COLUMNS[..], &POINT_STEPS[..]);
    let (table, mut missed) = lay(&sections, points, indent, config.fit);
    out.push_str(&table);
    if config.brief {
        return out + &told(&missed, config);
    }
    let whole = (&CURVE_COLUMNS[..], &CURVE_STEPS[..]);
    let (curves, more) = lay(
        &[section("Whole curves", &routers)],
        whole,
        indent,
        config.fit,
    );
    missed.extend(more);
    if !curves.is_empty() {
        let filled = CURVE_COLUMNS
            .iter()
            .filter(|c| routers.iter().any(|r| (c.cell)(r).is_some()));
        let mut notes: Vec<&str> = filled.map(|c| c.note).collect();
        notes.dedup();
        let notes = text::wrap(&notes.join(" "), config.columns, 0);
        out.push_str(&format!("\n{curves}\n{notes}"));
    }
    out.push_str(&pairs::block(group));
    out.push_str(&told(&missed, config));
    out.push('\n');
    for sentence in sentences(panel, config) {
        out.push_str(&text::wrap(&sentence, config.columns, 2));
    }
    out
}

/// What a table leaves out, and how to see it.
fn told(missed: &[&str], config: &Config) -> String {
    let mut words = Vec::new();
    if config.brief {
        let how = if config.is_unasked {
            "rb-pareto --table"
        } else {
            "without --brief"
        };
        words.push(format!(
            "models, other baselines, whole curves and what it comes to ({how})"
        ));
    }
    if let Some(room) = config.fit.filter(|_| !missed.is_empty()) {
        let missed = missed.join(", ");
        let how = if config.is_unasked {
            "rb-pareto --brief --wide"
        } else {
            "--wide shows all"
        };
        words.push(format!("for {room} columns {missed} ({how})"));
    }
    if words.is_empty() {
        return String::new();
    }
    let sentence = format!("Left out: {}.", words.join("; "));
    format!("\n{}", text::wrap(&sentence, config.columns, 2))
}

/// The baselines that a short table shows.
fn is_brief(row: &Row) -> bool {
    matches!(row.name, "best-single" | "oracle")
}

fn heading(panel: &Panel) -> String {
    let group = &panel.group;
    let queries = match (group.n(), group.label()) {
        _ if group.pooled.is_some() => {
            format!("Means over {}", group.pooled.as_deref().unwrap_or_default())
        }
        (Some(n), Some(label)) => format!("{}: {} queries", text::clean(&label), text::count(n)),
        (None, Some(label)) => text::clean(&label),
        (Some(n), None) => format!("All {} queries", text::count(n)),
        (None, None) => "All queries".into(),
    };
    let units = if panel.has_costs() {
        format!(
            "Quality in points of 100, {}.",
            unit::words(group.against()).replacen(", ", " in ", 1)
        )
    } else {
        "Quality in points of 100. No costs in the records, so no frontier.".into()
    };
    let trust = if group.figures().any(|f| f.quality_ci.is_some()) {
        "In brackets 95 % intervals, after ± half of one.\n"
    } else {
        ""
    };
    let mut summaries = group.routers.values().filter_map(|r| r.summary.as_ref());
    let how = if summaries.any(|s| s.text("estimate") == Some("off-policy")) {
        "Estimated from a log in which each query has one answer (off-policy).\n"
    } else {
        ""
    };
    format!("{queries}. {units}\n{how}{trust}\n")
}
