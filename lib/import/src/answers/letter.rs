//! The letter of the option that a response chooses, A–Z, by the first of these
//! rules that finds one:
//!
//! 1. the last `\boxed{…}`, if it begins with a letter;
//! 2. the last statement of the answer: `answer`, `choice` or `option`, then
//!    `is`, `be`, `:` or the like, then the letter (`The best answer is
//!    therefore (B).`); or the letter, then `is correct` or `is the right …`;
//! 3. the first line, if it is the letter alone or begins with it and one of
//!    `)`, `.`, `:`, `]`;
//! 4. the last letter in brackets, `(B)`, `[B]`, or before one, `B)`;
//! 5. the last capital letter that stands alone.
//!
//! A letter is alone if nothing that makes a word or a formula with it touches
//! it (`T-shirt`, `U.S.`, `f(A)`, `A's`). Marks of Markdown, HTML and LaTeX
//! around it are looked through. Small letters count in 1, in 2 before a point, a
//! bracket or the line's end, and where they are the whole response. An `A` or
//! `I` before another word of its line is an article or a pronoun, unless that
//! word is `because` or the like. Where the lines of a response list the options
//! (`A) …` and `B) …`), rules 3 to 5 pass over the letters that begin them.

use super::boxes::boxed;
use super::words::{ends, is_mark, is_word, joins, option, unmarked};

/// The option chosen. None: no rule finds one.
pub(super) fn of(said: &str) -> Option<char> {
    boxed(said)
        .and_then(begun)
        .or_else(|| stated(said))
        .or_else(|| first_line(said))
        .or_else(|| bracketed(said))
        .or_else(|| alone(said))
}

/// The letter that a box begins with.
fn begun(content: &str) -> Option<char> {
    let rest = unmarked(content);
    let at = content.len() - rest.len();
    option(content, at).filter(|_| !is_word(content, at))
}

const CUES: [&str; 3] = ["answer", "choice", "option"];
const LINKS: [&str; 7] = ["is", "be", "was", "are", "should", "must", "would"];
const FILLERS: [&str; 26] = [
    "will",
    "therefore",
    "thus",
    "then",
    "hence",
    "so",
    "clearly",
    "most",
    "likely",
    "probably",
    "definitely",
    "indeed",
    "actually",
    "the",
    "letter",
    "option",
    "choice",
    "answer",
    "correct",
    "right",
    "best",
    "final",
    "closest",
    "to",
    "my",
    "which",
];

/// The last statement of the answer.
fn stated(text: &str) -> Option<char> {
    let small = text.to_ascii_lowercase();
    let mut found: Option<(usize, char)> = None;
    let mut keep = |at: usize, letter: char| {
        if found.is_none_or(|(last, _)| last <= at) {
            found = Some((at, letter));
        }
    };
    for cue in CUES {
        for (from, _) in small.match_indices(cue) {
            let free = !small[..from].ends_with(joins);
            if let Some((at, letter)) = after_cue(text, &small, from + cue.len()).filter(|_| free) {
                keep(at, letter);
            }
        }
    }
    for (at, _) in text.match_indices(|c: char| c.is_ascii_uppercase()) {
        if let Some(letter) = option(text, at).filter(|_| is_confirmed(&small[at + 1..])) {
            keep(at, letter);
        }
    }
    found.map(|(_, letter)| letter)
}

/// The letter that follows a cue, and its place.
fn after_cue(text: &str, small: &str, from: usize) -> Option<(usize, char)> {
    let mut at = from;
    let mut linked = false;
    if small[at..].starts_with(|c: char| joins(c) && c != '_') {
        return None;
    }
    loop {
        let c = small[at..].chars().next()?;
        if c.is_ascii_alphabetic() {
            let length = small[at..].len() - small[at..].trim_start_matches(joins).len();
            let word = small[at..at + length].trim_end_matches('_');
            if word.len() == 1 {
                let sure =
                    text[at..].starts_with(|c: char| c.is_ascii_uppercase()) || ends(text, at);
                let letter = option(text, at).filter(|_| linked && sure && !is_word(text, at))?;
                return Some((at, letter));
            }
            let links = LINKS.contains(&word);
            if !links && !FILLERS.contains(&word) {
                return None;
            }
            linked |= links;
            at += word.len();
            continue;
        }
        match c {
            ':' | '=' | '\n' | '>' | '\u{2192}' | '\u{ff1a}' => linked = true,
            '\\' => {
                let command = small[at + 1..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
                at = small.len() - command.len();
                continue;
            }
            _ if c.is_whitespace() || is_mark(c) => {}
            ')' | ']' | ',' | '-' | '\u{2013}' | '\u{2014}' => {}
            _ => return None,
        }
        at += c.len_utf8();
    }
}

/// Whether what follows a letter says that it is the answer.
fn is_confirmed(after: &str) -> bool {
    let after =
        after.trim_start_matches(|c: char| is_mark(c) || matches!(c, ')' | ']' | '}' | ' '));
    let mut words = after.split([' ', '\n', '.', ',', '*', ';', '!']);
    let fillers = [
        "the",
        "most",
        "likely",
        "therefore",
        "clearly",
        "thus",
        "only",
    ];
    words.next() == Some("is")
        && words
            .find(|word| !fillers.contains(word))
            .is_some_and(|word| ["correct", "right", "best", "answer"].contains(&word))
}

/// The letter that the first line is, or begins with.
fn first_line(text: &str) -> Option<char> {
    let text = text.trim();
    let at = text.len() - unmarked(text).len();
    let letter = option(text, at)?;
    let rest = text[at + 1..].trim_start_matches(|c: char| is_mark(c) || matches!(c, '}' | '>'));
    let line = rest.lines().next().unwrap_or_default();
    let bare = |line: &str| {
        line.chars()
            .all(|c| is_mark(c) || " )].:}>*,;!\\\u{201d}\u{2019}".contains(c))
    };
    if !text[at..].starts_with(|c: char| c.is_ascii_uppercase()) {
        return bare(rest.trim_end()).then_some(letter);
    }
    let begins = line.starts_with([')', '.', ':', ']']);
    (bare(line) || (begins && listed(text).is_empty())).then_some(letter)
}

/// The places of the letters that begin lines, if those list several options.
fn listed(text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut letters = Vec::new();
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        let rest = unmarked(unmarked(line).trim_start_matches("- "));
        let at = from + line.len() - rest.len();
        from += line.len();
        let rest = rest.get(1..).unwrap_or_default();
        let rest = rest.trim_start_matches('*');
        let heads = text[at..].starts_with(|c: char| c.is_ascii_uppercase());
        if heads && rest.starts_with([')', '.', ':', ']']) && !rest[1..].trim().is_empty() {
            if let Some(letter) = option(text, at) {
                places.push(at);
                letters.push(letter);
            }
        }
    }
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 2 {
        places.clear();
    }
    places
}

/// The capital letters that stand alone, the last first, but those that begin the
/// lines of a list.
fn options(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let heads = listed(text);
    let all = text.rmatch_indices(|c: char| c.is_ascii_uppercase());
    all.filter(move |(at, _)| !heads.contains(at))
        .filter_map(|(at, _)| Some((at, option(text, at)?)))
}

/// The last letter in brackets, or before one.
fn bracketed(text: &str) -> Option<char> {
    options(text).find_map(|(at, letter)| {
        let rest = text[at + 1..].trim_start_matches(['*', '_', '`']);
        rest.starts_with([')', ']']).then_some(letter)
    })
}

/// The last letter that stands alone and is no word.
fn alone(text: &str) -> Option<char> {
    options(text).find_map(|(at, letter)| {
        let next = text[at + 1..].trim_start_matches([' ', '\t']);
        let formula = next.starts_with(['=', '+', '<', '>']) && next.len() < text.len() - at - 1;
        let pronoun = letter == 'I';
        (!formula && !pronoun && !is_word(text, at)).then_some(letter)
    })
}
