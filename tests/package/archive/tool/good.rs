//! Archives built by hand that must be unpacked.

use annexe::archive::tool::ToolLimits;

use super::{
    Format::{TarGz, Zip},
    Thing, file, program, things, unpack, unpack_with,
    zip_build::{Item, ZipFile, zip},
};
use crate::archive::{
    build::{BLOCK, Entry, archive, gzip, open_tar, tar},
    place::Place,
};

fn link(name: &str, target: &str) -> Entry {
    Entry::new(b'2', name, "").link_to(target.as_bytes())
}

#[test]
fn links_and_executable_bits_are_kept() {
    let bytes = archive([
        Entry::folder("./"),
        Entry::file("./lib/npm/cli.js", "js").with(100, b"0006755\0"),
        link("./bin/npm", "../lib/npm/cli.js"),
        link("./current", "lib"),
        link("./dangling", "nothing"),
        Entry::folder("./lib/"),
        Entry::file("./lib/data", "data").with(100, b"0000000\0"),
        Entry::new(b'1', "./lib/same", "").link_to(b"./lib/npm/cli.js"),
        Entry::new(b'1', "./lib/third", "").link_to(b"lib/same"),
    ]);
    let (unpacked, inside) = unpack(&Place::new(), "links", TarGz, &bytes).unwrap();
    let expected = things([
        ("bin", Thing::Folder),
        ("bin/npm", Thing::Link("../lib/npm/cli.js".into())),
        ("current", Thing::Link("lib".into())),
        ("dangling", Thing::Link("nothing".into())),
        ("lib", Thing::Folder),
        ("lib/data", file("data")),
        ("lib/npm", Thing::Folder),
        ("lib/npm/cli.js", program("js")),
        ("lib/same", program("js")),
        ("lib/third", program("js")),
    ]);
    assert_eq!(inside, expected);
    assert_eq!(unpacked.unpacked_bytes, 6);
}

#[test]
fn what_archivers_write_around_entries_is_let_through() {
    let long = format!("{}/{}", "d".repeat(150), "f".repeat(150));
    let target = "d".repeat(150);
    let pax: &[(&str, &[u8])] = &[
        ("path", long.as_bytes()),
        ("mtime", b"1.5"),
        ("LIBARCHIVE.xattr.com.apple.quarantine", b"\x00\n"),
        ("SCHILY.xattr.user.any", b"x"),
        ("vendor.own", b"y"),
        ("size", b"1"),
    ];
    let bytes = archive([
        Entry::global_extension(&[("comment", b"0123456789abcdef")]),
        Entry::extension(pax),
        Entry::file("short", "x").posix(),
        Entry::new(b'K', "././@LongLink", format!("{target}\0")),
        Entry::long_name("second"),
        link("s", "d"),
        Entry::new(0, "old", "old").with(257, &[0; 8]),
        Entry::new(0, "old-folder/", "").with(257, &[0; 8]),
        Entry::new(b'7', "contiguous", "c"),
        Entry::file("aux.h", "Foo::Bar").with(108, b"\x80\0\0\0\xff\xff\xff\xff"),
        Entry::file("a:b?", ""),
    ]);
    let (_, inside) = unpack(&Place::new(), "headers", TarGz, &bytes).unwrap();
    let expected = things([
        (target.as_str(), Thing::Folder),
        (long.as_str(), file("x")),
        ("second", Thing::Link(target.clone().into())),
        ("old", file("old")),
        ("old-folder", Thing::Folder),
        ("contiguous", file("c")),
        ("aux.h", file("Foo::Bar")),
        ("a:b?", file("")),
    ]);
    assert_eq!(inside, expected);
}

#[test]
fn ends_and_members_are_read_as_archivers_write_them() {
    let place = Place::new();
    let expected = things([("a", file("1")), ("b", file("2"))]);
    let whole = tar([Entry::file("a", "1"), Entry::file("b", "2")]);
    let one_block = &whole[..whole.len() - BLOCK];
    let padded = [&whole[..], &[0; 20 * BLOCK]].concat();
    // Members that each hold an entry, or are cut anywhere, are one stream.
    let each = [
        gzip(&open_tar([Entry::file("a", "1")])),
        gzip(&open_tar([Entry::file("b", "2")])),
        gzip(b""),
        gzip(&[0; 2 * BLOCK]),
    ];
    let anywhere = [gzip(&whole[..700]), gzip(&whole[700..])];
    for (name, bytes) in [
        ("one block of zeros", gzip(one_block)),
        ("many blocks of zeros", gzip(&padded)),
        ("a member for each entry", each.concat()),
        ("members cut anywhere", anywhere.concat()),
    ] {
        let (_, inside) = unpack(&place, name, TarGz, &bytes).unwrap();
        assert_eq!(inside, expected, "{name}");
    }
    let (_, inside) = unpack(&place, "nothing", TarGz, &gzip(&[0; 2 * BLOCK])).unwrap();
    assert!(inside.is_empty());
}

#[test]
fn zip_archives_of_every_kind_of_writer_are_read() {
    let place = Place::new();
    let items = vec![
        Item::folder("bin/"),
        Item::file("bin/tool", "tool").mode(0o100_755).deflated(),
        Item::file("readme", "read me").deflated(),
        Item::link("link", "bin/tool"),
        Item::link("dir/link", "../bin").deflated(),
        Item::file("windows.exe", "exe").made_by(0),
        Item::file("streamed", "content").deflated().streamed(false),
        Item::file("streamed-signed", "content")
            .deflated()
            .streamed(true),
        Item::file("mac", "x").made_by(19).mode(0o100_700),
        Item::file("größe", "").mode(0o100_644),
        Item::folder("bin/"),
    ];
    let expected = things([
        ("bin", Thing::Folder),
        ("bin/tool", program("tool")),
        ("readme", file("read me")),
        ("link", Thing::Link("bin/tool".into())),
        ("dir", Thing::Folder),
        ("dir/link", Thing::Link("../bin".into())),
        ("windows.exe", file("exe")),
        ("streamed", file("content")),
        ("streamed-signed", file("content")),
        ("mac", program("x")),
        ("größe", file("")),
    ]);
    let mut commented = ZipFile::new(items.clone());
    commented.comment = b"PK\x05\x06 a comment".to_vec();
    let mut led = ZipFile::new(items.clone());
    led.lead = vec![7; 100];
    let mut long = ZipFile::new(items.clone());
    long.zip64 = true;
    let mut long_numbers = items.clone();
    for item in &mut long_numbers {
        item.long_numbers();
    }
    for (name, bytes) in [
        ("plain", zip(items)),
        ("comment", commented.build()),
        ("zip64 end", long.build()),
        ("zip64 entries", zip(long_numbers)),
        ("bytes before", led.build()),
    ] {
        let (_, inside) = unpack(&place, name, Zip, &bytes).unwrap();
        assert_eq!(inside, expected, "{name}");
    }
    let (_, inside) = unpack(&place, "nothing", Zip, &zip(vec![])).unwrap();
    assert!(inside.is_empty());
}

#[test]
fn names_in_two_cases_are_two_files_where_the_file_system_has_both() {
    let entries = [
        ("Makefile", "upper"),
        ("makefile", "lower"),
        ("Bin/a", "A"),
        ("bin/a", "a"),
        ("\u{e9}", "one"),
        ("e\u{301}", "two"),
    ];
    let tar = archive(entries.map(|(path, text)| Entry::file(path, text)));
    let zip = zip(entries.map(|(path, text)| Item::file(path, text)).to_vec());
    let place = Place::new();
    let probe = tempfile::tempdir().unwrap();
    std::fs::write(probe.path().join("a\u{e9}"), "").unwrap();
    let is_there = |name: &str| probe.path().join(name).exists();
    let folds = is_there("A\u{e9}") || is_there("ae\u{301}");
    for (format, bytes) in [(TarGz, tar), (Zip, zip)] {
        for (name, rule) in [("as it is", None), ("exact", Some(false))] {
            let limits = ToolLimits {
                folds_names: rule,
                ..ToolLimits::default()
            };
            let name = format!("{name} {format:?}");
            let unpacked = unpack_with(&place, &name, format, &bytes, &limits);
            if folds {
                assert!(unpacked.is_err(), "{name}");
                continue;
            }
            let (_, inside) = unpacked.unwrap();
            let mut expected = things([("Bin", Thing::Folder), ("bin", Thing::Folder)]);
            expected.extend(entries.map(|(path, text)| (path.into(), file(text))));
            assert_eq!(inside, expected, "{name}");
        }
        let Err(error) = unpack(&place, &format!("everywhere {format:?}"), format, &bytes) else {
            panic!("{format:?}: was accepted");
        };
        assert!(error.is_refusal(), "{error}");
    }
}
