#!/bin/sh
# Fuzzes the targets named in the arguments, or all: each for FUZZ_RUNS
# executions or FUZZ_SECONDS, whichever is first, one at a time and at the
# lowest priority. New inputs and what breaks a target go to fuzz-out/.
# FUZZ_COMPARES=no leaves out the tracing of compared values: it finds less by
# itself, and runs what was found before two to three times as fast.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../fuzz-out
runs=${FUZZ_RUNS:-10000000}
seconds=${FUZZ_SECONDS:-3600}
[ $# -gt 0 ] || set -- record router import prices choose claim scores
built=$here/target
[ "${FUZZ_COMPARES:-yes}" = yes ] || built=$here/target/plain
(cd "$here" && CARGO_TARGET_DIR=$built RUSTC_WRAPPER=$here/rustc.sh "${CARGO:-cargo}" build --release)
# Files that live for one execution need no disk.
[ -d /dev/shm ] && export TMPDIR=/dev/shm
export RAYON_NUM_THREADS=1
failed=
for target; do
    mkdir -p "$out/$target"
    case $target in
    choose | claim) longest=512 ;;
    scores | router) longest=16384 ;;
    *) longest=4096 ;;
    esac
    echo "== $target"
    RB_FUZZ_TARGET=$target nice -n 19 "$built/release/rb-fuzz" \
        "$out/$target" "$here/corpus/$target" \
        -artifact_prefix="$out/$target-" -max_len=$longest \
        -runs="$runs" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=1024 -print_final_stats=1 \
        >"$out/$target.log" 2>&1 || failed="$failed $target"
    grep -E '^(stat::number_of_executed_units|stat::peak_rss_mb|Done|SUMMARY|artifact_prefix)|panicked' "$out/$target.log" || true
done
[ -z "$failed" ] || {
    echo "broken:$failed; see fuzz-out/TARGET.log, and put the input into tests/fuzz/corpus/TARGET" >&2
    exit 1
}
