//! The forward pass: token ids to a unit vector a text.
//!
//! ```text
//! x₀ = norm(word[id] + position[place] + type[0])
//! each layer:  a = norm(x + O·attend(Q·x, K·x, V·x)),   x ← norm(a + W₂·gelu(W₁·a))
//! attend, a head: softmax(q·kᵀ/√(d/heads), padding left out)·v
//! vector = mean of x over the text's tokens, by its length
//! ```

use super::config::Config;
use super::rows::Rows;
use crate::loss;
use candle_core::{Device, Result, Tensor};

/// What a place behind a text's end adds to the softmax's numbers.
const LEFT_OUT: f32 = -1e9;

/// Texts of like length, worked on together.
#[derive(Debug, Clone)]
pub(crate) struct Group<'a> {
    /// Token ids of each text, at least one each.
    pub(crate) texts: Vec<&'a [u32]>,
}

impl Group<'_> {
    /// The tokens of the longest text.
    pub(crate) fn longest(&self) -> usize {
        self.texts.iter().map(|t| t.len()).max().unwrap_or(0)
    }

    /// The ids, texts one after another, filled up with 0 to the longest.
    pub(crate) fn ids(&self) -> Vec<u32> {
        let longest = self.longest();
        let mut ids = Vec::with_capacity(longest * self.texts.len());
        for (i, text) in self.texts.iter().enumerate() {
            ids.extend_from_slice(text);
            ids.resize((i + 1) * longest, 0);
        }
        ids
    }

    /// `inside` at each place of a text and `outside` behind its end, n×longest.
    fn marks(&self, inside: f32, outside: f32) -> Vec<f32> {
        let longest = self.longest();
        let of = |text: &&[u32]| {
            let length = text.len();
            (0..longest).map(move |t| if t < length { inside } else { outside })
        };
        self.texts.iter().flat_map(of).collect()
    }

    fn is_even(&self) -> bool {
        self.texts.iter().all(|t| t.len() == self.longest())
    }
}

/// Unit vectors (n×d) of a group; `words` (n·longest × d): the word embeddings of its
/// ids; `p`: all matrices of the encoder but the word embeddings.
pub(crate) fn embed(
    config: &Config,
    p: &[Tensor],
    words: &Tensor,
    group: &Group,
) -> Result<Tensor> {
    let (n, longest, d) = (group.texts.len(), group.longest(), config.width);
    let norm = |x: &Tensor, p: &[Tensor]| {
        let eps = config.eps as f32;
        let x = Rows::Standard { eps }.of(x)?;
        x.broadcast_mul(&p[0])?.broadcast_add(&p[1])
    };
    let dense = |x: &Tensor, p: &[Tensor]| x.matmul(&p[0].t()?)?.broadcast_add(&p[1]);
    let places = p[0]
        .narrow(0, 0, longest)?
        .broadcast_add(&p[1].narrow(0, 0, 1)?)?;
    let x = words.reshape((n, longest, d))?.broadcast_add(&places)?;
    let mut x = norm(&x.reshape((n * longest, d))?, &p[2..])?;
    let mask = if group.is_even() {
        None
    } else {
        let marks = group.marks(0.0, LEFT_OUT);
        Some(Tensor::from_vec(marks, (n, 1, 1, longest), &Device::Cpu)?)
    };
    for layer in p[4..].chunks_exact(16) {
        let heads = |part: usize| {
            dense(&x, &layer[2 * part..])?
                .reshape((n, longest, config.heads, d / config.heads))?
                .transpose(1, 2)?
                .contiguous()
        };
        let (q, k, v) = (heads(0)?, heads(1)?, heads(2)?);
        let q = (q * (config.heads as f64 / d as f64).sqrt())?;
        let mut scores = q.matmul(&k.t()?)?;
        if let Some(mask) = &mask {
            scores = scores.broadcast_add(mask)?;
        }
        let mixed = Rows::Softmax.of(&scores)?.matmul(&v)?;
        let mixed = mixed.transpose(1, 2)?.reshape((n * longest, d))?;
        let a = norm(&(dense(&mixed, &layer[6..])? + &x)?, &layer[12..])?;
        let inner = Rows::Gelu.of(&dense(&a, &layer[8..])?)?;
        x = norm(&(dense(&inner, &layer[10..])? + &a)?, &layer[14..])?;
    }
    let x = x.reshape((n, longest, d))?;
    let x = if group.is_even() {
        x
    } else {
        let marks = group.marks(1.0, 0.0);
        x.broadcast_mul(&Tensor::from_vec(marks, (n, longest, 1), &Device::Cpu)?)?
    };
    // By its length a mean is a sum.
    loss::unit_rows(&x.sum(1)?)
}
