//! What stands in the legend of a plane of cost and quality.

use crate::figure::pick::Picks;
use crate::figure::plane::naming::{Keys, Named};
use crate::plot::legend::{Entry, Sign};
use crate::plot::marks::{FRONTIER_STYLE, ZERO_STYLE};
use crate::plot::scene::{Kind, Scene};
use crate::text;

/// The legend: the routers without a name in the picture, then what the signs mean.
pub(crate) fn entries(scene: &Scene, picks: &Picks, named: &Named, keys: &Keys) -> Vec<Entry> {
    let mut entries = Vec::new();
    for curve in &scene.curves {
        if let (Some(look), false) = (picks.look(&curve.name), named.contains(&curve.name)) {
            entries.push(Entry::new(Sign::Router(look), curve.label()));
        }
    }
    if !picks.grey.is_empty() {
        let words = match picks.grey.len() {
            1 => "1 other router".to_string(),
            n => format!("{n} other routers"),
        };
        entries.push(Entry::new(Sign::Grey, words));
    }
    let keyed = keys.entries();
    for (key, kind, name) in &keyed {
        entries.push(Entry::new(Sign::Key(key.clone(), *kind), name.clone()));
    }
    if scene.more > 0 || keyed.is_empty() {
        let single = match scene.more {
            0 => "single model".to_string(),
            more => format!("single model (… {} more)", text::count(more as f64)),
        };
        entries.push(Entry::new(Sign::Mark(Kind::Model), single));
    }
    if scene.best.is_some() {
        let words = "best single model, and its quality";
        entries.push(Entry::new(Sign::Mark(Kind::BestSingle), words));
    }
    if scene.zero.len() > 1 {
        let words = "best mixtures of single models (zero)";
        entries.push(Entry::new(Sign::Line(ZERO_STYLE), words));
    }
    if scene.frontier.len() > 1 {
        entries.push(Entry::new(Sign::Line(FRONTIER_STYLE), "joint frontier"));
    }
    entries
}
