//! The same bytes again: in another run, with another number of threads, and
//! for every query the same record wherever its line stands. fit.rs does this
//! over every router.

use crate::workdir::{demo, shuffled, sorted, Workdir};

#[test]
fn every_tool_writes_the_same_bytes_again_whatever_the_threads_and_the_order_of_lines() {
    let w = Workdir::new();
    let split = w.pipe(demo(), &["rb-split"]);
    let embedded = w.pipe(&split, &["rb-embed"]);
    let fits = [
        "rb-fit kmeans --save kmeans.json",
        "rb-fit knn --save knn.json",
    ];
    let fitted = w.pipe(&embedded, &fits);
    let scores = w.pipe(&fitted, &["rb-score --by dataset"]);
    let prices = "model,input_usd_per_1m,output_usd_per_1m\nsim-small,0.1,0.2\n";
    w.write("prices.csv", prices);

    // Tools whose output has a line for every line, and tools that sum up.
    let a_line_each = [
        (
            "rb-import --prices prices.csv --scale-cost sim-chat=2",
            &demo(),
        ),
        ("rb-split --val 0.1 --seed 5", &demo()),
        ("rb-split --exact --train-limit 300", &demo()),
        ("rb-embed --no-cache", &split),
        ("rb-fit length", &embedded),
        ("rb-route kmeans.json knn.json --replace --explain", &fitted),
        ("rb-score --partial", &fitted),
        ("rb-pareto", &scores),
    ];
    let sums = [
        (
            "rb-score --versus knn --choose quality>=best-single",
            &fitted,
        ),
        ("rb-pool --by dataset --random 8", &split),
        ("rb-pareto --table", &scores),
        ("rb-pareto --term", &scores),
    ];
    let run = |words: &str, threads: &str, input: &[u8]| {
        let mut words: Vec<&str> = words.split(' ').collect();
        words.extend(["--threads", threads]);
        let ran = w.run(words[0], &words[1..], input).ok();
        assert!(!ran.stdout.is_empty(), "{words:?}");
        (ran.stdout, ran.stderr)
    };
    for (words, input) in a_line_each.iter().chain(&sums) {
        let first = run(words, "1", input);
        assert!(first == run(words, "1", input), "{words}, run again");
        assert!(first == run(words, "2", input), "{words} with two threads");
        let turned = run(words, "2", &shuffled(input, 9)).0;
        if sums.iter().any(|(sum, _)| sum == words) {
            assert!(first.0 == turned, "{words} of lines in another order")
        } else {
            assert!(
                sorted(&first.0) == sorted(&turned),
                "{words} of lines in another order"
            )
        }
    }
}
