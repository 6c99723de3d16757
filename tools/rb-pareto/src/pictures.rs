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
    /// Draw a picture into FILE: SVG, PNG or PDF by its ending
    #[arg(long, value_name = "FILE", help_heading = PICTURES)]
    picture: Option<PathBuf>,
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
        let mut files = [&self.svg, &self.picture].into_iter().flatten();
        files.any(|f| f == Path::new("-"))
    }

    /// Says what cannot be: wishes without a picture, a file that cannot be written.
    pub(crate) fn check(&self) -> Result<()> {
        let style = self.style();
        let wishes = Style::default() != style || self.plot != KINDS[0].name;
        for (path, _) in self.files()? {
            stream::can_write(path)?;
        }
        if wishes && self.svg.is_none() && self.picture.is_none() {
            return Err(Error::usage(
                "how a picture looks was asked for, but no picture; add --picture FILE.svg, .png or .pdf",
            ));
        }
        Ok(())
    }

    /// The files to write, and as what.
    fn files(&self) -> Result<Vec<(&Path, Format)>> {
        let mut files = Vec::new();
        if let Some(path) = &self.svg {
            if let Format::Png | Format::Pdf = Format::of(path).unwrap_or(Format::Svg) {
                return Err(Error::usage(format!(
                    "--svg writes SVG, and {} ends otherwise; --picture {} writes what its ending says",
                    path.display(),
                    path.display()
                )));
            }
            files.push((path.as_path(), Format::Svg));
        }
        if let Some(path) = &self.picture {
            let format = Format::of(path).ok_or_else(|| {
                Error::usage(format!(
                    "--picture {} ends in none of .svg, .png and .pdf",
                    path.display()
                ))
            })?;
            format.check()?;
            files.push((path.as_path(), format));
        }
        Ok(files)
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
        let files = self.files()?;
        if files.is_empty() {
            return Ok(None);
        }
        let svg = frame::svg(self.kind(), panels, &self.style())?;
        let mut printed = None;
        for (path, format) in files {
            if path == Path::new("-") {
                printed = Some(svg.clone());
            } else {
                stream::write_file(path, &format.bytes(&svg)?)?;
            }
        }
        Ok(printed)
    }
}

/// What a file's ending says.
#[derive(Clone, Copy)]
enum Format {
    Svg,
    Png,
    Pdf,
}

impl Format {
    /// Standard output takes SVG.
    fn of(path: &Path) -> Option<Format> {
        if path == Path::new("-") {
            return Some(Format::Svg);
        }
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "svg" => Some(Format::Svg),
            "png" => Some(Format::Png),
            "pdf" => Some(Format::Pdf),
            _ => None,
        }
    }

    /// Errors: this build has no such format.
    fn check(self) -> Result<()> {
        match self {
            Format::Png | Format::Pdf if cfg!(not(feature = "images")) => Err(Error::usage(
                "this build writes SVG only; `make build` makes one that writes PNG and PDF",
            )),
            _ => Ok(()),
        }
    }

    fn bytes(self, svg: &str) -> Result<Vec<u8>> {
        match self {
            #[cfg(feature = "images")]
            Format::Png => rb_show::figure::ink::png(svg),
            #[cfg(feature = "images")]
            Format::Pdf => rb_show::figure::ink::pdf(svg),
            _ => Ok(svg.into()),
        }
    }
}
