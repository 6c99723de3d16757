//! Small multiples: a plane for each group in a grid, one legend for all. A router
//! looks the same everywhere and a model has the same letter. Every plane has its own
//! range, because datasets differ by more than routers do.

use crate::figure::kind::{Drawn, Subject};
use crate::figure::plane::entries::entries;
use crate::figure::plane::naming::{Keys, Named};
use crate::figure::plane::pane::{fitting, plane, titles, Pane};
use crate::figure::style::Intervals;
use crate::plot::canvas::Canvas;
use crate::plot::labels::Box;
use crate::plot::legend;
use crate::plot::marks::{heading, LEFT, RIGHT, SMALL};
use crate::plot::scene::Scene;
use rb_record::error::Result;

/// A plane is at least so wide, and wants to be so high.
const LEAST: f64 = 230.0;
const HEIGHT: f64 = 190.0;
/// Between planes: ticks of quality at the left, the name above, ticks of cost below.
const GAP: (f64, f64) = (46.0, 62.0);
/// Below the last row: the title of the axis.
const AXIS: f64 = 58.0;

/// Draws groups of which some have costs.
pub(crate) fn draw(subject: &Subject, scenes: &[Scene]) -> Result<Drawn> {
    let (style, picks) = (subject.style, &subject.picks);
    let width = style.room()?;
    let room = width - LEFT - RIGHT;
    let columns = (((room + GAP.0) / (LEAST + GAP.0)).floor() as usize).clamp(1, scenes.len());
    let rows = scenes.len().div_ceil(columns);
    let cell = (room - GAP.0 * (columns - 1) as f64) / columns as f64;

    let mut canvas = Canvas::default();
    let first = &scenes[0];
    let own = format!("Quality and {} by group", first.against.name());
    let words = "lines: hulls; marks: points of the routers; axes differ".to_string();
    let mut note = vec![words];
    if style.intervals != Intervals::None {
        note.push("bars and bands: 95 % intervals".into());
    }
    note.extend(picks.words().map(|best| format!("coloured: {best}")));
    let title = style.title(&own);
    let top = heading(&mut canvas, width, title, &note.join("; ")) + 22.0;
    let mut keys = Keys::default();
    let marks = scenes.iter().flat_map(|s| &s.marks);
    marks
        .filter(|m| m.cost.is_some())
        .for_each(|m| drop(keys.of(m)));
    let legend_of = widest(scenes);
    let shared = entries(legend_of, picks, &Named::new(), &keys);
    let legend = legend::height(&shared, width) + AXIS;
    let gaps = GAP.1 * (rows - 1) as f64;
    let wanted = HEIGHT * rows as f64;
    let planes = style.stretch(wanted, top + gaps + legend, 90.0 * rows as f64)?;
    let height = planes / rows as f64;

    for (i, (scene, panel)) in scenes.iter().zip(subject.panels).enumerate() {
        let (column, row) = ((i % columns) as f64, (i / columns) as f64);
        let area = Box {
            x: LEFT + column * (cell + GAP.0),
            y: top + row * (height + GAP.1),
            w: cell,
            h: height,
        };
        let name = panel.group.label().unwrap_or_else(|| "everything".into());
        let queries = scene.queries.iter().map(|q| format!(" ({q})"));
        let name = crate::text::clean(&name) + &queries.collect::<String>();
        let at = (area.x, area.y - 8.0);
        canvas.text(at, SMALL, "font-weight=\"bold\"", &name);
        let intervals = fitting(style.intervals, scene, picks.coloured.len());
        match plane(scene, picks, intervals) {
            Some(plane) => {
                let pane = Pane {
                    scene,
                    plane,
                    area,
                    picks,
                    intervals,
                    small: true,
                };
                pane.draw(&mut canvas, &mut keys);
            }
            None => canvas.text((area.x, area.y + 20.0), SMALL, "", "no costs"),
        }
    }
    let bottom = top + planes + gaps;
    let whole = Box {
        x: LEFT,
        y: top,
        w: room,
        h: bottom - top,
    };
    titles(&mut canvas, first, whole, 40.0);
    let below = legend::draw(&shared, &mut canvas, bottom + AXIS, width);
    Ok(Drawn {
        body: canvas.out,
        height: bottom + AXIS + below,
        title: own,
    })
}

/// The scene with the most that the legend must explain.
fn widest(scenes: &[Scene]) -> &Scene {
    let explains = |s: &&Scene| {
        let signs = usize::from(s.best.is_some()) + usize::from(s.zero.len() > 1);
        (s.curves.len(), signs + usize::from(s.frontier.len() > 1))
    };
    let mut all = scenes.iter();
    let first = all.next().expect("at least one group");
    all.fold(first, |most, s| {
        if explains(&s) > explains(&most) {
            s
        } else {
            most
        }
    })
}
