//! Learning curves: the quality of routers fitted on several sizes of train, named
//! NAME@N, against N (logarithmic), with 95 % intervals. What it comes to, and what
//! more queries would give, is rb-curve's to say.

use crate::figure::ground::{titles, Ground};
use crate::figure::kind::{Drawn, Kind, Subject};
use crate::natural;
use crate::plot::axis::Axis;
use crate::plot::canvas::Canvas;
use crate::plot::labels::Box;
use crate::plot::legend::{self, Entry, Sign};
use crate::plot::marks::{heading, Look, LEFT, RIGHT};
use crate::scores::Group;
use crate::text;
use rb_record::error::{Error, Result};

/// `--plot curve`.
pub(super) const KIND: Kind = Kind {
    name: "curve",
    help: "learning curves of routers NAME@N: quality against train queries, with intervals",
    draw,
};

const HEIGHT: f64 = 360.0;
const BEST: &str = "stroke=\"#666\" stroke-width=\"1\" stroke-dasharray=\"6 6\"";
const AXIS: f64 = 62.0;

/// A size, its quality in points of 100, the interval.
type Step = (f64, f64, Option<(f64, f64)>);

/// A curve: the NAME of NAME@N, and its sizes, smallest first.
struct Learnt {
    name: String,
    steps: Vec<Step>,
}

/// NAME and N of `NAME@N`.
fn parts(router: &str) -> Option<(&str, f64)> {
    let (name, size) = router.rsplit_once('@')?;
    let size: u32 = size.parse().ok().filter(|n| *n > 0)?;
    (!name.is_empty()).then_some((name, f64::from(size)))
}

/// The curves of at least two sizes, in natural order.
fn learnt(group: &Group, subject: &Subject) -> Vec<Learnt> {
    let mut routers: Vec<&String> = group.routers.keys().collect();
    routers.retain(|name| subject.picks.shows(name));
    routers.sort_by(|a, b| natural::order(a, b));
    let mut all: Vec<Learnt> = Vec::new();
    for router in routers {
        let Some((name, size)) = parts(router) else {
            continue;
        };
        let last = group.routers[router].last().map(|p| &p.figures);
        let Some(quality) = last.and_then(|f| f.quality) else {
            continue;
        };
        let interval = last.and_then(|f| f.quality_ci);
        let points = |(low, high): (f64, f64)| (low * 100.0, high * 100.0);
        let step = (size, quality * 100.0, interval.map(points));
        match all.iter_mut().find(|l| l.name == name) {
            Some(curve) => curve.steps.push(step),
            None => all.push(Learnt {
                name: name.into(),
                steps: vec![step],
            }),
        }
    }
    all.retain(|l| l.steps.len() >= 2);
    for curve in &mut all {
        curve.steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    all
}

fn draw(subject: &Subject) -> Result<Drawn> {
    let lacking = || {
        Error::input(
            "no router NAME@N stands at two sizes of train or more, so there is no learning curve; fit each size under such a name (rb-split --resplit --train-limit 200 … | rb-fit kmeans --name kmeans@200), or let make learning-curve do it",
        )
    };
    let group = &subject.panels.first().ok_or_else(lacking)?.group;
    let curves = learnt(group, subject);
    if curves.is_empty() {
        return Err(lacking());
    }
    if curves.len() > Look::DIFFERENT {
        return Err(Error::usage(
            "these are more curves than there are marks; choose with --only",
        ));
    }
    let best = group
        .baseline("best-single")
        .and_then(|b| b.figures.quality)
        .map(|q| q * 100.0);
    let style = subject.style;
    let width = style.room()?;
    let mut canvas = Canvas::default();
    let own = "Learning curves";
    let n = group
        .n()
        .map(|n| format!("{} test queries", text::count(n)));
    let words = ["routers at alpha 1", "bars: 95 % intervals"].map(String::from);
    let note: Vec<String> = n.into_iter().chain(words).collect();
    let top = heading(&mut canvas, width, style.title(own), &note.join("; "));
    let entries = entries(&curves, best.is_some());
    let legend = AXIS + 4.0 + legend::height(&entries, width);
    let height = style.stretch(HEIGHT, top + legend, 120.0)?;
    let area = Box {
        x: LEFT,
        y: top,
        w: width - LEFT - RIGHT,
        h: height,
    };
    let ground = ground(area, &curves, best);
    ground.draw_fitting(&mut canvas);
    titles(
        &mut canvas,
        area,
        "train queries (logarithmic)",
        "quality, points of 100",
    );
    if let Some(best) = best {
        let y = ground.at(1.0, best).1;
        canvas.line((area.x, y), (area.x + area.w, y), BEST);
    }
    for (i, curve) in curves.iter().enumerate() {
        draw_curve(&mut canvas, &ground, (i, curves.len()), curve);
    }
    let below = top + height + AXIS + 4.0;
    legend::draw(&entries, &mut canvas, below, width);
    Ok(Drawn {
        body: canvas.out,
        height: top + height + legend,
        title: own.into(),
    })
}

fn ground(area: Box, curves: &[Learnt], best: Option<f64>) -> Ground {
    let steps = || curves.iter().flat_map(|c| &c.steps);
    let sizes = || steps().map(|s| s.0);
    let ends = steps().flat_map(|s| s.2.map_or(vec![s.1], |ci| vec![ci.0, ci.1]));
    let ends: Vec<f64> = ends.chain(best).collect();
    let low = |v: &mut dyn Iterator<Item = f64>| v.fold(f64::INFINITY, f64::min);
    let high = |v: &mut dyn Iterator<Item = f64>| v.fold(f64::NEG_INFINITY, f64::max);
    let (from, to) = (
        low(&mut ends.iter().copied()),
        high(&mut ends.iter().copied()),
    );
    Ground {
        area,
        x: Axis::log(low(&mut sizes()), high(&mut sizes())),
        y: Axis::linear(from, to.max(from + 1.0)),
    }
}

/// The `i`-th of `n` curves; its bars stand a little aside of the others'.
fn draw_curve(canvas: &mut Canvas, ground: &Ground, (i, n): (usize, usize), curve: &Learnt) {
    let look = Look::of(i);
    let aside = 5.0 * (i as f64 - (n - 1) as f64 / 2.0).clamp(-4.0, 4.0);
    let place = |size: f64, quality: f64| {
        let (x, y) = ground.at(size, quality);
        (x + aside, y)
    };
    let line: Vec<(f64, f64)> = curve.steps.iter().map(|s| place(s.0, s.1)).collect();
    canvas.polyline(&line, &look.line());
    for (size, _, interval) in &curve.steps {
        if let Some((low, high)) = interval {
            let ((x, a), (_, b)) = (place(*size, *high), place(*size, *low));
            let style = format!("stroke=\"{}\" stroke-width=\"1.2\"", look.colour);
            canvas.bar(x, (a, b), &style);
        }
    }
    line.iter().for_each(|at| look.mark(canvas, *at));
}

fn entries(curves: &[Learnt], has_best: bool) -> Vec<Entry> {
    let curve =
        |(i, c): (usize, &Learnt)| Entry::new(Sign::Router(Look::of(i)), text::clean(&c.name));
    let mut entries: Vec<Entry> = curves.iter().enumerate().map(curve).collect();
    if has_best {
        let words = "quality of the best single model";
        entries.push(Entry::new(Sign::Line(BEST), words));
    }
    entries
}
