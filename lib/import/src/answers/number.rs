//! The last number of a response, in one normal form.
//!
//! **Which.** The last number in the last `\boxed{…}`, if that has one, else of
//! the whole response. Digits that belong to a word (`x2`, `Q3`), to an exponent
//! or an index (`cm^2`, `a_1`) or to an ordinal (`3rd`) are none; units may
//! follow at once (`5km`). A number spelt in letters is none.
//!
//! **What is one.** Digits, with commas between groups of three (also `{,}`,
//! `\,` and narrow or fixed blanks), a decimal point, `e` and an exponent, or
//! `× 10^n`. A comma before anything but three digits ends the number. A minus
//! counts where it stands at the number (or its `$`, `€`, `£`, `¥`) and not
//! behind another one (`5-3`). `a/b` and `\frac{a}{b}` of whole numbers are
//! fractions.
//!
//! **Normal form.** Plain decimal, exact: no plus, no leading zeros, no zeros
//! at the end of the decimals, no point without decimals, no `-0`; `1e3` is
//! 1000, and beyond 60 digits `d.ddd` with an exponent. Signs of currency and
//! `%` are dropped: 50 % is 50, not 0.5. A fraction is a decimal where that ends
//! (3/4 is 0.75), else reduced (4/6 is 2/3).

use super::boxes::{boxed, braced};
use super::words::joins;

/// The last number of a response. None: there is none in it.
pub(super) fn of(said: &str) -> Option<String> {
    boxed(said).and_then(last).or_else(|| last(said))
}

/// The last number of a text.
fn last(text: &str) -> Option<String> {
    let mut found = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(next) = rest.find(|c: char| c.is_ascii_digit() || c == '.' || c == '\\') else {
            break;
        };
        at += next;
        let rest = &text[at..];
        if let Some((number, length)) = latex_fraction(rest) {
            found = Some(signed(number, &text[..at]));
            at += length;
        } else if !starts(rest) {
            at += 1;
        } else if continues(&text[..at]) {
            at += rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
        } else {
            let parted = Some(rest).filter(|_| !text[..at].ends_with('/'));
            let (number, length) = parted.and_then(fraction).unwrap_or_else(|| {
                let (number, length) = decimal(rest);
                (number.normal(), length)
            });
            if !is_ordinal(&rest[length..]) {
                found = Some(signed(number, &text[..at]));
            }
            at += length;
        }
    }
    found
}

/// Whether a number starts here: a digit, or a point and one.
fn starts(text: &str) -> bool {
    digits(text.strip_prefix('.').unwrap_or(text)) > 0
}

/// Whether digits after `before` are a part of something else.
fn continues(before: &str) -> bool {
    let raised = before.strip_suffix(['-', '+']).unwrap_or(before);
    let raised = raised.strip_suffix('{').unwrap_or(raised);
    before.ends_with(joins) || raised.ends_with(['^', '_'])
}

/// How many ASCII digits the text begins with.
fn digits(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len()
}

fn is_ordinal(after: &str) -> bool {
    let word = &after[..after.len() - after.trim_start_matches(joins).len()];
    ["st", "nd", "rd", "th"].contains(&word)
}

/// The number with the sign that stands before it.
fn signed(number: String, before: &str) -> String {
    let currency = ["\\$", "$", "\u{20ac}", "\u{a3}", "\u{a5}"];
    let before = currency
        .iter()
        .find_map(|c| before.strip_suffix(*c))
        .unwrap_or(before);
    let signs = ['-', '\u{2212}', '\u{2013}'];
    let negative = before.strip_suffix(signs).is_some_and(|before| {
        let before = before.strip_suffix('$').unwrap_or(before);
        !before.ends_with(|c: char| joins(c) || matches!(c, ')' | ']' | '}' | '%'))
    });
    minus(number, negative)
}

/// The number, or what it is less than 0.
fn minus(number: String, negative: bool) -> String {
    if negative && number != "0" {
        format!("-{number}")
    } else {
        number
    }
}

/// A decimal that is not negative: its digits as a whole number times ten to
/// the exponent.
struct Decimal {
    digits: String,
    exponent: i64,
}

/// How many digits are written out.
const LONGEST: i64 = 60;

impl Decimal {
    fn normal(&self) -> String {
        let digits = self.digits.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return "0".into();
        }
        let length = significant.len() as i64;
        // Digits before the point.
        let whole = digits.len() as i64 + self.exponent;
        let zeros = |n: i64| "0".repeat(n as usize);
        if whole > LONGEST.max(length) || whole < -LONGEST {
            let (first, rest) = significant.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            return format!("{first}{point}{rest}e{}", whole - 1);
        }
        if whole <= 0 {
            return format!("0.{}{significant}", zeros(-whole));
        }
        if whole >= length {
            return format!("{significant}{}", zeros(whole - length));
        }
        let (before, after) = significant.split_at(whole as usize);
        format!("{before}.{after}")
    }
}

/// What may stand between groups of three digits.
const GROUPS: [&str; 6] = [",", "{,}", "\\,", "\u{a0}", "\u{202f}", "\u{2009}"];

/// The number that the text starts with, and its length.
fn decimal(text: &str) -> (Decimal, usize) {
    let mut at = digits(text);
    let mut all = text[..at].to_string();
    if (1..=3).contains(&at) {
        while let Some(length) = GROUPS.iter().find_map(|gap| {
            let group = text[at..].strip_prefix(gap)?;
            (digits(group) == 3).then_some(gap.len() + 3)
        }) {
            at += length;
            all.push_str(&text[at - 3..at]);
        }
    }
    let mut exponent = 0;
    let decimals = text[at..].strip_prefix('.').map_or(0, digits);
    if decimals > 0 {
        all.push_str(&text[at + 1..at + 1 + decimals]);
        exponent -= decimals as i64;
        at += 1 + decimals;
    }
    if let Some((more, length)) = power(&text[at..]) {
        exponent += more;
        at += length;
    }
    let digits = all;
    (Decimal { digits, exponent }, at)
}

/// The exponent after a number, `e-5` or `× 10^{-5}`, and the length of it all.
fn power(text: &str) -> Option<(i64, usize)> {
    let rest = match text.strip_prefix(['e', 'E']) {
        Some(rest) => rest,
        None => {
            let times = text.trim_start_matches(' ');
            let signs = ["\u{d7}", "\\times", "\\cdot", "\u{b7}", "*", "x"];
            let ten = signs.iter().find_map(|sign| times.strip_prefix(sign))?;
            let raised = ten.trim_start_matches(' ').strip_prefix("10^")?;
            raised.strip_prefix('{').unwrap_or(raised)
        }
    };
    let unsigned = rest.strip_prefix(['+', '-', '\u{2212}']).unwrap_or(rest);
    let length = digits(unsigned);
    let value: i64 = unsigned[..length].parse().ok().filter(|v| *v < 10_000)?;
    let after = &unsigned[length..];
    if after.starts_with(joins) {
        return None;
    }
    let sign = if rest.starts_with(['-', '\u{2212}']) {
        -1
    } else {
        1
    };
    let after = after.strip_prefix('}').unwrap_or(after);
    Some((sign * value, text.len() - after.len()))
}

/// `a/b` in normal form, and its length.
fn fraction(text: &str) -> Option<(String, usize)> {
    let above = digits(text);
    let rest = text[above..].strip_prefix('/')?;
    let below = digits(rest);
    let after = &rest[below..];
    // 12/25/2031 is a date, 1/2.5 is none of the two.
    let goes_on = after
        .strip_prefix(['/', '.'])
        .is_some_and(|t| digits(t) > 0);
    if goes_on || after.starts_with(joins) {
        return None;
    }
    let value = ratio(&text[..above], &rest[..below])?;
    Some((value, above + 1 + below))
}

/// `\frac{a}{b}` in normal form, and its length.
fn latex_fraction(text: &str) -> Option<(String, usize)> {
    let commands = ["\\frac", "\\dfrac", "\\tfrac"];
    let rest = commands.iter().find_map(|c| text.strip_prefix(c))?;
    let (above, rest) = braced(rest.trim_start())?;
    let (below, rest) = braced(rest.trim_start())?;
    let (above, below) = (above.trim(), below.trim());
    let unsigned = above.trim_start_matches('-');
    let value = ratio(unsigned, below)?;
    let negative = unsigned.len() < above.len();
    Some((minus(value, negative), text.len() - rest.len()))
}

/// The most digits of a fraction's parts.
const PARTS: usize = 17;

/// Two whole numbers as a decimal, or as a reduced fraction where that never
/// ends. None: they are none, too long, or the second is 0.
fn ratio(above: &str, below: &str) -> Option<String> {
    let whole = |text: &str| {
        let sound = (1..=PARTS).contains(&text.len()) && digits(text) == text.len();
        sound.then(|| text.parse::<u64>().ok()).flatten()
    };
    let (above, below) = (whole(above)?, whole(below).filter(|v| *v > 0)?);
    let common = gcd(above, below);
    let (above, below) = (above / common, below / common);
    let mut power: u128 = 1;
    for exponent in 0..=PARTS {
        if power.is_multiple_of(u128::from(below)) {
            let digits = (u128::from(above) * (power / u128::from(below))).to_string();
            let exponent = -(exponent as i64);
            return Some(Decimal { digits, exponent }.normal());
        }
        power *= 10;
    }
    Some(format!("{above}/{below}"))
}

fn gcd(a: u64, b: u64) -> u64 {
    match b {
        0 => a,
        _ => gcd(b, a % b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cases: &[(&str, &str)]) {
        for (response, want) in cases {
            let got = of(response);
            assert_eq!(got.as_deref().unwrap_or("none"), *want, "{response}");
        }
    }

    #[test]
    fn the_last_number_counts() {
        check(&[
            ("42", "42"),
            ("First 3, then 4.", "4"),
            ("We get 12 + 30 = 42 apples.", "42"),
            ("#### 18", "18"),
            ("four", "none"),
            ("", "none"),
            ("...", "none"),
            ("\u{7b54}\u{6848}\u{662f}5\u{3002}", "5"),
            (r"It is \boxed{17}, checked in 2 ways.", "17"),
            (r"It is \boxed{x}, so 2.", "2"),
            ("It is \\", "none"),
        ]);
    }

    #[test]
    fn numbers_have_one_normal_form() {
        check(&[
            ("1,234,567", "1234567"),
            (r"1{,}234 or 5\,678", "5678"),
            ("1\u{202f}234", "1234"),
            ("3, 4", "4"),
            ("1,23", "23"),
            ("1,2345", "2345"),
            ("1234,567", "567"),
            ("$1,250.00", "1250"),
            ("-$5", "-5"),
            ("$-5.50", "-5.5"),
            ("$5$-3", "3"),
            ("$5-$3", "3"),
            (r"\$7", "7"),
            ("\u{20ac}3", "3"),
            ("50%", "50"),
            ("12.0", "12"),
            ("12.", "12"),
            ("0012.3400", "12.34"),
            (".5", "0.5"),
            ("0.050", "0.05"),
            ("+3", "3"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("000", "0"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
        ]);
    }

    #[test]
    fn powers_of_ten_are_written_out() {
        check(&[
            ("1e3", "1000"),
            ("1.5E-3", "0.0015"),
            ("2.50e+2", "250"),
            ("1e100", "1e100"),
            ("12.50e99", "1.25e100"),
            ("3e-80", "3e-80"),
            ("0e9999", "0"),
            (r"6.02 \times 10^{23}", "602000000000000000000000"),
            ("1.2 \u{d7} 10^-2", "0.012"),
            ("3 x 10^2", "300"),
            ("3 x 4", "4"),
            ("5 eggs", "5"),
            ("5e", "5"),
        ]);
    }

    #[test]
    fn a_minus_is_a_sign_only_before_a_number() {
        check(&[
            ("-7", "-7"),
            ("x = \u{2212}7", "-7"),
            ("5-3", "3"),
            ("5 - 3", "3"),
            ("pages 3\u{2013}9", "9"),
            ("(2)-3", "3"),
            ("(-3)", "-3"),
            ("2^{-3}", "2"),
        ]);
    }

    #[test]
    fn digits_of_other_things_are_no_numbers() {
        check(&[
            ("7 cm^2", "7"),
            ("7 m^{2}", "7"),
            ("a_1", "none"),
            ("x2 and GPT4", "none"),
            ("8 on the 3rd day", "8"),
            ("5km", "5"),
            ("1.2.3", "1.2"),
        ]);
    }

    #[test]
    fn fractions_are_decimals_where_those_end() {
        check(&[
            ("3/4", "0.75"),
            ("6/3", "2"),
            ("4/6", "2/3"),
            ("-1/3", "-1/3"),
            ("0/5", "0"),
            ("5/0", "0"),
            ("12/25/2031", "2031"),
            (r"\frac{3}{4}", "0.75"),
            (r"$-\dfrac{1}{8}$", "-0.125"),
            (r"\frac{-1}{3}", "-1/3"),
            (r"\frac{x}{7}", "7"),
            (r"\boxed{\frac{10}{4}}", "2.5"),
            (
                "12345678901234567/99999999999999999",
                "12345678901234567/99999999999999999",
            ),
        ]);
    }
}
