//! A table of groups (datasets) and routers with the figure in every cell, darker where
//! it is further from the low end or from zero: quality, or what is gained on
//! best-single.

use crate::figure::kind::{Drawn, Kind, Subject};
use crate::natural;
use crate::panel::Panel;
use crate::plot::canvas::{text_width, Canvas};
use crate::plot::marks::{heading, RIGHT, SMALL};
use crate::text;
use rb_record::error::{Error, Result};

/// `--plot heat`.
pub(super) const KIND: Kind = Kind {
    name: "heat",
    help: "quality of each router on each group of rb-score --by, numbers in cells",
    draw: quality,
};

/// `--plot gain`.
pub(super) const GAIN: Kind = Kind {
    name: "gain",
    help: "the same of what each router gains on best-single",
    draw: gain,
};

const ROW: f64 = 22.0;
/// No cell is narrower.
const CELL: f64 = 44.0;

/// What a cell holds, 0..1 or a difference of such; none: unknown.
type Value = fn(&Panel, &str) -> Option<f64>;

fn quality(subject: &Subject) -> Result<Drawn> {
    let value: Value = |panel, name| panel.group.routers.get(name)?.last()?.figures.quality;
    draw(subject, value, "Quality, points of 100", false)
}

fn gain(subject: &Subject) -> Result<Drawn> {
    let value: Value = |panel, name| {
        let best = panel.group.baseline("best-single")?.figures.quality?;
        panel.group.routers.get(name)?.against(best)
    };
    let own = "Quality less that of best-single, points of 100";
    draw(subject, value, own, true)
}

fn draw(subject: &Subject, value: Value, own: &str, is_signed: bool) -> Result<Drawn> {
    let (style, picks) = (subject.style, &subject.picks);
    let panels: Vec<&Panel> = subject.panels.iter().collect();
    if !panels.iter().any(|p| !p.group.key.is_empty()) {
        return Err(Error::input(
            "the records are of one group only, so there is no table of groups and routers; score with rb-score --by dataset",
        ));
    }
    // Grey ones are those that --top leaves out.
    let mut names: Vec<&str> = picks.coloured.iter().map(String::as_str).collect();
    names.sort_by(|a, b| natural::order(a, b));
    let cells: Vec<Vec<Option<f64>>> = names
        .iter()
        .map(|name| panels.iter().map(|p| value(p, name)).collect())
        .collect();
    let known = || cells.iter().flatten().flatten().copied();
    if known().next().is_none() {
        return Err(Error::input(if is_signed {
            "no router has a difference to best-single in any group; rb-score picks best-single on train queries, or takes --best-single MODEL"
        } else {
            "no router has a quality in any group; pass on all records that rb-score writes"
        }));
    }
    let low = known().fold(f64::INFINITY, f64::min);
    let high = known().fold(f64::NEG_INFINITY, f64::max);
    let most = low.abs().max(high.abs()).max(1e-9);

    let width = style.room()?;
    let heads: Vec<String> = panels.iter().map(|p| head(p)).collect();
    let widest = names.iter().map(|n| text_width(&text::clean(n), SMALL));
    let left = widest.fold(0.0, f64::max) + 24.0;
    let cell = (width - RIGHT - left) / panels.len() as f64;
    if cell < CELL {
        return Err(Error::usage(format!(
            "{} groups need more room; ask for --width {:.0} or more, or a smaller --font-size",
            panels.len(),
            ((left + RIGHT + CELL * panels.len() as f64) * style.zoom()).ceil()
        )));
    }
    let mut canvas = Canvas::default();
    let mut note = vec!["routers at alpha 1".to_string()];
    note.extend(picks.words());
    note.push(if is_signed {
        "blue: gained, brown: lost".into()
    } else {
        "darker is better".into()
    });
    let top = heading(&mut canvas, width, style.title(own), &note.join("; "));
    let turned = heads.iter().any(|h| text_width(h, SMALL) > cell - 6.0);
    let longest = heads.iter().map(|h| text_width(h, SMALL));
    let longest = longest.fold(0.0, f64::max);
    let top = top + if turned { 0.71 * longest + 12.0 } else { 20.0 };
    let wanted = ROW * names.len() as f64;
    let height = style.stretch(wanted, top + 16.0, 15.0 * names.len() as f64)?;
    let row = height / names.len() as f64;
    draw_heads(&mut canvas, &heads, (left, top, cell), turned);
    for (r, name) in names.iter().enumerate() {
        let y = top + row * r as f64;
        let end = "class=\"label\" text-anchor=\"end\"";
        let at = (left - 8.0, y + row / 2.0 + 4.0);
        canvas.text(at, SMALL, end, &text::clean(name));
        for (c, v) in cells[r].iter().enumerate() {
            let shade = v.map_or(Shade::UNKNOWN, |v| {
                if is_signed {
                    Shade::signed(v / most)
                } else {
                    Shade::of((v - low) / (high - low).max(1e-9))
                }
            });
            let words = match v {
                None => text::UNKNOWN.to_string(),
                Some(v) if is_signed => text::signed_points(*v),
                Some(v) => text::points(*v),
            };
            let corner = (left + cell * c as f64, y);
            shade.draw(&mut canvas, corner, (cell, row), &words);
        }
    }
    Ok(Drawn {
        body: canvas.out,
        height: top + height + 16.0,
        title: own.into(),
    })
}

/// The names of the columns over their cells, aslant where they are too wide.
fn draw_heads(
    canvas: &mut Canvas,
    heads: &[String],
    (left, top, cell): (f64, f64, f64),
    turned: bool,
) {
    for (c, head) in heads.iter().enumerate() {
        let (x, y) = (left + cell * (c as f64 + 0.5), top - 8.0);
        let style = if turned {
            format!("class=\"head\" transform=\"rotate(-45 {x:.1} {y:.1})\"")
        } else {
            "class=\"head\" text-anchor=\"middle\"".to_string()
        };
        canvas.text((x, y), SMALL, &style, head);
    }
}

/// The value of a group's field; everything is `all`.
fn head(panel: &Panel) -> String {
    let values =
        panel.group.key.iter().map(|(_, value)| {
            serde_json::from_str::<String>(value).unwrap_or_else(|_| value.clone())
        });
    let values: Vec<String> = values.collect();
    if values.is_empty() {
        "all".into()
    } else {
        text::clean(&values.join(", "))
    }
}

/// A colour, and that of text on it.
struct Shade {
    ground: String,
    ink: &'static str,
}

impl Shade {
    const UNKNOWN: Shade = Shade {
        ground: String::new(),
        ink: "#000",
    };

    /// From white to a dark blue for 0..1.
    fn of(share: f64) -> Shade {
        Shade::towards([8, 64, 129], share)
    }

    /// Blue above zero, brown below, for −1..1.
    fn signed(share: f64) -> Shade {
        match share {
            s if s < 0.0 => Shade::towards([133, 77, 14], -s),
            s => Shade::towards([8, 64, 129], s),
        }
    }

    fn towards(dark: [u8; 3], share: f64) -> Shade {
        let share = share.clamp(0.0, 1.0);
        let mix = |c: u8| (255.0 + share * (f64::from(c) - 255.0)).round() as u8;
        let [r, g, b] = dark.map(mix);
        Shade {
            ground: format!("#{r:02x}{g:02x}{b:02x}"),
            ink: if share > 0.55 { "#fff" } else { "#000" },
        }
    }

    fn draw(&self, canvas: &mut Canvas, (x, y): (f64, f64), (w, h): (f64, f64), words: &str) {
        let ground = if self.ground.is_empty() {
            "#f2f2f2"
        } else {
            &self.ground
        };
        let corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)];
        let style = format!("fill=\"{ground}\" stroke=\"#fff\" stroke-width=\"1\"");
        canvas.polygon(&corners, &style);
        let middle = format!(
            "class=\"cell\" text-anchor=\"middle\" fill=\"{}\"",
            self.ink
        );
        canvas.text((x + w / 2.0, y + h / 2.0 + 4.0), SMALL, &middle, words);
    }
}
