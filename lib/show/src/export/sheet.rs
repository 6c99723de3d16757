//! The whole table: the rows of all groups, and the columns asked for.

use crate::export::cell::{Cell, Unit};
use crate::export::columns::{Entry, Head, COLUMNS};
use crate::export::pairs;
use crate::panel::Panel;
use crate::scores::Group;
use crate::table::pairs::sorted;
use crate::table::rows;
use rb_record::record::resource::Resource;
use std::collections::{BTreeMap, BTreeSet};

/// Rows and columns, not yet written in any format.
pub struct Sheet<'a> {
    /// The fields of `--by`, and whether all values are numbers.
    fields: BTreeMap<&'a str, bool>,
    /// Each row's group, and its kind: a rule goes between two of them.
    rows: Vec<(&'a Group, &'static str)>,
    columns: Vec<Filled>,
    /// None were named: a reader sees the common ones, a program all.
    is_common: bool,
    against: Resource,
}

/// A column and its cell in every row.
struct Filled {
    head: Head,
    /// For a reader.
    heading: String,
    cells: Vec<Option<Cell>>,
}

/// A column for a program: its name, and a value or none in each row.
pub(crate) struct Exact {
    pub(crate) name: String,
    /// Values are JSON numbers; else texts.
    pub(crate) is_number: bool,
    pub(crate) values: Vec<Option<String>>,
}

/// A column for a reader.
pub(crate) struct Shown {
    pub(crate) heading: String,
    pub(crate) is_number: bool,
    pub(crate) cells: Vec<String>,
}

impl<'a> Sheet<'a> {
    /// Models, baselines and routers of `panels`. `named`: columns in this order,
    /// unknown names are left out; none: all.
    pub fn new(panels: &'a [Panel], named: &[String]) -> Sheet<'a> {
        let entries: Vec<Entry> = panels.iter().flat_map(entries).collect();
        let versus = versus(&entries);
        let columns = chosen(&COLUMNS, |column| column.head.name, named);
        let filled = columns.map(|column| Filled {
            heading: column.head.heading.replace("{versus}", &versus),
            head: column.head,
            cells: entries.iter().map(column.read).collect(),
        });
        let rows = entries.iter().map(|e| (e.group, e.kind)).collect();
        Sheet::of(panels, rows, filled.collect(), named)
    }

    /// Every two routers of `panels` that were compared, the surest first. `named`: as
    /// for the others. None: no panel has pairs.
    pub fn of_pairs(panels: &'a [Panel], named: &[String]) -> Option<Sheet<'a>> {
        let of_panel = |panel: &'a Panel| {
            let pairs = sorted(&panel.group);
            pairs.into_iter().map(move |pair| (&panel.group, pair))
        };
        let pairs: Vec<_> = panels.iter().flat_map(of_panel).collect();
        let columns = chosen(&pairs::COLUMNS, |column| column.head.name, named);
        let filled = columns.map(|column| Filled {
            heading: column.head.heading.into(),
            head: column.head,
            cells: pairs.iter().map(|(_, pair)| (column.read)(pair)).collect(),
        });
        let rows: Vec<_> = pairs.iter().map(|(group, _)| (*group, "pair")).collect();
        let is_there = !rows.is_empty();
        is_there.then(|| Sheet::of(panels, rows, filled.collect(), named))
    }

    fn of(
        panels: &'a [Panel],
        rows: Vec<(&'a Group, &'static str)>,
        columns: Vec<Filled>,
        named: &[String],
    ) -> Sheet<'a> {
        let mut fields = BTreeMap::new();
        for (name, value) in panels.iter().flat_map(|p| &p.group.key) {
            let is_number = value.parse().is_ok_and(f64::is_finite);
            *fields.entry(name.as_str()).or_insert(true) &= is_number;
        }
        Sheet {
            fields,
            rows,
            columns,
            is_common: named.is_empty(),
            against: (panels.first()).map_or(Resource::Cost, |p| p.group.against()),
        }
    }

    /// Where a rule goes between rows: before each that starts a group, or
    /// another kind of row in it.
    pub(crate) fn starts(&self) -> BTreeSet<usize> {
        let neighbours = self.rows.windows(2).enumerate();
        let start =
            neighbours.filter(|(_, two)| two[0].1 != two[1].1 || !std::ptr::eq(two[0].0, two[1].0));
        start.map(|(i, _)| i + 1).collect()
    }

    /// For a program: every column, filled or not.
    pub(crate) fn exact(&self) -> Vec<Exact> {
        let mut all: Vec<Exact> = Vec::new();
        for (field, is_number) in &self.fields {
            let value = |(group, _): &(&Group, _)| {
                let value = raw(group, field)?;
                Some(match is_number {
                    true => Unit::Points.exact(value.parse().ok()?),
                    false => plain(value),
                })
            };
            all.push(Exact {
                name: format!("group.{field}"),
                is_number: *is_number,
                values: self.rows.iter().map(value).collect(),
            });
        }
        for Filled { head, cells, .. } in &self.columns {
            let name = match head.unit {
                Unit::Spent => self.against.name(),
                _ => head.name,
            };
            type Part = fn(&Cell, Unit) -> Option<String>;
            let mut put = |name: String, part: Part| {
                let value = |c: &Option<Cell>| part(c.as_ref()?, head.unit);
                all.push(Exact {
                    name,
                    is_number: head.unit != Unit::Text,
                    values: cells.iter().map(value).collect(),
                });
            };
            put(name.into(), |cell, unit| match cell {
                Cell::Text(text) => Some(text.clone()),
                Cell::Number(value, _) => Some(unit.exact(*value)),
            });
            if head.ranged {
                put(format!("{name}_low"), |cell, unit| match cell {
                    Cell::Number(_, Some((low, _))) => Some(unit.exact(*low)),
                    _ => None,
                });
                put(format!("{name}_high"), |cell, unit| match cell {
                    Cell::Number(_, Some((_, high))) => Some(unit.exact(*high)),
                    _ => None,
                });
            }
        }
        all
    }

    /// For a reader: what fills no cell is left out, unless it was named.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        let fields = self.fields.keys().map(|field| {
            let value = |(group, _): &(&Group, _)| match raw(group, field) {
                Some(value) => crate::text::clean(&plain(value)),
                None => "all".into(),
            };
            Shown {
                heading: field.to_string(),
                is_number: false,
                cells: self.rows.iter().map(value).collect(),
            }
        });
        let is_wanted = |column: &&Filled| column.head.common || !self.is_common;
        let columns = self.columns.iter().filter(is_wanted).map(|column| {
            let unit = column.head.unit;
            let cell = |cell: &Option<Cell>| {
                let shown = cell.as_ref().map(|c| unit.show(c, self.against));
                shown.unwrap_or_default()
            };
            Shown {
                heading: match unit {
                    Unit::Spent => crate::unit::words(self.against).into(),
                    _ => crate::text::clean(&column.heading),
                },
                is_number: unit != Unit::Text,
                cells: column.cells.iter().map(cell).collect(),
            }
        });
        let is_worth = |s: &Shown| !self.is_common || s.cells.iter().any(|c| !c.is_empty());
        fields.chain(columns.filter(is_worth)).collect()
    }
}

/// The columns that are named, in this order; none are: all.
fn chosen<'c, C>(
    all: &'c [C],
    name: impl Fn(&C) -> &'static str,
    named: &[String],
) -> impl Iterator<Item = &'c C> {
    let columns: Vec<&C> = match named {
        [] => all.iter().collect(),
        named => {
            let column = |wanted: &String| all.iter().find(|c| name(c) == wanted);
            named.iter().filter_map(column).collect()
        }
    };
    columns.into_iter()
}

/// What routers are compared with, as a heading names it.
fn versus(entries: &[Entry]) -> String {
    let one = |e: &Entry| e.row.judged()?.text("versus").map(String::from);
    let all: BTreeSet<String> = entries.iter().filter_map(one).collect();
    let only = all.into_iter().reduce(|_, _| "the other router".into());
    only.unwrap_or_else(|| "the other router".into())
}

/// The group's value of a field, as JSON.
fn raw<'a>(group: &'a Group, field: &str) -> Option<&'a str> {
    let member = group.key.iter().find(|(name, _)| name == field);
    member.map(|(_, value)| value.as_str())
}

/// A JSON text as it reads; everything else as it is written.
fn plain(value: &str) -> String {
    serde_json::from_str(value).unwrap_or_else(|_| value.to_string())
}

fn entries(panel: &Panel) -> Vec<Entry<'_>> {
    let best = rows::best_quality(panel);
    let models: Vec<_> = panel.group.models().collect();
    let parts = [
        ("model", rows::models(&models, best)),
        ("baseline", rows::baselines(panel, best)),
        ("router", rows::routers(panel, best)),
        ("router", rows::chosen(panel, best)),
    ];
    let entries = parts.into_iter().flat_map(|(kind, rows)| {
        rows.into_iter().map(move |row| Entry {
            group: &panel.group,
            kind,
            row,
        })
    });
    entries.collect()
}
