//! The answer to the question everybody asks, where it is no.

use crate::sentences::against::Against;
use crate::sentences::words::size;
use rb_record::thresholds::WORTH;

/// Whether any of `against`, by falling difference, is better than `best`; where
/// one is, its own sentence says so.
pub(crate) fn conclusion(against: &[Against], best: &str) -> Option<String> {
    let first = against.first()?;
    let one = against.len() == 1;
    let nobody = if one {
        format!("{} is not", first.name)
    } else {
        "No router is".into()
    };
    let at = &first.at;
    let worth = first.number("worth").unwrap_or(WORTH);
    let ruled_out = |a: &Against| a.interval.is_some_and(|(_, high)| high < worth);
    if against
        .iter()
        .all(|a| a.verdict != Some("yes") && ruled_out(a))
    {
        let size = size(worth);
        return Some(format!(
            "{nobody} better than {best} by {size} or more{at}."
        ));
    }
    if against
        .iter()
        .all(|a| a.verdict.is_some_and(|v| v != "yes"))
    {
        return Some(format!("{nobody} shown to be better than {best}{at}."));
    }
    // Sums in another order differ in the last bits.
    if first.diff < 1e-9 {
        if one {
            return Some(format!("{nobody} better than {best}{at}."));
        }
        let nearest = if first.is_equal() {
            format!("{} is exactly as good", first.name)
        } else if first.diff > -1e-9 {
            format!("{} does not differ from it on average", first.name)
        } else {
            format!("{} is {} below it", first.name, size(first.diff))
        };
        return Some(format!(
            "{nobody} better than {best}{at}; the nearest, {nearest}."
        ));
    }
    if first.diff < WORTH {
        let more = (first.diff * 1000.0 - 1e-6).ceil() / 1000.0;
        return Some(format!(
            "{nobody} better than {best} by more than {}{at}.",
            size(more)
        ));
    }
    None
}
