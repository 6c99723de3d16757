//! Python list literals, as pandas writes a column of lists into CSV:
//! `['first text', "second's text"]`.
//!
//! Strings in single or double quotes with the escapes of the Python language
//! reference (section "String and Bytes literals"); an unknown escape keeps
//! its backslash, as there. Two `\u` escapes that form a surrogate pair are the
//! one character they mean; a lone surrogate is no text and is refused.
//!
//! **Several elements** are joined by a line feed. A list that repeats one and
//! the same text is that text once: RouterBench's published table has such
//! lists where it pooled the rows of one sample.

use std::borrow::Cow;

/// What a cell's text turned out to be.
#[derive(Debug, PartialEq)]
pub(crate) enum Literal {
    /// Not a list of strings: plain text.
    Plain,
    List(Vec<String>),
    /// It begins and ends as a list of strings and is none: where, and why.
    Broken(usize, &'static str),
}

/// The text a cell means, or the offset and reason why it cannot be decoded.
pub(crate) fn text(cell: Cow<'_, str>) -> Result<Cow<'_, str>, (usize, &'static str)> {
    match decode(&cell) {
        Literal::Plain => Ok(cell),
        Literal::List(texts) => Ok(Cow::Owned(joined(&texts))),
        Literal::Broken(at, why) => Err((at, why)),
    }
}

/// Several texts as one.
pub(crate) fn joined<S: AsRef<str> + PartialEq>(texts: &[S]) -> String {
    match texts {
        [] => String::new(),
        [first, rest @ ..] if rest.iter().all(|t| t == first) => first.as_ref().to_string(),
        _ => {
            let all: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
            all.join("\n")
        }
    }
}

pub(crate) fn decode(text: &str) -> Literal {
    let inner = text.trim();
    if inner == "[]" {
        return Literal::List(Vec::new());
    }
    let opens = inner.starts_with("['") || inner.starts_with("[\"");
    let closes = inner.ends_with("']") || inner.ends_with("\"]");
    if !(opens && closes && inner.len() > 3) {
        return Literal::Plain;
    }
    let base = text.len() - text.trim_start().len();
    let mut scan = Scan { text: inner, at: 1 };
    let mut all = Vec::new();
    loop {
        match scan.string() {
            Ok(one) => all.push(one),
            Err(why) => return Literal::Broken(base + scan.at, why),
        }
        scan.blank();
        match scan.bump() {
            Some(',') => scan.blank(),
            Some(']') if scan.at == inner.len() => return Literal::List(all),
            _ => {
                return Literal::Broken(
                    base + scan.at,
                    "a string is not followed by a comma or the closing bracket",
                )
            }
        }
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl Scan<'_> {
    fn bump(&mut self) -> Option<char> {
        let c = self.text[self.at..].chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn blank(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn string(&mut self) -> Result<String, &'static str> {
        let quote = match self.bump() {
            Some(q @ ('\'' | '"')) => q,
            _ => return Err("an element does not begin with a quote"),
        };
        let mut out = String::new();
        loop {
            // Everything up to the next quote or escape is taken as it stands.
            let rest = &self.text[self.at..];
            let plain = rest.find([quote, '\\']).ok_or("a string does not end")?;
            out.push_str(&rest[..plain]);
            self.at += plain;
            if self.bump() == Some(quote) {
                return Ok(out);
            }
            self.escape(&mut out)?;
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, out: &mut String) -> Result<(), &'static str> {
        let Some(c) = self.bump() else {
            return Err("a string does not end");
        };
        let simple = match c {
            '\n' => return Ok(()),
            '\\' | '\'' | '"' => c,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'v' => '\x0b',
            'x' => return self.code(2).map(|c| out.push(c)),
            'u' => return self.code(4).map(|c| out.push(c)),
            'U' => return self.code(8).map(|c| out.push(c)),
            '0'..='7' => {
                let mut value = c as u32 - '0' as u32;
                for _ in 0..2 {
                    match self.text[self.at..].chars().next() {
                        Some(d @ '0'..='7') => {
                            value = value * 8 + (d as u32 - '0' as u32);
                            self.at += 1;
                        }
                        _ => break,
                    }
                }
                char::from_u32(value).ok_or("an octal escape is no character")?
            }
            other => {
                out.push('\\');
                other
            }
        };
        out.push(simple);
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Result<u32, &'static str> {
        let end = self.at + digits;
        let value = self
            .text
            .get(self.at..end)
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|d| u32::from_str_radix(d, 16).ok())
            .ok_or("an escape has too few hexadecimal digits")?;
        self.at = end;
        Ok(value)
    }

    fn code(&mut self, digits: usize) -> Result<char, &'static str> {
        const LONE: &str = "a lone surrogate is no text";
        let value = self.hex(digits)?;
        if !(0xd800..0xdc00).contains(&value) {
            return char::from_u32(value).ok_or(LONE);
        }
        if !self.text[self.at..].starts_with("\\u") {
            return Err(LONE);
        }
        self.at += 2;
        let low = self.hex(4)?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err(LONE);
        }
        char::from_u32(0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00)).ok_or(LONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        match decode(text) {
            Literal::List(all) => all,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn both_quotes_and_all_escapes_decode() {
        assert_eq!(list(r#"['it\'s "so"']"#), [r#"it's "so""#]);
        assert_eq!(list(r#"["it's so", 'b']"#), ["it's so", "b"]);
        assert_eq!(
            list(r"['a\nb\tc\\n\x41\u00e9\U0001F600\101\0']"),
            ["a\nb\tc\\nA\u{e9}\u{1f600}A\0"]
        );
        assert_eq!(list(r"['\ud83d\ude00']"), ["\u{1f600}"]);
        assert_eq!(list(r"['\d+ \%']"), [r"\d+ \%"], "unknown escapes stay");
        assert_eq!(
            list(" ['a' , 'b', ] ".replace(", ]", "]").as_str()),
            ["a", "b"]
        );
        assert_eq!(list("[]"), Vec::<String>::new());
        assert_eq!(list("['']"), [""]);
    }

    #[test]
    fn what_is_no_list_of_strings_is_plain_text() {
        for text in ["", "plain", "[1, 2]", "['a'] and more", "[x]", "['"] {
            assert_eq!(decode(text), Literal::Plain, "{text}");
        }
    }

    #[test]
    fn broken_lists_are_refused_with_the_place() {
        assert_eq!(
            decode("['a' 'b']"),
            Literal::Broken(
                6,
                "a string is not followed by a comma or the closing bracket"
            )
        );
        assert!(matches!(decode(r"['\ud83d']"), Literal::Broken(..)));
        assert!(matches!(decode(r"['\xZZ']"), Literal::Broken(..)));
        assert!(matches!(decode(r"['a\']"), Literal::Broken(..)));
        assert!(matches!(decode("['a', 1, 'b']"), Literal::Broken(..)));
    }

    #[test]
    fn elements_are_joined_and_a_repeated_text_stands_once() {
        assert_eq!(joined(&["a", "b"]), "a\nb");
        assert_eq!(joined(&["a", "a"]), "a");
        assert_eq!(joined(&["a", "b", "a"]), "a\nb\na");
        assert_eq!(joined::<&str>(&[]), "");
    }
}
