//! What went over the disk comes back as it was, and joins as it would have in
//! memory: the same lines, the same first error, the same counts.

use crate::import::import;
use crate::joining::adjust::Adjust;
use crate::joining::bench::Bench;
use crate::joining::found::Original;
use crate::joining::found::{Answer, Found, Merge};
use crate::joining::wire::{self, Entry, Names};
use crate::options::Options;
use rb_record::error::Place;
use rb_record::record::Outcome;
use rb_record::skips::{OnError, Skips};
use rb_record::stream::Line;
use std::borrow::Cow;
use std::io::Write;

fn found<'a>(id: &'a str, line: u64, answers: Vec<Answer<'a>>) -> Found<'a> {
    Found {
        id: Cow::Borrowed(id),
        dataset: Some("d\u{e9}".into()),
        index: Some(u64::MAX),
        prompt: Some("what\u{1f600}\n\"so\"".into()),
        answers,
        place: Place {
            source: "a file".into(),
            line,
            column: 1 << 40,
        },
        split: None,
        original: None,
    }
}

fn answer<'a>(
    model: &'a str,
    reference: bool,
    value: f64,
    response: Option<&'static str>,
) -> Answer<'a> {
    Answer {
        model: Cow::Borrowed(model),
        reference,
        n: (value < 1.0).then_some(3.0),
        outcome: Outcome {
            score: Some(0.1 + 0.2),
            reward: Some(value),
            ..Outcome::default()
        },
        parts: [None, Some(value), Some(7.0)],
        response: response.map(Cow::Borrowed),
        answer: response.map(|r| Cow::Owned(format!("{r} \u{e9}"))),
    }
}

fn names(bench: &Bench) -> Names {
    Names {
        models: bench.models.clone(),
        sources: bench.sources.names.clone(),
    }
}

/// Numbers that a decimal, or a comparison with `==`, might lose.
const ODD: [f64; 5] = [-0.0, 5e-324, f64::MAX, 0.1, 1.0 / 3.0];

#[test]
fn a_row_comes_back_to_the_last_bit() {
    let line = Line::new(br#"{"outcomes":{"m":{}}}"#.to_vec(), "a file".into(), 300);
    let mut bench = Bench::default();
    let answers = || ODD.map(|v| answer("m/\u{4e2d}", v < 1.0, v, Some("")));
    let mut row = found("an id", 300, answers().into());
    row.original = Some(Original {
        line: Cow::Borrowed(&line),
        maps: [Some((12, 20)), None],
        argument: 70_000,
    });
    let merge = Merge {
        scoreless_yields: true,
        prompts_may_differ: false,
    };
    let mut bytes = Vec::new();
    wire::row(&mut bytes, 1 << 50, &row, merge, &mut bench).unwrap();
    assert_eq!(wire::head(&bytes), Some((1 << 50, "an id")));
    let names = names(&bench);
    let Some(Entry::Row(got, merged)) = wire::entry(&bytes, &names) else {
        panic!("no row");
    };
    assert_eq!(
        format!("{got:?}"),
        format!("{row:?}").replace("Borrowed(Line", "Owned(Line")
    );
    let bits = |f: &Found| {
        f.answers
            .iter()
            .map(|a| a.outcome.reward.unwrap().to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(&got), ODD.map(f64::to_bits));
    assert!(merged.scoreless_yields && !merged.prompts_may_differ);
    for cut in 0..bytes.len() {
        assert!(wire::entry(&bytes[..cut], &names).is_none(), "cut at {cut}");
    }
}

#[test]
fn a_query_comes_back_as_it_was_held() {
    let mut bench = Bench::default();
    let line = Line::new(
        br#"{"id":"q","outcomes":{"b":{"x":[ ]}}}"#.to_vec(),
        "records".into(),
        9,
    );
    for (i, value) in ODD.into_iter().enumerate() {
        let model = ["b", "a", "c", "\u{e9}", "e"][i];
        let mut row = found(
            "q",
            i as u64,
            vec![answer(model, i == 2, value, (i > 2).then_some("r"))],
        );
        row.original = (i == 1).then_some(Original {
            line: Cow::Borrowed(&line),
            maps: [Some((21, 37)), None],
            argument: 0,
        });
        bench.add(row, Merge::default()).unwrap();
    }
    bench
        .add(found("plain", 1, Vec::new()), Merge::default())
        .unwrap();
    let held = bench.held();
    let write = |bench: &mut Bench| {
        let queries = bench.take_queries();
        let entry = |(at, query)| {
            let mut bytes = Vec::new();
            wire::query(&mut bytes, at as u64, query, bench).unwrap();
            bytes
        };
        let entries: Vec<Vec<u8>> = queries.iter().enumerate().map(entry).collect();
        (entries, format!("{queries:?}"))
    };
    let (entries, queries) = write(&mut bench);
    assert_eq!(bench.held(), 0, "all was handed over");
    let names = names(&bench);
    for entry in &entries {
        let Some(Entry::Query(query)) = wire::entry(entry, &names) else {
            panic!("no query");
        };
        bench.restore(query);
    }
    assert_eq!(bench.held(), held, "it takes what it took");
    let again = write(&mut bench);
    assert_eq!(again.0, entries);
    assert_eq!(again.1, queries);
}

/// Everything that an import tells, and its lines.
fn told(text: &str, memory: Option<usize>, on_error: OnError) -> Vec<String> {
    let mut file = tempfile::Builder::new().prefix("t").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let options = Options {
        memory,
        ..Options::default()
    };
    let mut skips = Skips::new(on_error);
    let paths = [file.path().to_path_buf()];
    let name = file.path().display().to_string();
    let mut all = Vec::new();
    match import(&paths, &options, &Adjust::default(), &mut skips) {
        Ok(imported) => {
            all.extend(imported.notes.iter().cloned());
            all.push(format!(
                "{} {} {} {}",
                imported.queries, imported.models, imported.scored, imported.rows
            ));
            imported
                .write(|line| {
                    all.push(String::from_utf8(line.to_vec()).unwrap());
                    Ok(())
                })
                .unwrap();
        }
        Err(e) => all.push(e.to_string()),
    }
    all.extend(skips.finish().err().map(|e| e.to_string()));
    all.iter().map(|t| t.replace(&name, "FILE")).collect()
}

/// A long table of 5 models whose rows of one query lie far apart.
fn table(queries: usize, bad: &[(usize, &str)]) -> String {
    let mut text = String::from("id,model,score,prompt\n");
    for row in 0..queries * 5 {
        let (query, model) = (row * 7 % queries, row / queries);
        let line = format!("q{query},m{model},{},text {query}\n", row % 2);
        match bad.iter().find(|(at, _)| *at == row) {
            Some((_, line)) => text.push_str(line),
            None => text.push_str(&line),
        }
    }
    text
}

#[test]
fn buckets_are_divided_until_each_fits_and_come_back_in_order() {
    let text = table(601, &[]);
    let want = told(&text, None, OnError::Stop);
    assert_eq!(want.len(), 603, "columns, totals and lines");
    assert_eq!(want[1], "601 5 3005 3005");
    for memory in [1, 700, 5_000, 200_000] {
        assert_eq!(told(&text, Some(memory), OnError::Stop), want, "{memory}");
    }
}

#[test]
fn the_first_error_is_that_of_the_first_row_wherever_it_shows() {
    // Row 4 of a query is a conflict that shows when it is joined, others when read.
    let clash = "q0,m0,0.5,text 0\n";
    let other = "q3,m0,1,another\n";
    for bad in [
        &[(700, clash), (900, "q1,m2,7,x\n")][..],
        &[(900, clash), (700, "q1,m2,7,x\n")],
        &[(700, clash), (650, other), (900, clash)],
        &[(650, other), (700, ",m1,1,x\n"), (702, "q1\n")],
        &[(700, "q1,m\u{1},1,text 1\n"), (701, clash)],
    ] {
        let text = table(201, bad);
        for on_error in [OnError::Stop, OnError::Skip] {
            let want = told(&text, None, on_error);
            for memory in [1, 5_000, 60_000] {
                assert_eq!(
                    told(&text, Some(memory), on_error),
                    want,
                    "{bad:?} {memory}"
                );
            }
            let last = want.last().unwrap();
            let line = bad.iter().map(|(row, _)| row + 2).min().unwrap();
            assert!(last.contains(&format!("FILE:{line}:")), "{line}: {last}");
        }
    }
}

#[test]
fn what_a_refused_row_alone_names_is_no_model() {
    let text = table(50, &[(240, "q0,ghost,1,another\n")]);
    let want = told(&text, None, OnError::Skip);
    assert_eq!(told(&text, Some(1), OnError::Skip), want);
    assert!(want.iter().any(|t| t.starts_with("50 5 ")), "{want:?}");
}

#[test]
fn a_query_of_ten_thousand_models_is_joined_like_any_other() {
    let mut text = String::from("id,model,score\n");
    for row in 0..10_000 {
        text.push_str(&format!("q,m{},1\n", row * 37 % 10_000));
    }
    let want = told(&text, None, OnError::Stop);
    assert_eq!(told(&text, Some(1), OnError::Stop), want);
    assert!(want.contains(&"1 10000 10000 10000".to_string()));
}

#[test]
fn what_is_counted_grows_with_all_that_is_held() {
    let mut bench = Bench::default();
    let mut before = 0;
    let long = "x".repeat(1000);
    for i in 0..2000 {
        let id = format!("q{}", i / 2);
        let mut row = found(&id, 1, vec![answer(["a", "b"][i % 2], false, 1.0, None)]);
        row.answers[0].response = Some(Cow::Borrowed(&long));
        bench.add(row, Merge::default()).unwrap();
        assert!(bench.held() >= before + 1000, "{i}");
        before = bench.held();
    }
    assert!(before > 2_000_000 && before < 3_000_000, "{before}");
}
