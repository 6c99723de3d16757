//! The two number streams that the published splits were drawn from.
//!
//! Both are MT19937 (Matsumoto and Nishimura, "Mersenne Twister: a
//! 623-dimensionally equidistributed uniform pseudo-random number generator",
//! ACM TOMACS 8(1), 1998): 624 words of 32 bits, twisted all at once and
//! tempered one at a time. They differ in how a seed becomes a state and in how
//! a word becomes a number below a bound, so the same seed gives two orders:
//!
//! | | [`CpythonRandom`] | [`NumpyRandom`] |
//! |---|---|---|
//! | as in | `random.seed(s)`, `random.shuffle` | `np.random.seed(s)`, `np.random.shuffle` (the legacy RandomState, not Generator) |
//! | seed | the words of s, low first, as a key (the 2002 `init_by_array`) | s itself (the 2002 `init_genrand`) |
//! | number below n | the top bits of a word, as many as n has | the low bits of a word, as many as n − 1 has |
//! | too large | drawn again | drawn again |
//!
//! Neither is fit for anything but repeating those splits; the project's own
//! splits hash (see `split`).

const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// MT19937: the state, and which of its words goes out next.
struct Mersenne {
    state: [u32; WORDS],
    next: usize,
}

impl Mersenne {
    /// State from one word: Knuth's linear recurrence over the words.
    fn from_word(seed: u32) -> Self {
        let mut state = [0; WORDS];
        state[0] = seed;
        for i in 1..WORDS {
            let before: u32 = state[i - 1];
            state[i] = (before ^ (before >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(i as u32);
        }
        Mersenne { state, next: WORDS }
    }

    /// State from a key of at least one word: every key word is mixed into the
    /// state of the fixed seed 19650218, then the state is mixed with itself.
    fn from_key(key: &[u32]) -> Self {
        let mut twister = Mersenne::from_word(19_650_218);
        let state = &mut twister.state;
        let mut i = 1;
        let mut mix = |state: &mut [u32; WORDS], factor: u32, add: &dyn Fn(usize) -> u32| {
            let before = state[i - 1];
            state[i] =
                (state[i] ^ (before ^ (before >> 30)).wrapping_mul(factor)).wrapping_add(add(i));
            i += 1;
            if i == WORDS {
                state[0] = state[WORDS - 1];
                i = 1;
            }
        };
        for k in 0..WORDS.max(key.len()) {
            let j = k % key.len();
            mix(state, 1_664_525, &|_| key[j].wrapping_add(j as u32));
        }
        for _ in 1..WORDS {
            mix(state, 1_566_083_941, &|i| (i as u32).wrapping_neg());
        }
        state[0] = 1 << 31;
        twister
    }

    fn twist(&mut self) {
        for i in 0..WORDS {
            let joined =
                (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + MIDDLE) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }

    fn word(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
}

/// Python's `random` module after `random.seed(seed)` with a non-negative int.
pub struct CpythonRandom(Mersenne);

impl CpythonRandom {
    /// As `random.seed(seed)`.
    pub fn seed(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        let key = if high == 0 {
            vec![low]
        } else {
            vec![low, high]
        };
        CpythonRandom(Mersenne::from_key(&key))
    }

    /// `random.getrandbits(bits)`, bits in 0..=64: words from the low end up,
    /// the last one giving its top bits.
    pub fn getrandbits(&mut self, bits: u32) -> u64 {
        match bits {
            0 => 0,
            1..=32 => u64::from(self.0.word() >> (32 - bits)),
            _ => {
                let low = u64::from(self.0.word());
                low | u64::from(self.0.word() >> (64 - bits)) << 32
            }
        }
    }

    /// A number in 0..n for n ≥ 1, by rejection. Python takes the bits of n,
    /// not of n − 1, so a power of two rejects half of its draws.
    fn below(&mut self, n: u64) -> u64 {
        let bits = 64 - n.leading_zeros();
        loop {
            let r = self.getrandbits(bits);
            if r < n {
                return r;
            }
        }
    }

    /// `random.shuffle(items)`: from the last place down, each is exchanged
    /// with one at or before it.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u64 + 1) as usize;
            items.swap(i, j);
        }
    }
}

/// NumPy's global generator after `np.random.seed(seed)`.
pub struct NumpyRandom(Mersenne);

impl NumpyRandom {
    /// NumPy refuses seeds beyond 32 bits, hence the type.
    pub fn seed(seed: u32) -> Self {
        NumpyRandom(Mersenne::from_word(seed))
    }

    /// A number in 0..=max: the bits that max has, drawn again while too large.
    /// Above 32 bits two words make one, the high one first. A max of 0 draws
    /// nothing.
    pub fn interval(&mut self, max: u64) -> u64 {
        if max == 0 {
            return 0;
        }
        let mask = u64::MAX >> max.leading_zeros();
        loop {
            let mut word = u64::from(self.0.word());
            if max > u64::from(u32::MAX) {
                word = word << 32 | u64::from(self.0.word());
            }
            if word & mask <= max {
                return word & mask;
            }
        }
    }

    /// `np.random.shuffle(items)`; a list and a one-dimensional array come out
    /// in the same order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.interval(i as u64) as usize;
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Figures printed by CPython and NumPy: scripts/reference-splits.py.
    fn figures() -> Value {
        serde_json::from_str(include_str!("../../../../tests/data/reference-splits.json"))
            .expect("the fixture is JSON")
    }

    fn numbers(v: &Value) -> Vec<u64> {
        let list = v.as_array().expect("a list");
        list.iter().map(|x| x.as_u64().expect("a count")).collect()
    }

    /// The same fold as in the script, for orders too long to write out.
    fn digest(items: &[u64]) -> u64 {
        items.iter().fold(0, |h: u64, &x| {
            h.wrapping_mul(1_000_003).wrapping_add(x + 1)
        })
    }

    #[test]
    fn the_reference_sequence_of_the_authors_is_met() {
        // mt19937ar.out: init_by_array {0x123, 0x234, 0x345, 0x456}.
        let mut mt = Mersenne::from_key(&[0x123, 0x234, 0x345, 0x456]);
        let first: Vec<u32> = (0..3).map(|_| mt.word()).collect();
        assert_eq!(first, [1_067_595_299, 955_945_823, 477_289_528]);
        // The 10,000th word of the seed 5489 is fixed by the C++ standard.
        let mut mt = Mersenne::from_word(5489);
        let last = (0..10_000).map(|_| mt.word()).last();
        assert_eq!(last, Some(4_123_659_995));
    }

    #[test]
    fn draws_and_shuffles_equal_those_of_cpython() {
        let figures = figures();
        let seeds = figures["cpython"].as_array().expect("a list");
        assert!(seeds.len() >= 5);
        for f in seeds {
            let seed = f["seed"].as_u64().expect("a seed");
            let mut rng = CpythonRandom::seed(seed);
            let bits = numbers(&f["bits"]);
            let drawn: Vec<u64> = bits.iter().map(|&k| rng.getrandbits(k as u32)).collect();
            assert_eq!(drawn, numbers(&f["getrandbits"]), "seed {seed}");
            // The shuffles go on from there, one after the other.
            for s in f["shuffles"].as_array().expect("a list") {
                let n = s["n"].as_u64().expect("a size");
                let mut items: Vec<u64> = (0..n).collect();
                rng.shuffle(&mut items);
                assert_eq!(
                    digest(&items),
                    s["digest"].as_u64().expect("a digest"),
                    "seed {seed}, n {n}"
                );
            }
        }
    }

    #[test]
    fn draws_and_shuffles_equal_those_of_numpy() {
        let figures = figures();
        let seeds = figures["numpy"].as_array().expect("a list");
        assert!(seeds.len() >= 5);
        for f in seeds {
            let seed = f["seed"].as_u64().expect("a seed");
            let mut rng = NumpyRandom::seed(u32::try_from(seed).expect("32 bits"));
            let tops = numbers(&f["tops"]);
            let drawn: Vec<u64> = tops.iter().map(|&top| rng.interval(top)).collect();
            assert_eq!(drawn, numbers(&f["drawn"]), "seed {seed}");
            for s in f["shuffles"].as_array().expect("a list") {
                let n = s["n"].as_u64().expect("a size");
                let mut items: Vec<u64> = (0..n).collect();
                rng.shuffle(&mut items);
                assert_eq!(
                    digest(&items),
                    s["digest"].as_u64().expect("a digest"),
                    "seed {seed}, n {n}"
                );
            }
        }
    }
}
