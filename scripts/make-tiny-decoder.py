#!/usr/bin/env python3
"""Writes tests/data/tiny-decoder/: a decoder of the Qwen3 family with random
weights, and what it must compute.

  python3 scripts/make-tiny-decoder.py

expected.json holds vectors by a forward pass written here, number by number, in
double precision: RMS norms, heads that share keys, norms of queries and keys,
rotary positions, the causal mask, the gated layer. Standard library only.
"""

import json
import math
import pathlib
import random
import struct

TARGET = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "tiny-decoder"
WORDS = ["[UNK]", "red", "green", "blue", "one", "two", "three", "of"]
TEXTS = ["red", "red green", "green red", "two of three blue", "blue blue blue", "one red of two green", "mauve"]
CONFIG = {
    "model_type": "qwen3",
    "attention_bias": False,
    "attention_dropout": 0.0,
    "head_dim": 4,
    "hidden_act": "silu",
    "hidden_size": 12,
    "intermediate_size": 20,
    "max_position_embeddings": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-6,
    "rope_scaling": None,
    "rope_theta": 10000.0,
    "sliding_window": None,
    "tie_word_embeddings": True,
    "vocab_size": len(WORDS),
}


def shapes():
    hidden, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    queries = CONFIG["num_attention_heads"] * CONFIG["head_dim"]
    keys = CONFIG["num_key_value_heads"] * CONFIG["head_dim"]
    yield "embed_tokens.weight", [len(WORDS), hidden]
    for layer in range(CONFIG["num_hidden_layers"]):
        for name, shape in [
            ("input_layernorm", [hidden]),
            ("self_attn.q_proj", [queries, hidden]),
            ("self_attn.k_proj", [keys, hidden]),
            ("self_attn.v_proj", [keys, hidden]),
            ("self_attn.o_proj", [hidden, queries]),
            ("self_attn.q_norm", [CONFIG["head_dim"]]),
            ("self_attn.k_norm", [CONFIG["head_dim"]]),
            ("post_attention_layernorm", [hidden]),
            ("mlp.gate_proj", [inner, hidden]),
            ("mlp.up_proj", [inner, hidden]),
            ("mlp.down_proj", [hidden, inner]),
        ]:
            yield f"layers.{layer}.{name}.weight", shape
    yield "norm.weight", [hidden]


def single(value):
    """The nearest f32, which is what the file holds."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def draw():
    rng = random.Random(7)
    weights = {}
    for name, shape in shapes():
        if len(shape) == 1:
            weights[name] = [single(rng.uniform(0.5, 1.5)) for _ in range(shape[0])]
        else:
            # Small beside the words' own vectors, so that the last one still shows.
            spread = 1.0 if name.startswith("embed") else 0.25
            weights[name] = [[single(rng.gauss(0, spread)) for _ in range(shape[1])] for _ in range(shape[0])]
    return weights


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector)) for row in matrix]


def norm(vector, weight):
    scale = math.sqrt(sum(v * v for v in vector) / len(vector) + CONFIG["rms_norm_eps"])
    return [v / scale * w for v, w in zip(vector, weight)]


def turned(head, position):
    half = len(head) // 2
    out = [0.0] * len(head)
    for i in range(half):
        angle = position * CONFIG["rope_theta"] ** (-i / half)
        cos, sin = math.cos(angle), math.sin(angle)
        out[i] = head[i] * cos - head[i + half] * sin
        out[i + half] = head[i + half] * cos + head[i] * sin
    return out


def heads(vector):
    size = CONFIG["head_dim"]
    return [vector[i : i + size] for i in range(0, len(vector), size)]


def attended(weights, layer, states):
    def of(name):
        return weights[f"layers.{layer}.self_attn.{name}.weight"]

    inputs = [norm(s, weights[f"layers.{layer}.input_layernorm.weight"]) for s in states]

    def placed(name):
        all_heads = [heads(times(of(f"{name}_proj"), x)) for x in inputs]
        return [[turned(norm(h, of(f"{name}_norm")), p) for h in row] for p, row in enumerate(all_heads)]

    queries, keys = placed("q"), placed("k")
    values = [heads(times(of("v_proj"), x)) for x in inputs]
    shared = CONFIG["num_attention_heads"] // CONFIG["num_key_value_heads"]
    out = []
    for p, state in enumerate(states):
        joined = []
        for h, query in enumerate(queries[p]):
            logits = [
                sum(a * b for a, b in zip(query, keys[q][h // shared])) / math.sqrt(CONFIG["head_dim"])
                for q in range(p + 1)
            ]
            parts = [math.exp(logit - max(logits)) for logit in logits]
            total = sum(parts)
            joined += [
                sum(w / total * values[q][h // shared][i] for q, w in enumerate(parts))
                for i in range(CONFIG["head_dim"])
            ]
        out.append([s + v for s, v in zip(state, times(of("o_proj"), joined))])
    return out


def gated(weights, layer, state):
    def of(name):
        return weights[f"layers.{layer}.mlp.{name}_proj.weight"]

    x = norm(state, weights[f"layers.{layer}.post_attention_layernorm.weight"])
    gate = [v / (1 + math.exp(-v)) for v in times(of("gate"), x)]
    inner = [g * u for g, u in zip(gate, times(of("up"), x))]
    return [s + v for s, v in zip(state, times(of("down"), inner))]


def vector(weights, text):
    ids = [WORDS.index(w) if w in WORDS else 0 for w in text.split()]
    states = [weights["embed_tokens.weight"][i] for i in ids]
    for layer in range(CONFIG["num_hidden_layers"]):
        states = [gated(weights, layer, s) for s in attended(weights, layer, states)]
    last = norm(states[-1], weights["norm.weight"])
    length = math.sqrt(sum(v * v for v in last))
    return [v / length for v in last]


def safetensors(weights):
    header, data = {}, b""
    for name, shape in shapes():
        rows = weights[name] if len(shape) == 1 else [v for row in weights[name] for v in row]
        part = struct.pack(f"<{len(rows)}f", *rows)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def tokenizer():
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": {w: i for i, w in enumerate(WORDS)}, "unk_token": "[UNK]"},
    }


def main():
    weights = draw()
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "model.safetensors").write_bytes(safetensors(weights))
    expected = {text: [round(v, 7) for v in vector(weights, text)] for text in TEXTS}
    for name, value in [("config.json", CONFIG), ("tokenizer.json", tokenizer()), ("expected.json", expected)]:
        (TARGET / name).write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    main()
