//! Sources of a guest's random numbers.

/// The source of a guest's random numbers: the secure ones, the insecure ones, and the seed of its hash maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Randomness {
    /// The system's generator.
    #[default]
    System,
    /// Each instance draws the same numbers, which the seed determines. A guest that knows the seed can predict
    /// them, so it is for tests alone.
    Seeded(u64),
}
