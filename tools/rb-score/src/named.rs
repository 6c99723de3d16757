//! What flags name, looked up in what was read: routers, models, router files.

use crate::args::Args;
use rb_cli as cli;
use rb_record::error::{Error, Result};
use rb_score::data::facts::Facts;
use rb_score::report::asked::{self, Fitted};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The place of the router named by --versus.
pub(crate) fn versus(args: &Args, facts: &Facts) -> Result<Option<usize>> {
    let Some(name) = &args.versus else {
        return Ok(None);
    };
    match facts.routers.iter().position(|r| r == name) {
        Some(place) if facts.oracle[place] => Err(versus_oracle(name)),
        Some(place) => Ok(Some(place)),
        None => Err(Error::usage(format!(
            "--versus {name:?}: no scored query has a route of that name, expected one of {}",
            facts.routers.join(", ")
        ))),
    }
}

/// The place of the model named by --best-single.
pub(crate) fn best_single(args: &Args, facts: &Facts) -> Result<Option<usize>> {
    let Some(name) = &args.best_single else {
        return Ok(None);
    };
    match facts.models.iter().position(|m| m == name) {
        Some(place) => Ok(Some(place)),
        None => Err(Error::usage(format!(
            "--best-single names the model {name:?}, of which no record has a score; the models are {}",
            facts.models.join(", ")
        ))),
    }
}

/// The refusal of --versus NAME where that router reads what it routes.
pub(crate) fn versus_oracle(name: &str) -> Error {
    Error::usage(format!(
        "--versus {name:?} is an oracle, which reads the scores of what it routes; compare with another router"
    ))
}

/// What router files tell of how they were fitted, by the router's name.
pub(crate) fn fitted(files: &[PathBuf]) -> Result<BTreeMap<String, Fitted>> {
    let mut all = BTreeMap::new();
    for path in files {
        let line = cli::input(std::slice::from_ref(path))?.next_line()?;
        let (name, fitted) = asked::fitted(line.as_ref().map_or(b"", |l| l.bytes()))
            .map_err(|e| Error::router_file(format!("{}: {}", path.display(), e.message)))?;
        all.insert(name, fitted);
    }
    Ok(all)
}
