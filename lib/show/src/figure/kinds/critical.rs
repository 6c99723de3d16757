//! A critical-difference diagram: mean ranks of the routers over the datasets on a
//! line, joined by a bar where Nemenyi's test does not tell them apart (Demšar 2006,
//! JMLR 7; the formulae are in `ranks`). Datasets count alike, whatever their size, and
//! the queries' own intervals are not used.

use crate::figure::kind::{Drawn, Kind, Subject};
use crate::figure::kinds::ranks::Ranks;
use crate::panel::Panel;
use crate::plot::canvas::{text_width, Canvas};
use crate::plot::marks::{heading, LEFT, RIGHT, SMALL};
use crate::text;
use rb_record::error::{Error, Result};

/// `--plot critical`.
pub(super) const KIND: Kind = Kind {
    name: "critical",
    help: "mean ranks over datasets: Friedman's test, Nemenyi's critical difference",
    draw,
};

/// Fewer datasets or routers tell nothing.
const DATASETS: usize = 5;
const ROUTERS: usize = 3;
/// From so many on the approximations are good (Demšar 2006).
const ENOUGH: usize = 10;
/// Between two names, and two bars.
const ROW: f64 = 20.0;
const BAR: f64 = 7.0;

fn draw(subject: &Subject) -> Result<Drawn> {
    let groups: Vec<&Panel> = subject.panels.iter().filter(|p| counts(p)).collect();
    if groups.len() < DATASETS {
        return Err(Error::input(format!(
            "the records are of {} groups, and mean ranks need {DATASETS} or more; score with rb-score --by dataset on more datasets",
            groups.len()
        )));
    }
    let fields = |p: &Panel| -> Vec<String> { p.group.key.iter().map(|k| k.0.clone()).collect() };
    if groups.iter().any(|p| fields(p) != fields(groups[0])) {
        return Err(Error::input(
            "the records are grouped by several fields, so a query would count in several ranks; score with one --by",
        ));
    }
    let quality = |p: &Panel, name: &str| p.group.routers.get(name)?.last()?.figures.quality;
    let fair = |name: &&String| {
        let routers = groups.iter().filter_map(|p| p.group.routers.get(*name));
        let (mut known, mut oracle) = (0, false);
        for router in routers {
            known += usize::from(router.last().is_some_and(|l| l.figures.quality.is_some()));
            oracle |= router.is_oracle();
        }
        known == groups.len() && !oracle
    };
    let names: Vec<&String> = subject.picks.coloured.iter().filter(fair).collect();
    if names.len() < ROUTERS {
        return Err(Error::input(format!(
            "{} routers have a quality in every group, and mean ranks need {ROUTERS} or more",
            names.len()
        )));
    }
    let row = |p: &&Panel| names.iter().filter_map(|n| quality(p, n)).collect();
    let table: Vec<Vec<f64>> = groups.iter().map(row).collect();
    let ranks = Ranks::of(&table);
    diagram(subject, &names, &ranks, groups.len())
}

/// A group of one field, of one split.
fn counts(panel: &Panel) -> bool {
    panel.group.key.len() == 1 && panel.group.pooled.is_none()
}

fn note(subject: &Subject, ranks: &Ranks, datasets: usize) -> String {
    let p = match ranks.p {
        p if p < 0.001 => "p < 0.001".to_string(),
        p => format!("p = {p:.3}"),
    };
    let mut words = vec![
        format!("quality at alpha 1 over {datasets} groups"),
        format!("Friedman χ² {:.1}, {p}", ranks.friedman),
    ];
    words.push(if ranks.p < 0.05 {
        "bars join routers that Nemenyi's test does not tell apart at 5 %".into()
    } else {
        "no difference is shown at 5 %".into()
    });
    if datasets < ENOUGH {
        words.push(format!("fewer than {ENOUGH} groups: rough"));
    }
    words.extend(subject.picks.words());
    words.join("; ")
}

/// The longest runs of ways, by rank, that span less than the critical difference.
fn cliques(sorted: &[f64], critical: f64) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for from in 0..sorted.len() {
        let near = |to: &usize| sorted[*to] - sorted[from] < critical;
        let to = (from..sorted.len()).take_while(near).last().unwrap_or(from);
        if to > from && found.last().is_none_or(|last| to > last.1) {
            found.push((from, to));
        }
    }
    found
}

fn diagram(subject: &Subject, names: &[&String], ranks: &Ranks, n: usize) -> Result<Drawn> {
    let style = subject.style;
    let width = style.room()?;
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| ranks.means[*a].total_cmp(&ranks.means[*b]));
    let sorted: Vec<f64> = order.iter().map(|i| ranks.means[*i]).collect();
    let label = |i: usize| {
        let (name, rank) = (text::clean(names[order[i]]), sorted[i]);
        format!("{name} {rank:.2}")
    };
    let widest = (0..order.len()).map(|i| text_width(&label(i), SMALL));
    let side = (widest.fold(0.0, f64::max) + 24.0).max(LEFT);
    let (left, right) = (side, width - side.max(RIGHT));
    if right - left < 120.0 {
        return Err(Error::usage(format!(
            "{} wide is too narrow for these names; ask for --width {:.0} or more",
            style.width,
            ((2.0 * side + 120.0) * style.zoom()).ceil()
        )));
    }
    let mut canvas = Canvas::default();
    let own = "Mean ranks over datasets";
    let note = note(subject, ranks, n);
    let top = heading(&mut canvas, width, style.title(own), &note) + 40.0;
    let last = names.len() as f64;
    let x = |rank: f64| left + (rank - 1.0) / (last - 1.0) * (right - left);
    let line = "stroke=\"#000\" stroke-width=\"1\"";
    let thick = "class=\"clique\" stroke=\"#000\" stroke-width=\"4\"";
    scale(&mut canvas, (left, right, top), names.len());
    let cd = x(1.0 + ranks.critical).min(right + side - 8.0);
    let high = top - 36.0;
    canvas.bar_across((x(1.0), cd), high, "stroke=\"#000\" stroke-width=\"1.4\"");
    let words = format!("critical difference {:.2}", ranks.critical);
    canvas.text((cd + 8.0, high + 4.0), SMALL, "", &words);

    let joined = if ranks.p < 0.05 {
        cliques(&sorted, ranks.critical)
    } else {
        vec![(0, sorted.len() - 1)]
    };
    for (i, (from, to)) in joined.iter().enumerate() {
        let y = top + 9.0 + BAR * i as f64;
        canvas.line(
            (x(sorted[*from]) - 4.0, y),
            (x(sorted[*to]) + 4.0, y),
            thick,
        );
    }
    let under = top + 14.0 + BAR * joined.len() as f64;
    let half = order.len().div_ceil(2);
    let rows = half.max(order.len() - half) as f64;
    let height = style.stretch(ROW * rows, under + 24.0, 14.0 * rows)?;
    let step = height / rows;
    for (i, rank) in sorted.iter().enumerate() {
        let is_left = i < half;
        let row = if is_left { i } else { order.len() - 1 - i };
        let y = under + step * (row as f64 + 0.7);
        let (edge, anchor, text_x) = if is_left {
            (left - 8.0, "end", left - 12.0)
        } else {
            (right + 8.0, "start", right + 12.0)
        };
        let at = x(*rank);
        canvas.polyline(&[(at, top), (at, y), (edge, y)], line);
        let style = format!("class=\"label\" text-anchor=\"{anchor}\"");
        canvas.text((text_x, y + 4.0), SMALL, &style, &label(i));
    }
    canvas.text(
        ((left + right) / 2.0, under + height + 16.0),
        SMALL,
        "text-anchor=\"middle\" fill=\"#444\"",
        "mean rank (1 is best)",
    );
    Ok(Drawn {
        body: canvas.out,
        height: under + height + 28.0,
        title: own.into(),
    })
}

/// The line of the ranks 1 to `ways` between two places, with its ticks.
fn scale(canvas: &mut Canvas, (left, right, y): (f64, f64, f64), ways: usize) {
    let line = "stroke=\"#000\" stroke-width=\"1\"";
    canvas.line((left, y), (right, y), line);
    let every = (ways as f64 * 26.0 / (right - left)).ceil().max(1.0) as usize;
    for rank in (1..=ways).step_by(every) {
        let x = left + (rank - 1) as f64 / (ways - 1) as f64 * (right - left);
        canvas.line((x, y - 6.0), (x, y), line);
        let middle = "class=\"tick-x\" text-anchor=\"middle\"";
        canvas.text((x, y - 10.0), SMALL, middle, &rank.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cliques_are_the_longest_runs_within_the_critical_difference() {
        assert_eq!(cliques(&[1.0, 1.5, 2.2, 4.0], 1.0), [(0, 1), (1, 2)]);
        assert_eq!(cliques(&[1.0, 2.0, 3.0], 9.0), [(0, 2)]);
        assert!(cliques(&[1.0, 2.0, 3.0], 0.5).is_empty());
    }
}
