//! Embeddings: a vector and the name of its embedder, read from a record.

use crate::error::{excerpt, Error, Result};
use crate::json;
use crate::record::query::Record;
use serde::de::{Deserializer, Visitor};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// An embedder's name and its vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding<'a> {
    /// Which embedder made it.
    pub model: Cow<'a, str>,
    /// Its numbers, each within ±1e15.
    pub vector: Vec<f32>,
}

impl<'a> Record<'a> {
    /// Only the embedder's name, so that rb-embed need not decode the vector.
    pub fn embedding_model(&self) -> Result<Option<Cow<'a, str>>> {
        let Some(raw) = self.raw("embedding") else {
            return Ok(None);
        };
        #[derive(Deserialize)]
        struct Name<'a> {
            #[serde(borrow)]
            model: Cow<'a, str>,
        }
        serde_json::from_str::<Name>(raw)
            .map(|n| Some(n.model))
            .map_err(|e| self.embedding_error(raw, &e))
    }

    fn embedding_error(&self, raw: &str, e: &serde_json::Error) -> Error {
        let e = json::syntax_error(raw, e);
        let from = &raw[json::floor_boundary(raw, e.offset)..];
        self.error_at(
            from,
            format!(
                "embedding is not {{\"model\":…,\"vector\":…}} ({}); remove it and run rb-embed",
                e.message
            ),
        )
    }

    /// The embedding: f32 values within ±[`LARGEST`], as an array or as base64.
    pub fn embedding(&self) -> Result<Option<Embedding<'a>>> {
        let Some(raw) = self.raw("embedding") else {
            return Ok(None);
        };
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(borrow)]
            model: Cow<'a, str>,
            vector: Vector,
        }
        if !raw.starts_with('{') {
            return Err(self.error_at(
                raw,
                format!("embedding is {}, expected {{\"model\":…,\"vector\":…}}; remove it and run rb-embed", excerpt(raw)),
            ));
        }
        let (model, vector) = match plain(raw) {
            Some(found) => found,
            None => {
                let wire: Wire =
                    serde_json::from_str(raw).map_err(|e| self.embedding_error(raw, &e))?;
                (wire.model, wire.vector.0)
            }
        };
        if vector.is_empty() {
            return Err(self.error_at(
                raw,
                "embedding.vector is empty, expected at least one number; run rb-embed",
            ));
        }
        // Not a number is beyond, too.
        let within = |v: &f32| (-LARGEST..=LARGEST).contains(v);
        if let Some(i) = vector.iter().position(|v| !within(v)) {
            return Err(self.error_at(
                raw,
                format!(
                    "embedding.vector[{i}] is {}, expected a number within ±{LARGEST:e}; run rb-embed again, or scale the vectors",
                    vector[i]
                ),
            ));
        }
        Ok(Some(Embedding { model, vector }))
    }
}

/// The embedder's name and the vector of an embedding as rb-embed writes it. `raw` is
/// JSON, so in it no string holds the vector's key: its quotes would be escaped.
fn plain(raw: &str) -> Option<(Cow<'_, str>, Vec<f32>)> {
    let members = raw.strip_prefix("{\"model\":")?.strip_suffix('}')?;
    let (model, vector) = members.split_once(",\"vector\":")?;
    let vector = match vector.strip_prefix('"') {
        Some(text) => of_base64(text.strip_suffix('"')?).ok()?,
        None => json::numbers(vector)?,
    };
    Some((json::string(model)?, vector))
}

/// The numbers of base64 of little-endian f32, or what is wrong with it.
fn of_base64(text: &str) -> std::result::Result<Vec<f32>, String> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|e| format!("the vector is not base64: {e}"))?;
    if bytes.len() % 4 != 0 {
        return Err(format!(
            "the vector has {} bytes, not a multiple of 4",
            bytes.len()
        ));
    }
    let numbers = bytes.chunks_exact(4);
    Ok(numbers
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect())
}

/// The largest value of an embedding: distances between vectors of thousands
/// of them are still numbers.
const LARGEST: f32 = 1e15;

/// A vector on the wire: an array of numbers, or base64 of little-endian f32.
struct Vector(Vec<f32>);

impl<'de> Deserialize<'de> for Vector {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Vector;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an array of numbers or base64 of little-endian f32")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> std::result::Result<Vector, A::Error> {
                let mut all = Vec::with_capacity(384);
                while let Some(v) = seq.next_element::<f32>()? {
                    all.push(v);
                }
                Ok(Vector(all))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Vector, E> {
                of_base64(text).map(Vector).map_err(E::custom)
            }
        }
        d.deserialize_any(V)
    }
}
