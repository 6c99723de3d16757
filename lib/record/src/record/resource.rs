//! What a call uses up, and what quality can be traded against.

use serde::{Deserialize, Serialize};

/// Each is summed over the calls of a query. Cost unless somebody says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// USD.
    #[default]
    Cost,
    /// Seconds.
    Latency,
    /// Prompt and completion tokens together.
    Tokens,
}

/// All of them.
pub const RESOURCES: [Resource; 3] = [Resource::Cost, Resource::Latency, Resource::Tokens];

impl Resource {
    /// As in `--against`, and in records.
    pub fn name(self) -> &'static str {
        match self {
            Resource::Cost => "cost",
            Resource::Latency => "latency",
            Resource::Tokens => "tokens",
        }
    }

    /// What a name stands for.
    pub fn from_name(name: &str) -> Option<Resource> {
        RESOURCES.into_iter().find(|r| r.name() == name)
    }

    /// What an amount of it is counted in.
    pub fn unit(self) -> &'static str {
        match self {
            Resource::Cost => "USD",
            Resource::Latency => "seconds",
            Resource::Tokens => "tokens",
        }
    }
}
