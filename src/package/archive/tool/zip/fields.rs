//! Numbers out of the records of a zip archive, lowest byte first.

/// A record that is read field by field; what is behind its end reads as nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn starts_with(self, signature: &[u8; 4]) -> bool {
        self.0.starts_with(signature)
    }

    pub(super) fn u16(self, offset: usize) -> u16 {
        self.bytes(offset).map_or(0, u16::from_le_bytes)
    }

    pub(super) fn u32(self, offset: usize) -> u32 {
        self.bytes(offset).map_or(0, u32::from_le_bytes)
    }

    pub(super) fn u64(self, offset: usize) -> u64 {
        self.bytes(offset).map_or(0, u64::from_le_bytes)
    }

    fn bytes<const N: usize>(self, offset: usize) -> Option<[u8; N]> {
        self.0.get(offset..)?.first_chunk().copied()
    }
}
