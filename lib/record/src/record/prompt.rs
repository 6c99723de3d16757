//! A prompt as people have it: text, a list of content parts, or a list of
//! messages (a conversation), in the shapes of the usual APIs and logs.
//!
//! - A **part** is a string or an object: `{"type":"text","text":…}` (also
//!   `input_text`, or `text` alone), an image (`image_url`, `image`,
//!   `input_image`), or something else, which is counted.
//! - A **message** is `{"role":…,"content":text or parts}`; `from` and `value`
//!   (ShareGPT), `parts` (Gemini) and one object `{"messages":[…]}` or
//!   `{"contents":[…]}` are known too.
//!
//! Read is the last turn of the user that holds text, or with [`Turns::All`]
//! the whole conversation. Texts of several parts are joined by a line feed.

use crate::json::{self, Member};
use std::borrow::Cow;

/// How much of a conversation is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Turns {
    /// The last turn of the user.
    #[default]
    Last,
    /// Every turn with text, each after its role, a blank line between them.
    All,
}

/// The text of a prompt and what stands beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt<'a> {
    /// The text; borrowed where the prompt was a string without escapes.
    pub text: Cow<'a, str>,
    /// Messages of the conversation; 0: it was none.
    pub messages: usize,
    /// Images, which no tool reads.
    pub images: usize,
    /// Parts that are neither text nor image: sound, files, calls of tools.
    pub others: usize,
}

/// The prompt that the JSON text `raw` stands for. Errors: why it is none, in
/// words that follow "the prompt is …".
pub fn read(raw: &str, turns: Turns) -> Result<Prompt<'_>, String> {
    if let Some(text) = json::string(raw) {
        return Ok(Prompt {
            text,
            ..Prompt::default()
        });
    }
    let list = match raw.as_bytes().first() {
        Some(b'[') => raw,
        Some(b'{') => conversation(raw)?,
        _ => return Err("neither text nor a list".into()),
    };
    let elements = json::elements(list).map_err(|e| e.message)?;
    if elements.is_empty() {
        return Err("an empty list".into());
    }
    let mut read = Prompt::default();
    let messages: Vec<Option<Message>> = elements
        .iter()
        .map(|element| Message::read(element))
        .collect::<Result<_, _>>()?;
    let text = if messages.iter().all(Option::is_some) {
        read.messages = messages.len();
        of_messages(messages.into_iter().flatten(), turns, &mut read)?
    } else if messages.iter().all(Option::is_none) {
        joined(&elements, &mut read)?
    } else {
        return Err("a list of both messages and parts".into());
    };
    if text.is_empty() {
        return Err(format!("without text ({})", read.beside()));
    }
    read.text = Cow::Owned(text);
    Ok(read)
}

/// The prompt of `text` that holds JSON, as a cell of a table may; `None`: it
/// is a text and no list of messages or parts, whatever it begins with.
pub fn in_text(text: &str, turns: Turns) -> Option<Prompt<'_>> {
    let text = text.trim();
    let listed = text.starts_with('[') || text.starts_with('{');
    read(text, turns).ok().filter(|_| listed && is_typed(text))
}

/// Whether a JSON list holds objects: a list of strings may be a text itself.
fn is_typed(text: &str) -> bool {
    let elements = json::elements(text).unwrap_or_default();
    text.starts_with('{') || elements.iter().all(|e| e.starts_with('{'))
}

impl Prompt<'_> {
    /// What stands beside the text, for people: `2 images, 1 other part`.
    pub fn beside(&self) -> String {
        let of = |n: usize, one: &str| match n {
            1 => format!("1 {one}"),
            n => format!("{n} {one}s"),
        };
        let known = [(self.images, "image"), (self.others, "other part")];
        let told = known.iter().filter(|(n, _)| *n > 0);
        let told: Vec<String> = told.map(|(n, one)| of(*n, one)).collect();
        if told.is_empty() {
            "nothing else either".into()
        } else {
            told.join(", ")
        }
    }
}

/// One turn of a conversation.
struct Message<'a> {
    role: Cow<'a, str>,
    /// JSON text: a string or parts; `None`: null, as beside a call of a tool.
    content: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// The message that `raw` is; `None`: it is no message.
    fn read(raw: &'a str) -> Result<Option<Message<'a>>, String> {
        if !raw.starts_with('{') {
            return Ok(None);
        }
        let members = object(raw)?;
        let role = value(&members, &["role", "from"]);
        let content = value(&members, &["content", "value", "parts"]);
        let Some(role) = role.and_then(json::string) else {
            return Ok(None);
        };
        Ok(Some(Message { role, content }))
    }

    fn is_of_user(&self) -> bool {
        matches!(&*self.role, "user" | "human")
    }

    /// The text of the content; what is no text is counted in `beside`.
    fn text(&self, beside: &mut Prompt) -> Result<String, String> {
        match self.content {
            None => Ok(String::new()),
            Some(content) => match json::string(content) {
                Some(text) => Ok(text.into_owned()),
                None => joined(&parts(content)?, beside),
            },
        }
    }
}

fn of_messages<'a>(
    messages: impl DoubleEndedIterator<Item = Message<'a>>,
    turns: Turns,
    beside: &mut Prompt,
) -> Result<String, String> {
    match turns {
        Turns::All => {
            let mut all = Vec::new();
            for message in messages {
                let text = message.text(beside)?;
                if !text.is_empty() {
                    all.push(format!("{}: {text}", message.role));
                }
            }
            Ok(all.join("\n\n"))
        }
        Turns::Last => {
            let mut users = 0;
            for message in messages.rev().filter(Message::is_of_user) {
                users += 1;
                let text = message.text(beside)?;
                if !text.is_empty() {
                    return Ok(text);
                }
            }
            match users {
                0 => Err("a list of messages without one of the user".into()),
                _ => Ok(String::new()),
            }
        }
    }
}

/// The texts of `parts`, a line feed between them.
fn joined(parts: &[&str], beside: &mut Prompt) -> Result<String, String> {
    let mut texts = Vec::new();
    for part in parts {
        if let Some(text) = json::string(part) {
            texts.push(text);
            continue;
        }
        if !part.starts_with('{') {
            return Err("a list of something else than messages or parts".into());
        }
        let members = object(part)?;
        let kind = value(&members, &["type"]).and_then(json::string);
        let text = value(&members, &["text"]).and_then(json::string);
        match (kind.as_deref(), text) {
            (Some("text" | "input_text" | "output_text") | None, Some(text)) => texts.push(text),
            (Some(kind), _) if kind.contains("image") => beside.images += 1,
            (None, _) if value(&members, &["image_url", "image"]).is_some() => beside.images += 1,
            (Some(_), _) => beside.others += 1,
            (None, None) => {
                return Err("a list of something else than messages or parts".into());
            }
        }
    }
    Ok(texts.join("\n"))
}

/// The list of parts that a content is.
fn parts(content: &str) -> Result<Vec<&str>, String> {
    if content.starts_with('{') {
        Ok(vec![content])
    } else {
        json::elements(content)
            .map_err(|_| "a list of messages of which one has neither text nor parts".into())
    }
}

/// The list of messages in an object that holds one, as a request does.
fn conversation(raw: &str) -> Result<&str, String> {
    value(&object(raw)?, &["messages", "contents", "conversations"])
        .filter(|list| list.starts_with('['))
        .ok_or_else(|| "an object without messages".into())
}

fn object(raw: &str) -> Result<Vec<Member<'_>>, String> {
    let members = json::members(raw).map_err(|e| e.message)?;
    match json::duplicate_key(&members) {
        None => Ok(members),
        Some(twice) => Err(format!(
            "a list with an object in which the key {:?} stands twice",
            String::from_utf8_lossy(&twice.key)
        )),
    }
}

/// The value of the first of `keys` that is there and not null.
fn value<'a>(members: &[Member<'a>], keys: &[&str]) -> Option<&'a str> {
    let of = |key: &&str| {
        let member = members.iter().find(|m| *m.key == *key.as_bytes());
        member.map(|m| m.value).filter(|v| *v != "null")
    };
    keys.iter().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str, turns: Turns) -> String {
        read(raw, turns).unwrap().text.into_owned()
    }

    const TALK: &str = r#"[{"role":"system","content":"Be short."},{"role":"user","content":"A river?"},{"role":"assistant","content":null},{"role":"user","content":[{"type":"text","text":"A longer"},{"type":"image_url","image_url":{"url":"data:,"}},{"type":"input_text","text":"one?"}]}]"#;

    #[test]
    fn the_prompt_of_a_conversation_is_the_last_turn_of_the_user_or_all_of_it() {
        let last = read(TALK, Turns::Last).unwrap();
        assert_eq!(last.text, "A longer\none?");
        assert_eq!((last.messages, last.images, last.others), (4, 1, 0));
        assert_eq!(
            text(TALK, Turns::All),
            "system: Be short.\n\nuser: A river?\n\nuser: A longer\none?"
        );
        let wrapped = format!("{{\"model\":\"m\",\"messages\":{TALK}}}");
        assert_eq!(text(&wrapped, Turns::Last), "A longer\none?");
    }

    #[test]
    fn other_spellings_say_the_same() {
        for raw in [
            r#""Hi \u00e9""#,
            r#"["Hi é"]"#,
            r#"[{"type":"text","text":"Hi é"}]"#,
            r#"[{"text":"Hi é"}]"#,
            r#"[{"from":"human","value":"Hi é"},{"from":"gpt","value":"Yes"}]"#,
            r#"{"contents":[{"role":"user","parts":[{"text":"Hi é"}]}]}"#,
            r#"[{"role":"user","content":"Hi é"},{"role":"user","content":[{"type":"tool_result","content":"7"}]}]"#,
        ] {
            assert_eq!(text(raw, Turns::Last), "Hi é", "{raw}");
        }
    }

    #[test]
    fn what_is_no_prompt_says_why() {
        for (raw, why) in [
            ("7", "neither text nor a list"),
            ("[]", "empty list"),
            ("[7]", "something else"),
            ("{\"a\":1}", "without messages"),
            (r#"[{"role":"assistant","content":"x"}]"#, "one of the user"),
            (
                r#"[{"type":"image_url","image_url":{}}]"#,
                "without text (1 image)",
            ),
            (r#"[{"role":"user","content":"x"},"y"]"#, "both"),
            (r#"[{"type":"text","text":"x","text":"y"}]"#, "stands twice"),
        ] {
            let error = read(raw, Turns::Last).unwrap_err();
            assert!(error.contains(why), "{raw}: {error}");
        }
    }

    #[test]
    fn a_cell_of_text_stays_text_unless_it_is_a_list_of_messages_or_parts() {
        for text in ["Hi", "[1, 2, 3]", "[\"a\",\"b\"]", "{\"a\":1}", "[sic] {}"] {
            assert_eq!(in_text(text, Turns::Last), None, "{text}");
        }
        let cell = format!(" {TALK}\n");
        assert_eq!(in_text(&cell, Turns::Last).unwrap().images, 1);
    }
}
