//! The pareto and frontier records that rb-pareto adds to a stream.

use crate::pareto::compare::{Joint, Member, Owner};
use rb_record::record::resource::Resource;
use serde::Serialize;

#[derive(Serialize)]
struct ParetoRecord<'a> {
    r#type: &'static str,
    router: &'a str,
    group: &'a serde_json::value::RawValue,
    compared: bool,
    points: Option<usize>,
    on_frontier: Option<usize>,
    pareto_dist: Option<f64>,
    pareto_share: Option<f64>,
}

#[derive(Serialize)]
struct FrontierRecord<'a> {
    r#type: &'static str,
    group: &'a serde_json::value::RawValue,
    points: Vec<FrontierPoint<'a>>,
}

#[derive(Serialize)]
struct FrontierPoint<'a> {
    /// Of the three the one that quality is traded against.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<f64>,
    quality: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    router: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha: Option<f64>,
}

impl Joint {
    /// The pareto record of every one of `routers` (null where it was not
    /// compared), then the frontier record if there is a frontier. `group` is
    /// its JSON text.
    pub fn records<'r>(
        &self,
        group: &str,
        against: Resource,
        routers: impl Iterator<Item = &'r String>,
    ) -> serde_json::Result<Vec<String>> {
        let group: &serde_json::value::RawValue = serde_json::from_str(group)?;
        let mut lines = Vec::new();
        for router in routers {
            let standing = self.routers.get(router);
            lines.push(serde_json::to_string(&ParetoRecord {
                r#type: "pareto",
                router,
                group,
                compared: standing.is_some(),
                points: standing.map(|s| s.points),
                on_frontier: standing.map(|s| s.on_frontier),
                pareto_dist: standing.map(|s| s.dist),
                pareto_share: standing.map(|s| s.share),
            })?);
        }
        let points: Vec<FrontierPoint> = {
            let members = self.frontier.iter();
            members.map(|m| FrontierPoint::of(m, against)).collect()
        };
        if !points.is_empty() {
            lines.push(serde_json::to_string(&FrontierRecord {
                r#type: "frontier",
                group,
                points,
            })?);
        }
        Ok(lines)
    }
}

impl FrontierPoint<'_> {
    fn of(member: &Member, against: Resource) -> FrontierPoint<'_> {
        let amount = |r: Resource| (r == against).then_some(member.point.cost);
        let (router, model) = match &member.owner {
            Owner::Router(name) => (Some(name.as_str()), None),
            Owner::Model(name) => (None, Some(name.as_str())),
        };
        FrontierPoint {
            cost: amount(Resource::Cost),
            latency: amount(Resource::Latency),
            tokens: amount(Resource::Tokens),
            quality: member.point.quality,
            router,
            model,
            alpha: member.alpha,
        }
    }
}
