//! The library behind the rb tools. One line a module; arrows point down the
//! list only: tools → cli, the tables (`import`, `embed`, `router`, `metric`,
//! `plot`) and `score` → baseline, curve, taken, replay, partial, collect, arrange, facts → rows, table, policy,
//! hull, outcomes, queries → record, spool, column, sorter, stream → json, hash, grid, names, sum,
//! resource, room, temporary, error.

#![deny(unsafe_code)]

mod arrange;
pub mod baseline;
pub mod boot;
pub mod choose;
pub mod claim;
pub mod cli;
pub mod collect;
pub mod column;
pub mod curve;
// The one place where hand-written vector instructions pay.
#[allow(unsafe_code)]
pub mod dense;
pub mod drawn;
pub mod embed;
pub mod error;
pub mod fact;
pub mod facts;
pub mod grid;
pub mod hash;
pub mod hull;
pub mod ids;
pub mod import;
pub mod interval;
pub mod json;
pub mod judge;
pub mod load;
pub mod metric;
mod names;
pub mod outcomes;
pub mod paired;
pub mod pareto;
pub mod partial;
pub mod plot;
mod poisson;
pub mod policy;
pub mod queries;
pub mod record;
pub mod replay;
pub mod resource;
pub mod room;
pub mod router;
pub mod rows;
pub mod score;
pub mod scores;
pub mod signals;
pub mod sorter;
pub mod split;
pub mod spool;
pub mod strata;
pub mod stream;
pub mod sum;
pub mod table;
pub mod taken;
pub mod temporary;
pub mod timing;
mod trained;
pub mod truth;
