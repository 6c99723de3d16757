//! Edits of a router file that keep it JSON, so that they get past the parser
//! and reach the checks of sizes, names and numbers.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use serde_json::{Map, Value, json};

/// SplitMix64: libFuzzer hands over a seed, equal seeds make equal edits.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
    fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }
}

/// The JSON text with one to four edits; None: the text is no JSON.
pub fn edited(text: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(text).ok()?;
    let mut draw = Draw(u64::from(seed));
    for _ in 0..=draw.below(4) {
        let mut places = Vec::new();
        list(&value, String::new(), &mut places);
        let from = draw.of(&places).clone();
        let other = value.pointer(&from).cloned().unwrap_or_default();
        let at = draw.of(&places).clone();
        if let Some(found) = value.pointer_mut(&at) {
            edit(found, other, &mut draw);
        }
    }
    let mut text = serde_json::to_vec(&value).ok()?;
    text.push(b'\n');
    Some(text)
}

/// The JSON pointers of everything within `value`, itself first.
fn list(value: &Value, path: String, places: &mut Vec<String>) {
    match value {
        Value::Array(all) => {
            for (i, v) in all.iter().enumerate() {
                list(v, format!("{path}/{i}"), places);
            }
        }
        Value::Object(members) => {
            for (key, v) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                list(v, format!("{path}/{key}"), places);
            }
        }
        _ => {}
    }
    places.push(path);
}

/// `other` is a value from elsewhere in the file.
fn edit(found: &mut Value, other: Value, draw: &mut Draw) {
    match draw.below(8) {
        0 => return *found = other,
        1 => return *found = Value::Null,
        _ => {}
    }
    match found {
        Value::Null | Value::Bool(_) => *found = number(draw, 1.0),
        Value::Number(old) => *found = number(draw, old.as_f64().unwrap_or(1.0)),
        Value::String(text) => string(text, other, draw),
        Value::Array(all) => array(all, other, draw),
        Value::Object(members) => object(members, other, draw),
    }
}

fn number(draw: &mut Draw, old: f64) -> Value {
    let whole = old as i64;
    match draw.below(16) {
        0 => json!(0),
        1 => json!(-1),
        2 => json!(1),
        3 => json!(0.5),
        4 => json!(1e308),
        5 => json!(-1e308),
        6 => json!(5e-324),
        7 => json!(1u64 << 60),
        8 => json!(u64::MAX),
        9 => json!(i64::MIN),
        10 => json!(u32::MAX),
        11 => json!(whole.wrapping_add(1)),
        12 => json!(whole.wrapping_sub(1)),
        13 => json!(-old),
        14 => json!(1u64 << draw.below(64)),
        _ => json!(old * (1.0 + draw.below(1000) as f64)),
    }
}

const NUMBERS: [f64; 10] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    3e38,
    -3e38,
    0.0,
    1.0,
];

fn string(text: &mut String, other: Value, draw: &mut Draw) {
    let numbers = (STANDARD.decode(&*text).ok()).filter(|b| b.len() >= 4 && b.len() % 4 == 0);
    match (numbers, draw.below(4)) {
        // A matrix: other numbers, or more or fewer of them.
        (Some(mut bytes), what) if what > 0 => {
            let wide = draw.below(2) == 0 && bytes.len() % 8 == 0;
            let width = if wide { 8 } else { 4 };
            let at = draw.below(bytes.len() / width) * width;
            let number = *draw.of(&NUMBERS);
            let number = match wide {
                true => number.to_le_bytes().to_vec(),
                false => (number as f32).to_le_bytes().to_vec(),
            };
            match draw.below(8) {
                0 => bytes.truncate(at),
                1 => bytes.extend(number),
                2 => bytes[at..]
                    .chunks_exact_mut(width)
                    .for_each(|c| c.copy_from_slice(&number)),
                _ => bytes[at..at + width].copy_from_slice(&number),
            }
            *text = STANDARD.encode(bytes);
        }
        (_, 0) => text.clear(),
        (_, 1) => text.push_str("../../etc/passwd"),
        (_, 2) => *text = other.to_string(),
        _ => text.push(char::from(draw.next() as u8)),
    }
}

fn array(all: &mut Vec<Value>, other: Value, draw: &mut Draw) {
    let at = draw.below(all.len());
    match draw.below(5) {
        0 if !all.is_empty() => drop(all.remove(at)),
        1 if !all.is_empty() => all.insert(at, all[at].clone()),
        2 if !all.is_empty() => {
            let last = draw.below(all.len());
            all.swap(at, last);
        }
        3 => all.clear(),
        _ => all.insert(at, other),
    }
}

fn object(members: &mut Map<String, Value>, other: Value, draw: &mut Draw) {
    let keys: Vec<String> = members.keys().cloned().collect();
    if let (Some(rows), Some(columns)) = (size(members, "rows"), size(members, "columns")) {
        return resize(members, rows, columns, draw);
    }
    if keys.is_empty() {
        members.insert("x".into(), other);
        return;
    }
    let key = draw.of(&keys).clone();
    match draw.below(3) {
        0 => drop(members.remove(&key)),
        1 => drop(members.insert(draw.of(&keys).clone(), other)),
        _ => {
            let value = members.remove(&key).unwrap_or_default();
            members.insert(format!("{key}x"), value);
        }
    }
}

fn size(members: &Map<String, Value>, key: &str) -> Option<usize> {
    usize::try_from(members.get(key)?.as_u64()?).ok()
}

/// Another number of rows or columns, with as many numbers as that takes.
fn resize(members: &mut Map<String, Value>, rows: usize, columns: usize, draw: &mut Draw) {
    let (rows, columns) = match draw.below(6) {
        0 => (rows.saturating_sub(1), columns),
        1 => (rows.saturating_add(1), columns),
        2 => (rows, columns.saturating_sub(1)),
        3 => (rows, columns.saturating_add(1)),
        4 => (0, 1 << draw.below(63)),
        _ => (columns, rows),
    };
    members.insert("rows".into(), json!(rows));
    members.insert("columns".into(), json!(columns));
    let count = rows.checked_mul(columns).filter(|n| *n < 1 << 12);
    for (key, width) in [("f32", 4), ("f64", 8)] {
        let Some(Value::String(text)) = members.get_mut(key) else {
            continue;
        };
        let (Ok(mut bytes), Some(count)) = (STANDARD.decode(&*text), count) else {
            continue;
        };
        bytes.resize(count * width, 0);
        *text = STANDARD.encode(bytes);
    }
}
