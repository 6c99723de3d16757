//! Prompts as sources have them: text, or messages and content parts, of which
//! the text is taken (`rb_record::record::prompt`) and the rest counted.

use rb_record::json;
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
    /// Prompts that look like such lists, and why the first of them is none.
    unread: u64,
    why: String,
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
            if let Some(why) = broken(&text, self.turns) {
                self.unread += 1;
                if self.unread == 1 {
                    self.why = why;
                }
            }
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
        let unread = (self.unread > 0).then(|| {
            format!(
                "in {} rows the prompt looks like a list of messages or parts but is {}; it stays the JSON that it is",
                self.unread, self.why
            )
        });
        match (self.read(), unread) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(format!("{source}: {one}")),
            (Some(read), Some(unread)) => Some(format!("{source}: {read}; {unread}")),
        }
    }

    fn read(&self) -> Option<String> {
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
            "in {} rows the prompt is a list of messages or parts; {what}",
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

/// Why a text that looks like messages or parts is none. None: it does not.
fn broken(text: &str, turns: Turns) -> Option<String> {
    let text = text.trim();
    if !text.starts_with('[') {
        return None;
    }
    let elements = json::elements(text).ok()?;
    let like = |element: &&str| {
        let members = json::members(element).unwrap_or_default();
        members
            .iter()
            .any(|m| matches!(&*m.key, b"role" | b"type" | b"content"))
    };
    let alike = !elements.is_empty() && elements.iter().all(like);
    prompt::read(text, turns).err().filter(|_| alike)
}
