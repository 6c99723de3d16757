"""How a fit grows: the exponent of its time in queries, models and numbers a
vector; part of `make bench`.

From a stream of scripts/bench/stream.py: each side is doubled alone, twice, and
the exponent is log2 of the ratio of the last two times. Below 1: what does not
grow still weighs. Vectors are cut to a width, or laid twice beside themselves.
"""

import json
import math
import statistics
import subprocess
import sys

ROUTERS = ["logistic", "domain", "stack", "kmeans", "avengers-pro", "knn", "hiershrink", "svm", "irt",
           "mlp", "embedllm", "routellm-mf", "sw-ranking", "cascade", "cascade-routing"]
START = (2000, 20, 128)
RUNS = 3


def stream(source, target, queries, models, width):
    """The first models of every query, `queries` of them evenly, vectors of `width` numbers."""
    with source.open() as lines:
        records = [json.loads(line) for line in lines]
    step = len(records) / queries
    with target.open("w") as out:
        for i in range(queries):
            record = records[int(i * step)]
            record["outcomes"] = dict(list(record["outcomes"].items())[:models])
            vector = record["embedding"]["vector"]
            record["embedding"]["vector"] = (vector * 2)[:width]
            out.write(json.dumps(record) + "\n")


def seconds(bin_folder, scratch, router, records):
    timing = scratch / "timing.json"
    taken = []
    for _ in range(RUNS):
        timing.unlink(missing_ok=True)
        subprocess.run(
            [bin_folder / "rb-fit", router, "--drop-embedding", "--quiet", "--timing", timing, records],
            check=True, stdout=subprocess.DEVNULL,
        )
        told = json.loads(timing.read_text())
        taken.append(told["fit_seconds"] + told["route_seconds"])
    return statistics.median(taken)


def exponents(bin_folder, scratch, source):
    """`source`: embedded and split records of at least 8,000 queries, 80 models, 256 numbers."""
    files = {}
    for side in range(3):
        for doubled in (1, 2):
            shape = list(START)
            shape[side] *= 2**doubled
            files[side, doubled] = scratch / f"growth-{side}-{doubled}.ndjson"
            stream(source, files[side, doubled], *shape)
    print(f"seconds of fit and routing when one side is doubled, from {START[0]} queries x {START[1]} models x {START[2]} numbers")
    print("  router: queries, models, numbers: exponent (seconds at twice, at four times)")
    for router in ROUTERS:
        cells = []
        for side in range(3):
            a, b = (seconds(bin_folder, scratch, router, files[side, doubled]) for doubled in (1, 2))
            cells.append(f"{math.log2(b / a):.2f} ({a:.2f}, {b:.2f})")
        print(f"  {router}: {', '.join(cells)}")
        sys.stdout.flush()
