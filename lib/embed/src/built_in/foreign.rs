//! Texts read for the built-in embedder: what its vocabulary knows becomes ids
//! of tokens, everything else n-grams.
//!
//! The vocabulary knows English. Of other scripts it holds single letters, some
//! ideographs and a few endings, but no word: "привет" becomes six letters with
//! nearly the vectors of any other six, and one character that is missing makes
//! `[UNK]` of its word. Hence, letters of scripts other than Latin, and emoji,
//! are called foreign, and
//!
//! - a text with two foreign letters in a row, or an emoji, is foreign: each of
//!   its stretches of foreign letters is one unknown word, across the borders
//!   that WordPiece draws around ideographs. The rest is read as ever;
//! - in any other text, single foreign letters are what the vocabulary says
//!   (Greek in formulas: "the angle α");
//! - what WordPiece calls `[UNK]` is an unknown word, letters apart from symbols
//!   ("done✅").
//!
//! So a text with no foreign word and no `[UNK]` is read as if this file were
//! not there. A foreign stretch is folded to its compatibility form (half-width
//! kana to kana), lower case, and loses the marks that writing leaves out or
//! that only accent (Hebrew and Arabic points, acute, breve, …), but not the
//! vowel signs and tones of Indic scripts and Thai, nor the voicing of kana.

use unicode_categories::UnicodeCategories;
use unicode_normalization::{char::canonical_combining_class, UnicodeNormalization};

use crate::built_in::ngrams::Grams;
use crate::built_in::wordpiece::{self, Scratch, WordPiece, MAX_WORD_CHARS};

/// A text's known tokens and unknown words. Reused between texts.
#[derive(Default)]
pub struct Parts {
    /// Ids of the known tokens.
    pub ids: Vec<u32>,
    /// N-grams of the unknown words.
    pub grams: Grams,
    scratch: Scratch,
    folded: String,
}

impl Parts {
    /// Reads a text in place of the one before.
    pub fn read(&mut self, words: &WordPiece, text: &str) {
        self.ids.clear();
        self.grams.clear();
        if text.is_ascii() || !is_foreign_text(text) {
            words.encode(text, &mut self.scratch, &mut self.ids);
            if !self.ids.contains(&words.unk()) {
                return;
            }
            self.ids.clear();
            for span in text.split([' ', '\t', '\n', '\r']) {
                self.known(words, span);
            }
            return;
        }
        for span in text.split([' ', '\t', '\n', '\r']) {
            for (stretch, foreign) in stretches(span) {
                if foreign {
                    fold(stretch, &mut self.folded);
                    self.grams.add(&self.folded);
                } else {
                    self.known(words, stretch);
                }
            }
        }
    }

    /// Whether most tokens are unknown.
    pub fn mostly_unknown(&self) -> bool {
        self.grams.tokens() > self.ids.len()
    }

    /// A stretch without white space, of words that are known for all one can
    /// see from outside.
    fn known(&mut self, words: &WordPiece, stretch: &str) {
        let before = self.ids.len();
        words.encode(stretch, &mut self.scratch, &mut self.ids);
        if !self.ids[before..].contains(&words.unk()) {
            return;
        }
        self.ids.truncate(before);
        let mut normalised = std::mem::take(&mut self.folded);
        wordpiece::normalise(stretch, &mut normalised);
        for word in wordpiece::split(&normalised) {
            if self.tried(words, word) {
                continue;
            }
            for part in letters_and_symbols(word) {
                if part != word && self.tried(words, part) {
                    continue;
                }
                if part.chars().nth(MAX_WORD_CHARS).is_some() {
                    self.grams.add_long(part);
                } else {
                    self.grams.add(part);
                }
            }
        }
        self.folded = normalised;
    }

    /// Adds the tokens of a normalised word, if it is known.
    fn tried(&mut self, words: &WordPiece, word: &str) -> bool {
        let before = self.ids.len();
        words.word(word, &mut self.scratch, &mut self.ids);
        if self.ids[before..] == [words.unk()] {
            self.ids.truncate(before);
            return false;
        }
        true
    }
}

/// Whether two foreign letters stand in a row, or an emoji.
fn is_foreign_text(text: &str) -> bool {
    let mut row = 0;
    text.chars().any(|c| {
        row = match c {
            // A Hangul syllable is two or three letters.
            _ if is_emoji(c) || matches!(c, '\u{ac00}'..='\u{d7a3}') => 2,
            // Vowel signs are letters too.
            _ if is_foreign(c) => row + 1,
            _ if continues(c) => row,
            _ => 0,
        };
        row >= 2
    })
}

/// Cuts where foreign letters begin and end; true with those.
fn stretches(span: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = span;
    std::iter::from_fn(move || {
        let foreign = is_foreign(rest.chars().next()?);
        let end = rest.find(|c| !continues(c) && is_foreign(c) != foreign);
        let (stretch, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some((stretch, foreign))
    })
}

/// Cuts a word where letters and digits meet anything else.
fn letters_and_symbols(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let letters = rest.chars().next()?.is_alphanumeric();
        let end = rest.find(|c: char| !continues(c) && c.is_alphanumeric() != letters);
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(part)
    })
}

fn is_foreign(c: char) -> bool {
    c >= '\u{370}' && (is_emoji(c) || c.is_alphabetic() && !is_latin(c))
}

/// The plane of pictures, of which the vocabulary has none.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1fbff}')
}

/// Latin letters past U+0370, and symbols that Unicode calls letters.
fn is_latin(c: char) -> bool {
    matches!(u32::from(c),
        0x1d00..=0x1dbf | 0x1e00..=0x1eff | 0x2000..=0x2bff | 0x2c60..=0x2c7f
        | 0xa720..=0xa7ff | 0xab30..=0xab6f | 0xfb00..=0xfb06 | 0xff21..=0xff5a
        | 0x10780..=0x107bf | 0x1d400..=0x1d7ff | 0x1df00..=0x1dfff)
}

/// Marks, joiners and tags belong to what stands before them.
fn continues(c: char) -> bool {
    !c.is_ascii() && (c.is_mark() || c.is_other_format())
}

/// The form whose n-grams are taken.
fn fold(stretch: &str, folded: &mut String) {
    folded.clear();
    folded.extend(
        stretch
            .chars()
            .nfkd()
            .filter(|&c| c.is_ascii() || !is_left_out(c))
            .nfc()
            .flat_map(char::to_lowercase),
    );
}

/// Points of Hebrew, Arabic and Syriac, accents above and below, variation
/// selectors, joiners. Tags stay: they tell one flag from another.
fn is_left_out(c: char) -> bool {
    matches!(canonical_combining_class(c), 10..=36 | 220 | 230)
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{fffd}' | '\u{640}')
        || c.is_other() && !matches!(c, '\u{e0020}'..='\u{e007e}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VOCABULARY: &str = include_str!("../../data/static-minilm-256/vocab.txt");

    thread_local!(static WORDS: WordPiece = WordPiece::new(VOCABULARY).unwrap());

    fn parts(text: &str) -> Parts {
        let mut parts = Parts::default();
        WORDS.with(|words| parts.read(words, text));
        parts
    }

    fn encoded(text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        WORDS.with(|words| words.encode(text, &mut Scratch::default(), &mut ids));
        ids
    }

    /// The text's n-grams are those of these words.
    fn made_of(text: &str, words: &[&str]) -> bool {
        let mut grams = Grams::default();
        words.iter().for_each(|word| grams.add(word));
        parts(text).grams.sum() == grams.sum()
    }

    #[test]
    fn the_vocabulary_has_no_whole_word_of_another_script() {
        let words = VOCABULARY.lines().filter(|l| !l.starts_with("##"));
        let foreign: Vec<&str> = words.filter(|word| is_foreign_text(word)).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        assert!(!VOCABULARY.contains(is_emoji));
    }

    #[test]
    fn known_texts_are_read_as_by_wordpiece_alone() {
        for text in [
            "",
            "What is the angle α between x and Δy, if λx ≤ ∞?",
            "naïve café — “quotes”, ½ Å",
            "Größe, dónde, słowo, người",
            "what does 水 mean, and и?",
            "x̄ = Σ xᵢ / n",
        ] {
            let mut parts = parts(text);
            assert_eq!(parts.ids, encoded(text), "{text:?}");
            assert!(parts.grams.sum().is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_foreign_stretch_is_one_word_and_the_rest_is_read_as_ever() {
        assert!(made_of("Привет, мир 2024!", &["привет", "мир"]));
        assert_eq!(parts("Привет, мир 2024!").ids, encoded(", 2024!"));
        assert!(made_of("Pythonで配列を書く。", &["で配列を書く"]));
        assert_eq!(parts("Pythonで配列を書く。").ids, encoded("Python。"));
        assert!(made_of("я и ты", &["я", "и", "ты"]));
        assert!(made_of("한국어 차", &["한국어", "차"]));
        assert!(made_of("차", &["차"]));
        assert!(made_of("มี", &["มี"]));
        assert!(made_of("hello🎉 you", &["🎉"]));
        assert_eq!(parts("hello🎉 you").ids, encoded("hello you"));
    }

    #[test]
    fn an_unknown_word_is_told_from_the_letters_it_touches() {
        assert!(made_of("done✅", &["✅"]));
        assert_eq!(parts("done✅").ids, encoded("done"));
        assert!(made_of("the ɗ naɓa", &["ɗ", "naɓa"]));
        let long = "q".repeat(101);
        let mut grams = Grams::default();
        grams.add_long(&long);
        assert_eq!(parts(&format!("key: {long}")).grams.sum(), grams.sum());
        assert_eq!(parts(&format!("key: {long}")).ids, encoded("key:"));
    }

    #[test]
    fn marks_that_writing_leaves_out_are_left_out_and_no_others() {
        let folded = |text| {
            let mut out = String::new();
            fold(text, &mut out);
            out
        };
        for (text, same) in [
            ("مُدَرِّسة", "مدرسة"),
            ("كـــتاب", "كتاب"),
            ("שָׁלוֹם", "שלום"),
            ("Ёлка", "елка"),
            ("за́мок", "замок"),
            ("καλή", "καλη"),
            ("ﾊﾞｽ", "バス"),
            ("❤\u{fe0f}", "❤"),
            ("नि\u{200d}ज", "निज"),
        ] {
            assert_eq!(folded(text), same);
        }
        for text in [
            "バス",
            "かぎ",
            "ม้า",
            "की",
            "कर्म",
            "한국어",
            "ខ្មែរ",
            "🏴\u{e0067}\u{e007f}",
        ] {
            let whole = text.trim_end_matches('\u{e007f}');
            assert_eq!(folded(text), whole, "{text}");
        }
    }

    #[test]
    fn most_tokens_are_counted_as_a_reader_would() {
        for text in [
            "Почему небо голубое?",
            "学游泳",
            "ช่วยด้วย",
            "Python で配列を逆順にする",
            "🎉",
        ] {
            assert!(parts(text).mostly_unknown(), "{text}");
        }
        for text in [
            "",
            "Why is the sky blue? 🎉",
            "Translate the following word into English: небо",
            "Größe",
        ] {
            assert!(!parts(text).mostly_unknown(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn nothing_changes_where_nothing_is_unknown(text in "([a-zA-Z0-9]{1,9}|[ -~]|[\u{a0}-\u{24f}]|[α-ω] |[‐-⁞]|[一水火] |  ){0,20}") {
            let ids = encoded(&text);
            let unk = WORDS.with(WordPiece::unk);
            let mut parts = parts(&text);
            if !ids.contains(&unk) && !is_foreign_text(&text) {
                prop_assert_eq!(&parts.ids, &ids);
                prop_assert!(parts.grams.sum().is_none());
            }
        }

        #[test]
        fn every_text_of_letters_has_parts_and_no_token_is_unknown(text in "(\\PC|[а-я]|[ก-๙]|[ぁ-ん]|[가-힣]|\u{fe0f}|\u{200d}| ){1,40}") {
            let unk = WORDS.with(WordPiece::unk);
            let parts = parts(&text);
            prop_assert!(!parts.ids.contains(&unk));
            if text.chars().any(|c| c.is_alphanumeric() && !c.is_mark()) {
                prop_assert!(parts.grams.tokens() + parts.ids.len() > 0);
            }
        }
    }
}
