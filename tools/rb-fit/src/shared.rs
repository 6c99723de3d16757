//! The flags that every router of rb-fit takes.

use clap::Args;
use rb_cli::{Common, Memory};
use rb_record::error::{Error, Result};
use rb_record::record::resource::Resource;
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Shared {
    /// Record files, .gz and .zst as they are; none or `-`: standard input
    pub(crate) files: Vec<PathBuf>,
    /// Save the fitted router, with its calibration curve, for rb-route
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Write the sums of a part of the queries, for rb-fit --merge, and no records:
    /// fixed, length, keyword; kmeans and avengers with --centroids
    #[arg(long, conflicts_with_all = ["save", "replace", "timing", "drop_embedding"])]
    pub(crate) partial: bool,
    /// Write the routes under this name [default: the router's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Route among these models only
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// Leave these models out
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) exclude: Vec<String>,
    /// What alpha trades quality against: cost (USD), latency (seconds) or
    /// tokens (prompt and completion)
    #[arg(long, value_name = "WHAT", default_value = "cost", value_parser = against)]
    pub(crate) against: Resource,
    /// Add explain.NAME: the expected quality and cost of each model
    #[arg(long, conflicts_with = "partial")]
    pub(crate) explain: bool,
    /// Replace routes of the same name
    #[arg(long)]
    pub(crate) replace: bool,
    /// Append how long fitting and routing took to FILE, as a JSON line
    #[arg(long, value_name = "FILE")]
    pub(crate) timing: Option<PathBuf>,
    /// Write the records without their embeddings
    #[arg(long)]
    pub(crate) drop_embedding: bool,
    #[command(flatten)]
    pub(crate) memory: Memory,
    #[command(flatten)]
    pub(crate) common: Common,
}

pub(crate) fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.chars().any(char::is_control) {
        Err(Error::usage("--name is empty or holds a control character"))
    } else {
        Ok(())
    }
}

fn against(text: &str) -> std::result::Result<Resource, String> {
    Resource::from_name(text).ok_or_else(|| "expected cost, latency or tokens".into())
}
