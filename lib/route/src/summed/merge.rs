//! Parts, one after another, become one router.

use crate::file::fit::Fitted;
use crate::file::header::{Calibration, Header, Train};
use crate::kinds;
use crate::summed::part::{Held, Part};
use crate::summed::rows;
use rb_record::error::{Error, Place, Result};
use rb_record::record::resource::Resource;
use rb_record::stream::Line;

/// The parts so far, added up.
#[derive(Default)]
pub struct Merge {
    first: Option<(Part, Place)>,
    held: Held,
    /// Parts that had queries, and the place of the first of them.
    pool_from: Option<Place>,
}

impl Merge {
    /// Adds the part of `line`; one that does not belong to those before is refused.
    pub fn admit(&mut self, line: &Line) -> Result<()> {
        let (part, held) = Part::parse(line)?;
        let place = line.place(0);
        let differs = |what: String, at: &Place, remedy: &str| {
            Err(Error::input(format!("{what}, unlike at {at}; {remedy}")).at(line.place(0)))
        };
        let same = "write all parts with the same options";
        if let Some((first, at)) = &mut self.first {
            if let Some(what) = other_options(&part, first) {
                return differs(what, at, same);
            }
            let mixed = (part.split_here.zip(first.split_here)).is_some_and(|(a, b)| a != b);
            if mixed {
                let what =
                    "the records of this part had a split only where those of others had none";
                return differs(
                    what.into(),
                    at,
                    "run rb-split over the whole before it is parted",
                );
            }
            let embedders = part.embedder.as_ref().zip(first.embedder.as_ref());
            if let Some((this, _)) = embedders.filter(|(a, b)| a != b) {
                let what = format!("the vectors are of {:?} ({} numbers)", this.model, this.dim);
                return differs(
                    what,
                    at,
                    "run rb-embed with one --model over the whole stream",
                );
            }
            if let Some(pool_from) = self.pool_from.as_ref().filter(|_| part.n > 0) {
                let what = format!("the models are {}", part.models.join(", "));
                let remedy =
                    "all queries need the same ones: name those that all parts have with --models";
                if part.models != first.models {
                    return differs(what, pool_from, remedy);
                }
                if part.is_priced != first.is_priced {
                    let known = if part.is_priced == Some(true) {
                        "known"
                    } else {
                        "not known"
                    };
                    let what = format!("the {} of the models is {known}", part.against.name());
                    return differs(what, pool_from, "import what is missing");
                }
            }
        }
        for hash in held.ids.hashes() {
            if !self.held.ids.admit_hash(hash) {
                return Err(Error::input(
                    "a query of this part stands in a part before it too; every query belongs to one part",
                )
                .at(place));
            }
        }
        self.held.sums.add_all(&held.sums);
        self.held.rows.add(held.rows);
        let has_pool = part.n > 0 && self.pool_from.is_none();
        match &mut self.first {
            None => self.first = Some((part, line.place(0))),
            Some((first, _)) => {
                first.without_scores += part.without_scores;
                first.split_here = first.split_here.or(part.split_here);
                first.embedder = first.embedder.take().or(part.embedder);
                if has_pool {
                    first.models = part.models;
                    first.is_priced = part.is_priced;
                }
            }
        }
        if has_pool {
            self.pool_from = Some(place);
        }
        Ok(())
    }

    /// Train queries so far, and those that teach nothing.
    pub fn counts(&self) -> (u64, u64) {
        let without = self.first.as_ref().map_or(0, |(p, _)| p.without_scores);
        (self.held.sums.n(), without)
    }

    /// The router of all parts: as one fit makes it of the whole, but for the
    /// calibration curve, of which there is none.
    pub fn finish(self) -> Result<Fitted> {
        let Some((part, _)) = self.first else {
            return Err(rb_record::stream::empty_stream());
        };
        if self.held.sums.n() == 0 {
            return Err(Error::input(
                "no query of any part is in the train split and has a score, so there is nothing to fit on",
            ));
        }
        let entry = kinds::entry(&part.kind).ok_or_else(|| {
            Error::input(format!(
                "the kind of router is {:?}, which this version does not know",
                part.kind
            ))
        })?;
        let row = rows::row(entry, &part.params)?;
        let is_priced = part.is_priced == Some(true);
        if !is_priced && part.against != Resource::Cost {
            return Err(Error::input(format!(
                "no train query has an outcome with {0}, so --against {0} has nothing to trade quality against; import it, or leave the flag out",
                part.against.name()
            )));
        }
        let dim = part.embedder.as_ref().map_or(0, |e| e.dim);
        let summing = (row.open)(&part.params, dim)?;
        if self
            .held
            .sums
            .cells
            .keys()
            .any(|(place, _)| *place >= summing.places())
        {
            return Err(Error::input(
                "a sum is of a place that the router does not have; write the parts again with rb-fit --partial",
            ));
        }
        let means = self.held.sums.means(part.models.len(), is_priced);
        let router = summing.finish(&self.held.sums, &means, &part.models)?;
        let header = Header {
            kind: part.kind,
            name: part.name,
            against: part.against,
            scale: (means.scale > 0.0).then_some(means.scale),
            embedder: part.embedder,
            seed: part.seed,
            params: part.params,
            train: Train {
                n: self.held.sums.n() as usize,
                digest: self.held.rows.digest(&part.models),
            },
            models: part.models,
            calibration: Calibration::none(),
        };
        Ok(Fitted { header, router })
    }
}

/// What the options of a part are where they are not those of the first.
fn other_options(part: &Part, first: &Part) -> Option<String> {
    if part.version != first.version {
        return Some(format!("the part is of version {}", part.version));
    }
    if part.kind != first.kind {
        return Some(format!("the part is of {}", part.kind));
    }
    let flag = |name: &str, value: &str| {
        let is_short = value.len() <= 40 && !value.contains('\n');
        let value = match (value, is_short) {
            ("", _) => "the default".into(),
            (value, true) => value.to_string(),
            (_, false) => "another file".into(),
        };
        Some(format!("--{name} is {value}"))
    };
    if part.name != first.name {
        return flag("name", &part.name);
    }
    if part.against != first.against {
        return flag("against", part.against.name());
    }
    if part.seed != first.seed {
        return flag("seed", &part.seed.to_string());
    }
    let mut params = part.params.0.iter();
    let (name, value) = params.find(|(name, value)| first.params.0.get(*name) != Some(*value))?;
    flag(name, value)
}
