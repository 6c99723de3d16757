use super::*;
use rb_record::hash;

/// Normal enough: the sum of twelve uniform numbers, less its mean.
fn normal(what: &str, i: usize, m: usize) -> f64 {
    let draw = |j: usize| hash::unit(hash::text(11, what, &format!("{i} {m} {j}")));
    (0..12).map(draw).sum::<f64>() - 6.0
}

fn grouping(of: Vec<usize>, groups: usize) -> Grouping {
    Grouping { of, groups }
}

/// Rows × models of known effects: groups of spread 0.3, models in groups
/// 0.2, queries 0.4, noise 0.5.
fn outcome(row: usize, model: usize, groups: usize) -> f64 {
    let group = row % groups;
    0.3 * normal("group", group, 0)
        + 0.2 * normal("own", group, model)
        + 0.4 * normal("query", row, 0)
        + 0.5 * normal("noise", row, model)
}

fn kept(rows: usize, models: usize, share: f64, groups: usize) -> Vec<Known> {
    let cells = (0..rows).flat_map(|row| (0..models).map(move |model| (row, model)));
    let known = |&(row, model): &(usize, usize)| {
        hash::unit(hash::text(12, "known", &format!("{row} {model}"))) < share
    };
    cells
        .filter(known)
        .map(|(row, model)| Known {
            row,
            model,
            value: outcome(row, model, groups),
        })
        .collect()
}

#[test]
fn one_effect_alone_is_shrunk_as_the_formula_says() {
    let mut effect = Effect::of(vec![0, 0, 0, 1], 3, 1.0, 2.0);
    let mut rest = vec![1.0, 2.0, 3.0, 4.0];
    effect.sweep(&mut rest, &mut Vec::new());
    assert_eq!(effect.value, [6.0 / 5.0, 4.0 / 3.0, 0.0]);
    assert!((rest[0] + 0.2).abs() < 1e-12 && (rest[3] - 8.0 / 3.0).abs() < 1e-12);
    // A second sweep finds it at rest.
    assert!(effect.sweep(&mut rest, &mut Vec::new()) < 1e-12);
}

#[test]
fn strengths_come_to_the_ratios_of_the_variances() {
    let (rows, models, groups) = (2000, 12, 50);
    let known = kept(rows, models, 0.5, groups);
    let of = grouping((0..rows).map(|i| i % groups).collect(), groups);
    let queries = grouping((0..rows).collect(), rows);
    let keys = |key: &dyn Fn(&Known) -> usize| known.iter().map(|k| key(k) as u32).collect();
    let mut effects = [
        Effect::of(keys(&|k| of.of[k.row]), groups, 0.98, OF_GROUP),
        Effect::of(
            keys(&|k| of.of[k.row] * models + k.model),
            groups * models,
            0.98 * 11.0 / 12.0,
            OF_MODEL_IN_GROUP,
        ),
        Effect::of(keys(&|k| queries.of[k.row]), rows, 1.0, OF_QUERY),
    ];
    solve(&known, &mut effects);
    for (effect, spread) in effects.iter().zip([0.3f64, 0.2, 0.4]) {
        let wanted = 0.25 / (spread * spread);
        let off = effect.strength / wanted;
        assert!((0.7..1.4).contains(&off), "{} {wanted}", effect.strength);
    }
}

#[test]
fn what_is_expected_comes_nearer_to_the_truth_than_means_do() {
    let (rows, models, groups) = (600, 8, 12);
    let known = kept(rows, models, 0.4, groups);
    let groupings = [grouping((0..rows).map(|i| i % groups).collect(), groups)];
    let queries = grouping((0..rows).collect(), rows);
    let effects = fit(&known, models, &queries, &groupings);
    let mut is_known = vec![false; rows * models];
    known
        .iter()
        .for_each(|k| is_known[k.row * models + k.model] = true);
    let mean = known.iter().map(|k| k.value).sum::<f64>() / known.len() as f64;
    let (mut ours, mut plain, mut bare) = (0.0, 0.0, 0.0);
    for at in (0..rows * models).filter(|at| !is_known[*at]) {
        let (row, model) = (at / models, at % models);
        let truth = outcome(row, model, groups);
        ours += (truth - effects.expected(row, model)).powi(2);
        plain += (truth - mean).powi(2);
        bare += (0.5 * normal("noise", row, model)).powi(2);
    }
    // Of what can be explained most is.
    assert!(ours - bare < 0.35 * (plain - bare), "{ours} {plain} {bare}");
}

#[test]
fn with_one_outcome_a_query_its_strength_stays_where_it_starts() {
    let known: Vec<Known> = (0..400)
        .map(|row| Known {
            row,
            model: row % 4,
            value: outcome(row, row % 4, 10),
        })
        .collect();
    let queries = grouping((0..400).collect(), 400);
    let effect = Effect::of((0..400).collect(), 400, 1.0, OF_QUERY);
    assert!(!effect.is_estimated);
    let groupings = [grouping((0..400).map(|i| i % 10).collect(), 10)];
    let effects = fit(&known, 4, &queries, &groupings);
    // So a third of what is left over is the query's own.
    let (row, own) = (0, 0);
    let rest = known[row].value - effects.expected(row, own);
    assert!((effects.query.1[row] - rest / OF_QUERY).abs() < 1e-2);
}

#[test]
fn a_model_that_was_never_seen_is_as_the_others_and_nothing_is_as_the_mean() {
    let known: Vec<Known> = (0..300)
        .map(|i| Known {
            row: i / 3,
            model: i % 3,
            value: outcome(i / 3, i % 3, 5) + (i % 3) as f64,
        })
        .collect();
    let queries = grouping((0..100).collect(), 100);
    let effects = fit(&known, 4, &queries, &[]);
    let others = (0..3).map(|m| effects.expected(7, m)).sum::<f64>() / 3.0;
    assert!((effects.expected(7, 3) - others).abs() < 1e-12);
    let none = fit(&[], 4, &queries, &[]);
    assert_eq!(none.expected(99, 3), 0.0);
    let alike = [1, 2].map(|row| Known {
        row,
        model: 0,
        value: 0.25,
    });
    assert_eq!(fit(&alike, 4, &queries, &[]).expected(50, 2), 0.25);
}
