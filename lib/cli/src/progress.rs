//! Draws how far long work is, on standard error: the steps that it counts
//! ([`rb_record::stream::progress`]), from the second in which they are a second old.
//!
//! At a terminal one line renews itself; elsewhere nothing is said unless `--progress
//! plain` asks for whole lines, one every few seconds and one when such a step ends. The
//! work never waits for this: a thread looks at its counts.

use crate::warn;
use clap::ValueEnum;
use rb_record::stream::progress::{self, Now, YOUNG};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How far long work is, and where that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// A line that renews itself, where standard error is a terminal
    Auto,
    /// A line every five seconds and at the end of a step, for a log
    Plain,
    /// Nothing
    None,
}

const LOOK: Duration = Duration::from_millis(200);
const LINE: Duration = Duration::from_secs(5);

/// Records go to the terminal, where the line would come in between.
static HIDDEN: AtomicBool = AtomicBool::new(false);

/// What is drawn, until it is dropped.
pub(crate) struct Drawn(Option<Drawing>);

struct Drawing {
    end: Sender<()>,
    thread: JoinHandle<()>,
    at_terminal: bool,
}

/// Begins to draw, where anything is to be drawn.
pub(crate) fn draw(how: How) -> Drawn {
    let at_terminal = how == How::Auto && std::io::stderr().is_terminal();
    if warn::is_quiet() || !(at_terminal || how == How::Plain) {
        return Drawn(None);
    }
    progress::watch();
    let (end, ended) = channel::<()>();
    let look = move || {
        let mut next = Instant::now();
        while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            // A terminal's line has moved on to other steps.
            let ended = progress::ended();
            if at_terminal {
                renew();
                continue;
            }
            say_ended(&ended);
            if next <= Instant::now() {
                if let Some(line) = line(&progress::now()) {
                    warn::warn(line);
                    next = Instant::now() + LINE;
                }
            }
        }
    };
    Drawn(Some(Drawing {
        end,
        thread: std::thread::spawn(look),
        at_terminal,
    }))
}

impl Drop for Drawn {
    fn drop(&mut self) {
        if let Some(drawing) = self.0.take() {
            drop(drawing.end);
            // It only draws.
            let _ = drawing.thread.join();
            warn::clear();
            if !drawing.at_terminal {
                say_ended(&progress::ended());
            }
        }
    }
}

/// From now on records go to the terminal.
pub(crate) fn hide() {
    HIDDEN.store(true, Ordering::Relaxed);
    warn::renew(None);
}

/// The line at the terminal as it is now. A step that waits for a pipe leaves it to the
/// tool that writes there.
fn renew() {
    let mut steps = progress::now();
    steps.retain(|step| !step.is_fed);
    warn::renew(line(&steps).filter(|_| !HIDDEN.load(Ordering::Relaxed)));
}

fn say_ended(steps: &[Now]) {
    for step in steps.iter().filter(|step| !is_waiting(step)) {
        warn::warn(ended(step));
    }
}

/// Nothing of a pipe: it waits, and its count is no news.
fn is_waiting(step: &Now) -> bool {
    step.done == 0 && step.total.is_none() && !step.unit.is_empty()
}

/// As in "reading: 40,960 records in 40 s, 1,024/s". Less than a known total, where the
/// work broke off.
fn ended(step: &Now) -> String {
    let total = step
        .total
        .filter(|all| !step.is_expected && *all > step.done);
    let of = total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
    let count = match step.unit {
        "" => String::new(),
        unit => format!("{}{of} {unit} in ", grouped(step.done)),
    };
    let rate = step.rate.map_or(String::new(), rate);
    format!("{}: {count}{}{rate}", step.name, duration(step.seconds))
}

/// What the steps have come to: the outermost and the innermost that are worth a word.
fn line(steps: &[Now]) -> Option<String> {
    let is_shown = |s: &&Now| s.seconds >= YOUNG && !is_waiting(s);
    let shown: Vec<&Now> = steps.iter().filter(is_shown).collect();
    let (last, before) = shown.split_last()?;
    let outer = before.first().map(|outer| told(outer) + "; ");
    Some(outer.unwrap_or_default() + &told(last))
}

/// As in "reading 4,096 of about 40,000 records (10 %), 1,000/s, 36 s left".
fn told(step: &Now) -> String {
    let mut text = step.name.clone();
    match step.total {
        Some(total) => {
            let about = if step.is_expected { "about " } else { "" };
            let percent = 100 * step.done / total.max(1);
            text += &format!(
                " {} of {about}{} {} ({percent} %)",
                grouped(step.done),
                grouped(total),
                step.unit
            );
        }
        None if step.unit.is_empty() => text += &format!(", {}", duration(step.seconds)),
        None => text += &format!(" {} {}", grouped(step.done), step.unit),
    }
    text += &step.rate.map_or(String::new(), rate);
    if let Some(left) = step.seconds_left() {
        text += &format!(", {} left", duration(left));
    }
    if !step.note.is_empty() {
        text += &format!(", {}", step.note);
    }
    text
}

/// As in ", 1,024/s".
fn rate(rate: f64) -> String {
    match rate {
        r if r >= 10.0 => format!(", {}/s", grouped(r.round() as u64)),
        r if r >= 1.0 => format!(", {r:.1}/s"),
        r => format!(", {} each", duration(1.0 / r)),
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

/// With thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = (0..digits.len().div_ceil(3))
        .rev()
        .map(|g| {
            let end = digits.len() - 3 * g;
            &digits[end.saturating_sub(3)..end]
        })
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Now {
        Now {
            name: "reading".into(),
            unit: "records",
            done: 4096,
            total: Some(40_960),
            is_expected: true,
            is_fed: false,
            seconds: 4.0,
            rate: Some(1024.0),
            note: String::new(),
        }
    }

    #[test]
    fn a_step_tells_its_total_rate_and_time_left() {
        let text = "reading 4,096 of about 40,960 records (10 %), 1,024/s, 36 s left";
        assert_eq!(told(&reading()), text);
        let piped = Now {
            total: None,
            ..reading()
        };
        assert_eq!(told(&piped), "reading 4,096 records, 1,024/s");
        let passes = Now {
            name: "training".into(),
            unit: "passes",
            done: 1,
            total: Some(30),
            is_expected: false,
            seconds: 130.0,
            rate: Some(1.0 / 130.0),
            note: "loss 0.5".into(),
            ..reading()
        };
        let text = "training 1 of 30 passes (3 %), 2:10 each, 1:02:50 left, loss 0.5";
        assert_eq!(told(&passes), text);
    }

    #[test]
    fn a_step_that_has_ended_tells_its_count_and_time() {
        let text = "reading: 4,096 records in 4 s, 1,024/s";
        assert_eq!(ended(&reading()), text);
        let broken = Now {
            is_expected: false,
            ..reading()
        };
        let text = "reading: 4,096 of 40,960 records in 4 s, 1,024/s";
        assert_eq!(ended(&broken), text);
        let uncounted = Now {
            unit: "",
            rate: None,
            ..reading()
        };
        assert_eq!(ended(&uncounted), "reading: 4 s");
    }

    #[test]
    fn steps_younger_than_a_second_are_not_told() {
        let young = Now {
            seconds: 0.9,
            ..reading()
        };
        assert_eq!(line(std::slice::from_ref(&young)), None);
        let outer = Now {
            name: "calibrating".into(),
            ..reading()
        };
        let text = line(&[outer, young, reading()]).expect("two are old enough");
        assert!(text.starts_with("calibrating 4,096"), "{text}");
        assert!(text.contains(" left; reading 4,096"), "{text}");
    }
}
