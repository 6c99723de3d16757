//! Tokens of a prompt, for the routers that read text without an embedder.
//!
//! A run of letters, digits and underscores is one token; of scripts that are
//! written without spaces (Han, Hiragana, Katakana) every character is one; so
//! is every other visible character. White space separates and is no token.

/// The tokens of `text`, in order, as they stand there.
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens(text)
}

/// The iterator behind [`tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start();
        let first = rest.chars().next()?;
        let end = if runs_on(first) {
            rest.find(|c| !runs_on(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, rest) = rest.split_at(end);
        self.0 = rest;
        Some(token)
    }
}

/// Whether a token is a word, not a sign.
pub fn is_word(token: &str) -> bool {
    token
        .chars()
        .next()
        .is_some_and(|c| c == '_' || c.is_alphanumeric())
}

/// Whether a token is a character of a script without spaces.
pub fn stands_alone(token: &str) -> bool {
    token.chars().next().is_some_and(is_unspaced)
}

fn runs_on(c: char) -> bool {
    (c == '_' || c.is_alphanumeric()) && !is_unspaced(c)
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<&str> {
        tokens(text).collect()
    }

    #[test]
    fn words_are_runs_and_signs_stand_alone() {
        assert_eq!(
            all("  Let x_1=3.5;\n\tprüfe!"),
            ["Let", "x_1", "=", "3", ".", "5", ";", "prüfe", "!"]
        );
        assert!(all(" \n\u{2003}").is_empty());
        assert!(is_word("x_1") && is_word("_") && !is_word("="));
    }

    #[test]
    fn scripts_without_spaces_count_every_character() {
        assert_eq!(all("東京はabc"), ["東", "京", "は", "abc"]);
        assert!(stands_alone("東") && is_word("東") && !stands_alone("abc"));
        // Korean is written with spaces.
        assert_eq!(all("서울 시"), ["서울", "시"]);
    }
}
