//! Tar archives of tools that must be refused, each for its own reason.

use annexe::Hint as _;
use annexe::archive::{
    PathError::{Absolute, Character, ComponentTooLong, Current, Empty, EmptyComponent, Parent},
    tool::{
        Content,
        EntryProblem::{
            self, AbsoluteLink, Device, Duplicate, Fifo, FileAndFolder, HardLink, LinkClimbs,
            LinkLoop, LinkOut, LinkTarget, LinkThroughFile, NotUtf8, Sparse, ThroughLink,
            UnexpectedContent, UnknownType,
        },
        ToolArchiveError::{
            Compression, Entry as Refused, MissingEnd, NotAnArchive, Structure, TrailingBytes,
            Truncated,
        },
    },
};

use super::{Format::TarGz, refuse, unpack, words};
use crate::{
    build::{BLOCK, Entry, archive, gzip, open_tar, seal, tar},
    yard::Yard,
};

fn evil(name: impl AsRef<[u8]>) -> Entry {
    Entry::file(name, "evil")
}

fn link(name: &str, target: impl AsRef<[u8]>) -> Entry {
    Entry::new(b'2', name, "").link_to(target.as_ref())
}

fn hard(name: &str, target: impl AsRef<[u8]>) -> Entry {
    Entry::new(b'1', name, "").link_to(target.as_ref())
}

fn one(entry: Entry) -> Vec<u8> {
    archive([entry])
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    refuse! { TarGz;
        "parent": one(evil("../sentinel/file")) => Refused { source: EntryProblem::Path(Parent), .. },
        "parent alone": one(Entry::folder("..")) => Refused { source: EntryProblem::Path(Parent), .. },
        "parent inside": one(evil("a/../../x")) => Refused { source: EntryProblem::Path(Parent), .. },
        "parent that stays": one(evil("a/../b")) => Refused { source: EntryProblem::Path(Parent), .. },
        "parent after dot": one(evil("./../x")) => Refused { source: EntryProblem::Path(Parent), .. },
        "parent in the prefix": one(evil("x").posix().with(345, b"../sentinel")) =>
            Refused { source: EntryProblem::Path(Parent), .. },
        "parent in a long name": archive([Entry::long_name("../sentinel/file"), evil("a")]) =>
            Refused { source: EntryProblem::Path(Parent), .. },
        "parent in an extension header": archive([Entry::extension(&[("path", b"../x")]), evil("a")]) =>
            Refused { source: EntryProblem::Path(Parent), .. },
        "absolute": one(evil("/etc/x")) => Refused { source: EntryProblem::Path(Absolute), .. },
        "absolute after dot": one(evil(".//etc/x")) => Refused { source: EntryProblem::Path(Absolute), .. },
        "absolute prefix": one(evil("x").posix().with(345, b"/tmp")) =>
            Refused { source: EntryProblem::Path(Absolute), .. },
        "server share": one(evil("//server/x")) => Refused { source: EntryProblem::Path(Absolute), .. },
        "backslash": one(evil("a\\..\\..\\x")) =>
            Refused { source: EntryProblem::Path(Character { character: '\\' }), .. },
        "NUL in a long name": archive([Entry::long_name("a\0b"), evil("a")]) =>
            Refused { source: EntryProblem::Path(Character { character: '\0' }), .. },
        "NUL in an extension header": archive([Entry::extension(&[("path", b"a\0b")]), evil("a")]) =>
            Refused { source: EntryProblem::Path(Character { character: '\0' }), .. },
        "text after a NUL in the name": one(evil("a\0b")) => Structure { field: "name", .. },
        "terminal escape": one(evil("a\x1b[2Jb")) => Refused { source: EntryProblem::Path(Character { .. }), .. },
        "line feed": one(evil("a\nb")) => Refused { source: EntryProblem::Path(Character { .. }), .. },
        "no name": one(evil("")) => Refused { source: EntryProblem::Path(Empty), .. },
        "file as root": one(evil("./")) => Refused { source: FileAndFolder, .. },
        "link as root": one(link(".", "a")) => Refused { source: FileAndFolder, .. },
        "dot inside": one(evil("a/./b")) => Refused { source: EntryProblem::Path(Current), .. },
        "empty component": one(evil("a//b")) => Refused { source: EntryProblem::Path(EmptyComponent), .. },
        "not UTF-8": one(evil(b"caf\xe9")) => Refused { source: NotUtf8, .. },
        "overlong dots": one(evil(b"\xc0\xae\xc0\xae/x")) => Refused { source: NotUtf8, .. },
        "component of 256 bytes": archive([Entry::long_name("a".repeat(256)), evil("a")]) =>
            Refused { source: EntryProblem::Path(ComponentTooLong { .. }), .. },
    }
}

#[test]
fn links_that_lead_out_are_refused() {
    refuse! { TarGz;
        "parent": one(link("l", "../sentinel")) => Refused { source: LinkOut { .. }, .. },
        "just the parent": one(link("l", "..")) => Refused { source: LinkOut { .. }, .. },
        "parent from a folder": one(link("a/l", "../../sentinel")) => Refused { source: LinkOut { .. }, .. },
        "parent through a folder": archive([Entry::folder("a/"), link("l", "a/../../x")]) =>
            Refused { source: LinkOut { .. }, .. },
        "absolute": one(link("l", "/etc/passwd")) => Refused { source: AbsoluteLink { .. }, .. },
        "absolute and long": archive([Entry::new(b'K', "././@LongLink", "/etc/passwd\0"), link("l", "a")]) =>
            Refused { source: AbsoluteLink { .. }, .. },
        "absolute in an extension header":
            archive([Entry::extension(&[("linkpath", b"/etc/passwd")]), link("l", "a").posix()]) =>
            Refused { source: AbsoluteLink { .. }, .. },
        "parent behind a link": archive([evil("a/b/c"), link("d", "a/b"), link("l", "d/../../../x")]) =>
            Refused { source: LinkClimbs { .. }, .. },
        "parent behind a later link": archive([link("l", "d/.."), link("d", "a"), evil("a/b")]) =>
            Refused { source: LinkClimbs { .. }, .. },
        "parent behind nothing": one(link("l", "a/../x")) => Refused { source: LinkClimbs { .. }, .. },
        "a chain that leads out": archive([link("a", "b"), link("b", "c/d"), link("c/d", "../..")]) =>
            Refused { source: LinkOut { .. }, .. },
        "backslashes": one(link("l", "..\\..\\x")) => Refused { source: LinkTarget { .. }, .. },
        "drive": one(link("l", "C:\\x")) => Refused { source: LinkTarget { .. }, .. },
        "no target": one(link("l", "")) => Refused { source: LinkTarget { .. }, .. },
        "NUL": archive([Entry::new(b'K', "././@LongLink", "a\0b\0"), link("l", "a")]) =>
            Refused { source: LinkTarget { .. }, .. },
        "terminal escape": one(link("l", "a\x1b[2J")) => Refused { source: LinkTarget { .. }, .. },
        "not UTF-8": one(link("l", b"\xff")) => Refused { source: LinkTarget { .. }, .. },
        "itself": one(link("l", "l")) => Refused { source: LinkLoop { .. }, .. },
        "each other": archive([link("a", "b"), link("b", "a")]) => Refused { source: LinkLoop { .. }, .. },
        "round through a folder": archive([link("a/b", "../c/d"), link("c", "a/b")]) =>
            Refused { source: LinkLoop { .. }, .. },
        "through a file": archive([evil("a"), link("l", "a/b")]) => Refused { source: LinkThroughFile { .. }, .. },
        "with content": one(Entry::new(b'2', "l", "x").link_to(b"a")) => Refused { source: UnexpectedContent, .. },
    }
}

#[test]
fn writing_through_links_is_refused() {
    refuse! { TarGz;
        "file": archive([link("l", "../sentinel"), evil("l/file")]) => Refused { source: ThroughLink { .. }, .. },
        "file through a link inside": archive([Entry::folder("a/"), link("l", "a"), evil("l/x")]) =>
            Refused { source: ThroughLink { .. }, .. },
        "folder": archive([link("l", "a"), Entry::folder("l/b/")]) => Refused { source: ThroughLink { .. }, .. },
        "link": archive([link("l", "a"), link("l/m", "x")]) => Refused { source: ThroughLink { .. }, .. },
        "hard link": archive([evil("f"), link("l", "a"), hard("l/m", "f")]) =>
            Refused { source: ThroughLink { .. }, .. },
        "in another case": archive([link("L", "a"), evil("l/x")]) => Refused { source: Duplicate { .. }, .. },
        "file over a link": archive([link("l", "../sentinel/file"), evil("l")]) =>
            Refused { source: Duplicate { .. }, .. },
        "folder over a link": archive([link("l", "../sentinel"), Entry::folder("l/")]) =>
            Refused { source: FileAndFolder, .. },
        "link over a folder": archive([evil("a/b"), link("a", "c")]) => Refused { source: FileAndFolder, .. },
        "link over a file": archive([evil("a"), link("a", "c")]) => Refused { source: Duplicate { .. }, .. },
    }
}

#[test]
fn hard_links_to_anything_but_earlier_files_are_refused() {
    refuse! { TarGz;
        "outside": one(hard("l", "../sentinel/file")) => Refused { source: HardLink { .. }, .. },
        "absolute": one(hard("l", "/etc/passwd")) => Refused { source: HardLink { .. }, .. },
        "missing": one(hard("l", "a")) => Refused { source: HardLink { .. }, .. },
        "later": archive([hard("l", "a"), evil("a")]) => Refused { source: HardLink { .. }, .. },
        "itself": one(hard("l", "l")) => Refused { source: HardLink { .. }, .. },
        "folder": archive([Entry::folder("a/"), hard("l", "a")]) => Refused { source: HardLink { .. }, .. },
        "root": one(hard("l", ".")) => Refused { source: HardLink { .. }, .. },
        "symbolic link": archive([evil("a"), link("s", "a"), hard("l", "s")]) =>
            Refused { source: HardLink { .. }, .. },
        "through a symbolic link": archive([evil("a/f"), link("s", "a"), hard("l", "s/f")]) =>
            Refused { source: HardLink { .. }, .. },
        "in another case": archive([evil("a"), hard("l", "A")]) => Refused { source: HardLink { .. }, .. },
        "no target": archive([evil("a"), hard("l", "")]) => Refused { source: HardLink { .. }, .. },
        "same name": archive([evil("a"), hard("a", "a")]) => Refused { source: Duplicate { .. }, .. },
        "with content": archive([evil("a"), Entry::new(b'1', "l", "x").link_to(b"a")]) =>
            Refused { source: UnexpectedContent, .. },
    }
}

#[test]
fn entries_of_other_types_are_refused() {
    let sparse = |key: &str| {
        archive([
            Entry::extension(&[(key, b"1")]),
            evil("GNUSparseFile.0/a").posix(),
        ])
    };
    refuse! { TarGz;
        "character device": one(Entry::new(b'3', "null", "")) => Refused { source: Device, .. },
        "block device": one(Entry::new(b'4', "disk", "")) => Refused { source: Device, .. },
        "named pipe": one(Entry::new(b'6', "pipe", "")) => Refused { source: Fifo, .. },
        "sparse file": one(Entry::new(b'S', "big", "")) => Refused { source: Sparse, .. },
        "sparse by extension header": sparse("GNU.sparse.major") => Refused { source: Sparse, .. },
        "sparse by the old header": sparse("GNU.sparse.size") => Refused { source: Sparse, .. },
        "sparse by another archiver": sparse("SCHILY.realsize") => Refused { source: Sparse, .. },
        "type Z": one(Entry::new(b'Z', "a", "x")) => Refused { source: UnknownType { .. }, .. },
        "folder dump": one(Entry::new(b'D', "a", "")) => Refused { source: UnknownType { .. }, .. },
        "volume label": one(Entry::new(b'V', "a", "")) => Refused { source: UnknownType { .. }, .. },
        "continued file": one(Entry::new(b'M', "a", "x")) => Refused { source: UnknownType { .. }, .. },
        "type that writes to a terminal": one(Entry::new(0x1b, "a", "")) =>
            Refused { source: UnknownType { .. }, .. },
        "folder with content": one(Entry::new(b'5', "a", "x")) => Refused { source: UnexpectedContent, .. },
        "file with a target": one(evil("a").link_to(b"b")) =>
            Refused { source: EntryProblem::Contradiction { field: "type" }, .. },
    }
}

#[test]
fn names_that_collide_are_refused() {
    let two = |first: &str, second: &str| archive([evil(first), evil(second)]);
    refuse! { TarGz;
        "same file": two("a", "a") => Refused { source: Duplicate { .. }, .. },
        "same file after dot": two("a", "./a") => Refused { source: Duplicate { .. }, .. },
        "case": two("Tool", "tool") => Refused { source: Duplicate { .. }, .. },
        "case of a folder": two("bin/a", "Bin/b") => Refused { source: Duplicate { .. }, .. },
        "composed accent": two("\u{e9}", "e\u{301}") => Refused { source: Duplicate { .. }, .. },
        "sharp s": two("straße", "STRASSE") => Refused { source: Duplicate { .. }, .. },
        "Kelvin sign": two("\u{212a}", "k") => Refused { source: Duplicate { .. }, .. },
        "file and folder": two("a", "a/b") => Refused { source: FileAndFolder, .. },
        "folder and file": two("a/b", "a") => Refused { source: FileAndFolder, .. },
        "folder in another case": archive([Entry::folder("a/"), Entry::folder("A/")]) =>
            Refused { source: Duplicate { .. }, .. },
    }
}

#[test]
fn malformed_headers_are_refused() {
    let extension =
        |content: &str| archive([Entry::new(b'x', "x", content).posix(), evil("a").posix()]);
    refuse! { TarGz;
        "checksum": archive([evil("a"), evil("b").with_stale_checksum(0, b"c")]) =>
            Structure { field: "checksum", .. },
        "magic": one(evil("a").with(257, b"nothing!")) => Structure { field: "magic", .. },
        "negative size": one(evil("a").size_field(b"-0000000001\0")) => Structure { field: "size", .. },
        "binary size": one(evil("a").size_field(b"\x80\0\0\0\0\0\0\0\0\0\0\x04")) =>
            Structure { field: "size", .. },
        "no size": one(evil("a").size_field(&[0; 12])) => Structure { field: "size", .. },
        "text after the target": one(link("l", "a\0b")) => Structure { field: "linkname", .. },
        "other size in an extension header": archive([Entry::extension(&[("size", b"9")]), evil("a").posix()]) =>
            Refused { source: EntryProblem::Contradiction { field: "size" }, .. },
        "size that is not a number": archive([Entry::extension(&[("size", b"-1")]), evil("a").posix()]) =>
            Structure { field: "size", .. },
        "two paths in one": archive([Entry::extension(&[("path", b"a"), ("path", b"b")]), evil("a")]) =>
            Structure { field: "path", .. },
        "two long names": archive([Entry::long_name("a"), Entry::long_name("b"), evil("a")]) =>
            Structure { field: "path", .. },
        "long name and extension": archive([Entry::long_name("a"), Entry::extension(&[("path", b"b")]), evil("a")]) =>
            Structure { field: "path", .. },
        "path for all": archive([Entry::global_extension(&[("path", b"b")]), evil("a")]) =>
            Structure { field: "global path", .. },
        "size for all": archive([Entry::global_extension(&[("size", b"4")]), evil("a")]) =>
            Structure { field: "global path", .. },
        "record without a length": extension("path=a\n") => Structure { field: "records", .. },
        "record that is too long": extension("99 path=a\n") => Structure { field: "records", .. },
        "record without a key": extension("5 =b\n") => Structure { field: "records", .. },
        "description of nothing": archive([evil("a"), Entry::long_name("b")]) => Structure { field: "entry", .. },
        "long target of nothing": archive([evil("a"), Entry::new(b'K', "././@LongLink", "b\0")]) =>
            Structure { field: "entry", .. },
    }
}

#[test]
fn archives_that_are_not_whole_are_refused() {
    let whole = tar([evil("a"), evil("b")]);
    let packed = gzip(&whole);
    let mut wrong_checksum = packed.clone();
    let trailer = wrong_checksum.len() - 8;
    wrong_checksum[trailer] ^= 1;
    let mut hidden = open_tar([evil("a")]);
    hidden.resize(hidden.len() + BLOCK, 0);
    let mut header = open_tar([evil("b")]);
    seal(&mut header);
    refuse! { TarGz;
        "cut in the gzip stream": packed[..packed.len() / 2].to_vec() => Truncated,
        "cut in the trailer": packed[..packed.len() - 1].to_vec() => Truncated,
        "cut in the gzip header": packed[..5].to_vec() => Truncated,
        "one byte": packed[..1].to_vec() => Truncated,
        "cut in a header": gzip(&whole[..BLOCK * 2 + 100]) => Truncated,
        "cut in content": gzip(&whole[..BLOCK + 2]) => Truncated,
        "cut before the end marker": gzip(&whole[..BLOCK * 4]) => MissingEnd,
        "gzip of nothing": gzip(b"") => MissingEnd,
        "wrong gzip checksum": wrong_checksum => Compression { .. },
        "bytes after": [&packed[..], b"PK"].concat() => TrailingBytes,
        "zeros after": [&packed[..], &[0; 512]].concat() => TrailingBytes,
        "half a member after": [&packed[..], &[0x1f]].concat() => Truncated,
        "no member after": [&packed[..], &[0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9]].concat() => TrailingBytes,
        "a second archive after": [&packed[..], &gzip(&whole)].concat() => TrailingBytes,
        "an entry after the end": gzip(&[&whole[..], &header].concat()) => TrailingBytes,
        "an entry after one block of zeros": gzip(&[&hidden[..], &header].concat()) => TrailingBytes,
    }
}

#[test]
fn what_is_no_archive_is_named() {
    refuse! { TarGz;
        "HTML": b"<!DOCTYPE html><title>Not found</title>".to_vec() =>
            NotAnArchive { found: Content::Html, .. },
        "JSON": b"{\"message\": \"API rate limit exceeded\"}".to_vec() => NotAnArchive { found: Content::Json, .. },
        "empty": Vec::new() => NotAnArchive { found: Content::Empty, .. },
        "zip": b"PK\x03\x04".to_vec() => NotAnArchive { found: Content::Zip, .. },
        "tar": tar([evil("a")]) => NotAnArchive { found: Content::Tar, .. },
        "program": b"\x7fELF\x02\x01\x01".to_vec() => NotAnArchive { found: Content::Program, .. },
        "gzip of a program": gzip(&[&b"\x7fELF"[..], &[1; 1000]].concat()) =>
            NotAnArchive { found: Content::Gzip, .. },
    }
    let yard = Yard::new();
    let page = unpack(&yard, "page", TarGz, b"<html>").unwrap_err();
    assert_eq!(
        words(&page),
        "it is an HTML page, not a gzip-compressed tar archive"
    );
    assert!(page.hint().unwrap().contains("browser"));
    let out = unpack(&yard, "out", TarGz, &one(link("bin/l", "../../\u{e9}"))).unwrap_err();
    assert_eq!(
        words(&out),
        "the entry `bin/l` is refused: it is a link to `../../é`, which leads out of the archive"
    );
}
