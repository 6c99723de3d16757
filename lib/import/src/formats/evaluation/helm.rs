//! HELM's runs: a folder a run (`SCENARIO:ARGS,model=NAME`) with
//! `per_instance_stats.json`, `run_spec.json` and `scenario_state.json`.
//!
//! - Model, dataset and prompts are those of the run's other files; a
//!   `per_instance_stats.json` alone needs `--model` and `--dataset`.
//! - Of the statistics of an instance one is the score, `--metric`, or the only
//!   one besides those of the call. `inference_runtime` is the latency;
//!   `num_prompt_tokens` and `num_completion_tokens` (`num_output_tokens`) are
//!   the tokens.
//! - Perturbed instances are passed over and told. Trials are runs of one
//!   instance (`--repeats mean`).

use super::sample::{grade, prompt, words, Sample, MERGE};
use crate::formats::objects::each;
use crate::joining::found::Found;
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::doc::{Doc, Object};
use crate::tables::fields::Parts;
use crate::tables::prompts::Prompts;
use crate::tables::shape::resolve;
use crate::tables::source::{Content, Source};
use rb_record::error::{Error, Result};
use rb_record::json;
use rb_record::record::Outcome;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

const STATS: &str = "per_instance_stats.json";
/// Statistics of the call: their outcome fields, if they have one.
const CALL: [(&str, Option<usize>); 4] = [
    ("inference_runtime", Some(2)),
    ("num_prompt_tokens", Some(3)),
    ("num_completion_tokens", Some(4)),
    ("num_output_tokens", Some(4)),
];
/// Beginnings of the names of other statistics that grade nothing.
const NO_GRADES: [&str; 12] = [
    "num_",
    "training_",
    "inference_",
    "batch_size",
    "max_prob",
    "logprob",
    "finish_reason",
    "prompt_truncated",
    "estimated_",
    "predicted_index",
    "logprob_per_byte",
    "bits_per_byte",
];

pub(crate) fn is(content: &Content) -> bool {
    match content {
        Content::Folder(files) => files.iter().any(|f| f.ends_with(STATS)),
        _ => content.holds("instance_id", b"") && content.holds("stats", b"["),
    }
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let Content::Folder(files) = &source.content else {
        return run(source, intake);
    };
    for path in files.iter().filter(|f| f.ends_with(STATS)) {
        let mut one = intake.open(path)?;
        run(&mut one, intake)?;
    }
    Ok(())
}

/// What the run's other files say.
struct Run {
    dataset: Option<String>,
    model: String,
    /// By instance.
    prompts: HashMap<String, String>,
}

impl Run {
    fn beside(path: &Path, options: &Options) -> Result<Run> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let spec = text("run_spec.json");
        let of_spec = |key| resolve(&spec, key).map(|raw| words(raw).into_owned());
        let name = of_spec("/name");
        let model = options.model.clone().or(of_spec("/adapter_spec/model"));
        let model = model.ok_or_else(|| {
            Error::usage(format!(
                "{}: no run_spec.json beside it says which model answered; add --model NAME",
                path.display()
            ))
        })?;
        // What a run is called is its scenario, its arguments and its model.
        let dataset = name.map(|name| {
            let parts = name.split(',').filter(|part| !part.contains("model="));
            parts.collect::<Vec<_>>().join(",")
        });
        let state = text("scenario_state.json");
        let states = resolve(&state, "/request_states").unwrap_or("[]");
        let mut prompts = HashMap::new();
        for state in json::elements(states).unwrap_or_default() {
            let id = resolve(state, "/instance/id").map(words);
            let asked = resolve(state, "/instance/input/text");
            let asked = asked.or_else(|| resolve(state, "/request/prompt"));
            if let (Some(id), Some(raw)) = (id, asked) {
                prompts.entry(id.into_owned()).or_insert(raw.to_string());
            }
        }
        Ok(Run {
            dataset,
            model,
            prompts,
        })
    }
}

fn run(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let options = intake.options;
    let run = Run::beside(Path::new(&*source.name), options)?;
    let mut prompts = Prompts::new(options.turns);
    let mut perturbed = 0;
    let what = format!("read as a run of HELM, model {}", run.model);
    intake.note_columns(&source.name, what);
    each(source, intake, MERGE, |doc, entry, number| {
        if entry.get("perturbation").is_some() {
            perturbed += 1;
            return Ok(None);
        }
        instance(doc, entry, number, &run, &mut prompts, options).map(Some)
    })?;
    if perturbed > 0 {
        intake.note(format!(
            "{}: {perturbed} perturbed instances were passed over",
            source.name
        ));
    }
    intake.note_some(prompts.note(&source.name));
    Ok(())
}

fn instance<'a>(
    doc: &Doc<'a>,
    entry: &Object<'a>,
    number: u64,
    run: &Run,
    prompts: &mut Prompts,
    options: &Options,
) -> Result<Found<'a>> {
    const FORMAT: &str = "HELM's per_instance_stats.json";
    let name = words(doc.need(entry, "instance_id", FORMAT)?).into_owned();
    let mut outcome = Outcome::default();
    let mut grades: Vec<(Cow<str>, &str)> = Vec::new();
    for stat in doc.elements(doc.need(entry, "stats", FORMAT)?, "an array of statistics")? {
        let stat = doc.object(stat, "a statistic")?;
        let called = doc.need(&stat, "name", FORMAT)?;
        let called = words(resolve(called, "/name").unwrap_or(called));
        let Some(mean) = stat.get("mean").or(stat.get("sum")) else {
            continue;
        };
        let field = CALL.iter().find(|(name, _)| *name == called);
        if let Some((_, Some(field))) = field {
            let value = doc.number(mean, *field, &run.model, &options.scores)?;
            outcome.set(*field, value);
        } else if options.metric.as_deref() == Some(&*called)
            || !NO_GRADES.iter().any(|start| called.starts_with(start))
        {
            grades.push((called, mean));
        }
    }
    let score = grade(doc, entry, &grades, options)?;
    outcome.score = doc.number(score, 0, &run.model, &options.scores)?;
    // Texts of the run's other file, owned by it.
    let asked = run.prompts.get(&name).map(|raw| {
        let line = std::sync::Arc::from("scenario_state.json");
        let beside = Doc::whole(raw, &line);
        prompt(&beside, raw, prompts).map(Cow::into_owned)
    });
    Ok(Sample {
        dataset: run.dataset.clone(),
        name,
        index: Some(number),
        prompt: asked.transpose()?.map(Cow::Owned),
        parts: Parts::default(),
        model: run.model.clone(),
        outcome,
        response: None,
        answer: None,
        place: doc.place(entry.text),
    }
    .found(options))
}
