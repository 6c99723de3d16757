//! `-h` fits a screen: the flags that most people need, and two examples;
//! `--help` tells everything. Both are made of the same definitions.

use clap::Command;

/// What `-h` of a tool shows.
pub struct Short {
    /// The long names of its flags; all others are for `--help`.
    pub flags: &'static [&'static str],
    /// Pipelines as one types them.
    pub examples: &'static [&'static str],
}

/// Flags that every tool's `-h` has.
const ALWAYS: [&str; 3] = ["output", "help", "version"];

/// The command with a short `-h` and its examples under both.
pub fn shape(command: Command, short: &Short) -> Command {
    let mut examples = String::from("Examples:");
    for example in short.examples {
        examples += "\n  ";
        examples += example;
    }
    let more = command.get_after_long_help().or(command.get_after_help());
    let long = match more {
        Some(more) => format!("{examples}\n\n{more}"),
        None => examples.clone(),
    };
    command
        .mut_args(|arg| {
            let shown = match arg.get_long() {
                Some(name) => short.flags.contains(&name) || ALWAYS.contains(&name),
                None => true,
            };
            arg.hide_short_help(!shown)
        })
        .after_help(format!("{examples}\n\nMore options: --help"))
        .after_long_help(long)
}
