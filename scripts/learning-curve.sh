#!/bin/sh
# Learning curves: each router fitted on each number of train queries, over several
# splits; the scores go to standard output, for rb-curve.
# Usage: learning-curve.sh BINARIES DATA > scores.ndjson
#   ROUTERS  as in rb-fit, with their defaults      [kmeans domain]
#   SIZES    numbers of train queries               [25 50 100 200 400 800]
#   SEEDS    of the split and of the train queries  [0 1 2 3 4]
# DATA: query records with outcomes. Smaller sizes are parts of larger ones.
set -eu
bin=$1 data=$2
routers=${ROUTERS:-kmeans domain}
sizes=${SIZES:-25 50 100 200 400 800}
seeds=${SEEDS:-0 1 2 3 4}
PATH="$(cd "$bin" && pwd):$PATH"
work=$(mktemp -d "${TMPDIR:-/tmp}/learning-curve.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

rb-embed "$data" > "$work/embedded"
for seed in $seeds; do
  rb-split --quiet --resplit --seed "$seed" "$work/embedded" > "$work/now"
  train=$(grep -c '"split":"train"' "$work/now" || true)
  for size in $sizes; do
    if [ "$size" -gt "$train" ]; then
      echo "learning-curve.sh: seed $seed has $train train queries, size $size is left out" >&2
      continue
    fi
    rb-split --quiet --resplit --seed "$seed" --train-limit "$size" "$work/now" > "$work/next"
    mv "$work/next" "$work/now"
    for router in $routers; do
      rb-fit "$router" --quiet --seed "$seed" --name "$router@$size" "$work/now" > "$work/next"
      mv "$work/next" "$work/now"
    done
  done
  # The whole train part again: best-single is the best on it.
  rb-split --quiet --resplit --seed "$seed" "$work/now" > "$work/next"
  rb-score --quiet --resamples 200 --seed "$seed" "$work/next"
done
