//! Where things lie on the user's machine.
//!
//! | what | where |
//! |---|---|
//! | what `make minilm` set up | `$RB_HOME`, else `$XDG_DATA_HOME/rb`, else `~/.local/share/rb` |
//! | cache of vectors | the file `$RB_CACHE`, else `$XDG_CACHE_HOME/rb/embeddings.sqlite`, else `~/.cache/rb/embeddings.sqlite` |
//! | models downloaded by name | `$HF_HOME`, else `$XDG_CACHE_HOME/rb/models`, else `~/.cache/rb/models` |
//!
//! An empty variable counts as unset. Without `HOME` a place may be unknown.

use std::ffi::OsString;
use std::path::PathBuf;

type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The folder `make minilm` writes to.
pub fn setup_folder() -> Option<PathBuf> {
    setup_in(&|name| std::env::var_os(name))
}

/// The cache of vectors, a file.
pub fn cache_file() -> Option<PathBuf> {
    cache_in(&|name| std::env::var_os(name))
}

/// Models that fastembed downloads by name.
pub fn download_folder() -> Option<PathBuf> {
    downloads_in(&|name| std::env::var_os(name))
}

fn setup_in(env: Environment) -> Option<PathBuf> {
    path(env, "RB_HOME").or_else(|| Some(base(env, "XDG_DATA_HOME", ".local/share")?.join("rb")))
}

fn cache_in(env: Environment) -> Option<PathBuf> {
    path(env, "RB_CACHE")
        .or_else(|| Some(base(env, "XDG_CACHE_HOME", ".cache")?.join("rb/embeddings.sqlite")))
}

fn downloads_in(env: Environment) -> Option<PathBuf> {
    path(env, "HF_HOME").or_else(|| Some(base(env, "XDG_CACHE_HOME", ".cache")?.join("rb/models")))
}

fn path(env: Environment, name: &str) -> Option<PathBuf> {
    env(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// A base directory by the XDG rules, which ignore relative paths.
fn base(env: Environment, name: &str, under_home: &str) -> Option<PathBuf> {
    path(env, name)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(path(env, "HOME")?.join(under_home)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        |name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into())
    }

    #[test]
    fn own_variables_come_before_xdg_before_home() {
        let home = ("HOME", "/h");
        let xdg = [home, ("XDG_DATA_HOME", "/d"), ("XDG_CACHE_HOME", "/c")];
        let own = [
            xdg[0],
            xdg[1],
            xdg[2],
            ("RB_HOME", "/o"),
            ("RB_CACHE", "/f.sqlite"),
            ("HF_HOME", "/hf"),
        ];
        let all = |set: &[(&str, &str)]| {
            let env = with(set);
            [setup_in(&env), cache_in(&env), downloads_in(&env)]
                .map(|p| p.unwrap().display().to_string())
        };
        assert_eq!(all(&own), ["/o", "/f.sqlite", "/hf"]);
        assert_eq!(
            all(&xdg),
            ["/d/rb", "/c/rb/embeddings.sqlite", "/c/rb/models"]
        );
        assert_eq!(
            all(&[home]),
            [
                "/h/.local/share/rb",
                "/h/.cache/rb/embeddings.sqlite",
                "/h/.cache/rb/models"
            ]
        );
    }

    #[test]
    fn empty_and_relative_variables_are_passed_over() {
        let env = with(&[("HOME", "/h"), ("RB_HOME", ""), ("XDG_DATA_HOME", "data")]);
        assert_eq!(setup_in(&env), Some("/h/.local/share/rb".into()));
        assert_eq!(cache_in(&with(&[])), None);
    }
}
