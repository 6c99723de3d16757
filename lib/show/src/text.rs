//! Numbers and names as a person reads them in a line of text.

use unicode_width::UnicodeWidthStr;

/// What stands where nothing is known.
pub const UNKNOWN: &str = "–";

/// `name` without line breaks and other control characters.
pub fn clean(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// Columns that `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` with blanks after it.
pub fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` with blanks before it.
pub fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` broken at blanks into lines of at most `columns`; later lines are
/// indented by `indent`. A word that is too long stays whole.
pub fn wrap(text: &str, columns: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let more = width(word);
        if used > 0 && used + 1 + more > columns {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = indent;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += more;
    }
    out.push('\n');
    out
}

/// A value that rounds to nothing has no sign.
fn unsigned_zero(v: f64, digits: i32) -> f64 {
    let unit = 10f64.powi(digits);
    if (v * unit).round() == 0.0 {
        0.0
    } else {
        v
    }
}

/// 0..1 as points of 100: `83.7`.
pub fn points(v: f64) -> String {
    format!("{:.1}", unsigned_zero(v * 100.0, 1))
}

/// A difference in points: `+1.5`, `-0.3`, `0.0`.
pub fn signed_points(v: f64) -> String {
    match unsigned_zero(v * 100.0, 1) {
        v if v > 0.0 => format!("+{v:.1}"),
        v => format!("{v:.1}"),
    }
}

/// A share in percent: `33 %`.
pub fn percent(v: f64) -> String {
    format!("{:.0} %", unsigned_zero(v * 100.0, 0))
}

/// A relative change in percent: `+2.1 %`.
pub fn signed_percent(v: f64) -> String {
    format!("{} %", signed_points(v))
}

/// A distance between 0 and √2.
pub fn distance(v: f64) -> String {
    format!("{v:.3}")
}

/// An interval in points: `[82.1, 85.9]`.
pub fn interval((low, high): (f64, f64)) -> String {
    format!("[{}, {}]", points(low), points(high))
}

/// An interval of differences in points.
pub fn signed_interval((low, high): (f64, f64)) -> String {
    format!("[{}, {}]", signed_points(low), signed_points(high))
}

/// A count with its thousands apart: `1,659`.
pub fn count(v: f64) -> String {
    grouped(&format!("{v:.0}"))
}

/// An amount with three significant digits: `0.0123`, `4.50`, `1,234`.
pub fn amount(v: f64) -> String {
    if v == 0.0 {
        return "0".into();
    }
    let digits = 2 - v.abs().log10().floor() as i32;
    grouped(&format!("{v:.*}", digits.clamp(0, 12) as usize))
}

/// A number of digits as its whole part, with thousands apart.
pub fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        let follow = whole.len() - i;
        if i > 0 && follow % 3 == 0 && digit != '-' && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(1659.0), "1,659");
        assert_eq!(count(1234567.0), "1,234,567");
        assert_eq!(amount(0.012345), "0.0123");
        assert_eq!(amount(4.5), "4.50");
        assert_eq!(amount(1234.4), "1,234");
        assert_eq!(grouped("-123456.5"), "-123,456.5");
        assert_eq!(signed_points(-0.0002), "0.0");
        assert_eq!(signed_points(0.0151), "+1.5");
        assert_eq!(signed_percent(-0.02), "-2.0 %");
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(width("模型"), 4);
        assert_eq!(right("模型", 6), "  模型");
        assert_eq!(wrap("one two three", 7, 2), "one two\n  three\n");
        assert_eq!(clean("a\nb"), "a\u{fffd}b");
    }
}
