//! Builds archives by hand, header by header, so that they can be wrong in any way.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

pub(crate) const BLOCK: usize = 512;

/// One header with its content. The checksum is right unless `sealed` says that it was set already.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) block: [u8; BLOCK],
    pub(crate) content: Vec<u8>,
    sealed: bool,
}

impl Entry {
    /// A header of GNU tar, for an entry of the type `kind`.
    pub(crate) fn new(kind: u8, name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let (name, content) = (name.as_ref(), content.as_ref());
        let mut block = [0; BLOCK];
        block[..name.len()].copy_from_slice(name);
        block[100..108].copy_from_slice(b"0000640\0");
        block[108..116].copy_from_slice(b"0001750\0");
        block[116..124].copy_from_slice(b"0001750\0");
        block[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        block[136..148].copy_from_slice(b"14524770531\0");
        block[156] = kind;
        block[257..265].copy_from_slice(b"ustar  \0");
        block[265..269].copy_from_slice(b"user");
        Self {
            block,
            content: content.to_vec(),
            sealed: false,
        }
    }

    pub(crate) fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        Self::new(b'0', name, content)
    }

    pub(crate) fn folder(name: impl AsRef<[u8]>) -> Self {
        Self::new(b'5', name, "")
    }

    pub(crate) fn long_name(name: impl AsRef<[u8]>) -> Self {
        Self::new(b'L', "././@LongLink", [name.as_ref(), b"\0"].concat())
    }

    /// POSIX's extension header for the next entry.
    pub(crate) fn extension(pairs: &[(&str, &[u8])]) -> Self {
        Self::new(b'x', "./PaxHeaders/x", records(pairs)).posix()
    }

    pub(crate) fn global_extension(pairs: &[(&str, &[u8])]) -> Self {
        Self::new(b'g', "pax_global_header", records(pairs)).posix()
    }

    pub(crate) fn posix(self) -> Self {
        self.with(257, b"ustar\x0000")
    }

    pub(crate) fn link_to(self, target: &[u8]) -> Self {
        self.with(157, target)
    }

    pub(crate) fn size_field(self, field: &[u8; 12]) -> Self {
        self.with(124, field)
    }

    /// Overwrites a field.
    pub(crate) fn with(mut self, offset: usize, bytes: &[u8]) -> Self {
        self.block[offset..offset + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// Overwrites a field and leaves the checksum as it was before.
    pub(crate) fn with_stale_checksum(mut self, offset: usize, bytes: &[u8]) -> Self {
        seal(&mut self.block);
        self.sealed = true;
        self.with(offset, bytes)
    }
}

/// Sets the checksum of the header at the start of `block`.
pub(crate) fn seal(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block[..BLOCK].iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// The content of an extension header.
pub(crate) fn records(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let mut records = Vec::new();
    for (key, value) in pairs {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while rest + length.to_string().len() != length {
            length += 1;
        }
        records.extend_from_slice(format!("{length} {key}=").as_bytes());
        records.extend_from_slice(value);
        records.push(b'\n');
    }
    records
}

/// The entries, padded, without the end marker.
pub(crate) fn open_tar(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let mut tar = Vec::new();
    for mut entry in entries {
        if !entry.sealed {
            seal(&mut entry.block);
        }
        tar.extend_from_slice(&entry.block);
        tar.extend_from_slice(&entry.content);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    tar
}

/// The entries with the end marker.
pub(crate) fn tar(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let mut tar = open_tar(entries);
    tar.resize(tar.len() + 2 * BLOCK, 0);
    tar
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(Compression::fast(), bytes)
}

/// A gzip stream of stored blocks: quick to write and read.
pub(crate) fn gzip_stored(bytes: &[u8]) -> Vec<u8> {
    gzip_at(Compression::none(), bytes)
}

fn gzip_at(level: Compression, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A whole archive.
pub(crate) fn archive(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    gzip(&tar(entries))
}
