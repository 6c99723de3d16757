#!/bin/sh
# The main job on the demo data: five routers on one split, scored and compared.
# Usage: demo.sh BINARIES DATA
set -eu
bin=$1 data=$2 out=demo-out
mkdir -p "$out"
PATH="$PWD/$bin:$PATH"
echo "Simulated data: 2,000 made-up queries, six simulated models ($data)"
rb-embed "$data" \
  | rb-fit kmeans | rb-fit knn | rb-fit avengers-pro | rb-fit domain | rb-fit random \
  | rb-score > "$out/scores.ndjson"
rb-pareto --table --svg "$out/pareto.svg" "$out/scores.ndjson"
echo "The picture is in $out/pareto.svg, the figures are in $out/scores.ndjson"
