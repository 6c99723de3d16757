#!/usr/bin/env python3
"""What `make spark-test` runs: the job on two executor processes against the tools alone.

  scripts/spark/test.py BIN [--records FILE] [--partitions N] [--only NAME,…]

Byte for byte the same: records through a pipeline, their scores, the records
again with one executor killed on the way; a router file fitted in parts. A tool that fails ends the job with
its own words and exit code, and leaves no whole output. A sample does not
depend on the partitions. Where there is no Java or no PySpark, says so and
ends with 0; with CI=1 that is a failure, unless RB_WITHOUT names spark.
"""
import argparse
import gzip
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time

import setup

ROOT = setup.ROOT
JOB = ROOT / "scripts" / "spark" / "job.py"
PYTHON = ROOT / ".setup" / "spark" / "bin" / "python"
MASTER = "local-cluster[2,1,1024]"
STAGES = ["rb-embed --encoding base64", "rb-route kmeans.json"]


def skip(why):
    if os.environ.get("CI") and "spark" not in os.environ.get("RB_WITHOUT", "").split(","):
        sys.exit(f"spark-test: {why}")
    print(f"spark-test: skipped: {why}")
    sys.exit(0)


def tool(o, folder, name, *flags, stdin=None):
    with open(stdin or os.devnull, "rb") as source:
        return subprocess.run([str(o.bin / name), *flags], cwd=folder, stdin=source,
                              stdout=subprocess.PIPE, check=True).stdout


def job(o, folder, *words):
    command = [str(PYTHON), str(JOB), *words, "--bin", str(o.bin), "--master", MASTER,
               "--partitions", str(o.partitions)]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)


def ended(process, code=0):
    said = process.communicate()[1]
    assert process.returncode == code, f"the job ended with {process.returncode}:\n{said[-3000:]}"
    return said


def text(folder):
    assert (folder / "_SUCCESS").exists(), f"{folder} is not whole"
    return b"".join(part.read_bytes() for part in sorted(folder.glob("part-*")))


def descendants(ancestor):
    """The ids of the processes that one has started, and of theirs."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It has ended.

    def is_ours(pid):
        while pid and pid != ancestor:
            pid = parents.get(pid, 0)
        return pid == ancestor

    return sorted(pid for pid in parents if is_ours(pid))


def executors(ancestor):
    """Those of them that are executors."""
    found = []
    for pid in descendants(ancestor):
        try:
            if b"CoarseGrainedExecutorBackend" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue  # It has ended.
    return found


def same_records(o, folder, want):
    stages = [word for stage in STAGES for word in ("--stage", stage)]
    ended(job(o, folder, "pipe", "in.ndjson", "routed", *stages, "--file", "kmeans.json"))
    assert text(folder / "routed") == want, "the records differ from those of the tools alone"


def same_scores(o, folder, want):
    (folder / "routed.ndjson").write_bytes(want)
    ended(job(o, folder, "score", "routed.ndjson", "scores", "--by", "dataset"))
    alone = tool(o, folder, "rb-score", "--split", "test", "--by", "dataset", "routed.ndjson")
    assert (folder / "scores").read_bytes() == alone, "the scores differ from those of one run"


def complete(file):
    """The records that every model has answered: a sum knows no gaps."""
    records = [json.loads(line) for line in file.read_bytes().splitlines()]
    models = {m for record in records for m in record["outcomes"]}
    known = lambda r: all({"score", "cost"} <= r["outcomes"].get(m, {}).keys() for m in models)
    return [json.dumps(r) + "\n" for r in records if known(r)]


def same_router(o, folder, want):
    (folder / "complete").write_text("".join(complete(folder / "embedded")))
    ended(job(o, folder, "fit", "complete", "router.json", "--fit", "keyword"))
    (folder / "sums").write_bytes(tool(o, folder, "rb-fit", "keyword", "--partial", "complete"))
    alone = tool(o, folder, "rb-fit", "--merge", "sums")
    assert (folder / "router.json").read_bytes() == alone, "the router differs from that of one fit"
    tool(o, folder, "rb-route", "router.json", "--input", "complete")


def executor_killed(o, folder, want):
    stages = [word for stage in STAGES for word in ("--stage", stage)]
    process = job(o, folder, "pipe", "in.ndjson", "killed", *stages, "--file", "kmeans.json",
                  "--conf", "spark.task.maxFailures=8")
    # Half of the tasks have written their part, none is committed.
    half = lambda: len(list((folder / "killed").glob("_temporary/0/task*"))) * 2 >= o.partitions
    while not half():
        assert process.poll() is None, f"ended before half: {process.communicate()[1][-3000:]}"
        time.sleep(0.02)
    victims = executors(process.pid)
    assert len(victims) == 2, f"{len(victims)} executors, expected 2"
    os.kill(victims[0], signal.SIGKILL)
    committed = (folder / "killed" / "_SUCCESS").exists()
    said = ended(process)
    assert not committed, "the job had ended before the executor was killed"
    assert "Lost executor" in said, "Spark does not say that it lost an executor"
    assert text(folder / "killed") == want, "the records differ after an executor was killed"


def failing_tool(o, folder, want):
    bad = (folder / "in.ndjson").read_bytes().splitlines(True)
    bad[len(bad) // 2] = b'{"id":"broken","prompt":\n'
    (folder / "bad.ndjson").write_bytes(b"".join(bad))
    said = ended(job(o, folder, "pipe", "bad.ndjson", "bad", "--stage", "rb-embed"), code=3)
    assert "job.py: partition" in said and "rb-embed: " in said, said[-3000:]
    assert not (folder / "bad" / "_SUCCESS").exists(), "a failed job left a whole output"


def no_utf8(o, folder, want):
    (folder / "latin.ndjson").write_bytes('{"id":"a","prompt":"caf\u00e9"}\n{"id":"b","prompt":"tea"}\n'.encode("latin-1"))
    said = ended(job(o, folder, "pipe", "latin.ndjson", "latin", "--stage", "rb-embed"))
    assert "job.py: 1 lines hold U+FFFD" in said, said[-3000:]


def import_stage(o, folder, want):
    """A table is a partition of its own: its header is read, and its rows are joined."""
    alone = b""
    for name in ("a", "b"):
        rows = [f"{name}{i},{model},{(i + j) % 2},0.00{j + 1},prompt {name} {i}\n" for i in range(50) for j, model in enumerate(("x", "y"))]
        (folder / f"table-{name}.csv").write_text("id,model,score,cost,prompt\n" + "".join(rows))
        alone += tool(o, folder, "rb-import", "--quiet", f"table-{name}.csv")
    ended(job(o, folder, "pipe", str(folder / "table-*.csv"), "imported", "--stage", "rb-import --quiet"))
    assert text(folder / "imported") == alone, "the records differ from those of rb-import alone"


def parquet(o, folder, want):
    ended(job(o, folder, "pipe", "in.ndjson", "columns", "--parquet", "--stage", "rb-split --resplit"))
    read = ("from pyspark.sql import SparkSession; import sys\n"
            "rows = SparkSession.builder.master('local[1]').getOrCreate().read.parquet('columns').collect()\n"
            "sys.stdout.write(''.join(sorted(row.record + '\\n' for row in rows)))")
    found = subprocess.run([str(PYTHON), "-c", read], cwd=folder, capture_output=True, text=True, check=True).stdout
    alone = tool(o, folder, "rb-split", "--resplit", "in.ndjson").decode()
    assert found == "".join(sorted(alone.splitlines(True))), "the records in Parquet differ"


def sample(o, folder, want):
    ended(job(o, folder, "sample", "in.ndjson", "sample-a", "--share", "0.2", "--seed", "5"))
    few = argparse.Namespace(**{**vars(o), "partitions": 2})
    ended(job(few, folder, "sample", "in.ndjson", "sample-b", "--share", "0.2", "--seed", "5"))
    drawn = text(folder / "sample-a")
    assert drawn == text(folder / "sample-b"), "the sample depends on the partitions"
    assert 0 < drawn.count(b"\n") < want.count(b"\n") / 2, "the sample is no share of the records"


def documented(o, folder, want):
    """The commands of docs/scale.md, as they stand there, among files of their names."""
    shown = (ROOT / "docs/scale.md").read_text().split("```sh\n")[1].split("```")[0]
    start = ".setup/spark/bin/python scripts/spark/job.py "
    lines = shown.replace("\\\n", " ").splitlines()
    assert len(lines) >= 4 and all(line.startswith(start) for line in lines), shown
    here = folder / "documented"
    (here / "in").mkdir(parents=True)
    records = complete(folder / "embedded")
    for name, part in (("a", records[::2]), ("b", records[1::2])):
        (here / "in" / f"{name}.ndjson").write_text("".join(part))
    (here / "embedded").write_text("".join(records))
    vector = lambda line: json.loads(line)["embedding"]["vector"]
    plain = tool(o, folder, "rb-embed", "--encoding", "array", "in.ndjson").splitlines()[:5]
    (here / "centres").write_text("".join(json.dumps(vector(line)) + "\n" for line in plain))
    (here / "kmeans.json").write_bytes((folder / "kmeans.json").read_bytes())
    for line in lines:
        ended(job(o, here, *shlex.split(line.removeprefix(start))))
    for name in ("routed", "sample"):
        assert text(here / name), f"{name} is empty"
    for name in ("scores.ndjson", "kmeans.json"):
        assert (here / name).read_bytes(), f"{name} is empty"


CASES = [same_records, same_scores, same_router, executor_killed, failing_tool, no_utf8, import_stage, parquet, sample,
         documented]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--records", type=pathlib.Path, help="[default: the demo data]")
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--only", default=",".join(case.__name__ for case in CASES))
    o = parser.parse_args()
    if setup.java_fault():
        skip(setup.java_fault())
    if not PYTHON.exists():
        skip("PySpark is not there; run make spark")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        demo = gzip.decompress((ROOT / "tests/data/demo.ndjson.gz").read_bytes())
        (folder / "raw").write_bytes(o.records.read_bytes() if o.records else demo)
        (folder / "in.ndjson").write_bytes(tool(o, folder, "rb-split", "raw"))
        embedded = tool(o, folder, "rb-embed", "--encoding", "base64", "in.ndjson")
        (folder / "embedded").write_bytes(embedded)
        tool(o, folder, "rb-fit", "kmeans", "--save", "kmeans.json", "embedded")
        want = tool(o, folder, "rb-route", "kmeans.json", "--input", "embedded")
        for case in CASES:
            if case.__name__ in o.only.split(","):
                start = time.time()
                case(o, folder, want)
                print(f"spark-test: {case.__name__}: ok, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
