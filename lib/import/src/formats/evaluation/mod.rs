//! What evaluation programs write, one file a format: a sample, the model's
//! answer and its grade.

pub(crate) mod alpacaeval;
pub(crate) mod battles;
pub(crate) mod helm;
pub(crate) mod inspect;
pub(crate) mod lmeval;
pub(crate) mod promptfoo;
mod sample;
pub(crate) mod zeroeval;
