//! Feeds the targets from libFuzzer. RB_FUZZ_TARGET names the target, the
//! arguments are libFuzzer's; `make fuzz` runs them all.

#![no_main]

mod mutate;
mod targets;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::sync::LazyLock;
use targets::{Target, TARGETS};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("RB_FUZZ_TARGET").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|t| t.name).collect();
    let found = TARGETS.iter().find(|t| t.name == name);
    found.unwrap_or_else(|| panic!("RB_FUZZ_TARGET is {name:?}, expected one of {names:?}"))
});

fuzz_target!(|data: &[u8]| (TARGET.run)(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // Bytes for the parser, edits of its values for what comes after it.
    let edited = match TARGET.name == "router" && seed % 8 != 0 {
        true => mutate::edited(&data[..size], seed),
        false => None,
    };
    match edited.filter(|e| e.len() <= max_size) {
        Some(edited) => {
            data[..edited.len()].copy_from_slice(&edited);
            edited.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});
