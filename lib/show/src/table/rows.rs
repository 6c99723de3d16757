//! The rows of every table: single models, baselines, the routers at the last
//! points of their curves and at the chosen ones; each by falling quality, but
//! the baselines in an order of their own.

use crate::natural;
use crate::panel::Panel;
use crate::scores::Figures;
use crate::table::columns::Row;

/// Quality of the best single model, which the rows are compared with.
pub(crate) fn best_quality(panel: &Panel) -> Option<f64> {
    let best = panel.group.baseline("best-single");
    best.and_then(|b| b.figures.quality)
}

/// These single models.
pub(crate) fn models<'a>(models: &[(&'a str, &'a Figures)], best: Option<f64>) -> Vec<Row<'a>> {
    let rows = models.iter();
    let mut rows: Vec<Row> = rows
        .map(|(name, figures)| Row::of(name, name, figures, best))
        .collect();
    by_quality(&mut rows);
    rows
}

/// The baselines, but for shuffles and curves.
pub(crate) fn baselines(panel: &Panel, best: Option<f64>) -> Vec<Row<'_>> {
    let all = &panel.group.baselines;
    let known = BASELINES
        .iter()
        .flat_map(|name| all.iter().filter(move |b| b.name == *name));
    known
        .map(|b| {
            let of = b.model.as_deref().or(b.reference.as_deref());
            let words = of.map_or(String::new(), |of| format!(" ({of})"));
            Row {
                of,
                ..Row::of(&b.name, &format!("{}{words}", b.name), &b.figures, best)
            }
        })
        .collect()
}

/// Every router at the last point of its curve.
pub(crate) fn routers(panel: &Panel, best: Option<f64>) -> Vec<Row<'_>> {
    let all = panel.group.routers.iter();
    let mut rows: Vec<Row> = all
        .filter_map(|(name, router)| {
            let label = if router.is_oracle() {
                format!("{name} (knows the answers)")
            } else {
                name.clone()
            };
            Some(Row {
                summary: router.summary.as_ref(),
                standing: panel.joint.routers.get(name),
                against_best: best.and_then(|best| router.against(best)),
                ..Row::of(name, &label, &router.last()?.figures, best)
            })
        })
        .collect();
    by_quality(&mut rows);
    rows
}

/// Every router at the point that was chosen for it, where one was asked for.
pub(crate) fn chosen(panel: &Panel, best: Option<f64>) -> Vec<Row<'_>> {
    let all = panel.group.routers.iter();
    let mut rows: Vec<Row> = all
        .filter_map(|(name, router)| {
            let summary = router.summary.as_ref()?;
            Some(Row {
                summary: Some(summary),
                against_best: summary.number("diff"),
                is_chosen: true,
                ..Row::of(name, name, summary.chosen.as_ref()?, best)
            })
        })
        .collect();
    by_quality(&mut rows);
    rows
}

/// In the order of the table; shuffles and curves are left out.
const BASELINES: [&str; 7] = [
    "best-single",
    "best-single-on-test",
    "random",
    "dataset-expert",
    "dataset-oracle",
    "oracle",
    "reference",
];

fn by_quality(rows: &mut [Row]) {
    let quality = |r: &Row| r.figures.quality.unwrap_or(f64::NEG_INFINITY);
    let order = |a: &Row, b: &Row| natural::order(&a.label, &b.label);
    rows.sort_by(|a, b| quality(b).total_cmp(&quality(a)).then_with(|| order(a, b)));
}
