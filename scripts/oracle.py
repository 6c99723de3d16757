#!/usr/bin/env python3
"""Hashes what the tools write, so that a change which is to change no byte can
be shown to change none. Python 3 and nothing else.

  python3 scripts/oracle.py target/release -o before.txt      one line an output
  python3 scripts/oracle.py target/release --against before.txt
                                                  what differs; exit 1 if anything

Runs every router, every way of splitting, routing, scoring and drawing on the
demo data and on the small files of tests/data/import, and, where real
benchmarks are present (../shared/data or RB_SHARED_DATA), on the first queries
of them. Each output stands in a line `digest  name`; what a person reads
(help, errors, warnings) begins with `text/`, so that words changed on purpose
can be told apart. No line depends on the folder, on the time or on the number
of threads. About two minutes on two cores; --quick leaves out the benchmarks.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEMO = ROOT / "tests/data/demo.ndjson.gz"
TOOLS = ["rb-import", "rb-split", "rb-embed", "rb-fit", "rb-route", "rb-score", "rb-pareto"]
SPLITS = {
    "default": [],
    "seed": ["--seed", "3"],
    "exact": ["--exact"],
    "val": ["--val", "0.2"],
    "limit": ["--train-limit", "100"],
    "llmrouterbench": ["--like", "llmrouterbench", "--seed", "42"],
    "routerbench": ["--like", "routerbench"],
}
SCORES = {
    "default": [],
    "by": ["--by", "dataset"],
    "exact": ["--exact"],
    "drop": ["--missing", "drop"],
    "choose": ["--choose", "quality>=best-single", "--versus", "kmeans"],
    "latency": ["--against", "latency"],
    "small-memory": ["--memory", "1"],
    "no-intervals": ["--resamples", "0"],
    "train": ["--split", "train"],
}
PICTURES = {"table": ["--table"], "term": ["--term"]}
# Command lines that must fail, on a stream of two records.
FAULTS = [
    ["rb-fit", "kmeans", "--k", "0"],
    ["rb-fit", "no-such-router"],
    ["rb-fit", "fixed", "--model", "nobody"],
    ["rb-score"],
    ["rb-score", "--choose", "nonsense"],
    ["rb-split", "--like", "nothing"],
    ["rb-pareto"],
    ["rb-import", "missing.csv"],
    ["rb-route", "missing.json"],
]


class Oracle:
    """Runs tools in a folder of its own and keeps a digest of each output."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder, self.lines = pathlib.Path(binaries).resolve(), pathlib.Path(folder), {}

    def path(self, name):
        return self.folder / name

    def keep(self, name, data):
        if name in self.lines:
            raise SystemExit(f"two outputs are called {name}")
        self.lines[name] = hashlib.sha256(data).hexdigest()

    def run(self, name, arguments, stdin=b"", to=None, extra=()):
        """Keeps standard output as `name`, standard error as `text/name`, and
        the files named in `extra`."""
        environment = dict(os.environ, RB_CACHE=str(self.path("cache.sqlite")), RB_HOME=str(self.path("home")), COLUMNS="100")
        words = [str(self.binaries / arguments[0]), *map(str, arguments[1:])]
        ran = subprocess.run(words, input=stdin, capture_output=True, cwd=self.folder, env=environment)
        said = ran.stderr.replace(str(self.folder).encode(), b".").replace(str(ROOT).encode(), b".")
        self.keep(name, ran.stdout.replace(str(ROOT).encode(), b"."))
        self.keep(f"text/{name}", said + f"\nexit {ran.returncode}\n".encode())
        for file in extra:
            self.keep(f"{name}/{file}", self.path(file).read_bytes() if self.path(file).exists() else b"")
        if to:
            self.path(to).write_bytes(ran.stdout)
        return ran.stdout


def routers(oracle):
    said = subprocess.run([oracle.binaries / "rb-fit", "--help"], capture_output=True, text=True).stdout
    table = re.search(r"(?ms)^Routers:\n(.*?)^\S", said + "\nEnd")
    names = re.findall(r"(?m)^  ([a-z0-9-]+)  ", table.group(1) if table else "")
    if not names:
        raise SystemExit("rb-fit --help lists no routers")
    return [n for n in names if n not in ("fixed", "extend", "help")]


def one_router(oracle, data, stream, router):
    name = f"{data}/fit/{router}"
    saved = f"{data}-{router}.json"
    oracle.run(name, ["rb-fit", router, "--save", saved, stream], extra=[saved])
    if not oracle.path(saved).exists():
        return
    lines = oracle.path(stream).read_bytes().splitlines(keepends=True)
    some = b"".join(lines[-60:])
    ways = {"steps": [], "alpha": ["--alpha", "0.4"], "budget": ["--budget", "0.001"], "explain": ["--explain"]}
    for way, flags in ways.items():
        oracle.run(f"{data}/route/{router}/{way}", ["rb-route", saved, *flags], some)
    oracle.run(f"{data}/route/{router}/converse", ["rb-route", saved, "--converse", "--alpha", "0.6"], some)


def scored(oracle, data, stream):
    """The stream fitted with four routers, in every way of scoring and showing."""
    fitted = oracle.path(stream).read_bytes()
    for router in ["kmeans", "domain", "length", "random"]:
        fitted = oracle.run(f"{data}/chain/{router}", ["rb-fit", router], fitted)
    oracle.path(f"{data}-fitted.ndjson").write_bytes(fitted)
    for way, flags in SCORES.items():
        records = oracle.run(f"{data}/score/{way}", ["rb-score", *flags], fitted)
        svg = f"{data}-{way}.svg"
        oracle.run(f"{data}/pareto/{way}", ["rb-pareto", "--svg", svg], records, extra=[svg])
        for picture, shown in PICTURES.items():
            oracle.run(f"{data}/pareto/{way}/{picture}", ["rb-pareto", *shown], records)
    lines = fitted.splitlines(keepends=True)
    parts = []
    for i in range(3):
        parts.append(f"{data}-part{i}")
        oracle.run(f"{data}/partial/{i}", ["rb-score", "--partial"], b"".join(lines[i::3]), to=parts[-1])
    oracle.run(f"{data}/merge", ["rb-score", "--merge", *reversed(parts)])
    seeds = []
    for seed in ["1", "2"]:
        split = oracle.run(f"{data}/seeds/{seed}/split", ["rb-split", "--resplit", "--seed", seed, stream])
        seeds.append(f"{data}-seed{seed}")
        split = oracle.run(f"{data}/seeds/{seed}/kmeans", ["rb-fit", "kmeans"], split)
        oracle.run(f"{data}/seeds/{seed}/knn", ["rb-fit", "knn"], split, to=seeds[-1])
    oracle.run(f"{data}/seeds", ["rb-score", "--seeds", *seeds])


def benchmark(oracle, data, lines, pool):
    """Everything on one set of records."""
    oracle.path(f"{data}.raw").write_bytes(b"".join(lines))
    for way, flags in SPLITS.items():
        oracle.run(f"{data}/split/{way}", ["rb-split", "--resplit", *flags, f"{data}.raw"])
    stream = f"{data}.ndjson"
    oracle.run(f"{data}/embed/base64", ["rb-embed", "--encoding", "base64", f"{data}.raw"])
    oracle.run(f"{data}/embed", ["rb-embed", f"{data}.raw"], to=stream)
    list(pool.map(lambda router: one_router(oracle, data, stream, router), routers(oracle)))
    scored(oracle, data, stream)


def imported(oracle):
    for file in sorted((ROOT / "tests/data/import").iterdir()):
        oracle.run(f"import/{file.name}", ["rb-import", file])
        oracle.run(f"import/{file.name}/responses", ["rb-import", "--responses", "--memory", "1", file])


def words(oracle):
    for tool in TOOLS:
        for flag in ["-h", "--help"]:
            out = oracle.run(f"help/{tool}/{flag}", [tool, flag])
            oracle.lines[f"text/help/{tool}/{flag}"] = hashlib.sha256(out).hexdigest()
            del oracle.lines[f"help/{tool}/{flag}"]
    two = b'{"id":"a","outcomes":{"m":{"score":1}}}\n{"id":"b","outcomes":{"m":{"score":2}}}\n'
    for arguments in FAULTS:
        oracle.run("fault/" + "_".join(arguments), arguments, two)


def unpacked(oracle, path, n):
    """The first n records of a compressed file, as rb-split reads them."""
    out = subprocess.run([oracle.binaries / "rb-import", path], capture_output=True).stdout
    return out.splitlines(keepends=True)[:n]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", metavar="BIN")
    parser.add_argument("-o", "--output")
    parser.add_argument("--against", metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    shared = pathlib.Path(os.environ.get("RB_SHARED_DATA", ROOT / "../shared/data"))
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        oracle = Oracle(args.binaries, folder)
        words(oracle)
        imported(oracle)
        benchmark(oracle, "demo", unpacked(oracle, DEMO, 600), pool)
        if not args.quick:
            for name, n in [("cascades", 700), ("nim9", 500)]:
                file = shared / f"{name}.ndjson.zst"
                if file.exists():
                    lines = unpacked(oracle, file, 1_000_000)
                    benchmark(oracle, name, lines[:: max(1, len(lines) // n)], pool)
                else:
                    print(f"{file.name} is not present: left out", file=sys.stderr)
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(oracle.lines.items()))
    if args.output:
        pathlib.Path(args.output).write_text(text)
    elif not args.against:
        print(text, end="")
    if args.against:
        before = dict(reversed(line.split("  ", 1)) for line in pathlib.Path(args.against).read_text().splitlines())
        names = [n for n in sorted(before.keys() | oracle.lines) if before.get(n) != oracle.lines.get(n)]
        for name in names:
            print(("new" if name not in before else "gone" if name not in oracle.lines else "differs") + f"  {name}")
        print(f"{len(oracle.lines)} outputs, {len(names)} differ")
        return 1 if names else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
