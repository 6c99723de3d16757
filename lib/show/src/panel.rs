//! A group of queries and its comparison, which every output shows.

use crate::natural;
use crate::pareto::{self, Joint};
use crate::scores::Group;

/// A group of queries with everything scored on it, and the comparison.
pub struct Panel {
    /// What was scored.
    pub group: Group,
    /// The comparison; empty for means over seeds, which stand beside no single
    /// models.
    pub joint: Joint,
}

impl Panel {
    /// Compares what `group` holds: its single models, and its routers except
    /// those that know the answers.
    pub fn new(group: Group) -> Panel {
        let models = group
            .models()
            .filter_map(|(name, f)| Some((name.to_string(), f.point()?)));
        let models: Vec<_> = models.collect();
        let compared = group.routers.iter().filter(|(_, r)| !r.is_oracle());
        let curves: Vec<_> = compared
            .map(|(name, router)| {
                let points = router.points.iter();
                let curve = points.filter_map(|p| Some((p.alpha, p.figures.point()?)));
                (name.clone(), curve.collect())
            })
            .collect();
        let joint = match &group.pooled {
            Some(_) => Joint::default(),
            None => pareto::compare(&models, &curves),
        };
        Panel { group, joint }
    }

    /// Whether any cost is known; without, there is no frontier.
    pub fn has_costs(&self) -> bool {
        self.group.figures().any(|f| f.point().is_some())
    }
}

/// In the order in which a person reads them: everything first, `level 9` before
/// `level 10`, means over seeds last.
pub fn sort(panels: &mut [Panel]) {
    let label = |p: &Panel| p.group.label().unwrap_or_default();
    panels.sort_by(|a, b| {
        let pooled = |p: &Panel| p.group.pooled.is_some();
        let fields = |p: &Panel| p.group.key.iter().map(|(f, _)| f.clone()).collect();
        let (x, y): (Vec<String>, Vec<String>) = (fields(a), fields(b));
        (pooled(a).cmp(&pooled(b)))
            .then(x.cmp(&y))
            .then_with(|| natural::order(&label(a), &label(b)))
    });
}
