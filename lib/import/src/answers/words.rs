//! Where a letter stands alone, and where it belongs to a word or a formula.

/// Whether a character next to a letter or a digit makes one word with it. In
/// scripts without blanks between words none does.
pub(super) fn joins(c: char) -> bool {
    c == '_' || (c.is_alphanumeric() && c < '\u{2e80}')
}

/// Marks around a letter that say nothing.
pub(super) fn is_mark(c: char) -> bool {
    matches!(
        c,
        '*' | '_'
            | '`'
            | '"'
            | '\''
            | '\u{201c}'
            | '\u{2018}'
            | '('
            | '['
            | '{'
            | '$'
            | '#'
            | '<'
            | '|'
    )
}

/// The text without the marks, blanks and LaTeX commands that it begins with.
pub(super) fn unmarked(text: &str) -> &str {
    let mut rest = text;
    loop {
        let next = rest.trim_start_matches(|c: char| c.is_whitespace() || is_mark(c) || c == '>');
        let next = match next.strip_prefix('\\') {
            // Also the \( and \[ of formulas.
            Some(command) => command.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
            None => next,
        };
        if next.len() == rest.len() {
            return rest;
        }
        rest = next;
    }
}

/// The letter at that place, in capitals, if it stands alone.
pub(super) fn option(text: &str, at: usize) -> Option<char> {
    let rest = &text[at..];
    let letter = rest.chars().next().filter(char::is_ascii_alphabetic)?;
    let mut before = text[..at].chars().rev();
    let (near, far) = (before.next(), before.next());
    // _ may be Markdown's.
    let touches = |c: char| (joins(c) && c != '_') || matches!(c, '-' | '/' | '^' | '&' | '@');
    let after_point = near == Some('.') && far.is_some_and(joins);
    let of_word = near == Some('\'') && far.is_some_and(joins);
    // f(A) is a formula's.
    let called = matches!(near, Some('(' | '[')) && far.is_some_and(|c| joins(c) && c != '_');
    if near.is_some_and(touches) || after_point || of_word || called {
        return None;
    }
    let mut after = rest.chars().skip(1);
    let (near, far) = (after.next(), after.next());
    let goes_on = match near {
        Some('\'' | '\u{2019}' | '-' | '.' | '_') => far.is_some_and(|c| joins(c) && c != '_'),
        Some(c) => (joins(c) && c != '_') || matches!(c, '(' | '/' | '^' | '&' | '@' | '+'),
        None => false,
    };
    (!goes_on).then_some(letter.to_ascii_uppercase())
}

/// Words after an A or I that stands for an option.
const NO_NOUNS: [&str; 7] = ["because", "since", "as", "is", "and", "or", "but"];

/// Whether the A or I at that place is a word of the sentence.
pub(super) fn is_word(text: &str, at: usize) -> bool {
    if !text[at..].starts_with(['A', 'I', 'a', 'i']) {
        return false;
    }
    let rest = &text[at + 1..];
    let next = rest.trim_start_matches([' ', '\t']);
    let word = &next[..next.len() - next.trim_start_matches(char::is_alphanumeric).len()];
    next.len() < rest.len() && !word.is_empty() && !NO_NOUNS.contains(&word)
}

/// Whether a small letter at that place may be an option: nothing of a
/// sentence follows.
pub(super) fn ends(text: &str, at: usize) -> bool {
    let rest = text[at + 1..].trim_start_matches(|c: char| is_mark(c) || matches!(c, '>' | '}'));
    rest.is_empty() || rest.starts_with([')', ']', '.', ',', ';', ':', '\n', '\r'])
}
