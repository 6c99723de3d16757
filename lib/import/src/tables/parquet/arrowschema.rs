//! Durations in Parquet. The format has no type for them: Arrow writes whole
//! numbers, and says in the file's metadata (`ARROW:schema`: the base64 of an
//! Arrow IPC message, a flatbuffer) of which columns these are a duration, and
//! in which unit. Only that is read here.
//!
//! Arrow's own reader panics at bytes that it does not expect; here whatever is
//! not as expected is no duration. Offsets are those of Schema.fbs and of the
//! flatbuffers' binary format.

use base64::Engine;

/// The key of the metadata.
pub(crate) const KEY: &str = "ARROW:schema";
/// How deep structs are looked into, and how many columns at most.
const DEPTH: usize = 4;
const MOST: usize = 10_000;

const SCHEMA: u8 = 1;
const STRUCT: u8 = 13;
const DURATION: u8 = 18;

/// The columns that are durations, each with the path of names that leads to it
/// and what one of it is in seconds.
pub(crate) fn durations(encoded: &str) -> Vec<(Vec<String>, f64)> {
    let mut found = Vec::new();
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded);
    let _ = bytes.ok().and_then(|bytes| schema(&bytes, &mut found));
    found
}

fn schema(bytes: &[u8], found: &mut Vec<(Vec<String>, f64)>) -> Option<()> {
    // A mark and a length stand before the message, in old files the length.
    let head = if bytes.starts_with(&[0xff; 4]) { 8 } else { 4 };
    let buffer = Buffer(bytes.get(head..)?);
    let message = buffer.follow(0)?;
    if buffer.byte(buffer.member(message, 1)?)? != SCHEMA {
        return None;
    }
    let schema = buffer.follow(buffer.member(message, 2)?)?;
    let mut left = MOST;
    let fields = buffer.follow(buffer.member(schema, 1)?)?;
    buffer.fields(fields, &mut Vec::new(), &mut left, found)
}

struct Buffer<'a>(&'a [u8]);

impl Buffer<'_> {
    fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn whole(&self, at: usize) -> Option<usize> {
        Some(u32::from_le_bytes(self.bytes(at)?) as usize)
    }

    /// Where the offset at `at` leads.
    fn follow(&self, at: usize) -> Option<usize> {
        at.checked_add(self.whole(at)?)
    }

    /// Where the member of that number stands in a table. None: it has its
    /// default.
    fn member(&self, table: usize, number: usize) -> Option<usize> {
        let back = i32::from_le_bytes(self.bytes(table)?);
        let index = i64::try_from(table).ok()? - i64::from(back);
        let index = usize::try_from(index).ok()?;
        let short = |at: usize| Some(usize::from(u16::from_le_bytes(self.bytes(at)?)));
        let slot = 4 + 2 * number;
        if slot + 2 > short(index)? {
            return None;
        }
        let offset = short(index.checked_add(slot)?)?;
        (offset != 0).then_some(table.checked_add(offset)?)
    }

    fn text(&self, at: usize) -> Option<String> {
        let (length, from) = (self.whole(at)?, at.checked_add(4)?);
        let bytes = self.0.get(from..from.checked_add(length)?)?;
        String::from_utf8(bytes.to_vec()).ok()
    }

    /// Looks through a vector of fields.
    fn fields(
        &self,
        vector: usize,
        path: &mut Vec<String>,
        left: &mut usize,
        found: &mut Vec<(Vec<String>, f64)>,
    ) -> Option<()> {
        for number in 0..self.whole(vector)? {
            *left = left.checked_sub(1)?;
            let field = self.follow(vector.checked_add(4)?.checked_add(number.checked_mul(4)?)?)?;
            let (Some(name), Some(kind)) = (self.member(field, 0), self.member(field, 2)) else {
                continue;
            };
            path.push(self.text(self.follow(name)?)?);
            match self.byte(kind)? {
                DURATION => found.push((path.clone(), self.unit(field)?)),
                STRUCT if path.len() < DEPTH => {
                    if let Some(children) = self.member(field, 5) {
                        self.fields(self.follow(children)?, path, left, found)?;
                    }
                }
                _ => {}
            }
            path.pop();
        }
        Some(())
    }

    /// The unit of a duration, in seconds.
    fn unit(&self, field: usize) -> Option<f64> {
        let duration = self.follow(self.member(field, 3)?)?;
        let unit = match self.member(duration, 0) {
            Some(at) => i16::from_le_bytes(self.bytes(at)?),
            None => 1,
        };
        [1.0, 1e-3, 1e-6, 1e-9]
            .get(usize::try_from(unit).ok()?)
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_schema_has_no_durations() {
        for text in ["", "====", "/////wAAAAA=", "AAAAAAAAAAAAAAAA"] {
            assert!(durations(text).is_empty(), "{text}");
        }
        let all = [0xffu8; 64];
        assert!(durations(&base64::engine::general_purpose::STANDARD.encode(all)).is_empty());
    }
}
