//! Feeds the targets from libFuzzer. RB_FUZZ_TARGET names the target, the
//! arguments are libFuzzer's; `make fuzz` runs them all.

#![no_main]

mod mutate;
mod targets;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::LazyLock;
use targets::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("RB_FUZZ_TARGET").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|t| t.name).collect();
    let found = TARGETS.iter().find(|t| t.name == name);
    found.unwrap_or_else(|| panic!("RB_FUZZ_TARGET is {name:?}, expected one of {names:?}"))
});

/// The most that one allocation may ask for. libFuzzer's own limit sees memory
/// only once it is written to, and without a sanitizer no single request.
const MOST: usize = 256 << 20;

/// The system's allocator, which ends the process at a larger request.
struct Bounded;

impl Bounded {
    fn check(size: usize) {
        if size > MOST {
            eprintln!("an allocation of {size} bytes, expected at most {MOST}");
            std::process::abort();
        }
    }
}

// SAFETY: every request goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Bounded::check(layout.size());
        System.alloc(layout)
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Bounded::check(layout.size());
        System.alloc_zeroed(layout)
    }
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Bounded::check(size);
        System.realloc(old, layout, size)
    }
    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        System.dealloc(old, layout)
    }
}

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

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
