//! TF-IDF rows of prompts, as scikit-learn's TfidfVectorizer(sublinear_tf=True,
//! ngram_range=(1, 2), max_features=…) makes them.
//!
//! Tokens: those of tokens.rs in lower case that are words of two or more
//! characters, or single characters of scripts without spaces (scikit-learn's
//! pattern takes a run of the latter for one word). Terms are tokens and pairs
//! of tokens that follow each other. With n train prompts, df of which hold a
//! term, and tf its occurrences in a prompt, the weight is
//!
//! ```text
//! (1 + ln tf) · (1 + ln((1 + n)/(1 + df)))        rows scaled to length 1
//! ```
//!
//! The vocabulary is in the order of its bytes; of more terms than the cap the
//! most frequent by df stay, ties to the first in that order (scikit-learn
//! keeps those of the most occurrences). Terms that train has not are left
//! out; a prompt without a known term is a zero row.

use crate::linear::Csr;
use crate::text::tokens::{is_word, stands_alone, tokens};
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What is kept of a vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabulary {
    /// n, the number of train prompts.
    prompts: u64,
    /// The terms, ascending; the tokens of a pair are separated by one space.
    terms: Vec<String>,
    /// How many train prompts hold each term.
    df: Vec<u64>,
}

/// Makes TF-IDF rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Vocabulary", try_from = "Vocabulary")]
pub struct Vectoriser {
    vocabulary: Vocabulary,
    place: HashMap<String, u32>,
    idf: Vec<f64>,
}

impl From<Vectoriser> for Vocabulary {
    fn from(v: Vectoriser) -> Vocabulary {
        v.vocabulary
    }
}

impl TryFrom<Vocabulary> for Vectoriser {
    type Error = Error;
    /// Refuses terms out of order and counts that cannot be.
    fn try_from(v: Vocabulary) -> Result<Vectoriser> {
        let sound = v.terms.len() == v.df.len()
            && v.terms.windows(2).all(|w| w[0] < w[1])
            && v.df.iter().all(|df| (1..=v.prompts).contains(df));
        if sound {
            Ok(Vectoriser::of(v))
        } else {
            Err(Error::router_file(
                "the vocabulary's terms and counts do not agree; fit and save the router again",
            ))
        }
    }
}

impl Vectoriser {
    fn of(vocabulary: Vocabulary) -> Vectoriser {
        let n = vocabulary.prompts as f64;
        Vectoriser {
            place: vocabulary.terms.iter().cloned().zip(0..).collect(),
            idf: vocabulary
                .df
                .iter()
                .map(|df| ((1.0 + n) / (1.0 + *df as f64)).ln() + 1.0)
                .collect(),
            vocabulary,
        }
    }

    /// Learns the vocabulary of `texts`, at most `max_features` terms.
    pub fn fit(texts: &[String], max_features: usize) -> Vectoriser {
        let held: Vec<Vec<String>> = texts
            .par_iter()
            .map(|text| {
                let mut terms = Vec::new();
                each_term(text, |term| terms.push(term.to_string()));
                terms.sort_unstable();
                terms.dedup();
                terms
            })
            .collect();
        let mut df: HashMap<String, u64> = HashMap::new();
        for term in held.into_iter().flatten() {
            *df.entry(term).or_default() += 1;
        }
        let mut kept: Vec<(String, u64)> = df.into_iter().collect();
        kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kept.truncate(max_features);
        kept.sort_unstable();
        let (terms, df) = kept.into_iter().unzip();
        Vectoriser::of(Vocabulary {
            prompts: texts.len() as u64,
            terms,
            df,
        })
    }

    /// The number of terms.
    pub fn width(&self) -> usize {
        self.idf.len()
    }

    /// One row a text, of length 1 or 0; n × width.
    pub fn transform(&self, texts: &[String]) -> Csr {
        let rows: Vec<Vec<(u32, f64)>> = texts.par_iter().map(|text| self.row(text)).collect();
        Csr::of(rows, self.width())
    }

    fn row(&self, text: &str) -> Vec<(u32, f64)> {
        let mut held: Vec<u32> = Vec::new();
        each_term(text, |term| held.extend(self.place.get(term)));
        held.sort_unstable();
        let mut row: Vec<(u32, f64)> = held
            .chunk_by(|a, b| a == b)
            .map(|same| {
                let tf = same.len() as f64;
                (same[0], (1.0 + tf.ln()) * self.idf[same[0] as usize])
            })
            .collect();
        let norm = row.iter().map(|(_, v)| v * v).sum::<f64>().sqrt();
        row.iter_mut().for_each(|(_, v)| *v /= norm);
        row
    }
}

/// Calls `with` with every term of `text`, as often as it occurs.
fn each_term(text: &str, mut with: impl FnMut(&str)) {
    let lower = text.to_lowercase();
    let mut before: Option<&str> = None;
    let mut pair = String::new();
    for token in tokens(&lower) {
        let is_long = token.chars().nth(1).is_some();
        if !(is_word(token) && (is_long || stands_alone(token))) {
            continue;
        }
        with(token);
        if let Some(before) = before {
            pair.clear();
            pair.push_str(before);
            pair.push(' ');
            pair.push_str(token);
            with(&pair);
        }
        before = Some(token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|t| t.to_string()).collect()
    }

    #[test]
    fn terms_are_words_and_pairs_and_the_cap_keeps_the_frequent() {
        let all = texts(&["The cat, a cat", "the dog", "the cat 東京"]);
        let v = Vectoriser::fit(&all, 100);
        assert_eq!(
            v.vocabulary.terms,
            [
                "cat", "cat cat", "cat 東", "dog", "the", "the cat", "the dog", "京", "東", "東 京"
            ]
        );
        assert_eq!(v.vocabulary.df[..2], [2, 1]);
        let capped = Vectoriser::fit(&all, 3);
        assert_eq!(capped.vocabulary.terms, ["cat", "the", "the cat"]);
        assert_eq!(capped.vocabulary.df, [2, 3, 2]);
    }

    #[test]
    fn rows_have_length_one_and_unknown_words_leave_a_zero_row() {
        let v = Vectoriser::fit(&texts(&["one two two", "two three"]), 100);
        let x = v.transform(&texts(&["one two two two", "unknown, words!", ""]));
        assert_eq!(x.rows(), 3);
        let length: f64 = x.row(0).map(|(_, v)| v * v).sum();
        assert!((length - 1.0).abs() < 1e-15);
        assert_eq!(x.row(1).count() + x.row(2).count(), 0);
    }

    #[test]
    fn a_vocabulary_comes_back_and_a_damaged_one_is_refused() {
        let v = Vectoriser::fit(&texts(&["one two", "two three"]), 100);
        let json = serde_json::to_string(&v).unwrap();
        let back: Vectoriser = serde_json::from_str(&json).unwrap();
        assert_eq!(back.vocabulary, v.vocabulary);
        assert_eq!(back.idf, v.idf);
        for damaged in [
            r#"{"prompts":2,"terms":["b","a"],"df":[1,1]}"#,
            r#"{"prompts":2,"terms":["a"],"df":[1,1]}"#,
            r#"{"prompts":2,"terms":["a"],"df":[3]}"#,
            r#"{"prompts":2,"terms":["a"],"df":[0]}"#,
        ] {
            assert!(
                serde_json::from_str::<Vectoriser>(damaged).is_err(),
                "{damaged}"
            );
        }
    }

    /// scripts/linear-figures.py
    #[test]
    fn rows_equal_those_of_scikit_learn() {
        #[derive(serde::Deserialize)]
        struct Figures {
            tfidf: Tfidf,
        }
        #[derive(serde::Deserialize)]
        struct Tfidf {
            train: Vec<String>,
            test: Vec<String>,
            terms: Vec<String>,
            rows: Vec<Vec<f64>>,
        }
        let figures: Figures =
            serde_json::from_str(include_str!("../../../../tests/data/linear-figures.json"))
                .unwrap();
        let f = figures.tfidf;
        let v = Vectoriser::fit(&f.train, usize::MAX);
        assert_eq!(v.vocabulary.terms, f.terms);
        let x = v.transform(&f.test);
        assert!(f.rows.len() > 5);
        for (i, expected) in f.rows.iter().enumerate() {
            let mut row = vec![0.0; f.terms.len()];
            x.row(i).for_each(|(j, v)| row[j] = v);
            for (got, expected) in row.iter().zip(expected) {
                assert!((got - expected).abs() < 1e-12, "row {i}: {got} {expected}");
            }
        }
    }
}
