#!/usr/bin/env python3
"""Writes Parquet files of the tests that take another program to write:
tests/data/import/durations.parquet and structs.parquet of rb-import's, and
tests/data/embed/vectors.parquet of rb-embed's.

Needs pyarrow, which it installs into an environment of its own.
"""
import pathlib

import own_venv

own_venv.rerun_inside("parquet-fixtures", ["pyarrow==26.0.1"])

import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests/data/import"

# Arrow's durations are whole numbers in Parquet, whose unit only Arrow's own
# schema tells.
durations = pa.table({
    "query": ["Sum", "Sum", "Sort"],
    "model": ["small", "large", "small"],
    "score": pa.array([1, 0, 1], pa.int8()),
    "latency": pa.array([1500, 2500, None], pa.duration("ms")),
    "asked": pa.array([1, 2, 3], pa.timestamp("ms")),
})
pq.write_table(durations, OUT / "durations.parquet", compression="zstd")

answer = pa.struct([
    ("score", pa.float64()),
    ("num_input_tokens", pa.int64()),
    ("num_output_tokens", pa.int64()),
    ("latency", pa.duration("us")),
    ("response", pa.string()),
])
first = {"score": 1.0, "num_input_tokens": 10, "num_output_tokens": 20, "latency": 250000, "response": "12"}
second = {"score": 0.25, "num_input_tokens": 11, "num_output_tokens": 7, "latency": None, "response": "{\"a\": 1}"}
structs = pa.table({
    "key": ["k1", "k2"],
    "prompt": ["Sum 5 and 7", "Write JSON"],
    "golden": ["12", "{}"],
    "acme-8b": pa.array([first, second], answer),
    "bolt.2": pa.array([second, None], answer),
})
pq.write_table(structs, OUT / "structs.parquet")

# What rb-embed --vectors reads: lists of 32-bit and of 64-bit floats, a list of texts.
vectors = pa.table({
    "id": ["a", "b", "c"],
    "vector": pa.array([[0.1, -0.25, 1e-30], [1.5, 2.0, 0.0], [-3.25, 1e15, 7.0]], pa.list_(pa.float32())),
    "emb": pa.array([[0.1, 0.5], [1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float64())),
    "uneven": pa.array([[0.1], [1.0, 2.0], [3.0]], pa.list_(pa.float32())),
    "words": [["x"], ["y"], ["z"]],
    "gap": pa.array([[1.0], None, [2.0]], pa.list_(pa.float32())),
    "zero": pa.array([[1.0], [0.0], [2.0]], pa.list_(pa.float32())),
    "twice": ["a", "b", "a"],
})
pq.write_table(vectors, OUT.parent / "embed/vectors.parquet", compression="zstd")
