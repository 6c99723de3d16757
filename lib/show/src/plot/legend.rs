//! The legend under a panel: what the lines and marks stand for.

use crate::plot::canvas::{text_width, Canvas};
use crate::plot::marks::{draw_mark, Look, FRONTIER_STYLE, LEFT, RIGHT, SMALL, WIDTH, ZERO_STYLE};
use crate::plot::scene::{Kind, Scene};
use crate::text;

/// Draws it in as many columns as fit. Returns its height.
pub(crate) fn draw(scene: &Scene, canvas: &mut Canvas, top: f64) -> f64 {
    let mut entries: Vec<(String, Entry)> = Vec::new();
    for (i, curve) in scene.curves.iter().enumerate() {
        entries.push((curve.label(), Entry::Router(i)));
    }
    let single = match scene.more {
        0 => "single model".to_string(),
        more => format!("single model (… {} more)", text::count(more as f64)),
    };
    entries.push((single, Entry::Mark(Kind::Model)));
    if scene.best.is_some() {
        entries.push((
            "best single model, and its quality".into(),
            Entry::Mark(Kind::BestSingle),
        ));
    }
    if scene.zero.len() > 1 {
        entries.push((
            "best mixtures of single models (zero)".into(),
            Entry::Line(ZERO_STYLE),
        ));
    }
    if scene.frontier.len() > 1 {
        entries.push(("joint frontier".into(), Entry::Line(FRONTIER_STYLE)));
    }
    let widest = entries.iter().map(|(label, _)| text_width(label, SMALL));
    let column = widest.fold(0.0, f64::max) + 64.0;
    let columns = (((WIDTH - LEFT - RIGHT) / column).floor() as usize).max(1);
    let rows = entries.len().div_ceil(columns);
    for (i, (label, entry)) in entries.iter().enumerate() {
        let x = LEFT + (i / rows) as f64 * column;
        let y = top + 8.0 + (i % rows) as f64 * 19.0;
        let middle = (x + 20.0, y);
        match entry {
            Entry::Router(i) => {
                let look = Look::of(*i);
                canvas.line((x, y), (x + 40.0, y), &look.line());
                look.mark(canvas, middle);
            }
            Entry::Line(style) => canvas.line((x + 4.0, y), (x + 36.0, y), style),
            Entry::Mark(kind) => draw_mark(canvas, *kind, middle),
        }
        canvas.text((x + 48.0, y + 4.0), SMALL, "", label);
    }
    rows as f64 * 19.0 + 16.0
}

/// What a line of the legend shows.
enum Entry {
    Router(usize),
    Line(&'static str),
    Mark(Kind),
}
