//! How far a long training is, in lines on standard error: after each pass and
//! every ten seconds, none in the first second.

use rb_cli as cli;
use rb_learn::optimise::progress::Progress;
use std::cell::Cell;
use std::time::{Duration, Instant};

const SILENT: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(10);

/// Hears of every step.
pub(crate) struct Telling {
    began: Instant,
    last: Cell<Instant>,
}

impl Telling {
    pub(crate) fn new() -> Telling {
        let now = Instant::now();
        Telling {
            began: now,
            last: Cell::new(now),
        }
    }

    pub(crate) fn hear(&self, p: &Progress) {
        let is_due = p.ends_epoch || self.last.get().elapsed() >= EVERY;
        if !is_due || self.began.elapsed() < SILENT {
            return;
        }
        self.last.set(Instant::now());
        let held = p
            .held
            .map_or(String::new(), |e| format!(", held out {e:.4}"));
        cli::warn(format_args!(
            "pass {} of {}, step {} of {}, loss {:.4}{held}, rate {:.2e}, {} left",
            p.epochs.0,
            p.epochs.1,
            p.steps.0,
            p.steps.1,
            p.loss,
            p.rate,
            duration(p.seconds_left)
        ));
    }
}

/// As 1:02:03, 2:03 or 3 s.
fn duration(seconds: f64) -> String {
    let all = seconds.round() as u64;
    let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}
