//! One score record, read and checked. What is missing or out of range is an
//! error with its place.

use crate::scores::fields::Fields;
use crate::scores::figures::{Baseline, Operating, Pair, Summary};
use crate::scores::group::GroupKey;
use crate::scores::pooled::Pooled;
use crate::scores::run::Run;
use rb_record::error::{Error, Result};
use rb_record::record::Record;
use rb_record::stream::Line;

/// What a line turned out to be.
#[derive(Debug, Clone)]
pub enum Scored {
    /// One operating point of the router of that name.
    Point(GroupKey, String, Operating),
    /// A baseline of the group.
    Baseline(GroupKey, Baseline),
    /// The metrics of the router of that name.
    Summary(GroupKey, String, Summary),
    /// Two routers beside each other.
    Pair(GroupKey, Pair),
    /// A run of rb-score.
    Run(Run),
    /// A run of rb-score over several seeds, and what was scored in words.
    Seeds(Run, String),
    /// Means over seeds.
    Pooled(Pooled),
    /// A pareto or frontier record of an earlier run.
    Superseded,
    /// A type that rb-pareto has no use for.
    Other,
}

/// Reads one score record.
pub fn parse(line: &Line) -> Result<Scored> {
    let record = Record::parse(line)?;
    let fields = Fields { record: &record };
    let Some(kind) = fields.text("type")? else {
        let has = |name| record.raw(name).is_some();
        let is_query = ["outcomes", "routes", "prompt", "embedding"]
            .iter()
            .any(|f| has(f));
        let found = if is_query {
            "this is a query record, expected score records; run rb-score first: … | rb-score | rb-pareto"
        } else {
            "the record has no type, expected the point, baseline and summary records that rb-score writes"
        };
        return Err(Error::input(found).at(line.place(0)));
    };
    match kind.as_str() {
        "point" => {
            let alpha = fields.required("alpha", fields.number("alpha", 0.0, 1.0, "0..1")?)?;
            let figures = fields.figures()?;
            let router = fields.required("router", fields.text("router")?)?;
            Ok(Scored::Point(
                fields.group()?,
                router,
                Operating { alpha, figures },
            ))
        }
        "baseline" => {
            let name = fields.required("name", fields.text("name")?)?;
            let model = fields.text("model")?;
            if name == "model" {
                fields.required("model", model.as_ref())?;
            }
            let baseline = Baseline {
                name,
                model,
                router: fields.text("router")?,
                reference: fields.text("reference")?,
                alpha: fields.number("alpha", 0.0, 1.0, "0..1")?,
                figures: fields.figures()?,
                hull: fields.hull()?,
            };
            Ok(Scored::Baseline(fields.group()?, baseline))
        }
        "summary" => {
            let router = fields.required("router", fields.text("router")?)?;
            Ok(Scored::Summary(fields.group()?, router, fields.summary()?))
        }
        "pair" => Ok(Scored::Pair(fields.group()?, fields.pair()?)),
        "run" => Ok(Scored::Run(fields.run()?)),
        "seeds" => Ok(Scored::Seeds(fields.run()?, fields.seeds()?)),
        "pooled" => fields.pooled().map(Scored::Pooled),
        "pareto" | "frontier" => Ok(Scored::Superseded),
        _ => Ok(Scored::Other),
    }
}
