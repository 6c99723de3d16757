#!/usr/bin/env python3
"""Prints ratios against named peers, each pair measured in one run.

    make bench            (or: python3 scripts/bench.py [DATA [PART …]])

DATA is a file of query records; by default the cascades data beside the
workspace where present, else the demo data. PARTs: kmeans, pipeline, peers (the
fits of scikit-learn), size (the same on 36,500 simulated queries of 11 models),
growth (exponents); all by default. Peers: scikit-learn, jq.
The Python peers are installed into an environment of their own (.setup/bench).
Alternating runs, medians; a ratio below 1 means that the rb tools are faster.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/bench"))
sys.dont_write_bytecode = True
import growth  # noqa: E402
import peers  # noqa: E402

BIN = ROOT / "target/release"
ENVIRONMENT = ROOT / ".setup/bench"
PACKAGES = ["numpy==2.2.6", "scikit-learn==1.6.1", "threadpoolctl==3.5.0"]
RUNS = 5


def environment():
    """The peers' own Python, made on first use."""
    python = ENVIRONMENT / "bin/python"
    mark = ENVIRONMENT / "installed"
    if not mark.exists() or mark.read_text() != " ".join(PACKAGES):
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        mark.write_text(" ".join(PACKAGES))
    return python


def data_file(scratch):
    """The benchmark's records, uncompressed."""
    if sys.argv[1:2] not in ([], [""]):
        source = Path(sys.argv[1])
    else:
        shared = Path(os.environ.get("RB_SHARED_DATA", ROOT / "../shared/data"))
        source = shared / "cascades.ndjson.zst"
        if not source.exists():
            source = ROOT / "tests/data/demo.ndjson.gz"
    plain = scratch / "bench.ndjson"
    if source.suffix == ".zst":
        with plain.open("wb") as out:
            subprocess.run(["zstd", "-dc", source], stdout=out, check=True)
    elif source.suffix == ".gz":
        plain.write_bytes(gzip.decompress(source.read_bytes()))
    else:
        shutil.copy(source, plain)
    return source.name, plain


KMEANS = """
import json, sys, time, warnings
import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
warnings.simplefilter("ignore", ConvergenceWarning)
file, rows, columns, k, restarts, max_iter, tol, run = sys.argv[1:9]
x = np.fromfile(file, "<f4").reshape(int(rows), int(columns))
km = KMeans(int(k), n_init=int(restarts), max_iter=int(max_iter), tol=float(tol), random_state=int(run))
start = time.perf_counter()
km.fit(x)
print(json.dumps({"seconds": time.perf_counter() - start, "inertia": float(km.inertia_)}))
"""

TILE = """
import json, sys
import numpy as np
vectors = [json.loads(l)["embedding"]["vector"] for l in open(sys.argv[1])]
x = np.array(vectors, "f4")
rng = np.random.default_rng(0)
x = x[np.arange(20000) % len(x)]
x = x + rng.normal(0, 0.01, x.shape).astype("f4")
x /= np.linalg.norm(x, axis=1, keepdims=True)
x.astype("<f4").tofile(sys.argv[2])
print(x.shape[1])
"""


def kmeans(python, scratch, embedded):
    matrix = scratch / "matrix.f32"
    width = subprocess.run(
        [python, "-c", TILE, embedded, matrix], capture_output=True, text=True, check=True
    ).stdout.strip()
    shape = [str(matrix), "20000", width, "64", "3", "300", "1e-4"]
    example = ROOT / "target/release/examples/bench-kmeans"
    ours, theirs = [], []
    for run in range(RUNS):
        # Ours once a process too, so that both pay for a cold start.
        out = subprocess.run([example, *shape, "1"], capture_output=True, text=True, check=True)
        ours.append(json.loads(out.stdout))
        out = subprocess.run(
            [python, "-c", KMEANS, *shape, str(run)], capture_output=True, text=True, check=True
        )
        theirs.append(json.loads(out.stdout))
    seconds = [statistics.median(r["seconds"] for r in rows) for rows in (ours, theirs)]
    inertia = [statistics.median(r["inertia"] for r in rows) for rows in (ours, theirs)]
    print(
        f"k-means, 20000 x {width}, k 64, 3 restarts, max_iter 300, tol 1e-4, median of {RUNS}:\n"
        f"  rb (linfa-clustering, own distance) {seconds[0]:.2f} s, inertia {inertia[0]:.1f}\n"
        f"  scikit-learn KMeans                 {seconds[1]:.2f} s, inertia {inertia[1]:.1f}\n"
        f"  ratio of time {seconds[0] / seconds[1]:.2f}, of inertia {inertia[0] / inertia[1]:.4f}"
    )


def timed(command):
    start = time.perf_counter()
    subprocess.run(command, shell=True, check=True, cwd=ROOT, env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"})
    return time.perf_counter() - start


def pipeline(plain):
    ours = f"rb-embed {plain} | rb-fit kmeans | rb-score --quiet | rb-pareto --table > /dev/null"
    if shutil.which("jq") is None:
        print("pipeline against jq: skipped, jq is not installed")
        return
    theirs = f"jq -c . {plain} > /dev/null"
    pairs = [(timed(ours), timed(theirs)) for _ in range(RUNS + 1)][1:]
    a, b = (statistics.median(p[i] for p in pairs) for i in (0, 1))
    ratio = statistics.median(p[0] / p[1] for p in pairs)
    print(
        f"whole pipeline (embed | fit kmeans | score | pareto), median of {RUNS}:\n"
        f"  rb {a:.2f} s, jq -c . of the same file {b:.2f} s, ratio {ratio:.2f}"
    )


def simulated(scratch, *shape):
    """An embedded and split stream of scripts/bench/stream.py."""
    target = scratch / "simulated.ndjson"
    script = ROOT / "scripts/bench/stream.py"
    timed(f"python3 {script} {' '.join(shape)} | rb-embed | rb-split --seed 42 > {target}")
    return target


def main():
    parts = sys.argv[2:] or ["kmeans", "pipeline", "peers", "size", "growth"]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        python = environment()
        subprocess.run(
            ["cargo", "build", "--release", "--quiet", "--workspace", "--bins", "--examples"],
            cwd=ROOT, check=True,
        )
        name, plain = data_file(scratch)
        print(f"data: {name}")
        embedded = scratch / "embedded.ndjson"
        timed(f"rb-embed {plain} | rb-split --seed 42 > {embedded}")
        if "kmeans" in parts:
            kmeans(python, scratch, embedded)
        if "pipeline" in parts:
            pipeline(plain)
        if "peers" in parts:
            peers.compare(python, BIN, scratch, embedded, RUNS)
        if "size" in parts:
            peers.compare(python, BIN, scratch, simulated(scratch), 1)
        if "growth" in parts:
            shape = ["--queries", "8000", "--models", "80"]
            growth.exponents(BIN, scratch, simulated(scratch, *shape))


if __name__ == "__main__":
    main()
