//! The real benchmarks, where they are present, against figures that Python's
//! csv and ast modules gave: summaries and digests, never texts.

use super::import;
use crate::workdir::{shared, Workdir};
use serde_json::Value;

/// Digests that Python computed, see [`digest`].
const RB_DIGEST: u32 = 0xc2d8065f;
const SAMPLE_DIGEST: u32 = 0xdbe6ee24;

/// The CRC-32 over all queries by id, which scripts elsewhere can compute too:
/// id, dataset, index and prompt each ended by a zero byte, then each outcome's
/// model by name, ended by a zero byte, and score, cost and both token counts
/// as big-endian doubles, `-` where unknown.
fn digest(lines: &[Value]) -> u32 {
    let mut sorted: Vec<&Value> = lines.iter().collect();
    sorted.sort_by_key(|l| l["id"].as_str().expect("an id"));
    let mut crc = flate2::Crc::new();
    for l in sorted {
        for text in [
            l["id"].as_str().expect("an id").to_string(),
            l["dataset"].as_str().expect("a dataset").to_string(),
            l["index"].to_string(),
            l["prompt"].as_str().unwrap_or("").to_string(),
        ] {
            crc.update(text.as_bytes());
            crc.update(b"\0");
        }
        // serde_json sorts the keys, by their bytes.
        for (model, outcome) in l["outcomes"].as_object().expect("outcomes") {
            crc.update(model.as_bytes());
            crc.update(b"\0");
            for field in ["score", "cost", "prompt_tokens", "completion_tokens"] {
                match outcome[field].as_f64() {
                    Some(v) => crc.update(&v.to_be_bytes()),
                    None => crc.update(b"-"),
                }
            }
        }
    }
    crc.sum()
}

fn total(lines: &[Value], model: &str, field: &str) -> f64 {
    lines
        .iter()
        .filter_map(|l| l["outcomes"][model][field].as_f64())
        .sum()
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn the_real_routerbench_files_give_3164_complete_queries() {
    let mut files = Vec::new();
    for set in ["arc_challenge", "mbpp", "winograde"] {
        for part in ["test", "train"] {
            let path = shared(&format!("routerbench/{set}_{part}.csv.zst"));
            files.push(path.display().to_string());
        }
    }
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let ran = import(&Workdir::new(), &names).ok();
    let got = ran.json();
    assert_eq!(got.len(), 3164);
    for line in &got {
        let outcomes = line["outcomes"].as_object().expect("outcomes");
        assert_eq!(outcomes.len(), 11, "{}", line["id"]);
        assert!(outcomes
            .values()
            .all(|o| o["score"].is_f64() || o["score"].is_u64()));
        assert!(outcomes.values().all(|o| o["cost"].is_f64()));
        assert!(!line["prompt"].as_str().expect("a prompt").starts_with("['"));
    }
    assert_eq!(total(&got, "gpt-4-1106-preview", "score"), 2784.0);
    assert_eq!(total(&got, "claude-v1", "score"), 2302.0);
    assert!((total(&got, "gpt-4-1106-preview", "cost") - 15.86753).abs() < 1e-9);
    assert!((total(&got, "claude-v1", "cost") - 11.31556).abs() < 1e-9);
    assert_eq!(digest(&got), RB_DIGEST);
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn the_real_llmrouterbench_sample_gives_240_queries() {
    let path = shared("llmrouterbench-sample240.csv.zst");
    let ran = import(&Workdir::new(), &[&path.display().to_string()]).ok();
    let got = ran.json();
    assert!(
        ran.stderr
            .contains("240 queries × 33 models, 7860 outcomes with a score"),
        "{}",
        ran.stderr
    );
    assert_eq!(got.len(), 240);
    let free = got
        .iter()
        .flat_map(|l| l["outcomes"].as_object().expect("outcomes").values());
    assert_eq!(
        free.filter(|o| o["cost"].as_f64() == Some(0.0)).count(),
        2177
    );
    assert_eq!(digest(&got), SAMPLE_DIGEST);
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn right_answers_to_the_real_routerbench_questions_have_one_letter() {
    let mut files = Vec::new();
    for set in ["arc_challenge", "winograde"] {
        for part in ["test", "train"] {
            let path = shared(&format!("routerbench/{set}_{part}.csv.zst"));
            files.push(path.display().to_string());
        }
    }
    let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    arguments.extend(["--answer-from", "letter"]);
    let ran = import(&Workdir::new(), &arguments).ok();
    let (mut outcomes, mut answered, mut right) = (0, 0, 0);
    for query in ran.json() {
        let all = query["outcomes"].as_object().expect("outcomes").values();
        let mut letter = None;
        for outcome in all {
            outcomes += 1;
            let Some(answer) = outcome["answer"].as_str() else {
                continue;
            };
            answered += 1;
            if outcome["score"] == 1.0 {
                right += 1;
                assert_eq!(*letter.get_or_insert(answer), answer, "{}", query["id"]);
            }
        }
    }
    // The others are no choices: "I do", "Unfortunately I".
    assert_eq!((outcomes, answered), (30_107, 29_002));
    assert!(right > 20_000, "{right}");
}
