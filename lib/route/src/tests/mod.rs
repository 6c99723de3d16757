//! What every router promises, asked of every row of the table: a new row is
//! tested here without a further line. Mathematics is tested beside its code.

mod calling;
mod held_out;
mod restricted;
mod strangers;

use crate::file::params::Params;
use crate::kinds::{entry, ROUTERS};
use crate::router::{Entry, Router, Shape, Steps};
use crate::table::signals::Signals;
use crate::table::table_builder::{self, Row};
use crate::table::{Batch, Table};
use ndarray::s;
use rayon::ThreadPoolBuilder;
use rb_record::error::Result;
use rb_record::record::signal::answer_code;
use rb_record::record::unit::unit_of;
use rb_record::record::Outcome;
use rb_record::{hash, policy};

/// A router with one setting of its flags.
struct Case {
    entry: &'static Entry,
    params: Params,
}

impl Case {
    fn of(name: &str, values: &[(&str, &str)]) -> Case {
        let entry = entry(name).unwrap();
        let mut params = Params::defaults(entry.flags);
        for (flag, value) in values {
            let old = params.0.insert(flag.to_string(), value.to_string());
            assert!(old.is_some(), "{name} has no flag {flag}");
        }
        Case { entry, params }
    }
    fn fit(&self, table: &Table) -> Result<Box<dyn Router>> {
        (self.entry.fit)(table, &self.params, 7)
    }
    fn load(&self, state: &str, table: &Table) -> Result<Box<dyn Router>> {
        (self.entry.load)(state, self.shape(table))
    }
    fn shape(&self, table: &Table) -> Shape {
        let reads = (self.entry.needs)(&self.params).unwrap().embedding;
        Shape {
            models: table.k(),
            dim: if reads { table.x.ncols() } else { 0 },
        }
    }
    fn batch<'a>(&self, table: &'a Table) -> Batch<'a> {
        self.entry.batch(table)
    }
    fn named(&self) -> String {
        format!("{} {:?}", self.entry.name, self.params.0)
    }
}

/// Every row by its defaults, and some by settings of which the defaults show
/// little on small data.
fn cases() -> Vec<Case> {
    // A row whose needs are refused by default is not in this build.
    let built = ROUTERS
        .iter()
        .filter(|e| (e.needs)(&Params::defaults(e.flags)).is_ok());
    let usual = |e: &Entry| match e.name {
        // So little data show no more in all the passes of the defaults.
        "graphrouter" => Case::of(e.name, &[("epochs", "40")]),
        "routerdc" => Case::of(e.name, &[("steps", "60")]),
        "model-sat" => Case::of(e.name, &[("epochs", "10")]),
        name => Case::of(name, &[]),
    };
    let mut cases: Vec<Case> = built.map(|e| usual(e)).collect();
    #[cfg(feature = "neural")]
    cases.extend([
        Case::of("bert", &[("weak", "m0")]),
        Case::of(
            "graphrouter",
            &[("label", "best"), ("hidden", "4"), ("epochs", "20")],
        ),
        Case::of(
            "routerdc",
            &[("samples", "0"), ("ends", "1"), ("steps", "20")],
        ),
        Case::of("hybridllm", &[("labels", "det"), ("margin", "0.3")]),
    ]);
    cases.extend([
        Case::of("kmeans", &[("k", "5")]),
        Case::of("avengers", &[("k", "5"), ("top-k", "2")]),
        Case::of("avengers-pro", &[("k", "6")]),
        Case::of("avengers-pro", &[("k", "4"), ("cost-norm", "minmax")]),
        Case::of("knn", &[("k", "7")]),
        Case::of("knn", &[("k", "auto")]),
        Case::of(
            "hiershrink",
            &[("coarse", "3"), ("fine", "12"), ("strength", "2")],
        ),
        Case::of("logistic", &[("features", "embedding")]),
        Case::of("uncertainty", &[("weak", "m0"), ("strong", "m0")]),
        Case::of("hybrid", &[("weak", "m0"), ("strong", "m0")]),
        Case::of("reward", &[("after-calling", "2")]),
        Case::of("reward", &[("after-calling", "9")]),
        Case::of("cascade", &[("accept", "scorer"), ("calls", "2")]),
        Case::of("cascade", &[("accept", "confidence"), ("pool", "3")]),
        Case::of("cascade", &[("calls", "1")]),
        Case::of("cascade-routing", &[("calls", "1")]),
        Case::of(
            "routerbench-cascade",
            &[("error", "0"), ("budgets", "0.0002,0.0005,0.002,1")],
        ),
        Case::of("domain", &[("guard", "off")]),
        Case::of("knn", &[("k", "7"), ("guard", "on")]),
        Case::of("kmeans", &[("k", "5"), ("guard", "on")]),
        Case::of("stack", &[("of", "hiershrink,knn:k=9"), ("guard", "off")]),
        Case::of("vote", &[("calls", "1")]),
        Case::of("vote", &[("calls", "3"), ("pool", "3")]),
        Case::of("agreement", &[("agree", "3"), ("calls", "4")]),
        Case::of("mlp", &[("hidden", "9,5")]),
        Case::of("routellm-mf", &[("pairs", "weighted"), ("weak", "m0")]),
        Case::of("sw-ranking", &[("tiers", "2"), ("weak", "m0")]),
    ]);
    cases
}

/// Simulated outcomes: what is asked of the data, and the rest by hash.
#[derive(Clone, Copy)]
struct Data {
    n: usize,
    d: usize,
    models: usize,
    datasets: usize,
    costs: bool,
    /// One outcome in four is unknown, and the last model's costs all are.
    gaps: bool,
    /// All scores are this.
    constant: Option<f64>,
    /// All vectors are alike.
    one_point: bool,
}

const USUAL: Data = Data {
    n: 120,
    d: 6,
    models: 4,
    datasets: 3,
    costs: true,
    gaps: false,
    constant: None,
    one_point: false,
};

impl Data {
    fn rows(self) -> Vec<Row> {
        let draw =
            |what: &str, i: usize, j: usize| hash::unit(hash::text(3, what, &format!("{i} {j}")));
        (0..self.n)
            .map(|i| {
                // Every eighth query repeats the prompt of the one before.
                let prompt = if i % 8 == 7 { i - 1 } else { i };
                let dataset = prompt % self.datasets;
                let words = ["the integral of", "a python function for", "who was"];
                let text = format!(
                    "{} {} thing {}",
                    words[dataset % 3],
                    "very ".repeat(prompt % 5),
                    prompt % 11
                );
                let x = (0..self.d)
                    .map(|j| {
                        if self.one_point {
                            0.5
                        } else {
                            let centre = if j % self.datasets == dataset {
                                0.6
                            } else {
                                0.0
                            };
                            (draw("x", prompt, j) - 0.5 + centre) as f32
                        }
                    })
                    .collect();
                // Right ones are alike, and some wrong ones too.
                let said = |m: usize, i: usize, right: f64| {
                    let mistake = (5.0 * draw("mistake", i, m)) as usize;
                    if right >= 0.5 {
                        answer_code("right")
                    } else {
                        answer_code(&format!("wrong {mistake}"))
                    }
                };
                let outcome = |m: usize| {
                    let known = |what| !self.gaps || draw(what, i, m) > 0.25;
                    let ability = 0.3
                        + 0.1 * m as f64
                        + if m % self.datasets == dataset {
                            0.3
                        } else {
                            0.0
                        };
                    let score = match m % 2 {
                        0 => f64::from(u8::from(draw("score", i, m) < ability)),
                        _ => (ability * draw("score", i, m) * 2.0).min(1.0),
                    };
                    // Surer where right, by the record's own scale.
                    let sure = 0.6 * score + 0.4 * draw("sure", i, m);
                    // By the reward model's own scale, with noise of its own.
                    let reward = 4.0 * score - 3.0 + 2.0 * draw("reward", i, m);
                    let cost = 1e-4 * 3f64.powi(m as i32) * (0.5 + draw("cost", i, m));
                    let priced = self.costs && !(self.gaps && m + 1 == self.models);
                    Outcome {
                        score: known("s").then_some(self.constant.unwrap_or(score)),
                        cost: (priced && known("c")).then_some(cost),
                        confidence: known("k").then_some(sure),
                        // Longer where wrong.
                        completion_tokens: known("l")
                            .then_some((200.0 * (1.0 - 0.6 * score) * draw("long", i, m)).round()),
                        reward: known("r").then_some(reward),
                        answer: known("a").then(|| said(m, i, score / ability)).flatten(),
                        ..Outcome::default()
                    }
                };
                Row {
                    id: format!("q{i:03}"),
                    dataset: format!("d{dataset}"),
                    unit: unit_of(Some(&text), None),
                    text,
                    x,
                    outcomes: (0..self.models)
                        .map(|m| (format!("m{m}"), outcome(m)))
                        .collect(),
                }
            })
            .collect()
    }
    fn table(self) -> Table {
        table_builder::table(self.rows())
    }
}

fn one<'a>(batch: &Batch<'a>, i: usize) -> Batch<'a> {
    Batch {
        x: batch.x.slice_move(s![i..i + 1, ..]),
        text: &batch.text[i..i + 1],
        unit: &batch.unit[i..i + 1],
        signals: batch.signals.from(i),
        truth: batch.truth.map(|t| t.from(i)),
    }
}

/// Steps are whole, estimates finite, and the rule at 1,001 alphas is what the
/// steps say, save within 1e-9 of a crossing.
fn check_routes(case: &Case, what: &str, router: &dyn Router, table: &Table) -> Vec<Steps> {
    let batch = case.batch(table);
    let routes = router.routes(&batch);
    assert_eq!(routes.len(), table.len(), "{what}");
    for steps in &routes {
        assert_eq!(steps[0].alpha, 0.0, "{what}");
        assert!(steps.windows(2).all(|w| w[0].alpha < w[1].alpha), "{what}");
        assert!(steps.iter().all(|s| s.alpha <= 1.0), "{what}");
        let models = steps.iter().flat_map(|s| s.calls());
        assert!(models.into_iter().all(|&m| m < table.k()), "{what}");
    }
    if let Some(e) = router.estimate(&batch) {
        assert_eq!(
            (e.p.dim(), e.g.dim()),
            ((table.len(), table.k()), e.p.dim())
        );
        assert!(e.p.iter().all(|p| p.is_finite()), "{what}");
        assert!(e.g.iter().all(|g| g.is_finite() && *g >= 0.0), "{what}");
    }
    for i in 0..=1000 {
        let alpha = f64::from(i) / 1000.0;
        for (q, (rule, steps)) in router.decide(&batch, alpha).iter().zip(&routes).enumerate() {
            if steps.iter().any(|s| (s.alpha - alpha).abs() < 1e-9) {
                continue;
            }
            let step = policy::at(steps, alpha);
            assert_eq!(
                (rule.model, rule.calls()),
                (step.model, step.calls()),
                "{what}: query {q} at alpha {alpha}"
            );
        }
    }
    routes
}

#[test]
fn rows_of_the_table_have_names_and_help_of_their_own() {
    for (i, entry) in ROUTERS.iter().enumerate() {
        assert!(ROUTERS[..i].iter().all(|e| e.name != entry.name));
        assert!(!entry.about.is_empty() && !entry.help.is_empty());
        // Rows that are not in this build have no flags but the switch that asks for
        // more of it: who gives it is told what to build.
        let is_here = (entry.needs)(&Params::defaults(entry.flags)).is_ok();
        let is_bare = entry.flags.iter().all(|flag| flag.name == "fine-tune");
        assert!(is_here || cfg!(not(feature = "neural")) && is_bare);
    }
    assert!(entry("no such router").is_none());
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_thread_and_on_three() {
    let table = USUAL.table();
    let pool = |n| ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    for case in cases() {
        let state = || case.fit(&table).unwrap().state().unwrap();
        let alone = pool(1).install(state);
        assert_eq!(alone, pool(3).install(state), "{}", case.named());
    }
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let table = USUAL.table();
    let mut rows = USUAL.rows();
    rows.sort_by_key(|r| hash::text(5, "shuffle", &r.id));
    assert_ne!(rows[0].id, table.ids[0]);
    let shuffled = table_builder::table(rows);
    for case in cases() {
        let state = |t| case.fit(t).unwrap().state().unwrap();
        assert_eq!(state(&table), state(&shuffled), "{}", case.named());
    }
}

#[test]
fn a_router_saved_and_loaded_gives_the_same_steps_and_saves_the_same_bytes() {
    for data in [
        USUAL,
        Data {
            gaps: true,
            ..USUAL
        },
    ] {
        let table = data.table();
        for case in cases() {
            let router = case.fit(&table).unwrap();
            let state = router.state().unwrap();
            let loaded = case.load(&state, &table).unwrap();
            let batch = case.batch(&table);
            assert_eq!(
                loaded.routes(&batch),
                router.routes(&batch),
                "{}",
                case.named()
            );
            assert_eq!(loaded.state().unwrap(), state, "{}", case.named());
        }
    }
}

#[test]
fn the_steps_are_what_the_rule_decides_at_every_alpha() {
    let table = USUAL.table();
    for case in cases() {
        let router = case.fit(&table).unwrap();
        check_routes(&case, &case.named(), &*router, &table);
    }
}

#[test]
fn a_query_alone_is_routed_as_among_others() {
    let table = USUAL.table();
    for case in cases() {
        let router = case.fit(&table).unwrap();
        let together = router.routes(&case.batch(&table));
        for (i, steps) in together.iter().enumerate() {
            assert_eq!(
                &router.routes(&one(&case.batch(&table), i))[0],
                steps,
                "{}",
                case.named()
            );
        }
        let nobody = Batch {
            x: table.x.slice(s![0..0, ..]),
            text: &[],
            unit: &[],
            signals: Signals::default(),
            truth: None,
        };
        assert!(router.routes(&nobody).is_empty());
    }
}

#[test]
fn what_was_scored_cannot_be_seen_by_any_router_that_is_no_oracle() {
    let (table, mut rows) = (USUAL.table(), USUAL.rows());
    for (_, outcome) in rows.iter_mut().flat_map(|r| &mut r.outcomes) {
        outcome.score = outcome.score.map(|s| 1.0 - s);
        outcome.cost = outcome.cost.map(|c| 9.0 * c);
    }
    let changed = table_builder::table(rows);
    for case in cases() {
        let router = case.fit(&table).unwrap();
        let routes = |table| router.routes(&case.batch(table));
        let same = routes(&table) == routes(&changed);
        assert_eq!(same, !case.entry.oracle, "{}", case.named());
        // Nothing else is left of the truth without its grids.
        assert_eq!(case.batch(&table).truth.is_some(), case.entry.oracle);
    }
    assert!(ROUTERS.iter().any(|e| e.oracle));
}

#[test]
fn awkward_data_are_fitted_saved_and_routed() {
    let awkward = [
        ("one query", Data { n: 1, ..USUAL }),
        ("two queries", Data { n: 2, ..USUAL }),
        ("one dimension", Data { d: 1, ..USUAL }),
        (
            "more dimensions than queries",
            Data {
                n: 9,
                d: 40,
                ..USUAL
            },
        ),
        ("one model", Data { models: 1, ..USUAL }),
        (
            "one dataset",
            Data {
                datasets: 1,
                ..USUAL
            },
        ),
        (
            "a dataset a query",
            Data {
                n: 12,
                datasets: 12,
                ..USUAL
            },
        ),
        (
            "scores of 0",
            Data {
                constant: Some(0.0),
                ..USUAL
            },
        ),
        (
            "scores of 0.5",
            Data {
                constant: Some(0.5),
                ..USUAL
            },
        ),
        (
            "one point",
            Data {
                one_point: true,
                ..USUAL
            },
        ),
        (
            "gaps",
            Data {
                gaps: true,
                ..USUAL
            },
        ),
        (
            "few queries with gaps",
            Data {
                n: 5,
                gaps: true,
                ..USUAL
            },
        ),
    ];
    for (what, data) in awkward {
        let table = data.table();
        for case in cases() {
            let what = format!("{} on {what}", case.named());
            let router = case.fit(&table).unwrap_or_else(|e| panic!("{what}: {e}"));
            let routes = check_routes(&case, &what, &*router, &table);
            let loaded = case
                .load(&router.state().unwrap(), &table)
                .unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_eq!(loaded.routes(&case.batch(&table)), routes, "{what}");
        }
    }
}

#[test]
fn a_part_of_the_table_may_lack_whole_datasets() {
    let table = USUAL.table();
    let kept: Vec<usize> = (0..table.len())
        .filter(|&i| table.dataset[i] != 1)
        .collect();
    let part = table.select(&kept);
    for case in cases() {
        let router = case.fit(&part).unwrap();
        check_routes(&case, &case.named(), &*router, &table);
    }
}

#[test]
fn without_costs_there_is_one_step_or_the_weak_model_is_asked_for() {
    let table = Data {
        costs: false,
        ..USUAL
    }
    .table();
    for case in cases() {
        let pair = case.entry.flags.iter().any(|f| f.name == "weak");
        match case.fit(&table) {
            Ok(router) => {
                for steps in check_routes(&case, &case.named(), &*router, &table) {
                    // A two-model router that was told its weak model has two.
                    let told = case.params.optional("weak").is_some();
                    assert!(told || steps.len() == 1, "{}", case.named());
                }
            }
            Err(e) => assert!(
                pair && e.message.contains("--weak"),
                "{}: {e}",
                case.named()
            ),
        }
        if pair {
            let mut named = Case::of(case.entry.name, &[]);
            named.params = case.params.clone();
            named.params.0.insert("weak".into(), "m0".into());
            check_routes(&case, &case.named(), &*named.fit(&table).unwrap(), &table);
        }
    }
}

#[test]
fn a_state_that_does_not_fit_is_refused() {
    let table = USUAL.table();
    for case in cases() {
        let state = case.fit(&table).unwrap().state().unwrap();
        let shape = case.shape(&table);
        let refused = |state: &str, shape: Shape| {
            let fault = (case.entry.load)(state, shape).err();
            fault.is_some_and(|e| e.kind == rb_record::error::Kind::RouterFile)
        };
        for end in [0, 1, state.len() / 2, state.len() - 1] {
            assert!(refused(&state[..end], shape), "{}", case.named());
        }
        assert!(refused("{}", shape), "{}", case.named());
        assert!(
            refused(&state, Shape { models: 0, ..shape }),
            "{}",
            case.named()
        );
        if shape.dim > 0 {
            let wider = Shape {
                dim: shape.dim + 1,
                ..shape
            };
            assert!(refused(&state, wider), "{}", case.named());
        }
    }
}

/// Every matrix inside `value`, by the path to its numbers.
fn matrices(value: &serde_json::Value, path: String, found: &mut Vec<String>) {
    if let serde_json::Value::Object(members) = value {
        for (key, member) in members {
            let path = format!("{path}/{key}");
            match (key.as_str(), member) {
                ("f32" | "f64", serde_json::Value::String(_)) => found.push(path),
                _ => matrices(member, path, found),
            }
        }
    }
}

#[test]
fn a_number_that_is_not_finite_is_refused_wherever_it_stands() {
    use base64::engine::general_purpose::STANDARD;
    use base64::Engine;
    let table = USUAL.table();
    for case in cases() {
        let state = case.fit(&table).unwrap().state().unwrap();
        let value: serde_json::Value = serde_json::from_str(&state).unwrap();
        let mut paths = Vec::new();
        matrices(&value, String::new(), &mut paths);
        for path in paths {
            let mut damaged = value.clone();
            let text = damaged.pointer_mut(&path).unwrap();
            let mut bytes = STANDARD.decode(text.as_str().unwrap()).unwrap();
            // All ones are a NaN in either width; an empty matrix has no numbers.
            let last = bytes.len().saturating_sub(8);
            if bytes.is_empty() {
                continue;
            }
            bytes[last..].fill(0xff);
            *text = STANDARD.encode(bytes).into();
            let damaged = damaged.to_string();
            assert!(
                case.load(&damaged, &table).is_err(),
                "{}: {path}",
                case.named()
            );
        }
    }
}
