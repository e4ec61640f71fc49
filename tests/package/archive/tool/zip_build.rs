//! Builds zip archives by hand, record by record, so that they can be wrong in any way.

use std::io::Write as _;

use flate2::{Compression, Crc, write::DeflateEncoder};

/// The numbers of one header.
#[derive(Clone, Copy, Default)]
pub(super) struct Numbers {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) compressed: u32,
    pub(super) size: u32,
}

/// One entry, as it stands in both places.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) name: Vec<u8>,
    pub(super) local_name: Vec<u8>,
    pub(super) central: Numbers,
    pub(super) local: Numbers,
    pub(super) extra: Vec<u8>,
    pub(super) local_extra: Vec<u8>,
    pub(super) made_by: u16,
    pub(super) attributes: u32,
    pub(super) disk: u16,
    /// The bytes as they are stored.
    pub(super) content: Vec<u8>,
    pub(super) descriptor: Vec<u8>,
    /// Where the directory says it is, if not where it is.
    pub(super) offset: Option<u32>,
    has_long_offset: bool,
}

impl Item {
    /// A stored file of mode 0644.
    pub(super) fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let (name, content) = (name.as_ref().to_vec(), content.as_ref().to_vec());
        let mut crc = Crc::new();
        crc.update(&content);
        let numbers = Numbers {
            flags: 1 << 11,
            method: 0,
            checksum: crc.sum(),
            compressed: content.len() as u32,
            size: content.len() as u32,
        };
        Self {
            local_name: name.clone(),
            name,
            central: numbers,
            local: numbers,
            extra: Vec::new(),
            local_extra: Vec::new(),
            made_by: 3 << 8 | 20,
            attributes: 0o100_644 << 16,
            disk: 0,
            content,
            descriptor: Vec::new(),
            offset: None,
            has_long_offset: false,
        }
    }

    pub(super) fn folder(name: &str) -> Self {
        Self::file(name, "").mode(0o040_755)
    }

    pub(super) fn link(name: &str, target: impl AsRef<[u8]>) -> Self {
        Self::file(name, target).mode(0o120_777)
    }

    pub(super) fn mode(mut self, mode: u32) -> Self {
        self.attributes = mode << 16;
        self
    }

    pub(super) fn made_by(mut self, system: u16) -> Self {
        self.made_by = system << 8;
        self
    }

    pub(super) fn deflated(mut self) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.content).unwrap();
        self.content = encoder.finish().unwrap();
        self.both(|numbers| numbers.method = 8);
        let compressed = self.content.len() as u32;
        self.both(|numbers| numbers.compressed = compressed);
        self
    }

    /// Sizes and checksum behind the content.
    pub(super) fn streamed(mut self, signed: bool) -> Self {
        self.both(|numbers| numbers.flags |= 1 << 3);
        let Numbers {
            checksum,
            compressed,
            size,
            ..
        } = self.central;
        self.local = Numbers {
            checksum: 0,
            compressed: 0,
            size: 0,
            ..self.local
        };
        let signature = if signed { &b"PK\x07\x08"[..] } else { b"" };
        self.descriptor = signature.to_vec();
        for number in [checksum, compressed, size] {
            self.descriptor.extend(number.to_le_bytes());
        }
        self
    }

    /// Changes what both places say.
    pub(super) fn both(&mut self, change: impl Fn(&mut Numbers)) {
        change(&mut self.central);
        change(&mut self.local);
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Sizes and offset in extra fields.
    pub(super) fn long_numbers(&mut self) {
        if self.descriptor.is_empty() {
            let sizes = [self.local.size.into(), self.local.compressed.into()];
            self.local_extra = zip64_extra(&sizes);
            (self.local.size, self.local.compressed) = (u32::MAX, u32::MAX);
        }
        self.extra = zip64_extra(&[self.central.size.into(), self.central.compressed.into(), 0]);
        (self.central.size, self.central.compressed) = (u32::MAX, u32::MAX);
        self.has_long_offset = true;
    }
}

pub(super) fn zip64_extra(numbers: &[u64]) -> Vec<u8> {
    let mut extra = vec![1, 0, 8 * numbers.len() as u8, 0];
    numbers
        .iter()
        .for_each(|number| extra.extend(number.to_le_bytes()));
    extra
}

/// A whole archive. What is set takes the place of what would be right.
#[derive(Clone, Default)]
pub(super) struct ZipFile {
    pub(super) items: Vec<Item>,
    pub(super) comment: Vec<u8>,
    pub(super) comment_length: Option<u16>,
    pub(super) entries: Option<u16>,
    pub(super) entries_here: Option<u16>,
    pub(super) size: Option<u32>,
    pub(super) offset: Option<u32>,
    pub(super) disk: u16,
    /// Bytes before the first entry.
    pub(super) lead: Vec<u8>,
    /// Bytes between the directory and the end.
    pub(super) gap: Vec<u8>,
    pub(super) zip64: bool,
    /// Changes the long end record: entries, size, offset.
    pub(super) long: Option<fn(&mut [u64; 3])>,
    pub(super) locator_offset: Option<u64>,
}

impl ZipFile {
    pub(super) fn new(items: Vec<Item>) -> Self {
        Self {
            items,
            ..Self::default()
        }
    }

    pub(super) fn build(&self) -> Vec<u8> {
        let mut bytes = self.lead.clone();
        let mut directory = Vec::new();
        for item in &self.items {
            let offset = bytes.len() as u32;
            bytes.extend(b"PK\x03\x04\x14\0");
            header(
                &mut bytes,
                &item.local,
                item.local_name.len(),
                item.local_extra.len(),
            );
            for part in [
                &item.local_name,
                &item.local_extra,
                &item.content,
                &item.descriptor,
            ] {
                bytes.extend(part);
            }
            directory.extend(b"PK\x01\x02");
            directory.extend(item.made_by.to_le_bytes());
            directory.extend(20_u16.to_le_bytes());
            header(
                &mut directory,
                &item.central,
                item.name.len(),
                item.extra.len(),
            );
            directory.extend([0, 0]);
            directory.extend(item.disk.to_le_bytes());
            directory.extend([0, 0]);
            directory.extend(item.attributes.to_le_bytes());
            let mut extra = item.extra.clone();
            let shown = if item.has_long_offset {
                let at = extra.len() - 8;
                extra[at..].copy_from_slice(&u64::from(offset).to_le_bytes());
                u32::MAX
            } else {
                item.offset.unwrap_or(offset)
            };
            directory.extend(shown.to_le_bytes());
            directory.extend(&item.name);
            directory.extend(extra);
        }
        let offset = bytes.len();
        let size = directory.len();
        bytes.extend(directory);
        bytes.extend(&self.gap);
        if self.zip64 {
            self.long_end(&mut bytes, offset, size);
        }
        bytes.extend(b"PK\x05\x06");
        let entries = if self.zip64 {
            u16::MAX
        } else {
            self.items.len() as u16
        };
        let unset = |value: usize| if self.zip64 { u32::MAX } else { value as u32 };
        bytes.extend(self.disk.to_le_bytes());
        bytes.extend(self.disk.to_le_bytes());
        bytes.extend(
            self.entries_here
                .or(self.entries)
                .unwrap_or(entries)
                .to_le_bytes(),
        );
        bytes.extend(self.entries.unwrap_or(entries).to_le_bytes());
        bytes.extend(self.size.unwrap_or(unset(size)).to_le_bytes());
        bytes.extend(self.offset.unwrap_or(unset(offset)).to_le_bytes());
        let comment = self.comment_length.unwrap_or(self.comment.len() as u16);
        bytes.extend(comment.to_le_bytes());
        bytes.extend(&self.comment);
        bytes
    }

    fn long_end(&self, bytes: &mut Vec<u8>, offset: usize, size: usize) {
        let at = bytes.len() as u64;
        let mut numbers = [self.items.len() as u64, size as u64, offset as u64];
        if let Some(change) = self.long {
            change(&mut numbers);
        }
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [numbers[0], numbers[0], numbers[1], numbers[2]] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(self.locator_offset.unwrap_or(at).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
}

/// What both headers have in common, from the flags to the lengths.
fn header(bytes: &mut Vec<u8>, numbers: &Numbers, name: usize, extra: usize) {
    bytes.extend(numbers.flags.to_le_bytes());
    bytes.extend(numbers.method.to_le_bytes());
    bytes.extend([0, 0, 0x21, 0x5a]);
    for number in [numbers.checksum, numbers.compressed, numbers.size] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend((name as u16).to_le_bytes());
    bytes.extend((extra as u16).to_le_bytes());
}

pub(super) fn zip(items: Vec<Item>) -> Vec<u8> {
    ZipFile::new(items).build()
}
