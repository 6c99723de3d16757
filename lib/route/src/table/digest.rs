//! A digest of everything a router may learn from: the sum of what each row says
//! by itself, so that the digests of parts add up to that of the whole.

use crate::table::{Field, Table};
use rayon::prelude::*;
use rb_record::hash::Digest;

/// The rows' digests, added up modulo 2^128.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowSum(pub u128);

impl RowSum {
    /// Other rows more.
    pub fn add(&mut self, other: RowSum) {
        self.0 = self.0.wrapping_add(other.0);
    }

    /// The digest of these rows over `models`, in hexadecimal.
    pub fn digest(self, models: &[String]) -> String {
        let mut digest = Digest::default();
        models.iter().for_each(|m| text(&mut digest, m));
        digest.add(&self.0.to_le_bytes());
        digest.text()
    }
}

fn text(digest: &mut Digest, text: &str) {
    digest.add(&(text.len() as u64).to_le_bytes());
    digest.add(text.as_bytes());
}

impl Table {
    /// What its rows say.
    pub fn row_sum(&self) -> RowSum {
        let rows = (0..self.len()).into_par_iter();
        RowSum(rows.map(|i| self.row(i)).reduce(|| 0, u128::wrapping_add))
    }

    /// A digest of everything a router may learn from.
    pub fn digest(&self) -> String {
        self.row_sum().digest(&self.models)
    }

    fn row(&self, i: usize) -> u128 {
        let mut digest = Digest::default();
        text(&mut digest, &self.ids[i]);
        text(&mut digest, &self.text[i]);
        text(&mut digest, &self.datasets[self.dataset[i]]);
        self.x
            .row(i)
            .iter()
            .for_each(|v| digest.add(&v.to_le_bytes()));
        let of = |m: usize, field: usize| self.grids[field].get(i, m);
        // Answers count only where there are any.
        let told = (0..self.k()).any(|m| of(m, Field::Answer as usize).is_some());
        let fields = Field::Answer as usize + usize::from(told);
        for (m, field) in (0..self.k()).flat_map(|m| (0..fields).map(move |f| (m, f))) {
            let value = of(m, field).unwrap_or(f64::NAN);
            digest.add(&value.to_le_bytes());
        }
        digest.number()
    }
}
