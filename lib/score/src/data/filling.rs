//! The facts while they are filled, query by query in the order of the ids.

use crate::data::arrange::{CollectedQuery, Member, Places, Replayed};
use crate::data::checks::SPLITS;
use crate::data::logged::Log;
use crate::data::outcomes::Outcomes;
use crate::data::training::Training;
use rb_record::record::Split;
use rb_store::column::Column;

/// What each query goes into.
pub(super) struct Filling {
    pub(super) scored: Replayed,
    /// Where val is routed and not what is scored.
    pub(super) val: Option<Replayed>,
    /// Outcomes of other routers, by reference.
    pub(super) answers: Outcomes,
    /// Where a log is scored.
    pub(super) log: Option<Log>,
    pub(super) train: Training,
    /// By field: a query's value and the query, in the order of the queries.
    pub(super) members: Vec<Column<Member>>,
}

impl Filling {
    /// Adds a query; `split`: what is scored, None: everything.
    pub(super) fn add(
        &mut self,
        key: &[u8],
        row: CollectedQuery,
        split: Option<Split>,
        places: &Places,
    ) {
        let of = row.split.map(|s| SPLITS[s as usize]);
        if of == Some(Split::Train) {
            self.train.add(&row, places);
        }
        if let (Some(Split::Val), Some(val)) = (of, &mut self.val) {
            val.push(key, &row, places);
        }
        if split.is_some() && of != split {
            return;
        }
        let i = self.scored.part.len();
        let told = row.references.iter();
        let place = |r: u32| places.reference[r as usize];
        (self.answers).push(told.filter_map(|(r, known)| Some((place(*r)?, *known))));
        let of_field = places.groups.iter().zip(&mut self.members);
        for (number, (places, members)) in row.groups.iter().zip(of_field) {
            if let Some(v) = places[*number as usize] {
                members.push((v as u32, i as u32));
            }
        }
        self.scored.push(key, &row, places);
        if let (Some(log), Some((m, about))) = (&mut self.log, row.logged) {
            log.push(m.and_then(|m| places.model[m as usize]), about);
        }
    }
}
