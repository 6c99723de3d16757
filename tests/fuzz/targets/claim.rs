//! `--assert` claims of rb-score: the first line is the claim, the rest are the
//! score records it is held against.

use rb_score::assertion::{failures, Assertion};

pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (claim, records) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(claim) = Assertion::parse(claim) else {
        return;
    };
    // Both outcomes are fine; what is refused says so.
    let _ = claim.check(&["kmeans".into(), "a.b".into()], Some("knn"), &["aiq"]);
    let _ = failures(&[claim], records);
}
