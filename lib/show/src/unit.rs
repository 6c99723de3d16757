//! In which unit a resource is shown: cost in USD per 1,000 queries, the others
//! as they are recorded.

use rb_record::record::resource::Resource;

/// What a mean per query is multiplied by.
pub fn times(against: Resource) -> f64 {
    match against {
        Resource::Cost => 1000.0,
        Resource::Latency | Resource::Tokens => 1.0,
    }
}

/// The resource with its unit, for axes and notes.
pub fn words(against: Resource) -> &'static str {
    match against {
        Resource::Cost => "cost, USD per 1,000 queries",
        Resource::Latency => "latency, seconds per query",
        Resource::Tokens => "tokens per query",
    }
}
