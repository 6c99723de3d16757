//! The columns of the table, and what they read of a row.

use crate::pareto::Standing;
use crate::scores::{Figures, Summary};
use crate::{text, unit};
use rb_record::record::resource::Resource;

/// What a row knows. `against_best`: quality less the best single model's.
pub(crate) struct Row<'a> {
    /// As it stands in the table.
    pub(crate) label: String,
    /// As in the record.
    pub(crate) name: &'a str,
    /// The model or the recorded router that a baseline is.
    pub(crate) of: Option<&'a str>,
    pub(crate) figures: &'a Figures,
    pub(crate) summary: Option<&'a Summary>,
    pub(crate) standing: Option<&'a Standing>,
    pub(crate) against_best: Option<f64>,
    /// It stands at the point of `--choose`.
    pub(crate) is_chosen: bool,
}

impl<'a> Row<'a> {
    /// What answers only some queries is not compared with what answers all.
    pub(crate) fn of(
        name: &'a str,
        label: &str,
        figures: &'a Figures,
        best: Option<f64>,
    ) -> Row<'a> {
        let quality = figures
            .quality
            .filter(|_| figures.unrouted.is_none_or(|v| v == 0.0));
        Row {
            label: text::clean(label),
            name,
            of: None,
            figures,
            summary: None,
            standing: None,
            is_chosen: false,
            against_best: quality.zip(best).map(|(q, b)| q - b),
        }
    }
    /// The amount of what quality is traded against, where that is `resource`.
    fn spent(&self, resource: Resource) -> Option<String> {
        let spent = self
            .figures
            .cost
            .filter(|_| self.figures.against == resource)?;
        let half = self.figures.cost_ci.filter(|_| spent > 0.0);
        let half = half.map(|(low, high)| (high - low) / 2.0 / spent);
        let half = half.map(|h| format!("±{}", text::percent(h)));
        Some(with(text::amount(spent * unit::times(resource)), half))
    }
    fn metric(&self, name: &str) -> Option<f64> {
        self.summary?.numbers.get(name).copied()
    }
    fn interval(&self, name: &str) -> Option<(f64, f64)> {
        self.summary?.intervals.get(name).copied()
    }
    /// A figure picked at the best point of the queries it is reported on: not
    /// shown where there is one that was chosen on others.
    fn peak(&self, name: &str) -> Option<f64> {
        let chosen = self.summary?.texts.contains_key("verdict_at");
        self.metric(name).filter(|_| !chosen)
    }
    /// The summary, where its verdict is about the point of this row.
    pub(crate) fn judged(&self) -> Option<&'a Summary> {
        self.summary.filter(|s| s.is_at_one() || self.is_chosen)
    }
}

/// Two lines of heading and how a row fills the column.
pub(crate) struct Column {
    pub(crate) heading: [&'static str; 2],
    pub(crate) cell: fn(&Row) -> Option<String>,
    /// Counts of what went wrong: an empty cell means none.
    pub(crate) counts: bool,
    /// What to say under the table about this column, once.
    pub(crate) note: &'static str,
}

/// Of what stands at one point.
pub(crate) const POINT_COLUMNS: [Column; 9] = [
    Column {
        heading: ["", "quality"],
        cell: |r| {
            let quality = r.figures.quality.map(text::points)?;
            Some(with(quality, r.figures.quality_ci.map(text::interval)))
        },
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "macro"],
        cell: |r| r.figures.quality_macro.map(text::points),
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "cost"],
        cell: |r| r.spent(Resource::Cost),
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "latency"],
        cell: |r| r.spent(Resource::Latency),
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "tokens"],
        cell: |r| r.spent(Resource::Tokens),
        counts: false,
        note: "",
    },
    Column {
        heading: ["against", "best-single"],
        cell: |r| {
            let difference = r.against_best.map(text::signed_points)?;
            let interval = (r.judged()).and_then(|s| s.intervals.get("diff_ci").copied());
            Some(with(difference, interval.map(text::signed_interval)))
        },
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "verdict"],
        cell: |r| r.judged()?.texts.get("verdict").map(|v| text::clean(v)),
        counts: false,
        note: "",
    },
    Column {
        heading: ["", "missing"],
        cell: |r| r.figures.missing.filter(|v| *v > 0.0).map(text::count),
        counts: true,
        note: "",
    },
    Column {
        heading: ["", "unrouted"],
        cell: |r| r.figures.unrouted.filter(|v| *v > 0.0).map(text::count),
        counts: true,
        note: "",
    },
];

/// Of whole curves.
pub(crate) const CURVE_COLUMNS: [Column; 9] = [
    Column {
        heading: ["", "AIQ"],
        cell: |r| {
            let aiq = r.metric("aiq").map(text::points)?;
            Some(with(aiq, r.interval("aiq_ci").map(text::interval)))
        },
        counts: false,
        note: AIQ,
    },
    Column {
        heading: ["", "PerfGain"],
        cell: |r| r.metric("perfgain").map(text::signed_percent),
        counts: false,
        note: CHOSEN,
    },
    Column {
        heading: ["", "CostSave"],
        cell: |r| r.metric("costsave").map(text::percent),
        counts: false,
        note: CHOSEN,
    },
    Column {
        heading: ["at quality", "diff."],
        cell: |r| {
            r.interval("costsave_quality_diff_ci")
                .map(text::signed_interval)
        },
        counts: false,
        note: CHOSEN,
    },
    Column {
        heading: ["PerfGain", "(peak)"],
        cell: |r| r.peak("perfgain_peak").map(text::signed_percent),
        counts: false,
        note: PEAKS,
    },
    Column {
        heading: ["CostSave", "(peak)"],
        cell: |r| r.peak("costsave_peak").map(text::percent),
        counts: false,
        note: PEAKS,
    },
    Column {
        heading: ["CostSave", "(hull)"],
        cell: |r| r.peak("costsave_hull").map(text::percent),
        counts: false,
        note: PEAKS,
    },
    Column {
        heading: ["Pareto", "Dist"],
        cell: |r| r.standing.map(|s| text::distance(s.dist)),
        counts: false,
        note: PARETO,
    },
    Column {
        heading: ["Pareto", "Share"],
        cell: |r| r.standing.map(|s| text::percent(s.share)),
        counts: false,
        note: PARETO,
    },
];

/// A figure and how far it may be trusted.
fn with(figure: String, interval: Option<String>) -> String {
    interval.map_or(figure.clone(), |interval| format!("{figure} {interval}"))
}

const AIQ: &str = "AIQ: mean quality over the range of cost.";
const CHOSEN: &str = "PerfGain and CostSave: at points chosen on val, or each half of the queries at what the other half chose; CostSave with the 95 % interval of its quality less best-single's.";
const PEAKS: &str =
    "Peaks and hulls are picked on the queries they are reported on, so they flatter.";
const PARETO: &str = "ParetoDist: mean distance from the joint frontier of routers and single models; ParetoShare: share of a router's points on it.";
