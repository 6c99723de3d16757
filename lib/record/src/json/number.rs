//! A decimal number read to the nearest f32.
//!
//! Digits below 2^53 over a power of ten up to 10^22 are two numbers that f64
//! holds exactly, so their quotient is rounded once (Clinger 1990, "How to read
//! floating point numbers accurately"). Rounding it again to f32 errs only where
//! the quotient lies in the very middle of two of these; there, and beyond these
//! bounds, the standard library reads.

/// Powers of ten that f64 holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The JSON number at the start of `bytes` and how many of them it takes. None: there
/// is none, or one beyond f32.
pub(super) fn leading(bytes: &[u8]) -> Option<(f32, usize)> {
    let is_negative = bytes.first() == Some(&b'-');
    let mut number = Digits {
        bytes,
        at: usize::from(is_negative),
        value: 0,
        count: 0,
    };
    match number.now() {
        Some(b'0') => number.at += 1,
        Some(b'1'..=b'9') => number.digits(),
        _ => return None,
    }
    let mut tens = 0;
    if number.now() == Some(b'.') {
        number.at += 1;
        let start = number.at;
        number.digits();
        if number.at == start {
            return None;
        }
        tens = start as i64 - number.at as i64;
    }
    if matches!(number.now(), Some(b'e' | b'E')) {
        tens = tens.saturating_add(number.exponent()?);
    }
    let value = match number.quotient(tens) {
        Some(value) if is_negative => -value,
        Some(value) => value,
        None => std::str::from_utf8(&bytes[..number.at])
            .ok()?
            .parse()
            .ok()?,
    };
    value.is_finite().then_some((value, number.at))
}

/// Digits as they are read, without their point.
struct Digits<'a> {
    bytes: &'a [u8],
    at: usize,
    value: u64,
    /// Beyond 19 the value is none.
    count: usize,
}

impl Digits<'_> {
    fn now(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn digits(&mut self) {
        let start = self.at;
        while let Some(eight) = self.eight() {
            self.value = self.value.wrapping_mul(100_000_000).wrapping_add(eight);
            self.at += 8;
        }
        while let Some(digit @ b'0'..=b'9') = self.now() {
            self.value = (self.value.wrapping_mul(10)).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        self.count += self.at - start;
    }

    /// The next eight bytes as a number, where all are digits: neighbours are put
    /// together three times, each time in all places at once.
    fn eight(&self) -> Option<u64> {
        let bytes = self.bytes.get(self.at..self.at + 8)?;
        let mut v = u64::from_le_bytes(bytes.try_into().ok()?);
        const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
        const DIGITS: u64 = 0x3030_3030_3030_3030;
        let carried = v.wrapping_add(0x0606_0606_0606_0606);
        if v & HIGH != DIGITS || carried & HIGH != DIGITS {
            return None;
        }
        v -= DIGITS;
        v = v.wrapping_mul(10).wrapping_add(v >> 8) & 0x00ff_00ff_00ff_00ff;
        v = v.wrapping_mul(100).wrapping_add(v >> 16) & 0x0000_ffff_0000_ffff;
        Some(v.wrapping_mul(10_000).wrapping_add(v >> 32) & 0xffff_ffff)
    }

    /// The power of ten after an e.
    fn exponent(&mut self) -> Option<i64> {
        self.at += 1;
        let sign = match self.now() {
            Some(b'-') => -1,
            _ => 1,
        };
        self.at += usize::from(matches!(self.now(), Some(b'+' | b'-')));
        let (start, mut power) = (self.at, 0i64);
        while let Some(digit @ b'0'..=b'9') = self.now() {
            power = power
                .saturating_mul(10)
                .saturating_add((digit - b'0').into());
            self.at += 1;
        }
        (self.at > start).then_some(sign * power)
    }

    /// The digits times 10^tens; None: not known for sure.
    fn quotient(&self, tens: i64) -> Option<f32> {
        if self.count > 19 || self.value >= 1 << 53 {
            return None;
        }
        let power = *TENS.get(usize::try_from(tens.unsigned_abs()).ok()?)?;
        let value = if tens < 0 {
            self.value as f64 / power
        } else {
            self.value as f64 * power
        };
        // What f32 drops of the 52 bits.
        let dropped = value.to_bits() & 0x1fff_ffff;
        (dropped != 0x1000_0000).then_some(value as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn as_std(text: &str) {
        let (value, length) = leading(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
        let wanted: f32 = text.parse().unwrap();
        assert_eq!(
            (value.to_bits(), length),
            (wanted.to_bits(), text.len()),
            "{text}"
        );
    }

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        let mut state = 7u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            state >> 16
        };
        for _ in 0..100_000 {
            let value = f32::from_bits(draw() as u32);
            if value.is_finite() {
                as_std(&format!("{value}"));
                as_std(&format!("{value:e}"));
                as_std(&format!("{:.9}", value % 10.0));
            }
            let (digits, places) = (draw() % 1_000_000_000_000, draw() as usize % 20);
            as_std(&format!(
                "{}.{:0places$}",
                draw() % 30,
                digits,
                places = places + 1
            ));
            as_std(&format!("-{digits}e{}", places as i64 - 10));
        }
        for text in [
            "0",
            "-0",
            "-0.0",
            "0e9",
            "1E+5",
            "1e-5",
            "16777217",
            "16777217.0",
            "33554435",
            "1.5",
            "9007199254740993",
            "123456789012345678901234567890",
            "0.000000000000000000000000001",
            "1e-45",
            "1e-46",
            "3.4028235e38",
            "1e00000000000000000000001",
            "12345678",
            "1234567.12345678",
        ] {
            as_std(text);
        }
        // In the middle of two, and a little beside it.
        for odd in (1..2_000u64).step_by(2) {
            let middle = (1 << 24) + odd;
            as_std(&format!("{middle}"));
            as_std(&format!("{middle}.0000000000000000001"));
            as_std(&format!("{}.9999999999999999999", middle - 1));
            as_std(&format!("{middle}e-20"));
        }
    }

    #[test]
    fn a_number_ends_where_json_says() {
        for (text, wanted) in [
            ("1,2", Some(1)),
            ("01", Some(1)),
            ("1.5.2", Some(3)),
            ("2 ", Some(1)),
            ("12345678]", Some(8)),
            ("", None),
            ("-", None),
            (".5", None),
            ("1.", None),
            ("1.e5", None),
            ("1e", None),
            ("1e+", None),
            ("+1", None),
            ("NaN", None),
            ("1e39", None),
            ("-1e99999999999999999999", None),
        ] {
            assert_eq!(leading(text.as_bytes()).map(|n| n.1), wanted, "{text}");
        }
    }
}
