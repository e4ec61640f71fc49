//! What can be done to an archive: to its members and their headers, with sums that are right, and to how it is
//! compressed.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};

use crate::{bytes, hostile, random::Random};

/// The most bytes that are unpacked of a sample.
const MOST_UNPACKED: u64 = 64 << 20;

const BLOCK: usize = 512;

/// Fields of a tar header: where they begin, and how long they are.
const FIELDS: [(usize, usize); 12] = [
    (0, 100),
    (100, 8),
    (108, 8),
    (116, 8),
    (124, 12),
    (136, 12),
    (156, 1),
    (157, 100),
    (257, 6),
    (263, 2),
    (265, 32),
    (345, 155),
];

/// Changes a compressed tar archive.
pub fn mutate_tar_gz(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if random.one_in(5) {
        return bytes::mutate(input, other, random);
    }
    let mut tar = gunzip(input);
    for _ in 0..=random.below(2) {
        mutate_tar(&mut tar, &gunzip(other), random);
    }
    *input = compress(&tar, random);
}

/// Changes a compressed file.
pub fn mutate_gz(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if random.one_in(2) {
        return bytes::mutate(input, other, random);
    }
    let mut content = gunzip(input);
    bytes::mutate(&mut content, &gunzip(other), random);
    *input = compress(&content, random);
}

/// Changes a zip archive: the fields after a signature, and where it lies.
pub fn mutate_zip(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let signatures: Vec<usize> = (0..input.len().saturating_sub(4))
        .filter(|at| input[*at..].starts_with(b"PK"))
        .collect();
    let Some(at) = signatures.get(random.below(signatures.len())).copied() else {
        return bytes::mutate(input, other, random);
    };
    let next = signatures.iter().find(|next| **next > at);
    let end = next.copied().unwrap_or(input.len());
    match random.below(7) {
        0..=2 => {
            let field = (at + 4 + random.below(44)).min(input.len().saturating_sub(4));
            let new = [0, 1, 8, 99, 0xffff, 0xffff_ffff, 0x7fff_ffff][random.below(7)];
            let width = [2, 4][random.below(2)];
            let bytes = u32::to_le_bytes(new);
            let field = field..(field + width).min(input.len());
            input.splice(field, bytes.into_iter().take(width));
        }
        3 => {
            let record = input[at..end].to_vec();
            input.splice(end..end, record.repeat([1, 1, 100][random.below(3)]));
        }
        4 => {
            input.drain(at..end);
        }
        5 => {
            let from = random.below(other.len());
            input.splice(at..end, other[from..].iter().copied());
        }
        _ => bytes::mutate(input, other, random),
    }
    input.truncate(bytes::MOST);
}

fn mutate_tar(tar: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let headers = headers(tar);
    let Some(at) = headers.get(random.below(headers.len())).copied() else {
        return bytes::mutate(tar, other, random);
    };
    let end = headers
        .iter()
        .find(|it| **it > at)
        .copied()
        .unwrap_or(at + BLOCK);
    match random.below(12) {
        0..=4 => {
            let (start, length) = FIELDS[random.below(FIELDS.len())];
            let new = field(length, random);
            tar[at + start..at + start + length].copy_from_slice(&new);
            sum(&mut tar[at..at + BLOCK]);
        }
        5 => {
            let member = tar[at..end].to_vec();
            let times = [1, 2, 500, 20_000][random.below(4)];
            tar.splice(
                end..end,
                member.repeat(times.min((16 << 20) / member.len())),
            );
        }
        6 => {
            tar.drain(at..end);
        }
        7 => {
            let before = special(random);
            tar.splice(at..at, before);
        }
        8 => tar.truncate(random.below(tar.len() + 1)),
        9 => tar.extend([0, 1, b'a'].map(|byte| vec![byte; BLOCK]).concat()),
        10 => {
            let zeros = [1, 100, 40_000][random.below(3)];
            tar.splice(at..at, vec![0; zeros * BLOCK]);
        }
        _ => bytes::mutate(tar, other, random),
    }
}

/// Where the headers of a tar archive are.
fn headers(tar: &[u8]) -> Vec<usize> {
    let mut headers = Vec::new();
    let mut at = 0;
    while let Some(header) = tar.get(at..at + BLOCK) {
        if header[0] == 0 {
            break;
        }
        headers.push(at);
        let size = String::from_utf8_lossy(&header[124..135]).into_owned();
        let size = usize::from_str_radix(size.trim(), 8).unwrap_or(0);
        at += BLOCK + size.div_ceil(BLOCK) * BLOCK;
    }
    headers
}

/// What a field of a header may have.
fn field(length: usize, random: &mut Random) -> Vec<u8> {
    let mut new = match random.below(7) {
        0 => b"b0123456789VLKxgSAD\0".repeat(length)[random.below(20)..].to_vec(),
        1 => vec![0xff; length],
        2 => [vec![0x80], vec![0x7f; length]].concat(),
        3 => format!("{:011o}", random.next() >> random.below(64)).into_bytes(),
        4 => b"-1".to_vec(),
        5 => (0..length).map(|_| random.byte()).collect(),
        _ => hostile::text(random).into_bytes(),
    };
    new.resize(length, 0);
    new
}

/// A member of its own: a link, a long name, a record of keys.
fn special(random: &mut Random) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    let kinds = *b"123456LKxgSAVN7";
    let kind = kinds[random.below(kinds.len())];
    let name = hostile::text(random).replace('\0', "");
    let mut content = match kind {
        b'x' | b'g' => {
            let keys = [
                "path",
                "size",
                "linkpath",
                "mtime",
                "uid",
                "GNU.sparse.map",
                "hdrcharset",
            ];
            let record = format!(" {}={name}\n", random.pick(&keys));
            format!("{}{record}", record.len() + 2).into_bytes()
        }
        _ => name.into_bytes(),
    };
    content.truncate(1 << 20);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.as_mut_bytes()[..4].copy_from_slice(b"more");
    header.as_mut_bytes()[157..161].copy_from_slice(b"../x");
    header.set_cksum();
    content.resize(content.len().next_multiple_of(BLOCK), 0);
    [header.as_bytes().as_slice(), &content].concat()
}

fn sum(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn gunzip(input: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    // As much of it as can be read.
    let _ = MultiGzDecoder::new(input)
        .take(MOST_UNPACKED)
        .read_to_end(&mut content);
    content
}

/// Compresses, mostly as one member.
fn compress(content: &[u8], random: &mut Random) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    let mut member = encoder.finish().unwrap();
    match random.below(14) {
        0 => {
            let empty = GzEncoder::new(Vec::new(), Compression::fast())
                .finish()
                .unwrap();
            let times = [1, 1_000, 100_000][random.below(3)];
            let empty = empty.repeat(times);
            match random.one_in(2) {
                true => [empty, member].concat(),
                false => [member, empty].concat(),
            }
        }
        1 => [member, hostile::text(random).into_bytes()].concat(),
        2 => {
            // The sum or the length at the end.
            let at = member.len() - 1 - random.below(8);
            member[at] ^= 1 << random.below(8);
            member
        }
        3 => {
            // With a name, a comment or more in its header.
            member[3] = [4, 8, 16, 2, 0x1f, 0xff][random.below(6)];
            let more = hostile::text(random).into_bytes();
            member.splice(10..10, more);
            member
        }
        _ => member,
    }
}
