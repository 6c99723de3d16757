//! The picture where no cost is known: quality alone, one row a model,
//! baseline or router (at the last point of its curve), best first, with
//! intervals where there are some.

use crate::plot::canvas::{number, text_width, Canvas, Shape};
use crate::plot::marks::{draw_mark, SMALL};
use crate::plot::scene::{Kind, Scene};
use crate::text;

/// A row: its name, quality, interval, and the mark's kind (none: a router).
pub struct Row {
    /// Its name.
    pub label: String,
    /// In points of 100.
    pub quality: f64,
    /// The 95 % interval of `quality`.
    pub interval: Option<(f64, f64)>,
    /// None: a router.
    pub kind: Option<Kind>,
}

/// All rows, best first.
pub fn rows(scene: &Scene) -> Vec<Row> {
    let marks = scene.marks.iter().map(|m| Row {
        label: m.label.clone(),
        quality: m.quality,
        interval: m.interval,
        kind: Some(m.kind),
    });
    let routers = scene.curves.iter().filter_map(|c| {
        let (quality, interval) = c.last?;
        Some(Row {
            label: c.label(),
            quality,
            interval,
            kind: None,
        })
    });
    let mut rows: Vec<Row> = marks.chain(routers).collect();
    rows.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    rows
}

/// The height of a row.
pub(crate) const ROW: f64 = 22.0;

/// Draws these rows below `top` over `width`; returns where they end.
pub(crate) fn draw(
    scene: &Scene,
    rows: &[Row],
    canvas: &mut Canvas,
    (top, width): (f64, f64),
) -> f64 {
    let axis = scene.quality_axis();
    let widest = rows
        .iter()
        .map(|r| text_width(&r.label, 13.0))
        .fold(0.0, f64::max);
    let (left, right) = (widest.min(width / 2.0) + 40.0, width - 70.0);
    let bottom = top + ROW * rows.len() as f64 + 6.0;
    let x = |v: f64| left + axis.at(v) * (right - left);
    for (v, label) in axis.ticks(9) {
        let grid = "stroke=\"#e6e6e6\" stroke-width=\"1\"";
        canvas.line((x(v), top), (x(v), bottom), grid);
        canvas.text(
            (x(v), bottom + 18.0),
            SMALL,
            "text-anchor=\"middle\"",
            &label,
        );
    }
    if let Some(best) = scene.best {
        let style = "stroke=\"#666\" stroke-width=\"1\" stroke-dasharray=\"6 6\"";
        canvas.line((x(best), top), (x(best), bottom), style);
    }
    for (i, row) in rows.iter().enumerate() {
        let y = top + ROW * (i as f64 + 0.5) + 3.0;
        let weight = match row.kind {
            None => "font-weight=\"bold\" text-anchor=\"end\"",
            Some(_) => "text-anchor=\"end\"",
        };
        canvas.text((left - 14.0, y + 4.0), 13.0, weight, &row.label);
        if let Some((low, high)) = row.interval {
            canvas.line(
                (x(low), y),
                (x(high), y),
                "stroke=\"#000\" stroke-width=\"1.2\"",
            );
            for end in [low, high] {
                canvas.line(
                    (x(end), y - 4.0),
                    (x(end), y + 4.0),
                    "stroke=\"#000\" stroke-width=\"1.2\"",
                );
            }
        }
        match row.kind {
            Some(kind) => draw_mark(canvas, kind, (x(row.quality), y)),
            None => {
                let style = "fill=\"#0072b2\" stroke=\"#0072b2\" stroke-width=\"1.5\"";
                canvas.shape(Shape::Square, (x(row.quality), y), 5.0, style);
            }
        }
        let value = text::points(row.quality / 100.0);
        canvas.text((right + 14.0, y + 4.0), SMALL, "", &value);
    }
    let line = "stroke=\"#000\" stroke-width=\"1\"";
    canvas.line((left, bottom), (right, bottom), line);
    let middle = number((left + right) / 2.0);
    canvas.raw(&format!(
        "<text x=\"{middle}\" y=\"{}\" font-size=\"13\" text-anchor=\"middle\">quality, mean score in points of 100 (routers, in bold: at the last point of the curve)</text>",
        number(bottom + 40.0)
    ));
    bottom + 58.0
}
