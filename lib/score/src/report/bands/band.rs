//! The intervals of one operating point.

use crate::data::facts::Resource;
use crate::replay::{Replay, Value};
use crate::report::line::Object;
use crate::statistics::interval::{interval, Interval};
/// Quality, quality (macro), cost, cost (macro), latency; cost is what quality
/// is traded against.
pub(crate) const PARTS: usize = 5;

/// The parts of a value whose resampled means are asked for; `f` turns one
/// into its share of a mean over datasets.
pub(crate) fn parts(against: Resource, v: &Value, f: f64) -> [f64; PARTS] {
    let (cost, latency) = (v.spent(against), v.spent(Resource::Latency));
    [v.score, v.score * f, cost, cost * f, latency]
}

/// The intervals of one operating point; None: unknown, or not asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Band {
    parts: [Option<Interval>; PARTS],
    against: Resource,
}

impl Band {
    /// From the resampled means of every part. Nothing is said of a cost or a
    /// latency that no outcome has.
    pub(crate) fn new(replay: &Replay, parts: impl IntoIterator<Item = Vec<f64>>) -> Band {
        let (cost, latency) = (replay.has_costs(), replay.known[Resource::Latency as usize]);
        let known = [true, true, cost, cost, latency];
        // The stretch of small datasets may reach beyond what a mean can be.
        let most = [1.0, 1.0, f64::MAX, f64::MAX, f64::MAX];
        let mut band = Band {
            against: replay.against(),
            ..Band::default()
        };
        for (i, (band, part)) in band.parts.iter_mut().zip(parts).enumerate() {
            let within = |v: f64| v.clamp(0.0, most[i]);
            let interval = interval(part).filter(|_| known[i]);
            *band = interval.map(|(low, high)| (within(low), within(high)));
        }
        band
    }
}

impl Object {
    /// The intervals, under the names of the means and what comes before them.
    pub(crate) fn put_band(&mut self, before: &str, band: Option<&Band>) -> &mut Object {
        let Some(band) = band else { return self };
        // Only cost has a mean over datasets of its own; latency has one interval.
        let names = match band.against {
            Resource::Cost => [Some("cost"), Some("cost_macro"), Some("latency")],
            Resource::Latency => [None, None, Some("latency")],
            Resource::Tokens => [Some("tokens"), None, Some("latency")],
        };
        let names = [Some("quality"), Some("quality_macro")]
            .into_iter()
            .chain(names);
        for (name, interval) in names.zip(band.parts) {
            if let (Some(name), true) = (name, interval.is_some()) {
                self.put(&format!("{before}{name}_ci"), &interval);
            }
        }
        self
    }
}
