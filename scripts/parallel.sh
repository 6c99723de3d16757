#!/bin/sh
# Applies a pipeline of tools to the parts of record files, several at a time, on
# one machine: what scripts/spark/job.py does, without Spark.
#
#   sh scripts/parallel.sh OUT 'rb-embed | rb-route kmeans.json' a.ndjson b.ndjson …
#
# Parts that are merged afterwards are made in the same way: 'rb-score --partial', then
# rb-score --merge OUT/*; 'rb-fit keyword --partial', then rb-fit --merge OUT/*.
#
# JOBS: how many at a time (default: one a processor). LINES: of a part
# (default 100000). The tools are found on PATH. OUT, a new folder, holds a part
# a piece, in the order of the files and their lines, so `cat OUT/*` keeps it. It
# appears when every part is whole; where one fails, none does, and the exit
# code is 1. Not for rb-import: it joins lines of one query wherever they stand.
set -eu
[ $# -ge 3 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
out=$1
export PIPELINE="$2"
shift 2
[ ! -e "$out" ] || { echo "parallel.sh: $out is there already; name a new folder" >&2; exit 2; }
for file; do
  [ -r "$file" ] || { echo "parallel.sh: cannot read $file" >&2; exit 5; }
done
work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/in" "$work/out"
number=0
for file; do
  number=$((number + 1))
  split -l "${LINES:-100000}" -a 5 -d "$file" "$work/in/$(printf %05d $number)-"
done
export PARTS="$work"
# pipefail, which not every sh has: a tool that fails in the middle fails its part.
find "$work/in" -type f -print0 | sort -z |
  xargs -0 -n 1 -P "${JOBS:-$(nproc)}" bash -c '
    set -o pipefail
    eval "$PIPELINE" < "$1" > "$PARTS/out/${1##*/}" || {
      echo "parallel.sh: part ${1##*/} failed" >&2
      exit 255 # xargs starts no other
    }
    rm "$1"' part || exit 1
mv "$work/out" "$out"
