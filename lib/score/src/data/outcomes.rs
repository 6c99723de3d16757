//! The outcomes of queries, a table of query × model × field: score, cost (USD),
//! latency (seconds), tokens and the answer's code. A field that no query has takes
//! no memory; an unknown value is None, never 0.

use rb_record::record::resource::{Resource, RESOURCES};
use rb_record::record::Outcome;
use rb_store::column::Column;
use rb_store::pages::Pager;

/// Score, [`RESOURCES`] and the answer.
const FIELDS: usize = 2 + RESOURCES.len();
/// The place of the answer.
const ANSWER: usize = FIELDS - 1;

/// What is known of an outcome: score, cost, latency, tokens, and the answer's code,
/// of which only equality on one query counts.
pub(crate) type Known = [Option<f64>; FIELDS];

/// Which fields are known anywhere.
pub(crate) type Occurs = [bool; FIELDS];

/// What scoring reads of an outcome.
pub(crate) fn known(o: &Outcome) -> Known {
    let tokens = o.prompt_tokens.zip(o.completion_tokens).map(|(p, c)| p + c);
    [o.score, o.cost, o.latency, tokens, o.answer]
}

/// The known values of one field of one model: how many there are, and their sum.
#[derive(Debug, Clone, Copy, Default)]
struct KnownTotal {
    n: usize,
    sum: f64,
}

/// The outcomes of queries over a fixed list of models, or of references. Those
/// of one query lie side by side, so that a query in a file is one page.
#[derive(Debug)]
pub struct Outcomes {
    columns: usize,
    queries: usize,
    /// By field: where it stands in a cell; None: it never occurs.
    place: [Option<usize>; FIELDS],
    /// How many fields occur.
    fields: usize,
    /// Query × model × field. NaN marks the unknown and never leaves this type.
    values: Column<f64>,
    /// By field and model.
    told: Vec<[KnownTotal; FIELDS]>,
    /// The query at hand.
    row: Vec<f64>,
    /// What quality is traded against.
    pub against: Resource,
}

impl Outcomes {
    /// No query yet. `occurs`: which fields are known anywhere.
    pub(crate) fn new(pager: &Pager, queries: usize, columns: usize, occurs: Occurs) -> Outcomes {
        let mut fields = 0;
        let place = occurs.map(|occurs| {
            fields += usize::from(occurs);
            occurs.then(|| fields - 1)
        });
        Outcomes {
            columns,
            queries: 0,
            place,
            fields,
            values: Column::with_capacity(pager, queries * columns * fields),
            told: vec![Default::default(); columns],
            row: Vec::new(),
            against: Resource::Cost,
        }
    }

    /// The next query.
    pub(crate) fn push(&mut self, outcomes: impl Iterator<Item = (usize, Known)>) {
        self.row.clear();
        self.row.resize(self.columns * self.fields, f64::NAN);
        for (m, known) in outcomes {
            for (field, value) in known.into_iter().enumerate() {
                if let (Some(value), Some(place)) = (value, self.place[field]) {
                    self.row[m * self.fields + place] = value;
                    let told = &mut self.told[m][field];
                    told.n += 1;
                    told.sum += value;
                }
            }
        }
        self.queries += 1;
        self.row.iter().for_each(|value| self.values.push(*value));
    }

    /// How many queries there are.
    pub fn len(&self) -> usize {
        self.queries
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.queries == 0
    }
    /// How many models, or references.
    pub fn columns(&self) -> usize {
        self.columns
    }

    fn cell(&self, q: usize, m: usize) -> usize {
        (q * self.columns + m) * self.fields
    }

    fn field(&self, q: usize, m: usize, field: usize) -> Option<f64> {
        let value = self.values.get(self.cell(q, m) + self.place[field]?);
        (!value.is_nan()).then_some(value)
    }

    /// Everything that is known of one outcome.
    pub(crate) fn all(&self, q: usize, m: usize) -> Known {
        let mut cell = [f64::NAN; FIELDS];
        self.values
            .get_all(self.cell(q, m), &mut cell[..self.fields]);
        (self.place).map(|place| place.map(|at| cell[at]).filter(|value| !value.is_nan()))
    }

    /// The score, 0..1, of model `m` on query `q`; None: unknown.
    pub fn score(&self, q: usize, m: usize) -> Option<f64> {
        self.field(q, m, 0)
    }
    /// USD, seconds or tokens of model `m` on query `q`; None: unknown.
    pub fn resource(&self, q: usize, m: usize, r: Resource) -> Option<f64> {
        self.field(q, m, 1 + r as usize)
    }
    /// The code of model `m`'s answer on query `q`: equal ones are one answer. None:
    /// unknown, so it agrees with nobody.
    pub fn answer(&self, q: usize, m: usize) -> Option<f64> {
        self.field(q, m, ANSWER)
    }
    /// Whether any answer is known.
    pub fn has_answers(&self) -> bool {
        self.told.iter().any(|of| of[ANSWER].n > 0)
    }
    /// What quality is traded against: USD, unless `against` says otherwise.
    pub fn cost(&self, q: usize, m: usize) -> Option<f64> {
        self.resource(q, m, self.against)
    }

    /// Of how many queries model `m`'s score is known.
    pub fn known_scores(&self, m: usize) -> usize {
        self.told[m][0].n
    }
    /// Of how many queries and models a resource is known.
    pub fn known(&self, r: Resource) -> usize {
        self.told.iter().map(|of| of[1 + r as usize].n).sum()
    }
    /// The mean of what is known of a model.
    pub fn mean(&self, m: usize, r: Resource) -> Option<f64> {
        let told = &self.told[m][1 + r as usize];
        (told.n > 0).then(|| told.sum / told.n as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_told_is_unknown_and_takes_no_room() {
        let pager = Pager::new(usize::MAX);
        let mut outcomes = Outcomes::new(&pager, 3, 2, [true, false, true, false, false]);
        let of = |score, latency| [score, None, latency, None, None];
        outcomes.push([(1, of(Some(0.5), None)), (0, of(None, Some(2.0)))].into_iter());
        outcomes.push(std::iter::empty());
        outcomes.push([(0, of(Some(0.0), Some(4.0)))].into_iter());
        assert_eq!((outcomes.len(), outcomes.values.len()), (3, 12));
        let scores = [(0, 0), (0, 1), (1, 0), (2, 0)].map(|(q, m)| outcomes.score(q, m));
        assert_eq!(scores, [None, Some(0.5), None, Some(0.0)]);
        assert_eq!(outcomes.resource(2, 0, Resource::Latency), Some(4.0));
        assert_eq!(
            (outcomes.cost(2, 0), outcomes.mean(0, Resource::Cost)),
            (None, None)
        );
        assert_eq!(outcomes.known(Resource::Latency), 2);
        assert_eq!(outcomes.mean(0, Resource::Latency), Some(3.0));
        outcomes.against = Resource::Latency;
        assert_eq!(outcomes.cost(0, 0), Some(2.0));
    }
}
