//! Panics of another project's code as errors. A damaged file must never end a
//! tool with a backtrace; what reads it here may panic, and does at some bytes.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// This thread's panics are caught and say nothing.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `run` returns. None: it panicked; whatever it had in hand is to be
/// dropped.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    let was = QUIET.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(run));
    QUIET.set(was);
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_none_and_later_ones_are_heard_again() {
        assert_eq!(caught(|| 3), Some(3));
        assert_eq!(caught(|| "x".parse::<u8>().expect("a number")), None);
        assert!(!QUIET.get());
    }
}
