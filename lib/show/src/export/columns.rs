//! The columns of an exported table, in their order.

use crate::export::cell::{Cell, Unit};
use crate::scores::Group;
use crate::table::columns::Row;

/// One row of the table, of one group.
pub(crate) struct Entry<'a> {
    pub(crate) group: &'a Group,
    /// `model`, `baseline` or `router`.
    pub(crate) kind: &'static str,
    pub(crate) row: Row<'a>,
}

impl Entry<'_> {
    /// Where on its curve a router stands.
    fn at(&self) -> Option<String> {
        if self.kind != "router" {
            return None;
        }
        let router = self.group.routers.get(self.row.name)?;
        if self.row.is_chosen {
            return router.rule().map(String::from);
        }
        Some(format!("alpha {}", router.last()?.alpha))
    }
    fn text(&self, name: &str) -> Option<Cell> {
        self.row.judged()?.text(name).map(|t| Cell::Text(t.into()))
    }
    /// A figure about the point of the verdict.
    fn judged(&self, name: &str) -> Option<Cell> {
        let summary = self.row.judged()?;
        let interval = summary.interval(&format!("{name}_ci"));
        Some(Cell::Number(summary.number(name)?, interval))
    }
    /// A figure of the whole curve, which stands once.
    fn curve(&self, name: &str) -> Option<Cell> {
        let summary = self.row.summary.filter(|_| !self.row.is_chosen)?;
        let interval = summary.interval(&format!("{name}_ci"));
        Some(Cell::Number(summary.number(name)?, interval))
    }
    /// P after Holm, where one run corrected for all routers of the table.
    fn holm(&self, name: &str) -> Option<Cell> {
        self.judged(name).filter(|_| self.group.scored_in < 2)
    }
    fn diff(&self) -> Option<Cell> {
        let judged = self.row.judged();
        let interval = judged.and_then(|s| s.interval("diff_ci"));
        Some(Cell::Number(self.row.against_best?, interval))
    }
}

/// What a column is: its name, its heading for a reader, and what its figures are.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    /// As in `--columns` and for a program.
    pub(crate) name: &'static str,
    /// For a reader; `{versus}` is the router compared with.
    pub(crate) heading: &'static str,
    pub(crate) unit: Unit,
    /// For a program it has columns NAME_low and NAME_high.
    pub(crate) ranged: bool,
    /// Shown to a reader who names no columns.
    pub(crate) common: bool,
}

/// A column of the table of routers, and where its figure is from.
pub(crate) struct Column {
    pub(crate) head: Head,
    pub(crate) read: fn(&Entry) -> Option<Cell>,
}

/// The value alone.
fn number(value: Option<f64>) -> Option<Cell> {
    value.map(|v| Cell::Number(v, None))
}

/// `ranged` and `common` as words.
pub(crate) const fn head(
    name: &'static str,
    heading: &'static str,
    unit: Unit,
    (ranged, common): (bool, bool),
) -> Head {
    Head {
        name,
        heading,
        unit,
        ranged,
        common,
    }
}

/// A row of the table of columns.
const fn column(
    name: &'static str,
    heading: &'static str,
    unit: Unit,
    kept: (bool, bool),
    read: fn(&Entry) -> Option<Cell>,
) -> Column {
    Column {
        head: head(name, heading, unit, kept),
        read,
    }
}

pub(crate) const PLAIN: (bool, bool) = (false, false);
pub(crate) const SHOWN: (bool, bool) = (false, true);
const RANGED: (bool, bool) = (true, false);
pub(crate) const BOTH: (bool, bool) = (true, true);

/// All of them; names of routers and groups stand before.
pub(crate) const COLUMNS: [Column; 26] = [
    column("kind", "kind", Unit::Text, PLAIN, |e| {
        Some(Cell::Text(e.kind.into()))
    }),
    column("name", "", Unit::Text, SHOWN, |e| {
        Some(Cell::Text(e.row.name.into()))
    }),
    column("of", "", Unit::Text, SHOWN, |e| {
        e.row.of.map(|m| Cell::Text(m.into()))
    }),
    column("at", "at", Unit::Text, SHOWN, |e| e.at().map(Cell::Text)),
    column("pooled", "means over", Unit::Text, SHOWN, |e| {
        e.group.pooled.clone().map(Cell::Text)
    }),
    column("n", "n", Unit::Count, PLAIN, |e| number(e.row.figures.n)),
    column("missing", "missing", Unit::Count, PLAIN, |e| {
        number(e.row.figures.missing)
    }),
    column("unrouted", "unrouted", Unit::Count, PLAIN, |e| {
        number(e.row.figures.unrouted)
    }),
    column("quality", "quality", Unit::Points, BOTH, |e| {
        let figures = e.row.figures;
        Some(Cell::Number(figures.quality?, figures.quality_ci))
    }),
    column("quality_macro", "macro", Unit::Points, PLAIN, |e| {
        number(e.row.figures.quality_macro)
    }),
    column("cost", "cost", Unit::Spent, BOTH, |e| {
        Some(Cell::Number(e.row.figures.cost?, e.row.figures.cost_ci))
    }),
    column("diff", "against best-single", Unit::Difference, BOTH, |e| {
        e.diff()
    }),
    column("p", "p", Unit::P, PLAIN, |e| e.judged("p")),
    column("p_holm", "p (Holm)", Unit::P, SHOWN, |e| e.holm("p_holm")),
    column("verdict", "verdict", Unit::Text, PLAIN, |e| {
        e.text("verdict")
    }),
    column("versus", "versus", Unit::Text, PLAIN, |e| e.text("versus")),
    column(
        "diff_versus",
        "against {versus}",
        Unit::Difference,
        BOTH,
        |e| e.judged("diff_versus"),
    ),
    column(
        "verdict_versus",
        "verdict on {versus}",
        Unit::Text,
        PLAIN,
        |e| e.text("verdict_versus"),
    ),
    column("p_versus", "p on {versus}", Unit::P, PLAIN, |e| {
        e.judged("p_versus")
    }),
    column(
        "p_holm_versus",
        "p on {versus} (Holm)",
        Unit::P,
        SHOWN,
        |e| e.holm("p_holm_versus"),
    ),
    column("cost_ratio", "cost ratio", Unit::Share, RANGED, |e| {
        e.judged("cost_ratio")
    }),
    column("aiq", "AIQ", Unit::Points, BOTH, |e| e.curve("aiq")),
    column("perfgain", "PerfGain", Unit::Change, PLAIN, |e| {
        e.curve("perfgain")
    }),
    column("costsave", "CostSave", Unit::Share, PLAIN, |e| {
        e.curve("costsave")
    }),
    column("pareto_dist", "ParetoDist", Unit::Distance, PLAIN, |e| {
        let standing = e.row.standing.filter(|_| !e.row.is_chosen)?;
        number(Some(standing.dist))
    }),
    column("pareto_share", "ParetoShare", Unit::Share, PLAIN, |e| {
        let standing = e.row.standing.filter(|_| !e.row.is_chosen)?;
        number(Some(standing.share))
    }),
];

/// Their names, as `--columns` takes them.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    COLUMNS.iter().map(|c| c.head.name)
}
