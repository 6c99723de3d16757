//! A forest plot: each router's paired difference of quality with its 95 % interval
//! beside a line at zero, best first; to best-single, and in a second column to
//! `--versus`, where rb-score was asked for that.

use crate::figure::kind::{Drawn, Kind, Subject};
use crate::plot::axis::Axis;
use crate::plot::canvas::{number, text_width, Canvas, Shape};
use crate::plot::marks::{heading, LEFT, RIGHT, SMALL};
use crate::scores::{Group, Summary};
use crate::{natural, text};
use rb_record::error::{Error, Result};

/// `--plot forest`.
pub(super) const KIND: Kind = Kind {
    name: "forest",
    help: "differences of quality to best-single, and to --versus of rb-score, with intervals",
    draw,
};

/// A row is so high.
const ROW: f64 = 22.0;
/// Ticks and the title of the axis.
const AXIS: f64 = 54.0;
/// The figures at the right of a column.
const FIGURES: f64 = 132.0;

/// A comparison: its members in a summary, and the words of its axis.
struct Column {
    diff: &'static str,
    interval: &'static str,
    verdict: &'static str,
    words: String,
}

struct Row<'g> {
    name: &'g str,
    summary: &'g Summary,
}

impl Column {
    /// The difference and its interval in points of 100.
    fn values(&self, row: &Row) -> Option<(f64, (f64, f64))> {
        let (low, high) = row.summary.interval(self.interval)?;
        let diff = row.summary.number(self.diff)?;
        Some((diff * 100.0, (low * 100.0, high * 100.0)))
    }
}

/// The comparisons that the records hold.
fn columns(group: &Group, rows: &[Row]) -> Vec<Column> {
    let best = group
        .baseline("best-single")
        .and_then(|b| b.model.as_deref());
    let mut columns = vec![Column {
        diff: "diff",
        interval: "diff_ci",
        verdict: "verdict",
        words: match best {
            Some(model) => format!("less best-single {model}"),
            None => "less best-single".into(),
        },
    }];
    let versus = rows.iter().find_map(|r| r.summary.text("versus"));
    columns.extend(versus.map(|name| Column {
        diff: "diff_versus",
        interval: "diff_versus_ci",
        verdict: "verdict_versus",
        words: format!("less {name}"),
    }));
    columns.retain(|c| rows.iter().any(|r| c.values(r).is_some()));
    columns
}

fn draw(subject: &Subject) -> Result<Drawn> {
    let (style, picks) = (subject.style, &subject.picks);
    let lacking = || {
        Error::input(
            "the records hold no difference with an interval, so there is no forest to draw; rb-score writes them where the stream has train queries, --best-single names a model, or --versus a router, and --resamples is not 0",
        )
    };
    let panel = subject.panels.first().ok_or_else(lacking)?;
    let routers = panel.group.routers.iter();
    let mut rows: Vec<Row> = routers
        .filter(|(name, _)| picks.shows(name))
        .filter_map(|(name, r)| {
            let summary = r.summary.as_ref()?;
            Some(Row { name, summary })
        })
        .collect();
    let columns = columns(&panel.group, &rows);
    let first = columns.first().ok_or_else(lacking)?;
    rows.retain(|r| columns.iter().any(|c| c.values(r).is_some()));
    let diff = |r: &Row| first.values(r).map_or(f64::NEG_INFINITY, |v| v.0);
    rows.sort_by(|a, b| {
        let order = diff(b).total_cmp(&diff(a));
        order.then_with(|| natural::order(a.name, b.name))
    });

    let width = style.room()?;
    let mut canvas = Canvas::default();
    let own = "Difference of quality";
    let note = note(subject, &rows);
    let top = heading(&mut canvas, width, style.title(own), &note) + 22.0;
    let wanted = ROW * rows.len() as f64;
    let least = 13.0 * rows.len() as f64;
    let height = style.stretch(wanted, top + AXIS, least)?;
    let widest = rows.iter().map(|r| 1.08 * text_width(r.name, SMALL));
    let names = widest.fold(0.0, f64::max).min(width * 0.4) + 12.0;
    let names = LEFT.max(names + 8.0);
    let cell = (width - RIGHT - names) / columns.len() as f64;
    if cell < FIGURES + 100.0 {
        return Err(Error::usage(format!(
            "{} wide is too narrow for these names and intervals; ask for --width {:.0} or more",
            style.width,
            (names + RIGHT + columns.len() as f64 * (FIGURES + 100.0)) * style.zoom()
        )));
    }
    let step = height / rows.len() as f64;
    for (i, row) in rows.iter().enumerate() {
        let y = top + step * (i as f64 + 0.5);
        let end = "class=\"label\" text-anchor=\"end\"";
        canvas.text((names - 8.0, y + 4.0), SMALL, end, &text::clean(row.name));
    }
    for (i, column) in columns.iter().enumerate() {
        let left = names + i as f64 * cell;
        let place = (left + 4.0, left + cell - FIGURES, top, top + height);
        draw_column(&mut canvas, subject, column, &rows, place);
    }
    Ok(Drawn {
        body: canvas.out,
        height: top + height + AXIS,
        title: own.into(),
    })
}

fn note(subject: &Subject, rows: &[Row]) -> String {
    let panel = &subject.panels[0];
    let rule = rows.iter().find_map(|r| r.summary.text("verdict_at"));
    let n = match &panel.group.pooled {
        Some(seeds) => Some(format!("means over {seeds}")),
        None => panel
            .group
            .n()
            .map(|n| format!("{} queries", text::count(n))),
    };
    let at = rule.map(|rule| format!("at {rule}"));
    let best = subject.picks.words().map(|best| format!("black: {best}"));
    let words = "95 % intervals, paired; filled marks: decided (better, or not better by --worth), corrected for the number of routers";
    let words = [n, at, Some(words.into()), best];
    words.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// One comparison between `left` and `right`.
fn draw_column(
    canvas: &mut Canvas,
    subject: &Subject,
    column: &Column,
    rows: &[Row],
    (left, right, top, bottom): (f64, f64, f64, f64),
) {
    let all = rows.iter().filter_map(|r| column.values(r));
    let ends: Vec<f64> = all.flat_map(|v| [v.1 .0, v.1 .1]).chain([0.0]).collect();
    let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
    let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let axis = Axis::linear(low, high.max(low + 0.5));
    let x = |v: f64| left + axis.at(v) * (right - left);
    let line = "stroke=\"#000\" stroke-width=\"1\"";
    for (v, label) in axis.ticks((((right - left) / 56.0) as usize).max(2)) {
        let grid = "stroke=\"#e6e6e6\" stroke-width=\"1\"";
        canvas.line((x(v), top), (x(v), bottom), grid);
        canvas.line((x(v), bottom), (x(v), bottom + 5.0), line);
        let middle = "class=\"tick-x\" text-anchor=\"middle\"";
        canvas.text((x(v), bottom + 18.0), SMALL, middle, &label);
    }
    canvas.line((left, bottom), (right, bottom), line);
    canvas.line((x(0.0), top - 6.0), (x(0.0), bottom), line);
    let middle = number((left + right) / 2.0);
    canvas.raw(&format!(
        "<text x=\"{middle}\" y=\"{}\" font-size=\"13\" text-anchor=\"middle\">difference of quality, points of 100</text>",
        number(bottom + 38.0)
    ));
    let words = text::clean(&column.words);
    let bold = "font-weight=\"bold\"";
    canvas.text((left, top - 10.0), SMALL, bold, &words);
    let step = (bottom - top) / rows.len() as f64;
    for (i, row) in rows.iter().enumerate() {
        let y = top + step * (i as f64 + 0.5);
        let Some((diff, (low, high))) = column.values(row) else {
            continue;
        };
        let colour = subject.picks.look(row.name).map_or("#777", |_| "#000");
        let style = format!("stroke=\"{colour}\" stroke-width=\"1.4\"");
        canvas.bar_across((x(low), x(high)), y, &style);
        let shown = matches!(row.summary.text(column.verdict), Some("yes" | "no"));
        let fill = if shown { colour } else { "#fff" };
        let style = format!("fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.4\"");
        canvas.shape(Shape::Square, (x(diff), y), 4.0, &style);
        let figures = format!(
            "{} {}",
            text::signed_points(diff / 100.0),
            text::signed_interval((low / 100.0, high / 100.0))
        );
        canvas.text((right + 12.0, y + 4.0), SMALL, "class=\"figure\"", &figures);
    }
}
