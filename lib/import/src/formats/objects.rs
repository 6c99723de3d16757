//! The objects of a JSON source, whether they stand one a line, in an array, or
//! are the one object that the file is.

use crate::joining::found::{Found, Merge};
use crate::joining::intake::Intake;
use crate::tables::doc::{Doc, Object};
use crate::tables::source::{Content, Source};
use rb_record::error::Result;

/// Hands what `read` finds in each object to `intake`; `read` gets the object
/// and its number, from 0. None is an object that is passed over.
pub(crate) fn each(
    source: &mut Source,
    intake: &mut Intake,
    merge: Merge,
    mut read: impl for<'d, 'a> FnMut(&'d Doc<'a>, &'d Object<'a>, u64) -> Result<Option<Found<'a>>>,
) -> Result<()> {
    let mut number = 0;
    let mut take = |doc: Result<(&Doc, &str)>, intake: &mut Intake| {
        let found = doc.and_then(|(doc, part)| {
            let object = doc.object(part, "an object")?;
            read(doc, &object, number)
        });
        number += 1;
        match found.transpose() {
            Some(found) => intake.take(found, merge),
            None => Ok(()),
        }
    };
    if matches!(source.content, Content::Array { .. }) {
        let text = source.text()?;
        let doc = Doc::whole(&text, &source.name);
        for part in doc.elements(doc.text(), "an array of objects")? {
            take(Ok((&doc, part)), intake)?;
        }
        return Ok(());
    }
    let mut lines = source.lines()?;
    while let Some(line) = lines.next_line()? {
        match Doc::of_line(&line) {
            Ok(doc) => take(Ok((&doc, doc.text())), intake)?,
            Err(e) => take(Err(e), intake)?,
        }
    }
    Ok(())
}
