//! --seeds: several seeds of one split scored together, a file each.

use crate::args::Args;
use crate::named::versus_oracle;
use crate::read::read;
use crate::sink::Sink;
use rb_cli as cli;
use rb_record::error::{Error, Result};
use rb_record::skips::Skips;
use rb_record::stream;
use rb_score::data::fact::Wanted;
use rb_score::data::facts::Facts;
use rb_score::report::asked::Ask;
use rb_score::report::pooled::Pooled;
use rb_score::report::scoring::{Config, Scoring};
use rb_store::pages::Pager;

/// Scores the files of all seeds and writes the means.
pub(crate) fn pooled(
    args: &Args,
    wanted: &Wanted,
    config: Config,
    ask: &Ask,
    skips: &mut Skips,
) -> Result<()> {
    if args.files.len() < 2 {
        return Err(Error::usage(format!(
            "--seeds takes a file a seed, at least two, and {} is named; leave it out to score one stream",
            args.files.len()
        )));
    }
    let pager = Pager::new(args.memory.memory);
    let mut facts = Vec::new();
    for file in &args.files {
        let of = read(args, std::slice::from_ref(file), wanted, &pager, skips)?;
        facts.push(of.ok_or_else(stream::empty_stream)?);
    }
    let place = |facts: &Facts| match &args.versus {
        Some(name) => facts.routers.iter().position(|r| r == name),
        None => None,
    };
    if let (Some(name), true) = (&args.versus, facts.iter().all(|f| place(f).is_none())) {
        return Err(Error::usage(format!(
            "--versus {name:?}: no file has a route of that name"
        )));
    }
    let knows = |facts: &Facts| place(facts).is_some_and(|r| facts.oracle[r]);
    if let (Some(name), true) = (&args.versus, facts.iter().any(knows)) {
        return Err(versus_oracle(name));
    }
    let scorings: Vec<Scoring> = (facts.iter())
        .map(|facts| {
            let config = Config {
                versus: place(facts),
                ..config
            };
            Scoring::new(facts, config)?.asking(ask)
        })
        .collect::<Result<_>>()?;
    let pooled = Pooled::new(&scorings, args.versus.as_deref())?;
    pooled.notes().iter().for_each(cli::warn);
    let mut output = Sink::open(&args.common)?;
    pooled.write(&mut |lines| output.write(lines))?;
    output.finish(&args.common)
}
