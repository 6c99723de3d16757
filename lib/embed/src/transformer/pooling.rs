//! How a transformer's token vectors become a text's vector.

use std::str::FromStr;

/// How the tokens' vectors become the text's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean over the tokens that are not padding.
    Mean,
    /// That of the first token, `[CLS]`.
    Cls,
    /// That of the last token, which alone has read the whole text in a decoder.
    Last,
}

impl FromStr for Pooling {
    type Err = String;

    fn from_str(text: &str) -> Result<Pooling, String> {
        match text {
            "mean" => Ok(Pooling::Mean),
            "cls" => Ok(Pooling::Cls),
            "last" => Ok(Pooling::Last),
            _ => Err(format!(
                "unknown pooling {text:?}, expected mean, cls or last"
            )),
        }
    }
}
