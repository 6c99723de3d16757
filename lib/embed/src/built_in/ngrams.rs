//! Vectors for words that the vocabulary does not know, out of their letters.
//!
//! A word w is the sum of its character n-grams, n = 1, 2, 3, and of the pair it
//! makes with the unknown word before it:
//!
//!     v_j = c · Σ_g a_g · ±1(g, j),      c = 2^−11
//!
//! The signs are the bits of four hashes of the n-gram (XXH3 with fixed seeds),
//! so two n-grams are nearly orthogonal (cosine 0 ± 1/16) and words with many
//! n-grams in common lie near each other, whatever the script. Hashing instead
//! of a table of n-grams: Weinberger et al. 2009; words as sums of n-grams:
//! Bojanowski et al. 2017.
//!
//! a_g = W[n] · the sum of the weights of its characters. A letter weighs 4, so
//! of alphabets 1-, 2- and 3-grams count 12 : 24 : 48: a letter says little, a
//! stem much. Ideographs, syllables and emoji say something alone, and longer
//! n-grams of them seldom repeat: 48 : 48 : 24. Hiragana, which mostly writes
//! what grammar asks for, weighs a quarter of that. A pair counts 12, enough to
//! tell the order of words. The weights were chosen on 49 pairs of sentences
//! that are in no test.
//!
//! c makes a word of five letters, or two ideographs, about as long as a row of
//! the table (0.8), so that neither drowns the other in a text of both. All
//! sums are of integers: exact, whatever the order or the processor.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Length of the vectors, which is the table's.
pub const DIM: usize = 256;
/// c above; a power of two, so that scaling is exact.
pub const SCALE: f64 = 1.0 / 2048.0;

/// The seed of the first 64 signs; the next are the seeds of the next.
const SEED: u64 = 0x7262_2d6e_6772_616d;
/// Hashes of 64 signs.
const WORDS: usize = DIM / 64;
const _: () = assert!(WORDS * 64 == DIM);

const LETTER: i32 = 4;
const HIRAGANA: i32 = 1;
/// W[n − 1] where every character says something alone, and elsewhere.
const DENSE: [i32; 3] = [12, 6, 2];
const ALPHABET: [i32; 3] = [3, 3, 4];
const PAIR: i32 = 12;
/// Characters that stand for something too long to be a word, and its weight.
const BEGINNING: usize = 32;
const WHOLE: i32 = 96;

/// No weight is above 96, so this many of them fit an i32.
const BLOCK: usize = 1 << 20;

/// The n-grams of the unknown words of one text.
#[derive(Debug, Clone)]
pub struct Grams {
    sum: [i64; DIM],
    /// Not yet in `sum`.
    block: [i32; DIM],
    in_block: usize,
    tokens: usize,
    before: String,
    pair: String,
    marks: Vec<Mark>,
}

/// One character of a word.
#[derive(Debug, Clone, Copy)]
struct Mark {
    start: usize,
    weight: i32,
    dense: bool,
}

impl Default for Grams {
    fn default() -> Grams {
        Grams {
            sum: [0; DIM],
            block: [0; DIM],
            in_block: 0,
            tokens: 0,
            before: String::new(),
            pair: String::new(),
            marks: Vec::new(),
        }
    }
}

impl Grams {
    /// Begins a new text.
    pub fn clear(&mut self) {
        if self.tokens > 0 {
            self.sum = [0; DIM];
            self.block = [0; DIM];
            self.in_block = 0;
            self.tokens = 0;
            self.before.clear();
        }
    }

    /// Adds an unknown word, the next of the text. The empty word adds nothing.
    pub fn add(&mut self, word: &str) {
        self.grams_of(word);
        self.pair_with(word);
    }

    /// Adds what is too long to be a word (a key, a sequence): its beginning,
    /// and the whole as one n-gram, so that it does not drown its text.
    pub fn add_long(&mut self, word: &str) {
        let end = word.char_indices().nth(BEGINNING).map(|(at, _)| at);
        self.grams_of(&word[..end.unwrap_or(word.len())]);
        self.gram(word, WHOLE);
        self.pair_with(word);
    }

    fn grams_of(&mut self, word: &str) {
        let mut marks = std::mem::take(&mut self.marks);
        marks.clear();
        marks.extend(word.char_indices().map(|(start, c)| Mark {
            start,
            weight: if is_hiragana(c) { HIRAGANA } else { LETTER },
            dense: is_dense(c),
        }));
        let dense = marks.iter().filter(|m| m.dense).count();
        self.tokens += dense + (marks.len() - dense).div_ceil(4);
        for n in 1..=3 {
            for (from, some) in marks.windows(n).enumerate() {
                let end = marks.get(from + n).map_or(word.len(), |next| next.start);
                let all_dense = some.iter().all(|m| m.dense);
                let by_length = if all_dense { DENSE } else { ALPHABET };
                let weight = by_length[n - 1] * some.iter().map(|m| m.weight).sum::<i32>();
                self.gram(&word[some[0].start..end], weight);
            }
        }
        self.marks = marks;
    }

    fn pair_with(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        if !self.before.is_empty() {
            let mut pair = std::mem::take(&mut self.pair);
            pair.clear();
            // No word holds a space.
            pair.extend([self.before.as_str(), " ", word]);
            self.gram(&pair, PAIR);
            self.pair = pair;
        }
        self.before.clear();
        self.before.push_str(word);
    }

    fn gram(&mut self, gram: &str, weight: i32) {
        for (hash, values) in (0..WORDS).zip(self.block.chunks_exact_mut(64)) {
            let signs = xxh3_64_with_seed(gram.as_bytes(), SEED + hash as u64);
            for (byte, values) in signs.to_le_bytes().iter().zip(values.chunks_exact_mut(8)) {
                for (bit, value) in values.iter_mut().enumerate() {
                    *value += if byte & (1 << bit) == 0 {
                        weight
                    } else {
                        -weight
                    };
                }
            }
        }
        self.in_block += 1;
        if self.in_block == BLOCK {
            self.close_block();
        }
    }

    fn close_block(&mut self) {
        for (sum, part) in self.sum.iter_mut().zip(&mut self.block) {
            *sum += i64::from(std::mem::take(part));
        }
        self.in_block = 0;
    }

    /// Roughly how many tokens the words would be to a vocabulary that knew
    /// them: one an ideograph, one for each four letters begun.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Σ a_g · ±1(g, ·), or None where no word was added.
    pub fn sum(&mut self) -> Option<&[i64; DIM]> {
        if self.tokens == 0 {
            return None;
        }
        self.close_block();
        Some(&self.sum)
    }
}

/// Characters that say something alone: ideographs, kana, Hangul and Yi
/// syllables, symbols, emoji.
fn is_dense(c: char) -> bool {
    matches!(u32::from(c),
        0x2100..=0x2bff | 0x2e80..=0xa4cf | 0xac00..=0xd7ff | 0xf900..=0xfaff
        | 0xff65..=0xffdc | 0x16fe0..=0x18cff | 0x1b000..=0x1b2ff | 0x1f000..=0x1fbff
        | 0x20000..=0x3ffff | 0xe0000..=0xe007f)
}

fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(words: &[&str]) -> [i64; DIM] {
        let mut grams = Grams::default();
        words.iter().for_each(|word| grams.add(word));
        grams.sum().copied().unwrap_or([0; DIM])
    }

    fn cosine(a: &[i64; DIM], b: &[i64; DIM]) -> f64 {
        let dot = |a: &[i64; DIM], b: &[i64; DIM]| -> f64 {
            a.iter().zip(b).map(|(a, b)| (a * b) as f64).sum()
        };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    /// The sign of an n-gram in place j, as the head of this file has it.
    fn sign(gram: &str, j: usize) -> i64 {
        let hash = xxh3_64_with_seed(gram.as_bytes(), SEED + (j / 64) as u64);
        1 - 2 * (hash >> (j % 64) & 1) as i64
    }

    fn by_definition(grams: &[(&str, i64)]) -> [i64; DIM] {
        std::array::from_fn(|j| grams.iter().map(|(gram, a)| a * sign(gram, j)).sum())
    }

    #[test]
    fn a_word_is_the_weighted_sum_of_its_n_grams_and_its_pair() {
        let alphabet = [
            ("д", 12),
            ("а", 12),
            ("р", 12),
            ("да", 24),
            ("ар", 24),
            ("дар", 48),
        ];
        assert_eq!(sum(&["дар"]), by_definition(&alphabet));
        let dense = [
            ("水", 48),
            ("の", 12),
            ("音", 48),
            ("水の", 30),
            ("の音", 30),
            ("水の音", 18),
        ];
        assert_eq!(sum(&["水の音"]), by_definition(&dense));
        let mixed = [("я", 12), ("水", 48), ("я水", 24)];
        assert_eq!(sum(&["я水"]), by_definition(&mixed));
        let pair = [("я", 12), ("水", 48), ("я 水", 12)];
        assert_eq!(sum(&["я", "水"]), by_definition(&pair));
        assert_eq!(sum(&["я", "", "水"]), by_definition(&pair));
        assert_eq!(sum(&[""]), [0; DIM]);
    }

    #[test]
    fn a_text_is_not_mixed_with_the_one_before_it() {
        let mut grams = Grams::default();
        assert!(grams.sum().is_none());
        grams.add("привет");
        grams.clear();
        assert!(grams.sum().is_none());
        assert_eq!(grams.tokens(), 0);
        grams.add("мир");
        assert_eq!(*grams.sum().unwrap(), sum(&["мир"]));
        assert_eq!(*grams.sum().unwrap(), sum(&["мир"]), "read twice");
    }

    #[test]
    fn a_block_that_is_full_changes_no_sum() {
        let n = BLOCK / 3 + 1;
        let mut grams = Grams::default();
        grams.add(&"水".repeat(n));
        let weights = [48, 48, 24].into_iter().zip(["水", "水水", "水水水"]);
        let counted: Vec<(&str, i64)> = weights
            .enumerate()
            .map(|(less, (a, gram))| (gram, a * (n - less) as i64))
            .collect();
        assert_eq!(*grams.sum().unwrap(), by_definition(&counted));
    }

    #[test]
    fn words_with_common_letters_are_near_and_others_nearly_orthogonal() {
        let near = cosine(&sum(&["работать"]), &sum(&["работает"]));
        assert!(near > 0.6, "{near}");
        let words = [
            "солнце",
            "квартира",
            "ישראל",
            "นักเรียน",
            "電車",
            "🎉",
            "விமானம்",
        ];
        for (i, a) in words.iter().enumerate() {
            for b in &words[..i] {
                let far = cosine(&sum(&[a]), &sum(&[b]));
                assert!(far.abs() < 0.3, "{a} {b} {far}");
            }
        }
        assert_ne!(sum(&["猫", "犬"]), sum(&["犬", "猫"]));
    }

    #[test]
    fn what_is_too_long_for_a_word_weighs_little_more_than_its_beginning() {
        let long = "k7".repeat(5000);
        let mut grams = Grams::default();
        grams.add_long(&long);
        let length = |sum: &[i64; DIM]| sum.iter().map(|v| (v * v) as f64).sum::<f64>().sqrt();
        let (all, beginning) = (length(grams.sum().unwrap()), length(&sum(&[&long[..32]])));
        assert!(all < 1.3 * beginning, "{all} {beginning}");
        let mut other = Grams::default();
        other.add_long(&(long + "x"));
        assert_ne!(grams.sum(), other.sum());
    }
}
