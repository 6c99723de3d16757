//! WordPiece against the `tokenizers` crate, which fastembed brings.

use proptest::prelude::*;
use tokenizers::models::wordpiece::WordPiece as ReferenceModel;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::Tokenizer;

use crate::built_in::wordpiece::{Scratch, WordPiece};

const VOCABULARY: &str = include_str!("../../data/static-minilm-256/vocab.txt");

fn reference() -> Tokenizer {
    let vocabulary = ReferenceModel::read_bytes(VOCABULARY.as_bytes()).unwrap();
    let model = ReferenceModel::builder().vocab(vocabulary).build().unwrap();
    let mut tokenizer = Tokenizer::new(model);
    tokenizer
        .with_normalizer(Some(BertNormalizer::default()))
        .unwrap();
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer
}

fn expected(reference: &Tokenizer, text: &str) -> Vec<u32> {
    reference.encode(text, false).unwrap().get_ids().to_vec()
}

fn ids(words: &WordPiece, text: &str) -> Vec<u32> {
    let mut ids = Vec::new();
    words.encode(text, &mut Scratch::default(), &mut ids);
    ids
}

#[test]
fn ids_equal_the_reference_on_awkward_texts() {
    let texts = [
        "",
        " \t\r\n ",
        "Hello, World!",
        "it's 3.14%—or isn't it?",
        "unaffable untranslatability antidisestablishmentarianism",
        "naïve café résumé Ångström ÇA İstanbul ß ŒUVRE ﬁne",
        "Cafe\u{301} and caf\u{e9}",
        "q\u{307}\u{323} reordered marks",
        "北京是中国的首都。東京タワー",
        "한국어 조선말 각",
        "Привет, мир! Ёлка",
        "مرحبا بالعالم שָׁלוֹם",
        "नमस्ते दुनिया ไทย",
        "emoji 🎉👩‍👩‍👧‍👦 and flags 🇩🇪",
        "zero\u{200b}width joi\u{200d}ner soft\u{ad}hyphen bom\u{feff}",
        "null\0 repl\u{fffd} bell\u{7} vt\u{b}ff\u{c} del\u{7f} nel\u{85} ls\u{2028}x\u{a0}y\u{3000}z",
        "def f(x):\n\treturn x**2 # $10 @home",
        "\\frac{1}{2} \\sum_{i=0}^n x_i^2 ≤ ∞ → ∀",
        "[CLS] [SEP] [MASK] ##ing ## #",
        "ǅ Ǆ ﬃ ΑΣ ΣΑΣ Ω K Å",
        "½ ² ① Ⅷ ㎏",
        "“quotes” ‘single’ «guillemets» …",
        "𝐛𝐨𝐥𝐝 𝔣𝔯𝔞𝔨 𠀀𠀁 𫠠 \u{2b8a0} \u{2b920}",
        "\u{0301}starts with a mark",
        "a\u{e000}b private",
    ];
    let (words, reference) = (WordPiece::new(VOCABULARY).unwrap(), reference());
    for text in texts {
        assert_eq!(ids(&words, text), expected(&reference, text), "{text:?}");
    }
    for n in [99, 100, 101, 300] {
        for text in [
            "a".repeat(n),
            "é".repeat(n),
            "a\u{301}".repeat(n),
            ".".repeat(n),
        ] {
            assert_eq!(ids(&words, &text), expected(&reference, &text), "{n}");
        }
    }
}

#[test]
fn every_piece_of_the_vocabulary_comes_back_as_the_reference_has_it() {
    let (words, reference) = (WordPiece::new(VOCABULARY).unwrap(), reference());
    assert_eq!(words.len(), 30_522);
    for line in VOCABULARY.lines() {
        let bare = line.trim_start_matches("##");
        for text in [
            bare.to_string(),
            format!("z{bare}"),
            format!("{bare}{bare}"),
        ] {
            assert_eq!(ids(&words, &text), expected(&reference, &text), "{text:?}");
        }
    }
}

#[test]
fn every_character_alone_and_inside_a_word() {
    let (words, reference) = (WordPiece::new(VOCABULARY).unwrap(), reference());
    let mut differ = Vec::new();
    for c in '\0'..=char::MAX {
        if matches!(c, '\u{f0010}'..='\u{10fff0}') {
            continue; // private use planes: their ends are enough
        }
        for text in [c.to_string(), format!("wor{c}ds")] {
            if ids(&words, &text) != expected(&reference, &text) {
                differ.push(u32::from(c));
            }
        }
    }
    assert!(differ.is_empty(), "{differ:x?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn ids_equal_the_reference_on_random_texts(text in "([a-zA-Z0-9]{1,9}|[ -~]|\\PC|[\u{0}-\u{24f}]|[\u{300}-\u{36f}]| ){0,40}") {
        thread_local!(static BOTH: (WordPiece, Tokenizer) = (WordPiece::new(VOCABULARY).unwrap(), reference()));
        BOTH.with(|(words, reference)| {
            prop_assert_eq!(ids(words, &text), expected(reference, &text));
            Ok(())
        })?;
    }
}
