//! Boxes of LaTeX, in which models put their answers.

/// What stands in the last `\boxed{…}` whose braces are balanced, trimmed;
/// braces with a backslash are text.
pub(super) fn boxed(text: &str) -> Option<&str> {
    let boxes = text.rmatch_indices("\\boxed");
    let mut contents = boxes.filter_map(|(at, command)| {
        let rest = text[at + command.len()..].trim_start();
        braced(rest).map(|(inside, _)| inside.trim())
    });
    contents.next()
}

/// What stands between the brace that the text begins with and the one that
/// ends it, and what follows.
pub(super) fn braced(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('{')?;
    let mut depth = 1;
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&inside[..at], &inside[at + 1..]));
        }
    }
    None
}
