//! One query as it is held while the benchmark comes together: its answers in
//! the order of the models' numbers, so that one is found by halving however
//! many there are, and the bytes that all of it takes.
//!
//! **Memory.** The struct itself, id and prompt; per outcome 20 bytes and 8 for
//! each known number; answers' texts and a record's own line where they are kept.

use crate::joining::runs::{self, Run};
use crate::tables::fields::KEPT;
use rb_record::record::{Outcome, Split};
use rb_record::stream::Line;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A file (its number) and a line of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub file: u32,
    pub line: u32,
}

/// One outcome: which numbers are known, and where they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub model: u32,
    pub reference: bool,
    /// By the number of its field; above them, whether there is an `n`.
    known: u16,
    at: u32,
    pub origin: Origin,
}

/// An answer's texts: the model's response, the answer that it comes to, and
/// the outcome's own JSON.
#[derive(Debug)]
pub(crate) struct Texts {
    pub model: u32,
    pub reference: bool,
    pub response: Option<Box<str>>,
    pub answer: Option<Box<str>>,
    pub raw: Option<Box<str>>,
}

/// A further run of an answer.
#[derive(Debug)]
pub(crate) struct Further {
    pub model: u32,
    pub reference: bool,
    pub run: Run,
    pub answer: Option<Box<str>>,
}

#[derive(Debug)]
pub(crate) struct Query {
    pub id: Arc<str>,
    pub dataset: Option<Arc<str>>,
    pub index: Option<u64>,
    pub split: Option<Split>,
    pub prompt: Option<Box<str>>,
    pub origin: Origin,
    /// By model, an outcome before a reference.
    pub answers: Vec<Stored>,
    values: Vec<f64>,
    /// Ordered as the answers.
    texts: Vec<Texts>,
    /// Further runs of answers, while means are taken.
    pub runs: Vec<Further>,
    pub original: Option<Line>,
    /// The original line no longer says it all.
    pub touched: bool,
}

/// What the allocator takes for a block of that many bytes: a header of 8, in
/// steps of 16, not below 32.
pub(crate) fn heap(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        n => ((n + 23) & !15).max(32),
    }
}

impl Query {
    /// A query without answers, with room for some.
    pub(crate) fn new(id: Arc<str>, origin: Origin, answers: usize) -> Query {
        Query {
            id,
            dataset: None,
            index: None,
            split: None,
            prompt: None,
            origin,
            answers: Vec::with_capacity(answers),
            values: Vec::new(),
            texts: Vec::new(),
            runs: Vec::new(),
            original: None,
            touched: false,
        }
    }

    /// Where a model's answer stands, or where it would.
    pub(crate) fn slot(&self, model: u32, reference: bool) -> Result<usize, usize> {
        self.answers
            .binary_search_by_key(&(model, reference), |s| (s.model, s.reference))
    }

    pub(crate) fn outcome(&self, stored: &Stored) -> Outcome {
        self.run(stored).outcome
    }

    /// An answer's numbers and how many runs they are the mean of.
    pub(crate) fn run(&self, stored: &Stored) -> Run {
        let mut run = Run::default();
        let mut at = stored.at as usize;
        for field in 0..=KEPT {
            if stored.known & (1 << field) != 0 {
                let value = Some(self.values[at]);
                match field {
                    KEPT => run.n = value,
                    _ => run.set(field, value),
                }
                at += 1;
            }
        }
        run
    }

    /// Whether a router may learn a score from this answer.
    pub(crate) fn is_scored(stored: &Stored) -> bool {
        !stored.reference && stored.known & 1 != 0
    }

    /// Whether anything at all is known of this answer.
    pub(crate) fn is_known(stored: &Stored) -> bool {
        stored.known != 0
    }

    /// Adds an answer at the place that [`slot`](Query::slot) gave.
    pub(crate) fn insert(&mut self, slot: usize, model: u32, reference: bool, origin: Origin) {
        self.answers.insert(
            slot,
            Stored {
                model,
                reference,
                known: 0,
                at: 0,
                origin,
            },
        );
    }

    /// Puts `outcome` in the place of the answer numbered `slot`; what else is
    /// known of it stays.
    pub(crate) fn put(&mut self, slot: usize, outcome: &Outcome) {
        let run = Run {
            outcome: *outcome,
            ..self.run(&self.answers[slot])
        };
        self.put_run(slot, &run);
    }

    /// Puts a run in the place of the answer numbered `slot`.
    pub(crate) fn put_run(&mut self, slot: usize, run: &Run) {
        let mut values = [run.n; KEPT + 1];
        values[..KEPT].copy_from_slice(&run.values());
        let known = (0..values.len()).fold(0u16, |k, i| k | (values[i].is_some() as u16) << i);
        let stored = &mut self.answers[slot];
        if known != stored.known {
            (stored.known, stored.at) = (known, self.values.len() as u32);
            self.values.extend(values.iter().flatten());
        } else {
            let from = stored.at as usize;
            for (old, new) in self.values[from..].iter_mut().zip(values.iter().flatten()) {
                *old = *new;
            }
        }
    }

    /// Makes the outcome in `slot` a reference; the model must not be one yet.
    pub(crate) fn refer(&mut self, slot: usize) {
        let stored = &mut self.answers[slot];
        stored.reference = true;
        if let Ok(at) = self.text_slot(self.answers[slot].model, false) {
            self.texts[at].reference = true;
        }
        self.touched |= self.original.is_some();
    }

    fn text_slot(&self, model: u32, reference: bool) -> Result<usize, usize> {
        self.texts
            .binary_search_by_key(&(model, reference), |t| (t.model, t.reference))
    }

    pub(crate) fn texts_of(&self, model: u32, reference: bool) -> Option<&Texts> {
        self.text_slot(model, reference)
            .ok()
            .map(|at| &self.texts[at])
    }

    /// Keeps an answer's texts, but those that it has already; the bytes they
    /// take.
    pub(crate) fn keep_texts(&mut self, texts: Texts) -> usize {
        match self.text_slot(texts.model, texts.reference) {
            Ok(at) => {
                let here = &mut self.texts[at];
                let before = here.bytes();
                here.response = here.response.take().or(texts.response);
                here.answer = here.answer.take().or(texts.answer);
                here.raw = here.raw.take().or(texts.raw);
                here.bytes() - before
            }
            Err(at) => {
                let bytes = texts.bytes();
                self.texts.insert(at, texts);
                bytes
            }
        }
    }

    /// What an answer comes to.
    pub(crate) fn answer_of(&self, stored: &Stored) -> Option<&str> {
        let texts = self.texts_of(stored.model, stored.reference);
        texts.and_then(|t| t.answer.as_deref())
    }

    /// Forgets what an answer comes to; the bytes it took.
    pub(crate) fn drop_answer(&mut self, model: u32, reference: bool) -> usize {
        let at = self.text_slot(model, reference).ok();
        let answer = at.and_then(|at| self.texts[at].answer.take());
        answer.map_or(0, |answer| heap(answer.len()))
    }

    /// Forgets an answer's texts; the bytes they took.
    pub(crate) fn drop_texts(&mut self, model: u32, reference: bool) -> usize {
        let at = self.text_slot(model, reference);
        at.map_or(0, |at| self.texts.remove(at).bytes())
    }

    /// Averages the runs of each answer.
    pub(crate) fn average(&mut self) {
        let mut rest = std::mem::take(&mut self.runs);
        let key = |f: &Further| (f.model, f.reference);
        rest.sort_by_key(key);
        for runs in rest.chunk_by(|a, b| key(a) == key(b)) {
            let (model, reference) = key(&runs[0]);
            let Ok(slot) = self.slot(model, reference) else {
                continue;
            };
            let first = &self.answers[slot];
            let mut all = vec![(self.run(first), self.answer_of(first))];
            all.extend(runs.iter().map(|f| (f.run, f.answer.as_deref())));
            let answer = runs::most_frequent(&all).map(Box::from);
            let all: Vec<Run> = all.into_iter().map(|(run, _)| run).collect();
            self.put_run(slot, &runs::mean(&all));
            self.drop_answer(model, reference);
            self.keep_texts(Texts {
                answer,
                ..Texts::of(model, reference)
            });
            self.touched |= self.original.is_some();
        }
    }

    /// The bytes of the lists of answers, without the texts in them.
    pub(crate) fn lists(&self) -> usize {
        heap(self.answers.capacity() * size_of::<Stored>())
            + heap(self.values.capacity() * size_of::<f64>())
            + heap(self.texts.capacity() * size_of::<Texts>())
            + heap(self.runs.capacity() * size_of::<Further>())
    }

    /// The bytes of the id, the prompt and the original line.
    pub(crate) fn own(&self) -> usize {
        heap(16 + self.id.len())
            + heap(self.prompt.as_ref().map_or(0, |p| p.len()))
            + heap(self.original.as_ref().map_or(0, |l| l.bytes().len()))
    }

    /// The bytes of all answers' texts.
    pub(crate) fn all_texts(&self) -> usize {
        let further = self.runs.iter().map(Further::bytes);
        self.texts.iter().map(Texts::bytes).chain(further).sum()
    }
}

impl Further {
    pub(crate) fn bytes(&self) -> usize {
        heap(self.answer.as_ref().map_or(0, |t| t.len()))
    }
}

impl Texts {
    /// No texts yet.
    pub(crate) fn of(model: u32, reference: bool) -> Texts {
        Texts {
            model,
            reference,
            response: None,
            answer: None,
            raw: None,
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let text = |t: &Option<Box<str>>| heap(t.as_ref().map_or(0, |t| t.len()));
        text(&self.response) + text(&self.answer) + text(&self.raw)
    }
}
