//! Prompts in any language through the built-in embedder. The sentences and the
//! words of the domains in `data/languages/` were written for these tests, the
//! sentences before there was a method.

use crate::workdir::{root, Workdir};
use serde_json::{json, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

fn data(name: &str) -> Vec<Value> {
    let path = root().join("tests/data/languages").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn stream<T: AsRef<str>>(prompts: &[T]) -> String {
    let lines = prompts.iter().enumerate();
    lines
        .map(|(i, p)| json!({"id": i.to_string(), "prompt": p.as_ref()}).to_string() + "\n")
        .collect()
}

fn vectors<T: AsRef<str>>(w: &Workdir, prompts: &[T]) -> Vec<Vec<f64>> {
    let ran = w.run("rb-embed", &["--quiet"], stream(prompts)).ok();
    let vector = |record: Value| {
        let numbers = record["embedding"]["vector"].as_array().unwrap();
        numbers.iter().map(|v| v.as_f64().unwrap()).collect()
    };
    ran.json().into_iter().map(vector).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The prompts of `domains.ndjson`: domain, language, text.
fn domain_prompts() -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for row in data("domains.ndjson") {
        let text = |v: &Value| v.as_str().unwrap().to_string();
        for template in row["templates"].as_array().unwrap() {
            for topic in row["topics"].as_array().unwrap() {
                let prompt = text(template).replace("{}", &text(topic));
                all.push((text(&row["domain"]), text(&row["language"]), prompt));
            }
        }
    }
    all
}

#[test]
fn a_paraphrase_is_nearer_than_an_unrelated_sentence_in_seven_languages() {
    let triples = data("triples.ndjson");
    let languages: HashSet<&str> = triples
        .iter()
        .filter_map(|t| t["language"].as_str())
        .collect();
    assert_eq!(languages.len(), 7);
    let prompts: Vec<&str> = triples
        .iter()
        .flat_map(|t| ["text", "paraphrase", "unrelated"].map(|k| t[k].as_str().unwrap()))
        .collect();
    let vectors = vectors(&Workdir::new(), &prompts);
    let right = vectors
        .chunks_exact(3)
        .filter(|v| dot(&v[0], &v[1]) > dot(&v[0], &v[2]))
        .count();
    assert!(
        right * 12 >= triples.len() * 10,
        "{right} of {}",
        triples.len()
    );
}

/// Emoji, flags among them that differ in tags alone, and their sequences.
fn emoji_prompts() -> Vec<String> {
    let some = [
        "😀",
        "😂",
        "🥲",
        "❤️",
        "🔥",
        "👍",
        "👍🏽",
        "👍🏿",
        "🎉",
        "🐈",
        "☂️",
        "⚽",
        "✅",
        "🇩🇪",
        "🇯🇵",
        "👩‍👩‍👧‍👦",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    ];
    let mut all: Vec<String> = some.map(str::to_string).into();
    for (i, a) in some.iter().enumerate() {
        all.push(format!("what does {a} mean"));
        all.push(format!("{a} {a}"));
        all.push(format!("{a} {}", some[(i + 1) % some.len()]));
        all.push(format!("{} {a}", some[(i + 1) % some.len()]));
    }
    all
}

#[test]
fn no_two_of_five_hundred_prompts_in_many_scripts_have_one_vector() {
    let mut prompts: Vec<String> = emoji_prompts();
    prompts.extend(
        "かき かぎ がき バス パス ハス มา ม้า หมา ไก่ ไข่ ไกล ใกล้ की कि कु कम काम क्रम कर्म दिन दीन \
         강 간 각 물 불 дом дым кот код μήλο μέλι שלום שלמה كتاب كاتب مكتب სახლი სახელი տուն տարի ሰላም ሰማይ \
         বই বউ மரம் மணம் ఇల్లు ಮನೆ വീട് ගස བོད မြန်မာ ខ្មែរ ລາວ ᏣᎳᎩ ꦗꦮ 水 火 山川 川山 日本 本日 囍 𠮷 ﻣﺪرﺳﺔ"
            .split_whitespace()
            .map(str::to_string),
    );
    for triple in data("triples.ndjson") {
        prompts.extend(
            ["text", "paraphrase", "unrelated"].map(|k| triple[k].as_str().unwrap().into()),
        );
    }
    let others = domain_prompts().into_iter().step_by(3).map(|(_, _, p)| p);
    prompts.extend(others);
    let distinct: HashSet<&String> = prompts.iter().collect();
    assert_eq!(distinct.len(), prompts.len(), "the test repeats a prompt");
    assert!(prompts.len() >= 500, "{}", prompts.len());

    let mut seen: HashMap<Vec<u64>, &str> = HashMap::new();
    for (prompt, vector) in prompts.iter().zip(vectors(&Workdir::new(), &prompts)) {
        let bits = vector.iter().map(|v| v.to_bits()).collect();
        if let Some(other) = seen.insert(bits, prompt) {
            panic!("{other:?} and {prompt:?} have one vector");
        }
    }
}

/// A stream in which one model knows each domain, whatever the language, which
/// is the record's dataset.
fn experts_of_domains() -> String {
    let prompts = domain_prompts();
    let domains: BTreeSet<&str> = prompts.iter().map(|(d, _, _)| d.as_str()).collect();
    let mut draw = 1u64;
    let mut unit = || {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (draw >> 40) as f64 / f64::from(1 << 24)
    };
    let mut lines = String::new();
    for (i, (domain, language, prompt)) in prompts.iter().enumerate() {
        let mut outcomes = BTreeMap::new();
        for expert in &domains {
            let right = unit() < if expert == domain { 0.9 } else { 0.3 };
            let outcome = json!({"score": f64::from(right), "cost": 0.001});
            outcomes.insert(format!("{expert}-expert"), outcome);
        }
        let record = json!({
            "id": i.to_string(), "dataset": language, "prompt": prompt, "outcomes": outcomes
        });
        lines += &(record.to_string() + "\n");
    }
    lines
}

#[test]
fn kmeans_finds_the_domains_of_a_set_in_five_languages() {
    let w = Workdir::new();
    let scores = w.pipe(
        experts_of_domains(),
        &[
            "rb-embed --quiet",
            "rb-fit kmeans",
            "rb-score --resamples 0 --by dataset",
        ],
    );
    let mut qualities = HashMap::new();
    for line in scores.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let score: Value = serde_json::from_slice(line).unwrap();
        let name = ["router", "name"].iter().find_map(|k| score[k].as_str());
        let kind = score["type"].as_str().unwrap();
        if let (Some(name), "summary" | "baseline") = (name, kind) {
            let language = score["group"]["dataset"].as_str().unwrap_or("all");
            qualities.insert(
                (name.to_string(), language.to_string()),
                score["quality"].as_f64(),
            );
        }
    }
    let quality =
        |name: &str, language: &str| qualities[&(name.to_string(), language.to_string())].unwrap();
    for (language, margin) in [
        ("all", 0.2),
        ("ar", 0.1),
        ("ja", 0.1),
        ("ru", 0.1),
        ("th", 0.1),
        ("zh", 0.1),
    ] {
        let (kmeans, random) = (quality("kmeans", language), quality("random", language));
        assert!(
            kmeans > random + margin,
            "{language}: kmeans {kmeans}, random {random}"
        );
    }
    assert!(quality("kmeans", "all") > quality("best-single", "all") + 0.2);
}

#[test]
fn a_stream_of_mostly_unknown_words_is_told_once_with_a_remedy() {
    let w = Workdir::new();
    let russian = vec!["Почему небо голубое?"; 30];
    let english = vec!["Why is the sky blue?"; 400];
    let told = |arguments: &[&str], prompts: &[&str]| {
        w.run("rb-embed", arguments, stream(prompts)).ok().stderr
    };
    for arguments in [&[][..], &["--line-buffered"]] {
        let said = told(arguments, &russian);
        assert_eq!(said.lines().count(), 1, "{said}");
        for word in [
            "30 of 30 prompts",
            "static-minilm-256",
            "--model paraphrase-multilingual-",
        ] {
            assert!(said.contains(word), "{word} is not in {said}");
        }
    }
    assert!(told(&[], &[&english[..200], &russian].concat()).contains("30 of 230"));
    assert_eq!(told(&[], &[&english[..], &russian].concat()), "");
    assert_eq!(told(&["--quiet"], &russian), "");
}

#[test]
fn threads_order_and_line_mode_change_no_byte_of_any_language() {
    let w = Workdir::new();
    let prompts: Vec<String> = domain_prompts().into_iter().map(|(_, _, p)| p).collect();
    let input = stream(&prompts);
    let embed = |arguments: &[&str], input: &str| {
        let all = [&["--quiet"][..], arguments].concat();
        w.run("rb-embed", &all, input).ok().text().to_string()
    };
    let once = embed(&["--threads", "1"], &input);
    assert!(once == embed(&["--threads", "3"], &input));
    assert!(once == embed(&["--line-buffered"], &input));
    let backwards: Vec<&str> = input.lines().rev().collect();
    let backwards = embed(&[], &(backwards.join("\n") + "\n"));
    let mut backwards: Vec<&str> = backwards.lines().collect();
    backwards.reverse();
    assert!(once.lines().eq(backwards));
}
