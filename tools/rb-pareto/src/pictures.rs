//! The flags of pictures for a paper.

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use rb_record::error::{Error, Result};
use rb_record::stream;
use rb_show::figure::kinds::{find, names, KINDS};
use rb_show::figure::style::{Intervals, Style};
use rb_show::figure::{frame, kind::Kind};
use rb_show::panel::Panel;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[group(skip)]
pub(crate) struct Pictures {
    /// Draw a picture into FILE, as SVG
    #[arg(long, value_name = "FILE", help_heading = PICTURES)]
    svg: Option<PathBuf>,
    /// What it shows
    #[arg(long, value_name = "KIND", default_value = "frontier", help_heading = PICTURES,
          value_parser = PossibleValuesParser::new(names()), long_help = kinds())]
    plot: String,
    /// Draw these routers only
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = PICTURES)]
    only: Vec<String>,
    /// Colour and name the N best routers (by AIQ), and draw the others grey
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=336),
          help_heading = PICTURES)]
    top: Option<u16>,
    /// How 95 % intervals are drawn: bands along the curves, bars at their ends, or none
    /// [default: bands for up to three routers, else bars]
    #[arg(long, value_name = "HOW", help_heading = PICTURES, hide_default_value = true)]
    intervals: Option<How>,
    /// In pixels
    #[arg(long, value_name = "PX", default_value = "900", value_parser = pixels, help_heading = PICTURES)]
    width: f64,
    /// In pixels [default: what it needs]
    #[arg(long, value_name = "PX", value_parser = pixels, help_heading = PICTURES)]
    height: Option<f64>,
    /// In pixels; marks and lines grow with it
    #[arg(long, value_name = "PX", default_value = "12", value_parser = letters, help_heading = PICTURES)]
    font_size: f64,
    /// Its title; an empty one leaves it out [default: what it shows]
    #[arg(long, value_name = "TEXT", help_heading = PICTURES)]
    title: Option<String>,
}

const PICTURES: &str = "Pictures (FILE - is standard output, instead of records)";

#[derive(Clone, Copy, ValueEnum)]
enum How {
    Bands,
    Bars,
    None,
}

fn pixels(text: &str) -> std::result::Result<f64, String> {
    let pixels = text.parse().ok().filter(|v| (100.0..=20000.0).contains(v));
    pixels.ok_or_else(|| "expected pixels, 100 to 20000".into())
}

fn letters(text: &str) -> std::result::Result<f64, String> {
    let size = text.parse().ok().filter(|v| (4.0..=100.0).contains(v));
    size.ok_or_else(|| "expected a size in pixels, 4 to 100".into())
}

/// What each kind shows, for `--help`.
fn kinds() -> String {
    let kinds = KINDS.iter().map(|k| format!("\n- {}: {}", k.name, k.help));
    format!("What it shows:{}", kinds.collect::<String>())
}

impl Pictures {
    /// Whether it goes to standard output.
    pub(crate) fn is_printed(&self) -> bool {
        self.svg.as_deref() == Some(Path::new("-"))
    }

    /// Says what cannot be: wishes without a picture, a file that cannot be written.
    pub(crate) fn check(&self) -> Result<()> {
        let style = self.style();
        let wishes = Style::default() != style || self.plot != KINDS[0].name;
        match &self.svg {
            Some(path) => stream::can_write(path),
            None if wishes => Err(Error::usage(
                "how a picture looks was asked for, but no picture; add --svg FILE",
            )),
            None => Ok(()),
        }
    }

    fn kind(&self) -> &'static Kind {
        find(&self.plot).unwrap_or(KINDS[0])
    }

    fn style(&self) -> Style {
        Style {
            width: self.width,
            height: self.height,
            font_size: self.font_size,
            title: self.title.clone(),
            only: self.only.clone(),
            top: self.top.map(usize::from),
            intervals: match self.intervals {
                Some(How::Bands) => Intervals::Bands,
                Some(How::Bars) => Intervals::Bars,
                Some(How::None) => Intervals::None,
                None => Intervals::Fitting,
            },
        }
    }

    /// Draws it into its file; what is to be printed comes back.
    pub(crate) fn write(&self, panels: &[Panel]) -> Result<Option<String>> {
        let Some(path) = &self.svg else {
            return Ok(None);
        };
        let svg = frame::svg(self.kind(), panels, &self.style())?;
        if self.is_printed() {
            return Ok(Some(svg));
        }
        stream::write_file(path, svg.as_bytes())?;
        Ok(None)
    }
}
