#!/usr/bin/env python3
"""Hashes what the tools write, so that a change which is to change no byte can
be shown to change none. Python 3 and nothing else.

  python3 scripts/oracle.py target/release -o before.txt      one line an output
  python3 scripts/oracle.py target/release --against before.txt
                                                  what differs; exit 1 if anything

The command lines stand in oracle_cases.py, some of what they read in
oracle_inputs.py. They run on the demo data, on the small files of tests/ and,
where real benchmarks are present (--data, RB_SHARED_DATA or ../shared/data), on
some queries of them. Each output stands in a line `digest  name`, in the order
of names; what a person is told (help, errors, warnings, exit codes) begins with
`text/`, so that words changed on purpose can be told apart. No line depends on
the folder, on the time or on the number of threads. All of it takes two minutes
on two idle cores, --quick a quarter of that: no benchmarks, fewer flags. What
--quick writes can be held against a full list too.

--keep FOLDER keeps what was written, two such folders can be compared by diff.
"""
import argparse
import concurrent.futures
import gzip
import hashlib
import json
import os
import pathlib
import re
import shlex
import string
import subprocess
import sys
import tempfile
import threading

import oracle_cases as cases
import oracle_inputs as inputs

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ["rb-import", "rb-split", "rb-embed", "rb-fit", "rb-route", "rb-score", "rb-pareto", "rb-pool", "rb-curve"]
# Flags whose value is a file that the tool writes.
WRITES = ["--save", "--svg", "-o"]


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def head(folder, n, file):
    """The first n lines."""
    return lines_of(folder / file)[: int(n)]


def tail(folder, n, file):
    """The last n lines."""
    return lines_of(folder / file)[-int(n) :]


def deal(folder, hand, file):
    """`2/5`: every fifth line, from the third on."""
    first, step = map(int, hand.split("/"))
    return lines_of(folder / file)[first::step]


def sample(folder, n, file):
    """About n lines, evenly over the file."""
    lines = lines_of(folder / file)
    return lines[:: max(1, len(lines) // int(n))]


def ask(folder, file):
    """Records without outcomes, as a conversation begins."""
    records = [json.loads(line) for line in lines_of(folder / file)]
    return [json.dumps({**record, "outcomes": {}}).encode() + b"\n" for record in records]


def answer(folder, asked, known):
    """The records of rb-route --converse, each with the outcome it asks for: its
    signals, without the score."""
    outcomes = {r["id"]: r["outcomes"] for r in map(json.loads, lines_of(folder / known))}
    out = []
    for record in map(json.loads, lines_of(folder / asked)):
        for next_call in record.get("next", {}).values():
            model = next_call.get("model")
            told = outcomes[record["id"]].get(model, {})
            if next_call.get("action") == "call":
                record["outcomes"][model] = {k: v for k, v in told.items() if k != "score"}
        out.append(json.dumps(record).encode() + b"\n")
    return out


# What a command line may do besides running a tool: lines from lines, never hashed.
STEPS = {step.__name__: step for step in (head, tail, deal, sample, ask, answer)}


class Oracle:
    """Runs command lines in a folder of its own and keeps a digest of each output.

    They start in the order in which they are planned; one that names a file
    which an earlier one writes waits for that one."""

    def __init__(self, binaries, folder, jobs):
        self.binaries, self.folder = pathlib.Path(binaries).resolve(), pathlib.Path(folder).resolve()
        # More threads than tools at a time: some wait for what others write.
        self.at_a_time, self.pool = threading.Semaphore(jobs), concurrent.futures.ThreadPoolExecutor(8 * jobs)
        self.lines, self.planned, self.made = {}, {}, {}
        for tool in TOOLS:
            if not (self.binaries / tool).is_file():
                sys.exit(f"{self.binaries} holds no {tool}; name the folder of the built tools, such as target/release")
        # Nothing of the user's own settings.
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "RB_HOME": "home",
            "RB_CACHE": "cache.sqlite",
            "COLUMNS": "100",
        }

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def plan(self, part, table, **names):
        """A table of `name  command [< file] [> file]` lines; the name of a step is `-`.
        $data and other names are put in."""
        for line in string.Template(table).substitute({"data": part, **names}).splitlines():
            if line.strip() and not line.startswith("#"):
                name, command = line.split(None, 1)
                self.command(f"{part}/{name}", shlex.split(command))

    def command(self, name, words, only_text=False):
        stdin = stdout = None
        while len(words) > 2 and words[-2] in "<>":
            stdin, stdout = (words[-1], stdout) if words[-2] == "<" else (stdin, words[-1])
            words = words[:-2]
        waits = [self.made[w] for w in [*words, stdin] if w in self.made]
        files = [words[i + 1] for i, word in enumerate(words[:-1]) if word in WRITES]
        if words[0] in STEPS:
            job = self.pool.submit(self.step, waits, words, stdout)
        else:
            if name in self.planned:
                sys.exit(f"two outputs are called {name}")
            job = self.pool.submit(self.run, name, waits, words, stdin, stdout, files, only_text)
            self.planned[name] = job
        for file in files + [stdout] if stdout else files:
            if file in self.made:
                sys.exit(f"{name} and another write {file}")
            self.made[file] = job

    def step(self, waits, words, to):
        concurrent.futures.wait(waits)
        self.write(to, b"".join(STEPS[words[0]](self.folder, *words[1:])))

    def run(self, name, waits, words, stdin, stdout, files, only_text):
        concurrent.futures.wait(waits)
        command = [str(self.binaries / words[0]), *words[1:]]
        source = self.folder / stdin if stdin else pathlib.Path(os.devnull)
        with open(source, "rb") as given:
            with self.at_a_time:
                ran = subprocess.run(command, stdin=given, capture_output=True, cwd=self.folder, env=self.environment)
        # A message may name the folder, and an unfinished file, whose name is drawn.
        said = re.sub(rb"\.rb-\w{6}\.partial", b".rb-unfinished", ran.stderr.replace(bytes(self.folder), b"."))
        said += f"\nexit {ran.returncode}\n".encode()
        kept = {f"text/{name}": ran.stdout + said} if only_text else {name: ran.stdout, f"text/{name}": said}
        for file in files:
            path = self.folder / file
            kept[f"{name}/{file}"] = path.read_bytes() if path.is_file() else b""
        for output, data in kept.items():
            self.lines[output] = hashlib.sha256(data).hexdigest()
            self.write(f"outputs/{output}.out", data)
        if stdout:
            self.write(stdout, ran.stdout)

    def done(self):
        """Ends when every command line has; what went wrong here comes up here."""
        for job in [*self.planned.values(), *self.made.values()]:
            job.result()

    def help_of(self, tool, pattern):
        """What the list of a help text names."""
        said = subprocess.run([self.binaries / tool, "--help"], capture_output=True, text=True).stdout
        found = re.search(pattern + r"[^\n]*:\n((?:  .*\n)+)", said)
        names = re.findall(r"(?m)^  ([a-z0-9-]+)  ", found.group(1) if found else "")
        if not names:
            sys.exit(f"{tool} --help has no list of {pattern.lower()}")
        return names


def words_of(oracle, routers):
    for tool in TOOLS:
        for flag in ["-h", "--help", "--version"]:
            oracle.command(f"help/{tool}/{flag}", [tool, flag], only_text=True)
    for router in [*routers, "extend"]:
        for flag in ["-h", "--help"]:
            oracle.command(f"help/rb-fit/{router}/{flag}", ["rb-fit", router, flag], only_text=True)


def faults(oracle):
    for name, data in inputs.BROKEN.items():
        oracle.write(f"broken/{name}", data)
    oracle.plan("fault", cases.FAULTS)
    for name in inputs.BROKEN:
        oracle.plan("fault", cases.READ, file=name)


def files_in(oracle, source, to, skip=0):
    """Copies the files of a folder, without their first bytes, and names them."""
    files = sorted(path for path in (ROOT / source).iterdir() if path.is_file())
    for file in files:
        oracle.write(f"{to}/{file.name}", file.read_bytes()[skip:])
    return [file.name for file in files]


def small_files(oracle, quick):
    """The committed files: formats, saved routers, records and scores."""
    files_in(oracle, "tests/fuzz/corpus/prices", "prices")
    formats = oracle.help_of("rb-import", "Formats")
    # A fuzzed file of a benchmark begins with a byte that chooses flags.
    for folder, source, skip in [("files", "tests/data/import", 0), ("formats", "tests/fuzz/corpus/import", 1)]:
        for file in files_in(oracle, source, folder, skip):
            oracle.plan(f"import/{folder}/{file}", cases.IMPORT, file=f"{folder}/{file}")
            for name in [] if quick else formats:
                oracle.plan(f"formats/{folder}/{file}", cases.AS_FORMAT, file=f"{folder}/{file}", format=name)
    oracle.write("tree/bench/d/test/m/20250101.json", (oracle.folder / "formats/llmrouterbench.json").read_bytes())
    for name, data in inputs.TABLES.items():
        oracle.write(name, data)
    oracle.plan("import", cases.IMPORT_MORE)
    for file in files_in(oracle, "tests/fuzz/corpus/record", "record"):
        oracle.plan(f"record/{file}", cases.RECORD, file=f"record/{file}")
    for file in files_in(oracle, "tests/fuzz/corpus/router", "router"):
        oracle.plan(f"router/{file}", cases.OLD_ROUTER, file=f"router/{file}")
    for folder, source in [("scores", "tests/fuzz/corpus/scores"), ("simulated", "tests/data/pareto")]:
        for file in files_in(oracle, source, folder):
            oracle.plan(f"{folder}/{file}", cases.SHOW, file=f"{folder}/{file}", picture=f"{folder}-{file}.svg")


def benchmark(oracle, data, routers):
    """Everything on one set of records, in DATA.raw."""
    oracle.plan(data, cases.PREPARE)
    for router in routers:
        oracle.plan(data, cases.ROUTER, router=router)
    oracle.plan(data, cases.CHAIN)
    for way, flags in cases.SCORES.items():
        oracle.plan(data, cases.SCORE, way=way, flags=flags)
    oracle.plan(data, cases.PARTS)


def further(oracle, routers):
    """The flags that one set of records is enough for: the demo data's."""
    oracle.plan("more", cases.MORE)
    for router in routers:
        oracle.plan("extend", cases.EXTEND, router=router)
    for i, (router, flags) in enumerate(cases.FITS):
        oracle.plan("fits", cases.FIT, router=router, flags=flags, name=f"{i:02}-{router}")
    for way, flags in cases.MORE_SCORES.items():
        oracle.plan("more", cases.SCORE, data="demo", way=way, flags=flags)


def real(oracle, folder, routers):
    for data, (files, n) in cases.REAL.items():
        found = [folder / file for file in files]
        if not all(path.exists() for path in found):
            print(f"{', '.join(files)}: not in {folder}, left out", file=sys.stderr)
            continue
        ran = subprocess.run([oracle.binaries / "rb-import", "--quiet", *found], capture_output=True)
        if ran.returncode:
            sys.exit(f"rb-import cannot read {', '.join(files)}: {ran.stderr.decode()}")
        oracle.write(f"{data}.all", ran.stdout)
        oracle.plan(data, f"-  sample {n} {data}.all > {data}.raw")
        benchmark(oracle, data, routers)


def compared(before, after):
    """Prints the names that differ; how many. Parts that did not run are left out."""
    part = lambda name: name.removeprefix("text/").split("/")[0]
    ran = {part(name) for name in after}
    missing = [name for name in before.keys() - after.keys() if part(name) not in ran]
    names = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n) and n not in missing)
    for name in names:
        print(("new" if name not in before else "gone" if name not in after else "differs") + f"  {name}")
    text = sum(name.startswith("text/") for name in names)
    print(f"{len(after)} outputs, {len(names)} differ: {len(names) - text} of data, {text} of text")
    if missing:
        print(f"not run: {', '.join(sorted({part(name) for name in missing}))} ({len(missing)} outputs)")
    return len(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", metavar="BIN", help="the folder of the tools")
    parser.add_argument("--data", metavar="DIR", help="the folder of real benchmarks")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the list to FILE")
    parser.add_argument("--against", metavar="FILE", help="compare with an earlier list")
    parser.add_argument("--keep", metavar="FOLDER", help="run in FOLDER, which must not exist, and keep it")
    parser.add_argument("--jobs", type=int, default=2, help="tools at a time [default: 2]")
    parser.add_argument("--quick", action="store_true", help="no benchmarks, fewer flags")
    args = parser.parse_args()
    before = pathlib.Path(args.against).read_text().splitlines() if args.against else []
    data = pathlib.Path(args.data or os.environ.get("RB_SHARED_DATA") or ROOT / "../shared/data").resolve()
    if args.keep:
        pathlib.Path(args.keep).mkdir(parents=True)
    with tempfile.TemporaryDirectory() as own:
        oracle = Oracle(args.binaries, args.keep or own, args.jobs)
        try:
            routers = oracle.help_of("rb-fit", "Routers")
            oracle.write("demo.all", gzip.decompress((ROOT / "tests/data/demo.ndjson.gz").read_bytes()))
            oracle.plan("demo", "-  sample 700 demo.all > demo.raw")
            benchmark(oracle, "demo", routers)
            words_of(oracle, routers)
            faults(oracle)
            small_files(oracle, args.quick)
            if not args.quick:
                further(oracle, routers)
                real(oracle, data, routers)
            oracle.done()
        finally:
            oracle.pool.shutdown(cancel_futures=True)
    if args.output or not args.against:
        text = "".join(f"{digest}  {name}\n" for name, digest in sorted(oracle.lines.items()))
        pathlib.Path(args.output).write_text(text) if args.output else print(text, end="")
    if args.against:
        return int(compared(dict(reversed(line.split("  ", 1)) for line in before), oracle.lines) > 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
