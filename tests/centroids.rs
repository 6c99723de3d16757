//! rb-fit --centroids: cluster centres that were computed elsewhere.

use crate::workdir::{demo, Workdir};
use serde_json::Value;

const ROUTERS: [&str; 3] = ["kmeans", "avengers", "avengers-pro"];

/// The demo data embedded, and `k` centres: every hundredth vector, halved, since
/// means of unit vectors are shorter than they.
fn prepared(w: &Workdir, k: usize) -> (Vec<u8>, Vec<Vec<f64>>) {
    let records = w.pipe(demo(), &["rb-embed", "rb-split"]);
    let text = std::str::from_utf8(&records).expect("text");
    let vector = |line: &str| -> Vec<f64> {
        let record: Value = serde_json::from_str(line).expect("a record");
        let numbers = record["embedding"]["vector"].as_array().expect("a vector");
        let vector: Vec<f64> = numbers.iter().filter_map(Value::as_f64).collect();
        let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
        vector.iter().map(|v| v / length / 2.0).collect()
    };
    let centres = text.lines().step_by(100).take(k).map(vector).collect();
    (records, centres)
}

fn layout(centres: &[Vec<f64>]) -> String {
    let line = |c: &Vec<f64>| serde_json::to_string(c).expect("JSON") + "\n";
    centres.iter().map(line).collect()
}

/// Centres of another order are the same clusters: every query is routed alike.
#[test]
fn routes_do_not_depend_on_the_order_of_centres_or_the_flags_of_clustering() {
    let w = Workdir::new();
    let (records, mut centres) = prepared(&w, 9);
    w.write("there", layout(&centres));
    centres.reverse();
    w.write("back", layout(&centres) + "\n");
    for router in ROUTERS {
        let plain = w.run("rb-fit", &[router], &records).ok().stdout;
        let there = [router, "--centroids", "there"];
        let there = w.run("rb-fit", &there, &records).ok().stdout;
        let back = [router, "--centroids", "back", "--k", "3", "--restarts", "1"];
        let back = w.run("rb-fit", &back, &records).ok().stdout;
        assert!(there == back, "{router}");
        assert!(there != plain, "{router} has not looked at the centres");
    }
}

/// One cluster knows the global means alone: one route for all queries.
#[test]
fn one_centre_sends_all_queries_one_way() {
    let w = Workdir::new();
    let (records, centres) = prepared(&w, 1);
    w.write("one", layout(&centres));
    let fit = ["kmeans", "--centroids", "one", "--save", "kmeans.json"];
    let fitted = w.run("rb-fit", &fit, &records).ok().json();
    let of = |r: &Value| r.pointer("/routes/kmeans").map(Value::to_string);
    let routes: std::collections::BTreeSet<String> = fitted.iter().filter_map(of).collect();
    assert_eq!(routes.len(), 1);
    let routed = w.run("rb-route", &["kmeans.json"], &records).ok().json();
    assert_eq!(of(&routed[0]).as_ref(), routes.first());
}

#[test]
fn centres_that_cannot_be_are_refused_with_their_line() {
    let w = Workdir::new();
    let (records, centres) = prepared(&w, 2);
    let good = layout(&centres);
    let last = centres[1].len() - 1;
    let with = |change: &dyn Fn(&mut Vec<f64>)| {
        let mut changed = centres.clone();
        change(&mut changed[1]);
        layout(&changed)
    };
    let cases: [(String, &[&str]); 7] = [
        (
            with(&|c| c.truncate(last)),
            &["line 2", "255 numbers", "have 256"],
        ),
        (with(&|c| c[0] = 7.0), &["line 2", "length 7", "at most 1"]),
        (
            with(&|c| c.clone_from(&centres[0])),
            &["line 2", "same centre as in line 1"],
        ),
        (
            good.replacen("\n[", "\n\n[null,", 1),
            &["line 3", "not a JSON array of numbers"],
        ),
        (
            good.replacen("\n[", "\n[NaN,", 1),
            &["line 2", "not a JSON array of numbers"],
        ),
        (
            good.replacen("\n[", "\n[1e999,", 1),
            &["line 2", "not a JSON array of numbers"],
        ),
        (" \n".into(), &["empty file"]),
    ];
    for (text, words) in cases {
        w.write("centres", text);
        for router in ROUTERS {
            let ran = w.run("rb-fit", &[router, "--centroids", "centres"], &records);
            ran.fails(2, words);
        }
    }
}
