//! The picture as plain characters: each router's hull is drawn with its
//! letter, single models with capitals, and a legend says what is what.

use crate::output::{Config, Output};
use crate::panel::Panel;
use crate::plot::axis::Axis;
use crate::plot::dots;
use crate::plot::scene::{Kind, Plane, Scene};
use crate::{text, unit};
use rb_record::hull::{self, Point};
use std::collections::{BTreeMap, BTreeSet};

/// `--term`.
pub const OUTPUT: Output = Output {
    name: "term",
    help: "Print a plot for the terminal instead of records",
    render,
};

const ROWS: usize = 22;
/// Columns left of the plot: the ticks of quality.
const LEFT: usize = 7;

fn render(panels: &[Panel], config: &Config) -> String {
    let columns = config.columns.clamp(40, 200);
    let draw = |panel: &Panel| {
        let scene = Scene::of(panel);
        match scene.plane() {
            Some(plane) => plot(&scene, &plane, columns),
            None => rows(&scene, columns),
        }
    };
    panels.iter().map(draw).collect::<Vec<_>>().join("\n")
}

fn title(scene: &Scene) -> String {
    match &scene.queries {
        Some(n) => format!("{} ({n})\n", scene.title),
        None => format!("{}\n", scene.title),
    }
}

/// A letter for the `i`-th; beyond the alphabet they repeat.
fn letter(first: u8, i: usize) -> char {
    (first + (i % 26) as u8) as char
}

fn sign(kind: Kind, models: usize) -> char {
    match kind {
        Kind::Model | Kind::BestSingle => letter(b'A', models),
        Kind::Random => '?',
        Kind::Other => '%',
        Kind::Oracle | Kind::DatasetOracle => '*',
    }
}

struct Grid {
    cells: Vec<Vec<char>>,
    free: bool,
}

impl Grid {
    fn width(&self) -> usize {
        self.cells[0].len()
    }
    /// Columns before the logarithmic axis: the one of free points, and a gap.
    fn start(&self) -> usize {
        if self.free {
            3
        } else {
            0
        }
    }
    fn column(&self, x: &Axis, cost: f64) -> usize {
        if cost > 0.0 {
            let room = self.width() - 1 - self.start();
            self.start() + (x.at(cost) * room as f64).round() as usize
        } else {
            0
        }
    }
    fn row(&self, y: &Axis, quality: f64) -> usize {
        ((1.0 - y.at(quality)) * (ROWS - 1) as f64).round() as usize
    }
    /// The cells that a hull passes through.
    fn trace(&self, plane: &Plane, corners: &[Point]) -> BTreeSet<(usize, usize)> {
        let at = |p: &Point| (self.column(&plane.x, p.cost), self.row(&plane.y, p.quality));
        let mut cells: BTreeSet<(usize, usize)> = corners.iter().map(at).collect();
        let ends = cells.first().copied().zip(cells.last().copied());
        let room = (self.width() - 1 - self.start()) as f64;
        for column in ends.map_or(0..0, |(a, b)| a.0.max(self.start())..b.0) {
            let cost = plane.x.value((column - self.start()) as f64 / room);
            if let Some(quality) = hull::quality_at(corners, cost) {
                cells.insert((column, self.row(&plane.y, quality)));
            }
        }
        cells
    }
}

fn plot(scene: &Scene, plane: &Plane, columns: usize) -> String {
    let width = columns - LEFT - 2;
    let mut grid = Grid {
        cells: vec![vec![' '; width]; ROWS],
        free: plane.free,
    };
    for (column, row) in grid.trace(plane, &scene.zero) {
        grid.cells[row][column] = '.';
    }
    let mut routers = Vec::new();
    let mut shared: BTreeMap<(usize, usize), Vec<char>> = BTreeMap::new();
    for (i, curve) in scene.curves.iter().enumerate() {
        let with = letter(b'a', i);
        routers.push(format!("{with} {}", curve.label()));
        for cell in grid.trace(plane, &curve.hull) {
            shared.entry(cell).or_default().push(with);
        }
    }
    // Where lines lie on one another their letters take turns.
    for ((column, row), letters) in shared {
        grid.cells[row][column] = letters[column % letters.len()];
    }
    let mut legend = Vec::new();
    let mut models = 0;
    for mark in &scene.marks {
        let Some(cost) = mark.cost else {
            continue;
        };
        let with = sign(mark.kind, models);
        if matches!(mark.kind, Kind::Model | Kind::BestSingle) {
            models += 1;
        }
        let (row, column) = (
            grid.row(&plane.y, mark.quality),
            grid.column(&plane.x, cost),
        );
        grid.cells[row][column] = with;
        legend.push(format!("{with} {}", plane.label(mark)));
    }
    if scene.more > 0 {
        let more = text::count(scene.more as f64);
        legend.push(format!("… {more} more single models"));
    }
    if scene.zero.len() > 1 {
        legend.push(". best mixtures of single models".into());
    }

    let mut out = title(scene);
    out.push_str("quality, points of 100\n");
    let ticks: Vec<(usize, String)> = plane
        .y
        .ticks(6)
        .into_iter()
        .map(|(v, label)| (grid.row(&plane.y, v), label))
        .collect();
    for (i, row) in grid.cells.iter().enumerate() {
        let tick = ticks
            .iter()
            .find(|(at, _)| *at == i)
            .map_or("", |(_, label)| label);
        let edge = if tick.is_empty() { '│' } else { '┤' };
        let cells: String = row.iter().collect();
        let line = format!("{} {edge}{cells}", text::right(tick, LEFT - 1));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str(&x_axis(plane, &grid));
    out.push_str(&text::right(
        &format!("{} (logarithmic)", unit::words(scene.against)),
        columns - 1,
    ));
    out.push('\n');
    for entries in [&routers, &legend] {
        out.push_str(&flow(entries, columns));
    }
    out
}

/// The axis of cost with its ticks, as far as their labels have room.
fn x_axis(plane: &Plane, grid: &Grid) -> String {
    let mut line = vec!['─'; grid.width()];
    let mut labels = vec![' '; grid.width() + 8];
    let mut ticks: Vec<(usize, String)> = plane
        .x
        .ticks((grid.width() / 7).max(2))
        .into_iter()
        .map(|(v, label)| (grid.column(&plane.x, v), label))
        .collect();
    if grid.free {
        line[1..3].fill('/');
        ticks.insert(0, (0, "0".into()));
    }
    let mut next = 0;
    for (column, label) in ticks {
        let start = column.saturating_sub(label.len() / 2);
        if start < next || start + label.len() > labels.len() {
            continue;
        }
        line[column] = '┬';
        for (i, c) in label.chars().enumerate() {
            labels[start + i] = c;
        }
        next = start + label.len() + 1;
    }
    let line: String = line.into_iter().collect();
    let labels: String = labels.into_iter().collect();
    let left = " ".repeat(LEFT);
    format!("{left}└{line}\n{left} {}\n", labels.trim_end())
}

/// Entries one after another, a new line where there is no more room.
fn flow(entries: &[String], columns: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for entry in entries {
        if !line.is_empty() && text::width(&line) + 3 + text::width(entry) > columns {
            out.push_str(&format!("{line}\n"));
            line.clear();
        }
        line.push_str(if line.is_empty() { "  " } else { "   " });
        line.push_str(entry);
    }
    if !line.is_empty() {
        out.push_str(&format!("{line}\n"));
    }
    out
}

/// Without costs: a line a model, baseline and router, best first.
fn rows(scene: &Scene, columns: usize) -> String {
    let rows = dots::rows(scene);
    let axis = scene.quality_axis();
    let label = |row: &dots::Row| match row.kind {
        Some(_) => row.label.clone(),
        None => format!("{} (router)", row.label),
    };
    let widest = rows
        .iter()
        .map(|r| text::width(&label(r)))
        .max()
        .unwrap_or(0);
    let room = columns.saturating_sub(widest + 12).max(10);
    let column = |v: f64| (axis.at(v) * (room - 1) as f64).round() as usize;
    let mut out = title(scene).replacen("Quality and cost", "Quality", 1);
    out.push_str("points of 100; no costs in the records, so no frontier\n");
    for row in &rows {
        let mut cells = vec!['·'; room];
        if let Some((low, high)) = row.interval {
            cells[column(low)..=column(high)].fill('─');
        }
        cells[column(row.quality)] = match row.kind {
            None => '■',
            Some(Kind::Oracle | Kind::DatasetOracle) => '*',
            Some(Kind::Random) => '?',
            Some(_) => '●',
        };
        let cells: String = cells.into_iter().collect();
        let value = text::right(&text::points(row.quality / 100.0), 6);
        out.push_str(&format!(
            "{}  {cells}{value}\n",
            text::left(&label(row), widest)
        ));
    }
    out
}
