//! keyword: a query is expected to fare as the train queries of its domain
//! did, the domain told by a list of keywords.
//!
//! Domain: the one of which the prompt holds the most *different* keywords;
//! ties to the domain listed first; without any keyword, a domain of its own.
//! A keyword is a sequence of tokens (tokens.rs, in lower case), found as whole
//! tokens. p and g are the domain's means on train, shrunk to the global means
//! as in kmeans.rs; a domain without train queries has the global means. Fit
//! O(N·length), a query O(length). Fails where domains are not told by words,
//! or models do not differ by domain: a floor for learnt routers, and the
//! static map with which practitioners start. The list (data/keywords.toml) is
//! our own; --keywords replaces it.

use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params};
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::summed::strength;
use crate::summed::summing::{self, Summing};
use crate::summed::sums::Sums;
use crate::table::impute::Targets;
use crate::table::signals::Reads;
use crate::table::{Batch, Needs, Table};
use ndarray::Axis;
use rayon::prelude::*;
use rb_learn::text::tokens::tokens;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

const FLAGS: &[Flag] = &[Flag {
    name: "keywords",
    value: "FILE",
    default: "",
    help: "A TOML file of domains, [[domain]] name = …, keywords = [ … ] [default: a built-in list of eleven]",
}];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "keyword",
    family: Family::Bound,
    about: "Mean score and cost of the domain that its keywords tell",
    help: "Counts the different keywords of each domain in the prompt; expected score and cost \
           are the means of the domain with the most, shrunk to the global means by a strength \
           chosen out of fold. Domains: code, math, logic, medicine, law, science, business, \
           translation, extraction, writing, knowledge, or those of --keywords.",
    flags: FLAGS,
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| {
        Ok(Needs {
            embedding: false,
            text: true,
            signals: Reads::Nothing,
        })
    },
    fit,
    load,
};

const BUILT_IN: &str = include_str!("../../../data/keywords.toml");

/// A domain as the TOML file has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Domain {
    name: String,
    keywords: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    domain: Vec<Domain>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    domains: Vec<Domain>,
    /// (D+1)×K, the last row for queries without a keyword.
    score: Packed64,
    /// (D+1)×K, USD.
    cost: Packed64,
    scale: f64,
    shrinkage: f64,
}

struct Keyword {
    state: State,
    index: Index,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    summing::fit(&*summing(params, 0)?, table, seed)
}

/// The router as a sum over domains.
pub fn summing(params: &Params, _: usize) -> Result<Box<dyn Summing>> {
    let text = params.optional("keywords").unwrap_or(BUILT_IN);
    let list: List = toml::from_str(text).map_err(|e| {
        Error::usage(format!(
            "--keywords is not a list of domains ({}); expected TOML: [[domain]] name = \"math\", keywords = [\"integral\", …]",
            e.message()
        ))
    })?;
    let index = Index::of(&list.domain).map_err(|e| Error::usage(format!("--keywords: {e}")))?;
    Ok(Box::new(ByDomain {
        domains: list.domain,
        index,
    }))
}

struct ByDomain {
    domains: Vec<Domain>,
    index: Index,
}

impl Summing for ByDomain {
    fn places(&self) -> usize {
        self.domains.len() + 1
    }
    fn place(&self, table: &Table) -> Vec<usize> {
        self.index.labels(&table.text)
    }
    fn is_folded(&self) -> bool {
        true
    }
    fn finish(&self, sums: &Sums, means: &Targets, _: &[String]) -> Result<Box<dyn Router>> {
        let (score, cost, shrinkage) = strength::chosen(sums, self.places(), means);
        let state = State {
            domains: self.domains.clone(),
            score: Packed64(score),
            cost: Packed64(cost),
            scale: means.scale,
            shrinkage,
        };
        let index = self.index.clone();
        Ok(Box::new(ByEstimate(Keyword { state, index })))
    }
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let state: State = crate::file::state::read_state(state)?;
    let index = Index::of(&state.domains)
        .map_err(|e| Error::router_file(format!("{e}; fit and save the router again")))?;
    let rows = state.domains.len() + 1;
    state.score.check("the scores", rows, shape.models)?;
    state.cost.check("the costs", rows, shape.models)?;
    crate::file::state::check_finite("the scale", &[state.scale, state.shrinkage])?;
    Ok(Box::new(ByEstimate(Keyword { state, index })))
}

impl Estimator for Keyword {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let labels = self.index.labels(batch.text);
        Estimates {
            p: self.state.score.0.select(Axis(0), &labels),
            g: self.state.cost.0.select(Axis(0), &labels),
            scale: self.state.scale,
        }
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(&self.state)
    }
}

/// The keywords by their first token: their domain and their other tokens.
#[derive(Clone)]
struct Index {
    by_first: HashMap<String, Vec<(usize, Vec<String>)>>,
    domains: usize,
}

impl Index {
    /// Refuses a list without domains, without names, or with empty keywords.
    fn of(domains: &[Domain]) -> std::result::Result<Index, String> {
        if domains.is_empty() {
            return Err("there is no domain, expected at least one".into());
        }
        let mut names = BTreeSet::new();
        let mut by_first: HashMap<String, Vec<(usize, Vec<String>)>> = HashMap::new();
        for (d, domain) in domains.iter().enumerate() {
            if domain.name.is_empty() || !names.insert(domain.name.as_str()) {
                return Err(format!(
                    "a domain's name is {:?}, expected one of its own",
                    domain.name
                ));
            }
            let mut seen = BTreeSet::new();
            for keyword in &domain.keywords {
                let lower = keyword.to_lowercase();
                let mut words = tokens(&lower).map(String::from);
                let Some(first) = words.next() else {
                    return Err(format!(
                        "a keyword of {:?} is {keyword:?}, expected a word",
                        domain.name
                    ));
                };
                let rest: Vec<String> = words.collect();
                // What differs only in case or spaces is one keyword.
                if seen.insert((first.clone(), rest.clone())) {
                    by_first.entry(first).or_default().push((d, rest));
                }
            }
        }
        Ok(Index {
            by_first,
            domains: domains.len(),
        })
    }

    fn labels(&self, texts: &[String]) -> Vec<usize> {
        texts.par_iter().map(|text| self.label(text)).collect()
    }

    /// The domain of a prompt, or the number of domains where it has no keyword.
    fn label(&self, text: &str) -> usize {
        let lower = text.to_lowercase();
        let words: Vec<&str> = tokens(&lower).collect();
        let mut found: BTreeSet<(usize, &str, &[String])> = BTreeSet::new();
        for (at, word) in words.iter().enumerate() {
            let Some((first, keywords)) = self.by_first.get_key_value(*word) else {
                continue;
            };
            for (domain, rest) in keywords {
                let next = words.get(at + 1..at + 1 + rest.len());
                if next.is_some_and(|next| next.iter().zip(rest).all(|(a, b)| *a == b)) {
                    found.insert((*domain, first, rest));
                }
            }
        }
        let mut counts = vec![0usize; self.domains];
        found.iter().for_each(|(d, ..)| counts[*d] += 1);
        let most = counts.iter().copied().max().unwrap_or(0);
        match most {
            0 => self.domains,
            _ => counts.iter().position(|n| *n == most).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(toml: &str) -> std::result::Result<Index, String> {
        let list: List = toml::from_str(toml).map_err(|e| e.to_string())?;
        Index::of(&list.domain)
    }

    const TWO: &str = r#"
        [[domain]]
        name = "math"
        keywords = ["sum", "square root", "x^2"]
        [[domain]]
        name = "code"
        keywords = ["Python", "c++", "print(", "sum"]
    "#;

    #[test]
    fn the_domain_with_most_different_keywords_wins_and_ties_go_to_the_first() {
        let i = index(TWO).unwrap();
        assert_eq!(i.label("the SUM of it"), 0);
        assert_eq!(i.label("sum it up in python"), 1);
        assert_eq!(i.label("python python python, sum, square  root, x ^ 2"), 0);
        assert_eq!(i.label("is C++ good? print (it)"), 1);
        assert_eq!(i.label("nothing here"), 2);
        assert_eq!(i.label(""), 2);
    }

    #[test]
    fn keywords_are_whole_tokens_in_order() {
        let i = index(TWO).unwrap();
        assert_eq!(i.label("summary of pythons"), 2);
        assert_eq!(i.label("the root of a square"), 2);
        assert_eq!(i.label("it ends in square"), 2);
    }

    #[test]
    fn the_built_in_list_tells_plain_domains_apart() {
        let list: List = toml::from_str(BUILT_IN).unwrap();
        let i = Index::of(&list.domain).unwrap();
        let name = |text: &str| {
            let d = i.label(text);
            list.domain.get(d).map_or("none", |d| d.name.as_str())
        };
        assert_eq!(name("Write a Python function to reverse a string."), "code");
        assert_eq!(
            name("What is the integral of x^2 over the real numbers?"),
            "math"
        );
        assert_eq!(name("Translate the sentence into German."), "translation");
        assert_eq!(name("Who was the first president?"), "knowledge");
        assert_eq!(
            name("Which drug is the treatment of chronic hepatitis?"),
            "medicine"
        );
        assert_eq!(name("Hm."), "none");
    }

    #[test]
    fn lists_that_say_nothing_are_refused() {
        for toml in [
            "domain = []",
            "",
            "[[domain]]\nname = \"\"\nkeywords = []",
            "[[domain]]\nname = \"a\"\nkeywords = [\" \"]",
            "[[domain]]\nname = \"a\"\nkeywords = []\n[[domain]]\nname = \"a\"\nkeywords = []",
            "[[domain]]\nname = \"a\"\nwords = [\"b\"]",
        ] {
            assert!(index(toml).is_err(), "{toml}");
        }
    }
}
