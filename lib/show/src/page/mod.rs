//! One HTML page that needs no other file and no network: the picture, where queries
//! go by alpha, and the table, with what a reader may turn on and off (page.html).

mod data;

use crate::output::{Config, Output};
use crate::panel::Panel;

/// `--html`.
pub const OUTPUT: Output = Output {
    name: "html",
    help: "Write a page for a browser into FILE; it needs no other",
    render,
};

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
/// Where the page takes up the script, and the script's data.
const SLOTS: [&str; 2] = ["/*SCRIPT*/", "/*DATA*/"];

fn render(panels: &[Panel], _: &Config) -> String {
    let [script, slot] = SLOTS;
    let (head, tail) = PAGE.split_once(script).unwrap_or((PAGE, ""));
    let (before, after) = head.split_once(slot).unwrap_or((head, ""));
    // Data go in last and once: a name that holds a slot's text stays a name.
    [before, &data::json(panels), after, SCRIPT, tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_each_slot_once_and_data_before_the_script() {
        for slot in SLOTS {
            assert_eq!(PAGE.matches(slot).count(), 1, "{slot}");
        }
        assert!(PAGE.find(SLOTS[1]) < PAGE.find(SLOTS[0]));
        assert!(!SCRIPT.contains("</script"));
        let page = render(&[], &Config::default());
        assert!(page.contains("\"groups\":[]") && page.ends_with("</html>\n"));
        // Nothing is fetched.
        for outside in ["http://", "https://", " src=", "@import", "url("] {
            let own = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!own.contains(outside), "{outside}");
        }
    }
}
