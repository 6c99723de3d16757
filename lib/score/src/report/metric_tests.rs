//! Metrics that need more than a curve, against figures worked out by hand and
//! against definitions written a second time.

use crate::data::collect::sample;
use crate::data::fact::Wanted;
use crate::data::facts::Resource;
use crate::report::asked::Ask;
use crate::report::scoring::{Config, Scoring};
use crate::report::tests::{close, find, number, query, random_stream, score};
use proptest::prelude::*;
use serde_json::{json, Value};

fn asked(records: &[Value], ask: &Ask, against: Resource) -> Result<Vec<Value>, String> {
    let text: Vec<String> = records.iter().map(Value::to_string).collect();
    let mut facts = sample::facts(&text.join("\n"), &Wanted::default()).unwrap();
    facts.trade_against(against);
    let mut out = String::new();
    Scoring::new(&facts, Config::PLAIN)
        .and_then(|s| s.asking(ask))
        .map_err(|e| e.to_string())?
        .write(&mut |lines| {
            out.push_str(lines);
            Ok(())
        })
        .unwrap();
    Ok(out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect())
}

fn summary(lines: &[Value], router: &str) -> Value {
    find(lines, &json!({"type": "summary", "router": router}))[0].clone()
}

/// Strong is right on every query, weak on the first `weak_right`; the router
/// calls weak below alpha i/n on query i, so it climbs query by query.
fn climbing(n: usize, weak_right: usize) -> Vec<Value> {
    let o = |s: f64, c: f64, l: f64| json!({"score": s, "cost": c, "latency": l});
    let mut records: Vec<Value> = (0..n)
        .map(|i| {
            let weak = (i < weak_right) as u8 as f64;
            let alpha = (i + 1) as f64 / n as f64;
            query(
                &format!("q{i}"),
                "test",
                "x",
                json!({"strong": o(1.0, 4.0, 1.0), "weak": o(weak, 1.0, 3.0 + i as f64)}),
                json!({"r": [{"alpha": 0, "model": "weak"}, {"alpha": alpha, "model": "strong"}]}),
            )
        })
        .collect();
    let known = json!({"strong": o(1.0, 4.0, 1.0), "weak": o(0.0, 1.0, 1.0)});
    records.push(query("t", "train", "x", known, json!({})));
    records
}

#[test]
fn a_gap_is_recovered_call_by_call() {
    // Weak is right on 5 of 10, and those are called strong first, in vain.
    let lines = score(&climbing(10, 5), &Wanted::default(), Config::PLAIN);
    let s = summary(&lines, "r");
    assert!(close(&s["pgr"], 1.0));
    // Flat over the first half of the calls, then a straight climb to 1.
    assert!(close(&s["apgr"], 0.25));
    assert!(close(&s["cpt_50_peak"], 0.75));
    assert!(close(&s["cpt_80_peak"], 0.9));
    assert_eq!(
        (&lines[0]["strong"], &lines[0]["weak"]),
        (&json!("strong"), &json!("weak"))
    );
    let cpt = s["cpt"].as_array().unwrap();
    assert_eq!(cpt[0]["reach"], 0.5);
    assert_eq!(cpt[0]["chosen_on"], "cross");
    // No gap where the pair is turned round.
    let ask = Ask {
        strong: Some("weak".into()),
        weak: Some("strong".into()),
        ..Ask::default()
    };
    let turned = asked(&climbing(10, 5), &ask, Resource::Cost).unwrap();
    for key in ["pgr", "apgr", "cpt_50_peak", "cpt"] {
        assert!(summary(&turned, "r")[key].is_null(), "{key}");
    }
}

#[test]
fn points_chosen_on_val_are_reported_on_test() {
    // On val every query needs strong beyond alpha 0.5; on test likewise, but
    // half of it is right without. The point is val's, the figures are test's.
    let o = |s: f64, c: f64| json!({"score": s, "cost": c});
    let mut records = Vec::new();
    for (split, easy) in [("val", 0), ("test", 2), ("train", 0)] {
        for i in 0..100 {
            let weak = (i % 4 < easy) as u8 as f64;
            let steps = json!({"r": [{"alpha": 0, "model": "weak"},
                {"alpha": if i % 2 == 0 { 0.25 } else { 0.75 }, "model": "strong"}]});
            records.push(query(
                &format!("{split}{i}"),
                split,
                "x",
                json!({"strong": o(1.0, 4.0), "weak": o(weak, 1.0)}),
                if split == "train" { json!({}) } else { steps },
            ));
        }
    }
    let lines = score(&records, &Wanted::default(), Config::PLAIN);
    let s = summary(&lines, "r");
    let cpt = &s["cpt"];
    // Half of the calls recover half of val's gap; so on test.
    assert_eq!(cpt[0]["chosen_on"], "val");
    assert!(close(&cpt[0]["share"], 0.5) && close(&cpt[0]["pgr"], 0.5));
    assert!(close(&cpt[1]["share"], 1.0) && close(&cpt[1]["pgr"], 1.0));
    let keep = s["relative"]["keep"].as_array().unwrap();
    assert_eq!(s["relative"]["model"], "strong");
    assert_eq!(keep.len(), 4);
    for row in keep {
        assert!(
            close(&row["cost"], 1.0) && close(&row["quality"], 1.0),
            "{row}"
        );
        assert_eq!(row["chosen_on"], "val");
    }
    let ask = Ask {
        relative_to: Some("weak".into()),
        ..Ask::default()
    };
    let weak = asked(&records, &ask, Resource::Cost).unwrap();
    let relative = summary(&weak, "r")["relative"].clone();
    // Weak keeps its own quality, and so does the router at alpha 0.
    assert!(close(&relative["quality"], 2.0) && close(&relative["cost"], 4.0));
    assert!(close(&relative["keep"][3]["cost"], 1.0));
}

#[test]
fn rare_queries_are_told_apart_from_lucky_ones() {
    let right = |models: &[&str]| {
        let o = |m: &str| json!({"score": models.contains(&m) as u8, "cost": 1});
        json!({"a": o("a"), "b": o("b"), "c": o("c"), "d": o("d")})
    };
    let rows = [
        (right(&["a"]), "a"),
        (right(&["b"]), "a"),
        (right(&["a", "b"]), "b"),
        (right(&["a", "b", "c"]), "d"),
        (right(&["a", "b", "c", "d"]), "a"),
        (right(&[]), "b"),
    ];
    let mut records: Vec<Value> = rows
        .into_iter()
        .enumerate()
        .map(|(i, (o, to))| query(&i.to_string(), "test", "x", o, json!({"r": to})))
        .collect();
    records.push(query("t", "train", "x", right(&["b"]), json!({})));
    let lines = score(&records, &Wanted::default(), Config::PLAIN);
    let recall = summary(&lines, "r")["recall"].clone();
    assert_eq!((&recall["none"], &recall["models"]), (&json!(1), &json!(4)));
    let row = |k: usize| recall["by_rarity"][k - 1].clone();
    assert_eq!((&row(1)["k"], &row(1)["n"]), (&json!(1), &json!(2)));
    // The mix over all six is a 1/2, b 1/3, d 1/6; best-single is b.
    let expect = |row: &Value, figures: [f64; 4]| {
        for (key, x) in ["recall", "chance", "mix", "best_single"]
            .iter()
            .zip(figures)
        {
            assert!(close(&row[*key], x), "{key} {row}");
        }
    };
    expect(&row(1), [0.5, 0.25, 5.0 / 12.0, 0.5]);
    expect(&row(2), [1.0, 0.5, 5.0 / 6.0, 1.0]);
    expect(&row(3), [0.0, 0.75, 5.0 / 6.0, 1.0]);
    expect(&row(4), [1.0, 1.0, 1.0, 1.0]);
    assert_eq!(recall["rare"]["n"], 4);
    expect(&recall["rare"], [0.5, 7.0 / 16.0, 0.625, 0.75]);
    // A mark that nobody reaches makes every query one of nobody's.
    let mut graded = records.clone();
    graded
        .iter_mut()
        .for_each(|r| r["outcomes"]["a"]["score"] = json!(0.4));
    let at = |right_at| {
        let ask = Ask {
            right_at,
            ..Ask::default()
        };
        summary(&asked(&graded, &ask, Resource::Cost).unwrap(), "r")["recall"].clone()
    };
    assert_eq!(at(0.5)["none"], 2);
    assert_eq!(at(0.4)["none"], 0);
}

#[test]
fn a_model_that_is_not_there_and_a_mark_beyond_one_are_refused() {
    let fault = |ask: Ask| asked(&climbing(3, 1), &ask, Resource::Cost).unwrap_err();
    let name = |name: &str| Some(name.to_string());
    for (flag, ask) in [
        (
            "--strong",
            Ask {
                strong: name("s"),
                ..Ask::default()
            },
        ),
        (
            "--weak",
            Ask {
                weak: name("s"),
                ..Ask::default()
            },
        ),
        (
            "--relative-to",
            Ask {
                relative_to: name("s"),
                ..Ask::default()
            },
        ),
    ] {
        let e = fault(ask);
        assert!(e.contains(flag) && e.contains("strong, weak"), "{e}");
    }
    let e = fault(Ask {
        right_at: 1.5,
        ..Ask::default()
    });
    assert!(e.contains("--right-at is 1.5"), "{e}");
}

#[test]
fn the_published_area_ends_at_the_dearest_hull_compared() {
    let o = |s: f64, c: f64| json!({"score": s, "cost": c});
    let outcomes = json!({"a": o(0.2, 1.0), "b": o(0.6, 2.0), "c": o(0.8, 4.0)});
    let routes = json!({"low": [{"alpha": 0, "model": "a"}, {"alpha": 0.5, "model": "b"}],
        "two": [{"alpha": 0, "model": "b"}, {"alpha": 0.5, "called": ["a", "c"], "model": "c"}]});
    let records = [query("1", "test", "x", outcomes, routes)];
    let lines = score(&records, &Wanted::default(), Config::PLAIN);
    // The cascade ends at 5. low: (0.2+0.6)/2 over 1..2, then 0.6 up to 5.
    assert!(close(&summary(&lines, "low")["aiq_routerbench"], 2.2 / 5.0));
    assert!(close(&summary(&lines, "two")["aiq_routerbench"], 2.1 / 5.0));
    let alone = query(
        "1",
        "test",
        "x",
        records[0]["outcomes"].clone(),
        json!({"low": records[0]["routes"]["low"]}),
    );
    let lines = score(&[alone], &Wanted::default(), Config::PLAIN);
    // Without the cascade the single models end at 4.
    assert!(close(&summary(&lines, "low")["aiq_routerbench"], 1.6 / 4.0));
}

#[test]
fn against_latency_the_faster_model_is_the_cheaper() {
    let records = climbing(10, 5);
    let lines = asked(&records, &Ask::default(), Resource::Latency).unwrap();
    let s = summary(&lines, "r");
    assert_eq!(s["against"], "latency");
    assert_eq!(lines[0]["against"], "latency");
    assert!(close(&s["cost"], 4.0) && close(&s["latency"], 1.0));
    assert!(close(&s["latency_p50"], 1.0));
    // Strong is best and fastest: the hull is that one point.
    assert_eq!(s["hull"], json!([{"latency": 1.0, "quality": 1.0}]));
    assert_eq!(lines[0]["weak"], "strong");
    assert!(close(&lines[0]["cost_scale"], 1.0));
    let plain = asked(&records, &Ask::default(), Resource::Cost).unwrap();
    assert!(summary(&plain, "r")["against"].is_null());
    let none = asked(&records, &Ask::default(), Resource::Tokens).unwrap();
    assert!(summary(&none, "r")["aiq"].is_null());
    assert!(none[0]["notes"].to_string().contains("no tokens is known"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn bounds_and_recall_follow_their_definitions(seed in any::<u64>()) {
        let records = random_stream(seed, 0.2);
        let lines = score(&records, &Wanted::default(), Config::PLAIN);
        let models: Vec<&str> = lines[0]["models"].as_array().unwrap()
            .iter().map(|m| m.as_str().unwrap()).collect();
        for router in ["a", "b"] {
            let (mut n, mut right, mut unknown) = (0, vec![[0usize; 2]; models.len() + 1], 0);
            for r in records.iter().filter(|r| r["split"] == "test") {
                let Some(steps) = r["routes"][router].as_array() else { continue };
                let kept = steps[steps.len() - 1]["model"].as_str().unwrap();
                let is_right = |m: &str| r["outcomes"][m]["score"].as_f64().is_some_and(|s| s >= 0.5);
                let k = models.iter().filter(|m| is_right(m)).count();
                right[k][0] += 1;
                right[k][1] += is_right(kept) as usize;
                unknown += r["outcomes"][kept]["score"].is_null() as usize;
                n += 1;
            }
            let s = summary(&lines, router);
            for row in s["recall"]["by_rarity"].as_array().unwrap() {
                let [asked, got] = right[number(&row["k"]) as usize];
                prop_assert_eq!(number(&row["n"]) as usize, asked);
                prop_assert!(close(&row["recall"], got as f64 / asked as f64));
            }
            prop_assert_eq!(number(&s["recall"]["none"]) as usize, right[0][0]);
            match unknown {
                0 => prop_assert!(s["quality_bounds"].is_null()),
                _ => {
                    prop_assert!(close(&s["quality_bounds"][0], number(&s["quality"])));
                    let most = number(&s["quality"]) + unknown as f64 / n as f64;
                    prop_assert!(close(&s["quality_bounds"][1], most));
                }
            }
        }
    }
}
