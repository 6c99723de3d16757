//! The built-in embedder: one vector a token, distilled from all-MiniLM-L6-v2.
//!
//! A text's vector is v_j = s_j · Σ_t T[t][j] over its tokens t, scaled to
//! length 1: T int8, 30,522 tokens × 256, s one f32 scale a column. Weights and
//! projection are already in T; `scripts/make-static.py` says how it was made.
//! Mean and sum over tokens have the same direction, so the sum is taken. It is
//! a sum of integers: exact, whatever the order or the processor; the scaling
//! is f64 in column order, without fused operations. So equal texts have equal
//! bytes everywhere, with any number of threads.
//!
//! An empty text (or one of white space and control characters alone) has no
//! tokens. Its vector is MiniLM's own for the empty text, kept in the row of
//! `[CLS]`, which no text can reach. So every vector has length 1 and none is
//! missing. Texts of any length are read whole.
//!
//! Words that the vocabulary does not know, those of other scripts and emoji
//! among them, add their character n-grams (`foreign.rs`, `ngrams.rs`): such
//! texts lie near others that are written like them. A text without any has the
//! vector above, to the byte.

use std::cell::RefCell;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::built_in::foreign::Parts;
use crate::built_in::ngrams;
use crate::built_in::wordpiece::WordPiece;
use crate::embedder::{EmbedError, Embedder};
use crate::unknown::Unknown;

/// `embedding.model` of the vectors made here.
pub const NAME: &str = "static-minilm-256";
/// Length of the vectors.
pub const DIM: usize = 256;

const VOCABULARY: &str = include_str!("../../data/static-minilm-256/vocab.txt");
const TABLE: &[u8] = include_bytes!("../../data/static-minilm-256/table.i8");
const SCALE: &[u8] = include_bytes!("../../data/static-minilm-256/scale.f32");
const TOKENS: usize = 30_522;
const CLS: u32 = 101;
const _: () = assert!(TABLE.len() == TOKENS * DIM && SCALE.len() == DIM * 4);

/// So many int8 values fit an i16 sum: 258 · 127 < 2^15.
const BLOCK: usize = 256;
/// Below this many texts, threads cost more than they save.
const PARALLEL_FROM: usize = 64;

/// The static embedder. Making one is cheap; the look-up table is built once a
/// process, in about a millisecond.
pub struct StaticTable {
    words: &'static WordPiece,
    scale: [f64; DIM],
    unknown: Unknown,
}

impl StaticTable {
    /// The table that the binary holds, unpacked.
    pub fn new() -> StaticTable {
        static WORDS: OnceLock<WordPiece> = OnceLock::new();
        let words = WORDS.get_or_init(|| {
            WordPiece::new(VOCABULARY)
                .expect("the vocabulary built in has an [UNK], a test reads it")
        });
        let mut scale = [0.0; DIM];
        for (to, from) in scale.iter_mut().zip(SCALE.chunks_exact(4)) {
            *to = f64::from(f32::from_le_bytes([from[0], from[1], from[2], from[3]]));
        }
        StaticTable {
            words,
            scale,
            unknown: Unknown::default(),
        }
    }

    /// The unit vector of one text, `DIM` long.
    pub fn vector(&self, text: &str) -> Vec<f32> {
        self.read(text).0
    }

    /// The vector, and whether most tokens of the text are unknown.
    fn read(&self, text: &str) -> (Vec<f32>, bool) {
        thread_local! {
            static PARTS: RefCell<Parts> = RefCell::default();
        }
        PARTS.with_borrow_mut(|parts| {
            parts.read(self.words, text);
            let vector = self
                .unit(&token_sum(&parts.ids), parts.grams.sum())
                .or_else(|| self.unit(&token_sum(&[CLS]), None))
                .expect("the row of the empty text is not zero, a test checks it");
            (vector, parts.mostly_unknown())
        })
    }

    /// Tokens and n-grams, scaled to length 1; None for the zero vector.
    fn unit(&self, sum: &[i64; DIM], grams: Option<&[i64; DIM]>) -> Option<Vec<f32>> {
        let mut value = [0.0f64; DIM];
        let mut square = 0.0;
        for (j, value) in value.iter_mut().enumerate() {
            *value = sum[j] as f64 * self.scale[j];
            if let Some(grams) = grams {
                *value += grams[j] as f64 * ngrams::SCALE;
            }
            square += *value * *value;
        }
        let length = f64::sqrt(square);
        (length > 0.0).then(|| value.iter().map(|v| (v / length) as f32).collect())
    }
}

impl Default for StaticTable {
    fn default() -> Self {
        StaticTable::new()
    }
}

/// Σ over tokens of their rows, exactly.
fn token_sum(ids: &[u32]) -> [i64; DIM] {
    let mut sum = [0i64; DIM];
    for block in ids.chunks(BLOCK) {
        let mut part = [0i16; DIM];
        for &id in block {
            let row = &TABLE[id as usize * DIM..][..DIM];
            for (part, &value) in part.iter_mut().zip(row) {
                *part += i16::from(value as i8);
            }
        }
        for (sum, part) in sum.iter_mut().zip(part) {
            *sum += i64::from(part);
        }
    }
    sum
}

impl Embedder for StaticTable {
    fn name(&self) -> &str {
        NAME
    }

    fn dim(&self) -> Option<usize> {
        Some(DIM)
    }

    fn cache_identity(&self) -> Option<String> {
        None // faster than any cache
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let read: Vec<(Vec<f32>, bool)> = if texts.len() < PARALLEL_FROM {
            texts.iter().map(|text| self.read(text)).collect()
        } else {
            texts.par_iter().map(|text| self.read(text)).collect()
        };
        self.unknown.texts += texts.len();
        self.unknown.mostly += read.iter().filter(|(_, mostly)| *mostly).count();
        Ok(read.into_iter().map(|(vector, _)| vector).collect())
    }

    fn unknown(&self) -> Option<Unknown> {
        Some(self.unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built_in::wordpiece::Scratch;
    use xxhash_rust::xxh3::xxh3_64;

    fn cosine(a: &str, b: &str) -> f32 {
        let table = StaticTable::new();
        let (a, b) = (table.vector(a), table.vector(b));
        a.iter().zip(&b).map(|(x, y)| x * y).sum()
    }

    /// The definition, in the plainest floating-point form.
    fn by_definition(text: &str) -> Vec<f32> {
        let words = WordPiece::new(VOCABULARY).unwrap();
        let mut ids = Vec::new();
        words.encode(text, &mut Scratch::default(), &mut ids);
        let mut sum = vec![0.0f64; DIM];
        for &id in &ids {
            for (j, sum) in sum.iter_mut().enumerate() {
                let scale = f32::from_le_bytes(SCALE[j * 4..][..4].try_into().unwrap());
                *sum += f64::from(scale) * f64::from(TABLE[id as usize * DIM + j] as i8);
            }
        }
        let length = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
        sum.iter().map(|v| (v / length) as f32).collect()
    }

    #[test]
    fn a_vector_is_the_scaled_sum_of_its_tokens_rows_also_past_a_block() {
        for text in [
            "water",
            "What is 2 + 2?",
            &"the cat sat on a mat. ".repeat(200),
        ] {
            let vector = StaticTable::new().vector(text);
            for (got, want) in vector.iter().zip(by_definition(text)) {
                assert!((got - want).abs() < 1e-6, "{got} {want}");
            }
        }
    }

    #[test]
    fn extreme_rows_do_not_overflow_the_block_sum() {
        let top = (0..TOKENS as u32).max_by_key(|&id| TABLE[id as usize * DIM] as i8);
        let ids = vec![top.unwrap(); 100_000];
        let one = token_sum(&ids[..1])[0];
        assert!(one > 100);
        assert_eq!(token_sum(&ids)[0], 100_000 * one);
    }

    #[test]
    fn every_vector_has_length_one_also_of_empty_and_foreign_texts() {
        let table = StaticTable::new();
        for text in ["", " \n\t", "\u{0}", "x", "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "[CLS]", "🎉"] {
            let vector = table.vector(text);
            let square: f32 = vector.iter().map(|v| v * v).sum();
            assert_eq!(vector.len(), DIM);
            assert!((square - 1.0).abs() < 1e-5, "{text:?} {square}");
        }
        assert_eq!(table.vector(""), table.vector(" \u{200b}\n"));
        assert_ne!(table.vector(""), table.vector("[CLS]"));
    }

    /// Over the vectors' bytes, recorded from a build that had no n-grams.
    #[test]
    fn texts_without_unknown_words_keep_their_vectors_to_the_byte() {
        let texts = [
            "What is the boiling point of water at sea level?",
            "def f(x):\n\treturn x**2 # $10 @home",
            "Let α be the angle between ℝ² and the x-axis; show that sin(α) ≤ 1.",
            "naïve café résumé — “quotes” … £5",
            "Translate: one, two, three",
            "Ein kurzer Satz auf Deutsch über Größe.",
            "¿Dónde está la biblioteca?",
            "what does 水 mean",
            "A  B\tC",
            "x",
        ];
        assert_eq!(digest(&texts), 0x875d_d6f9_8e84_d99c);
    }

    /// A change here is a change of every such vector that was ever recorded.
    #[test]
    fn vectors_of_n_grams_are_the_same_bytes_everywhere() {
        let texts = [
            "Почему небо голубое?",
            "怎样学游泳？",
            "ก็ไม่รู้ คืออะไร",
            "done✅ 🎉🎉",
            "ﾊﾞｽ バス",
            "한국어",
            "مَرْحَبًا بالعالم 2024",
        ];
        assert_eq!(digest(&texts), 0xa683_bdc0_a4e6_744d);
    }

    fn digest(texts: &[&str]) -> u64 {
        let table = StaticTable::new();
        let numbers = texts.iter().flat_map(|text| table.vector(text));
        xxh3_64(&numbers.flat_map(f32::to_le_bytes).collect::<Vec<u8>>())
    }

    #[test]
    fn related_texts_are_nearer_than_unrelated_ones() {
        let question = "What is the boiling point of water at sea level?";
        let near = cosine(question, "At which temperature does water boil?");
        let far = cosine(question, "Who won the football world cup in 1998?");
        assert!(near > far + 0.2, "near {near}, far {far}");
        let code = cosine(
            "Write a Python function that sorts a list",
            "Implement quicksort in Java",
        );
        let law = cosine(
            "Write a Python function that sorts a list",
            "Is the contract legally binding?",
        );
        assert!(code > law + 0.2, "code {code}, law {law}");
    }

    #[test]
    fn threads_and_company_do_not_change_a_byte() {
        let texts: Vec<String> = (0..300)
            .map(|i| format!("Question {i}: {}", "why? ".repeat(i)))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut table = StaticTable::new();
        let together = table.embed(&texts).unwrap();
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            assert_eq!(
                pool.install(|| StaticTable::new().embed(&texts)).unwrap(),
                together
            );
        }
        for (text, vector) in texts.iter().zip(&together) {
            assert_eq!(&table.embed(&[text]).unwrap()[0], vector);
        }
    }

    #[test]
    fn the_text_upside_down_has_the_same_vector() {
        let table = StaticTable::new();
        assert_eq!(
            table.vector("one two three four"),
            table.vector("four three two one")
        );
    }
}
