//! The answer that a model's response comes to, in a form in which equal
//! answers are equal texts.
//!
//! | form | the answer |
//! |---|---|
//! | letter | the letter of an option, A–Z (`letter.rs`) |
//! | number | the last number (`number.rs`) |
//! | boxed | what stands in the last `\boxed{…}` whose braces are balanced, trimmed |
//! | text | all of it: trimmed, runs of white space one blank, small letters |
//!
//! What a model thought aloud before the last `</think>` is no part of its
//! response; one that begins with `<think>` and never ends it has no answer.

mod boxes;
mod letter;
#[cfg(test)]
mod letter_tests;
mod number;
mod words;

use std::borrow::Cow;

/// How an answer is made from a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerForm {
    /// The letter of an option.
    Letter,
    /// The last number.
    Number,
    /// What was put into a box.
    Boxed,
    /// The whole text.
    Text,
}

impl AnswerForm {
    /// Every form.
    pub const ALL: [AnswerForm; 4] = [Self::Letter, Self::Number, Self::Boxed, Self::Text];

    /// Its name, as `--answer-from` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Number => "number",
            Self::Boxed => "boxed",
            Self::Text => "text",
        }
    }

    /// The form of that name.
    pub fn from_name(name: &str) -> Option<AnswerForm> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// The answer in a response, never empty. None: there is none in it.
    pub fn of(self, response: &str) -> Option<String> {
        let said = said(response)?;
        let answer = match self {
            Self::Letter => letter::of(said)?.to_string(),
            Self::Number => number::of(said)?,
            Self::Boxed => boxes::boxed(said)?.to_string(),
            Self::Text => {
                let words: Vec<&str> = said.split_whitespace().collect();
                words.join(" ").to_lowercase()
            }
        };
        (!answer.is_empty()).then_some(answer)
    }
}

/// An answer as a source tells it: trimmed. None: it is empty.
pub(crate) fn told(answer: Cow<'_, str>) -> Option<Cow<'_, str>> {
    match answer.trim() {
        "" => None,
        trimmed if trimmed.len() == answer.len() => Some(answer),
        trimmed => Some(Cow::Owned(trimmed.to_string())),
    }
}

/// What a model said, without what it thought before. None: it only thought.
fn said(response: &str) -> Option<&str> {
    match response.rsplit_once("</think>") {
        Some((_, said)) => Some(said),
        None if response.trim_start().starts_with("<think>") => None,
        None => Some(response),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(form: AnswerForm, response: &str) -> Option<String> {
        form.of(response)
    }

    #[test]
    fn the_last_balanced_box_counts() {
        for (response, want) in [
            (r"so \boxed{42}.", Some("42")),
            (
                r"\boxed{1} then $\boxed{ \frac{3}{4} }$",
                Some(r"\frac{3}{4}"),
            ),
            (r"\boxed{a{b{c}}d} e}", Some("a{b{c}}d")),
            (r"\boxed {7}", Some("7")),
            (r"\boxed{\{1, 2\}}", Some(r"\{1, 2\}")),
            (r"\boxed{\left\{ x \right.}", Some(r"\left\{ x \right.")),
            (r"\boxed{5} and cut off: \boxed{6", Some("5")),
            (r"\boxed{}", None),
            (r"\boxed", None),
            ("no box", None),
            ("\\boxed{\u{e9}\u{4e2d}}", Some("\u{e9}\u{4e2d}")),
        ] {
            let got = of(AnswerForm::Boxed, response);
            assert_eq!(got.as_deref(), want, "{response}");
        }
    }

    #[test]
    fn texts_are_equal_but_for_case_and_white_space() {
        for (response, want) in [
            ("  A  Tap\n\t.", Some("a tap .")),
            ("\u{c9}T\u{c9}", Some("\u{e9}t\u{e9}")),
            (" \n ", None),
            ("", None),
        ] {
            assert_eq!(of(AnswerForm::Text, response).as_deref(), want);
        }
    }

    #[test]
    fn thoughts_are_no_part_of_a_response() {
        let thought = "<think>Is it A? The answer is C.</think>\n\nB";
        assert_eq!(of(AnswerForm::Letter, thought).as_deref(), Some("B"));
        assert_eq!(of(AnswerForm::Text, thought).as_deref(), Some("b"));
        let cut = "<think>The answer is C. But";
        for form in AnswerForm::ALL {
            assert_eq!(form.of(cut), None);
            assert_eq!(AnswerForm::from_name(form.name()), Some(form));
        }
        let headless = "it is 4, no 5</think> 6";
        assert_eq!(of(AnswerForm::Number, headless).as_deref(), Some("6"));
    }

    #[test]
    fn told_answers_are_trimmed() {
        assert_eq!(told(" B\n".into()).as_deref(), Some("B"));
        assert_eq!(told("b c".into()).as_deref(), Some("b c"));
        assert_eq!(told(" ".into()), None);
    }

    /// Texts of what the rules look at, in any order.
    fn pieces() -> impl Strategy<Value = String> {
        let pieces = [
            "A",
            "B",
            "I",
            "x",
            "b",
            "answer",
            "option",
            "is",
            "correct",
            "(",
            ")",
            ".",
            ":",
            " ",
            "\n",
            "*",
            "_",
            "\\",
            "\\boxed",
            "\\frac",
            "{",
            "}",
            "-",
            "+",
            "$",
            "%",
            "/",
            "^",
            ",",
            "0",
            "1",
            "12",
            "345",
            "e",
            "10^",
            "\u{d7}",
            "\u{2212}",
            "\u{e9}",
            "\u{7b54}",
            "\u{1f600}",
            "</think>",
            "<think>",
            "- ",
            "th",
            "'",
        ];
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24)
            .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn an_answer_is_its_own_answer_and_never_empty(text in pieces()) {
            for form in AnswerForm::ALL {
                let Some(answer) = form.of(&text) else { continue };
                prop_assert!(!answer.is_empty());
                // What was in a box is in none now.
                if form != AnswerForm::Boxed && !answer.contains("think>") {
                    let again = form.of(&answer);
                    prop_assert_eq!(again.as_deref(), Some(&*answer), "{:?}", form);
                }
            }
        }

        #[test]
        fn no_text_stops_it(text in ".*") {
            for form in AnswerForm::ALL {
                form.of(&text);
            }
        }
    }
}
