//! The tool of a package says its name and version. That this is a test of every
//! tool's package is why cargo has built them all before the end-to-end tests run.

use std::process::Command;

#[test]
fn it_names_itself_and_its_version() {
    let name = env!("CARGO_PKG_NAME").trim_end_matches("-tool");
    let test = std::env::current_exe().expect("the path of this test");
    let tool = test.ancestors().nth(2).expect("a target folder").join(name);
    let said = Command::new(&tool).arg("--version").output();
    let said = said.unwrap_or_else(|e| panic!("{}: {e}", tool.display()));
    let version = format!("{name} {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&said.stdout), version);
}
