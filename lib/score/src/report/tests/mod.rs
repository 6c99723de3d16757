//! The written lines against brute force: every query looked up again at every
//! alpha, with the rules written a second time.

use crate::data::collect::sample;
use crate::data::fact::Wanted;
use crate::report::asked::Ask;
use crate::report::pooled::Pooled;
use crate::report::scoring::{Config, Scoring};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rb_record::record::field::Field;
use rb_store::pages::Pager;
use serde_json::{json, Value};

pub(crate) fn score(records: &[Value], wanted: &Wanted, config: Config) -> Vec<Value> {
    let text: Vec<String> = records.iter().map(Value::to_string).collect();
    let facts = sample::facts(&text.join("\n"), wanted).unwrap();
    let mut out = String::new();
    Scoring::new(&facts, config)
        .unwrap()
        .write(&mut |lines| {
            out.push_str(lines);
            Ok(())
        })
        .unwrap();
    out.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

pub(crate) fn find<'v>(lines: &'v [Value], members: &Value) -> Vec<&'v Value> {
    let fits = |line: &&Value| {
        let mut wanted = members.as_object().unwrap().iter();
        wanted.all(|(key, value)| line[key] == *value)
    };
    lines.iter().filter(fits).collect()
}

pub(crate) fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

pub(crate) fn close(a: &Value, b: f64) -> bool {
    (number(a) - b).abs() <= 1e-12
}

/// A stream in which outcomes, costs and routes are missing here and there,
/// steps of different queries fall on the same alphas, and some routes are
/// cascades. Every query is in the test split but those of train.
pub(crate) fn random_stream(seed: u64, holes: f64) -> Vec<Value> {
    let mut r = StdRng::seed_from_u64(seed);
    let k = r.gen_range(1..6);
    let n = r.gen_range(1..30);
    let models: Vec<String> = (0..k).map(|m| format!("m{m}")).collect();
    let mut records = Vec::new();
    for q in 0..n + 10 {
        let mut outcomes = serde_json::Map::new();
        for (m, name) in models.iter().enumerate() {
            // The first query knows everything, so that every model is known.
            let mut known = || q == 0 || !r.gen_bool(holes);
            let (any, has_score, has_cost) = (known(), known(), known());
            let mut outcome = serde_json::Map::new();
            let score = r.gen_range(0..=10) as f64 / 10.0;
            let cost = r.gen_range(0.0..1.0) * 1e-3 * (m + 1) as f64;
            if has_score {
                outcome.insert("score".into(), json!(score));
            }
            if has_cost {
                outcome.insert("cost".into(), json!(cost));
            }
            if any {
                outcomes.insert(name.clone(), Value::Object(outcome));
            }
        }
        let mut routes = serde_json::Map::new();
        for router in ["a", "b"] {
            if router == "b" && q > 0 && r.gen_bool(holes) {
                continue;
            }
            let mut alphas: Vec<u32> = (0..r.gen_range(0..5))
                .map(|_| r.gen_range(1..=20))
                .collect();
            alphas.sort();
            alphas.dedup();
            alphas.insert(0, 0);
            let steps: Vec<Value> = alphas
                .iter()
                .map(|a| {
                    let first = r.gen_range(0..k);
                    let count = r.gen_range(1..=k.min(3));
                    let called: Vec<&String> =
                        (0..count).map(|i| &models[(first + i) % k]).collect();
                    let kept = called[r.gen_range(0..count)];
                    json!({"alpha": *a as f64 / 20.0, "model": kept, "called": called})
                })
                .collect();
            routes.insert(router.into(), json!(steps));
        }
        records.push(json!({
            "id": format!("q{q}"), "dataset": format!("d{}", r.gen_range(0..3)),
            "split": if q < n { "test" } else { "train" },
            "outcomes": outcomes, "routes": routes,
        }));
    }
    records
}

/// What a router does at one alpha, by the definition.
#[derive(Debug, Default)]
struct Brute {
    n: usize,
    unrouted: usize,
    missing: usize,
    calls: usize,
    quality: f64,
    cost: f64,
    by_dataset: std::collections::BTreeMap<String, (f64, f64, f64)>,
}

fn brute(records: &[Value], router: &str, alpha: f64) -> Brute {
    let test: Vec<&Value> = records.iter().filter(|r| r["split"] == "test").collect();
    let mut largest_mean: f64 = 0.0;
    for m in 0..6 {
        let costs: Vec<f64> = test
            .iter()
            .filter_map(|r| r["outcomes"][format!("m{m}")]["cost"].as_f64())
            .collect();
        if !costs.is_empty() {
            largest_mean = largest_mean.max(costs.iter().sum::<f64>() / costs.len() as f64);
        }
    }
    let mut b = Brute::default();
    for r in test {
        let Some(steps) = r["routes"][router].as_array() else {
            b.unrouted += 1;
            continue;
        };
        let step = steps
            .iter()
            .rfind(|s| number(&s["alpha"]) <= alpha)
            .unwrap();
        let outcomes = r["outcomes"].as_object().unwrap();
        let dearest = outcomes
            .values()
            .filter_map(|o| o["cost"].as_f64())
            .reduce(f64::max)
            .unwrap_or(largest_mean);
        let mut cost = 0.0;
        for m in step["called"].as_array().unwrap() {
            let o = &r["outcomes"][m.as_str().unwrap()];
            cost += o["cost"].as_f64().unwrap_or(dearest);
            b.calls += 1;
            b.missing += (o["cost"].is_null() || o["score"].is_null()) as usize;
        }
        let kept = &r["outcomes"][step["model"].as_str().unwrap()];
        let quality = kept["score"].as_f64().unwrap_or(0.0);
        b.n += 1;
        b.quality += quality;
        b.cost += cost;
        let d = b.by_dataset.entry(r["dataset"].to_string()).or_default();
        *d = (d.0 + 1.0, d.1 + quality, d.2 + cost);
    }
    b
}

fn agrees(point: &Value, b: &Brute) -> bool {
    let d = b.by_dataset.len() as f64;
    let n = b.n as f64;
    let quality_macro = b.by_dataset.values().map(|d| d.1 / d.0).sum::<f64>() / d;
    let cost_macro = b.by_dataset.values().map(|d| d.2 / d.0).sum::<f64>() / d;
    point["n"] == b.n
        && point["unrouted"] == b.unrouted
        && point["missing"] == b.missing
        && close(&point["calls"], b.calls as f64 / n)
        && close(&point["quality"], b.quality / n)
        && close(&point["cost"], b.cost / n)
        && close(&point["quality_macro"], quality_macro)
        && close(&point["cost_macro"], cost_macro)
}

const EXACT: Config = Config {
    exact: true,
    ..Config::PLAIN
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn points_equal_brute_force_at_every_alpha(seed in any::<u64>()) {
        let records = random_stream(seed, 0.2);
        let grid = score(&records, &Wanted::default(), Config::PLAIN);
        let exact = score(&records, &Wanted::default(), EXACT);
        for router in ["a", "b"] {
            let points = find(&grid, &json!({"type": "point", "router": router}));
            prop_assert_eq!(points.len(), 101);
            for point in points {
                let b = brute(&records, router, number(&point["alpha"]));
                prop_assert!(agrees(point, &b), "{point} {b:?}");
            }
            // Between two exact points the first holds.
            let points = find(&exact, &json!({"type": "point", "router": router}));
            prop_assert!(close(&points[0]["alpha"], 0.0));
            prop_assert!(close(&points[points.len() - 1]["alpha"], 1.0));
            for (i, point) in points.iter().enumerate() {
                let from = number(&point["alpha"]);
                let until = points.get(i + 1).map_or(1.0, |p| number(&p["alpha"]));
                prop_assert!(from <= until);
                for alpha in [from, from + 0.7 * (until - from)] {
                    let b = brute(&records, router, alpha);
                    prop_assert!(agrees(point, &b), "{point} {b:?}");
                }
            }
        }
    }

    #[test]
    fn the_hull_lies_on_or_above_every_point_and_touches_the_best(seed in any::<u64>()) {
        let lines = score(&random_stream(seed, 0.1), &Wanted::default(), EXACT);
        let summary = find(&lines, &json!({"type": "summary", "router": "a"}))[0];
        let hull: Vec<rb_record::hull::Point> =
            serde_json::from_value(summary["hull"].clone()).unwrap();
        let mut peak = 0.0;
        for p in find(&lines, &json!({"type": "point", "router": "a"})) {
            let at = rb_record::hull::quality_at(&hull, number(&p["cost"])).unwrap();
            prop_assert!(at >= number(&p["quality"]) - 1e-12);
            peak = f64::max(peak, number(&p["quality"]));
        }
        prop_assert!(close(&json!(hull[hull.len() - 1].quality), peak));
    }

    #[test]
    fn a_constant_router_its_shuffles_and_its_model_are_one(seed in any::<u64>()) {
        let mut records = random_stream(seed, 0.2);
        for r in &mut records {
            r["routes"] = json!({"always": "m0"});
        }
        let lines = score(&records, &Wanted::default(), Config::PLAIN);
        let model = find(&lines, &json!({"name": "model", "model": "m0"}))[0];
        let mut others = find(&lines, &json!({"type": "summary", "router": "always"}));
        others.extend(find(&lines, &json!({"type": "baseline", "router": "always"})));
        prop_assert_eq!(others.len(), 3);
        for other in others {
            for key in ["quality", "quality_macro", "cost", "cost_macro", "calls", "missing"] {
                prop_assert!(close(&other[key], number(&model[key])), "{key} {other} {model}");
            }
        }
    }

    #[test]
    fn baselines_keep_their_order_and_their_definitions(seed in any::<u64>()) {
        let records = random_stream(seed, 0.2);
        let lines = score(&records, &Wanted::default(), Config::PLAIN);
        let of = |name: &str| find(&lines, &json!({"type": "baseline", "name": name}));
        let quality = |name: &str| number(&of(name)[0]["quality"]);
        let models = of("model");
        let mean = |key: &str| {
            models.iter().map(|m| number(&m[key])).sum::<f64>() / models.len() as f64
        };
        for key in ["quality", "quality_macro", "cost", "cost_macro", "missing"] {
            prop_assert!(close(&of("random")[0][key], mean(key)), "{key}");
        }
        let best = models.iter().map(|m| number(&m["quality"])).fold(0.0, f64::max);
        prop_assert!(close(&json!(quality("best-single-on-test")), best));
        let zero = of("zero")[0]["hull"].as_array().unwrap().clone();
        prop_assert!(close(&zero[zero.len() - 1]["quality"], best));
        prop_assert!(quality("dataset-oracle") >= best - 1e-12);
        prop_assert!(quality("oracle") >= quality("dataset-oracle") - 1e-12);
        prop_assert!(quality("best-single-on-test") >= quality("random") - 1e-12);
        let s = find(&lines, &json!({"type": "summary", "router": "a"}))[0];
        if !of("best-single")[0]["quality"].is_null() {
            let whole = number(&s["quality"]) - quality("best-single");
            let split = number(&s["gain_between"]) + number(&s["gain_within"]);
            prop_assert!((whole - split).abs() < 1e-12);
        }
    }

    #[test]
    fn dropping_scores_only_queries_on_which_every_model_is_known(seed in any::<u64>()) {
        let mut records = random_stream(seed, 0.2);
        // What is picked on train is picked on queries that all models answered,
        // so gaps there would make another stream of it.
        let pool: std::collections::BTreeSet<String> = records.iter()
            .flat_map(|r| r["outcomes"].as_object().unwrap().clone())
            .filter(|(_, o)| !o["score"].is_null()).map(|(m, _)| m).collect();
        records.retain(|r| {
            r["split"] != "train" || pool.iter().all(|m| !r["outcomes"][m]["score"].is_null())
        });
        let drop = Config { drop_missing: true, ..Config::PLAIN };
        let lines = score(&records, &Wanted::default(), drop);
        let models: std::collections::BTreeSet<&str> = find(&lines, &json!({"name": "model"}))
            .iter().map(|l| l["model"].as_str().unwrap()).collect();
        let complete: Vec<Value> = records.iter().filter(|r| {
            let known = |m: &&str| {
                let o = &r["outcomes"][*m];
                !o["score"].is_null() && !o["cost"].is_null()
            };
            r["split"] != "test" || models.iter().all(known)
        }).cloned().collect();
        let gone = records.len() - complete.len();
        prop_assert_eq!(lines[0]["dropped"].as_u64().unwrap() as usize, gone);
        // The same as if those records had never been there.
        let without = score(&complete, &Wanted::default(), Config::PLAIN);
        // But for the run that they belong to.
        let of = |line: &Value| {
            let mut line = line.clone();
            line.as_object_mut().map(|members| members.remove("run"));
            line
        };
        for (a, b) in lines[1..].iter().zip(&without[1..]) {
            prop_assert_eq!(of(a), of(b));
        }
    }
}

pub(crate) fn query(id: &str, split: &str, dataset: &str, outcomes: Value, routes: Value) -> Value {
    json!({"id": id, "split": split, "dataset": dataset, "outcomes": outcomes, "routes": routes})
}

#[test]
fn the_oracle_takes_the_cheapest_of_the_best_and_counts_graded_scores() {
    let o = |s: f64, c: f64| json!({"score": s, "cost": c});
    let records = [
        query(
            "1",
            "test",
            "x",
            json!({"a": o(1.0, 3.0), "b": o(1.0, 2.0), "c": o(0.0, 1.0)}),
            json!({}),
        ),
        query(
            "2",
            "test",
            "x",
            json!({"a": o(0.4, 3.0), "b": o(0.2, 2.0), "c": o(0.0, 1.0)}),
            json!({}),
        ),
    ];
    let lines = score(&records, &Wanted::default(), Config::PLAIN);
    let oracle = find(&lines, &json!({"name": "oracle"}))[0];
    assert!(close(&oracle["quality"], 0.7) && close(&oracle["cost"], 2.5));
    assert_eq!(oracle["mix"], json!({"a": 0.5, "b": 0.5}));
}

#[test]
fn the_best_single_is_picked_on_train_among_the_models_known_on_it() {
    let o = |s: f64, c: f64| json!({"score": s, "cost": c});
    let mut records = vec![query(
        "t",
        "test",
        "x",
        json!({"a": o(0.0, 1.0), "b": o(0.5, 2.0), "c": o(1.0, 1.0)}),
        json!({}),
    )];
    for i in 0..20 {
        // c is right wherever it is known, but known on half of train only;
        // a and b are equally good, a the dearer on train.
        let mut outcomes = json!({"a": o(0.5, 3.0), "b": o(0.5, 2.0)});
        if i % 2 == 0 {
            outcomes["c"] = o(1.0, 1.0);
        }
        records.push(query(&format!("r{i}"), "train", "x", outcomes, json!({})));
    }
    let lines = score(&records, &Wanted::default(), Config::PLAIN);
    let model = |name: &str| find(&lines, &json!({"name": name}))[0]["model"].clone();
    assert_eq!(model("best-single"), "b");
    assert_eq!(model("best-single-on-test"), "c");
    assert!(close(&lines[0]["cost_scale"], 3.0));
}

#[test]
fn without_costs_everything_but_costs_is_scored() {
    let o = |s: f64| json!({"score": s});
    let both = |a: f64, b: f64| json!({"a": o(a), "b": o(b)});
    let mut missing = both(1.0, 0.0);
    missing["a"] = Value::Null;
    let records = [
        query("1", "test", "x", both(1.0, 0.0), json!({"r": "a"})),
        query("2", "test", "x", missing, json!({"r": "a"})),
        query("3", "train", "x", both(1.0, 0.0), json!({})),
    ];
    let lines = score(&records, &Wanted::default(), Config::PLAIN);
    let summary = find(&lines, &json!({"type": "summary"}))[0];
    assert!(close(&summary["quality"], 0.5));
    assert_eq!(summary["missing"], 1);
    for key in [
        "cost",
        "cost_macro",
        "aiq",
        "costsave_peak",
        "costsave_hull",
        "hull",
        "latency",
    ] {
        assert!(summary[key].is_null(), "{key}");
    }
    assert!(close(&summary["perfgain_peak"], 0.0));
    let notes = lines[0]["notes"].to_string();
    assert!(
        notes.contains("no cost is known") && notes.contains("a on 1"),
        "{notes}"
    );
}

#[test]
fn a_router_is_compared_on_the_queries_it_routes() {
    let o = |s: f64, c: f64| json!({"score": s, "cost": c});
    let both = |a: f64, b: f64| json!({"a": o(a, 1.0), "b": o(b, 2.0)});
    let records = [
        query(
            "1",
            "test",
            "x",
            both(1.0, 0.0),
            json!({"r": "a", "s": "b"}),
        ),
        query("2", "test", "y", both(0.0, 1.0), json!({"s": "b"})),
        query("3", "train", "x", both(0.0, 1.0), json!({})),
    ];
    let by = Wanted {
        log: None,
        split: None,
        by: vec![Field::parse("dataset")],
    };
    let lines = score(&records, &by, Config::PLAIN);
    let summary = |group: Value| {
        find(
            &lines,
            &json!({"type": "summary", "router": "r", "group": group}),
        )[0]
        .clone()
    };
    let all = summary(json!({}));
    assert_eq!((&all["n"], &all["unrouted"]), (&json!(1), &json!(1)));
    assert!(close(&all["quality"], 1.0));
    // Best single b is wrong on the one query that r routes: no ratio to it,
    // and twice as good as drawing a model there.
    assert!(all["gain_b"].is_null());
    assert!(close(&all["gain_r"], 1.0));
    let y = summary(json!({"dataset": "y"}));
    assert_eq!((&y["n"], &y["unrouted"]), (&json!(0), &json!(1)));
    assert!(y["quality"].is_null() && y["aiq"].is_null());
    assert!(lines[0]["notes"]
        .to_string()
        .contains("\\\"r\\\" has no route on 1 of 2"));
}

#[test]
fn references_stand_beside_the_pool_and_no_router_meets_them() {
    let o = |s: f64, c: f64| json!({"score": s, "cost": c});
    let mut record = query(
        "1",
        "test",
        "x",
        json!({"a": o(0.0, 1.0)}),
        json!({"a": "a"}),
    );
    record["references"] = json!({"vendor": {"score": 1}});
    let other = query(
        "2",
        "test",
        "x",
        json!({"a": o(1.0, 3.0)}),
        json!({"a": "a"}),
    );
    let lines = score(&[record, other], &Wanted::default(), Config::PLAIN);
    let vendor = find(&lines, &json!({"name": "reference", "reference": "vendor"}))[0];
    // Its cost is unknown, so the dearest known one of the query is charged.
    assert!(close(&vendor["quality"], 1.0) && close(&vendor["cost"], 1.0));
    assert_eq!(
        (&vendor["n"], &vendor["unrouted"], &vendor["missing"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(find(&lines, &json!({"name": "model"})).len(), 1);
    assert!(close(
        &find(&lines, &json!({"name": "oracle"}))[0]["quality"],
        0.5
    ));
}

#[test]
fn faults_of_the_whole_stream_name_place_and_remedy() {
    let fault = |records: &[Value], wanted: &Wanted| {
        let text: Vec<String> = records.iter().map(Value::to_string).collect();
        sample::facts(&text.join("\n"), wanted)
            .unwrap_err()
            .to_string()
    };
    let o = json!({"a": {"score": 1}});
    let one = query(
        "1",
        "test",
        "x",
        o.clone(),
        json!({"r": [{"alpha": 0, "model": "typo"}]}),
    );
    let e = fault(std::slice::from_ref(&one), &Wanted::default());
    assert!(
        e.starts_with("t:1:") && e.contains("\"typo\"") && e.contains("expected one of a"),
        "{e}"
    );
    let fine = query("1", "test", "x", o.clone(), json!({}));
    let e = fault(&[fine.clone(), fine.clone()], &Wanted::default());
    assert!(
        e.starts_with("t:2:") && e.contains("stands already at t:1:"),
        "{e}"
    );
    let train = query("2", "train", "x", o, json!({}));
    let e = fault(&[train], &Wanted::default());
    assert!(
        e.contains("no record has the split \"test\" (train 1"),
        "{e}"
    );
    let by = Wanted {
        log: None,
        split: None,
        by: vec![Field::parse("lang")],
    };
    assert!(fault(&[fine], &by).contains("no scored record has this field"));
}

#[test]
fn a_temporary_file_that_fails_is_an_error_wherever_scoring_reads_it() {
    let line = |i: usize| {
        let outcomes = json!({"a": {"score": 0.5, "cost": 1}, "b": {"score": i % 2, "cost": 2}});
        let routes = json!([{"alpha": 0, "model": "a"}, {"alpha": 0.5, "model": "b"}]);
        json!({"id": i.to_string(), "outcomes": outcomes, "routes": {"r": routes}}).to_string()
    };
    let text: Vec<String> = (0..3000).map(line).collect();
    let facts =
        |pager: &Pager| sample::facts_in(pager, &text.join("\n"), &Wanted::default()).unwrap();
    let config = Config {
        resamples: 8,
        ..Config::PLAIN
    };
    let told = |e: rb_record::error::Error| {
        assert_eq!(e.kind, rb_record::error::Kind::Io, "{e}");
        assert!(e.to_string().contains("temporary file"), "{e}");
    };
    let pager = Pager::new(0);
    let paged = facts(&pager);
    let scoring = || Scoring::new(&paged, config).unwrap();
    let (whole, seeds) = (
        scoring().asking(&Ask::default()).unwrap(),
        [scoring(), scoring()],
    );
    let pooled = Pooled::new(&seeds, None).unwrap();
    whole.write(&mut |_| Ok(())).unwrap();
    pager.break_down();
    told(Scoring::new(&paged, config).err().unwrap());
    told(whole.write(&mut |_| Ok(())).unwrap_err());
    told(Pooled::new(&seeds, None).err().unwrap());
    told(pooled.write(&mut |_| Ok(())).unwrap_err());
    // The collector reads groups back.
    let wanted = Wanted {
        by: vec![Field::parse("id")],
        ..Wanted::default()
    };
    let broken = Pager::new(0);
    broken.break_down();
    told(
        sample::facts_in(&broken, &text.join("\n"), &wanted)
            .err()
            .unwrap(),
    );
}
