//! Tells the tests which of what they need is here (needs.rs).

#[path = "needs.rs"]
mod needs;
#[allow(dead_code, unreachable_pub)] // the library's file: the tests need one of its functions
#[path = "../lib/embed/src/transformer/places.rs"]
mod places;

use needs::NEEDS;
use std::path::Path;

/// Whether the variable is set and not to "no".
fn is_on(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()))
}

fn main() {
    // What appears later is told by a test: cargo would look at a path that is
    // not there before every build, and link all tools anew.
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=needs.rs");
    for variable in [
        "CI",
        "RB_WITHOUT",
        "RB_SHARED_DATA",
        "RB_HOME",
        "XDG_DATA_HOME",
    ] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let without = std::env::var("RB_WITHOUT").unwrap_or_default();
    let without: Vec<&str> = without.split(',').filter(|name| !name.is_empty()).collect();
    let names = NEEDS.map(|need| need.name);
    if let Some(odd) = without.iter().find(|name| !names.contains(name)) {
        println!(
            "cargo::error=RB_WITHOUT names {odd:?}, expected some of {}",
            names.join(",")
        );
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found = needs::found(&root);
    for name in names {
        println!("cargo::rustc-check-cfg=cfg(has_{name})");
        let is_here = found.split(',').any(|here| here == name);
        if (is_here || is_on("CI")) && !without.contains(&name) {
            println!("cargo::rustc-cfg=has_{name}");
        }
    }
    println!("cargo::rustc-env=RB_FOUND={found}");
}
