//! Several seeds: the same benchmark, split anew by each of several seeds,
//! fitted and routed under each, and scored together.
//!
//! Test sets of several seeds overlap, so the spread of five figures over √5
//! is no standard error. Here every figure is the mean over the seeds, and one
//! bootstrap of prompts serves all of them: in resample b a prompt has the same
//! weight under every seed that scores it (`bootstrap`: a hash of seed, b, prompt),
//! so the mean of the seeds' draws is a draw of the mean. Intervals are
//! conditional on the fitted routers, as those of one seed are. What fitting on
//! another train split would do is told by
//!
//! ```text
//! train_se = SD over seeds · √(1/S + n_test/n_train)
//! ```
//!
//! for S seeds whose training sets overlap (Nadeau and Bengio 2003).

mod seed;

use crate::baseline::BASELINES;
use crate::metric::METRICS;
use crate::report::contrast::{AgainstBest, Contrast};
use crate::report::equal_cost::HullAt;
use crate::report::line::Object;
use crate::report::router::score::RouterScore;
use crate::report::router::score::CURVE;
use crate::report::scoring::Scoring;
use crate::report::verdicts::{adjust, VerdictInput};
use crate::statistics::resampled::Resampled;
use rb_record::error::{Error, Result};
use rb_record::hull::{ndch, Point};
use rb_store::pages::guard;
use seed::{counted, Means, Seed};
use std::collections::BTreeSet;

/// The seeds' figures, averaged.
pub struct Pooled<'a> {
    seeds: Vec<Seed<'a>>,
    /// Of any seed, by name.
    routers: Vec<String>,
    versus: Option<&'a str>,
    prompts: usize,
    shared: usize,
}

/// One router over the seeds that have it.
struct PooledRouter<'p> {
    name: &'p str,
    /// The seeds that route something with it, and its scores there.
    of: Vec<(&'p Seed<'p>, usize)>,
    /// In some seed.
    oracle: bool,
    constant: bool,
    best: Option<Contrast>,
    discordant: Option<usize>,
    zero: Option<Contrast>,
    shuffle: Option<Contrast>,
    versus: Option<Contrast>,
}

impl PooledRouter<'_> {
    fn scores(&self) -> impl Iterator<Item = &RouterScore> {
        self.of.iter().map(|(seed, r)| &seed.scores[*r])
    }

    /// A figure of every seed.
    fn each<T>(&self, read: impl Fn(&RouterScore) -> Option<T>) -> Vec<Option<T>> {
        self.scores().map(read).collect()
    }

    /// The hulls of this router and of another at the same costs, averaged over
    /// the seeds that have both: mean costs, differences.
    fn beside(&self, other: &str) -> Option<(Vec<f64>, Vec<Resampled>)> {
        let both = self.of.iter().filter_map(|(seed, r)| {
            let theirs = seed.scores[seed.place(other)?].at_costs.as_ref()?;
            let own: &HullAt = seed.scores[*r].at_costs.as_ref()?;
            Some((&own.costs, own.minus(theirs)?))
        });
        let both: Vec<(&Vec<f64>, Vec<Resampled>)> = both.collect();
        let places = both.iter().map(|(_, d)| d.len()).min()?;
        let cost = |j: usize| both.iter().map(|(c, _)| c[j]).sum::<f64>() / both.len() as f64;
        let difference =
            |j: usize| Resampled::average(&both.iter().map(|(_, d)| &d[j]).collect::<Vec<_>>());
        let differences: Option<Vec<Resampled>> = (0..places).map(difference).collect();
        Some(((0..places).map(cost).collect(), differences?))
    }
}

impl<'a> Pooled<'a> {
    /// Of at least two seeds over the same models, whose scored queries share
    /// no more than their prompts. `versus`: a router that some seed has.
    pub fn new(scorings: &'a [Scoring<'a>], versus: Option<&'a str>) -> Result<Pooled<'a>> {
        guard(|| Pooled::of(scorings, versus))
    }

    fn of(scorings: &'a [Scoring<'a>], versus: Option<&'a str>) -> Result<Pooled<'a>> {
        let Some((first, rest)) = scorings.split_first() else {
            return Err(Error::usage("--seeds needs files, one a seed"));
        };
        for (i, other) in rest.iter().enumerate() {
            if other.facts.models != first.facts.models {
                let only = |a: &Scoring, b: &Scoring| {
                    let mut own = a.facts.models.iter();
                    own.find(|m| !b.facts.models.contains(m)).cloned()
                };
                let odd = only(other, first).or_else(|| only(first, other));
                return Err(Error::input(format!(
                    "file {} has other models than file 1 ({:?} is not in both); --seeds takes one benchmark, split by several seeds",
                    i + 2,
                    odd.unwrap_or_default()
                )));
            }
        }
        let seeds: Vec<Seed> = scorings.iter().map(Seed::new).collect();
        let (prompts, shared) = counted(seeds.iter().map(Seed::units));
        let routers: BTreeSet<&String> =
            (seeds.iter().flat_map(|s| &s.scoring.facts.routers)).collect();
        Ok(Pooled {
            routers: routers.into_iter().cloned().collect(),
            prompts,
            shared,
            versus,
            seeds,
        })
    }

    /// What a reader of the figures must know, in plain words: the notes of
    /// every seed, each once.
    pub fn notes(&self) -> Vec<&str> {
        let mut notes: Vec<&str> = Vec::new();
        for note in self.seeds.iter().flat_map(|s| s.scoring.notes()) {
            if !notes.contains(&note.as_str()) {
                notes.push(note);
            }
        }
        notes
    }

    /// Writes every line, in order.
    pub fn write(&self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        guard(|| self.write_all(sink))
    }

    fn write_all(&self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        sink(&self.head())?;
        sink(&self.baselines())?;
        let mut rows: Vec<PooledRouter> = self.routers.iter().map(|r| self.row(r)).collect();
        fn tested<'r, 'p: 'r>(
            rows: &'r mut [PooledRouter<'p>],
        ) -> impl Iterator<Item = &'r mut PooledRouter<'p>> {
            rows.iter_mut().filter(|r| !r.constant)
        }
        adjust(tested(&mut rows).filter_map(|r| r.best.as_mut()));
        adjust(tested(&mut rows).filter_map(|r| r.zero.as_mut()));
        adjust(tested(&mut rows).filter_map(|r| r.shuffle.as_mut()));
        adjust(tested(&mut rows).filter_map(|r| r.versus.as_mut()));
        rows.iter().try_for_each(|row| sink(&self.line(row)))
    }

    fn head(&self) -> String {
        let first = self.seeds[0].scoring;
        let each = |read: &dyn Fn(&Scoring) -> usize| -> Vec<usize> {
            self.seeds.iter().map(|s| read(s.scoring)).collect()
        };
        let mut out = String::new();
        Object::new("seeds")
            .put("seeds", &self.seeds.len())
            .put("split", &first.facts.split.map(|s| s.name()))
            .put("n", &each(&|s| s.queries.len()))
            .put("train", &each(&|s| s.facts.train.len()))
            .put("prompts", &self.prompts)
            .put("shared", &self.shared)
            .put("models", &first.facts.models)
            .put("routers", &self.routers)
            .put("against", first.replay.against().name())
            .put("seed", &first.config.seed)
            .put("resamples", &first.config.resamples)
            .put("notes", &self.notes())
            .end(&mut out);
        out
    }

    fn baselines(&self) -> String {
        let each: Vec<Vec<Option<Means>>> = self.seeds.iter().map(Seed::baselines).collect();
        let mut out = String::new();
        let models = &self.seeds[0].scoring.facts.models;
        let averaged = BASELINES.iter().filter(|row| row.averaged);
        let names = averaged.map(|row| (row.name, None));
        let names = names.chain(models.iter().map(|m| ("model", Some(m))));
        let mut points = Vec::new();
        for (i, (name, model)) in names.enumerate() {
            let own = || each.iter().map(|seed| seed[i].as_ref());
            let quality: Vec<Option<&Resampled>> = own().map(|b| Some(&b?.quality)).collect();
            let cost: Vec<Option<&Resampled>> = own().map(|b| b?.cost.as_ref()).collect();
            let mut object = Object::new("pooled");
            object.put("baseline", name);
            if let Some(model) = model {
                object.put("model", model);
                let mean = |each: &[Option<&Resampled>]| {
                    let known: Vec<&Resampled> = each.iter().flatten().copied().collect();
                    Some(Resampled::average(&known)?.value)
                };
                points.extend(mean(&quality).zip(mean(&cost)));
            }
            object.put("seeds", &quality.iter().flatten().count());
            self.put_figure(&mut object, "quality", &quality);
            self.put_figure(
                &mut object,
                self.seeds[0].scoring.replay.against().name(),
                &cost,
            );
            object.end(&mut out);
        }
        // What mixing the models gives, of their means over the seeds.
        let against = self.seeds[0].scoring.replay.against();
        let point = |&(quality, cost): &(f64, f64)| Point { cost, quality };
        let points: Vec<Point> = points.iter().map(point).collect();
        Object::new("pooled")
            .put("baseline", "zero")
            .put("seeds", &self.seeds.len())
            .put_hull(
                (!points.is_empty()).then(|| ndch(&points)).as_deref(),
                against,
            )
            .end(&mut out);
        out
    }

    /// A router's mean curve at [`CURVE`], with intervals; empty where some seed
    /// lacks it.
    fn curve(&self, row: &PooledRouter) -> Vec<serde_json::Value> {
        let against = self.seeds[0].scoring.replay.against().name();
        let mut points = Vec::new();
        for (i, alpha) in CURVE.iter().enumerate() {
            let each: Option<Vec<_>> = row.scores().map(|s| s.curve.get(i)).collect();
            let Some(each) = each.filter(|each| !each.is_empty()) else {
                return Vec::new();
            };
            let quality = Resampled::average(&each.iter().map(|p| &p.0).collect::<Vec<_>>());
            let costs: Option<Vec<&Resampled>> = each.iter().map(|p| p.1.as_ref()).collect();
            let cost = costs.and_then(|costs| Resampled::average(&costs));
            let mut point = serde_json::Map::new();
            point.insert("alpha".into(), (*alpha).into());
            for (name, figure, most) in [("quality", quality, 1.0), (against, cost, f64::MAX)] {
                point.insert(name.into(), figure.as_ref().map(|f| f.value).into());
                if let Some((low, high)) = figure.and_then(|f| f.interval()) {
                    let ends = [low, high].map(|end| end.clamp(0.0, most));
                    point.insert(format!("{name}_ci"), ends.to_vec().into());
                }
            }
            points.push(point.into());
        }
        points
    }

    fn row<'p>(&'p self, name: &'p str) -> PooledRouter<'p> {
        let of = self.seeds.iter().filter_map(|s| Some((s, s.place(name)?)));
        let of: Vec<(&Seed, usize)> = (of.filter(|(s, r)| s.scores[*r].alone.is_some())).collect();
        let mut row = PooledRouter {
            oracle: of.iter().any(|(s, r)| s.scores[*r].oracle),
            constant: !of.is_empty() && of.iter().all(|(s, r)| s.scores[*r].constant),
            name,
            of,
            best: None,
            discordant: None,
            zero: None,
            shuffle: None,
            versus: None,
        };
        if row.oracle {
            return row;
        }
        let (prompts, _) = counted(row.of.iter().map(|(s, _)| s.units()));
        let contrast = |each: Vec<Option<&Contrast>>| {
            let known: Vec<&Resampled> = each.into_iter().flatten().map(|c| &c.drawn).collect();
            let drawn = Resampled::average(&known)?;
            Some(Contrast::new(prompts, drawn.value, drawn.draws))
        };
        let scores: Vec<&RouterScore> = row.scores().collect();
        let each = |read: &dyn Fn(&'p RouterScore) -> Option<&'p Contrast>| {
            let own = row.of.iter();
            contrast(own.map(|(seed, r)| read(&seed.scores[*r])).collect())
        };
        let best = each(&|s| Some(&s.best.as_ref()?.difference));
        let zero = each(&|s| s.alone.as_ref()?.zero.as_ref());
        let shuffle = each(&|s| Some(&s.alone.as_ref()?.shuffle));
        let versus = each(&|s| s.versus.as_ref());
        let discordant = scores
            .iter()
            .filter_map(|s| Some(s.best.as_ref()?.discordant));
        row.discordant = best.is_some().then(|| discordant.sum());
        (row.best, row.zero, row.shuffle, row.versus) = (best, zero, shuffle, versus);
        row
    }

    fn line(&self, row: &PooledRouter) -> String {
        let config = &self.seeds[0].scoring.config;
        let against = self.seeds[0].scoring.replay.against().name();
        let mut object = Object::new("pooled");
        object.put("router", row.name).put("seeds", &row.of.len());
        if row.oracle {
            object.put("oracle", &true);
        }
        let alone = |read: &dyn Fn(&RouterScore) -> Option<Resampled>| row.each(read);
        let at_point = alone(&|s| Some(s.alone.as_ref()?.quality.clone()));
        self.put_figure(&mut object, "quality", &refs(&at_point));
        let cost = alone(&|s| s.alone.as_ref()?.cost.clone());
        self.put_figure(&mut object, against, &refs(&cost));
        let other = self.versus.filter(|v| *v != row.name);
        VerdictInput {
            choose: config.choose,
            constant: row.constant,
            worth: config.worth,
            margin: config.margin,
            best: row.best.as_ref(),
            discordant: row.discordant,
            zero: row.zero.as_ref(),
            shuffle: row.shuffle.as_ref(),
            versus: other.map(|name| (name, row.versus.as_ref())),
        }
        .put(&mut object);
        if let Some(other) = other {
            let beside = row.beside(other).filter(|_| !row.oracle);
            let (costs, differences) = beside.unzip();
            object.put_equal_cost(&costs.unwrap_or_default(), differences.as_deref());
        }
        let ratio = alone(&|s| s.best.as_ref()?.cost_ratio.clone());
        self.put_figure(&mut object, "cost_ratio", &refs(&ratio));
        let at = |read: &dyn Fn(&AgainstBest) -> Option<Resampled>, gain: bool| {
            row.each(|s| {
                if row.oracle {
                    return None;
                }
                read(if gain {
                    s.gain.as_ref()?
                } else {
                    s.save.as_ref()?
                })
            })
        };
        for (name, each) in [
            ("perfgain", at(&|a| a.gain.clone(), true)),
            (
                "costsave",
                at(&|a| Some(a.cost_ratio.as_ref()?.map(|r| 1.0 - r)), false),
            ),
            (
                "costsave_quality_diff",
                at(&|a| Some(a.difference.drawn.clone()), false),
            ),
            ("costsave_cost_ratio", at(&|a| a.cost_ratio.clone(), false)),
        ] {
            self.put_figure(&mut object, name, &refs(&each));
        }
        for (i, metric) in METRICS.iter().enumerate() {
            let each: Vec<Option<Resampled>> = (row.of.iter())
                .map(|(seed, r)| {
                    Some(Resampled {
                        value: seed.metrics[*r].as_ref()?[i]?,
                        draws: seed.scores[*r].draws_of(metric.name).unwrap_or_default(),
                    })
                })
                .collect();
            self.put_figure(&mut object, metric.name, &refs(&each));
        }
        object.put("curve", &self.curve(row));
        let mut out = String::new();
        object.end(&mut out);
        out
    }

    /// The mean over the seeds that know the figure, its interval, in how many
    /// seeds it is known where that is not all, and its training variation.
    fn put_figure(&self, object: &mut Object, name: &str, each: &[Option<&Resampled>]) {
        let known: Vec<&Resampled> = each.iter().flatten().copied().collect();
        let average = Resampled::average(&known);
        object.put(name, &average.as_ref().map(|d| d.value));
        if let Some(interval) = average.as_ref().and_then(Resampled::interval) {
            object.put(&format!("{name}_ci"), &interval);
        }
        if known.len() < each.len() {
            object.put(&format!("{name}_seeds"), &known.len());
        }
        let values: Vec<f64> = known.iter().map(|d| d.value).collect();
        let ratios: Vec<f64> = self.seeds.iter().filter_map(Seed::ratio).collect();
        let sd = crate::statistics::interval::standard_error(&values);
        if let (Some(sd), true) = (sd, ratios.len() == self.seeds.len()) {
            let ratio = ratios.iter().sum::<f64>() / ratios.len() as f64;
            let train = sd * (1.0 / values.len() as f64 + ratio).sqrt();
            object.put(&format!("{name}_train_se"), &train);
        }
    }
}

fn refs(each: &[Option<Resampled>]) -> Vec<Option<&Resampled>> {
    each.iter().map(Option::as_ref).collect()
}
