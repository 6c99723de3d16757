"""Peak memory of every tool over many records: `make bench-memory`.

Usage: memory.py BIN [RECORDS]   (default 1000000)

Made-up benchmark: RECORDS queries, 5 models, as a RouterBench table. Each tool
reads what the one before it wrote; those that take --memory run once more with
little of it and must write the same bytes. Prints a JSON line a run: seconds,
peak resident bytes, and bytes a record. The files lie in a folder of their own under
the system's temporary one, which is removed at the end.
"""

import filecmp
import json
import os
import random
import subprocess
import sys
import tempfile
import time

# What tools that take --memory run with once more.
LITTLE = "100M"
MODELS = [f"model-{m}" for m in range(5)]


def table(path, n):
    """A RouterBench table: a prompt's score and cost for every model."""
    r = random.Random(1)
    header = ["sample_id", "prompt", "eval_name", *MODELS]
    header += [f"{m}|total_cost" for m in MODELS]
    with open(path, "w") as out:
        out.write(",".join(header) + "\n")
        for i in range(n):
            words = " ".join(f"word{r.randrange(5000)}" for _ in range(12))
            scores = [str(int(r.random() < 0.4 + 0.1 * m)) for m in range(5)]
            costs = [f"{2.0**m * 1e-5 * (0.5 + r.random()):.8f}" for m in range(5)]
            out.write(f"set-{i % 10}.{i},query {i} {words},set-{i % 10},")
            out.write(",".join(scores + costs) + "\n")


def some(whole, path, n):
    """The first n lines."""
    with open(whole) as lines, open(path, "w") as out:
        for _, line in zip(range(n), lines):
            out.write(line)


def run(folder, tool, args, records):
    start = time.time()
    child = subprocess.Popen([os.path.join(folder, tool), *args, "--quiet"])
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{tool} {' '.join(args)} ended with {status}")
    peak = usage.ru_maxrss * 1024
    shown = args[: {"rb-fit": 1 + ("--partial" in args), "rb-score": 1}.get(tool, 0)]
    line = {"tool": " ".join([tool, *(a for a in shown if not a.startswith("/"))])}
    line |= {"memory": LITTLE} if LITTLE in args else {}
    line |= {"records": records, "seconds": round(time.time() - start, 1), "peak_bytes": peak}
    line["bytes_a_record"] = round(peak / records)
    print(json.dumps(line), flush=True)


def main():
    folder = sys.argv[1]
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as work:
        path = lambda name: os.path.join(work, name)
        table(path("table.csv"), n)
        steps = [
            ("rb-import", [path("table.csv")], "records"),
            ("rb-split", [path("records")], "split"),
            ("rb-embed", [path("split")], "embedded"),
            ("rb-fit", ["keyword", "--partial", path("embedded")], "sums"),
            ("rb-fit", ["kmeans", "--k", "8", "--restarts", "1", path("embedded")], "fitted"),
            ("rb-route", [path("router.json"), "--input", path("embedded")], "routed"),
            ("rb-score", [path("fitted")], "scores"),
            ("rb-score", ["--partial", path("fitted")], "part"),
        ]
        spent = {"split": ["table.csv"], "embedded": ["records", "split"], "routed": ["routed"]}
        for tool, args, out in steps:
            if tool == "rb-route":
                # Fitted on some: its calibration curve costs five further fits.
                some(path("embedded"), path("some"), 20_000)
                fit = [os.path.join(folder, "rb-fit"), "kmeans", "--k", "8", "--quiet"]
                save = ["--save", path("router.json"), "-o", path("spare"), path("some")]
                subprocess.run(fit + save, check=True)
            run(folder, tool, [*args, "-o", path(out)], n)
            if out in ["records", "fitted", "scores"]:
                run(folder, tool, [*args, "--memory", LITTLE, "-o", path("again")], n)
                if not filecmp.cmp(path(out), path("again"), shallow=False):
                    sys.exit(f"{tool} writes other bytes with --memory {LITTLE}")
                os.remove(path("again"))
            for name in spent.get(out, []):
                os.remove(path(name))


if __name__ == "__main__":
    main()
