//! Writing SVG: elements with escaped text and short numbers, so that the same
//! picture is always the same bytes.

use std::fmt::Write;
use unicode_width::UnicodeWidthChar;

/// Colours that stay apart for the colour-blind (after Okabe and Ito) and,
/// in grey, do not all look the same.
pub const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#7a3e8e", "#b8860b", "#c0417c", "#333333",
];

/// Dashes, so that colour is never needed to tell lines apart.
pub const DASHES: [&str; 7] = ["", "9 4", "2 3", "9 3 2 3", "14 5", "5 2", "9 3 2 3 2 3"];

/// Outlines of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Shape {
    Circle,
    Square,
    Up,
    Diamond,
    Down,
    Pentagon,
    Bar,
    Left,
    Right,
    Tall,
    Plus,
    Hourglass,
    Star,
    Cross,
}

/// The shapes that routers get, in turn.
pub const SHAPES: [Shape; 12] = [
    Shape::Circle,
    Shape::Square,
    Shape::Up,
    Shape::Diamond,
    Shape::Down,
    Shape::Bar,
    Shape::Plus,
    Shape::Left,
    Shape::Right,
    Shape::Tall,
    Shape::Hourglass,
    Shape::Pentagon,
];

/// A number with at most one decimal.
pub fn number(v: f64) -> String {
    let text = format!("{v:.1}");
    match text.strip_suffix(".0").unwrap_or(&text) {
        "-0" => "0".into(),
        short => short.into(),
    }
}

/// Text as it may stand in XML: characters that XML has no place for are replaced.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// About how wide `text` is in a sans-serif face of `size`; rather too wide.
pub fn text_width(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | 'I' => 0.30,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | ' ' | '-' | '/' => 0.40,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.95,
        c if c.is_uppercase() => 0.72,
        c => match c.width() {
            Some(0) | None => 0.0,
            Some(1) => 0.60,
            Some(_) => 1.05,
        },
    };
    size * text.chars().map(of).sum::<f64>()
}

/// SVG text growing element by element.
#[derive(Default)]
pub struct Canvas {
    /// The elements so far.
    pub out: String,
}

impl Canvas {
    /// Text as it is, on a line.
    pub fn raw(&mut self, element: &str) {
        self.out.push_str(element);
        self.out.push('\n');
    }

    /// From `a` to `b`, in user units; `style`: attributes.
    pub fn line(&mut self, a: (f64, f64), b: (f64, f64), style: &str) {
        let [x1, y1, x2, y2] = [a.0, a.1, b.0, b.1].map(number);
        self.raw(&format!(
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" {style}/>"
        ));
    }

    /// An interval at `x` between two heights, with feet.
    pub fn bar(&mut self, x: f64, (a, b): (f64, f64), style: &str) {
        self.line((x, a), (x, b), &format!("class=\"bar\" {style}"));
        for y in [a, b] {
            self.line((x - 3.0, y), (x + 3.0, y), style);
        }
    }

    /// An interval between two places at the height `y`, with feet.
    pub fn bar_across(&mut self, (a, b): (f64, f64), y: f64, style: &str) {
        self.line((a, y), (b, y), &format!("class=\"bar\" {style}"));
        for x in [a, b] {
            self.line((x, y - 3.5), (x, y + 3.5), style);
        }
    }

    /// Through the points; of fewer than two nothing.
    pub fn polyline(&mut self, points: &[(f64, f64)], style: &str) {
        if points.len() < 2 {
            return;
        }
        let at: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{},{}", number(*x), number(*y)))
            .collect();
        self.raw(&format!(
            "<polyline points=\"{}\" fill=\"none\" {style}/>",
            at.join(" ")
        ));
    }

    /// A closed line; of fewer than three corners nothing.
    pub fn polygon(&mut self, corners: &[(f64, f64)], style: &str) {
        if corners.len() < 3 {
            return;
        }
        let at: Vec<String> = corners
            .iter()
            .map(|(x, y)| format!("{},{}", number(*x), number(*y)))
            .collect();
        self.raw(&format!("<polygon points=\"{}\" {style}/>", at.join(" ")));
    }

    /// `style`: further attributes, such as text-anchor.
    pub fn text(&mut self, (x, y): (f64, f64), size: f64, style: &str, text: &str) {
        let (x, y, size) = (number(x), number(y), number(size));
        let text = escape(text);
        self.raw(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" {style}>{text}</text>"
        ));
    }

    /// Text that stays readable on lines: a white edge under it.
    pub fn label(&mut self, at: (f64, f64), size: f64, style: &str, text: &str) {
        let edge = format!(
            "{style} stroke=\"#fff\" stroke-width=\"3\" stroke-linejoin=\"round\" fill=\"#fff\" aria-hidden=\"true\""
        );
        self.text(at, size, &edge, text);
        self.text(at, size, &format!("{style} fill=\"#000\""), text);
    }

    /// A mark of radius `r` about a point.
    pub fn shape(&mut self, shape: Shape, (x, y): (f64, f64), r: f64, style: &str) {
        let path = match shape {
            Shape::Circle => {
                let (x, y, r) = (number(x), number(y), number(r));
                return self.raw(&format!(
                    "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" {style}/>"
                ));
            }
            Shape::Cross => {
                let d = r * 0.8;
                self.line((x - d, y - d), (x + d, y + d), style);
                return self.line((x - d, y + d), (x + d, y - d), style);
            }
            Shape::Square => ring(4, 1.25, 45.0),
            Shape::Diamond => ring(4, 1.3, 0.0),
            Shape::Up => ring(3, 1.35, -90.0),
            Shape::Down => ring(3, 1.35, 90.0),
            Shape::Pentagon => ring(5, 1.2, -90.0),
            Shape::Left => ring(3, 1.35, 180.0),
            Shape::Right => ring(3, 1.35, 0.0),
            Shape::Bar => vec![(-1.4, -0.5), (1.4, -0.5), (1.4, 0.5), (-1.4, 0.5)],
            Shape::Tall => vec![(-0.5, -1.4), (0.5, -1.4), (0.5, 1.4), (-0.5, 1.4)],
            Shape::Plus => plus(1.4, 0.45),
            Shape::Hourglass => vec![(-1.1, -1.2), (1.1, -1.2), (-1.1, 1.2), (1.1, 1.2)],
            Shape::Star => (0..10)
                .map(|i| {
                    let (length, angle) = (if i % 2 == 0 { 1.6 } else { 0.7 }, 36.0 * i as f64);
                    let angle = (angle - 90.0).to_radians();
                    (length * angle.cos(), length * angle.sin())
                })
                .collect(),
        };
        let mut points = String::new();
        for (dx, dy) in path {
            // Writing to a string cannot fail.
            let _ = write!(points, "{},{} ", number(x + dx * r), number(y + dy * r));
        }
        self.raw(&format!(
            "<polygon points=\"{}\" {style}/>",
            points.trim_end()
        ));
    }
}

/// The corners of a plus whose arms are `reach` long and twice `half` wide.
fn plus(reach: f64, half: f64) -> Vec<(f64, f64)> {
    let corner = [(half, -reach), (half, -half), (reach, -half)];
    let turned = |turn: usize, (x, y): (f64, f64)| match turn {
        0 => (x, y),
        1 => (-y, x),
        2 => (-x, -y),
        _ => (y, -x),
    };
    (0..4)
        .flat_map(|turn| corner.map(|at| turned(turn, at)))
        .collect()
}

/// The corners of a regular polygon of radius `length`, the first at `turn` degrees.
fn ring(corners: usize, length: f64, turn: f64) -> Vec<(f64, f64)> {
    let at = |i: usize| {
        let angle = (turn + 360.0 * i as f64 / corners as f64).to_radians();
        (length * angle.cos(), length * angle.sin())
    };
    (0..corners).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_numbers_short() {
        assert_eq!(
            escape("a<b>&\"'\u{1}"),
            "a&lt;b&gt;&amp;&quot;&#39;\u{fffd}"
        );
        assert_eq!(number(-0.04), "0");
        assert_eq!(number(12.0), "12");
        assert_eq!(number(12.34), "12.3");
    }
}
