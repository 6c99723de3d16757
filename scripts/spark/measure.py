#!/usr/bin/env python3
"""What `make spark-measure` runs: a million records through the job and through one pipeline.

  scripts/spark/measure.py BIN [RECORDS]

Records of scripts/bench/memory.py. Prints a JSON line a run: seconds, and of each
tool the peak resident memory of any of its processes. The bytes of one executor,
of two, the scores and the router fitted in parts must be those of the tools alone, else it ends with 1.
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "bench")]
sys.dont_write_bytecode = True
import memory
import test

TOOLS = ("rb-embed", "rb-route", "rb-score", "rb-fit")


class Peaks(threading.Thread):
    """Looks at the tools' processes until it is told to stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peaks, self.ended = {}, threading.Event()

    def run(self):
        while not self.ended.wait(0.2):
            for pid in test.descendants(os.getpid()):
                try:
                    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                    words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue  # It has ended.
                told = dict(line.split(":", 1) for line in lines)
                name = told["Name"].strip()
                if name in TOOLS and "VmHWM" in told:
                    name += "".join(f" {flag}" for flag in ("--partial", "--merge") if flag.encode() in words)
                    peak = int(told["VmHWM"].split()[0]) * 1024
                    self.peaks[name] = max(peak, self.peaks.get(name, 0))


def measured(what, records, work):
    watch, start = Peaks(), time.time()
    watch.start()
    work()
    seconds = time.time() - start
    watch.ended.set()
    watch.join()
    print(json.dumps({"run": what, "records": records, "seconds": round(seconds, 1),
                      "records_a_second": round(records / seconds), "peak_bytes": watch.peaks}), flush=True)


def digest(*paths):
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                whole.update(block)
    return whole.hexdigest()


def job(o, folder, executors, *words):
    """The job with so many executor processes of one core."""
    here = argparse.Namespace(bin=o.bin, partitions=o.partitions)
    test.MASTER = f"local-cluster[{executors},1,1024]"
    test.ended(test.job(here, folder, *words))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--partitions", type=int, default=16)
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        memory.table(folder / "table.csv", o.records)
        shell = lambda line: subprocess.run(line, shell=True, cwd=folder, check=True,
                                            env={"PATH": f"{o.bin}:/usr/bin:/bin"})
        shell("rb-import --quiet table.csv | rb-split --quiet -o in.ndjson")
        shell("head -20000 in.ndjson | rb-embed --quiet | rb-fit kmeans --k 8 --quiet --save kmeans.json -o fitted")
        alone = "rb-embed --encoding base64 --threads 1 in.ndjson | rb-route kmeans.json --threads 1 -o alone"
        measured("one pipeline, a thread a tool", o.records, lambda: shell(alone))
        stages = [word for stage in test.STAGES for word in ("--stage", stage)]
        wanted = digest(folder / "alone")
        for executors in (1, 2):
            out = folder / f"routed-{executors}"
            words = ("pipe", "in.ndjson", out.name, *stages, "--file", "kmeans.json")
            measured(f"pipe, {executors} executors", o.records, lambda: job(o, folder, executors, *words))
            if digest(*sorted(out.glob("part-*"))) != wanted:
                sys.exit(f"with {executors} executors the records differ")
            if executors == 1:
                shell("rm -r routed-1")
        shell("rm -r routed-2")
        scores = lambda: shell("rb-score --quiet --split test --by dataset alone -o scores-alone")
        measured("rb-score alone", o.records, scores)
        words = ("score", "alone", "scores", "--by", "dataset")
        measured("score, 2 executors", o.records, lambda: job(o, folder, 2, *words))
        if digest(folder / "scores") != digest(folder / "scores-alone"):
            sys.exit("the scores differ")
        fit = "rb-fit keyword --quiet --partial in.ndjson > sums && rb-fit --merge --quiet sums > router-alone"
        measured("rb-fit keyword --partial alone, and the merge", o.records, lambda: shell(fit))
        words = ("fit", "in.ndjson", "router", "--fit", "keyword")
        measured("fit, 2 executors", o.records, lambda: job(o, folder, 2, *words))
        if digest(folder / "router") != digest(folder / "router-alone"):
            sys.exit("the routers differ")


if __name__ == "__main__":
    main()
