//! A picture as PNG or PDF (feature `images`): SVG drawn by resvg, or turned into PDF
//! by svg2pdf, with a face of its own, so that every machine makes the same picture.
//! Only for characters that this face lacks (Chinese, for one) the system's fonts are
//! read.

use crate::figure::frame::FACES;
use rb_record::error::{Error, Result};
use resvg::{tiny_skia, usvg};
use std::sync::Arc;
use svg2pdf::{ConversionOptions, PageOptions};
use usvg::fontdb::Database;

/// Made by scripts/figure-font.py, which says of what; the licence lies beside it.
const FACE: [&[u8]; 2] = [
    include_bytes!("../../data/face/rb-figures-regular.ttf"),
    include_bytes!("../../data/face/rb-figures-bold.ttf"),
];
const NAME: &str = "rb Figures";

/// As PNG: a pixel a unit of the SVG. Errors: no font has some character; the picture
/// is larger than memory allows.
pub fn png(svg: &str) -> Result<Vec<u8>> {
    let tree = tree(svg)?;
    let size = tree.size().to_int_size();
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height())
        .ok_or_else(|| Error::usage("the picture is too large for PNG; ask for a smaller one"))?;
    let whole = tiny_skia::Transform::identity();
    resvg::render(&tree, whole, &mut pixels.as_mut());
    pixels
        .encode_png()
        .map_err(|e| Error::input(format!("the picture cannot be written as PNG: {e}")))
}

/// As PDF, 96 units of the SVG an inch, with its text as text and the face inside.
/// Errors: no font has some character.
pub fn pdf(svg: &str) -> Result<Vec<u8>> {
    let page = PageOptions { dpi: 96.0 };
    svg2pdf::to_pdf(&tree(svg)?, ConversionOptions::default(), page)
        .map_err(|e| Error::input(format!("the picture cannot be written as PDF: {e}")))
}

fn tree(svg: &str) -> Result<usvg::Tree> {
    let mut fonts = Database::new();
    FACE.iter()
        .for_each(|face| fonts.load_font_data(face.to_vec()));
    let lacking = |fonts: &Database| svg.chars().find(|c| !c.is_control() && !has(fonts, *c));
    if lacking(&fonts).is_some() {
        fonts.load_system_fonts();
        if let Some(c) = lacking(&fonts) {
            return Err(Error::input(format!(
                "a name holds {c:?}, which no font of this system has; install one that does (Debian: fonts-noto-core, fonts-noto-cjk), or write SVG and open it where there is one"
            )));
        }
    }
    let options = usvg::Options {
        font_family: NAME.into(),
        fontdb: Arc::new(fonts),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(&svg.replacen(FACES, NAME, 1), &options)
        .map_err(|e| Error::input(format!("the picture cannot be drawn: {e}")))
}

/// Whether some font has the character.
fn has(fonts: &Database, c: char) -> bool {
    fonts.faces().any(|face| {
        let glyph = |data: &[u8], index: u32| {
            let face = ttf_parser::Face::parse(data, index).ok()?;
            face.glyph_index(c)
        };
        fonts.with_face_data(face.id, glyph).flatten().is_some()
    })
}
