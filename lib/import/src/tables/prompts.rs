//! Prompts as sources have them: text, or messages and content parts, of which
//! the text is taken (`rb_record::record::prompt`) and the rest counted.

use rb_record::record::prompt::{self, Prompt, Turns};
use std::borrow::Cow;

/// How prompts are read, and what was met.
#[derive(Debug, Default)]
pub(crate) struct Prompts {
    turns: Turns,
    /// Prompts that were lists of messages or parts.
    lists: u64,
    images: u64,
    others: u64,
}

impl Prompts {
    pub(crate) fn new(turns: Turns) -> Prompts {
        Prompts {
            turns,
            ..Prompts::default()
        }
    }

    /// The prompt of a cell's text, which may hold messages or parts as JSON.
    pub(crate) fn of_text<'a>(&mut self, text: Cow<'a, str>) -> Cow<'a, str> {
        let Some(found) = prompt::in_text(&text, self.turns) else {
            return text;
        };
        self.count(&found);
        Cow::Owned(found.text.into_owned())
    }

    /// The prompt that a JSON value stands for. Errors: why it is none, in
    /// words that follow "the prompt is …".
    pub(crate) fn of_json<'a>(&mut self, raw: &'a str) -> Result<Cow<'a, str>, String> {
        let found = prompt::read(raw, self.turns)?;
        if !raw.starts_with('"') {
            self.count(&found);
            return Ok(found.text);
        }
        Ok(self.of_text(found.text))
    }

    fn count(&mut self, found: &Prompt) {
        self.lists += 1;
        self.images += found.images as u64;
        self.others += found.others as u64;
    }

    /// What a person should know of it. None: all prompts were text.
    pub(crate) fn note(&self, source: &str) -> Option<String> {
        if self.lists == 0 {
            return None;
        }
        let what = match self.turns {
            Turns::Last => {
                "the prompt is the last turn of the user (--prompt all: the whole conversation)"
            }
            Turns::All => "the prompt is the whole conversation",
        };
        let mut note = format!(
            "{source}: in {} rows the prompt is a list of messages or parts; {what}",
            self.lists
        );
        for (count, name) in [(self.images, "images"), (self.others, "other parts")] {
            if count > 0 {
                note.push_str(&format!("; {count} {name} are not read"));
            }
        }
        Some(note)
    }
}
