//! Which routers a picture shows, and which of them have a look of their own:
//! `--only` and `--top`.

use crate::figure::style::Style;
use crate::natural;
use crate::panel::Panel;
use crate::plot::marks::Look;
use crate::scores::Router;
use crate::text;
use rb_record::error::{Error, Result};
use std::collections::BTreeSet;

/// The routers that are shown.
pub struct Picks {
    /// With a look of their own, in natural order: their place is their look.
    pub coloured: Vec<String>,
    /// Grey, in natural order.
    pub grey: Vec<String>,
    /// What the coloured are the best by; none: all are coloured.
    pub by: Option<&'static str>,
}

/// By what routers are ranked: AIQ, the mean quality over the range of cost, where all
/// have it; else quality at the end of the curve.
fn ranks(panel: &Panel, names: &BTreeSet<&str>) -> (&'static str, Vec<(String, f64)>) {
    let all = || {
        let shown = panel.group.routers.iter();
        shown.filter(|(name, router)| names.contains(name.as_str()) && !router.is_oracle())
    };
    let aiq = |r: &Router| r.summary.as_ref()?.number("aiq");
    let by_aiq: Option<Vec<(String, f64)>> =
        all().map(|(n, r)| Some((n.clone(), aiq(r)?))).collect();
    if let Some(ranks) = by_aiq {
        return ("AIQ", ranks);
    }
    let last = all().filter_map(|(n, r)| Some((n.clone(), r.last()?.figures.quality?)));
    ("quality", last.collect())
}

impl Picks {
    /// Of all groups. Errors: `--only` names a router that is in none of them.
    pub fn of(panels: &[Panel], style: &Style) -> Result<Picks> {
        let known: BTreeSet<&str> = panels
            .iter()
            .flat_map(|p| p.group.routers.keys().map(String::as_str))
            .collect();
        for name in &style.only {
            if !known.contains(name.as_str()) {
                let mut names: Vec<&str> = known.iter().copied().collect();
                names.sort_by(|a, b| natural::order(a, b));
                return Err(Error::usage(format!(
                    "--only names {name:?}, which is no router of these records; there are {}",
                    names.join(", ")
                )));
            }
        }
        let wanted = |name: &&str| style.only.is_empty() || style.only.iter().any(|o| o == name);
        let shown: BTreeSet<&str> = known.into_iter().filter(wanted).collect();
        let most = style.top.unwrap_or(Look::DIFFERENT).min(Look::DIFFERENT);
        let sorted = |names: &mut Vec<String>| names.sort_by(|a, b| natural::order(a, b));
        let mut coloured: Vec<String> = shown.iter().map(|n| n.to_string()).collect();
        let (mut grey, mut by) = (Vec::new(), None);
        if let Some(first) = panels.first().filter(|_| coloured.len() > most) {
            let (words, mut ranks) = ranks(first, &shown);
            ranks.sort_by(|a, b| b.1.total_cmp(&a.1).then(natural::order(&a.0, &b.0)));
            ranks.truncate(most);
            by = Some(words);
            let best: BTreeSet<String> = ranks.into_iter().map(|(name, _)| name).collect();
            (coloured, grey) = coloured.into_iter().partition(|n| best.contains(n));
        }
        sorted(&mut coloured);
        sorted(&mut grey);
        Ok(Picks { coloured, grey, by })
    }

    /// The look of a router, by its name or what a person reads of it; none: it is
    /// grey, or not shown.
    pub(crate) fn look(&self, name: &str) -> Option<Look> {
        let at = self.coloured.iter().position(|n| is(n, name))?;
        Some(Look::of(at))
    }

    /// Whether it is shown without a look of its own.
    pub(crate) fn is_grey(&self, name: &str) -> bool {
        self.grey.iter().any(|n| is(n, name))
    }

    /// Whether it is shown at all.
    pub(crate) fn shows(&self, name: &str) -> bool {
        self.is_grey(name) || self.look(name).is_some()
    }

    /// Which routers have a look of their own, where not all have one: `the 6 best of
    /// 40 by AIQ`.
    pub fn words(&self) -> Option<String> {
        let by = self.by?;
        let (best, all) = (self.coloured.len(), self.coloured.len() + self.grey.len());
        Some(format!("the {best} best of {all} by {by}"))
    }
}

fn is(own: &str, name: &str) -> bool {
    own == name || text::clean(own) == name
}
