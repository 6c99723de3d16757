"""Seconds and memory of rb-score on made-up records: `make bench-score`.

Usage: score.py BIN [QUERIES]   (default 11000 test queries, as many as RouterBench's)

11 models, 10 datasets, 5 routers of 4 steps a query. Prints a JSON line for
each number of resamples.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time


def record(r, i, split):
    hard = r.random()
    outcomes = {
        f"model-{m:02}": {
            "score": int(r.random() < 0.95 - 0.6 * hard + 0.02 * m),
            "cost": round(r.lognormvariate(-9 + 0.4 * m, 0.5), 8),
            "latency": round(r.lognormvariate(0, 0.5), 3),
        }
        for m in range(11)
    }
    out = {
        "id": f"{split}{i}",
        "dataset": f"set-{i % 10}",
        "split": split,
        "prompt": f"query {split} {i}",
        "outcomes": outcomes,
    }
    if split == "test":
        out["routes"] = {
            f"router-{k}": [
                {"alpha": a, "model": f"model-{m:02}"}
                for a, m in zip(
                    [0] + sorted(r.random() for _ in range(3)),
                    sorted(r.sample(range(11), 4)),
                )
            ]
            for k in range(5)
        }
    return json.dumps(out, separators=(",", ":"))


def main():
    folder = sys.argv[1]
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 11000
    r = random.Random(1)
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as f:
        for split, count in [("train", n // 4), ("test", n)]:
            for i in range(count):
                f.write(record(r, i, split) + "\n")
        f.flush()
        # Memory is the most of any child so far: the smaller run comes first.
        for resamples in ["0", "2000"]:
            start = time.monotonic()
            command = [f"{folder}/rb-score", f.name, "--resamples", resamples]
            subprocess.run([*command, "--quiet"], check=True, stdout=subprocess.DEVNULL)
            seconds = round(time.monotonic() - start, 2)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            line = {"queries": n, "models": 11, "routers": 5, "resamples": int(resamples)}
            line |= {"seconds": seconds, "peak_mb": round(peak)}
            line["kb_per_query"] = round(peak * 1024 / n, 1)
            print(json.dumps(line), flush=True)


main()
