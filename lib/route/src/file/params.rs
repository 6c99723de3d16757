//! A router's parameters: flags described beside the router's code, values as
//! text, read with a check. rb-fit makes its command line from the flags, and
//! the values used are kept in the router file.

use rb_record::error::{Error, Result};
use std::collections::BTreeMap;

/// One flag of a router: `--name VALUE` with its default ("" : none).
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Without the dashes.
    pub name: &'static str,
    /// What stands for the value in the help. "FILE": the flag names a file,
    /// and the router is given the file's text, since routers open no files. "":
    /// the flag has no value, and [`ON`] stands where it was given.
    pub value: &'static str,
    /// As it would be typed; "" where there is none.
    pub default: &'static str,
    /// One line for `--help`.
    pub help: &'static str,
}

impl Flag {
    /// Whether it takes no value.
    pub fn is_switch(&self) -> bool {
        self.value.is_empty()
    }
    /// Whether the value is the text of the file that the flag names.
    pub fn is_file(&self) -> bool {
        self.value == "FILE"
    }
}

/// The value of a switch that was given.
pub const ON: &str = "on";

/// `--strong`, shared by the two-model routers.
pub const STRONG: Flag = Flag {
    name: "strong",
    value: "MODEL",
    default: "",
    help: "The strong model [default: the best mean score on train]",
};

/// `--weak`, shared by the two-model routers.
pub const WEAK: Flag = Flag {
    name: "weak",
    value: "MODEL",
    default: "",
    help: "The weak model [default: the cheapest on the train hull]",
};

/// `--strong` of routers that have a form for two models beside one for all.
pub const STRONG_FORM: Flag = Flag {
    help: "Choose between two models by P(strong wins) [default with --weak: the best mean score on train]",
    ..STRONG
};

/// `--weak` of the same.
pub const WEAK_FORM: Flag = Flag {
    help:
        "Choose between two models by P(strong wins) [default with --strong: the cheapest on train]",
    ..WEAK
};

/// Values by flag name; every flag of the router is present.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Params(pub BTreeMap<String, String>);

impl Params {
    /// The defaults of `flags`.
    pub fn defaults(flags: &[Flag]) -> Params {
        Params(
            flags
                .iter()
                .map(|f| (f.name.to_string(), f.default.to_string()))
                .collect(),
        )
    }

    /// The value as given, "" where the flag has none.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The value where one was given.
    pub fn optional(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|v| !v.is_empty())
    }

    /// Whether a switch was given.
    pub fn is_on(&self, name: &str) -> bool {
        self.text(name) == ON
    }

    /// A whole number of at least `least`.
    pub fn count(&self, name: &str, least: usize) -> Result<usize> {
        let text = self.text(name);
        match text.parse::<usize>() {
            Ok(v) if v >= least => Ok(v),
            _ => Err(Error::usage(format!(
                "--{name} is {text:?}, expected a whole number of at least {least}"
            ))),
        }
    }

    /// A finite number in `low..=high`.
    pub fn number(&self, name: &str, low: f64, high: f64) -> Result<f64> {
        let text = self.text(name);
        match text.parse::<f64>() {
            Ok(v) if v.is_finite() && v >= low && v <= high => Ok(v),
            _ if high == f64::MAX => Err(Error::usage(format!(
                "--{name} is {text:?}, expected a number of at least {low}"
            ))),
            _ => Err(Error::usage(format!(
                "--{name} is {text:?}, expected a number in {low}..{high}"
            ))),
        }
    }

    /// One of the words in `words`; returns its place.
    pub fn word(&self, name: &str, words: &[&str]) -> Result<usize> {
        let text = self.text(name);
        words.iter().position(|w| *w == text).ok_or_else(|| {
            Error::usage(format!(
                "--{name} is {text:?}, expected one of {}",
                words.join(", ")
            ))
        })
    }

    /// The place of a model named by a flag, among `models`.
    pub fn model(&self, name: &str, models: &[String]) -> Result<Option<usize>> {
        let Some(wanted) = self.optional(name) else {
            return Ok(None);
        };
        match models.iter().position(|m| m == wanted) {
            Some(place) => Ok(Some(place)),
            None => Err(Error::usage(format!(
                "--{name} is {wanted:?}, which has no score on train; the models are {}",
                models.join(", ")
            ))),
        }
    }
}
