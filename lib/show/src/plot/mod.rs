//! What a person looks at: pure functions from compared groups to text.
//!
//! One table lists the outputs in the order in which they are printed; each
//! stands beside its code. Adding one is a file, a row here and a flag of
//! rb-pareto. All show quality in points of 100 and cost in USD per 1,000
//! queries, while the records keep 0..1 and USD per query.

pub mod axis;
pub mod canvas;
pub mod dots;
pub mod labels;
pub mod scene;
pub mod svg;
pub mod table;
pub mod term;
pub mod text;
pub mod unit;
pub mod verdict;

use crate::pareto::Joint;
use crate::scores::Group;

/// A group of queries with everything scored on it, and the comparison.
pub struct Panel {
    pub group: Group,
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
        let joint = crate::pareto::compare(&models, &curves);
        Panel { group, joint }
    }

    /// Whether any cost is known; without, there is no frontier.
    pub fn has_costs(&self) -> bool {
        self.group.figures().any(|f| f.point().is_some())
    }
}

/// One way of showing the panels.
pub struct Output {
    pub name: &'static str,
    pub help: &'static str,
    /// `columns`: the width of the terminal, for what is printed there.
    pub render: fn(panels: &[Panel], columns: usize) -> String,
}

pub const OUTPUTS: [&Output; 3] = [&svg::OUTPUT, &term::OUTPUT, &table::OUTPUT];
