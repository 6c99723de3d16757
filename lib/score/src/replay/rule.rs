//! What an operating point must satisfy to be chosen, and how good a point of a
//! curve is by that rule.

use crate::data::facts::Resource;
use crate::replay::curve::Mix;
use crate::replay::tally::Tally;
use crate::statistics::paired::Difference;
use rb_record::error::{excerpt, Error, Result};
/// How far below best-single a quality may lie, with 95 % confidence, to count
/// as "not below".
pub const MARGIN: f64 = 0.005;

/// What a chosen point must satisfy, as the user says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// The cheapest point whose quality is not below best-single's.
    BestSingle,
    /// The cheapest point of at least this quality.
    Quality(f64),
    /// The best point of at most this cost, USD a query.
    Cost(f64),
    /// The best point of at most this latency, seconds a query.
    Latency(f64),
    /// The best point that calls the strong model (best on train) on at most
    /// this share of the queries.
    Strong(f64),
}

impl Rule {
    /// Reads `quality>=best-single`, `quality>=0.8`, `cost<=0.0004`,
    /// `latency<=1.5` or `strong<=0.5`. Errors name the column.
    pub fn parse(text: &str) -> Result<Rule> {
        const EXAMPLES: &str =
            "quality>=best-single, quality>=0.8, cost<=0.0004, latency<=1.5 or strong<=0.5";
        let fault = |column: usize, message: String| {
            Err(Error::usage(format!(
                "--choose {text:?}, column {}: {message}; write {EXAMPLES}",
                column + 1
            )))
        };
        let at = text.find(['<', '>', '=']).unwrap_or(text.len());
        let name = text[..at].trim();
        let sign_length = text[at..]
            .find(|c| !['<', '>', '='].contains(&c))
            .unwrap_or(text.len() - at);
        let (sign, rest) = text[at..].split_at(sign_length);
        let value = rest.trim();
        let value_at = at + sign_length + (rest.len() - rest.trim_start().len());
        let expected = match name {
            "quality" => ">=",
            "cost" | "latency" | "strong" => "<=",
            _ => {
                let found = excerpt(name);
                return fault(
                    text.len() - text.trim_start().len(),
                    format!("found {found:?}, expected quality, cost, latency or strong"),
                );
            }
        };
        if sign != expected {
            let found = if sign.is_empty() { "nothing" } else { sign };
            return fault(
                at,
                format!("found {found} after {name}, expected {expected}"),
            );
        }
        if (name, value) == ("quality", "best-single") {
            return Ok(Rule::BestSingle);
        }
        let (most, range) = match name {
            "quality" | "strong" => (1.0, "0..1"),
            _ => (f64::MAX, "a number from 0 on"),
        };
        let number = value.parse().ok().filter(|v| (0.0..=most).contains(v));
        let Some(number) = number else {
            let or = if name == "quality" {
                " or best-single"
            } else {
                ""
            };
            let found = if value.is_empty() {
                "nothing".into()
            } else {
                format!("{:?}", excerpt(value))
            };
            return fault(value_at, format!("found {found}, expected {range}{or}"));
        };
        Ok(match name {
            "quality" => Rule::Quality(number),
            "cost" => Rule::Cost(number),
            "latency" => Rule::Latency(number),
            _ => Rule::Strong(number),
        })
    }

    /// The merit of a point under this rule, the larger the better; None: the
    /// point does not satisfy it. `strong` is the strong model's place; for
    /// best-single the candidates must be compared with it.
    pub fn merit(&self, c: &Candidate, strong: Option<usize>, margin: f64) -> Option<Merit> {
        let quality = c.tally.quality()?;
        let cost = c.tally.cost();
        // Without costs the first point that satisfies the rule is as good as any.
        let cheap = (cost.map_or(0.0, |c| -c), quality);
        let good = (quality, cost.map_or(0.0, |c| -c));
        match *self {
            Rule::BestSingle => (c.difference?.lower()? >= -margin).then_some(cheap),
            Rule::Quality(least) => (quality >= least).then_some(cheap),
            Rule::Cost(most) => (c.tally.resource(Resource::Cost)? <= most).then_some(good),
            Rule::Latency(most) => {
                let latency = c.tally.resource(Resource::Latency)?;
                (latency <= most).then_some(good)
            }
            Rule::Strong(most) => (c.share_called(strong?) <= most).then_some(good),
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Rule::BestSingle => f.write_str("quality>=best-single"),
            Rule::Quality(v) => write!(f, "quality>={v}"),
            Rule::Cost(v) => write!(f, "cost<={v}"),
            Rule::Latency(v) => write!(f, "latency<={v}"),
            Rule::Strong(v) => write!(f, "strong<={v}"),
        }
    }
}

/// Compared in order; the larger wins, and among equals the lowest alpha.
pub type Merit = (f64, f64);

/// A point of a curve on the queries that the choice may look at.
pub struct Candidate<'c> {
    /// The lowest alpha at which the point holds.
    pub alpha: f64,
    /// Sums over those queries.
    pub tally: &'c Tally,
    /// Who answers there and who is called.
    pub mix: &'c Mix,
    /// To [`Chooser::choose`]'s model; None: none given, or never known.
    pub difference: Option<Difference>,
}

impl Candidate<'_> {
    /// The share of the queries on which model `m` is called.
    pub fn share_called(&self, m: usize) -> f64 {
        self.mix.called[m] as f64 / self.tally.n() as f64
    }
}
