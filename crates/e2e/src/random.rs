//! Numbers that look random and can be had again.

/// Replaces the seed of every story that draws numbers.
const VARIABLE: &str = "TRUSTPACK_TEST_SEED";

/// A generator with a seed: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014). For choices of tests, never for keys.
#[derive(Debug)]
pub struct SeededRandom(u64);

impl SeededRandom {
    /// Starts with the seed of the environment, else with `seed`, and prints which.
    #[track_caller]
    #[expect(
        clippy::print_stderr,
        reason = "shown by the test runner when the story fails"
    )]
    pub fn from_environment_or(seed: u64) -> Self {
        let seed = match std::env::var_os(VARIABLE) {
            None => seed,
            Some(text) => match text.to_str().and_then(|text| text.parse().ok()) {
                Some(seed) => seed,
                None => panic!("{VARIABLE} is {text:?}; it must be a number below 2^64"),
            },
        };
        eprintln!("seed {seed}; to have it again: {VARIABLE}={seed}");
        Self(seed)
    }

    /// The next number below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).checked_rem(limit).unwrap_or(0)
    }
}
