"""Where an experiment runs: the tools, the data, and files that are made once.

A file is made again only where its command, its inputs or the tools have changed:
beside it stands FILE.from with a digest of them.
"""
import functools
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys


@functools.lru_cache(maxsize=None)
def _digest(path, stamp):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(path):
    """sha256 of a file."""
    state = os.stat(path)
    return _digest(str(path), (state.st_mtime_ns, state.st_size))


def records(path):
    """The JSON lines of a file."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


class Lab:
    """One data file, one folder of results."""

    def __init__(self, tools, data, out, routers):
        self.tools = pathlib.Path(tools).resolve()
        self.data = pathlib.Path(data).resolve()
        self.out = pathlib.Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.routers = routers

    def make(self, name, commands, *inputs):
        """Makes out/NAME by a pipeline of commands (lists of words) whose first reads
        what it is told; the path of it."""
        target = self.out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        words = [[str(w) for w in command] for command in commands]
        told = json.dumps([
            [[w.replace(str(self.out), "OUT") for w in command] for command in words],
            [digest(i) for i in inputs],
            [digest(self.tools / command[0]) for command in words],
        ])
        key = hashlib.sha256(told.encode()).hexdigest()
        mark = target.with_name(target.name + ".from")
        if target.exists() and mark.exists() and mark.read_text() == key:
            return target
        part = target.with_name(target.name + ".part")
        with part.open("wb") as file:
            before, running = None, []
            for i, command in enumerate(words):
                last = i + 1 == len(words)
                process = subprocess.Popen(
                    [str(self.tools / command[0]), *command[1:]],
                    stdin=before, stdout=file if last else subprocess.PIPE, stderr=subprocess.PIPE if last else None,
                )
                if before:
                    before.close()
                before = process.stdout
                running.append(process)
            said = running[-1].stderr.read().decode()
            codes = [p.wait() for p in running]
        if any(codes):
            part.unlink()
            raise Failed(said.strip().split("\n")[0] or f"{words[codes.index(max(codes))][0]} failed")
        part.replace(target)
        mark.write_text(key)
        return target

    def write(self, name, lines):
        """Writes records of our own to out/NAME, unless it holds them."""
        target = self.out / name
        text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in lines)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
        return target

    @functools.cached_property
    def plain(self):
        """The data, uncompressed."""
        target = self.out / "data.ndjson"
        mark = target.with_name("data.from")
        key = digest(self.data)
        if target.exists() and mark.exists() and mark.read_text() == key:
            return target
        opened = {".gz": gzip.open}.get(self.data.suffix, open)
        if self.data.suffix == ".zst":
            with target.open("wb") as out:
                subprocess.run(["zstd", "-dc", self.data], stdout=out, check=True)
        else:
            with opened(self.data, "rb") as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
        mark.write_text(key)
        return target

    @functools.cached_property
    def embedded(self):
        """With embeddings, by the built-in embedder where there are none."""
        with self.plain.open() as lines:
            first = json.loads(lines.readline())
        return self.plain if "embedding" in first else self.make("embedded.ndjson", [["rb-embed", "--quiet", self.plain]], self.plain)

    @functools.cached_property
    def prepared(self):
        """Embedded, and split into train and test where it is not."""
        with self.plain.open() as lines:
            first = json.loads(lines.readline())
        if "split" in first:
            return self.embedded
        return self.make("split.ndjson", [["rb-split", "--quiet", "--seed", "42", self.embedded]], self.embedded)

    def fit(self, name, source, routers, *flags):
        """Routes of routers (NAME or NAME --flag value …) beside each other."""
        for i, router in enumerate(routers):
            words = router.split()
            last = [] if i + 1 < len(routers) else ["--drop-embedding"]
            source = self.make(f"{name}.{i}.ndjson", [["rb-fit", *words, "--quiet", *flags, *last, source]], source)
        return source

    @functools.cached_property
    def routed(self):
        """The prepared data with the routes of every router asked for."""
        return self.fit("routed", self.prepared, self.routers)

    @functools.cached_property
    def scored(self):
        """Their score records, also by dataset."""
        return list(records(self.make("scores.ndjson", [["rb-score", "--quiet", "--by", "dataset", self.routed]], self.routed)))


class Failed(Exception):
    """A tool could not do what the experiment asks; the text says why."""


def summaries(scores, **group):
    """Summaries of routers over all queries, or of one group."""
    return [r for r in scores if r["type"] == "summary" and r["group"] == group]


def baseline(scores, name, **group):
    return next(r for r in scores if r["type"] == "baseline" and r["name"] == name and r["group"] == group)


def points(value):
    return f"{100 * value:+.1f}"


def interval(pair):
    return "" if pair is None else f"[{100 * pair[0]:+.1f}, {100 * pair[1]:+.1f}]"


def share_interval(k, n):
    """Wilson's 95 % interval of a share."""
    if n == 0:
        return (0.0, 1.0)
    z, p = 1.959964, k / n
    middle, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return ((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n))


def test_records(path):
    return (r for r in records(path) if r.get("split") == "test")


def step_at(steps, alpha):
    """The step of a route that holds at alpha."""
    return [s for s in steps if s["alpha"] <= alpha][-1]


def warn(text):
    print(text, file=sys.stderr)
