//! The member `embedding` of a record, and what keeps it from being made.

use crate::arguments::Encoding;
use rb_embed::EmbedError;
use rb_record::error::{Error, Kind};
use rb_record::json;

/// With the exit code that belongs to it.
pub(crate) fn fault(e: EmbedError) -> Error {
    let kind = match e {
        EmbedError::Usage(_) => Kind::Usage,
        EmbedError::Setup(_) | EmbedError::Failed(_) => Kind::Io,
    };
    Error::new(kind, e.to_string())
}

/// The value of `embedding`; `model` is quoted already.
pub(crate) fn embedding(model: &str, vector: &[f32], encoding: Encoding) -> String {
    let vector = match encoding {
        Encoding::Array => json::vector(vector),
        Encoding::Base64 => json::vector_base64(vector),
    };
    format!("{{\"model\":{model},\"vector\":{vector}}}")
}
