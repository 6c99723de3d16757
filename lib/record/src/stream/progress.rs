//! How far long work has come: the steps that it counts, for whoever shows them.
//!
//! Work opens a [`Step`], tells it what is done, block by block, and drops it at its
//! end. Nothing is kept, and nothing costs, unless somebody watches ([`watch`]), who
//! asks now and then for all steps that are open ([`now`]), and for those that have ended
//! ([`ended`]). So work knows nothing of being shown, and is not held up by it.
//!
//! The total of a step is known, or, of one that reads files, expected: the records
//! read so far / the bytes read so far · the bytes of all files. Of a pipe it is
//! unknown.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

/// The name of a step that does no more than read.
pub(super) const READING: &str = "reading";
/// What streams are counted in.
pub const RECORDS: &str = "records";

/// A step that is younger is not worth a word, in seconds.
pub const YOUNG: f64 = 1.0;

static WATCHED: AtomicBool = AtomicBool::new(false);
/// From the outermost to the innermost.
static STEPS: Mutex<Vec<Weak<State>>> = Mutex::new(Vec::new());
/// What has ended and was not asked for yet.
static ENDED: Mutex<Vec<Now>> = Mutex::new(Vec::new());

/// From now on steps are kept.
pub fn watch() {
    WATCHED.store(true, Relaxed);
}

/// All steps that are open, the outermost first.
pub fn now() -> Vec<Now> {
    let mut steps = STEPS.lock().unwrap_or_else(PoisonError::into_inner);
    steps.retain(|step| step.strong_count() > 0);
    let open: Vec<Arc<State>> = steps.iter().filter_map(Weak::upgrade).collect();
    drop(steps);
    open.iter().map(|state| state.now()).collect()
}

/// What steps came to that have ended since this was asked last and were not [`YOUNG`].
pub fn ended() -> Vec<Now> {
    std::mem::take(&mut *ENDED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What a step has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Now {
    /// What is done, as in "reading".
    pub name: String,
    /// What is counted, as in "records".
    pub unit: &'static str,
    /// How much is done.
    pub done: u64,
    /// Of how much; None: unknown.
    pub total: Option<u64>,
    /// The total is expected from the bytes read.
    pub is_expected: bool,
    /// It does no more than read a pipe, and is as fast as what writes there.
    pub is_fed: bool,
    /// Since it began.
    pub seconds: f64,
    /// Done in a second, on average; None: nothing is done yet.
    pub rate: Option<f64>,
    /// More to tell, or nothing.
    pub note: String,
}

impl Now {
    /// Expected until it is done; None: the total or the rate is unknown.
    pub fn seconds_left(&self) -> Option<f64> {
        let left = self.total?.saturating_sub(self.done);
        Some(left as f64 / self.rate?)
    }
}

struct State {
    name: String,
    unit: &'static str,
    began: Instant,
    total: Option<u64>,
    /// Of the files that are read; None: there are none, or one is no regular file.
    bytes: Option<u64>,
    is_fed: bool,
    is_unknown: AtomicBool,
    done: AtomicU64,
    /// Done before the step began.
    before: AtomicU64,
    /// Records read, and the bytes they took.
    taken: AtomicU64,
    read: AtomicU64,
    note: Mutex<String>,
}

impl State {
    fn now(&self) -> Now {
        let done = self.done.load(Relaxed);
        let seconds = self.began.elapsed().as_secs_f64();
        let since = done.saturating_sub(self.before.load(Relaxed));
        let expected = self.expected();
        Now {
            name: self.name.clone(),
            unit: self.unit,
            done,
            total: self.total.or(expected).map(|total| total.max(done)),
            is_expected: self.total.is_none() && expected.is_some(),
            is_fed: self.is_fed,
            seconds,
            rate: (since > 0 && seconds > 0.0).then(|| since as f64 / seconds),
            note: (self.note.lock())
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }

    fn expected(&self) -> Option<u64> {
        let (taken, read) = (self.taken.load(Relaxed), self.read.load(Relaxed));
        let bytes = self
            .bytes
            .filter(|_| taken > 0 && read > 0 && !self.is_unknown.load(Relaxed))?;
        // The end of the last file is read before its last records are counted.
        let share = (bytes as f64 / read as f64).max(1.0);
        Some((taken as f64 * share).round() as u64)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if self.began.elapsed().as_secs_f64() >= YOUNG {
            let mut ended = ENDED.lock().unwrap_or_else(PoisonError::into_inner);
            ended.push(self.now());
        }
    }
}

/// A step of long work; all copies are one step, which ends with the last of them.
#[derive(Clone)]
pub struct Step(Option<Arc<State>>);

impl Step {
    /// A step that nobody sees.
    pub fn none() -> Step {
        Step(None)
    }

    /// `total` of `unit` are to be done; None: unknown.
    pub fn new(name: &str, unit: &'static str, total: Option<usize>) -> Step {
        Step::open(name, unit, total.map(|total| total as u64), None, false)
    }

    /// What is read of these files (`-`: standard input) is to be worked on.
    pub fn of_files(name: &str, unit: &'static str, files: &[PathBuf]) -> Step {
        if !WATCHED.load(Relaxed) {
            return Step::none();
        }
        let bytes = files.iter().map(|file| size(file)).sum::<Option<u64>>();
        Step::open(name, unit, None, bytes, bytes.is_none())
    }

    fn open(
        name: &str,
        unit: &'static str,
        total: Option<u64>,
        bytes: Option<u64>,
        is_fed: bool,
    ) -> Step {
        if !WATCHED.load(Relaxed) {
            return Step::none();
        }
        let state = Arc::new(State {
            name: name.into(),
            unit,
            began: Instant::now(),
            total,
            bytes,
            is_fed,
            is_unknown: AtomicBool::new(false),
            done: AtomicU64::new(0),
            before: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            read: AtomicU64::new(0),
            note: Mutex::new(String::new()),
        });
        let mut steps = STEPS.lock().unwrap_or_else(PoisonError::into_inner);
        steps.push(Arc::downgrade(&state));
        Step(Some(state))
    }

    /// A new step in the place of one that reads, before anything is read.
    pub(super) fn renamed(&self, name: &str, unit: &'static str) -> Step {
        match &self.0 {
            Some(state) => Step::open(name, unit, None, state.bytes, false),
            None => Step::none(),
        }
    }

    /// So many more are done.
    pub fn add(&self, n: usize) {
        if let Some(state) = &self.0 {
            state.done.fetch_add(n as u64, Relaxed);
        }
    }

    /// So many were done before, and say nothing of how fast it goes.
    pub fn resume(&self, n: usize) {
        if let Some(state) = &self.0 {
            state.done.store(n as u64, Relaxed);
            state.before.store(n as u64, Relaxed);
        }
    }

    /// More to tell, made only where somebody watches.
    pub fn note(&self, text: impl FnOnce() -> String) {
        if let Some(state) = &self.0 {
            *state.note.lock().unwrap_or_else(PoisonError::into_inner) = text();
        }
    }

    /// So many more records are read.
    pub(super) fn took(&self, n: usize) {
        if let Some(state) = &self.0 {
            state.taken.fetch_add(n as u64, Relaxed);
        }
    }

    /// So many more records are read and done.
    pub fn read(&self, n: usize) {
        self.took(n);
        self.add(n);
    }

    /// The reader, its bytes counted.
    pub(super) fn counting(&self, raw: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match &self.0 {
            Some(state) => Box::new(Counting(raw, state.clone())),
            None => raw,
        }
    }

    /// The bytes read tell nothing of how many records there will be, as those of
    /// Parquet, which is read from its end and by row groups.
    pub fn is_of_unknown_length(&self) {
        if let Some(state) = &self.0 {
            state.is_unknown.store(true, Relaxed);
        }
    }
}

/// The bytes of a regular file that are to be read; None: it is none.
fn size(file: &Path) -> Option<u64> {
    let whole = |file: &File| Some(file.metadata().ok()?).filter(|m| m.is_file());
    if file != Path::new("-") {
        let known = std::fs::metadata(file).ok().filter(|m| m.is_file());
        return known.map(|m| m.len());
    }
    let mut stdin = standard_input()?;
    let bytes = whole(&stdin)?.len();
    Some(bytes.saturating_sub(stdin.stream_position().ok()?))
}

#[cfg(unix)]
fn standard_input() -> Option<File> {
    use std::os::fd::AsFd;
    let stdin = io::stdin().as_fd().try_clone_to_owned().ok()?;
    Some(File::from(stdin))
}

#[cfg(not(unix))]
fn standard_input() -> Option<File> {
    None
}

struct Counting(Box<dyn Read + Send>, Arc<State>);

impl Read for Counting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        self.1.read.fetch_add(read as u64, Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(total: Option<u64>, bytes: Option<u64>) -> State {
        State {
            name: "reading".into(),
            unit: RECORDS,
            began: Instant::now(),
            total,
            bytes,
            is_fed: false,
            is_unknown: false.into(),
            done: 30.into(),
            before: 10.into(),
            taken: 40.into(),
            read: 100.into(),
            note: Mutex::default(),
        }
    }

    #[test]
    fn the_total_is_known_or_expected_from_bytes_or_unknown() {
        let now = state(Some(50), None).now();
        assert_eq!((now.total, now.is_expected), (Some(50), false));
        // 40 records in 100 bytes are 160 in 400.
        let now = state(None, Some(400)).now();
        assert_eq!((now.total, now.is_expected), (Some(160), true));
        // A file that grew while it was read, or compressed ends.
        assert_eq!(state(None, Some(90)).now().total, Some(40));
        let now = state(None, None).now();
        assert_eq!((now.total, now.seconds_left()), (None, None));
    }

    #[test]
    fn what_was_done_before_is_no_rate() {
        let now = Now {
            seconds: 4.0,
            rate: Some(20.0 / 4.0),
            ..state(Some(50), None).now()
        };
        assert_eq!(now.seconds_left(), Some(4.0));
        let now = state(Some(50), None);
        now.before.store(30, Relaxed);
        assert_eq!(now.now().rate, None);
    }

    #[test]
    fn a_step_is_seen_until_its_last_copy_ends() {
        let names = || now().into_iter().map(|n| n.name).collect::<Vec<_>>();
        let unseen = Step::new("unseen", "rows", None);
        watch();
        let outer = Step::new("outer", "fits", Some(2));
        let inner = Step::new("inner", "rows", Some(9));
        let copy = inner.clone();
        copy.add(3);
        drop(inner);
        let seen = names();
        let place = |name: &str| seen.iter().position(|n| n == name);
        assert!(place("outer") < place("inner") && place("outer").is_some());
        assert_eq!(place("unseen"), None);
        assert!(now().iter().any(|n| n.name == "inner" && n.done == 3));
        drop(copy);
        drop((outer, unseen));
        assert!(!names().contains(&"inner".into()));
    }
}
