//! Every byte of a small archive changed, every cut: whatever comes of it, nothing lands outside, and a
//! refusal leaves nothing.

use annexe::archive::tool::ToolLimits;

use super::{
    Format::{TarGz, Zip},
    unpack_with,
    zip_build::{Item, ZipFile},
};
use crate::archive::{
    build::{BLOCK, Entry, gzip, gzip_stored, seal, tar},
    place::Place,
};

/// Small enough that a changed size cannot make a case slow.
fn limits() -> ToolLimits {
    let mut limits = ToolLimits::default();
    (limits.unpacked_bytes, limits.overhead_bytes) = (1 << 20, 1 << 20);
    limits.folds_names = Some(true);
    limits
}

/// One of everything the tar reader accepts.
fn tar_sample() -> Vec<u8> {
    tar([
        Entry::folder("./"),
        Entry::global_extension(&[("comment", b"c")]),
        Entry::long_name("./a/long"),
        Entry::file("./a/l", "content").with(100, b"0000755\0"),
        Entry::extension(&[
            ("path", "ü/x".as_bytes()),
            ("linkpath", b"../a"),
            ("mtime", b"1"),
        ]),
        Entry::new(b'2', "u", "").posix().link_to(b"b"),
        Entry::new(b'K', "././@LongLink", "../a/long\0"),
        Entry::new(b'2', "b/up", "").link_to(b"x"),
        Entry::new(b'1', "hard", "").link_to(b"a/long"),
        Entry::file("file", "").posix().with(345, b"prefix"),
    ])
}

/// One of everything the zip reader accepts.
fn zip_sample() -> Vec<u8> {
    let mut long = Item::file("long", "numbers");
    long.long_numbers();
    let mut file = ZipFile::new(vec![
        Item::folder("bin/"),
        Item::file("bin/tool", "tool tool tool")
            .mode(0o100_755)
            .deflated(),
        Item::link("lib/link", "../bin/tool"),
        Item::file("streamed", "content").streamed(true),
        long,
    ]);
    file.zip64 = true;
    file.comment = b"comment".to_vec();
    file.build()
}

#[test]
fn no_changed_byte_of_a_tar_stream_gets_anything_out() {
    let place = Place::new();
    let original = tar_sample();
    let (mut refused, mut accepted) = (0, 0);
    let mut try_changed = |offset: usize, flip: u8, mend: bool| {
        let mut changed = original.clone();
        changed[offset] ^= flip;
        if mend {
            let start = offset / BLOCK * BLOCK;
            seal(&mut changed[start..start + BLOCK]);
        }
        let name = format!("byte {offset} ^ {flip:#x}, mended: {mend}");
        match unpack_with(&place, &name, TarGz, &gzip_stored(&changed), &limits()) {
            Ok(_) => accepted += 1,
            Err(_) => refused += 1,
        }
    };
    for (offset, &byte) in original.iter().enumerate() {
        let any_bit = 1 << (offset % 8);
        let start = offset / BLOCK * BLOCK;
        if !original[start + 257..].starts_with(b"ustar") {
            try_changed(offset, any_bit, false);
            continue;
        }
        // A header whose checksum is mended is where the reader has to judge by itself.
        try_changed(offset, any_bit, true);
        if byte != 0 {
            try_changed(offset, 0x80, true);
        }
    }
    assert!(
        refused > 1000 && accepted > 1000,
        "{refused} refused, {accepted} accepted"
    );
}

#[test]
fn every_cut_of_a_tar_archive_is_refused() {
    let place = Place::new();
    let original = tar_sample();
    for length in (0..original.len() - 2 * BLOCK + 1).step_by(64) {
        let name = format!("tar cut to {length}");
        let cut = gzip_stored(&original[..length]);
        assert!(
            unpack_with(&place, &name, TarGz, &cut, &limits()).is_err(),
            "{name}"
        );
    }
    let packed = gzip(&original);
    for length in 0..packed.len() {
        let name = format!("gzip cut to {length}");
        assert!(
            unpack_with(&place, &name, TarGz, &packed[..length], &limits()).is_err(),
            "{name}"
        );
    }
}

#[test]
fn no_changed_byte_of_a_zip_archive_gets_anything_out() {
    let place = Place::new();
    let original = zip_sample();
    let (_, inside) = unpack_with(&place, "unchanged", Zip, &original, &limits()).unwrap();
    let content = |things: &super::Things| {
        let files = things.values().filter_map(|thing| match thing {
            super::Thing::File { content, .. } => Some(content.clone()),
            _ => None,
        });
        files.collect::<Vec<_>>()
    };
    let (mut refused, mut accepted) = (0, 0);
    for offset in 0..original.len() {
        for flip in [1 << (offset % 8), 0x80, 0xff] {
            let mut changed = original.clone();
            changed[offset] ^= flip;
            let name = format!("byte {offset} ^ {flip:#x}");
            match unpack_with(&place, &name, Zip, &changed, &limits()) {
                // A type may change, and a checksum and its content never do together.
                Ok((_, things)) => {
                    let found = content(&things);
                    let known = content(&inside);
                    let is_known =
                        |content: &Vec<u8>| known.contains(content) || content == b"../bin/tool";
                    assert!(found.iter().all(is_known), "{name}");
                    accepted += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(
        refused > accepted && accepted > 0,
        "{refused} refused, {accepted} accepted"
    );
}

#[test]
fn every_cut_of_a_zip_archive_is_refused() {
    let place = Place::new();
    let original = zip_sample();
    for length in 0..original.len() {
        let name = format!("cut to {length}");
        assert!(
            unpack_with(&place, &name, Zip, &original[..length], &limits()).is_err(),
            "{name}"
        );
        let name = format!("cut before {length}");
        if length > 0 {
            assert!(
                unpack_with(&place, &name, Zip, &original[length..], &limits()).is_err(),
                "{name}"
            );
        }
    }
}
