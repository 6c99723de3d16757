//! Names in the order in which people count: a run of digits is one number, so that
//! `knn@50` stands before `knn@100` and `gpt-4` before `gpt-10`.

use std::cmp::Ordering;

/// Compares character by character, runs of digits by their value; of names that are
/// equal so far (`a01`, `a1`) the order of their bytes decides, so that no two
/// different names are equal.
pub fn order(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a, b);
    loop {
        let (m, n) = (digits(x), digits(y));
        let found = if m > 0 && n > 0 {
            let found = number(&x[..m], &y[..n]);
            (x, y) = (&x[m..], &y[n..]);
            found
        } else {
            let (mut c, mut d) = (x.chars(), y.chars());
            let found = match (c.next(), d.next()) {
                (None, None) => return a.cmp(b),
                (c, d) => c.cmp(&d),
            };
            (x, y) = (c.as_str(), d.as_str());
            found
        };
        if found != Ordering::Equal {
            return found;
        }
    }
}

/// How many bytes of digits `text` begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Compares two runs of digits of any length by their value.
fn number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then(a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_digits_count_as_numbers() {
        let mut names = ["k@100", "k@50", "k", "k@9x", "j@200", "k@9", "é2", "k@050"];
        names.sort_by(|a, b| order(a, b));
        let expected = ["j@200", "k", "k@9", "k@9x", "k@050", "k@50", "k@100", "é2"];
        assert_eq!(names, expected);
        let long = "9".repeat(40);
        assert_eq!(order(&long, &format!("1{long}")), Ordering::Less);
    }
}
