//! From a stream to what pools are grown and judged on: tables of train and test,
//! models in the order of preference, queries without gaps.

use crate::args::{Args, Missing};
use rb_cli as cli;
use rb_record::error::Result;
use rb_record::skips::Skips;
use rb_route::router::Entry;
use rb_route::table::{training, Table};
use rb_score::pool::gaps::Gaps;
use rb_score::pool::part::Part;
use rb_store::spool::Spool;

/// A split as it was read, and its complete queries.
pub(crate) struct Side {
    /// Over the models in the order of preference.
    pub(crate) table: Table,
    /// What is missing; `complete` in the order of `part`.
    pub(crate) gaps: Gaps,
    pub(crate) part: Part,
}

/// Everything that is read.
pub(crate) struct Ready {
    /// Of the models, the cheapest first; those of unknown cost last; by name.
    pub(crate) names: Vec<String>,
    /// Mean known cost on train, USD.
    pub(crate) costs: Vec<Option<f64>>,
    /// Of both sides.
    pub(crate) datasets: Vec<String>,
    pub(crate) train: Side,
    pub(crate) test: Side,
    pub(crate) notes: Vec<String>,
}

/// Reads the stream; the lines are for `--keep`.
pub(crate) fn read(
    args: &Args,
    kind: Option<&'static Entry>,
    skips: &mut Skips,
) -> Result<(Ready, Spool)> {
    let config = training::Config {
        asked: match kind {
            Some(kind) => kind.asked(&rb_route::file::params::Params::defaults(kind.flags))?,
            None => Default::default(),
        },
        seed: args.common.seed,
        models: args.models.clone(),
        exclude: args.exclude.clone(),
        replace: true,
        memory: args.memory.memory,
        judges: true,
        ..Default::default()
    };
    let loaded = training::load(&mut cli::input(&args.files)?, &config, skips)?;
    let (train, test) = (loaded.train, loaded.test);
    let order = preferred(&train);
    let names: Vec<String> = order.iter().map(|m| train.models[*m].clone()).collect();
    let costs = order.iter().map(|m| train.cost().mean(*m)).collect();
    let mut datasets: Vec<String> = [&train.datasets[..], &test.datasets].concat();
    datasets.sort();
    datasets.dedup();
    let train = side(train.over(&names), loaded.without_scores, &datasets);
    let test = side(test.over(&names), loaded.test_without_scores, &datasets);
    let dropped = matches!(args.missing, Some(Missing::Drop));
    train.gaps.refuse("train", &names, dropped)?;
    let mut notes = Vec::new();
    if loaded.split_here {
        notes.push(format!(
            "no record has a split; it is made by a hash of the prompt, as rb-fit --seed {} makes it",
            args.common.seed
        ));
    }
    notes.extend(train.gaps.note("train", &names));
    if args.keep.is_some() {
        // Nothing is judged.
    } else if test.gaps.complete.len() + test.gaps.left_out == 0 {
        notes.push("no query is test, so pools are grown and not judged".to_string());
    } else {
        test.gaps.refuse("test", &names, dropped)?;
        notes.extend(test.gaps.note("test", &names));
    }
    let ready = Ready {
        names,
        costs,
        datasets,
        train,
        test,
        notes,
    };
    Ok((ready, loaded.lines))
}

/// Places of the models, the cheapest on train first.
fn preferred(train: &Table) -> Vec<usize> {
    let cost: Vec<f64> = (0..train.k())
        .map(|m| train.cost().mean(m).unwrap_or(f64::INFINITY))
        .collect();
    let mut order: Vec<usize> = (0..train.k()).collect();
    // Places are sorted by name already.
    order.sort_by(|a, b| cost[*a].total_cmp(&cost[*b]));
    order
}

fn side(table: Table, unscored: usize, datasets: &[String]) -> Side {
    let known = |q: usize, m: usize| table.score().get(q, m).is_some();
    let mut gaps = Gaps::of(table.len(), table.k(), unscored, known);
    // Queries of one prompt side by side.
    gaps.complete.sort_by_key(|q| (table.unit[*q], *q));
    let number: Vec<usize> = (table.datasets.iter())
        .map(|name| datasets.partition_point(|d| d < name))
        .collect();
    let rows = &gaps.complete;
    let cells = (rows.iter()).flat_map(|q| (0..table.k()).map(move |m| (*q, m)));
    let part = Part {
        models: table.k(),
        scores: cells.filter_map(|(q, m)| table.score().get(q, m)).collect(),
        dataset: rows.iter().map(|q| number[table.dataset[*q]]).collect(),
        unit: rows.iter().map(|q| table.unit[*q]).collect(),
    };
    Side { table, gaps, part }
}
