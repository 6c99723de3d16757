//! rb-route --prices: a saved router under new prices, without a new fit.

use crate::workdir::{demo, Workdir};
use serde_json::Value;

/// The demo data embedded, and `router` saved as r.json.
fn saved(w: &Workdir, router: &[&str]) -> Vec<u8> {
    let bench = w.pipe(demo(), &["rb-embed", "rb-split"]);
    w.run("rb-fit", &[router, &["--save", "r.json"]].concat(), &bench)
        .ok();
    bench
}

/// By hand: of what the router told before, the best at the new prices.
#[test]
fn the_choice_is_the_best_of_what_was_expected_at_the_new_prices() {
    let w = Workdir::new();
    let bench = saved(&w, &["kmeans"]);
    let file: Value = serde_json::from_slice(&std::fs::read(w.path("r.json")).unwrap()).unwrap();
    let scale = file["scale"].as_f64().unwrap();
    let told = w
        .run("rb-route", &["r.json", "--explain"], &bench)
        .ok()
        .json();
    let (mut moved, prices) = (0, [("sim-large", 3.0), ("sim-frontier", 0.25)]);
    for alpha in ["0", "0.4", "0.9", "1"] {
        let flags = [
            "r.json",
            "--alpha",
            alpha,
            "--prices",
            "sim-large=3,sim-frontier=0.25",
        ];
        let routed = w.run("rb-route", &flags, &bench).ok().json();
        let alpha: f64 = alpha.parse().unwrap();
        for (told, routed) in told.iter().zip(&routed) {
            let of =
                |what: &str, model: &str| told["explain"]["kmeans"][what][model].as_f64().unwrap();
            let factor = |model: &str| {
                let named = prices.iter().find(|p| p.0 == model);
                named.map_or(1.0, |p| p.1)
            };
            let worth = |model: &str, factor: f64| {
                let cost = of("cost", model) * factor;
                alpha * of("quality", model) - (1.0 - alpha) * cost / scale
            };
            let chosen = routed["routes"]["kmeans"][0]["model"].as_str().unwrap();
            let models = told["explain"]["kmeans"]["quality"].as_object().unwrap();
            let best = |old: bool| {
                let worth = |m: &String| worth(m, if old { 1.0 } else { factor(m) });
                models.keys().map(worth).fold(f64::MIN, f64::max)
            };
            assert!(worth(chosen, factor(chosen)) >= best(false) - 1e-12);
            moved += u32::from(worth(chosen, 1.0) < best(true) - 1e-12);
        }
    }
    assert!(moved > 100, "the new prices moved {moved} choices");
}

#[test]
fn old_prices_change_nothing_and_a_guard_stays() {
    let w = Workdir::new();
    let bench = saved(&w, &["domain"]);
    let plain = w.run("rb-route", &["r.json"], &bench).ok().stdout;
    let same = ["r.json", "--prices", "sim-small=1"];
    assert_eq!(w.run("rb-route", &same, &bench).ok().stdout, plain);
}

#[test]
fn what_cannot_be_repriced_is_refused() {
    let w = Workdir::new();
    let bench = saved(&w, &["kmeans"]);
    let refused = |flags: &[&str], words: &[&str]| {
        let flags = [&["r.json"], flags].concat();
        w.run("rb-route", &flags, &bench).fails(2, words);
    };
    refused(
        &["--prices", "sim-huge=2"],
        &["sim-huge", "it knows sim-chat"],
    );
    for odd in [
        "sim-large",
        "sim-large=0",
        "sim-large=-1",
        "sim-large=nan",
        "sim-large=x",
    ] {
        refused(&["--prices", odd], &["MODEL=FACTOR with a factor above 0"]);
    }
    refused(&["--prices", "sim-large=2", "--budget", "1"], &["--budget"]);
    for router in ["avengers", "cascade", "uncertainty"] {
        let bench = saved(&w, &[router]);
        let ran = w.run("rb-route", &["r.json", "--prices", "sim-large=2"], &bench);
        ran.fails(2, &[router, "fit it again"]);
    }
}
