//! Man pages and completions, made of the same definitions as `--help`:
//! `TOOL --generate DIR` writes DIR/man/man1/TOOL.1 (and a page a subcommand) and
//! the completions of bash, zsh and fish where packages expect them.

use clap::Command;
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where `--generate` asks for them: the only two words of the command line.
pub(crate) fn asked(mut words: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let flag = words.next().filter(|word| word == "--generate");
    let folder = flag.and(words.next())?;
    words.next().is_none().then(|| folder.into())
}

/// Writes them all into `folder`, which is made.
pub(crate) fn write(mut command: Command, folder: &Path) -> std::io::Result<()> {
    let shells = [
        (Shell::Bash, "bash-completion/completions"),
        (Shell::Zsh, "zsh/site-functions"),
        (Shell::Fish, "fish/vendor_completions.d"),
    ];
    let name = command.get_name().to_string();
    for (shell, place) in shells {
        let place = folder.join(place);
        std::fs::create_dir_all(&place)?;
        let file = clap_complete::generate_to(shell, &mut command, &name, &place)?;
        // Bash looks for a file of the tool's own name.
        if shell == Shell::Bash {
            std::fs::rename(file, place.join(&name))?;
        }
    }
    let pages = folder.join("man/man1");
    std::fs::create_dir_all(&pages)?;
    clap_mangen::generate_to(command, pages)
}
