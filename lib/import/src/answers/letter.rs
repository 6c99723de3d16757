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

use super::{boxed, joins};

/// The option chosen. None: no rule finds one.
pub(super) fn of(said: &str) -> Option<char> {
    boxed(said)
        .and_then(begun)
        .or_else(|| stated(said))
        .or_else(|| first_line(said))
        .or_else(|| bracketed(said))
        .or_else(|| alone(said))
}

/// Marks around a letter that say nothing.
fn is_mark(c: char) -> bool {
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
fn unmarked(text: &str) -> &str {
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
fn option(text: &str, at: usize) -> Option<char> {
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
fn is_word(text: &str, at: usize) -> bool {
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
fn ends(text: &str, at: usize) -> bool {
    let rest = text[at + 1..].trim_start_matches(|c: char| is_mark(c) || matches!(c, '>' | '}'));
    rest.is_empty() || rest.starts_with([')', ']', '.', ',', ';', ':', '\n', '\r'])
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
        let rest = unmarked(line).trim_start_matches("- ");
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cases: &[(&str, &str)]) {
        for (response, want) in cases {
            let got = of(response).map_or("none".to_string(), String::from);
            assert_eq!(got, *want, "{response:?}");
        }
    }

    #[test]
    fn a_letter_alone_is_the_answer() {
        check(&[
            ("B", "B"),
            ("A\n", "A"),
            (" C ", "C"),
            ("A)", "A"),
            ("A.", "A"),
            ("A:", "A"),
            ("(D)", "D"),
            ("D (", "D"),
            ("**B**", "B"),
            ("__B__", "B"),
            ("`C`", "C"),
            ("$A$", "A"),
            ("\"B\"", "B"),
            ("b", "B"),
            ("(c)", "C"),
            ("d.", "D"),
            ("I", "I"),
            ("Z", "Z"),
            ("\\(B\\)", "B"),
        ]);
    }

    #[test]
    fn words_are_no_letters() {
        check(&[
            ("", "none"),
            ("I do", "none"),
            ("I'm", "none"),
            ("I apologize", "none"),
            ("Unfortunately I", "none"),
            ("There is", "none"),
            ("A chart", "none"),
            ("A Tale", "none"),
            ("Dennis", "none"),
            ("13", "none"),
            ("* Jeremy", "none"),
            ("a tap", "none"),
            ("x-ray", "none"),
            ("a T-shirt", "none"),
            ("the U.S. army", "none"),
            ("Let f(A) = 3", "none"),
            ("A's hat", "none"),
            ("so A = 5", "none"),
            ("R&D", "none"),
            ("C++", "none"),
            ("Should I? So do I.", "none"),
            ("The answer is not here", "none"),
            ("The answer is a matter of taste", "none"),
            ("Answer: I think so", "none"),
        ]);
    }

    #[test]
    fn the_last_statement_of_the_answer_counts() {
        check(&[
            ("The answer is B.", "B"),
            ("The correct answer is: (C) a tap", "C"),
            ("The correct answer is **D**.", "D"),
            ("**Answer:** B", "B"),
            ("**Answer: B) a tap**", "B"),
            ("Final Answer\n\nC", "C"),
            ("ANSWER = A", "A"),
            ("The answer would therefore be option (B)", "B"),
            ("the best choice is the letter C", "C"),
            ("Answer: b", "B"),
            ("the answer is (a).", "A"),
            ("the answer is a.", "A"),
            ("So the answer is A because it runs.", "A"),
            ("<answer>B</answer>", "B"),
            ("{\"answer\": \"C\"}", "C"),
            ("{\"reasoning\": \"Not A.\", \"answer\": \"B\"}", "B"),
            ("The answer is \\text{B}.", "B"),
            ("The answer is B. No wait: the answer is C.", "C"),
            ("A) is wrong, so the answer is B", "B"),
            ("B is the correct answer. A and C are too hot.", "B"),
            ("Option C is correct. Option A is no tap.", "C"),
            ("The answer is not A, but the answer is D, not C", "D"),
            ("\u{7b54}\u{6848}\u{ff1a}B", "B"),
            ("Answer\u{ff1a}B", "B"),
            ("Answers: A, B", "B"),
        ]);
    }

    #[test]
    fn a_box_counts_most() {
        check(&[
            (r"The answer is A. \boxed{B}", "B"),
            (r"\boxed{\text{C}}", "C"),
            (r"$\boxed{(D)}$ is A", "D"),
            (r"\boxed{\textbf{(E)}\ 12}", "E"),
            (r"\boxed{b}", "B"),
            (r"\boxed{12} is A", "A"),
            (r"\boxed{Bob} or (C)", "C"),
        ]);
    }

    #[test]
    fn what_explains_a_first_letter_does_not_count() {
        check(&[
            ("B\n\nOption A is too hot and C too cold (D).", "B"),
            ("(B)\nAs (A) is too hot", "B"),
            ("C) a tap. It runs, unlike (A).", "C"),
            ("C. A tap runs", "C"),
            ("**B.** a tap, no (C)", "B"),
        ]);
    }

    #[test]
    fn options_that_are_listed_are_not_chosen() {
        let list = "A) a tap\nB) a dog\nC) a man\n";
        check(&[
            (list, "none"),
            (&format!("{list}So it is (B)."), "B"),
            (&format!("{list}I choose B"), "B"),
            (&format!("{list}The answer is C."), "C"),
            (&format!("- **A.** no\n- **B.** no\n\n{list}D"), "D"),
        ]);
    }

    #[test]
    fn brackets_come_before_bare_letters_and_the_last_before_others() {
        check(&[
            ("Not (A) but (B), vitamin C says", "B"),
            ("I would go with [C].", "C"),
            ("It must be A or B, so I say B", "B"),
            ("I think it is D", "D"),
            ("Plan A", "A"),
            ("\u{9009}B\u{3002}", "B"),
        ]);
    }

    #[test]
    fn no_text_stops_it() {
        for text in [
            "answer is",
            "answer: \u{1f600}B",
            "\\",
            "answer \\",
            "(",
            "A_",
            "\u{e9}",
            "answer is \u{e9}",
        ] {
            of(text);
        }
    }
}
