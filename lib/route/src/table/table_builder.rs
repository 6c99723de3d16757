//! Training queries as they come in, kept in columns until the table can be
//! built: vectors end to end, names numbered, known numbers alone.
//!
//! Memory a query: its vector, its id and text, 24 bytes, and for each outcome
//! 8 bytes and 8 for each known number. The table takes as much again while it
//! is built.

use crate::table::grid::Grid;
use crate::table::{Field, Table};
use ndarray::Array2;
use rb_record::interner::Names;
use rb_record::record::Outcome;
use std::collections::BTreeSet;

/// One query.
#[derive(Debug, Clone)]
pub struct Row {
    /// Distinct in a table.
    pub id: String,
    /// Its name.
    pub dataset: String,
    /// Queries of one unit share a prompt.
    pub unit: u64,
    /// Empty where the router asks for none, like `x`.
    pub text: String,
    /// The vector, d numbers.
    pub x: Vec<f32>,
    /// By model, each once.
    pub outcomes: Vec<(String, Outcome)>,
}

/// A model's outcome on one query: which of its fields ([`Field`]) are known.
#[derive(Debug, Clone, Copy)]
struct KnownFields {
    model: u32,
    known: u8,
}

/// Queries in the order in which they came.
#[derive(Debug, Default)]
pub struct TableBuilder {
    ids: Vec<String>,
    unit: Vec<u64>,
    text: Vec<String>,
    dataset: Vec<u32>,
    datasets: Names,
    /// The width of the first vector; all others must have it.
    width: usize,
    x: Vec<f32>,
    models: Names,
    /// By model: whether any query has its score.
    has_score: Vec<bool>,
    /// By query: where its outcomes end.
    end: Vec<usize>,
    outcomes: Vec<KnownFields>,
    values: Vec<f64>,
}

impl TableBuilder {
    /// How many queries came.
    pub fn len(&self) -> usize {
        self.ids.len()
    }
    /// Whether none came.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The models that some query has a score of.
    pub fn scored_models(&self) -> BTreeSet<&str> {
        let scored = self.models.by_number().into_iter().zip(&self.has_score);
        scored.filter(|(_, has)| **has).map(|(m, _)| m).collect()
    }

    /// Adds a query.
    pub fn push(&mut self, mut row: Row) {
        if self.ids.is_empty() {
            self.width = row.x.len();
        }
        self.ids.push(row.id);
        self.unit.push(row.unit);
        self.text.push(row.text);
        self.dataset.push(self.datasets.number(&row.dataset));
        self.x.append(&mut row.x);
        for (name, outcome) in row.outcomes {
            let model = self.models.number(&name);
            self.has_score.resize(self.models.len(), false);
            self.has_score[model as usize] |= outcome.score.is_some();
            let mut known = 0;
            let fields = outcome.values().into_iter().chain([outcome.answer]);
            for (field, value) in fields.enumerate() {
                if let Some(value) = value {
                    known |= 1 << field;
                    self.values.push(value);
                }
            }
            self.outcomes.push(KnownFields { model, known });
        }
        self.end.push(self.outcomes.len());
    }

    /// The table over the models of `pool`, and how many queries were left out
    /// because none of these has a score on them.
    pub fn table(self, pool: &BTreeSet<String>) -> (Table, usize) {
        let models: Vec<String> = pool.iter().cloned().collect();
        let place: Vec<Option<usize>> = (self.models.by_number().into_iter())
            .map(|name| models.binary_search_by(|m| (**m).cmp(name)).ok())
            .collect();
        let all = self.datasets.by_number();
        let starts = || std::iter::once(0).chain(self.end.iter().copied());
        let scored = |(from, to): (usize, usize)| {
            let of_pool = |t: &KnownFields| t.known & 1 != 0 && place[t.model as usize].is_some();
            self.outcomes[from..to].iter().any(of_pool)
        };
        let kept: Vec<bool> = starts().zip(self.end.iter().copied()).map(scored).collect();
        let mut order: Vec<usize> = (0..self.len()).filter(|i| kept[*i]).collect();
        order.sort_by(|a, b| self.ids[*a].cmp(&self.ids[*b]));
        // By query as it came: its row.
        let mut row = vec![None; self.len()];
        for (i, &from) in order.iter().enumerate() {
            row[from] = Some(i);
        }
        let mut grids = vec![Grid::unknown(order.len(), models.len()); Field::Answer as usize + 1];
        let mut values = self.values.into_iter();
        for ((from, to), row) in starts().zip(self.end.iter().copied()).zip(&row) {
            for outcome in &self.outcomes[from..to] {
                for (field, grid) in grids.iter_mut().enumerate() {
                    if outcome.known & (1 << field) == 0 {
                        continue;
                    }
                    let value = values.next().unwrap_or(f64::NAN);
                    if let (Some(row), Some(m)) = (*row, place[outcome.model as usize]) {
                        grid.set(row, m, value);
                    }
                }
            }
        }
        let used: BTreeSet<&str> = (order.iter())
            .map(|i| all[self.dataset[*i] as usize])
            .collect();
        let datasets: Vec<String> = used.into_iter().map(String::from).collect();
        let dataset = |i: &usize| {
            let name = all[self.dataset[*i] as usize];
            datasets.partition_point(|d| **d < *name)
        };
        let (mut ids, mut text) = (self.ids, self.text);
        let table = Table {
            x: sorted(self.x, self.width, &order),
            unit: order.iter().map(|i| self.unit[*i]).collect(),
            dataset: order.iter().map(dataset).collect(),
            text: order
                .iter()
                .map(|i| std::mem::take(&mut text[*i]))
                .collect(),
            ids: order.iter().map(|i| std::mem::take(&mut ids[*i])).collect(),
            datasets,
            models,
            grids,
        };
        (table, kept.len() - order.len())
    }
}

/// The vectors of the queries in `order`; given back before anything is fitted.
fn sorted(x: Vec<f32>, width: usize, order: &[usize]) -> Array2<f32> {
    let mut sorted = Array2::<f32>::zeros((order.len(), width));
    for (mut row, &from) in sorted.rows_mut().into_iter().zip(order) {
        for (to, v) in row.iter_mut().zip(&x[from * width..(from + 1) * width]) {
            *to = *v;
        }
    }
    sorted
}

/// The table of rows in any order over every model with a known score.
pub fn table(rows: Vec<Row>) -> Table {
    let mut columns = TableBuilder::default();
    rows.into_iter().for_each(|row| columns.push(row));
    let pool = columns
        .scored_models()
        .into_iter()
        .map(String::from)
        .collect();
    columns.table(&pool).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, x: f32, outcomes: &[(&str, Option<f64>, Option<f64>)]) -> Row {
        Row {
            id: id.into(),
            dataset: format!("set {id}"),
            unit: 7,
            text: format!("text {id}"),
            x: vec![x, -x],
            outcomes: (outcomes.iter())
                .map(|(m, score, reward)| {
                    let outcome = Outcome {
                        score: *score,
                        reward: *reward,
                        ..Outcome::default()
                    };
                    (m.to_string(), outcome)
                })
                .collect(),
        }
    }

    #[test]
    fn answers_count_in_the_digest_only_where_there_are_any() {
        let digest = |answer: Option<f64>| {
            let mut rows = vec![row("a", 1.0, &[("m", Some(0.5), None)])];
            rows[0].outcomes[0].1.answer = answer;
            let table = table(rows);
            assert_eq!(table.grid(Field::Answer).get(0, 0), answer);
            table.digest()
        };
        assert_ne!(digest(None), digest(Some(5.0)));
        assert_ne!(digest(Some(6.0)), digest(Some(5.0)));
    }

    #[test]
    fn rows_in_any_order_make_a_table_sorted_by_id_over_the_pool() {
        let mut rows = TableBuilder::default();
        rows.push(row(
            "c",
            3.0,
            &[("z", Some(0.3), None), ("a", None, Some(-2.0))],
        ));
        rows.push(row("b", 2.0, &[("other", Some(1.0), Some(9.0))]));
        rows.push(row(
            "a",
            1.0,
            &[("other", None, None), ("a", Some(0.1), None)],
        ));
        assert_eq!(rows.scored_models(), BTreeSet::from(["a", "other", "z"]));
        let (table, left_out) = rows.table(&BTreeSet::from(["a".into(), "z".into()]));
        assert_eq!(left_out, 1);
        assert_eq!(
            (&*table.ids, &*table.models),
            (&["a".into(), "c".into()][..], &["a".into(), "z".into()][..])
        );
        assert_eq!(table.datasets, ["set a", "set c"]);
        assert_eq!(
            (&*table.dataset, &*table.text),
            (&[0, 1][..], &["text a".into(), "text c".into()][..])
        );
        assert_eq!(table.x, ndarray::array![[1.0, -1.0], [3.0, -3.0]]);
        let scores = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, m)| table.score().get(i, m));
        assert_eq!(scores, [Some(0.1), None, None, Some(0.3)]);
        assert_eq!(table.grid(Field::Reward).get(1, 0), Some(-2.0));
        assert_eq!(table.grid(Field::Reward).known(1), 0);
    }
}
