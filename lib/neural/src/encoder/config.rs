//! The sizes of an encoder, as config.json tells them, and the shape and name of
//! each of its matrices.

use crate::tape::Shapes;
use serde::Deserialize;

/// What config.json says, as far as it matters.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    model_type: String,
    hidden_act: String,
    #[serde(default)]
    position_embedding_type: Option<String>,
    /// d, the numbers of a token's state and of a text's vector.
    #[serde(rename = "hidden_size")]
    pub width: usize,
    #[serde(rename = "num_hidden_layers")]
    pub(crate) layers: usize,
    #[serde(rename = "num_attention_heads")]
    pub(crate) heads: usize,
    #[serde(rename = "intermediate_size")]
    pub(crate) inner: usize,
    #[serde(rename = "vocab_size")]
    pub(crate) vocabulary: usize,
    /// The most tokens of a text.
    #[serde(rename = "max_position_embeddings")]
    pub places: usize,
    #[serde(rename = "type_vocab_size")]
    pub(crate) types: usize,
    #[serde(rename = "layer_norm_eps", default = "eps")]
    pub(crate) eps: f64,
}

fn eps() -> f64 {
    1e-12
}

/// The largest size that is believed, so that a damaged file asks for no memory.
const LARGEST: usize = 1 << 24;

impl Config {
    /// Reads config.json; an encoder that is not BERT's is refused.
    pub fn read(text: &str) -> Result<Config, String> {
        let config: Config = serde_json::from_str(text)
            .map_err(|e| format!("config.json is not that of a BERT encoder: {e}"))?;
        let refuse = |what: &str, found: &str, expected: &str| {
            Err(format!(
                "config.json has the {what} {found:?}, expected {expected:?}: only BERT-shaped encoders can be tuned"
            ))
        };
        if config.model_type != "bert" {
            return refuse("model_type", &config.model_type, "bert");
        }
        if config.hidden_act != "gelu" {
            return refuse("hidden_act", &config.hidden_act, "gelu");
        }
        match config.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => return refuse("position_embedding_type", other, "absolute"),
        }
        let sizes = [
            config.width,
            config.layers,
            config.heads,
            config.inner,
            config.vocabulary,
            config.places,
            config.types,
        ];
        let sound = sizes.iter().all(|s| (1..=LARGEST).contains(s));
        if !sound || !config.width.is_multiple_of(config.heads) || config.places < 3 {
            return Err(format!(
                "config.json has sizes that no encoder has: {sizes:?} (width, layers, heads, intermediate size, vocabulary, places, types)"
            ));
        }
        Ok(config)
    }

    /// Name, rows and columns of each matrix, in the order of the flat vector; a
    /// vector is a matrix of one row.
    pub(crate) fn matrices(&self) -> Vec<(String, (usize, usize))> {
        let (d, inner) = (self.width, self.inner);
        let mut all: Vec<(String, (usize, usize))> = Vec::new();
        let mut add = |name: String, rows, columns| all.push((name, (rows, columns)));
        let norm = |add: &mut dyn FnMut(String, usize, usize), at: &str| {
            add(format!("{at}.LayerNorm.weight"), 1, d);
            add(format!("{at}.LayerNorm.bias"), 1, d);
        };
        for (name, rows) in [
            ("word", self.vocabulary),
            ("position", self.places),
            ("token_type", self.types),
        ] {
            add(format!("embeddings.{name}_embeddings.weight"), rows, d);
        }
        norm(&mut add, "embeddings");
        for layer in 0..self.layers {
            let at = format!("encoder.layer.{layer}");
            let mut dense = |name: &str, rows: usize, columns: usize| {
                add(format!("{at}.{name}.weight"), rows, columns);
                add(format!("{at}.{name}.bias"), 1, rows);
            };
            for name in ["query", "key", "value"] {
                dense(&format!("attention.self.{name}"), d, d);
            }
            dense("attention.output.dense", d, d);
            dense("intermediate.dense", inner, d);
            dense("output.dense", d, inner);
            norm(&mut add, &format!("{at}.attention.output"));
            norm(&mut add, &format!("{at}.output"));
        }
        all
    }

    /// The shapes alone.
    pub(crate) fn shapes(&self) -> Shapes {
        self.matrices()
            .into_iter()
            .map(|(_, shape)| shape)
            .collect()
    }
}
