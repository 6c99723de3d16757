//! What every router that calls models in turn promises: it sees what it has
//! paid for and nothing else, in a replay as in a conversation.

use super::*;
use crate::router::Action;
use crate::table::signals::{Reads, Recorded, SignalGrids};
use rb_record::record::signal::Signal;

/// The cases whose routers call models in turn.
fn callers() -> Vec<Case> {
    let cases: Vec<Case> = cases()
        .into_iter()
        .filter(|c| (c.entry.needs)(&c.params).unwrap().signals != Reads::Nothing)
        .collect();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn what_was_not_called_and_what_was_scored_cannot_be_seen() {
    let (table, rows) = (USUAL.table(), USUAL.rows());
    for case in callers() {
        let router = case.fit(&table).unwrap();
        let mut heeded = 0;
        for alpha in [0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 1.0] {
            let steps = router.decide(&table.batch(), alpha);
            // Everything turned round but the signals of those called, or those alone.
            let changed = |those_called: bool| {
                let mut rows = rows.clone();
                for (i, row) in rows.iter_mut().enumerate() {
                    for (m, (_, o)) in row.outcomes.iter_mut().enumerate() {
                        if steps[i].calls().contains(&m) == those_called {
                            o.confidence = o.confidence.map(|c| 1.0 - c);
                            o.completion_tokens = o.completion_tokens.map(|l| 200.0 - l);
                            o.reward = o.reward.map(|r| -r);
                            // Those who agreed no longer do.
                            o.answer = o.answer.map(|_| m as f64);
                        }
                        if !those_called {
                            o.score = o.score.map(|s| 1.0 - s);
                            o.cost = o.cost.map(|c| 9.0 * c);
                        }
                    }
                }
                router.decide(&table_builder::table(rows).batch(), alpha)
            };
            assert_eq!(changed(false), steps, "{} at {alpha}", case.named());
            let other = changed(true);
            heeded += steps.iter().zip(&other).filter(|(a, b)| a != b).count();
        }
        let one_call = case.params.text("calls") == "1"
            || (case.params.optional("weak").is_some()
                && case.params.text("weak") == case.params.text("strong"));
        assert_eq!(heeded == 0, one_call, "{}: {heeded}", case.named());
    }
}

#[test]
fn a_conversation_calls_and_keeps_what_the_steps_say() {
    let data = Data {
        gaps: true,
        ..USUAL
    };
    let (table, rows) = (data.table(), data.rows());
    for case in cases() {
        let router = case.fit(&table).unwrap();
        for alpha in [0.0, 0.3, 0.5, 0.7, 0.95] {
            let wanted = router.decide(&case.batch(&table), alpha);
            for i in (0..table.len()).step_by(7) {
                let mut answers = Recorded::new();
                let mut answered = vec![vec![false; table.k()]];
                let mut order = Vec::new();
                let kept = loop {
                    let grids = SignalGrids::new([&answers].into_iter(), &table.models);
                    let batch = Batch {
                        signals: grids.view(),
                        ..one(&case.batch(&table), i)
                    };
                    match router.converse(&batch, alpha, &answered)[0] {
                        Action::Keep(m) => break m,
                        Action::Call(m) => {
                            assert!(!answered[0][m], "{}: called twice", case.named());
                            answered[0][m] = true;
                            order.push(m);
                            let (name, outcome) = &rows[i].outcomes[m];
                            let signal = Signal {
                                confidence: outcome.confidence,
                                reward: outcome.reward,
                                length: outcome.completion_tokens,
                                answer: outcome.answer,
                            };
                            answers.push((name.clone(), signal));
                        }
                    }
                };
                let what = format!("{}: query {i} at {alpha}", case.named());
                assert_eq!(
                    (kept, &order[..]),
                    (wanted[i].model, wanted[i].calls()),
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn routers_that_read_signals_refuse_to_learn_without_any() {
    let mut rows = USUAL.rows();
    for (_, outcome) in rows.iter_mut().flat_map(|r| &mut r.outcomes) {
        outcome.confidence = None;
        outcome.completion_tokens = None;
        outcome.reward = None;
        outcome.answer = None;
    }
    let table = table_builder::table(rows);
    for case in callers() {
        let reads = (case.entry.needs)(&case.params).unwrap().signals;
        if reads == Reads::Whatever {
            // Nothing is told, so nobody is asked twice.
            let router = case.fit(&table).unwrap();
            let steps = router.decide(&table.batch(), 0.9);
            assert!(steps.iter().all(|s| s.calls().len() == 1));
            continue;
        }
        let fault = case.fit(&table).err().unwrap();
        assert!(
            ["confidence", "reward", "answer"]
                .iter()
                .any(|f| fault.message.contains(f)),
            "{}: {fault}",
            case.named()
        );
    }
}
