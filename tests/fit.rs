//! rb-fit: what is learnt, what is written, what is refused.

use crate::workdir::{demo, shuffled, Workdir};

#[test]
fn routes_go_to_all_records_but_train_and_lines_keep_their_order() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    let out = w.run("rb-fit", &["kmeans"], &bench).ok();
    let (mut before, mut routed) = (0, 0);
    for (line, record) in bench.split(|b| *b == b'\n').zip(out.json()) {
        let old: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert_eq!(old["id"], record["id"]);
        let is_train = record["split"] == "train";
        assert_eq!(record["routes"].is_null(), is_train);
        before += 1;
        routed += usize::from(!is_train);
    }
    assert_eq!(before, 2000);
    assert!((500..700).contains(&routed), "{routed}");
}

#[test]
fn the_order_of_lines_and_the_threads_change_neither_router_nor_routes() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    let fit = |input: &[u8], threads: &str, file: &str| {
        let args = ["kmeans", "--threads", threads, "--save", file];
        let out = w.run("rb-fit", &args, input).ok().stdout;
        let mut lines: Vec<Vec<u8>> = out.split(|b| *b == b'\n').map(Vec::from).collect();
        lines.sort();
        (lines, w.read(file))
    };
    let plain = fit(&bench, "1", "a.json");
    assert!(plain == fit(&shuffled(&bench, 1), "2", "b.json"));
}
