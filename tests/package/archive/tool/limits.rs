//! Every limit, at its value and right above it.

use annexe::archive::tool::{ToolArchiveError, ToolLimit, ToolLimits};

use super::{
    Format::{self, TarGz, Zip},
    unpack_with,
    zip_build::{Item, ZipFile, zip},
};
use crate::archive::{
    build::{Entry, archive, gzip, gzip_stored, records, tar},
    place::Place,
};

/// An archive that has exactly `value` of something is unpacked at that limit and refused below it.
fn at_and_above(
    name: &str,
    format: Format,
    bytes: &[u8],
    limit: ToolLimit,
    value: u64,
    set: fn(&mut ToolLimits, u64),
) {
    let place = Place::new();
    let with = |most: u64| {
        let mut limits = ToolLimits::default();
        set(&mut limits, most);
        unpack_with(&place, name, format, bytes, &limits)
    };
    assert!(with(value).is_ok(), "{name}: {:?}", with(value));
    match with(value - 1) {
        Err(ToolArchiveError::Limit { limit: found, most }) => {
            assert_eq!((found, most), (limit, value - 1), "{name}");
        }
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn entries_and_bytes_are_limited_in_both_formats() {
    let tar = archive([
        Entry::file("a/b/c", "12345"),
        Entry::new(b'2', "l", "").link_to(b"a/b"),
        Entry::new(b'1', "h", "").link_to(b"a/b/c"),
    ]);
    let zip = zip(vec![Item::file("a/b/c", "12345"), Item::link("l", "a/b")]);
    let links = |limits: &mut ToolLimits, most| limits.link_bytes = most;
    let bytes = |limits: &mut ToolLimits, most| limits.unpacked_bytes = most;
    let entries = |limits: &mut ToolLimits, most| limits.entries = most;
    let depth = |limits: &mut ToolLimits, most| limits.depth = most as usize;
    let length = |limits: &mut ToolLimits, most| limits.compressed_bytes = most;
    for (format, archive, count) in [(TarGz, &tar, 5), (Zip, &zip, 4)] {
        at_and_above(
            "entries",
            format,
            archive,
            ToolLimit::Entries,
            count,
            entries,
        );
        at_and_above("depth", format, archive, ToolLimit::Depth, 3, depth);
        at_and_above("links", format, archive, ToolLimit::LinkBytes, 3, links);
        let size = archive.len() as u64;
        at_and_above(
            "length",
            format,
            archive,
            ToolLimit::CompressedBytes,
            size,
            length,
        );
    }
    at_and_above("bytes", TarGz, &tar, ToolLimit::UnpackedBytes, 5, bytes);
    // What is declared counts, links' targets too.
    at_and_above("bytes", Zip, &zip, ToolLimit::UnpackedBytes, 8, bytes);
}

#[test]
fn members_are_limited_and_more_so_where_they_are_empty() {
    let whole = tar([Entry::file("a", "12345")]);
    let parts = [
        gzip(&whole[..512]),
        gzip(&whole[512..600]),
        gzip(&whole[600..]),
    ]
    .concat();
    let set = |limits: &mut ToolLimits, most| limits.members = most;
    at_and_above("members", TarGz, &parts, ToolLimit::Members, 3, set);
    let empty = [
        gzip(&whole[..512]),
        gzip(b"").repeat(4),
        gzip(&whole[512..]),
    ]
    .concat();
    let set = |limits: &mut ToolLimits, most| limits.empty_members = most;
    at_and_above("empty", TarGz, &empty, ToolLimit::EmptyMembers, 4, set);
    // Three million of them are refused at the seventeenth.
    let endless = [gzip(&whole), gzip(b"").repeat(3_000_000)].concat();
    let place = Place::new();
    match unpack_with(&place, "endless", TarGz, &endless, &ToolLimits::default()) {
        Err(ToolArchiveError::Limit { limit, most }) => {
            assert_eq!((limit, most), (ToolLimit::EmptyMembers, 16));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_central_directory_is_limited_whatever_the_headers_of_a_tar_archive_may_have() {
    let mut file = ZipFile::new(vec![Item::file("a", "")]);
    // An entry's 46 bytes and its name; the rest is never looked at.
    file.gap = vec![0; 64 << 20];
    file.size = Some((64 << 20) + 47);
    let limits = ToolLimits {
        overhead_bytes: u64::MAX,
        ..ToolLimits::default()
    };
    let place = Place::new();
    match unpack_with(&place, "directory", Zip, &file.build(), &limits) {
        Err(ToolArchiveError::Limit { limit, most }) => {
            let expected = (ToolLimit::OverheadBytes, ToolLimits::MOST_DIRECTORY_BYTES);
            assert_eq!((limit, most), expected);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_held_in_memory_is_limited() {
    let path = "p".repeat(90);
    let set = |limits: &mut ToolLimits, most| limits.path_bytes = most as usize;
    let long = [Entry::long_name(&path), Entry::file("p", "")];
    let target = [
        Entry::new(b'K', "././@LongLink", format!("{path}\0")),
        Entry::new(b'2', "p", ""),
    ];
    let extension = [
        Entry::extension(&[("path", path.as_bytes())]),
        Entry::file("p", ""),
    ];
    for (name, format, bytes) in [
        ("name", TarGz, archive([Entry::file(&path, "")])),
        ("long name", TarGz, archive(long)),
        ("long target", TarGz, archive(target)),
        ("extension header", TarGz, archive(extension)),
        (
            "name in a zip archive",
            Zip,
            zip(vec![Item::file(&path, "")]),
        ),
        (
            "target in a zip archive",
            Zip,
            zip(vec![Item::link("l", &path)]),
        ),
    ] {
        at_and_above(name, format, &bytes, ToolLimit::PathBytes, 90, set);
    }
    let pairs: &[(&str, &[u8])] = &[("comment", &[b'x'; 900])];
    let size = records(pairs).len() as u64;
    let set = |limits: &mut ToolLimits, most| limits.header_bytes = most;
    for entry in [Entry::extension(pairs), Entry::global_extension(pairs)] {
        let bytes = archive([entry, Entry::file("a", "")]);
        at_and_above(
            "extension header",
            TarGz,
            &bytes,
            ToolLimit::HeaderBytes,
            size,
            set,
        );
    }
}

#[test]
fn what_is_no_content_is_limited() {
    let set = |limits: &mut ToolLimits, most| limits.overhead_bytes = most;
    let whole = tar([Entry::file("a", "12345"), Entry::folder("b/")]);
    let overhead = whole.len() as u64 - 5;
    at_and_above(
        "tar",
        TarGz,
        &gzip(&whole),
        ToolLimit::OverheadBytes,
        overhead,
        set,
    );
    let bytes = zip(vec![Item::file("a", "1"), Item::file("b", "2")]);
    at_and_above("zip", Zip, &bytes, ToolLimit::OverheadBytes, 2 * 47, set);
    let endless = gzip(&[&whole[..], &vec![0; 8 << 20]].concat());
    let limits = ToolLimits {
        overhead_bytes: 1 << 20,
        ..ToolLimits::default()
    };
    let error = unpack_with(
        &Place::new(),
        "zeros after the end",
        TarGz,
        &endless,
        &limits,
    )
    .unwrap_err();
    assert!(
        matches!(
            error,
            ToolArchiveError::Limit {
                limit: ToolLimit::OverheadBytes,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn the_ratio_is_limited_and_spares_small_archives() {
    let place = Place::new();
    let content = vec![0; 1 << 20];
    let limits = |ratio, ratio_free_bytes| {
        let mut limits = ToolLimits::default();
        (limits.ratio, limits.ratio_free_bytes) = (ratio, ratio_free_bytes);
        limits
    };
    let whole = tar([Entry::file("a", &content)]);
    for (format, packed, stored, unpacked) in [
        (TarGz, gzip(&whole), gzip_stored(&whole), whole.len()),
        (
            Zip,
            zip(vec![Item::file("a", &content).deflated()]),
            zip(vec![Item::file("a", &content)]),
            content.len(),
        ),
    ] {
        let refused = |limits: &ToolLimits, bytes: &[u8]| match unpack_with(
            &place, "ratio", format, bytes, limits,
        ) {
            Ok(_) => false,
            Err(ToolArchiveError::Limit {
                limit: ToolLimit::Ratio,
                ..
            }) => true,
            Err(error) => panic!("{error:?}"),
        };
        assert!(refused(&limits(50, 0), &packed), "{format:?}");
        assert!(!refused(&limits(1, 0), &stored), "{format:?}");
        assert!(
            !refused(&limits(50, unpacked as u64), &packed),
            "{format:?}"
        );
        assert!(
            refused(&limits(50, unpacked as u64 - 1), &packed),
            "{format:?}"
        );
    }
}
