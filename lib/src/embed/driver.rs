//! Runs an embedder over a window of texts.
//!
//! Equal texts are embedded once; what the cache holds is not computed again;
//! what is computed is stored part by part, so that an interrupted run keeps
//! its work. The texts go to the embedder from short to long (byte length, then
//! bytes), whatever their order in the window, so that batches hold texts of
//! like length. Memory is that of the window: a caller that streams passes
//! windows of [`WINDOW`] texts.

use std::collections::HashMap;

use super::{EmbedError, Embedder};

/// A good number of texts for one call of [`embed_all`]: wide enough to sort by
/// length, 6 MB of vectors at 384 numbers.
pub const WINDOW: usize = 4096;
/// So many texts are embedded and stored at a time.
const PART: usize = 256;

/// One vector a text, in the order of `texts`. `progress` is told how many of
/// the texts have been finished by each step; the numbers add up to
/// `texts.len()`.
pub fn embed_all(
    embedder: &mut dyn Embedder,
    texts: &[&str],
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Vec<f32>>, EmbedError> {
    if embedder.cache_identity().is_none() {
        let vectors = checked(embedder, texts)?;
        progress(texts.len());
        return Ok(vectors);
    }
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, text) in texts.iter().enumerate() {
        places.entry(text).or_default().push(place);
    }
    let mut distinct: Vec<&str> = places.keys().copied().collect();
    distinct.sort_unstable_by_key(|text| (text.len(), *text));

    let mut vectors = vec![Vec::new(); texts.len()];
    for part in distinct.chunks(PART) {
        for (text, vector) in part.iter().zip(checked(embedder, part)?) {
            for &place in &places[text] {
                vectors[place].clone_from(&vector);
            }
            progress(places[text].len());
        }
    }
    Ok(vectors)
}

/// Holds every embedder to its promise: one vector a text, all of one length.
fn checked(embedder: &mut dyn Embedder, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
    let vectors = embedder.embed(texts)?;
    if vectors.len() != texts.len() {
        return Err(EmbedError::Failed(format!(
            "{} gave {} vectors for {} texts",
            embedder.name(),
            vectors.len(),
            texts.len()
        )));
    }
    let dim = embedder.dim();
    match vectors.iter().find(|v| Some(v.len()) != dim) {
        None => Ok(vectors),
        Some(odd) => Err(EmbedError::Failed(format!(
            "{} gave a vector of {} numbers, expected {}",
            embedder.name(),
            odd.len(),
            dim.map_or("a known length".into(), |d| d.to_string())
        ))),
    }
}
