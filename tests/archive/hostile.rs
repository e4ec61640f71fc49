//! Archives that must be refused, each for its own reason.

use std::fs;

use annexe::{
    Hint as _,
    archive::{self, Error, Limit, Limits, PathError},
};

use super::{
    build::{BLOCK, Entry, archive, gzip, open_tar, records, seal, tar},
    yard::Yard,
};

struct Case {
    name: &'static str,
    archive: Vec<u8>,
    expected: &'static str,
    is_expected: fn(&Error) -> bool,
}

/// Each line: a name, the archive, and the error it must be refused with.
macro_rules! refuse {
    ($($name:literal: $archive:expr => $expected:pat,)+) => {
        refuse_all(vec![$(Case {
            name: $name,
            archive: $archive,
            expected: stringify!($expected),
            is_expected: |error| matches!(error, $expected),
        }),+])
    };
}

fn file(name: impl AsRef<[u8]>) -> Entry {
    Entry::file(name, "evil")
}

fn one(entry: Entry) -> Vec<u8> {
    archive([entry])
}

fn refuse_all(cases: Vec<Case>) {
    let yard = Yard::new();
    for case in cases {
        let Err(error) = yard.unpack(case.name, &case.archive) else {
            panic!("{}: was accepted", case.name);
        };
        assert!(
            (case.is_expected)(&error),
            "{}: {error:?}, not {}",
            case.name,
            case.expected
        );
        assert!(error.is_refusal(), "{}", case.name);
        assert!(error.hint().is_some(), "{}: no hint", case.name);
        let message = error.to_string();
        assert!(
            !message.ends_with('.') && !message.contains('\n'),
            "{}: {message}",
            case.name
        );
    }
}

#[test]
fn entries_that_are_no_files_are_refused() {
    let link = |kind, target: &[u8]| Entry::new(kind, "link", "").link_to(target);
    refuse! {
        "symlink out": one(link(b'2', b"../sentinel")) => Error::SymbolicLink { .. },
        "symlink absolute": one(link(b'2', b"/etc/passwd")) => Error::SymbolicLink { .. },
        "symlink within": one(link(b'2', b"a")) => Error::SymbolicLink { .. },
        "symlink to nowhere": one(link(b'2', b"")) => Error::SymbolicLink { .. },
        "write through a symlink": archive([link(b'2', b"../sentinel"), file("link/file")]) =>
            Error::SymbolicLink { .. },
        "symlink after good files": archive([file("a"), file("b/c"), link(b'2', b"..")]) =>
            Error::SymbolicLink { .. },
        "hardlink out": one(link(b'1', b"../sentinel/file")) => Error::HardLink { .. },
        "hardlink within": archive([file("a"), link(b'1', b"a")]) => Error::HardLink { .. },
        "hardlink with content": one(Entry::new(b'1', "a", "x").link_to(b"b")) => Error::HardLink { .. },
        "long link target": archive([Entry::new(b'K', "././@LongLink", "../x\0"), link(b'2', b"x")]) =>
            Error::SymbolicLink { .. },
        "character device": one(Entry::new(b'3', "null", "")) => Error::Device { .. },
        "block device": one(Entry::new(b'4', "disk", "")) => Error::Device { .. },
        "named pipe": one(Entry::new(b'6', "pipe", "")) => Error::Fifo { .. },
        "sparse file": one(Entry::new(b'S', "big", "")) => Error::Sparse { .. },
        "contiguous file": one(Entry::new(b'7', "a", "x")) => Error::UnknownType { kind: '7', .. },
        "type zero byte": one(Entry::new(0, "a", "x")) => Error::UnknownType { .. },
        "type Z": one(Entry::new(b'Z', "a", "x")) => Error::UnknownType { kind: 'Z', .. },
        "folder dump": one(Entry::new(b'D', "a", "")) => Error::UnknownType { .. },
        "volume label": one(Entry::new(b'V', "a", "")) => Error::UnknownType { .. },
        "continued file": one(Entry::new(b'M', "a", "x")) => Error::UnknownType { .. },
        "Solaris extension": one(Entry::new(b'X', "a", "")) => Error::UnknownType { .. },
        "folder with content": one(Entry::new(b'5', "a", "content")) => Error::FolderContent { .. },
    }
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    use PathError::{
        Absolute, Character, Current, Drive, Empty, EmptyComponent, Parent, Reserved,
        TrailingDotOrSpace,
    };
    refuse! {
        "parent": one(file("../sentinel/file")) => Error::Path { source: Parent, .. },
        "parent alone": one(file("..")) => Error::Path { source: Parent, .. },
        "parent inside": one(file("a/../../x")) => Error::Path { source: Parent, .. },
        "parent that stays": one(file("a/../b")) => Error::Path { source: Parent, .. },
        "parent after dot": one(file("./../x")) => Error::Path { source: Parent, .. },
        "parent folder": one(Entry::folder("../new/")) => Error::Path { source: Parent, .. },
        "parent in the prefix": one(file("x").posix().with(345, b"../sentinel")) =>
            Error::Path { source: Parent, .. },
        "parent in a long name": archive([Entry::long_name("../sentinel/file"), file("a")]) =>
            Error::Path { source: Parent, .. },
        "parent in an extension header": archive([Entry::extension(&[("path", b"../sentinel/file")]), file("a")]) =>
            Error::Path { source: Parent, .. },
        "absolute": one(file("/etc/x")) => Error::Path { source: Absolute, .. },
        "absolute after dot": one(file(".//etc/x")) => Error::Path { source: Absolute, .. },
        "absolute prefix": one(file("x").posix().with(345, b"/tmp")) => Error::Path { source: Absolute, .. },
        "root folder": one(Entry::folder("/")) => Error::Path { source: Absolute, .. },
        "server share": one(file("//server/x")) => Error::Path { source: Absolute, .. },
        "drive": one(file("C:/x")) => Error::Path { source: Drive { letter: 'C' }, .. },
        "drive relative": one(file("c:x")) => Error::Path { source: Drive { .. }, .. },
        "backslash": one(file("a\\..\\..\\x")) => Error::Path { source: Character { character: '\\' }, .. },
        "device path": one(file("\\\\?\\C:\\x")) => Error::Path { source: Character { character: '\\' }, .. },
        "alternate stream": one(file("ab:c")) => Error::Path { source: Character { character: ':' }, .. },
        "wildcard": one(file("a*")) => Error::Path { source: Character { .. }, .. },
        "text after a NUL in the name": one(file("a\0b")) => Error::Field { field: "name", .. },
        "NUL in a long name": archive([Entry::long_name("a\0b"), file("a")]) =>
            Error::Path { source: Character { character: '\0' }, .. },
        "NUL in an extension header": archive([Entry::extension(&[("path", b"a\0b")]), file("a")]) =>
            Error::Path { source: Character { character: '\0' }, .. },
        "terminal escape": one(file("a\x1b[2Jb")) =>
            Error::Path { source: Character { character: '\x1b' }, .. },
        "line feed": one(file("a\nb")) => Error::Path { source: Character { .. }, .. },
        "text turned around": one(file("gpj.\u{202e}exe")) => Error::Path { source: Character { .. }, .. },
        "aux": one(file("aux")) => Error::Path { source: Reserved { .. }, .. },
        "con with extension": one(file("Con.toml")) => Error::Path { source: Reserved { .. }, .. },
        "nul folder": one(file("NUL/a")) => Error::Path { source: Reserved { .. }, .. },
        "com1": one(file("a/com1.x.y")) => Error::Path { source: Reserved { .. }, .. },
        "superscript port": one(file("com¹")) => Error::Path { source: Reserved { .. }, .. },
        "space before extension": one(file("nul .a")) => Error::Path { source: Reserved { .. }, .. },
        "trailing dot": one(file("a.")) => Error::Path { source: TrailingDotOrSpace { .. }, .. },
        "trailing space": one(file("a /b")) => Error::Path { source: TrailingDotOrSpace { .. }, .. },
        "three dots": one(file("...")) => Error::Path { source: TrailingDotOrSpace { .. }, .. },
        "no name": one(file("")) => Error::Path { source: Empty, .. },
        "file as root": one(file("./")) => Error::Path { source: Empty, .. },
        "file as dot": one(file(".")) => Error::Path { source: Current, .. },
        "dot inside": one(file("a/./b")) => Error::Path { source: Current, .. },
        "two dots in front": one(file("././a")) => Error::Path { source: Current, .. },
        "empty component": one(file("a//b")) => Error::Path { source: EmptyComponent, .. },
        "file with a slash": one(file("a/")) => Error::Path { source: EmptyComponent, .. },
        "folder with two slashes": one(Entry::folder("a//")) => Error::Path { source: EmptyComponent, .. },
        "not UTF-8": one(file(b"caf\xe9")) => Error::NotUtf8 { .. },
        "overlong dots": one(file(b"\xc0\xae\xc0\xae/x")) => Error::NotUtf8 { .. },
        "not UTF-8 in an extension header": archive([Entry::extension(&[("path", b"\xff")]), file("a")]) =>
            Error::NotUtf8 { .. },
        "component of 256 bytes": archive([Entry::long_name("a".repeat(256)), file("a")]) =>
            Error::Path { source: PathError::ComponentTooLong { .. }, .. },
    }
}

#[test]
fn names_that_collide_are_refused() {
    let two = |first: &str, second: &str| archive([file(first), file(second)]);
    refuse! {
        "same file": two("a", "a") => Error::Duplicate { .. },
        "same file after dot": two("a", "./a") => Error::Duplicate { .. },
        "case": two("Extension.toml", "extension.toml") => Error::Duplicate { .. },
        "case of a folder": two("themes/a", "Themes/b") => Error::Duplicate { .. },
        "composed accent": two("\u{e9}", "e\u{301}") => Error::Duplicate { .. },
        "accent and case": two("É", "e\u{301}") => Error::Duplicate { .. },
        "compatible letters": two("ﬁle", "file") => Error::Duplicate { .. },
        "wide letters": two("ａ", "a") => Error::Duplicate { .. },
        "sharp s": two("straße", "STRASSE") => Error::Duplicate { .. },
        "Kelvin sign": two("\u{212a}", "k") => Error::Duplicate { .. },
        "file, then folder": two("a", "a/b") => Error::FileAndFolder { .. },
        "folder, then file": two("a/b", "a") => Error::FileAndFolder { .. },
        "file, then folder in capitals": two("a", "A/b") => Error::Duplicate { .. },
        "file, then folder's entry": archive([file("a"), Entry::folder("a/")]) => Error::FileAndFolder { .. },
        "folder's entry, then file": archive([Entry::folder("a"), file("a")]) => Error::FileAndFolder { .. },
        "folder twice": archive([Entry::folder("a/"), Entry::folder("./a")]) => Error::Duplicate { .. },
        "root twice": archive([Entry::folder("./"), Entry::folder(".")]) => Error::Duplicate { .. },
    }
}

#[test]
fn headers_that_readers_understand_differently_are_refused() {
    let sized = |field: &[u8; 12]| one(file("a").size_field(field));
    refuse! {
        "wrong checksum": one(file("a").with_stale_checksum(0, b"b")) => Error::Checksum { offset: 0 },
        "wrong checksum later": archive([file("a"), file("b").with_stale_checksum(0, b"c")]) =>
            Error::Checksum { offset: 1024 },
        "no checksum": one(file("a").with_stale_checksum(148, &[0; 8])) => Error::Checksum { .. },
        "negative size": sized(b"-0000000004\0") => Error::Field { field: "size", .. },
        "negative binary size": sized(&[0xff; 12]) => Error::Field { field: "size", .. },
        "size with a sign": sized(b"+0000000004\0") => Error::Field { field: "size", .. },
        "size in decimal": sized(b"00000000009\0") => Error::Field { field: "size", .. },
        "size after a NUL": sized(b"4\x000000000\0\0\x31") => Error::Field { field: "size", .. },
        "no size": sized(&[0; 12]) => Error::Field { field: "size", .. },
        "binary size": sized(b"\x80\0\0\0\0\0\0\0\0\0\0\x04") => Error::Field { field: "size", .. },
        "size that overflows": sized(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff") =>
            Error::Field { field: "size", .. },
        "64 GiB": sized(b"777777777777") => Error::Limit { limit: Limit::UnpackedBytes, .. },
        "no magic": one(file("a").with(257, &[0; 8])) => Error::Format { offset: 0 },
        "other magic": one(file("a").with(257, b"ustar\0  ")) => Error::Format { .. },
        "file with a link name": one(file("a").link_to(b"b")) => Error::Field { field: "linkname", .. },
        "file with a sparse map": one(file("a").with(386, b"1")) => Error::Field { field: "sparse", .. },
        "file with a real size": one(file("a").with(483, b"1")) => Error::Field { field: "sparse", .. },
        "text after the prefix": one(file("a").posix().with(345, b"p\0q")) =>
            Error::Field { field: "prefix", .. },
        "bytes after the last field": one(file("a").posix().with(505, b"x")) =>
            Error::Field { field: "padding", .. },
        "data in the padding": {
                let mut bytes = tar([file("a"), file("b")]);
                bytes[BLOCK + 100] = 1;
                gzip(&bytes)
            } => Error::Padding { offset: 1024 },
    }
}

#[test]
fn extension_headers_that_change_the_archive_are_refused() {
    let extended = |pairs: &[(&str, &[u8])]| archive([Entry::extension(pairs), file("a")]);
    let raw = |content: &[u8]| archive([Entry::new(b'x', "x", content).posix(), file("a")]);
    refuse! {
        "size": extended(&[("size", b"1024")]) => Error::ExtensionKey { .. },
        "linkpath": extended(&[("linkpath", b"../x")]) => Error::ExtensionKey { .. },
        "sparse 1.0": extended(&[("GNU.sparse.major", b"1")]) => Error::ExtensionKey { .. },
        "sparse name": extended(&[("GNU.sparse.name", b"../x")]) => Error::ExtensionKey { .. },
        "sparse 0.1": extended(&[("GNU.sparse.map", b"0,1")]) => Error::ExtensionKey { .. },
        "real size": extended(&[("SCHILY.realsize", b"9")]) => Error::ExtensionKey { .. },
        "unknown key": extended(&[("VENDOR.magic", b"1")]) => Error::ExtensionKey { .. },
        "name charset": extended(&[("hdrcharset", b"KOI8-R")]) => Error::ExtensionKey { .. },
        "path for all entries": archive([Entry::global_extension(&[("path", b"a")]), file("b")]) =>
            Error::ExtensionKey { .. },
        "path twice": extended(&[("path", b"a"), ("path", b"b")]) => Error::Extension { .. },
        "wrong length": raw(b"8 path=a\n") => Error::Extension { .. },
        "no length": raw(b"path=a\n") => Error::Extension { .. },
        "huge length": raw(b"18446744073709551616 path=a\n") => Error::Extension { .. },
        "no key": raw(b"5 =a\n") => Error::Extension { .. },
        "empty path": extended(&[("path", b"")]) => Error::Path { source: PathError::Empty, .. },
        "two extension headers": archive([Entry::extension(&[]), Entry::extension(&[("path", b"b")]), file("a")]) =>
            Error::Extension { .. },
        "two long names": archive([Entry::long_name("b"), Entry::long_name("c"), file("a")]) =>
            Error::Extension { .. },
        "long name and extension header": archive([Entry::long_name("b"), Entry::extension(&[("path", b"c")]), file("a")]) =>
            Error::Extension { .. },
        "global header in between": archive([Entry::long_name("b"), Entry::global_extension(&[]), file("a")]) =>
            Error::Extension { .. },
        "long name for nothing": one(Entry::long_name("b")) => Error::Extension { .. },
        "extension header for nothing": one(Entry::extension(&[])) => Error::Extension { .. },
        "empty long name": archive([Entry::new(b'L', "L", ""), file("a")]) =>
            Error::Path { source: PathError::Empty, .. },
        "long name above 4 KiB": archive([Entry::long_name("a/".repeat(2048) + "a"), file("a")]) =>
            Error::Limit { limit: Limit::PathBytes, most: 4096 },
        "long name of 8 MiB": archive([Entry::new(b'L', "L", vec![b'a'; 8 << 20]), file("a")]) =>
            Error::Limit { limit: Limit::PathBytes, .. },
        "path above 4 KiB in an extension header": extended(&[("path", "a/".repeat(2049).as_bytes())]) =>
            Error::Limit { limit: Limit::PathBytes, .. },
        "extension header of 1 MiB": raw(&records(&[("comment", &vec![b'a'; 1 << 20])])) =>
            Error::Limit { limit: Limit::HeaderBytes, .. },
    }
}

#[test]
fn streams_that_hold_less_or_more_than_one_archive_are_refused() {
    let good = || tar([file("a"), file("b")]);
    let join = |parts: &[&[u8]]| parts.concat();
    let cut = |bytes: &[u8], left: usize| bytes[..left].to_vec();
    let packed = gzip(&good());
    let corrupt = |offset: usize| {
        let mut bytes = packed.clone();
        bytes[offset] ^= 0xff;
        bytes
    };
    let length = packed.len();
    refuse! {
        "nothing": vec![] => Error::Truncated,
        "error page": b"<html>403</html>".to_vec() => Error::NotGzip,
        "short answer": b"403".to_vec() => Error::NotGzip,
        "plain tar": good() => Error::NotGzip,
        "zip": b"PK\x03\x04 and so on".to_vec() => Error::NotGzip,
        "gzip header alone": cut(&packed, 10) => Error::Truncated,
        "half a gzip header": cut(&packed, 5) => Error::Truncated,
        "half the gzip stream": cut(&packed, length / 2) => Error::Truncated,
        "no gzip checksum": cut(&packed, length - 8) => Error::Truncated,
        "last byte missing": cut(&packed, length - 1) => Error::Truncated,
        "wrong gzip checksum": corrupt(length - 5) => Error::Gzip { .. },
        "wrong gzip length": corrupt(length - 1) => Error::Gzip { .. },
        "unknown compression": corrupt(2) => Error::Gzip { .. },
        "reserved gzip flags": corrupt(3) => Error::Gzip { .. },
        "two gzip members": join(&[&packed, &gzip(b"")]) => Error::SeveralMembers,
        "two archives": join(&[&packed, &packed]) => Error::SeveralMembers,
        "archive split over two members": join(&[&gzip(&good()[..1024]), &gzip(&good()[1024..])]) =>
            Error::MissingEnd,
        "junk after gzip": join(&[&packed, b"junk"]) => Error::TrailingBytes,
        "zeros after gzip": join(&[&packed, &[0; 512]]) => Error::TrailingBytes,
        "one byte after gzip": join(&[&packed, &[0x1f]]) => Error::TrailingBytes,
        "empty gzip stream": gzip(b"") => Error::MissingEnd,
        "no end marker": gzip(&open_tar([file("a")])) => Error::MissingEnd,
        "half an end marker": gzip(&join(&[&open_tar([file("a")]), &[0; 512]])) => Error::MissingEnd,
        "odd end marker": gzip(&join(&[&good(), &[0; 100]])) => Error::Truncated,
        "tar cut in a header": gzip(&good()[..100]) => Error::Truncated,
        "tar cut in a second header": gzip(&good()[..1030]) => Error::Truncated,
        "tar cut in content": gzip(&good()[..514]) => Error::Truncated,
        "tar cut in padding": gzip(&good()[..600]) => Error::Truncated,
        "tar cut in a long name": gzip(&tar([Entry::long_name("a".repeat(600))])[..700]) => Error::Truncated,
        "size beyond the end": gzip(&tar([file("a").size_field(b"00000100000\0")])) => Error::Truncated,
        "data after the end": gzip(&join(&[&good(), &good()])) => Error::DataAfterEnd,
        "data after one block of zeros": gzip(&join(&[&open_tar([file("a")]), &[0; 512], &good()])) =>
            Error::DataAfterEnd,
        "a byte after the end": gzip(&join(&[&good(), &[0; 511], &[1]])) => Error::DataAfterEnd,
        "not a header": gzip(&[b'x'; 2048]) => Error::Checksum { offset: 0 },
        "header of ones": {
                let mut bytes = vec![0xff; 512];
                seal(&mut bytes);
                gzip(&bytes)
            } => Error::Field { field: "size", .. },
        "a file of zeros a thousand times its size": archive([Entry::file("zeros", vec![0; 64 << 20])]) =>
            Error::Limit { limit: Limit::Ratio, .. },
        "endless end": gzip(&vec![0; 70 << 20]) => Error::Limit { .. },
    }
}

#[test]
fn a_destination_that_is_not_an_empty_folder_is_left_as_it_is() {
    let yard = Yard::new();
    let good = archive([file("a")]);
    let unpack =
        |path: &std::path::Path| archive::unpack(good.as_slice(), path, &Limits::default());

    let resident = yard.staging().join("resident");
    fs::write(&resident, "stays").unwrap();
    assert!(matches!(
        unpack(&yard.staging()),
        Err(Error::Destination { .. })
    ));
    assert_eq!(fs::read_to_string(&resident).unwrap(), "stays");
    assert!(matches!(unpack(&resident), Err(Error::Destination { .. })));
    assert!(matches!(
        unpack(&yard.staging().join("missing")),
        Err(Error::File(_))
    ));

    #[cfg(unix)]
    {
        let target = yard.staging().join("target");
        let link = yard.staging().join("link");
        fs::create_dir(&target).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(unpack(&link), Err(Error::Destination { .. })));
    }
}

#[test]
fn a_reader_that_fails_is_not_the_archives_fault() {
    struct Failing(bool);
    impl std::io::Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(std::io::ErrorKind::ConnectionReset.into());
            }
            let packed = archive([file("a"), file("b")]);
            let half = packed.len() / 2;
            buffer[..half].copy_from_slice(&packed[..half]);
            Ok(half)
        }
    }
    let yard = Yard::new();
    let error = archive::unpack(Failing(false), &yard.staging(), &Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Read { .. }), "{error:?}");
    assert!(!error.is_refusal());
    assert_eq!(fs::read_dir(yard.staging()).unwrap().count(), 0);
}
