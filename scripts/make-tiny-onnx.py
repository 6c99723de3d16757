#!/usr/bin/env python3
"""Writes tests/data/tiny-onnx/: an embedding model small enough to check by hand.

  python3 scripts/make-tiny-onnx.py

Seven words with vectors of three numbers; the network looks them up and does
nothing else, so that mean and cls pooling, padding and truncation can be
computed on paper. The padding's vector is large: it shows at once where the
mask is forgotten. Standard library only.
"""

import json
import pathlib
import struct

from minilm_onnx import FLOAT, INT64, OPSET, Graph, block, number, value_info

TARGET = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "tiny-onnx"
WORDS = {
    "[PAD]": (900, 900, 900),
    "[UNK]": (0, 0, -1),
    "[CLS]": (1, 0, 0),
    "[SEP]": (0, 0, 0),
    "red": (0, 2, 0),
    "green": (0, 0, 2),
    "blue": (2, 2, 2),
}


def network():
    g = Graph()
    values = [v for row in WORDS.values() for v in row]
    g.constant("table", FLOAT, [len(WORDS), 3], struct.pack(f"<{len(values)}f", *values))
    g.node("Gather", "table", "input_ids", name="last_hidden_state")
    shape = ["batch", "sequence"]
    graph = (
        b"".join(block(1, n) for n in g.nodes)
        + block(2, "tiny")
        + b"".join(block(5, t) for t in g.initializers)
        + b"".join(block(11, value_info(i, INT64, shape)) for i in ("input_ids", "attention_mask"))
        + block(12, value_info("last_hidden_state", FLOAT, [*shape, 3]))
    )
    return number(1, 8) + block(7, graph) + block(8, number(2, OPSET))


def tokenizer():
    ids = {word: number for number, word in enumerate(WORDS)}
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    marks = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    marks.append({"SpecialToken": {"id": "[SEP]", "type_id": 0}})
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": ids[t], "content": t, **plain} for t in special],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": marks,
            "pair": marks,
            "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")},
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": ids, "unk_token": "[UNK]"},
    }


def main():
    files = {
        "config.json": {"pad_token_id": 0},
        "tokenizer_config.json": {"model_max_length": 512, "pad_token": "[PAD]"},
        "tokenizer.json": tokenizer(),
        "1_Pooling/config.json": {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False},
        "sentence_bert_config.json": {"max_seq_length": 6},
    }
    for name, value in files.items():
        path = TARGET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, indent=1) + "\n")
    (TARGET / "model.onnx").write_bytes(network())


if __name__ == "__main__":
    main()
