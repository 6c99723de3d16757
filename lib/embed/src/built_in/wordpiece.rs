//! WordPiece: a text to the token ids of an uncased BERT vocabulary.
//!
//! Normalisation and splitting are those of BERT's uncased tokeniser (Devlin et
//! al. 2018), as the `tokenizers` crate performs them, in this order:
//!
//! 1. drop control and format characters, U+0000 and U+FFFD; tab, line feed,
//!    carriage return and every Unicode white space become a space;
//! 2. spaces around CJK ideographs;
//! 3. canonical decomposition (NFD), non-spacing marks dropped, lower case;
//! 4. split at white space; each punctuation mark is a word of its own;
//! 5. each word: the longest piece of the vocabulary that it begins with, then
//!    the longest `##` piece its rest begins with, and so on. A word that cannot
//!    be covered, or has more than 100 characters, is one `[UNK]`.
//!
//! The categories of characters come from the table the reference crate uses
//! (Unicode 8): marks and punctuation assigned later count as letters, which
//! makes `[UNK]` of their words, as it did for the model.
//!
//! No `[CLS]` or `[SEP]` is added, and a text that spells `[SEP]` gets the
//! ordinary tokens of its letters: prompts cannot smuggle special tokens in.
//!
//! Words between ASCII white space that are printable ASCII, which is nearly all
//! of them, take a path without steps 1 to 3. Pieces are found through a hash
//! table over rolling prefix hashes, so that trying all prefixes of a word
//! costs one pass over its bytes.

use unicode_categories::UnicodeCategories;
use unicode_normalization::UnicodeNormalization;

/// Words of more characters than this are `[UNK]`.
pub const MAX_WORD_CHARS: usize = 100;
/// Hash states before the first byte of a word's first piece and of a `##` piece.
const WORD_SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const REST_SEED: u64 = 0xc2b2_ae3d_27d4_eb4f;
const EMPTY: u64 = u64::MAX;

/// A vocabulary made ready for look-up. Immutable; share it between threads.
pub struct WordPiece {
    /// All pieces one after another, `##` prefixes removed.
    pieces: String,
    /// Piece `id` is `pieces[start[id]..start[id + 1]]`.
    start: Vec<u32>,
    /// Open addressing: upper half the hash's upper bits, lower half the id.
    slots: Vec<u64>,
    /// Byte length of the longest piece.
    longest: usize,
    unk: u32,
}

/// Reused between texts to save allocations.
#[derive(Default)]
pub struct Scratch {
    normalised: String,
    hashes: Vec<u64>,
    lower: Vec<u8>,
}

impl WordPiece {
    /// `vocabulary`: one piece a line, the line's number (from 0) is its id; a
    /// piece that continues a word begins with `##`. Returns None if there is
    /// no `[UNK]`.
    pub fn new(vocabulary: &str) -> Option<WordPiece> {
        let lines: Vec<&str> = vocabulary.lines().collect();
        let mut table = WordPiece {
            pieces: String::with_capacity(vocabulary.len()),
            start: vec![0],
            slots: vec![EMPTY; (lines.len() * 2).next_power_of_two()],
            longest: 0,
            unk: lines.iter().position(|&l| l == "[UNK]")? as u32,
        };
        for (id, line) in lines.iter().enumerate() {
            let (seed, piece) = match line.strip_prefix("##") {
                Some(rest) if !rest.is_empty() => (REST_SEED, rest),
                _ => (WORD_SEED, *line),
            };
            table.pieces.push_str(piece);
            table.start.push(table.pieces.len() as u32);
            table.longest = table.longest.max(piece.len());
            let hash = finish(piece.bytes().fold(seed, step));
            let mut at = table.slot(hash);
            while table.slots[at] != EMPTY {
                at = (at + 1) % table.slots.len();
            }
            table.slots[at] = hash >> 32 << 32 | id as u64;
        }
        Some(table)
    }

    /// Number of pieces.
    pub fn len(&self) -> usize {
        self.start.len() - 1
    }

    /// The id of `[UNK]`.
    pub fn unk(&self) -> u32 {
        self.unk
    }

    /// A vocabulary always holds `[UNK]`.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Appends the ids of `text` to `ids`.
    pub fn encode(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<u32>) {
        for span in text.split([' ', '\t', '\n', '\r']) {
            if span.bytes().all(|b| b.is_ascii_graphic()) {
                self.ascii_span(span.as_bytes(), scratch, ids);
            } else {
                self.unicode_span(span, scratch, ids);
            }
        }
    }

    /// Printable ASCII without white space: letters and digits, or punctuation.
    fn ascii_span(&self, span: &[u8], scratch: &mut Scratch, ids: &mut Vec<u32>) {
        let mut at = 0;
        while at < span.len() {
            let word = span[at..].iter().take_while(|b| b.is_ascii_alphanumeric());
            let end = at + word.count().max(1);
            scratch.lower.clear();
            scratch
                .lower
                .extend(span[at..end].iter().map(u8::to_ascii_lowercase));
            self.pieces_of(&scratch.lower, end - at, &mut scratch.hashes, ids);
            at = end;
        }
    }

    /// Any characters but ASCII white space.
    fn unicode_span(&self, span: &str, scratch: &mut Scratch, ids: &mut Vec<u32>) {
        let mut normalised = std::mem::take(&mut scratch.normalised);
        normalise(span, &mut normalised);
        for word in split(&normalised) {
            self.word(word, scratch, ids);
        }
        scratch.normalised = normalised;
    }

    /// One word, already normalised.
    pub fn word(&self, word: &str, scratch: &mut Scratch, ids: &mut Vec<u32>) {
        let chars = word.chars().count();
        self.pieces_of(word.as_bytes(), chars, &mut scratch.hashes, ids);
    }

    /// Greedy longest match.
    fn pieces_of(&self, word: &[u8], chars: usize, hashes: &mut Vec<u64>, ids: &mut Vec<u32>) {
        if chars > MAX_WORD_CHARS {
            ids.push(self.unk);
            return;
        }
        let before = ids.len();
        let mut at = 0;
        let mut seed = WORD_SEED;
        while at < word.len() {
            let rest = &word[at..word.len().min(at + self.longest)];
            hashes.clear();
            let mut hash = seed;
            for &byte in rest {
                hash = step(hash, byte);
                hashes.push(hash);
            }
            // A prefix that ends inside a character equals no piece.
            let found = (1..=rest.len()).rev().find_map(|n| {
                let id = self.find(finish(hashes[n - 1]), &rest[..n])?;
                Some((id, n))
            });
            let Some((id, n)) = found else {
                ids.truncate(before);
                ids.push(self.unk);
                return;
            };
            ids.push(id);
            at += n;
            seed = REST_SEED;
        }
    }

    fn slot(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// The id of a piece, if it is one. The upper 32 bits of the hash are
    /// compared first, then the bytes; that a `##` piece and a word of the same
    /// bytes also agree in those bits is excluded for a given vocabulary by the
    /// test that encodes all of it.
    fn find(&self, hash: u64, bytes: &[u8]) -> Option<u32> {
        let mut at = self.slot(hash);
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            if slot >> 32 == hash >> 32 {
                let id = slot as u32;
                let (from, to) = (self.start[id as usize], self.start[id as usize + 1]);
                if self.pieces.as_bytes()[from as usize..to as usize] == *bytes {
                    return Some(id);
                }
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// Steps 1 to 3 for a span without ASCII white space; a starter lies on both
/// sides, so the decomposition needs to know no neighbours.
pub fn normalise(span: &str, normalised: &mut String) {
    normalised.clear();
    normalised.extend(
        span.chars()
            .filter(|&c| c != '\u{fffd}' && !is_control(c))
            .flat_map(|c| {
                let pad = is_cjk(c).then_some(' ');
                [pad, Some(c), pad].into_iter().flatten()
            })
            .nfd()
            .filter(|&c| c.is_ascii() || !c.is_mark_nonspacing())
            .flat_map(char::to_lowercase),
    );
}

/// Step 4: the words of what was normalised.
pub fn split(normalised: &str) -> impl Iterator<Item = &str> {
    normalised.split(char::is_whitespace).flat_map(|chunk| {
        let mut rest = chunk;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let end = if is_punctuation(first) {
                first.len_utf8()
            } else {
                rest.find(is_punctuation).unwrap_or(rest.len())
            };
            let (word, after) = rest.split_at(end);
            rest = after;
            Some(word)
        })
    })
}

/// FNV-1a over 64 bits.
fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

/// Spreads the state over all bits (the last steps of MurmurHash3).
fn finish(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ hash >> 33
}

/// Control, format and private use. Tab, line feed and carriage return never
/// get here.
fn is_control(c: char) -> bool {
    c.is_other()
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || !c.is_ascii() && c.is_punctuation()
}

/// The CJK ideograph blocks. BERT's code and the crate begin Extension E at
/// U+2B920 where Unicode says U+2B820; kept, to give the ids the model learned on.
fn is_cjk(c: char) -> bool {
    matches!(u32::from(c),
        0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x20000..=0x2a6df | 0x2a700..=0x2b73f
        | 0x2b740..=0x2b81f | 0x2b920..=0x2ceaf | 0xf900..=0xfaff | 0x2f800..=0x2fa1f)
}

#[cfg(test)]
#[path = "wordpiece_tests.rs"]
mod tests;
