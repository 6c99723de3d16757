//! What stands for what in the picture, whatever panel it is in: marks, lines,
//! the title, and the margins that all panels share.

use crate::plot::canvas::{text_width, Canvas, Shape, COLOURS, DASHES, SHAPES};
use crate::plot::scene::Kind;

/// The size of most of the text.
pub(crate) const SMALL: f64 = 12.0;
/// Left of a panel.
pub(crate) const LEFT: f64 = 62.0;
/// Right of a panel.
pub(crate) const RIGHT: f64 = 24.0;

/// The title and the lines under it. Returns its height.
pub(crate) fn heading(canvas: &mut Canvas, width: f64, title: &str, note: &str) -> f64 {
    let mut y = 10.0;
    if !title.is_empty() {
        y += 16.0;
        canvas.text((LEFT, y), 17.0, "font-weight=\"bold\"", title);
    }
    for line in broken(note, width - LEFT - RIGHT, SMALL) {
        y += 18.0;
        canvas.text((LEFT, y), SMALL, "fill=\"#444\"", &line);
    }
    y + 17.0
}

/// `text` in lines of at most `width`.
pub(crate) fn broken(text: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// What is inside of a mark's outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fill {
    Hollow,
    Solid,
    Dotted,
    /// A line through it, beyond its edges.
    Struck,
}

const FILLS: [Fill; 4] = [Fill::Hollow, Fill::Solid, Fill::Dotted, Fill::Struck];

/// What one router looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) colour: &'static str,
    dash: &'static str,
    shape: Shape,
    fill: Fill,
}

/// Of the interval of a single model.
pub(crate) const BAR: &str = "stroke=\"#555\" stroke-width=\"1\"";

/// Of a router without a look of its own.
pub(crate) const GREY: &str = "#b8b8b8";

impl Look {
    /// So many looks differ in shape, fill or colour. The first 48 differ in shape or
    /// fill, so that black and white tells them apart.
    pub(crate) const DIFFERENT: usize = 336;

    /// The `i`-th look, of [`Look::DIFFERENT`].
    pub(crate) fn of(i: usize) -> Look {
        let k = COLOURS.len();
        Look {
            colour: COLOURS[i % k],
            dash: DASHES[(i + i / k) % DASHES.len()],
            shape: SHAPES[i % SHAPES.len()],
            fill: FILLS[(i / SHAPES.len()) % FILLS.len()],
        }
    }

    /// The style of its line.
    pub(crate) fn line(&self) -> String {
        let colour = self.colour;
        match self.dash {
            "" => format!("stroke=\"{colour}\" stroke-width=\"2\""),
            dash => format!("stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\""),
        }
    }

    /// Its mark at a point.
    pub(crate) fn mark(&self, canvas: &mut Canvas, at: (f64, f64)) {
        let colour = self.colour;
        let fill = match self.fill {
            Fill::Solid => colour,
            _ => "#fff",
        };
        let style = format!("fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.6\"");
        canvas.shape(self.shape, at, MARK, &style);
        match self.fill {
            Fill::Dotted => {
                let dot = format!("fill=\"{colour}\"");
                canvas.shape(Shape::Circle, at, 1.7, &dot);
            }
            Fill::Struck => {
                let (a, b) = ((at.0 - 7.0, at.1 + 7.0), (at.0 + 7.0, at.1 - 7.0));
                canvas.line(a, b, &format!("stroke=\"{colour}\" stroke-width=\"1.6\""));
            }
            Fill::Hollow | Fill::Solid => {}
        }
    }
}

/// The radius of a router's mark.
const MARK: f64 = 4.2;

/// Of the best mixtures of single models.
pub(crate) const ZERO_STYLE: &str = "stroke=\"#000\" stroke-width=\"1\" stroke-dasharray=\"1 3\"";
/// Of the joint frontier.
pub(crate) const FRONTIER_STYLE: &str =
    "stroke=\"#dcdcdc\" stroke-width=\"9\" stroke-linejoin=\"round\" stroke-linecap=\"round\"";
const BLACK: &str = "fill=\"#000\" stroke=\"#000\" stroke-width=\"1.5\"";
const HOLLOW: &str = "fill=\"#fff\" stroke=\"#000\" stroke-width=\"1.5\"";

/// The mark of a single model or a baseline.
pub(crate) fn draw_mark(canvas: &mut Canvas, kind: Kind, at: (f64, f64)) {
    match kind {
        Kind::Model => canvas.shape(Shape::Circle, at, 4.0, BLACK),
        Kind::BestSingle => {
            canvas.shape(Shape::Circle, at, 7.0, HOLLOW);
            canvas.shape(Shape::Circle, at, 4.0, BLACK);
        }
        Kind::Random => canvas.shape(Shape::Cross, at, 6.0, BLACK),
        Kind::Other => canvas.shape(Shape::Diamond, at, 4.5, BLACK),
        Kind::Oracle => canvas.shape(Shape::Star, at, 4.4, BLACK),
        Kind::DatasetOracle => canvas.shape(Shape::Star, at, 4.4, HOLLOW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn looks_never_repeat_and_the_first_48_differ_without_colour() {
        let key = |l: &Look| format!("{:?} {:?}", l.shape, l.fill);
        let looks: Vec<Look> = (0..Look::DIFFERENT).map(Look::of).collect();
        let grey: BTreeSet<String> = looks[..48].iter().map(key).collect();
        assert_eq!(grey.len(), 48);
        let all = looks.iter().map(|l| format!("{} {}", key(l), l.colour));
        assert_eq!(all.collect::<BTreeSet<_>>().len(), Look::DIFFERENT);
    }

    #[test]
    fn lines_break_at_blanks() {
        let lines = broken("one two three", text_width("one two", 12.0) + 1.0, 12.0);
        assert_eq!(lines, ["one two", "three"]);
    }
}
