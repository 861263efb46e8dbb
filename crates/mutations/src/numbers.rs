//! Numbers that look random and are the same in every run.

/// A small generator: SplitMix64, by Steele, Lea and Flood (2014).
#[derive(Clone, Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The numbers of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 where there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        let number = usize::try_from(self.next()).unwrap_or(usize::MAX);
        number % limit.max(1)
    }

    /// Any octet.
    pub fn octet(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// One of several.
    ///
    /// # Panics
    ///
    /// Where there are none.
    pub fn one_of<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.below(several.len())]
    }
}
