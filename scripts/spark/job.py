#!/usr/bin/env python3
"""The rb tools over many record files, in parallel, by Apache Spark.

  make spark
  .setup/spark/bin/python scripts/spark/job.py pipe 'in/*.ndjson' out \\
      --stage 'rb-embed --encoding base64' --stage 'rb-route kmeans.json' --file kmeans.json
  .setup/spark/bin/python scripts/spark/job.py score out scores.ndjson --split test
  .setup/spark/bin/python scripts/spark/job.py fit embedded router.json --fit 'keyword'
  .setup/spark/bin/python scripts/spark/job.py sample 'in/*.ndjson' sample --share 0.1

pipe    every partition through the stages, written by Spark into a new folder:
        text, a part a partition in the order of the input, or Parquet with one
        column `record`. _SUCCESS in it says that it is whole.
score   every partition through the stages, if any, and `rb-score --partial`;
        one `rb-score --merge` on the driver makes the scores.
fit     every partition through the stages, if any, and `rb-fit KIND --partial`;
        one `rb-fit --merge` on the driver makes the router file.
sample  about a share of the records, of each dataset alike: those that
        rb-split's hash of the prompt and --seed picks, whatever the partitions.

Inputs are files, folders or globs of lines in UTF-8, wherever Spark can read
(file:, hdfs:, s3a:), .gz too. The tools (from --bin) and every --file are
shipped to the executors; a stage names a shipped file by its last part. A tool
that fails ends the job with what the tool said and its exit code.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import stages

# What Spark puts in the place of bytes that are no UTF-8, before anybody sees them.
REPLACED = "\N{REPLACEMENT CHARACTER}"
TOOLS = ["rb-import", "rb-split", "rb-embed", "rb-fit", "rb-route", "rb-score"]
# Of what is merged on the driver: by which tool.
MERGED = {"score": "rb-score", "fit": "rb-fit"}


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["pipe", "score", "fit", "sample"])
    parser.add_argument("input", help="files, a folder or a glob; several with commas")
    parser.add_argument("output", help="a new folder (score, fit: a file of this machine)")
    parser.add_argument("--stage", action="append", default=[], metavar="COMMAND",
                        help="a tool with its flags; the next reads what it writes")
    parser.add_argument("--file", action="append", default=[], metavar="PATH",
                        help="a router file, or a folder with a model, to ship")
    parser.add_argument("--bin", default="target/release", help="where the tools are [%(default)s]")
    parser.add_argument("--master", default="local[*]", help="Spark's master [%(default)s]")
    parser.add_argument("--conf", action="append", default=[], metavar="KEY=VALUE", help="of Spark")
    parser.add_argument("--partitions", type=int, default=1, help="at least so many [%(default)s]")
    parser.add_argument("--whole-files", action="store_true",
                        help="a file is one partition; always so where rb-import is a stage, which "
                             "joins lines of one query and reads headers")
    parser.add_argument("--parquet", action="store_true", help="pipe, sample: write Parquet")
    parser.add_argument("--split", default="test", help="score: the split [%(default)s]")
    parser.add_argument("--by", action="append", default=[], help="score: as rb-score's --by")
    parser.add_argument("--merge", default="", metavar="FLAGS", help="score: flags of the merge")
    parser.add_argument("--fit", default="", metavar="KIND",
                        help="fit: the router with its flags, such as 'kmeans --centroids centres'")
    parser.add_argument("--share", type=float, default=0.1, help="sample: 0..1 [%(default)s]")
    parser.add_argument("--seed", type=int, default=0,
                        help="sample: of the hash; take another than the split's [%(default)s]")
    return parser.parse_args()


def wanted(o):
    """The stages as lists of words; each is a tool of ours."""
    commands = [shlex.split(stage) for stage in o.stage]
    if o.what == "pipe" and not commands:
        sys.exit("job.py: pipe needs a --stage, such as --stage rb-embed")
    if o.what == "sample":
        if not 0 < o.share < 1:
            sys.exit(f"job.py: --share is {o.share}, expected a number between 0 and 1")
        commands.append(["rb-split", "--resplit", "--train", repr(o.share), "--seed", str(o.seed)])
    if o.what == "score":
        by = [word for field in o.by for word in ("--by", field)]
        commands.append(["rb-score", "--partial", "--split", o.split, *by])
    if o.what == "fit":
        if not o.fit:
            sys.exit("job.py: fit needs a router, such as --fit keyword")
        commands.append(["rb-fit", *shlex.split(o.fit), "--partial"])
    for command in commands:
        if not command or command[0] not in TOOLS:
            sys.exit(f"job.py: the stage {' '.join(command)!r} is none of {', '.join(TOOLS)}")
        if "--threads" not in command:
            command += ["--threads", "1"]  # An executor has a core a partition.
    return commands


def context(o, commands):
    """Spark, with everything shipped that the stages need."""
    from pyspark.sql import SparkSession
    builder = SparkSession.builder.master(o.master).appName("rb " + o.what)
    # Files may be many: the executors' Python must be the driver's.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings = {"spark.ui.enabled": "false", "spark.log.level": "ERROR"}
    settings.update(pair.split("=", 1) for pair in o.conf)
    if o.whole_files or any(command[0] == "rb-import" for command in commands):
        settings["spark.hadoop.mapreduce.input.fileinputformat.split.minsize"] = str(2**62)
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.addPyFile(str(HERE / "stages.py"))
    for tool in sorted({command[0] for command in commands}):
        spark.sparkContext.addFile(str(pathlib.Path(o.bin).resolve() / tool))
    for path in o.file:
        spark.sparkContext.addFile(path, recursive=os.path.isdir(path))
    return spark


def piped(lines, commands, files):
    """The lines of `lines`, an RDD, through the commands; the order stays."""
    names = {pathlib.PurePath(path).name for path in files}

    def work(number, part):
        from pyspark import SparkFiles
        import stages as shipped
        here = lambda word: SparkFiles.get(word) if word in names else word
        placed = [[SparkFiles.get(c[0]), *map(here, c[1:])] for c in commands]
        return shipped.through(number, part, placed)

    return lines.mapPartitionsWithIndex(work, preservesPartitioning=True)


def write(spark, lines, folder, parquet):
    """Written by Spark: parts appear when the job has ended, then _SUCCESS."""
    if parquet:
        rows = lines.map(lambda line: (line.decode(),))
        spark.createDataFrame(rows, "record string").write.parquet(folder)
    else:
        lines.saveAsTextFile(folder)


def drop(spark, folder):
    path = spark._jvm.org.apache.hadoop.fs.Path(folder)
    path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).delete(path, True)


def merge(o, spark, lines):
    """The parts go through a folder beside the output: made in parallel, kept by
    Spark when an executor is lost, and read by one merge, a partition at a time."""
    parts = f"{pathlib.Path(o.output).resolve()}.parts-{os.getpid()}"
    command = [str(pathlib.Path(o.bin) / MERGED[o.what]), "--merge", "-o", o.output]
    try:
        lines.saveAsTextFile(parts)
        merging = subprocess.Popen([*command, *shlex.split(o.merge)], stdin=subprocess.PIPE)
        try:
            with merging.stdin as pipe:
                for line in spark.sparkContext.textFile(parts).toLocalIterator():
                    pipe.write(line.encode() + b"\n")
        except BrokenPipeError:
            pass  # Its exit code tells why.
        return merging.wait()
    finally:
        drop(spark, parts)


def counted(spark, lines):
    """The lines, and how many of them hold U+FFFD (a partition that is tried again
    is counted again)."""
    count = spark.sparkContext.accumulator(0)

    def seen(part):
        odd = 0
        for line in part:
            odd += REPLACED in line
            yield line
        if odd:
            count.add(odd)

    return lines.mapPartitions(seen, preservesPartitioning=True), count


def run(o, spark, commands):
    lines = spark.sparkContext.textFile(o.input, minPartitions=o.partitions)
    lines, replaced = counted(spark, lines)
    code = made(o, spark, lines, commands)
    if replaced.value:
        print(f"job.py: {replaced.value} lines hold U+FFFD, which Spark also puts in the place of "
              "bytes that are no UTF-8; rb-embed alone would name such a line", file=sys.stderr)
    return code


def made(o, spark, lines, commands):
    if o.what == "sample":
        # Test outcomes are never learnt from.
        lines = lines.filter(lambda line: json.loads(line).get("split", "train") == "train")
    lines = piped(lines, commands, o.file)
    if o.what in MERGED:
        return merge(o, spark, lines)
    if o.what == "sample":
        lines = lines.filter(lambda line: json.loads(line)["split"] == "train")
    write(spark, lines, o.output, o.parquet)
    return 0


def main():
    o = options()
    commands = wanted(o)
    spark = context(o, commands)
    code = 0
    try:
        code = run(o, spark, commands)
    except Exception as error:
        # Spark's own text holds the stack of two languages: of a tool's fault
        # only the tool's words are for the user.
        found = re.search(stages.MARK + r" (\d+): (\S+) ended with (-?\d+)\n(.*?)\n\n", str(error), re.S)
        if not found:
            raise
        print(f"job.py: partition {found[1]}: {found[4]}", file=sys.stderr)
        code = max(1, int(found[3]))
    finally:
        spark.stop()
    sys.exit(code)


if __name__ == "__main__":
    main()
