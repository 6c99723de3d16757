//! Router files from strangers: whatever stands in one, it is refused or it
//! routes; reading it takes memory in proportion to its length and touches
//! nothing but its bytes.

use super::*;
use crate::extend::{self, extended};
use crate::file::{self, fit, Saved};
use rb_record::error::Kind;
use rb_record::record::resource::Resource;
use serde_json::{json, Value};

const FEW: Data = Data {
    n: 12,
    d: 3,
    models: 3,
    datasets: 2,
    ..USUAL
};

fn fitted(case: &Case, table: &Table) -> fit::Fitted {
    let config = fit::Config {
        entry: case.entry,
        params: &case.params,
        name: "r",
        embedder: (case.shape(table).dim > 0).then_some("e"),
        seed: 7,
        against: Resource::Cost,
        tuning: None,
    };
    fit::fit(&config, table).unwrap()
}

/// The files of all cases, and of a router that was extended, by kind.
fn files() -> Vec<(String, Value)> {
    let table = FEW.table();
    let value = |f: &fit::Fitted| -> Value {
        serde_json::from_slice(&file::to_bytes(&f.header, &*f.router).unwrap()).unwrap()
    };
    let mut files: Vec<(String, Value)> = cases()
        .iter()
        .map(|case| (case.named(), value(&fitted(case, &table))))
        .collect();
    files.push(("extended".into(), extended(1)));
    files
}

/// A router over one model, extended again and again by nothing.
fn extended(times: usize) -> Value {
    let table = FEW.table();
    let old = table.over(&["m0".into(), "m1".into()]);
    let base = fitted(&Case::of("kmeans", &[("k", "2")]), &old);
    let bytes = file::to_bytes(&base.header, &*base.router).unwrap();
    let base = extended::Base::read(&bytes).unwrap();
    let first = extend::extend(base, &table, "r", 1.0, 7).unwrap();
    let mut text =
        String::from_utf8(file::to_bytes(&first.header, &*first.router).unwrap()).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let mut again = whole.clone();
    again["state"] = json!({"base": "BASE", "added": [], "order": [0, 1, 2]});
    let (before, after) = {
        let again = again.to_string();
        let (before, after) = again.split_once("\"BASE\"").unwrap();
        (before.to_string(), after.to_string())
    };
    let layers = times - 1;
    text = format!(
        "{}{}{}",
        before.repeat(layers),
        text.trim_end(),
        after.repeat(layers)
    );
    // Deep text is told from a value by whoever needs it as text.
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn read(value: &Value) -> Result<Saved> {
    match value {
        Value::String(text) => file::from_bytes(text.as_bytes()),
        value => file::from_bytes(value.to_string().as_bytes()),
    }
}

/// Refused as a damaged router file, or able to route.
fn refused_or_routes(what: &str, value: &Value) {
    match read(value) {
        Err(e) => assert_eq!(e.kind, Kind::RouterFile, "{what}: {e}"),
        Ok(saved) => {
            let models = saved.header.models.len();
            let dim = saved.header.embedder.as_ref().map_or(0, |e| e.dim);
            assert!(dim <= 1 << 20, "{what}");
            if dim > 4096 {
                return;
            }
            let table = Data {
                n: 3,
                d: dim,
                models,
                ..USUAL
            }
            .table();
            for steps in saved.router.routes(&saved.entry.batch(&table)) {
                assert_eq!(steps[0].alpha, 0.0, "{what}");
                assert!(steps.windows(2).all(|w| w[0].alpha < w[1].alpha), "{what}");
                assert!(
                    steps.iter().flat_map(|s| s.calls()).all(|&m| m < models),
                    "{what}"
                );
            }
        }
    }
}

/// The places in `value` that `fits`, as JSON pointers.
fn places(value: &Value, fits: &dyn Fn(&Value) -> bool, path: String, found: &mut Vec<String>) {
    if fits(value) {
        found.push(path.clone());
    }
    match value {
        Value::Array(all) => {
            for (i, v) in all.iter().enumerate() {
                places(v, fits, format!("{path}/{i}"), found);
            }
        }
        Value::Object(members) => {
            for (key, v) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(v, fits, format!("{path}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// Every place that `fits` of every file in turn replaced by each of `hostile`.
fn with_each(fits: &dyn Fn(&Value) -> bool, hostile: &[Value]) {
    for (name, value) in files() {
        refused_or_routes(&name, &value);
        assert!(read(&value).is_ok(), "{name} is not read as it was saved");
        let mut found = Vec::new();
        places(&value, fits, String::new(), &mut found);
        for path in found {
            for new in hostile {
                let mut changed = value.clone();
                *changed.pointer_mut(&path).unwrap() = new.clone();
                refused_or_routes(&format!("{name}: {path} = {new}"), &changed);
            }
        }
    }
}

#[test]
fn a_number_of_any_size_in_any_place_is_refused_or_harmless() {
    let hostile = [
        json!(1u64 << 60),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(-1),
        json!(1e308),
        json!(5e-324),
    ];
    with_each(&|v| v.is_number(), &hostile);
}

#[test]
fn a_path_or_nothing_where_a_name_should_be_is_refused_or_a_name() {
    let hostile = [
        json!("/etc/passwd"),
        json!("../../x"),
        json!(""),
        json!("\u{0}"),
    ];
    with_each(&|v| v.is_string(), &hostile);
}

#[test]
fn a_missing_part_or_one_of_another_type_is_refused_or_harmless() {
    with_each(
        &|_| true,
        &[json!(null), json!([]), json!({}), json!([[[]]])],
    );
}

#[test]
fn a_matrix_of_no_numbers_and_endless_sides_is_refused() {
    let matrix = |v: &Value| v.get("rows").is_some() && v.get("columns").is_some();
    for (name, value) in files() {
        let mut found = Vec::new();
        places(&value, &matrix, String::new(), &mut found);
        for path in found {
            for (rows, columns) in [(0, 1u64 << 60), (1u64 << 60, 0), (0, u64::MAX), (0, 0)] {
                let mut changed = value.clone();
                let at = changed.pointer_mut(&path).unwrap();
                at["rows"] = json!(rows);
                at["columns"] = json!(columns);
                for numbers in ["f32", "f64"] {
                    if at.get(numbers).is_some() {
                        at[numbers] = json!("");
                    }
                }
                let what = format!("{name}: {path} of {rows} × {columns}");
                assert!(read(&changed).is_err(), "{what} was read");
            }
        }
    }
}

#[test]
fn an_embedder_of_endless_width_is_refused() {
    for (name, value) in files() {
        for dim in [0, 1u64 << 21, 1 << 60, u64::MAX] {
            let mut changed = value.clone();
            changed["embedder"] = json!({"model": "e", "dim": dim});
            let fault = read(&changed).err().map(|e| e.kind);
            assert_eq!(fault, Some(Kind::RouterFile), "{name}: {dim}");
        }
    }
}

#[test]
fn numbers_too_large_to_be_multiplied_are_refused_or_leave_the_steps_sound() {
    use base64::engine::general_purpose::STANDARD;
    use base64::Engine;
    for (name, value) in files() {
        let mut found = Vec::new();
        matrices(&value, String::new(), &mut found);
        for path in found {
            for largest in [true, false] {
                let mut changed = value.clone();
                let text = changed.pointer_mut(&path).unwrap();
                let bytes = STANDARD.decode(text.as_str().unwrap()).unwrap();
                let wide = path.ends_with("f64");
                let width = if wide { 8 } else { 4 };
                let huge = (0..bytes.len() / width).flat_map(|i| {
                    let sign = if largest || i % 2 == 0 { 1.0 } else { -1.0 };
                    if wide {
                        (sign * f64::MAX).to_le_bytes().to_vec()
                    } else {
                        (sign as f32 * f32::MAX).to_le_bytes().to_vec()
                    }
                });
                *text = STANDARD.encode(huge.collect::<Vec<u8>>()).into();
                refused_or_routes(&format!("{name}: {path}"), &changed);
            }
        }
    }
}

#[test]
fn extensions_of_extensions_end_somewhere() {
    for times in [1, 2, 16] {
        assert!(read(&extended(times)).is_ok(), "{times}");
    }
    for times in [17, 5_000, 200_000] {
        let fault = read(&extended(times)).err();
        let fault = fault.map(|e| (e.kind, e.message.contains("fit it anew")));
        assert_eq!(fault, Some((Kind::RouterFile, true)), "{times}");
    }
    let most = extended(16).to_string();
    let refused = extended::Base::read(most.as_bytes()).err();
    assert_eq!(refused.map(|e| e.kind), Some(Kind::RouterFile));
}

/// Who opens files, and how: the router file that the user names, the weights beside
/// it, whose name and digest are checked, and what a fit (never a reader) tunes from.
const OPENS: [(&str, &[&str]); 3] = [
    ("file/whole.rs", &["std::fs::read(path)"]),
    ("file/beside.rs", &["std::fs::read(&path)"]),
    (
        "file/tuning_files.rs",
        &[
            "std::fs::read(&path)",
            "std::fs::read_to_string(&path)",
            "std::fs::create_dir_all(folder)",
            "std::fs::read(file)",
        ],
    ),
];

#[test]
fn reading_a_router_opens_no_other_file_and_starts_nothing() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let is_tests = path.ends_with("tests");
                folders.extend((!is_tests).then_some(path));
                continue;
            }
            let mut text = std::fs::read_to_string(&path).unwrap();
            let own = OPENS.iter().filter(|(file, _)| path.ends_with(file));
            for once in own.flat_map(|(_, own)| *own) {
                assert!(text.contains(once), "{}: {once}", path.display());
                text = text.replacen(once, "", 1);
            }
            for word in [
                "std::fs",
                "File::",
                "OpenOptions",
                "Command",
                "std::net",
                "std::env::",
                "TcpStream",
                "unsafe",
            ] {
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                assert!(!code.contains(word), "{}: {word}", path.display());
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > ROUTERS.len());
}
