//! Plain JSON read at the speed of a copy: where the members of an object
//! stand, and the numbers of an array.
//!
//! What is found here is what `serde_json` finds. What is unusual (escaped
//! keys, deep nesting) or wrong is left to it: None, never a guess, so that it
//! alone decides what is an error and says where. Nearly all bytes of a stream
//! are numbers of vectors; those are checked by a table, a shift a byte.

use super::number;
use std::borrow::Cow;

/// One member of an object. `value` is a slice of the object's own text.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// The decoded key; a lone surrogate is kept as its three WTF-8 bytes.
    pub key: Cow<'a, [u8]>,
    /// JSON text, a slice of the object's.
    pub value: &'a str,
}

/// The members of the object `text`, in their order.
pub(super) fn members(text: &str) -> Option<Vec<Member<'_>>> {
    let mut scan = Scan { text, at: 0 };
    let mut members = Vec::with_capacity(8);
    scan.space();
    scan.step(b'{')?;
    scan.space();
    if scan.step(b'}').is_none() {
        loop {
            let key = scan.key()?;
            scan.space();
            let start = scan.at;
            scan.value(0)?;
            members.push(Member {
                key: Cow::Borrowed(key),
                value: text.get(start..scan.at)?,
            });
            scan.space();
            if scan.step(b'}').is_some() {
                break;
            }
            scan.step(b',')?;
            scan.space();
        }
    }
    scan.space();
    (scan.at == text.len()).then_some(members)
}

/// The numbers of the array `text`, each to the nearest f32.
pub(super) fn numbers(text: &str) -> Option<Vec<f32>> {
    let list = text.strip_prefix('[')?.strip_suffix(']')?.as_bytes();
    let mut all = Vec::with_capacity(list.len() / 12 + 1);
    let mut at = 0;
    loop {
        while list.get(at) == Some(&b' ') {
            at += 1;
        }
        let (number, length) = number::leading(list.get(at..)?)?;
        all.push(number);
        at += length;
        match list.get(at) {
            Some(b',') => at += 1,
            Some(_) => return None,
            None => return Some(all),
        }
    }
}

/// The states of a list of numbers, each the place of its six bits in a row of
/// [`NEXT`]; 0 is wrong and stays so.
const START: u64 = 6;
const MINUS: u64 = 12;
const ZERO: u64 = 18;
const WHOLE: u64 = 24;
const POINT: u64 = 30;
const FRACTION: u64 = 36;
const E: u64 = 42;
const SIGN: u64 = 48;
const EXPONENT: u64 = 54;

/// For each byte, the state that follows each state.
const NEXT: [u64; 256] = {
    let mut next = [0; 256];
    let digits = [
        (START, WHOLE),
        (MINUS, WHOLE),
        (WHOLE, WHOLE),
        (POINT, FRACTION),
        (FRACTION, FRACTION),
        (E, EXPONENT),
        (SIGN, EXPONENT),
        (EXPONENT, EXPONENT),
    ];
    let mut digit = b'0';
    while digit <= b'9' {
        let mut i = 0;
        while i < digits.len() {
            let (from, mut to) = digits[i];
            if digit == b'0' && (from == START || from == MINUS) {
                to = ZERO;
            }
            next[digit as usize] |= to << from;
            i += 1;
        }
        digit += 1;
    }
    next[b'-' as usize] = MINUS << START | SIGN << E;
    next[b'+' as usize] = SIGN << E;
    next[b'.' as usize] = POINT << ZERO | POINT << WHOLE;
    next[b'e' as usize] = E << ZERO | E << WHOLE | E << FRACTION;
    next[b'E' as usize] = next[b'e' as usize];
    next[b',' as usize] = START << ZERO | START << WHOLE | START << FRACTION | START << EXPONENT;
    next[b' ' as usize] = START << START;
    next
};

/// Whether `list` is JSON numbers with commas between, and at most spaces
/// before each.
fn are_numbers(list: &[u8]) -> bool {
    // The shift takes the low six bits alone.
    let end = list.iter().fold(START, |state, &byte| {
        NEXT[usize::from(byte)].wrapping_shr(state as u32)
    });
    matches!(end & 63, ZERO | WHOLE | FRACTION | EXPONENT)
}

/// How deep values may be nested before serde_json, which needs no stack for
/// them, takes over.
const DEEP: usize = 32;

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn now(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.now(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn step(&mut self, byte: u8) -> Option<()> {
        (self.now() == Some(byte)).then(|| self.at += 1)
    }

    /// A key without an escape, and the colon.
    fn key(&mut self) -> Option<&'a [u8]> {
        let start = self.at + 1;
        self.string()?;
        let key = self.text.as_bytes().get(start..self.at - 1)?;
        self.space();
        self.step(b':')?;
        (!key.contains(&b'\\')).then_some(key)
    }

    fn string(&mut self) -> Option<()> {
        self.step(b'"')?;
        let bytes = self.text.as_bytes();
        loop {
            let rest = bytes.get(self.at..)?;
            let length = memchr::memchr2(b'"', b'\\', rest)?;
            if has_control(&rest[..length]) {
                return None;
            }
            self.at += length + 1;
            if rest[length] == b'"' {
                return Some(());
            }
            let escape = self.now()?;
            self.at += 1;
            match escape {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                b'u' => {
                    let hex = bytes.get(self.at..self.at + 4)?;
                    if !hex.iter().all(u8::is_ascii_hexdigit) {
                        return None;
                    }
                    self.at += 4;
                }
                _ => return None,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.now()? {
            b'"' => self.string(),
            b'{' if depth < DEEP => self.object(depth),
            b'[' if depth < DEEP => self.array(depth),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let there = self.text.as_bytes().get(self.at..)?;
        there
            .starts_with(word.as_bytes())
            .then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let of_number = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = (rest.iter().position(|b| !of_number(b))).unwrap_or(rest.len());
        self.at += length;
        are_numbers(&rest[..length]).then_some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.step(b'{')?;
        self.space();
        if self.step(b'}').is_some() {
            return Some(());
        }
        loop {
            self.string()?;
            self.space();
            self.step(b':')?;
            self.space();
            self.value(depth + 1)?;
            self.space();
            if self.step(b'}').is_some() {
                return Some(());
            }
            self.step(b',')?;
            self.space();
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.step(b'[')?;
        if matches!(self.now()?, b'-' | b'0'..=b'9') {
            // Numbers alone, as far as one can see.
            let rest = self.text.as_bytes().get(self.at..)?;
            let length = memchr::memchr(b']', rest)?;
            if are_numbers(&rest[..length]) {
                self.at += length + 1;
                return Some(());
            }
        }
        self.space();
        if self.step(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(depth + 1)?;
            self.space();
            if self.step(b']').is_some() {
                return Some(());
            }
            self.step(b',')?;
            self.space();
        }
    }
}

/// Whether a byte below the space is among them; without a branch, so that many
/// are compared at once.
fn has_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |any, &b| any | (b < b' '))
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
