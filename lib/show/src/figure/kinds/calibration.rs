//! A calibration plot: of each router the score that it got against the one that it
//! expected, in bins of equal counts with 95 % intervals, beside the diagonal on which
//! both are the same. The expected calibration error stands with the router's name.

use crate::figure::ground::{titles, Ground};
use crate::figure::kind::{Drawn, Kind, Subject};
use crate::natural;
use crate::plot::axis::Axis;
use crate::plot::canvas::Canvas;
use crate::plot::labels::Box;
use crate::plot::legend::{self, Entry, Sign};
use crate::plot::marks::{heading, Look, LEFT, RIGHT};
use crate::scores::{Bin, Calibration};
use crate::text;
use rb_record::error::{Error, Result};

/// `--plot calibration`.
pub(super) const KIND: Kind = Kind {
    name: "calibration",
    help:
        "the quality that routers expected (--explain of rb-fit or rb-route) against what they got",
    draw,
};

const AXIS: f64 = 62.0;
const DIAGONAL: &str = "stroke=\"#666\" stroke-width=\"1\" stroke-dasharray=\"6 6\"";

fn draw(subject: &Subject) -> Result<Drawn> {
    let lacking = || {
        Error::input(
            "no router of these records tells what it expected, so there is no calibration to draw; have it told before it is scored: … | rb-fit kmeans --explain | rb-score | rb-pareto, or rb-route ROUTER.json --explain (routers that choose without expected scores cannot)",
        )
    };
    let group = &subject.panels.first().ok_or_else(lacking)?.group;
    let mut curves: Vec<(&str, &Calibration)> = (group.routers.iter())
        .filter(|(name, _)| subject.picks.shows(name))
        .filter_map(|(name, r)| Some((&**name, r.summary.as_ref()?.calibration.as_ref()?)))
        .collect();
    curves.sort_by(|a, b| natural::order(a.0, b.0));
    if curves.is_empty() {
        return Err(lacking());
    }
    if curves.len() > Look::DIFFERENT {
        return Err(Error::usage(
            "these are more curves than there are marks; choose with --only",
        ));
    }
    let style = subject.style;
    let width = style.room()?;
    let mut canvas = Canvas::default();
    let own = "Calibration";
    let n = group.n().map(|n| format!("{} queries", text::count(n)));
    let words = [
        "routers at alpha 1",
        "up to ten bins of equal counts, bars: 95 % intervals",
        "ECE: mean distance from the diagonal in points",
    ];
    let note: Vec<String> = n.into_iter().chain(words.map(String::from)).collect();
    let top = heading(&mut canvas, width, style.title(own), &note.join("; "));
    let entries = entries(&curves);
    let legend = AXIS + 4.0 + legend::height(&entries, width);
    // A square, where the width allows.
    let wanted = (width - LEFT - RIGHT).min(460.0);
    let height = style.stretch(wanted, top + legend, 120.0)?;
    let side = (width - LEFT - RIGHT).min(height);
    let area = Box {
        x: LEFT,
        y: top,
        w: side,
        h: height,
    };
    let ground = ground(area, &curves);
    ground.draw_fitting(&mut canvas);
    titles(
        &mut canvas,
        area,
        "quality expected, points of 100",
        "quality got, points of 100",
    );
    let (low, high) = range(&curves);
    canvas.line(ground.at(low, low), ground.at(high, high), DIAGONAL);
    for (i, (_, curve)) in curves.iter().enumerate() {
        draw_curve(&mut canvas, &ground, Look::of(i), curve);
    }
    let below = top + height + AXIS + 4.0;
    legend::draw(&entries, &mut canvas, below, width);
    Ok(Drawn {
        body: canvas.out,
        height: top + height + legend,
        title: own.into(),
    })
}

/// The least and the greatest of all that is drawn, in points of 100.
fn range(curves: &[(&str, &Calibration)]) -> (f64, f64) {
    let bins = || curves.iter().flat_map(|(_, c)| &c.bins);
    let ends = |b: &Bin| [b.expected, b.observed, b.observed_ci.0, b.observed_ci.1];
    let all = || bins().flat_map(ends).map(|v| v * 100.0);
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    (low, high.max(low + 1.0))
}

fn ground(area: Box, curves: &[(&str, &Calibration)]) -> Ground {
    let (low, high) = range(curves);
    Ground {
        area,
        x: Axis::linear(low, high),
        y: Axis::linear(low, high),
    }
}

fn draw_curve(canvas: &mut Canvas, ground: &Ground, look: Look, curve: &Calibration) {
    let place = |x: f64, y: f64| ground.at(x * 100.0, y * 100.0);
    let line: Vec<(f64, f64)> = (curve.bins.iter())
        .map(|b| place(b.expected, b.observed))
        .collect();
    canvas.polyline(&line, &look.line());
    for bin in &curve.bins {
        let (low, high) = bin.observed_ci;
        let ((x, a), (_, b)) = (place(bin.expected, high), place(bin.expected, low));
        let style = format!("stroke=\"{}\" stroke-width=\"1.2\"", look.colour);
        canvas.bar(x, (a, b), &style);
    }
    line.iter().for_each(|at| look.mark(canvas, *at));
}

fn entries(curves: &[(&str, &Calibration)]) -> Vec<Entry> {
    let curve = |(i, (name, c)): (usize, &(&str, &Calibration))| {
        let words = format!("{} (ECE {:.1})", text::clean(name), c.ece * 100.0);
        Entry::new(Sign::Router(Look::of(i)), words)
    };
    let mut entries: Vec<Entry> = curves.iter().enumerate().map(curve).collect();
    entries.push(Entry::new(Sign::Line(DIAGONAL), "as expected"));
    entries
}
