#!/bin/sh
# cargo's RUSTC_WRAPPER: the library and the targets are compiled with the
# counters and compared values that libFuzzer steers by, and with checked
# arithmetic; everything else as ever. All flags are those of stable Rust.
rustc=$1
shift
case " $* " in
*" --crate-name rb_import "* | *" --crate-name rb_record "* | *" --crate-name rb_route "* | *" --crate-name rb_score "* | *" --crate-name rb_show "* | *" --crate-name rb_store "* | *" --crate-name rb_learn "* | *" --crate-name rb_fuzz "*)
    set -- "$@" --cfg fuzzing -Coverflow-checks=on -Cdebug-assertions=on -Cpasses=sancov-module \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table
    case ${FUZZ_COMPARES:-yes} in
    yes) set -- "$@" -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-trace-compares ;;
    *) set -- "$@" -Cllvm-args=-sanitizer-coverage-level=3 ;;
    esac
    ;;
esac
exec "$rustc" "$@"
