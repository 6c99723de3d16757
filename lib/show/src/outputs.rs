//! The table of outputs, in the order in which they are printed.

use crate::output::Output;
use crate::page;
use crate::plot::term;
use crate::table;

/// All of them.
pub const OUTPUTS: [&Output; 3] = [&page::OUTPUT, &term::OUTPUT, &table::OUTPUT];

/// The help of the output called `name`.
pub fn help(name: &str) -> &'static str {
    let output = OUTPUTS.iter().find(|o| o.name == name);
    output.map_or("", |o| o.help)
}
