//! Cost against quality: each router's hull (what mixing its operating points
//! reaches), the points themselves, single models and baselines, with 95 % intervals.
//! Several groups are small multiples with one legend. Without costs: quality alone.

use crate::figure::kind::{Drawn, Kind, Subject};
use crate::figure::pick::Picks;
use crate::figure::plane::entries::entries;
use crate::figure::plane::multiples;
use crate::figure::plane::naming::{Keys, Named};
use crate::figure::plane::pane::{fitting, plane, Pane};
use crate::figure::style::Intervals;
use crate::panel::Panel;
use crate::plot::canvas::Canvas;
use crate::plot::dots;
use crate::plot::labels::Box;
use crate::plot::legend;
use crate::plot::marks::{heading, LEFT, RIGHT};
use crate::plot::scene::Scene;
use rb_record::error::Result;

/// `--plot frontier`.
pub const KIND: Kind = Kind {
    name: "frontier",
    help: "cost (logarithmic) against quality, with 95 % intervals",
    draw,
};

/// The plane of one group alone.
const PLANE: f64 = 440.0;
/// Below a plane: ticks and the title of the axis.
const AXIS: f64 = 62.0;

fn draw(subject: &Subject) -> Result<Drawn> {
    let scenes = distinct(subject.panels).iter();
    let scenes = scenes.map(|p| shown(p, &subject.picks));
    let scenes: Vec<Scene> = scenes.collect();
    let with_costs = scenes.iter().filter(|s| s.plane().is_some()).count();
    match &scenes[..] {
        [scene] if with_costs == 1 => alone(subject, scene),
        scenes if with_costs > 1 => multiples::draw(subject, scenes),
        scenes => rows(subject, scenes),
    }
}

/// The panels without one group that is everything once more: of one dataset.
fn distinct(panels: &[Panel]) -> &[Panel] {
    match panels {
        [all, one] if all.group.key.is_empty() && all.group.n() == one.group.n() => &panels[..1],
        _ => panels,
    }
}

/// A group without the routers that were not asked for.
fn shown(panel: &Panel, picks: &Picks) -> Scene {
    let mut scene = Scene::of(panel);
    scene.curves.retain(|c| picks.shows(&c.name));
    scene
}

fn note(scene: &Scene, picks: &Picks, intervals: Intervals) -> String {
    let what = if scene.pooled {
        "lines and marks: means"
    } else {
        "lines: hulls (mixtures of a router's points); marks: its points"
    };
    let spread = match intervals {
        Intervals::None => None,
        Intervals::Bands => Some("bands and bars: 95 % intervals".to_string()),
        _ => Some("bars: 95 % intervals, of routers at alpha\u{a0}1".to_string()),
    };
    let words = scene.queries.iter().cloned().chain([what.to_string()]);
    let coloured = picks.words().map(|best| format!("coloured: {best}"));
    let words = words.chain(spread).chain(coloured);
    words.collect::<Vec<_>>().join("; ")
}

/// One group, as large as it may be.
fn alone(subject: &Subject, scene: &Scene) -> Result<Drawn> {
    let (style, picks) = (subject.style, &subject.picks);
    let width = style.room()?;
    let intervals = fitting(style.intervals, scene, picks.coloured.len());
    let mut canvas = Canvas::default();
    let title = style.title(&scene.title);
    let top = heading(&mut canvas, width, title, &note(scene, picks, intervals));
    let everything = entries(scene, picks, &Named::new(), &Keys::default());
    let legend = AXIS + 4.0 + legend::height(&everything, width);
    let height = style.stretch(PLANE, top + legend, 120.0)?;
    let pane = Pane {
        scene,
        plane: plane(scene, picks, intervals).expect("a cost is known"),
        area: Box {
            x: LEFT,
            y: top,
            w: width - LEFT - RIGHT,
            h: height,
        },
        picks,
        intervals,
        small: false,
    };
    let mut keys = Keys::default();
    let named = pane.draw(&mut canvas, &mut keys);
    let below = top + height + AXIS;
    let rest = entries(scene, picks, &named, &keys);
    let legend = legend::draw(&rest, &mut canvas, below + 4.0, width);
    Ok(Drawn {
        body: canvas.out,
        height: below + legend,
        title: scene.title.clone(),
    })
}

/// Without costs: a row a model, baseline and router, best first, a group after
/// another.
fn rows(subject: &Subject, scenes: &[Scene]) -> Result<Drawn> {
    let width = subject.style.room()?;
    let mut canvas = Canvas::default();
    let mut bottom = 0.0;
    for scene in scenes {
        let rows = dots::rows(scene);
        let own = scene.title.replacen("Quality and cost", "Quality", 1);
        let note = "no costs in the records, so no frontier";
        let words: Vec<&str> = scene.queries.iter().map(String::as_str).collect();
        let note = [words, vec![note]].concat().join("; ");
        canvas.raw(&format!("<g transform=\"translate(0 {bottom:.1})\">"));
        let top = heading(&mut canvas, width, subject.style.title(&own), &note);
        bottom += dots::draw(scene, &rows, &mut canvas, (top, width));
        canvas.raw("</g>");
    }
    subject.style.stretch(0.0, bottom, 0.0)?;
    Ok(Drawn {
        body: canvas.out,
        height: bottom,
        title: "Quality of routers and single models".into(),
    })
}
