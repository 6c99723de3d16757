//! explain.NAME: what a router expected, and how answers led to what is kept.

use crate::router::{Account, Turn};
use rb_record::json;
use rb_record::policy::Expected;

/// The JSON of one query's explanation; `names[m]` is the JSON string of model m,
/// `against` the name of what quality is traded against.
pub fn json(
    expected: &Expected,
    against: &str,
    account: Option<&Account>,
    names: &[String],
) -> String {
    let row = |values: &[f64]| {
        let member = |(m, v): (&String, &f64)| format!("{m}:{}", json::number(*v));
        let members: Vec<String> = names.iter().zip(values).map(member).collect();
        format!("{{{}}}", members.join(","))
    };
    let cost = if expected.scale > 0.0 {
        row(expected.g)
    } else {
        "null".into()
    };
    let account = account.map(|a| account_json(a, names)).unwrap_or_default();
    format!(
        "{{\"quality\":{},\"{against}\":{cost}{account}}}",
        row(expected.p)
    )
}

/// The members `turns` and `why` of an explanation.
fn account_json(account: &Account, names: &[String]) -> String {
    let turn = |turn: &Turn| {
        let same: Vec<&str> = turn.agrees_with.iter().map(|&m| &*names[m]).collect();
        format!(
            "{{\"model\":{},\"believed\":{},\"agrees_with\":[{}]}}",
            names[turn.model],
            json::number(turn.believed),
            same.join(",")
        )
    };
    let turns: Vec<String> = account.turns.iter().map(turn).collect();
    format!(
        ",\"turns\":[{}],\"why\":{}",
        turns.join(","),
        json::quoted(account.why)
    )
}
