//! The legend under a picture: what the lines and marks stand for.

use crate::plot::canvas::{text_width, Canvas};
use crate::plot::marks::{draw_mark, Look, GREY, LEFT, RIGHT, SMALL};
use crate::plot::scene::Kind;

/// What a line of the legend shows.
pub(crate) enum Sign {
    /// A router's line and mark.
    Router(Look),
    /// The routers without a look.
    Grey,
    /// A line of this style.
    Line(&'static str),
    /// A single model or a baseline.
    Mark(Kind),
    /// The key of a mark that is named here.
    Key(String, Kind),
}

/// A line of the legend.
pub(crate) struct Entry {
    pub(crate) sign: Sign,
    pub(crate) label: String,
}

impl Entry {
    pub(crate) fn new(sign: Sign, label: impl Into<String>) -> Entry {
        Entry {
            sign,
            label: label.into(),
        }
    }
}

const ROW: f64 = 19.0;
/// Between a sign's left edge and its label.
const SIGN: f64 = 48.0;

/// Rows, and the width of a column.
fn shape(entries: &[Entry], width: f64) -> (usize, f64) {
    let room = width - LEFT - RIGHT;
    let widest = entries.iter().map(|e| text_width(&e.label, SMALL));
    let column = (widest.fold(0.0, f64::max) + SIGN + 16.0).min(room);
    let columns = ((room / column).floor() as usize).max(1);
    (entries.len().div_ceil(columns), column)
}

/// Names, then what signs mean, which are longer.
fn blocks(entries: &[Entry]) -> [&[Entry]; 2] {
    let is_name = |e: &Entry| matches!(e.sign, Sign::Router(_) | Sign::Grey | Sign::Key(..));
    let (names, signs) = entries.split_at(entries.partition_point(is_name));
    [names, signs]
}

/// How high it will be.
pub(crate) fn height(entries: &[Entry], width: f64) -> f64 {
    let rows = blocks(entries).map(|block| shape(block, width).0);
    (rows[0] + rows[1]) as f64 * ROW + 16.0
}

/// Draws it in as many columns as fit, names before signs. Returns its height.
pub(crate) fn draw(entries: &[Entry], canvas: &mut Canvas, top: f64, width: f64) -> f64 {
    let mut y = top;
    for block in blocks(entries) {
        let (rows, column) = shape(block, width);
        draw_block(block, canvas, y, (rows, column));
        y += rows as f64 * ROW;
    }
    y - top + 16.0
}

fn draw_block(entries: &[Entry], canvas: &mut Canvas, top: f64, (rows, column): (usize, f64)) {
    for (i, entry) in entries.iter().enumerate() {
        let x = LEFT + (i / rows) as f64 * column;
        let y = top + 8.0 + (i % rows) as f64 * ROW;
        let middle = (x + 20.0, y);
        match &entry.sign {
            Sign::Router(look) => {
                canvas.line((x, y), (x + 40.0, y), &look.line());
                look.mark(canvas, middle);
            }
            Sign::Grey => {
                let style = format!("stroke=\"{GREY}\" stroke-width=\"1.2\"");
                canvas.line((x, y), (x + 40.0, y), &style);
            }
            Sign::Line(style) => canvas.line((x + 4.0, y), (x + 36.0, y), style),
            Sign::Mark(kind) => draw_mark(canvas, *kind, middle),
            Sign::Key(key, kind) => {
                draw_mark(canvas, *kind, (x + 10.0, y));
                canvas.text((x + 22.0, y + 4.0), SMALL, "font-weight=\"bold\"", key);
            }
        }
        canvas.text((x + SIGN, y + 4.0), SMALL, "", &entry.label);
    }
}
