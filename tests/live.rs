//! Tools as co-processes: a program writes a line and waits for the answer.

use crate::workdir::{demo, root, tool, Workdir};
use std::process::Command;

/// What a client says at its end: answers with a route, with an error, and the
/// exit codes of both tools.
fn client(program: &str, script: &str) -> String {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    w.run("rb-fit", &["kmeans", "--save", "k.json"], &bench)
        .ok();
    let tools = tool("rb-fit");
    let output = Command::new(program)
        .arg(root().join("tests/data/live").join(script))
        .arg(tools.parent().expect("a folder of tools"))
        .arg(w.path("k.json"))
        .output()
        .expect("starting the client");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let fault = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{fault}");
    said
}

/// Of the hundred odd requests, ten of a kind, four kinds have a text. rb-embed
/// ends with 1 for its errors, which rb-route passes on and ends with 0.
const RIGHT: &str = "940 60 1 0\n";

#[test]
#[cfg_attr(not(has_python3), ignore = "needs python3")]
fn a_program_in_python_gets_an_answer_to_each_of_1000_requests_in_order() {
    assert_eq!(client("python3", "requests.py"), RIGHT);
}

#[test]
#[cfg_attr(not(has_node), ignore = "needs node")]
fn a_program_in_node_gets_an_answer_to_each_of_1000_requests_in_order() {
    assert_eq!(client("node", "requests.mjs"), RIGHT);
}

#[test]
fn a_line_that_cannot_be_used_comes_back_with_its_own_members_and_the_error() {
    let w = Workdir::new();
    let lines = "{\"id\": 2.50}\n\n[1]\n{\"prompt\":\"x\"}\n";
    let ran = w.run("rb-embed", &["--line-buffered"], lines);
    let ran = ran.fails(1, &["answered 3 bad records", "stdin:1:"]);
    let answers: Vec<&str> = ran.text().lines().collect();
    assert_eq!(answers.len(), 4);
    assert!(answers[0].starts_with("{\"id\": 2.50,\"error\":{\"tool\":\"rb-embed\",\"code\":3,"));
    assert!(answers[1].starts_with("{\"error\":") && answers[1].contains("\"line\":2"));
    assert!(answers[2].starts_with("{\"error\":"));
    assert!(answers[3].contains("\"vector\""));
}
