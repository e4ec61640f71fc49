//! Random numbers that a seed determines.

use std::convert::Infallible;

use blake3::{Hasher, OutputReader};
use rand_core::TryRng;

/// An endless stream of numbers: the extended output of a hash of the seed.
pub(super) struct Generator(OutputReader);

impl Generator {
    pub(super) fn secure(seed: u64) -> Self {
        Self::of("annexe sandbox, secure random numbers", seed)
    }

    pub(super) fn insecure(seed: u64) -> Self {
        Self::of("annexe sandbox, insecure random numbers", seed)
    }

    fn of(purpose: &str, seed: u64) -> Self {
        let mut hasher = Hasher::new_derive_key(purpose);
        hasher.update(&seed.to_le_bytes());
        Self(hasher.finalize_xof())
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

/// Returns the seed of the guests' hash maps.
pub(super) fn seed_of_hash_maps(seed: u64) -> u128 {
    u128::from_le_bytes(Generator::of("annexe sandbox, seed of hash maps", seed).bytes())
}
