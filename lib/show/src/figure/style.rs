//! What a person may ask of a picture, whatever it shows.

use rb_record::error::{Error, Result};

/// How intervals are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Intervals {
    /// Bands of few routers, bars of many.
    #[default]
    Fitting,
    /// Along each curve.
    Bands,
    /// At the end of each curve.
    Bars,
    /// Not at all.
    None,
}

/// The size of the text that all measures of a picture are told in; another size
/// makes text, marks and lines larger together.
const PLAIN: f64 = 12.0;
/// Narrower than so many letters nothing can be read.
const NARROWEST: f64 = 320.0;

/// The wishes.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// In pixels.
    pub width: f64,
    /// In pixels; none: as high as what is shown needs.
    pub height: Option<f64>,
    /// Of most of the text, in pixels.
    pub font_size: f64,
    /// In place of the picture's own; empty: none.
    pub title: Option<String>,
    /// The routers to draw; empty: all of them.
    pub only: Vec<String>,
    /// So many of the best are coloured and named, the others grey.
    pub top: Option<usize>,
    /// How intervals are drawn.
    pub intervals: Intervals,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            width: 900.0,
            height: None,
            font_size: PLAIN,
            title: None,
            only: Vec::new(),
            top: None,
            intervals: Intervals::default(),
        }
    }
}

impl Style {
    /// Pixels per unit of the drawing.
    pub fn zoom(&self) -> f64 {
        self.font_size / PLAIN
    }

    /// The width to draw in, in units in which most text is 12 high. Errors: too
    /// narrow for text of this size.
    pub(crate) fn room(&self) -> Result<f64> {
        let room = self.width / self.zoom();
        if room < NARROWEST {
            return Err(Error::usage(format!(
                "a picture {} wide has no room for text of size {}; ask for --width {:.0} or more, or a smaller --font-size",
                self.width,
                self.font_size,
                (NARROWEST * self.zoom()).ceil()
            )));
        }
        Ok(room)
    }

    /// The height of the part that stretches, where everything else of the picture
    /// takes `rest` and it wants `wanted`, in units of the drawing. Errors: the
    /// height that was asked for leaves it less than `least`.
    pub(crate) fn stretch(&self, wanted: f64, rest: f64, least: f64) -> Result<f64> {
        let Some(height) = self.height else {
            return Ok(wanted);
        };
        let left = height / self.zoom() - rest;
        if left < least {
            return Err(Error::usage(format!(
                "a picture {height} high has no room for what it shows; ask for --height {:.0} or more, for fewer routers (--top, --only), or for a smaller --font-size",
                ((rest + least) * self.zoom()).ceil()
            )));
        }
        Ok(left)
    }

    /// The title: the wish, else `own`.
    pub(crate) fn title<'a>(&'a self, own: &'a str) -> &'a str {
        self.title.as_deref().unwrap_or(own)
    }
}
