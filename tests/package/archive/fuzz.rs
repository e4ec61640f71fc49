//! Small exhaustive fuzzing: every byte of an archive changed, every cut, every odd path. The place
//! asserts after each that nothing outside changed and that a refusal left nothing.

use annexe::archive::Limits;

use super::{
    build::{BLOCK, Entry, archive, gzip, gzip_stored, seal, tar},
    place::Place,
};

/// Small enough that a changed size or length cannot make a case slow.
fn limits() -> Limits {
    Limits {
        unpacked_bytes: 1 << 20,
        overhead_bytes: 1 << 20,
        ..Limits::default()
    }
}

/// One of everything the reader accepts.
fn sample() -> Vec<Entry> {
    vec![
        Entry::folder("./"),
        Entry::global_extension(&[("comment", b"c")]),
        Entry::folder("./a/"),
        Entry::long_name("./a/long"),
        Entry::file("./a/l", "content"),
        Entry::extension(&[("path", "ü/x".as_bytes()), ("mtime", b"1.5")]),
        Entry::file("u", "x").posix(),
        Entry::file("file", "").posix().with(345, b"prefix"),
    ]
}

#[test]
fn no_changed_byte_of_the_tar_stream_gets_anything_out() {
    let place = Place::new();
    let original = tar(sample());
    let (mut refused, mut accepted) = (0, 0);
    let mut try_changed = |offset: usize, flip: u8, mend: bool| {
        let mut changed = original.clone();
        changed[offset] ^= flip;
        if mend {
            let start = offset / BLOCK * BLOCK;
            seal(&mut changed[start..start + BLOCK]);
        }
        let name = format!("byte {offset} ^ {flip:#x}, mended: {mend}");
        match place.unpack_with(&name, &gzip_stored(&changed), &limits()) {
            Ok(_) => accepted += 1,
            Err(_) => refused += 1,
        }
    };
    for (offset, &byte) in original.iter().enumerate() {
        let any_bit = 1 << (offset % 8);
        try_changed(offset, any_bit, false);
        // A header whose checksum is mended too is where the reader has to judge by itself.
        let start = offset / BLOCK * BLOCK;
        if original[start + 257..].starts_with(b"ustar") {
            try_changed(offset, any_bit, true);
            if byte != 0 {
                [0x01, 0x80, 0xff]
                    .into_iter()
                    .for_each(|flip| try_changed(offset, flip, true));
            }
        }
    }
    assert!(
        refused > accepted && accepted > 0,
        "{refused} refused, {accepted} accepted"
    );
}

#[test]
fn every_cut_is_refused() {
    let place = Place::new();
    let original = tar(sample());
    for length in (0..original.len()).step_by(64) {
        let name = format!("tar cut to {length}");
        assert!(
            place
                .unpack_with(&name, &gzip_stored(&original[..length]), &limits())
                .is_err()
        );
    }
    let packed = gzip(&original);
    for length in 0..packed.len() {
        let name = format!("gzip cut to {length}");
        assert!(
            place
                .unpack_with(&name, &packed[..length], &limits())
                .is_err(),
            "{name}"
        );
    }
}

#[test]
fn every_changed_byte_of_the_gzip_stream_is_refused_or_harmless() {
    let place = Place::new();
    let packed = gzip(&tar(sample()));
    let (_, original) = place.unpack("unchanged", &packed).unwrap();
    for offset in 0..packed.len() {
        for flip in [0x01, 0x10, 0x80, 0xff] {
            let mut changed = packed.clone();
            changed[offset] ^= flip;
            let name = format!("gzip byte {offset} ^ {flip:#x}");
            // The gzip header's time is under no checksum, and two codes may give the same content.
            if let Ok((_, inside)) = place.unpack_with(&name, &changed, &limits()) {
                assert_eq!(inside, original, "{name}");
            }
        }
    }
}

#[test]
fn every_path_lands_inside_or_is_refused() {
    let components: &[&str] = &[
        "",
        ".",
        "..",
        "...",
        "a",
        "A",
        "é",
        "e\u{301}",
        "a ",
        " ",
        "\\",
        "..\\",
        "C:",
        "con",
        "\0",
        "%2e%2e",
        "\u{2024}\u{2024}",
        "．．",
        "／etc",
        "~",
        "$HOME",
        "-rf",
        "\u{200b}..",
        "sentinel",
    ];
    let mut paths = vec![];
    for first in components {
        paths.push((*first).to_owned());
        for second in components {
            paths.push(format!("{first}/{second}"));
            for third in ["..", "a", "", "../../../sentinel/file"] {
                paths.push(format!("{first}/{second}/{third}"));
            }
        }
    }
    let place = Place::new();
    for path in paths {
        let posix = Entry::file(path.as_bytes(), "x").posix();
        let by_prefix = path.split_once('/').map(|(prefix, rest)| {
            archive([Entry::file(rest.as_bytes(), "x")
                .posix()
                .with(345, prefix.as_bytes())])
        });
        let archives = [
            ("name", archive([posix])),
            ("folder", archive([Entry::folder(path.as_bytes())])),
            (
                "long name",
                archive([Entry::long_name(path.as_bytes()), Entry::file("l", "x")]),
            ),
            (
                "extension",
                archive([
                    Entry::extension(&[("path", path.as_bytes())]),
                    Entry::file("l", "x"),
                ]),
            ),
        ];
        let archives = archives
            .into_iter()
            .chain(by_prefix.map(|bytes| ("prefix", bytes)));
        for (way, bytes) in archives {
            // What is accepted is plain and below the staging folder: the place counts files and
            // folders there against what the reader reports, and compares everything outside.
            let Ok((unpacked, inside)) = place.unpack(&format!("{path:?} as {way}"), &bytes) else {
                continue;
            };
            let landed = inside
                .iter()
                .filter(|(_, content)| content.is_some())
                .count() as u64;
            assert_eq!(landed, unpacked.files, "{path:?} as {way}");
            // In a header, NULs at the end of a field are no part of it.
            let is_root = matches!(path.trim_end_matches('\0'), "." | "./");
            assert!(way == "folder" || landed == 1, "{path:?} as {way}");
            assert_eq!(inside.is_empty(), is_root, "{path:?} as {way}");
        }
    }
}
