//! Each limit, at its value and one below what the archive needs.

use annexe::archive::{Error, Limit, Limits};

use super::{
    build::{BLOCK, Entry, archive, gzip, records, tar},
    place::Place,
};

/// Unpacks under the exact limit, then under one less, which must be refused for this limit.
fn at_and_above(name: &str, archive: &[u8], limit: Limit, set: impl Fn(u64) -> Limits, exact: u64) {
    let place = Place::new();
    if let Err(error) = place.unpack_with(name, archive, &set(exact)) {
        panic!("{name}: refused at the limit: {error:?}");
    }
    let error = place
        .unpack_with(name, archive, &set(exact - 1))
        .unwrap_err();
    assert!(
        matches!(error, Error::Limit { limit: found, most } if found == limit && most == exact - 1),
        "{name}: {error:?}"
    );
}

fn sample() -> Vec<Entry> {
    vec![
        Entry::file("a/b/c", "12345"),
        Entry::file("a/d", "123"),
        Entry::folder("e/"),
        Entry::file("f", ""),
    ]
}

#[test]
fn compressed_bytes_are_limited() {
    let bytes = archive(sample());
    let set = |compressed_bytes| Limits {
        compressed_bytes,
        ..Limits::default()
    };
    at_and_above(
        "compressed",
        &bytes,
        Limit::CompressedBytes,
        set,
        bytes.len() as u64,
    );
}

#[test]
fn unpacked_bytes_are_limited() {
    let set = |unpacked_bytes| Limits {
        unpacked_bytes,
        ..Limits::default()
    };
    at_and_above("unpacked", &archive(sample()), Limit::UnpackedBytes, set, 8);
}

#[test]
fn unpacked_bytes_are_limited_before_they_are_read() {
    let claim = archive([Entry::file("a", "").size_field(b"00777777777\0")]);
    let limits = Limits {
        unpacked_bytes: 1000,
        ..Limits::default()
    };
    let error = Place::new()
        .unpack_with("claim", &claim, &limits)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: Limit::UnpackedBytes,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn overhead_bytes_are_limited() {
    let bytes = tar(sample());
    let set = |overhead_bytes| Limits {
        overhead_bytes,
        ..Limits::default()
    };
    let exact = bytes.len() as u64 - 8;
    at_and_above("overhead", &gzip(&bytes), Limit::OverheadBytes, set, exact);

    let headers = (0..500).map(|_| Entry::global_extension(&[("comment", &[b'x'; 600])]));
    let limits = Limits {
        overhead_bytes: 100_000,
        ..Limits::default()
    };
    let error = Place::new()
        .unpack_with("endless headers", &archive(headers), &limits)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: Limit::OverheadBytes,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn the_ratio_is_limited_above_the_free_bytes() {
    let bytes = tar([Entry::file("zeros", vec![0; 1 << 20])]);
    let packed = gzip(&bytes);
    let length = bytes.len() as u64;
    let ratio = |ratio, ratio_free_bytes| Limits {
        ratio,
        ratio_free_bytes,
        ..Limits::default()
    };
    let place = Place::new();
    assert!(
        place
            .unpack_with("high ratio", &packed, &ratio(2000, 0))
            .is_ok()
    );
    let error = place
        .unpack_with("low ratio", &packed, &ratio(50, 0))
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: Limit::Ratio,
                most: 50
            }
        ),
        "{error:?}"
    );
    assert!(
        place
            .unpack_with("all free", &packed, &ratio(1, length))
            .is_ok()
    );
    let error = place
        .unpack_with("one not free", &packed, &ratio(1, length - 1))
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: Limit::Ratio,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn files_and_folders_are_limited() {
    let bytes = archive(sample());
    let set = |files| Limits {
        files,
        ..Limits::default()
    };
    at_and_above("files", &bytes, Limit::Files, set, 3);
    let set = |folders| Limits {
        folders,
        ..Limits::default()
    };
    at_and_above("folders", &bytes, Limit::Folders, set, 3);
}

#[test]
fn depth_is_limited() {
    let set = |depth| Limits {
        depth: depth as usize,
        ..Limits::default()
    };
    at_and_above("depth", &archive(sample()), Limit::Depth, set, 3);
    let deep = |depth: usize| {
        archive([
            Entry::long_name("d/".repeat(depth - 1) + "f"),
            Entry::file("d", ""),
        ])
    };
    let place = Place::new();
    assert!(place.unpack("32 deep", &deep(32)).is_ok());
    let error = place.unpack("33 deep", &deep(33)).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: Limit::Depth,
                most: 32
            }
        ),
        "{error:?}"
    );
}

#[test]
fn path_bytes_are_limited_however_the_path_is_given() {
    let path = "p".repeat(90);
    let set = |path_bytes| Limits {
        path_bytes: path_bytes as usize,
        ..Limits::default()
    };
    for (name, entries) in [
        ("name", vec![Entry::file(&path, "")]),
        ("folder", vec![Entry::folder(format!("./{path}/"))]),
        (
            "extension",
            vec![
                Entry::extension(&[("path", path.as_bytes())]),
                Entry::file("p", ""),
            ],
        ),
        (
            "long name",
            vec![Entry::long_name(&path), Entry::file("p", "")],
        ),
    ] {
        at_and_above(name, &archive(entries), Limit::PathBytes, set, 90);
    }
}

#[test]
fn extension_headers_are_limited() {
    let pairs: &[(&str, &[u8])] = &[("comment", &[b'x'; 900])];
    let size = records(pairs).len() as u64;
    assert!(size > BLOCK as u64);
    let set = |header_bytes| Limits {
        header_bytes,
        ..Limits::default()
    };
    for entry in [Entry::extension(pairs), Entry::global_extension(pairs)] {
        let bytes = archive([entry, Entry::file("a", "")]);
        at_and_above("extension header", &bytes, Limit::HeaderBytes, set, size);
    }
}
