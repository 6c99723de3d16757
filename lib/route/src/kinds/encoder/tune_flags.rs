//! The flags of the routers that can tune their encoder, and what these then read.

use crate::file::params::{Flag, Params};
use crate::table::signals::Reads;
use crate::table::Needs;

/// `--fine-tune`.
pub const FINE_TUNE: Flag = Flag {
    name: "fine-tune",
    value: "",
    default: "",
    help: "Train the encoder too, on the prompts' texts; no embeddings are read",
};

/// `--model-dir`, which stays out of the router file.
pub const MODEL_DIR: Flag = Flag {
    name: "model-dir",
    value: "DIR",
    default: "",
    help: "The BERT-shaped encoder to --fine-tune: config.json, tokenizer.json, model.safetensors [default: MiniLM, as make minilm sets it up]",
};

/// `--checkpoint`, which stays out of the router file.
pub const CHECKPOINT: Flag = Flag {
    name: "checkpoint",
    value: "DIR",
    default: "",
    help: "Keep in DIR how far --fine-tune is, after each pass and every five minutes, and go on from there",
};

/// `--max-tokens`.
pub const MAX_TOKENS: Flag = Flag {
    name: "max-tokens",
    value: "N",
    default: "128",
    help: "Tokens after which --fine-tune cuts a prompt off",
};

/// `--tune-epochs`, with its default.
pub const fn epochs(default: &'static str) -> Flag {
    Flag {
        name: "tune-epochs",
        value: "N",
        default,
        help: "The most passes of --fine-tune over train; they end when two in a row gain nothing on a tenth held out",
    }
}

/// `--tune-rate`.
pub const RATE: Flag = Flag {
    name: "tune-rate",
    value: "R",
    default: "0.00005",
    help: "The highest learning rate of --fine-tune",
};

/// `--tune-batch`, with its default.
pub const fn batch(default: &'static str) -> Flag {
    Flag {
        name: "tune-batch",
        value: "N",
        default,
        help: "Prompts of a mini-batch of --fine-tune",
    }
}

/// What is read of a query: its prompt where the encoder was tuned, else its vector.
pub fn needs(params: &Params) -> Needs {
    if !params.is_on(FINE_TUNE.name) {
        return Needs::EMBEDDING;
    }
    Needs {
        embedding: false,
        text: true,
        signals: Reads::Nothing,
    }
}
