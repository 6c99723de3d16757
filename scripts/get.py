#!/usr/bin/env python3
"""Fetches a published benchmark to this machine and makes query records of it.

  scripts/get.py NAME [--into FOLDER] [--bin FOLDER] [rb-import's flags]

  routerbench          RouterBench, zero-shot: 36,497 prompts, 11 models (99 MB)
  routerbench-5shot    the same with five examples in the prompt
  llmrouterbench       LLMRouterBench: 33 models on 21 datasets and more (1.3 GB)
  routerarena          RouterArena's cached results of single models
  xroutebench          xRouteBench's generic tasks: 18 models

What is fetched stays in FOLDER/NAME and is not fetched again; the records are
FOLDER/NAME.ndjson. Where the sha256 of a file is known it must be that; of the
others it is told. Each benchmark has its own licence, which this does not change:
read it at the address that is printed. `make get-NAME` calls this.
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
import own_venv

HUB = "https://huggingface.co"
CODE = "https://codeload.github.com"
ROUTERBENCH = "/datasets/withmartian/routerbench/resolve/784021482c3f320c6619ed4b3bb3b41a21424fcb/"
# NAME: the host, the file's path there, its sha256 or None, and what becomes of it.
SOURCES = {
    "routerbench": (HUB, ROUTERBENCH + "routerbench_0shot.pkl",
                    "ba4f77f19517610a707c374e99322d7750c30fc4ae7ff5527888595a1e65d36d", "frame"),
    "routerbench-5shot": (HUB, ROUTERBENCH + "routerbench_5shot.pkl",
                          "fbd7d3d16fba2759a18fa0ad44409d3e0e92ba80d03d90827eed1a6d084c9ffe", "frame"),
    "llmrouterbench": (HUB, "/datasets/NPULH/LLMRouterBench/resolve/0e5af1b84bf73437a01a1849c0f1d2468baa93fc/bench-release.tar.gz",
                       "b79f8cde1a6f029c2efa663a3a3b6f7748defb22341fe59f328cebef6648c8f1", "tree"),
    "routerarena": (CODE, "/RouteWorks/RouterArena/tar.gz/2fd498fe1ab511fd683d8dd4b948b082cee3f331", None, "cached_results"),
    "xroutebench": (HUB, "/api/datasets/ulab-ai/xRouteBench/tree/ea4b6e1b29d9a734f55f0a637baf326bad6aa681/llmrouter_generic",
                    None, "listed"),
}
PANDAS = ["pandas>=2.2,<4"]


class Fault(Exception):
    """A text for the user, and the exit code."""

    def __init__(self, text, code=4):
        super().__init__(text)
        self.code = code


def digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(url, target, wanted):
    """Fetches `url` into `target`, which appears when it is whole and as wanted."""
    if target.exists() and (wanted is None or digest(target) == wanted):
        print(f"{target} is here", file=sys.stderr)
        return target
    part = target.with_name(target.name + ".part")
    by_hand = f"fetch it by other means, save it as {target}, and run this again"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, part.open("wb") as out:
            total, done, told = int(answer.headers.get("Content-Length") or 0), 0, 0
            while block := answer.read(1 << 20):
                out.write(block)
                done += len(block)
                if done - told >= 50 << 20:
                    print(f"{done >> 20} of {total >> 20} MB", file=sys.stderr)
                    told = done
        if total and done != total:
            raise Fault(f"{url} ended after {done} of {total} bytes; run this again")
    except urllib.error.HTTPError as error:
        raise Fault(f"{url} answers {error.code} {error.reason}; it may have moved: {by_hand}")
    except (urllib.error.URLError, OSError) as error:
        raise Fault(f"{url} cannot be reached ({getattr(error, 'reason', error)}); this needs the network: {by_hand}")
    found = digest(part)
    if wanted and found != wanted:
        part.unlink()
        raise Fault(f"{url} has the sha256 {found}, expected {wanted}; nothing of it was read", 3)
    if not wanted:
        print(f"{url} has the sha256 {found}, not known before", file=sys.stderr)
    part.replace(target)
    return target


def frame(path):
    """A pickled data frame as CSV. Reading a pickle runs what is in it: its sha256 is
    that of the published file."""
    python = own_venv.make(own_venv.ROOT / ".setup" / "pandas", PANDAS)
    table = path.with_suffix(".csv")
    if not table.exists() or table.stat().st_mtime < path.stat().st_mtime:
        part = table.with_name(table.name + ".part")
        code = "import sys, pandas; pandas.read_pickle(sys.argv[1]).to_csv(sys.argv[2], index=False)"
        if subprocess.run([str(python), "-c", code, str(path), str(part)]).returncode:
            raise Fault(f"{path} is no data frame that this pandas reads", 3)
        part.replace(table)
    return [table]


def unpacked(path, inside):
    """The files of an archive, those of one folder where `inside` names it."""
    folder = path.with_name("unpacked")
    if not folder.exists():
        part = path.with_name("unpacked.part")
        with tarfile.open(path) as archive:
            members = [m for m in archive if m.isfile() and (inside is None or f"/{inside}/" in "/" + m.name)]
            if not members:
                raise Fault(f"{path} holds no files{f' in {inside}/' if inside else ''}; the archive's layout has changed", 3)
            archive.extractall(part, members=members, filter="data")
        part.replace(folder)
    return [folder]


def listed(listing, folder, base):
    """The Parquet files that the hub's listing of a folder names."""
    entries = json.loads(listing.read_text(encoding="utf-8"))
    files = [e for e in entries if e.get("type") == "file" and e["path"].endswith(".parquet")]
    if not files:
        raise Fault(f"{listing} names no Parquet file; the dataset's layout has changed", 3)
    repository, _, revision = SOURCES["xroutebench"][1].removeprefix("/api").rpartition("/")[0].partition("/tree/")
    # Of large files the hub tells the sha256.
    return [fetch(f"{base}{repository}/resolve/{revision}/{e['path']}", folder / e["path"].replace("/", "-"), e.get("lfs", {}).get("oid"))
            for e in files]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SOURCES)
    parser.add_argument("--into", type=pathlib.Path, default=pathlib.Path("benchmarks"))
    parser.add_argument("--bin", type=pathlib.Path, default=own_venv.ROOT / "target/release", help="where rb-import is")
    parser.add_argument("--base", help="another host, as of a mirror: http://HOST")
    parser.add_argument("--sha256", help="what the file's must be, as of another version, in place of what is known")
    o, flags = parser.parse_known_args()
    host, path, wanted, kind = SOURCES[o.name]
    base, wanted = o.base or host, o.sha256 or wanted
    folder = o.into / o.name
    folder.mkdir(parents=True, exist_ok=True)
    print(f"from {base}{path}", file=sys.stderr)
    file = fetch(base + path, folder / (path.rpartition("/")[2] + (".json" if kind == "listed" else "")), wanted)
    if kind == "frame":
        made = frame(file)
    elif kind == "listed":
        made = listed(file, folder, base)
    else:
        made = unpacked(file, None if kind == "tree" else kind)
    records = o.into / f"{o.name}.ndjson"
    importing = [str(o.bin / "rb-import"), "-o", str(records), *flags, *map(str, made)]
    if subprocess.run(importing).returncode:
        raise Fault(f"rb-import could not read it; its flags (--col-…, FORMAT.md) may follow the name: get.py {o.name} --col-score COLUMN", 3)
    print(records)


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        print(f"get.py: {fault}", file=sys.stderr)
        sys.exit(fault.code)
