//! The whole table: the rows of all groups, and the columns asked for.

use crate::export::cell::{Cell, Unit};
use crate::export::columns::{Column, Entry, COLUMNS};
use crate::panel::Panel;
use crate::scores::Group;
use crate::table::rows;
use rb_record::record::resource::Resource;
use std::collections::{BTreeMap, BTreeSet};

/// Rows and columns, not yet written in any format.
pub struct Sheet<'a> {
    /// The fields of `--by`, and whether all values are numbers.
    fields: BTreeMap<&'a str, bool>,
    entries: Vec<Entry<'a>>,
    columns: Vec<&'static Column>,
    /// None were named: a reader sees the common ones, a program all.
    is_common: bool,
    against: Resource,
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
    /// The rows of `panels`. `named`: columns in this order, unknown names are
    /// left out; none: all.
    pub fn new(panels: &'a [Panel], named: &[String]) -> Sheet<'a> {
        let mut fields = BTreeMap::new();
        for (name, value) in panels.iter().flat_map(|p| &p.group.key) {
            let is_number = value.parse().is_ok_and(f64::is_finite);
            *fields.entry(name.as_str()).or_insert(true) &= is_number;
        }
        let column = |name: &String| COLUMNS.iter().find(|c| c.name == name);
        let columns = match named {
            [] => COLUMNS.iter().collect(),
            named => named.iter().filter_map(column).collect(),
        };
        Sheet {
            fields,
            entries: panels.iter().flat_map(entries).collect(),
            columns,
            is_common: named.is_empty(),
            against: (panels.first()).map_or(Resource::Cost, |p| p.group.against()),
        }
    }

    /// Where a rule goes between rows: before each that starts a group, or
    /// another kind of row in it.
    pub(crate) fn starts(&self) -> BTreeSet<usize> {
        let pairs = self.entries.windows(2).enumerate();
        let start = pairs.filter(|(_, pair)| {
            pair[0].kind != pair[1].kind || !std::ptr::eq(pair[0].group, pair[1].group)
        });
        start.map(|(i, _)| i + 1).collect()
    }

    /// For a program: every column, filled or not.
    pub(crate) fn exact(&self) -> Vec<Exact> {
        let mut all: Vec<Exact> = Vec::new();
        for (field, is_number) in &self.fields {
            let value = |e: &Entry| {
                let value = raw(e.group, field)?;
                Some(match is_number {
                    true => Unit::Points.exact(value.parse().ok()?),
                    false => plain(value),
                })
            };
            all.push(Exact {
                name: format!("group.{field}"),
                is_number: *is_number,
                values: self.entries.iter().map(value).collect(),
            });
        }
        for column in &self.columns {
            let name = match column.unit {
                Unit::Spent => self.against.name(),
                _ => column.name,
            };
            let cells: Vec<Option<Cell>> = self.entries.iter().map(column.read).collect();
            type Part = fn(&Cell, Unit) -> Option<String>;
            let mut put = |name: String, part: Part| {
                let value = |c: &Option<Cell>| part(c.as_ref()?, column.unit);
                all.push(Exact {
                    name,
                    is_number: column.unit != Unit::Text,
                    values: cells.iter().map(value).collect(),
                });
            };
            put(name.into(), |cell, unit| match cell {
                Cell::Text(text) => Some(text.clone()),
                Cell::Number(value, _) => Some(unit.exact(*value)),
            });
            if column.ranged {
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
            let value = |e: &Entry| match raw(e.group, field) {
                Some(value) => crate::text::clean(&plain(value)),
                None => "all".into(),
            };
            Shown {
                heading: field.to_string(),
                is_number: false,
                cells: self.entries.iter().map(value).collect(),
            }
        });
        let wanted = self.columns.iter().filter(|c| c.common || !self.is_common);
        let columns = wanted.map(|column| {
            let cell = |e: &Entry| {
                let cell = (column.read)(e);
                cell.map_or(String::new(), |c| column.unit.show(&c, self.against))
            };
            Shown {
                heading: self.heading(column),
                is_number: column.unit != Unit::Text,
                cells: self.entries.iter().map(cell).collect(),
            }
        });
        let is_worth = |s: &Shown| !self.is_common || s.cells.iter().any(|c| !c.is_empty());
        fields.chain(columns.filter(is_worth)).collect()
    }

    fn heading(&self, column: &Column) -> String {
        if column.unit == Unit::Spent {
            return crate::unit::words(self.against).into();
        }
        let versus = |e: &Entry| e.row.judged()?.text("versus").map(String::from);
        let versus: BTreeSet<String> = self.entries.iter().filter_map(versus).collect();
        let one = versus.first().filter(|_| versus.len() == 1);
        let versus = one.map_or("the other router", String::as_str);
        crate::text::clean(&column.heading.replace("{versus}", versus))
    }
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
