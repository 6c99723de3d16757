//! Plain JSON read at the speed of a copy: where the members of an object
//! stand, and the numbers of an array.
//!
//! What is found here is what `serde_json` finds. What is unusual (escaped
//! keys, deep nesting) or wrong is left to it: None, never a guess, so that it
//! alone decides what is an error and says where. Nearly all bytes of a stream
//! are numbers of vectors; those are checked by a table, a shift a byte.

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
pub(crate) fn members(text: &str) -> Option<Vec<Member<'_>>> {
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
pub(crate) fn numbers(text: &str) -> Option<Vec<f32>> {
    let list = text.strip_prefix('[')?.strip_suffix(']')?;
    if !are_numbers(list.as_bytes()) {
        return None;
    }
    let mut all = Vec::with_capacity(list.len() / 12 + 1);
    let mut start = 0;
    let ends = memchr::memchr_iter(b',', list.as_bytes()).chain([list.len()]);
    for end in ends {
        // What JSON calls a number std reads, too, and rounds as exactly.
        let number: f32 = list.get(start..end)?.trim_start_matches(' ').parse().ok()?;
        // Too large a one is serde_json's to refuse.
        all.push(Some(number).filter(|n| n.is_finite())?);
        start = end + 1;
    }
    Some(all)
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    fn by_serde(text: &str) -> Option<Vec<(String, String)>> {
        struct All(Vec<(String, String)>);
        impl<'de> serde::Deserialize<'de> for All {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<All, D::Error> {
                struct V;
                impl<'de> serde::de::Visitor<'de> for V {
                    type Value = All;
                    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<All, A::Error> {
                        let mut all = Vec::new();
                        while let Some((key, raw)) = map.next_entry::<String, &RawValue>()? {
                            all.push((key, raw.get().to_string()));
                        }
                        Ok(All(all))
                    }
                }
                d.deserialize_map(V)
            }
        }
        serde_json::from_str::<All>(text).ok().map(|a| a.0)
    }

    fn found(text: &str) -> Option<Vec<(String, String)>> {
        let own = |m: Member| {
            (
                String::from_utf8_lossy(&m.key).into_owned(),
                m.value.to_string(),
            )
        };
        members(text).map(|m| m.into_iter().map(own).collect())
    }

    #[test]
    fn what_records_are_made_of_is_found_here() {
        for text in [
            "{}",
            " { } ",
            r#"{"a":1,"b":-0.5e-7,"c":[1, 2.25,-3E+4],"d":"é\n\u00e9\"","e":{"f":[{},[],true]}}"#,
            "\t{\"a\" : null , \"b\" :false}\r",
            r#"{"v":[]}"#,
            r#"{"v":[1,[2],"x"]}"#,
        ] {
            assert!(found(text).is_some(), "{text}");
            assert_eq!(found(text), by_serde(text), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_or_unusual_is_left_to_others() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
        for text in [
            "",
            "{",
            "[1]",
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":+1}"#,
            r#"{"a":-}"#,
            r#"{"a":1e}"#,
            r#"{"a":NaN}"#,
            r#"{"a":[1,,2]}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[1 2]}"#,
            r#"{"a":[01]}"#,
            r#"{"a":1,}"#,
            r#"{"a" 1}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12g4"}"#,
            "{\"a\":\"\u{1}\"}",
            "{\"a\u{1}\":1}",
            r#"{"\u0061":1}"#,
            r#"{"a":tru}"#,
            r#"{"a":1} x"#,
            &deep,
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_the_nearest() {
        assert_eq!(numbers("[1, -0.25,3e2]"), Some(vec![1.0, -0.25, 300.0]));
        for text in [
            "[]", "[ ]", "[1,]", "[inf]", "[1e99]", "[+1]", "[1_0]", "[\"1\"]", "[1", "1",
        ] {
            assert_eq!(numbers(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_serde_json_finds(
            text in r#"\{("[ab\\u0é]{0,3}" ?: ?(-?[0-9]{1,3}(\.[0-9]{1,3})?([eE][+-]?[0-9])?|\[[-0-9., e]{0,8}\]|"[a\\"nu0]{0,4}"|\{\}|null|\[\[1\], ?true\]),?){0,3}\}"#
        ) {
            if let Some(found) = found(&text) {
                prop_assert_eq!(Some(found), by_serde(&text));
            }
        }

        #[test]
        fn vectors_are_what_serde_json_reads(all in proptest::collection::vec(any::<f32>(), 1..40)) {
            let finite: Vec<f32> = all.into_iter().filter(|v| v.is_finite()).collect();
            let text = serde_json::to_string(&finite).unwrap();
            if !finite.is_empty() {
                prop_assert_eq!(numbers(&text), Some(finite));
            }
        }

        #[test]
        fn numbers_of_any_length_are_rounded_as_serde_json_rounds(
            text in r"\[-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?\]"
        ) {
            let read = serde_json::from_str::<Vec<f32>>(&text).ok();
            if let (Some(read), Some(found)) = (read, numbers(&text)) {
                prop_assert_eq!(read[0].to_bits(), found[0].to_bits());
            }
        }
    }
}
