//! A kind of picture.

use crate::figure::pick::Picks;
use crate::figure::style::Style;
use crate::panel::Panel;
use rb_record::error::Result;

/// What a picture is made of.
pub struct Subject<'a> {
    /// The groups: everything first, where it was scored.
    pub panels: &'a [Panel],
    /// The wishes.
    pub style: &'a Style,
    /// Which routers are shown, and as what.
    pub picks: Picks,
}

impl<'a> Subject<'a> {
    /// Of the records' groups. Errors: `--only` names what is not there.
    pub fn new(panels: &'a [Panel], style: &'a Style) -> Result<Subject<'a>> {
        Ok(Subject {
            panels,
            style,
            picks: Picks::of(panels, style)?,
        })
    }
}

/// A picture before its size is settled.
pub struct Drawn {
    /// Elements of SVG, in units in which most text is 12 high.
    pub body: String,
    /// The height in these units.
    pub height: f64,
    /// What it shows, for those who cannot see it.
    pub title: String,
}

/// A kind: its name after `--plot`, what it shows, and how it is drawn.
pub struct Kind {
    /// After `--plot`.
    pub name: &'static str,
    /// For `--help`.
    pub help: &'static str,
    /// Errors: the records lack what it shows; the message names the remedy.
    pub draw: fn(&Subject) -> Result<Drawn>,
}
