//! A pager: memory up to a limit, and beyond it pages of one temporary file.
//! Columns of numbers are kept in it.
//!
//! Whoever wants memory asks for it and gives it back; where there is none
//! left, it writes pages and reads them here, through a cache that all share.
//! Reading a number must not be a question everywhere, so a temporary file that
//! fails unwinds the work, and [`guard`], around the whole of it, makes an
//! [`Error`] of that. Memory beyond the limit: the cache, a sixteenth of the
//! limit but 4 to 16 MB; the last page of every column, at most 8 KB with its
//! growth; what is being sorted, another sixteenth; and 4 bytes a page.

use crate::temporary::{self, fault};
use rb_record::error::{Error, Result};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Bytes of a page: little, since curves read queries in no order.
pub const PAGE: usize = 1 << 12;

/// Shared by everything that must fit in it.
#[derive(Debug, Clone)]
pub struct Pager(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: usize,
    taken: AtomicUsize,
    file: OnceLock<File>,
    pages: Mutex<Pages>,
    /// Each page has one slot that it may be held in.
    slots: OnceLock<Box<[Mutex<Slot>]>>,
    /// Nothing can be read.
    broken: std::sync::atomic::AtomicBool,
}

/// Which pages are in use.
#[derive(Debug, Default)]
struct Pages {
    next: u32,
    free: Vec<u32>,
}

/// A page held in memory; None: none yet.
#[derive(Debug, Default)]
struct Slot {
    page: Option<u32>,
    bytes: Vec<u8>,
}

/// What unwinds where a temporary file fails.
struct Fault(Error);

fn unwind(e: Error) -> ! {
    // Not a panic: no hook is called and nothing is printed.
    resume_unwind(Box::new(Fault(e)))
}

/// Takes the value out of a result; an error unwinds to [`guard`].
pub fn must<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|e| unwind(e))
}

/// Does the work. Errors: its own, and a temporary file that cannot be made,
/// written or read.
pub fn guard<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What the work leaves half done is dropped with it.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(payload) => match payload.downcast::<Fault>() {
            Ok(fault) => Err(fault.0),
            Err(payload) => resume_unwind(payload),
        },
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever unwinds with a lock has left a state that is valid.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pager {
    /// For at most about `limit` bytes of memory.
    pub fn new(limit: usize) -> Pager {
        Pager(Arc::new(Shared {
            limit,
            taken: AtomicUsize::new(0),
            file: OnceLock::new(),
            pages: Mutex::default(),
            slots: OnceLock::new(),
            broken: Default::default(),
        }))
    }

    /// From now on nothing can be read: for tests of what follows from that.
    pub fn break_down(&self) {
        self.0.broken.store(true, Ordering::Relaxed);
    }

    /// Bytes of memory that may be taken.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// How much is not taken.
    pub fn left(&self) -> usize {
        let taken = self.0.taken.load(Ordering::Relaxed);
        self.0.limit.saturating_sub(taken)
    }

    /// Takes memory that is needed, left or not.
    pub fn take_more(&self, bytes: usize) {
        self.0.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether `bytes` of memory are left; they are then taken.
    pub fn take(&self, bytes: usize) -> bool {
        let more = |taken: usize| Some(taken + bytes).filter(|all| *all <= self.0.limit);
        let order = Ordering::Relaxed;
        self.0.taken.fetch_update(order, order, more).is_ok()
    }

    /// Gives memory back that was taken.
    pub fn give_back(&self, bytes: usize) {
        self.0.taken.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn file(&self) -> Result<&File> {
        if let Some(file) = self.0.file.get() {
            return Ok(file);
        }
        let file = temporary::file()?;
        Ok(self.0.file.get_or_init(|| file))
    }

    fn slot(&self, page: u32) -> &Mutex<Slot> {
        let slots = self.0.slots.get_or_init(|| {
            let slots = (self.0.limit / 16 / PAGE).clamp(1 << 10, 1 << 12);
            (0..slots).map(|_| Mutex::default()).collect()
        });
        &slots[page as usize % slots.len()]
    }

    /// Writes a page that is in no use; `bytes`: at most [`PAGE`].
    pub fn add(&self, bytes: &[u8]) -> u32 {
        let page = {
            let mut pages = lock(&self.0.pages);
            let next = pages.next;
            pages.free.pop().unwrap_or_else(|| {
                pages.next += 1;
                next
            })
        };
        // What it held before may still be in its slot, and be shorter.
        let mut slot = lock(self.slot(page));
        if slot.page == Some(page) {
            slot.page = None;
        }
        drop(slot);
        self.write(page, 0, bytes);
        page
    }

    /// Overwrites a part of a page.
    pub fn write(&self, page: u32, at: usize, bytes: &[u8]) {
        let from = page as u64 * PAGE as u64 + at as u64;
        let mut slot = lock(self.slot(page));
        let is_held = slot.page == Some(page);
        if is_held {
            slot.page = None;
        }
        must(
            self.file()
                .and_then(|file| (file.write_all_at(bytes, from)).map_err(|e| fault("write", &e))),
        );
        if is_held {
            slot.bytes[at..at + bytes.len()].copy_from_slice(bytes);
            slot.page = Some(page);
        }
    }

    /// Reads a part of a page, of which `length` bytes were written.
    pub fn read(&self, page: u32, length: usize, at: usize, into: &mut [u8]) {
        if self.0.broken.load(Ordering::Relaxed) {
            must(Err(temporary::damaged()))
        }
        let mut slot = lock(self.slot(page));
        if slot.page != Some(page) {
            slot.page = None;
            slot.bytes.resize(length, 0);
            must(self.file().and_then(|file| {
                (file.read_exact_at(&mut slot.bytes, page as u64 * PAGE as u64))
                    .map_err(|e| fault("read", &e))
            }));
            slot.page = Some(page);
        }
        into.copy_from_slice(&slot.bytes[at..at + into.len()]);
    }

    /// The pages may be used again.
    pub fn free(&self, pages: &[u32]) {
        lock(&self.0.pages).free.extend(pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_taken_up_to_the_limit_and_pages_are_used_again() {
        let pager = Pager::new(100);
        assert!(pager.take(60) && !pager.take(41) && pager.take(40));
        pager.give_back(40);
        assert!(pager.take(1));
        let [a, b] = [[1u8; PAGE], [2; PAGE]].map(|bytes| pager.add(&bytes));
        let read = |page: u32| {
            let mut byte = [0];
            pager.read(page, PAGE, PAGE - 1, &mut byte);
            byte[0]
        };
        assert_eq!((read(a), read(b)), (1, 2));
        pager.write(a, PAGE - 1, &[7]);
        assert_eq!(read(a), 7);
        pager.free(&[a]);
        assert_eq!(pager.add(&[3; PAGE]), a);
        assert_eq!((read(a), read(b)), (3, 2));
    }

    #[test]
    fn a_page_that_cannot_be_read_is_an_error_around_the_work() {
        let pager = Pager::new(0);
        let page = pager.add(&[1; PAGE]);
        pager.0.file.get().unwrap().set_len(17).unwrap();
        let read = || {
            let mut byte = [0];
            pager.read(page, PAGE, 0, &mut byte);
            Ok(byte[0])
        };
        for _ in 0..2 {
            let message = guard(read).unwrap_err().to_string();
            assert!(
                message.contains("cannot read a temporary file"),
                "{message}"
            );
            assert!(message.contains("--memory"), "{message}");
        }
        // Across threads, too.
        let both = guard(|| Ok(rayon::join(read, read).0));
        assert!(both.is_err());
        assert_eq!(guard(|| Ok(5)).unwrap(), 5);
    }
}
