//! Where a router sends the queries: the share of the kept answers of each model,
//! stacked, against alpha. A plane a router; models from the cheapest at the bottom,
//! light, to the dearest, dark, so that black and white tells them apart.

use crate::figure::ground::{titles, Ground};
use crate::figure::kind::{Drawn, Kind, Subject};
use crate::plot::axis::Axis;
use crate::plot::canvas::{text_width, Canvas};
use crate::plot::labels::Box;
use crate::plot::marks::{heading, LEFT, RIGHT, SMALL};
use crate::scores::{Group, Operating, Router};
use crate::{natural, text};
use rb_record::error::{Error, Result};
use std::collections::BTreeMap;

/// `--plot mix`.
pub(super) const KIND: Kind = Kind {
    name: "mix",
    help: "share of queries by model against alpha, stacked, a plane a router",
    draw,
};

/// A plane is at least so wide, and wants to be so high.
const LEAST: f64 = 220.0;
const HEIGHT: f64 = 170.0;
const GAP: (f64, f64) = (46.0, 58.0);
const AXIS: f64 = 58.0;
/// More models than these have no shades that a reader tells apart.
const MODELS: usize = 10;
/// More routers than these would be read by nobody.
const ROUTERS: usize = 24;
const OTHERS: &str = "other models";
/// Light to dark.
const SHADES: [[f64; 3]; 5] = [
    [253.0, 236.0, 178.0],
    [243.0, 178.0, 102.0],
    [214.0, 104.0, 110.0],
    [132.0, 62.0, 140.0],
    [38.0, 30.0, 84.0],
];

fn draw(subject: &Subject) -> Result<Drawn> {
    let (style, picks) = (subject.style, &subject.picks);
    let group = &subject.panels.first().ok_or_else(lacking)?.group;
    let routers: Vec<(&String, &Router)> = picks
        .coloured
        .iter()
        .filter_map(|name| Some((name, group.routers.get(name)?)))
        .filter(|(_, r)| r.points.len() > 1 && r.points.iter().any(|p| !p.figures.mix.is_empty()))
        .collect();
    if routers.is_empty() {
        return Err(lacking());
    }
    if routers.len() > ROUTERS {
        return Err(Error::usage(format!(
            "{} routers are too many planes for one picture; choose with --top {ROUTERS} or --only",
            routers.len()
        )));
    }
    let models = models(group, &routers);
    let width = style.room()?;
    let room = width - LEFT - RIGHT;
    let fits = ((room + GAP.0) / (LEAST + GAP.0)).floor() as usize;
    let columns = fits.clamp(1, routers.len());
    let rows = routers.len().div_ceil(columns);
    let cell = (room - GAP.0 * (columns - 1) as f64) / columns as f64;
    let mut canvas = Canvas::default();
    let own = "Where queries go";
    let note = ["models from cheap (light, below) to dear (dark, above)".to_string()];
    let note: Vec<String> = note.into_iter().chain(picks.words()).collect();
    let top = heading(&mut canvas, width, style.title(own), &note.join("; ")) + 20.0;
    let gaps = GAP.1 * (rows - 1) as f64;
    let legend = legend_height(&models, width) + AXIS;
    let wanted = HEIGHT * if rows == 1 { 1.6 } else { rows as f64 };
    let planes = style.stretch(wanted, top + gaps + legend, 80.0 * rows as f64)?;
    let height = planes / rows as f64;
    for (i, (name, router)) in routers.iter().enumerate() {
        let area = Box {
            x: LEFT + (i % columns) as f64 * (cell + GAP.0),
            y: top + (i / columns) as f64 * (height + GAP.1),
            w: cell,
            h: height,
        };
        let bold = "class=\"label\" font-weight=\"bold\"";
        canvas.text((area.x, area.y - 8.0), SMALL, bold, &text::clean(name));
        plane(&mut canvas, area, router, &models);
    }
    let whole = Box {
        x: LEFT,
        y: top,
        w: room,
        h: planes + gaps,
    };
    let x = "alpha (0: cheapest, 1: best)";
    titles(&mut canvas, whole, x, "queries, %");
    let below = top + planes + gaps + AXIS;
    draw_legend(&mut canvas, &models, below, width);
    Ok(Drawn {
        body: canvas.out,
        height: top + planes + gaps + legend,
        title: own.into(),
    })
}

fn lacking() -> Error {
    Error::input(
        "no router has points with a mix of models, so there is nothing to draw; pass on the point records of rb-score (rb-score --seeds writes none)",
    )
}

/// The models that get a shade, cheapest first, those of unknown cost last; of more
/// than [`MODELS`] the least used are one.
fn models(group: &Group, routers: &[(&String, &Router)]) -> Vec<String> {
    let mut most: BTreeMap<&str, f64> = BTreeMap::new();
    for point in routers.iter().flat_map(|(_, r)| &r.points) {
        for (model, share) in &point.figures.mix {
            let known = most.entry(model).or_default();
            *known = known.max(*share);
        }
    }
    let costs: BTreeMap<&str, Option<f64>> = group.models().map(|(m, f)| (m, f.cost)).collect();
    let mut names: Vec<&str> = most.keys().copied().collect();
    names.sort_by(|a, b| most[b].total_cmp(&most[a]).then(natural::order(a, b)));
    let all = names.len();
    names.truncate(if all > MODELS { MODELS - 1 } else { MODELS });
    let cost = |m: &str| costs.get(m).copied().flatten().unwrap_or(f64::INFINITY);
    names.sort_by(|a, b| cost(a).total_cmp(&cost(b)).then(natural::order(a, b)));
    let others = (all > names.len()).then(|| OTHERS.to_string());
    let names = names.into_iter().map(String::from);
    names.chain(others).collect()
}

/// The shade of the `i`-th of `n` models, and that of text on it.
fn shade(i: usize, n: usize) -> (String, &'static str) {
    let at = i as f64 / (n.max(2) - 1) as f64;
    let step = at * (SHADES.len() - 1) as f64;
    let from = (step as usize).min(SHADES.len() - 2);
    let t = step - from as f64;
    let mix = |c: usize| SHADES[from][c] + t * (SHADES[from + 1][c] - SHADES[from][c]);
    let [r, g, b] = [0, 1, 2].map(|c| mix(c).round() as u8);
    let ink = if at > 0.5 { "#fff" } else { "#000" };
    (format!("#{r:02x}{g:02x}{b:02x}"), ink)
}

/// A key for the legend and for areas: `1` is the cheapest.
fn key(i: usize) -> String {
    (i + 1).to_string()
}

/// The stacked shares of one router. A share holds from its alpha up to the next.
fn plane(canvas: &mut Canvas, area: Box, router: &Router, models: &[String]) {
    let ground = Ground {
        area,
        x: Axis::Linear {
            low: 0.0,
            high: 1.0,
        },
        y: Axis::Linear {
            low: 0.0,
            high: 100.0,
        },
    };
    let points: Vec<_> = router.points.iter().collect();
    let share = |i: usize, model: usize| {
        let mix = &points[i].figures.mix;
        let all: f64 = mix.values().sum();
        let own = match models[model].as_str() {
            OTHERS => {
                let known = |m: &String| models.contains(m);
                mix.iter().filter(|(m, _)| !known(m)).map(|(_, s)| s).sum()
            }
            name => mix.get(name).copied().unwrap_or(0.0),
        };
        if all > 0.0 {
            100.0 * own / all
        } else {
            0.0
        }
    };
    let mut below = vec![0.0; points.len()];
    let mut keys = Vec::new();
    for model in 0..models.len() {
        let own: Vec<f64> = (0..points.len()).map(|i| share(i, model)).collect();
        let above: Vec<f64> = below.iter().zip(&own).map(|(b, s)| b + s).collect();
        let end = |i: usize| points.get(i + 1).map_or(1.0, |p| p.alpha);
        let stairs = |edge: &[f64]| -> Vec<(f64, f64)> {
            let step = |i: usize| [(points[i].alpha, edge[i]), (end(i), edge[i])];
            (0..points.len()).flat_map(step).collect()
        };
        let upper = stairs(&above);
        let lower = stairs(&below).into_iter().rev();
        let corners: Vec<(f64, f64)> = upper
            .into_iter()
            .chain(lower)
            .map(|(a, s)| ground.at(a, s))
            .collect();
        let (colour, ink) = shade(model, models.len());
        let style = format!("fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"0.7\"");
        canvas.polygon(&corners, &style);
        keys.extend(
            roomiest(&points, (&below, &above), area).map(|(alpha, at)| (model, ink, alpha, at)),
        );
        below = above;
    }
    let fine = |list: &[&str]| -> Vec<(f64, String)> {
        let value = |t: &&str| Some((t.parse().ok()?, t.to_string()));
        list.iter().filter_map(value).collect()
    };
    let xs = fine(&["0", "0.25", "0.5", "0.75", "1"]);
    ground.draw(canvas, &xs, &fine(&["0", "50", "100"]));
    for (model, ink, alpha, middle) in keys {
        let (x, y) = ground.at(alpha, middle);
        let style = format!("text-anchor=\"middle\" fill=\"{ink}\"");
        canvas.text((x, y + 4.0), SMALL, &style, &key(model));
    }
}

/// Where a key of a model has most room between its edges `below` and `above`, if it
/// has any: an alpha and a height in percent.
fn roomiest(
    points: &[&Operating],
    (below, above): (&[f64], &[f64]),
    area: Box,
) -> Option<(f64, f64)> {
    const HALF: f64 = 9.0;
    let reach = HALF / area.w;
    let room = |i: usize| {
        let alpha = points[i].alpha;
        let near = (0..points.len()).filter(|j| (points[*j].alpha - alpha).abs() <= reach);
        let (low, high) = near.fold((0.0, 100.0), |(low, high): (f64, f64), j| {
            (low.max(below[j]), high.min(above[j]))
        });
        (high - low, alpha, (low + high) / 2.0)
    };
    let inner = (0..points.len()).filter(|i| {
        let alpha = points[*i].alpha;
        alpha >= reach && alpha <= 1.0 - reach
    });
    let (most, alpha, at) = inner.map(room).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (most / 100.0 * area.h >= 14.0).then_some((alpha, at))
}

/// Rows and columns of the legend, and the width of one.
fn shape(models: &[String], width: f64) -> (usize, f64) {
    let widest = models.iter().map(|m| text_width(m, SMALL));
    let column = widest.fold(0.0, f64::max) + 60.0;
    let columns = (((width - LEFT - RIGHT) / column).floor() as usize).max(1);
    (models.len().div_ceil(columns), column)
}

fn legend_height(models: &[String], width: f64) -> f64 {
    shape(models, width).0 as f64 * 19.0 + 16.0
}

fn draw_legend(canvas: &mut Canvas, models: &[String], top: f64, width: f64) {
    let (rows, column) = shape(models, width);
    for (i, model) in models.iter().enumerate() {
        let (x, y) = (
            LEFT + (i / rows) as f64 * column,
            top + 8.0 + (i % rows) as f64 * 19.0,
        );
        let (colour, ink) = shade(i, models.len());
        let corners = [
            (x, y - 7.0),
            (x + 24.0, y - 7.0),
            (x + 24.0, y + 7.0),
            (x, y + 7.0),
        ];
        let style = format!("fill=\"{colour}\" stroke=\"#000\" stroke-width=\"0.6\"");
        canvas.polygon(&corners, &style);
        let middle = format!("text-anchor=\"middle\" fill=\"{ink}\"");
        canvas.text((x + 12.0, y + 4.0), SMALL, &middle, &key(i));
        canvas.text((x + 32.0, y + 4.0), SMALL, "", &text::clean(model));
    }
}
