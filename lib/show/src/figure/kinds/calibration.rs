//! What a router expected against what it got: not drawn, because score records hold
//! no expectation. Who asks for it is told where it is.

use crate::figure::kind::{Drawn, Kind, Subject};
use rb_record::error::{Error, Result};

/// `--plot calibration`.
pub(super) const KIND: Kind = Kind {
    name: "calibration",
    help: "refused: score records hold no expected quality, and no option of rb-score adds it",
    draw,
};

fn draw(_: &Subject) -> Result<Drawn> {
    Err(Error::input(
        "score records hold what routers got, not what they expected, and no option of rb-score adds it; a saved router holds its expectation at every alpha: rb-route ROUTER.json --info",
    ))
}
