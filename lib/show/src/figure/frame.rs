//! The outermost element of a picture: its size, its face, its ground.

use crate::figure::kind::{Kind, Subject};
use crate::figure::style::Style;
use crate::panel::Panel;
use crate::plot::canvas::{escape, number};
use rb_record::error::Result;

/// The face of all text; what is drawn as PNG or PDF has one of its own.
pub(crate) const FACES: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// The picture as SVG. Errors: the records lack what the kind shows, or the size
/// is too small for it.
pub fn svg(kind: &Kind, panels: &[Panel], style: &Style) -> Result<String> {
    let subject = Subject::new(panels, style)?;
    let room = style.room()?;
    let drawn = (kind.draw)(&subject)?;
    let zoom = style.zoom();
    let height = match style.height {
        Some(height) => height / zoom,
        None => drawn.height,
    };
    let [w, h] = [room * zoom, height * zoom].map(number);
    let (title, box_w, box_h) = (escape(&drawn.title), number(room), number(height));
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {box_w} {box_h}\" role=\"img\" font-family=\"{FACES}\">\n<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
        drawn.body
    ))
}
