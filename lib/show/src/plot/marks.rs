//! What stands for what in the picture, whatever panel it is in: marks, lines,
//! the title, and the margins that all panels share.

use crate::plot::canvas::{Canvas, Shape, COLOURS, DASHES, SHAPES};
use crate::plot::scene::{Kind, Scene};

/// The width of the picture.
pub(crate) const WIDTH: f64 = 900.0;
/// The size of most of the text.
pub(crate) const SMALL: f64 = 12.0;
/// Left of a panel.
pub(crate) const LEFT: f64 = 62.0;
/// Right of a panel.
pub(crate) const RIGHT: f64 = 24.0;

/// The title and the line under it.
pub(crate) fn heading(canvas: &mut Canvas, scene: &Scene, title: &str, note: &str) {
    canvas.text((LEFT, 26.0), 17.0, "font-weight=\"bold\"", title);
    let under: Vec<&str> = scene
        .queries
        .iter()
        .map(String::as_str)
        .chain([note])
        .collect();
    canvas.text((LEFT, 45.0), SMALL, "fill=\"#444\"", &under.join("; "));
}

/// What one router looks like.
pub(crate) struct Look {
    pub(crate) colour: &'static str,
    dash: &'static str,
    shape: Shape,
    fill: &'static str,
}

impl Look {
    /// Of the router that is `i`-th by name. There are seven of each; the next
    /// seven are filled, and their dashes move on, so that of the first 49 no
    /// two are alike.
    pub(crate) fn of(i: usize) -> Look {
        let (k, round) = (SHAPES.len(), i / SHAPES.len());
        let colour = COLOURS[i % k];
        Look {
            colour,
            dash: DASHES[(i + round) % k],
            shape: SHAPES[i % k],
            fill: if round % 2 == 0 { "#fff" } else { colour },
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
        let (fill, colour) = (self.fill, self.colour);
        let style = format!("fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.6\"");
        canvas.shape(self.shape, at, 3.6, &style);
    }
}

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
    }
}
