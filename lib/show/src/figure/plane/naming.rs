//! Names beside marks, where they cover neither a mark nor one another; what finds no
//! room gets a letter, or stands in the legend alone.

use crate::plot::canvas::{text_width, Canvas};
use crate::plot::labels::{Box, Placed, Placer};
use crate::plot::marks::{Look, SMALL};
use crate::plot::scene::{Curve, Kind, Mark};
use std::collections::{BTreeMap, BTreeSet};

/// Of more routers with colours the legend alone tells the names.
const NAMED: usize = 12;
const HEIGHT: f64 = 14.0;
/// How much wider bold letters are.
const BOLD: f64 = 1.08;

/// The letters of marks that have no room for their name, the same in every plane.
#[derive(Default)]
pub(crate) struct Keys {
    keys: BTreeMap<String, (String, Kind, String)>,
}

impl Keys {
    /// The key of a mark: `A`, `B`, … `Z`, `AA`, ….
    pub(crate) fn of(&mut self, mark: &Mark) -> String {
        let next = self.keys.len();
        let key = || {
            let letter = char::from(b'A' + (next % 26) as u8).to_string();
            letter.repeat(next / 26 + 1)
        };
        let entry = self.keys.entry(mark.name.clone());
        let label = match mark.kind {
            Kind::BestSingle => &mark.name,
            _ => &mark.label,
        };
        let new = || (key(), mark.kind, label.clone());
        entry.or_insert_with(new).0.clone()
    }

    /// Key, what kind of mark it is, and its name, in the order of the keys.
    pub(crate) fn entries(&self) -> Vec<(String, Kind, String)> {
        let mut all: Vec<(String, Kind, String)> = self.keys.values().cloned().collect();
        all.sort_by(|a, b| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)));
        all
    }
}

/// The routers whose name stands beside their curve.
pub(crate) type Named = BTreeSet<String>;

/// A router's curve, its look, and where its marks are.
pub(crate) type DrawnCurve<'c> = (&'c Curve, Look, Vec<(f64, f64)>);

fn around((x, y): (f64, f64), r: f64) -> Box {
    Box {
        x: x - r,
        y: y - r,
        w: 2.0 * r,
        h: 2.0 * r,
    }
}

/// A mark, its name, and where it is.
pub(crate) type DrawnMark<'m> = (&'m Mark, String, (f64, f64));

/// Names what is in a plane.
pub(crate) struct Namer {
    /// The plane.
    pub(crate) area: Box,
    /// It has room for keys only.
    pub(crate) small: bool,
}

impl Namer {
    /// Names marks and curves; points of `lines` are better not covered, `bars` not at all.
    pub(crate) fn name(
        &self,
        canvas: &mut Canvas,
        (marks, curves): (&[DrawnMark], &[DrawnCurve]),
        (lines, bars): (Vec<(f64, f64)>, Vec<Box>),
        keys: &mut Keys,
    ) -> Named {
        let routers = curves.iter().flat_map(|(_, _, marks)| marks);
        let mut placer = Placer {
            bounds: Box {
                x: self.area.x + 2.0,
                y: self.area.y - 8.0,
                w: self.area.w + 12.0,
                h: self.area.h + 6.0,
            },
            taken: marks
                .iter()
                .map(|(_, _, at)| around(*at, 6.0))
                .chain(routers.map(|at| around(*at, 6.5)))
                .chain(bars)
                .collect(),
            lines,
            labels: Vec::new(),
        };
        for mark in marks {
            self.name_mark(canvas, &mut placer, mark, keys);
        }
        self.name_routers(canvas, &mut placer, curves)
    }

    fn name_mark(
        &self,
        canvas: &mut Canvas,
        placer: &mut Placer,
        (mark, name, at): &DrawnMark,
        keys: &mut Keys,
    ) {
        let at = *at;
        let placed = if self.small {
            None
        } else {
            placer.fit(&[at], text_width(name, SMALL), HEIGHT, 5)
        };
        let (label, placed) = match placed {
            Some((_, placed)) => (name.clone(), placed),
            None => {
                let key = keys.of(mark);
                let width = text_width(&key, SMALL);
                let placed = placer.fit(&[at], width, HEIGHT, 5);
                let placed = placed.map_or_else(|| placer.place(at, width, HEIGHT), |p| p.1);
                (key, placed)
            }
        };
        leader(canvas, placer, at, &placed);
        let b = placed.at;
        canvas.label((b.x, b.y + 11.0), SMALL, "class=\"label\"", &label);
    }

    /// All of the coloured, where they are few enough: a name finds its place beside
    /// any mark of its curve.
    fn name_routers(
        &self,
        canvas: &mut Canvas,
        placer: &mut Placer,
        drawn: &[DrawnCurve],
    ) -> Named {
        const MARK: f64 = 15.0;
        let mut named = Named::new();
        if self.small || drawn.len() > NAMED {
            return named;
        }
        for (curve, look, marks) in drawn {
            let label = curve.label();
            let width = MARK + BOLD * text_width(&label, SMALL);
            let Some((at, placed)) = placer.fit(marks, width, HEIGHT, 4) else {
                continue;
            };
            leader(canvas, placer, at, &placed);
            let b = placed.at;
            look.mark(canvas, (b.x + 6.0, b.y + 7.0));
            let style = "class=\"label\" font-weight=\"bold\"";
            canvas.label((b.x + MARK, b.y + 11.0), SMALL, style, &label);
            named.insert(curve.name.clone());
        }
        named
    }
}

/// A thin line from a mark to its label, where that stands apart; later labels keep
/// off it.
fn leader(canvas: &mut Canvas, placer: &mut Placer, at: (f64, f64), placed: &Placed) {
    let line = placed.line(at);
    if let (Some(first), Some(last)) = (line.first(), line.last()) {
        canvas.line(*first, *last, "stroke=\"#888\" stroke-width=\"0.8\"");
        placer.taken.extend(line.iter().map(|p| around(*p, 1.0)));
    }
}
