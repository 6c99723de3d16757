//! An encoder as a whole: its sizes, its tokenizer and its weights.

use super::config::Config;
use super::forward::{self, Group};
use super::{tokens, weights, workers};
use crate::tape::{self, AGREE};
use candle_core::{Device, Tensor};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use tokenizers::Tokenizer;

/// What its file says beside the weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    max_tokens: usize,
    config: String,
    tokenizer: String,
}

/// A text encoder: the mean of its last states, of length 1.
pub struct Encoder {
    note: Note,
    pub(crate) config: Config,
    tokenizer: Tokenizer,
    /// All weights, word embeddings first.
    pub(crate) at: Vec<f32>,
}

impl Encoder {
    /// Of the texts of config.json and tokenizer.json and the bytes of
    /// model.safetensors. Texts are cut off after `max_tokens`, those that mark their
    /// ends included.
    pub fn new(
        config: String,
        tokenizer: String,
        bytes: &[u8],
        max_tokens: usize,
    ) -> Result<Encoder, String> {
        Encoder::with(
            Note {
                max_tokens,
                config,
                tokenizer,
            },
            bytes,
        )
    }

    /// Of a file as [`file`](Encoder::file) makes it.
    pub fn read(bytes: &[u8]) -> Result<Encoder, String> {
        let note = weights::note(bytes)?;
        let note = serde_json::from_str(&note)
            .map_err(|e| format!("the note of the weights is damaged: {e}"))?;
        Encoder::with(note, bytes)
    }

    fn with(note: Note, bytes: &[u8]) -> Result<Encoder, String> {
        let config = Config::read(&note.config)?;
        if !(3..=config.places).contains(&note.max_tokens) {
            return Err(format!(
                "texts of {} tokens are asked for, expected 3..{} (two of them mark its ends)",
                note.max_tokens, config.places
            ));
        }
        let tokenizer = tokens::tokenizer(&note.tokenizer, note.max_tokens, config.vocabulary)?;
        Ok(Encoder {
            at: weights::read(&config, bytes)?,
            note,
            config,
            tokenizer,
        })
    }

    /// Everything in one safetensors file.
    pub fn file(&self) -> Vec<u8> {
        let note = serde_json::to_string(&self.note).expect("strings and a number can be written");
        weights::write(&self.config, &self.at, note)
    }

    /// d, the numbers of a vector.
    pub fn width(&self) -> usize {
        self.config.width
    }

    /// How many numbers the weights are.
    pub fn parameters(&self) -> usize {
        self.at.len()
    }

    /// Ids of the tokens of each text.
    pub(crate) fn tokens(&self, texts: &[String]) -> Vec<Vec<u32>> {
        workers::each(texts.len(), |i| tokens::ids(&self.tokenizer, &texts[i]))
    }

    /// Unit vectors (n×d). Each text is worked on alone, so that its vector is the
    /// same among others.
    pub fn embed(&self, texts: &[String]) -> Array2<f32> {
        self.embed_tokens(&self.tokens(texts), &self.at)
    }

    /// The same of tokens, with the weights `at`.
    pub(crate) fn embed_tokens(&self, tokens: &[Vec<u32>], at: &[f32]) -> Array2<f32> {
        let parts = tape::parts(&self.config.shapes(), at);
        let fixed: Vec<Tensor> = parts[1..]
            .iter()
            .map(|p| tape::constant(&p.to_owned()))
            .collect();
        let rows = workers::each(tokens.len(), |i| {
            let group = Group {
                texts: vec![&tokens[i]],
            };
            let words = tensor(gather(&parts[0], &group.ids()));
            words
                .and_then(|words| forward::embed(&self.config, &fixed, &words, &group))
                .and_then(|v| v.flatten_all()?.to_vec1::<f32>())
                .expect(AGREE)
        });
        Array2::from_shape_vec((tokens.len(), self.config.width), rows.concat())
            .expect("a vector has a number for each of its width")
    }
}

/// The rows `ids` of `words`.
pub(crate) fn gather(words: &ArrayView2<f32>, ids: &[u32]) -> Array2<f32> {
    let ids: Vec<usize> = ids.iter().map(|&id| id as usize).collect();
    words.select(ndarray::Axis(0), &ids)
}

fn tensor(rows: Array2<f32>) -> candle_core::Result<Tensor> {
    let shape = rows.dim();
    Tensor::from_vec(rows.into_iter().collect(), shape, &Device::Cpu)
}
