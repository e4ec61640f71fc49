//! Numbers that look random and are the same for the same seed, kind and number of an input, on every machine.

/// A stream of numbers (SplitMix64).
pub struct Random(u64);

impl Random {
    /// The stream of one input.
    pub fn new(seed: u64, kind: &str, number: u64) -> Self {
        let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let named = kind.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix);
        Self(number.to_le_bytes().into_iter().fold(named, mix))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % (end as u64).max(1)) as usize
    }

    /// Whether it comes to this one time of so many.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// A range in what has so many parts, mostly a short one.
    pub fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let longest = match self.below(4) {
            0 => length,
            1 => 64,
            _ => 8,
        };
        let end = start + self.below(longest + 1);
        start..end.min(length)
    }
}
