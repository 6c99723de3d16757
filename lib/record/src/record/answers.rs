//! Line mode: a program waits for one line for each line that it wrote, so a
//! record that cannot be used is answered too, with what is wrong.
//!
//! The answer is the record with the member `error` =
//! `{"tool":…,"code":…,"message":…,"line":…,"column":…}` (`code` is the exit
//! code of such an error, `line` and `column` its place), every other byte of
//! it as it was; where the line is no JSON object, nothing but that member. A
//! record that a tool before has answered so is passed on as it is.

use crate::error::{Error, Kind, Result};
use crate::json;
use crate::record::splice;
use crate::stream::Line;
use serde::Serialize;

/// The member that tells what is wrong.
const FIELD: &str = "error";

/// Answers line for line and counts those that are errors.
#[derive(Debug)]
pub struct Answers {
    tool: &'static str,
    failed: u64,
    first: Option<String>,
}

#[derive(Serialize)]
struct Failure<'a> {
    tool: &'a str,
    code: u8,
    message: &'a str,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
}

impl Answers {
    /// `tool`: who answers, as in `rb-route`.
    pub fn of(tool: &'static str) -> Answers {
        Answers {
            tool,
            failed: 0,
            first: None,
        }
    }

    /// What `work` makes of `line`, or its error as a line, be it the record's or
    /// an endpoint's that may answer the next one. Errors: what the command line
    /// asks for cannot be.
    pub fn answer(
        &mut self,
        line: &Line,
        work: impl FnOnce(&Line) -> Result<Vec<u8>>,
    ) -> Result<Vec<u8>> {
        if has_failed(line) {
            return Ok(line.bytes().to_vec());
        }
        match work(line) {
            Err(e) if !matches!(e.kind, Kind::Usage | Kind::ClosedPipe) => Ok(self.fail(line, &e)),
            done => done,
        }
    }

    /// The line that tells `error` in place of an answer to `line`.
    pub fn fail(&mut self, line: &Line, error: &Error) -> Vec<u8> {
        self.failed += 1;
        self.first.get_or_insert_with(|| error.to_string());
        // Numbers and text always serialise.
        let told = serde_json::to_string(&Failure {
            tool: self.tool,
            code: error.kind.exit_code(),
            message: &error.message,
            line: line.number(),
            column: error.place.as_ref().map(|place| place.column),
        })
        .unwrap_or_default();
        let text = std::str::from_utf8(line.bytes()).unwrap_or_default();
        match json::members(text) {
            Ok(members) => {
                let mut out = Vec::with_capacity(text.len() + told.len() + 12);
                splice::splice_object(text, &members, &[(FIELD, &told)], &mut out);
                out
            }
            Err(_) => format!("{{\"{FIELD}\":{told}}}").into_bytes(),
        }
    }

    /// At the end: an error with exit code 1 if any line was answered with one.
    pub fn finish(self) -> Result<()> {
        match self.first {
            None => Ok(()),
            Some(first) => Err(Error::new(
                Kind::Failed,
                format!(
                    "answered {} bad records with an error; the first: {first}",
                    self.failed
                ),
            )),
        }
    }
}

/// Whether a tool before has answered with an error.
fn has_failed(line: &Line) -> bool {
    let of = |text: &str, key: &str| -> Option<String> {
        let members = json::members(text).ok()?;
        let member = members.iter().find(|m| *m.key == *key.as_bytes())?;
        Some(member.value.to_string())
    };
    // Few records have the member, and then a search is cheaper than parsing.
    let named = line.bytes().windows(7).any(|w| w == b"\"error\"");
    let tool = || of(&of(std::str::from_utf8(line.bytes()).ok()?, FIELD)?, "tool");
    named && tool().is_some_and(|tool| tool.starts_with("\"rb-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_record_is_answered_with_its_own_fields_and_passed_on_by_the_next_tool() {
        let mut answers = Answers::of("rb-embed");
        let refuse = |line: &Line| Err(Error::input("no prompt").at(line.place(4)));
        let mut said = |text: &str| {
            let line = Line::new(text.into(), "stdin".into(), 7);
            let out = answers.answer(&line, refuse).unwrap();
            String::from_utf8(out).unwrap()
        };
        let told = r#"{"tool":"rb-embed","code":3,"message":"no prompt","line":7,"column":5}"#;
        let answered = said(r#"{"id": 2.50, "x":1 }"#);
        assert_eq!(
            answered,
            format!(r#"{{"id": 2.50, "x":1,"error":{told} }}"#)
        );
        assert_eq!(said("[1]"), format!(r#"{{"error":{told}}}"#));
        assert_eq!(said(""), format!(r#"{{"error":{told}}}"#));
        // Its own member of that name gives way; another tool's error stays.
        assert_eq!(said(r#"{"error":"x"}"#), format!(r#"{{"error":{told}}}"#));
        assert_eq!(said(&answered), answered);
        let end = answers.finish().unwrap_err();
        assert_eq!(end.kind, Kind::Failed);
        assert!(end.message.starts_with("answered 4 bad records"), "{end}");
    }

    #[test]
    fn a_fault_that_is_not_of_the_record_ends_the_tool() {
        let mut answers = Answers::of("rb-route");
        let line = Line::new(b"{}".to_vec(), "stdin".into(), 1);
        let usage = answers.answer(&line, |_| Err(Error::usage("no")));
        assert_eq!(usage.unwrap_err().kind, Kind::Usage);
        assert!(answers.finish().is_ok());
    }
}
