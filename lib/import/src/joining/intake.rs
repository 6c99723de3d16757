//! Where readers put what they found. While the benchmark fits into memory, its
//! rows are joined at once; beyond that everything goes to disk, to be joined
//! when all is read (`spill.rs`).

use crate::joining::bench::Bench;
use crate::joining::buckets::Buckets;
use crate::joining::found::{Found, Merge};
use crate::joining::spill::spill;
use crate::joining::wire;
use crate::options::Options;
use crate::tables::source::Source;
use rb_record::error::Result;
use rb_record::skips::Skips;
use rb_record::stream::progress::Step;
use std::borrow::Cow;
use std::path::Path;

/// Where readers put what they found.
pub struct Intake<'a> {
    /// How rows are to be read.
    pub options: &'a Options,
    pub(crate) bench: Bench,
    /// Where what is not held went.
    pub(crate) spilled: Option<Buckets>,
    /// The disk gave up: there is no sense in joining what is there.
    pub(crate) broken: bool,
    pub(crate) skips: &'a mut Skips,
    pub(crate) notes: Vec<Note>,
    taken: u64,
    /// How many outcomes had a response that was read.
    pub(crate) responded: u64,
    argument: u32,
    entry: Vec<u8>,
    /// Of all sources.
    pub(crate) step: Step,
}

/// A sentence for the person at the end.
pub(crate) enum Note {
    Said(String),
    /// The columns of a source, and how many more have the same.
    Columns(String, String, u64),
    /// What records of that name, the argument of that number, left out.
    LeftOut(String, u32),
}

impl<'a> Intake<'a> {
    pub(crate) fn new(options: &'a Options, skips: &'a mut Skips) -> Intake<'a> {
        Intake {
            options,
            bench: Bench::new(options.repeats),
            spilled: None,
            broken: false,
            skips,
            notes: Vec::new(),
            taken: 0,
            responded: 0,
            argument: 0,
            entry: Vec::new(),
            step: Step::none(),
        }
    }

    /// Takes what a row says, or its error: which ends the import, or, where
    /// bad records are skipped, only the row.
    pub fn take(&mut self, found: Result<Found>, merge: Merge) -> Result<()> {
        let order = self.taken;
        self.taken += 1;
        self.step.read(1);
        let added = found.and_then(|mut found| {
            if let Some(name) = &self.options.dataset {
                found.dataset = Some(Cow::Borrowed(name));
            }
            Bench::check_names(&found)?;
            let Options {
                answer_from,
                responses,
                ..
            } = *self.options;
            self.responded += found.settle_answers(answer_from, responses);
            self.put(order, found, merge)
        });
        self.skips.keep_at(order, added).map(drop)
    }

    fn put(&mut self, order: u64, found: Found, merge: Merge) -> Result<()> {
        let Some(buckets) = &mut self.spilled else {
            self.bench.add(found, merge)?;
            if self.bench.held() <= self.options.memory.unwrap_or(usize::MAX) {
                return Ok(());
            }
            // Their own order is below that of all rows to come.
            let spilled = spill(&mut self.bench, 0, |at| at as u64);
            self.broken = spilled.is_err();
            self.spilled = Some(spilled?);
            return Ok(());
        };
        self.entry.clear();
        wire::row(&mut self.entry, order, &found, merge, &mut self.bench)?;
        let written = buckets.put(&found.id, &self.entry);
        self.broken = written.is_err();
        written
    }

    /// Opens a source whose rows are to be taken.
    pub(crate) fn open(&self, path: &Path) -> Result<Source> {
        Source::open(path, &self.step)
    }

    /// How many rows were handed over, good or bad.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// The number of the argument that is being read.
    pub fn argument(&self) -> u32 {
        self.argument
    }
    pub(crate) fn next_argument(&mut self) {
        self.argument += 1;
    }

    /// A sentence for the person at the end.
    pub fn note(&mut self, text: String) {
        self.notes.push(Note::Said(text));
    }

    /// A sentence, if there is one.
    pub(crate) fn note_some(&mut self, text: Option<String>) {
        self.notes.extend(text.map(Note::Said));
    }

    /// Which columns of a source were taken for what; the same of several
    /// sources is told once.
    pub(crate) fn note_columns(&mut self, source: &str, text: String) {
        for note in &mut self.notes {
            if let Note::Columns(_, told, more) = note {
                if *told == text {
                    *more += 1;
                    return;
                }
            }
        }
        self.notes.push(Note::Columns(source.to_string(), text, 0));
    }

    /// A place among the notes for what the argument's records left out.
    pub fn note_left_out(&mut self, source: &str) {
        let note = Note::LeftOut(source.to_string(), self.argument);
        self.notes.push(note);
    }
}
