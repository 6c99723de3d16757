//! Pools as records (FORMAT.md): one `pools` line, then a `pool` line for each size
//! of everything and of each dataset.

use crate::pool::gaps::Gaps;
use crate::pool::judge::{Config, Group, Judged};
use crate::report::line::Object;
use crate::statistics::resampled::Resampled;
use rb_record::json;

/// What the first line says.
pub struct Head<'a> {
    /// `oracle` or `routed`.
    pub objective: &'a str,
    /// The router of `routed`.
    pub router: Option<&'a str>,
    /// Names of the models, in the order of preference.
    pub names: &'a [String],
    /// Their mean cost on train, USD; None: unknown.
    pub costs: &'a [Option<f64>],
    /// Of train and test.
    pub gaps: [&'a Gaps; 2],
    /// What was told on standard error.
    pub notes: &'a [String],
}

impl Head<'_> {
    /// The first line.
    pub fn line(&self, version: &str, config: &Config) -> String {
        let [train, test] = self.gaps;
        let mut out = String::new();
        let mut object = Object::new("pools");
        object
            .put("version", version)
            .put("objective", self.objective)
            .put("router", &self.router)
            .put("models", self.names)
            .put("train", &train.complete.len())
            .put("test", &test.complete.len())
            .put("left_out", &[train.left_out, test.left_out])
            .put_json("missing", &missing(self.names, train, test))
            .put("random", &config.random)
            .put("seed", &config.plan.seed)
            .put("resamples", &config.plan.resamples)
            .put("notes", self.notes);
        object.end(&mut out);
        out
    }

    /// The lines of a group.
    pub fn group_lines(&self, group: &Group) -> String {
        let mut out = String::new();
        for (i, judged) in group.pools.iter().enumerate() {
            self.pool_line(group, i + 1, judged, &mut out);
        }
        out
    }

    fn names_of(&self, pool: &[usize]) -> Vec<&str> {
        pool.iter().map(|m| self.names[*m].as_str()).collect()
    }

    fn pool_line(&self, group: &Group, size: usize, judged: &Judged, out: &mut String) {
        let of = match &group.dataset {
            None => "{}".to_string(),
            Some(name) => format!("{{\"dataset\":{}}}", json::quoted(name)),
        };
        let beside = &judged.beside;
        let mut object = Object::new("pool");
        object
            .put_json("group", &of)
            .put("objective", self.objective)
            .put("size", &size)
            .put("model", &self.names[judged.model])
            .put("model_cost", &self.costs[judged.model])
            .put("pool", &self.names_of(&judged.pool))
            .put("n", &group.n[0]);
        put(&mut object, "quality", Some(&judged.quality));
        put(&mut object, "gain", judged.gain.as_ref());
        object.put("test_n", &group.n[1]);
        put(&mut object, "test_quality", judged.test_quality.as_ref());
        put(&mut object, "test_gain", judged.test_gain.as_ref());
        object
            .put("random", &beside.pools)
            .put("random_is_all", &beside.all)
            .put("random_quality", &beside.test_mean)
            .put("random_range", &beside.test_range)
            .put("quantile", &beside.quantile)
            .put(
                "best_pool",
                &beside.best.as_ref().map(|(pool, _)| self.names_of(pool)),
            )
            .put("best_quality", &beside.best.as_ref().map(|best| best.1));
        object.end(out);
    }
}

/// A figure, and its interval where it has one.
fn put(object: &mut Object, name: &str, figure: Option<&Resampled>) {
    object.put(name, &figure.map(|f| f.value));
    if let Some(interval) = figure.and_then(Resampled::interval) {
        object.put(&format!("{name}_ci"), &interval);
    }
}

/// Model → queries of train and test on which its score is missing.
fn missing(names: &[String], train: &Gaps, test: &Gaps) -> String {
    let counts = names.iter().zip(train.missing.iter().zip(&test.missing));
    let some = counts.filter(|(_, (a, b))| **a + **b > 0);
    let members: Vec<String> = some
        .map(|(name, (a, b))| format!("{}:[{a},{b}]", json::quoted(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}
