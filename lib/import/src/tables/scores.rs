//! What a score's cell may say: a number, or a word that stands for one.
//!
//! Words for nothing (`NaN`, `null`, `n/a` …) are unknown in every column of
//! numbers. Known words of a score are true, false, correct, incorrect, pass,
//! fail, yes, no, C and I; [`Scores::words`] adds others.

use crate::tables::fields::{FIELDS, SCORE};
use std::cell::Cell;

/// How scores are to be read.
pub type Range = Option<(f64, f64)>;

/// How the cells of scores are to be read.
#[derive(Debug, Default)]
pub struct Scores {
    /// Scores run from the first to the second; None: 0..1 already.
    pub range: Range,
    /// Words and their scores in that range; None: unknown.
    pub words: Vec<(String, Option<f64>)>,
    /// A score at most a tenth of the range beyond its end is the end.
    pub clamp: bool,
    /// How many scores were brought back to an end.
    pub clamped: Cell<u64>,
}

/// What a cell of numbers says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reading {
    /// Nothing: it is unknown.
    Unknown,
    /// A number, finite or not, in the field's range or not.
    Value(f64),
    /// Neither.
    Other,
}

/// How far beyond the range a score may lie to be clamped, in ranges.
const BEYOND: f64 = 0.1;

/// Words for nothing, in lower case.
const NOTHING: [&str; 9] = ["", "nan", "none", "null", "n/a", "na", "nil", "-", "<na>"];

/// Words for a score of 1 and of 0, in lower case.
const WORDS: [(&str, &str); 5] = [
    ("true", "false"),
    ("correct", "incorrect"),
    ("pass", "fail"),
    ("yes", "no"),
    ("c", "i"),
];

/// Whether a text stands for nothing.
pub(crate) fn is_nothing(text: &str) -> bool {
    text.len() <= 4 && NOTHING.contains(&&*text.to_ascii_lowercase())
}

impl Scores {
    /// Whether scores of records are to be changed.
    pub(crate) fn changes(&self) -> bool {
        self.range.is_some() || self.clamp || !self.words.is_empty()
    }

    /// What `text`, without spaces around it, says in the field of that number.
    pub(crate) fn read(&self, field: usize, text: &str) -> Reading {
        let is_score = field == SCORE;
        if is_score {
            if let Some((_, value)) = self.words.iter().find(|(word, _)| word == text) {
                return value.map_or(Reading::Unknown, Reading::Value);
            }
        }
        if is_nothing(text) {
            return Reading::Unknown;
        }
        if let Ok(value) = text.parse() {
            return Reading::Value(value);
        }
        let word = text.to_ascii_lowercase();
        match WORDS
            .iter()
            .find(|(one, zero)| word == *one || word == *zero)
        {
            Some((one, _)) if is_score => Reading::Value(self.end(word == *one)),
            _ => Reading::Other,
        }
    }

    /// The score that true or false stands for: before a range is applied.
    pub(crate) fn end(&self, high: bool) -> f64 {
        high as u8 as f64
    }

    /// The value if it is allowed in the field, a score brought to 0..1.
    pub(crate) fn in_range(&self, field: usize, value: f64) -> Option<f64> {
        let (_, low, high, _) = FIELDS[field];
        if field != SCORE {
            return (value >= low && value <= high).then_some(value);
        }
        let (from, to) = self.range.unwrap_or((low, high));
        let slack = if self.clamp {
            BEYOND * (to - from)
        } else {
            0.0
        };
        if !(value >= from - slack && value <= to + slack) {
            return None;
        }
        if value < from || value > to {
            self.clamped.set(self.clamped.get() + 1);
        }
        let value = value.clamp(from, to);
        Some(if self.range.is_some() {
            (value - from) / (to - from)
        } else {
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_rescaled_and_its_ends_are_kept() {
        let scores = Scores {
            range: Some((1.0, 10.0)),
            ..Scores::default()
        };
        assert_eq!(scores.in_range(0, 1.0), Some(0.0));
        assert_eq!(scores.in_range(0, 10.0), Some(1.0));
        assert_eq!(scores.in_range(0, 10.5), None);
        assert_eq!(scores.in_range(0, f64::NAN), None);
        assert_eq!(scores.in_range(1, 12.0), Some(12.0), "a cost stays");
        assert_eq!(scores.in_range(1, f64::INFINITY), None);
        assert_eq!(Scores::default().in_range(0, f64::NAN), None);
        assert_eq!(
            Scores::default().in_range(0, -0.0).map(f64::to_bits),
            Some((-0.0f64).to_bits())
        );
    }

    #[test]
    fn clamping_moves_what_is_slightly_out_alone() {
        let scores = Scores {
            clamp: true,
            ..Scores::default()
        };
        for (value, want) in [
            (-0.033, Some(0.0)),
            (1.05, Some(1.0)),
            (0.4, Some(0.4)),
            (85.0, None),
            (-0.2, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(scores.in_range(0, value), want, "{value}");
        }
        assert_eq!(scores.clamped.get(), 2);
    }

    #[test]
    fn words_are_known_in_scores_only_and_nothing_everywhere() {
        let scores = Scores {
            words: vec![("up".into(), Some(1.0)), ("broken".into(), None)],
            ..Scores::default()
        };
        for (text, want) in [
            ("up", Reading::Value(1.0)),
            ("broken", Reading::Unknown),
            ("PASS", Reading::Value(1.0)),
            ("I", Reading::Value(0.0)),
            ("No", Reading::Value(0.0)),
            ("NaN", Reading::Unknown),
            ("N/A", Reading::Unknown),
            ("0.5", Reading::Value(0.5)),
            ("Paris", Reading::Other),
        ] {
            assert_eq!(scores.read(0, text), want, "{text}");
        }
        assert_eq!(scores.read(1, "yes"), Reading::Other);
        assert_eq!(scores.read(1, "None"), Reading::Unknown);
    }
}
