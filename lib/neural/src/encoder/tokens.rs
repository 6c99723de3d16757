//! A text to the ids of its tokens, by tokenizer.json.

use tokenizers::{Tokenizer, TruncationParams};

/// The tokenizer of `json`, which cuts texts off after `most` tokens, those that mark
/// its ends included; its ids are below `vocabulary`.
pub(crate) fn tokenizer(json: &str, most: usize, vocabulary: usize) -> Result<Tokenizer, String> {
    let refused = |e| format!("tokenizer.json cannot be read: {e}");
    let mut tokenizer: Tokenizer = json.parse().map_err(refused)?;
    let cut = TruncationParams {
        max_length: most,
        ..TruncationParams::default()
    };
    tokenizer.with_truncation(Some(cut)).map_err(refused)?;
    tokenizer.with_padding(None);
    let largest = tokenizer.get_vocab(true).into_values().max();
    if largest.is_none_or(|id| id as usize >= vocabulary) {
        return Err(format!(
            "tokenizer.json has ids up to {}, and the encoder knows {vocabulary}: they are not of one model",
            largest.unwrap_or(0)
        ));
    }
    if ids(&tokenizer, "").is_empty() {
        return Err("tokenizer.json does not mark the ends of a text, which BERT's does".into());
    }
    Ok(tokenizer)
}

/// The ids of `text`, at least one.
pub(crate) fn ids(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    let encoding = tokenizer.encode(text, true);
    encoding
        .expect("a text can be cut into tokens")
        .get_ids()
        .to_vec()
}
