//! Parts are read as they were written, and others are refused.

use super::*;
use crate::data::fact::{Fact, Wanted};
use rb_record::record::field::Field;
use rb_record::record::Split;
use rb_record::stream::Line;

fn line(text: &str) -> Line {
    Line::new(text.trim_end().as_bytes().to_vec(), "t".into(), 1)
}

#[test]
fn a_fact_line_holds_all_that_scoring_reads_and_nothing_else() {
    let record = line(
        r#"{"id":"a\n\"","x":[1e999],"dataset":"d","split":"test","prompt":"P","lang":2.50,
        "outcomes":{"é":{"score":0.1,"cost":1e-7,"latency":0.30000000000000004,"prompt_tokens":3,
        "completion_tokens":1e15,"confidence":0.5,"answer":"B","response":"long"},"n":{"answer":"B"},"o":{"answer":"C"}},
        "references":{"v":{"score":1}},
        "routes":{"r":[{"alpha":0,"model":"n"},{"alpha":0.1,"called":["n","é"],"model":"é"}],"s":"n"}}"#
            .replace("\\n", "")
            .as_str(),
    );
    let wanted = Wanted {
        split: None,
        by: vec![Field::parse("lang"), Field::parse("/none")],
        log: None,
    };
    let fact = Fact::parse(&record, &wanted).unwrap();
    let text = fact_line(&fact);
    let again = line(&text);
    let Entry::Query(read) = parse(&again).unwrap() else {
        panic!("no query")
    };
    assert_eq!(read.unit, fact.unit);
    assert_eq!(read.groups, ["2.5", "null"]);
    assert_eq!(read.outcomes[0].1.latency, Some(0.30000000000000004));
    assert_eq!(read.outcomes[0].1.confidence, None);
    assert_eq!(read.outcomes.len(), 3);
    let answer = |m: usize| read.outcomes[m].1.answer;
    assert!(answer(0).is_some() && answer(0) == answer(1) && answer(0) != answer(2));
    assert_eq!(read.routes, fact.routes);
    assert_eq!(read.references, fact.references);
    assert_eq!(fact_line(&read), text);
    assert!(!text.contains("long") && !text.contains("\"P\""));
}

#[test]
fn parts_of_other_options_or_another_version_are_refused() {
    let message = |texts: &[&str]| {
        let mut merge = Merge::default();
        for text in texts {
            let line = line(text);
            if let Err(e) = parse(&line).and_then(|e| merge.admit(&line, e).map(|_| ())) {
                return e.to_string();
            }
        }
        String::new()
    };
    let plain = options_line(&Wanted::default());
    let by = options_line(&Wanted {
        split: Some(Split::Val),
        by: vec![Field::parse("lang")],
        log: None,
    });
    let query = r#"{"id":"a","unit":"00000000000000ff","dataset":""}"#;
    assert_eq!(message(&[&plain, query, &plain, query]), "");
    let other = message(&[&plain, &by]);
    assert!(other.contains("--split val --by lang") && other.contains("same options"));
    assert!(message(&[query]).contains("rb-score --partial"));
    assert!(message(&[r#"{"id":"a"}"#]).contains("leave --merge out"));
    let newer = plain.replace("rb-facts/1", "rb-facts/2");
    assert!(message(&[&newer]).contains("expected \"rb-facts/1\""));
    let broken = query.replace("ff\"", "f\"");
    assert!(message(&[&plain, &broken]).contains("16 hexadecimal digits"));
}
