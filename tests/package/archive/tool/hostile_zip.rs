//! Zip archives of tools that must be refused, each for its own reason.

use annexe::archive::{
    PathError::{Absolute, Character, ComponentTooLong, Current, Empty, EmptyComponent, Parent},
    tool::{
        Content,
        EntryProblem::{
            self, AbsoluteLink, Checksum, Contradiction, Device, Duplicate, Encrypted, Fifo,
            FileAndFolder, LinkClimbs, LinkLoop, LinkOut, LinkTarget, LinkThroughFile, Method,
            NotUtf8, Overlap, Size, Socket, ThroughLink, UnexpectedContent, UnknownType,
        },
        ToolArchiveError::{
            Compression, Entry as Refused, Limit, NotAnArchive, Structure, TrailingBytes, Truncated,
        },
        ToolLimit,
    },
};

use super::{
    Format::Zip,
    refuse, unpack, words,
    zip_build::{Item, ZipFile, zip, zip64_extra},
};
use crate::archive::place::Place;

fn evil(name: impl AsRef<[u8]>) -> Item {
    Item::file(name, "evil")
}

fn one(item: Item) -> Vec<u8> {
    zip(vec![item])
}

fn changed(change: impl FnOnce(&mut ZipFile)) -> Vec<u8> {
    let mut file = ZipFile::new(vec![evil("a"), evil("b")]);
    change(&mut file);
    file.build()
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    refuse! { Zip;
        "parent": one(evil("../sentinel/file")) => Refused { source: EntryProblem::Path(Parent), .. },
        "parent inside": one(evil("a/../../x")) => Refused { source: EntryProblem::Path(Parent), .. },
        "parent that stays": one(evil("a/../b")) => Refused { source: EntryProblem::Path(Parent), .. },
        "parent folder": one(Item::folder("../new/")) => Refused { source: EntryProblem::Path(Parent), .. },
        "absolute": one(evil("/etc/x")) => Refused { source: EntryProblem::Path(Absolute), .. },
        "server share": one(evil("//server/x")) => Refused { source: EntryProblem::Path(Absolute), .. },
        "root": one(Item::folder("/")) => Refused { source: EntryProblem::Path(Absolute), .. },
        "backslash": one(evil("a\\..\\..\\x")) =>
            Refused { source: EntryProblem::Path(Character { character: '\\' }), .. },
        "device path": one(evil("\\\\?\\C:\\x")) => Refused { source: EntryProblem::Path(Character { .. }), .. },
        "NUL": one(evil("a\0b")) => Refused { source: EntryProblem::Path(Character { character: '\0' }), .. },
        "terminal escape": one(evil("a\x1b[2Jb")) => Refused { source: EntryProblem::Path(Character { .. }), .. },
        "no name": one(evil("")) => Refused { source: EntryProblem::Path(Empty), .. },
        "dot inside": one(evil("a/./b")) => Refused { source: EntryProblem::Path(Current), .. },
        "empty component": one(evil("a//b")) => Refused { source: EntryProblem::Path(EmptyComponent), .. },
        "not UTF-8": one(evil(b"caf\x82")) => Refused { source: NotUtf8, .. },
        "component of 256 bytes": one(evil("a".repeat(256))) =>
            Refused { source: EntryProblem::Path(ComponentTooLong { .. }), .. },
        "path of 5000 bytes": one(evil("a/".repeat(2500))) => Limit { limit: ToolLimit::PathBytes, .. },
        "other path in an extra field": one(evil("a").with(|item| {
            item.extra = [&[0x75, 0x70, 9, 0, 1, 0, 0, 0, 0][..], b"../x"].concat();
        })) => Refused { source: Contradiction { field: "path" }, .. },
    }
}

#[test]
fn links_that_lead_out_are_refused() {
    fn link(name: &str, target: impl AsRef<[u8]>) -> Item {
        Item::link(name, target)
    }
    refuse! { Zip;
        "parent": one(link("l", "../sentinel")) => Refused { source: LinkOut { .. }, .. },
        "parent, compressed": one(link("l", "../sentinel").deflated()) => Refused { source: LinkOut { .. }, .. },
        "absolute": one(link("l", "/etc/passwd")) => Refused { source: AbsoluteLink { .. }, .. },
        "parent behind a link": zip(vec![evil("a/b/c"), link("d", "a/b"), link("l", "d/../../../x")]) =>
            Refused { source: LinkClimbs { .. }, .. },
        "backslashes": one(link("l", "..\\x")) => Refused { source: LinkTarget { .. }, .. },
        "no target": one(link("l", "")) => Refused { source: LinkTarget { .. }, .. },
        "NUL": one(link("l", "a\0")) => Refused { source: LinkTarget { .. }, .. },
        "not UTF-8": one(link("l", b"\xff")) => Refused { source: LinkTarget { .. }, .. },
        "loop": zip(vec![link("a", "b"), link("b", "a")]) => Refused { source: LinkLoop { .. }, .. },
        "through a file": zip(vec![evil("a"), link("l", "a/b")]) => Refused { source: LinkThroughFile { .. }, .. },
        "written through": zip(vec![link("l", "../sentinel"), evil("l/file")]) =>
            Refused { source: ThroughLink { .. }, .. },
        "file over a link": zip(vec![link("l", "../sentinel/file"), evil("l")]) =>
            Refused { source: Duplicate { .. }, .. },
        "endless target": one(link("l", "a/".repeat(100_000)).deflated()) =>
            Limit { limit: ToolLimit::PathBytes, .. },
        "link that is a folder": one(link("l/", "a")) => Refused { source: Contradiction { field: "type" }, .. },
    }
}

#[test]
fn entries_that_are_no_files_are_refused() {
    let of_mode = |mode| one(Item::file("a", "").mode(mode));
    refuse! { Zip;
        "character device": of_mode(0o020_666) => Refused { source: Device, .. },
        "block device": of_mode(0o060_666) => Refused { source: Device, .. },
        "named pipe": of_mode(0o010_666) => Refused { source: Fifo, .. },
        "socket": of_mode(0o140_666) => Refused { source: Socket, .. },
        "unknown type": of_mode(0o150_666) => Refused { source: UnknownType { .. }, .. },
        "folder without a slash": of_mode(0o040_755) => Refused { source: Contradiction { field: "type" }, .. },
        "file with a slash": one(Item::file("a/", "").mode(0o100_644)) =>
            Refused { source: Contradiction { field: "type" }, .. },
        "folder with content": one(evil("a/").mode(0o040_755)) => Refused { source: UnexpectedContent, .. },
        "encrypted": one(evil("a").with(|item| item.both(|numbers| numbers.flags |= 1))) =>
            Refused { source: Encrypted, .. },
        "strongly encrypted": one(evil("a").with(|item| item.both(|numbers| numbers.flags |= 1 << 6))) =>
            Refused { source: Encrypted, .. },
        "encrypted directory": one(evil("a").with(|item| item.both(|numbers| numbers.flags |= 1 << 13))) =>
            Refused { source: Encrypted, .. },
        "encrypted by AES": one(evil("a").with(|item| item.both(|numbers| numbers.method = 99))) =>
            Refused { source: Encrypted, .. },
        "patch": one(evil("a").with(|item| item.both(|numbers| numbers.flags |= 1 << 5))) =>
            Refused { source: Method { .. }, .. },
        "bzip2": one(evil("a").with(|item| item.both(|numbers| numbers.method = 12))) =>
            Refused { source: Method { .. }, .. },
        "unknown method": one(evil("a").with(|item| item.both(|numbers| numbers.method = 77))) =>
            Refused { source: Method { .. }, .. },
    }
    let lzma = one(evil("a").with(|item| item.both(|numbers| numbers.method = 14)));
    let error = unpack(&Place::new(), "LZMA", Zip, &lzma).unwrap_err();
    let expected = "the entry `a` is refused: it is compressed by LZMA, which is not supported";
    assert_eq!(words(&error), expected);
}

#[test]
fn names_that_collide_are_refused() {
    let two = |first: &str, second: &str| zip(vec![evil(first), evil(second)]);
    refuse! { Zip;
        "same file": two("a", "a") => Refused { source: Duplicate { .. }, .. },
        "case": two("Tool", "tool") => Refused { source: Duplicate { .. }, .. },
        "case of a folder": two("bin/a", "Bin/b") => Refused { source: Duplicate { .. }, .. },
        "composed accent": two("\u{e9}", "e\u{301}") => Refused { source: Duplicate { .. }, .. },
        "file and folder": two("a", "a/b") => Refused { source: FileAndFolder, .. },
        "folder and file": two("a/b", "a") => Refused { source: FileAndFolder, .. },
        "file and its folder": zip(vec![evil("a"), Item::folder("a/")]) => Refused { source: FileAndFolder, .. },
    }
}

#[test]
fn lies_about_content_are_refused() {
    let lie = |change: fn(&mut Item)| {
        one(Item::file("a", "evil evil evil evil")
            .deflated()
            .with(change))
    };
    let lie_stored = |change: fn(&mut Item)| one(evil("a").with(change));
    refuse! { Zip;
        "local size": lie(|item| item.local.size += 1) => Refused { source: Contradiction { field: "size" }, .. },
        "local compressed size": lie(|item| item.local.compressed -= 1) =>
            Refused { source: Contradiction { field: "size" }, .. },
        "local sizes of zero": lie(|item| (item.local.size, item.local.compressed) = (0, 0)) =>
            Refused { source: Contradiction { field: "size" }, .. },
        "local checksum": lie(|item| item.local.checksum ^= 1) =>
            Refused { source: Contradiction { field: "checksum" }, .. },
        "local name": lie(|item| item.local_name = b"../x".to_vec()) =>
            Refused { source: Contradiction { field: "path" }, .. },
        "local method": lie(|item| item.local.method = 0) =>
            Refused { source: Contradiction { field: "compression" }, .. },
        "local encryption": lie(|item| item.local.flags |= 1) =>
            Refused { source: Contradiction { field: "flags" }, .. },
        "descriptor in one place": lie(|item| item.local.flags |= 1 << 3) =>
            Refused { source: Contradiction { field: "flags" }, .. },
        "descriptor with another size": one(evil("a").streamed(true).with(|item| item.descriptor[12] ^= 1)) =>
            Refused { source: Contradiction { field: "size" }, .. },
        "descriptor with another checksum": one(evil("a").streamed(false).with(|item| item.descriptor[0] ^= 1)) =>
            Refused { source: Contradiction { field: "size" }, .. },
        "no descriptor": one(evil("a").streamed(true).with(|item| item.descriptor.clear())) =>
            Refused { source: Contradiction { field: "size" }, .. },
        "both sizes too small": lie(|item| item.both(|numbers| numbers.size -= 1)) =>
            Refused { source: Size, .. },
        "both sizes too large": lie(|item| item.both(|numbers| numbers.size += 1)) =>
            Refused { source: Size, .. },
        "cut content": lie(|item| item.both(|numbers| numbers.compressed -= 3)) => Refused { source: Size, .. },
        "bytes after the content": lie(|item| {
            item.content.push(0);
            item.both(|numbers| numbers.compressed += 1);
        }) => Refused { source: Size, .. },
        "both checksums": lie(|item| item.both(|numbers| numbers.checksum ^= 1)) =>
            Refused { source: Checksum, .. },
        "stored with two sizes": lie_stored(|item| item.both(|numbers| numbers.size += 1)) =>
            Refused { source: Contradiction { field: "size" }, .. },
        "stored checksum": lie_stored(|item| item.both(|numbers| numbers.checksum = 0)) =>
            Refused { source: Checksum, .. },
        "damaged content": lie(|item| item.content[0] = 0xff) => Compression { .. },
        "long sizes that are missing": lie(|item| item.both(|numbers| numbers.size = u32::MAX)) =>
            Refused { source: Contradiction { field: "size" }, .. },
        "long sizes that differ": lie(|item| {
            item.long_numbers();
            item.local_extra = zip64_extra(&[1, 2]);
        }) => Refused { source: Contradiction { field: "size" }, .. },
        "long sizes beside short ones": lie(|item| item.extra = zip64_extra(&[1, 2, 3])) =>
            Refused { source: Contradiction { field: "size" }, .. },
        "two long sizes": lie(|item| {
            item.extra = [zip64_extra(&[1, 2, 0]), zip64_extra(&[1, 2, 0])].concat();
            item.central.size = u32::MAX;
        }) => Refused { source: Contradiction { field: "size" }, .. },
        "long compressed size beyond everything": lie(|item| {
            item.extra = zip64_extra(&[u64::MAX - 5]);
            item.local_extra = zip64_extra(&[u64::MAX - 5]);
            item.both(|numbers| numbers.compressed = u32::MAX);
        }) => Refused { source: Overlap, .. },
        "extra fields beyond their end": lie(|item| item.extra = vec![9, 9, 200, 0]) =>
            Refused { source: Contradiction { field: "size" }, .. },
    }
}

#[test]
fn content_that_overlaps_is_refused() {
    let bomb = Item::file("b", "evil").with(|item| item.offset = Some(0));
    let mut inner = Item::file("a", one(evil("b")));
    inner.offset = None;
    let inside = evil("b").with(|item| item.offset = Some(31));
    refuse! { Zip;
        "same content with another name": zip(vec![evil("a"), bomb]) =>
            Refused { source: Contradiction { field: "path" }, .. },
        "same content twice": zip(vec![evil("a"), evil("a").with(|item| item.offset = Some(0))]) =>
            Refused { source: Overlap, .. },
        "an entry within another": zip(vec![inner, inside]) => Refused { source: Overlap, .. },
        "content over the directory": zip(vec![evil("a").with(|item| {
            item.both(|numbers| (numbers.size, numbers.compressed) = (40, 40));
        })]) => Refused { source: Overlap, .. },
        "offset in the directory": zip(vec![evil("a"), evil("b").with(|item| item.offset = Some(70))]) =>
            Refused { source: Overlap, .. },
        "offset beyond the end": one(evil("a").with(|item| item.offset = Some(1 << 30))) =>
            Refused { source: Overlap, .. },
        "offset beside a header": zip(vec![evil("a"), evil("b").with(|item| item.offset = Some(1))]) =>
            Structure { structure: "local header", field: "signature", .. },
    }
}

#[test]
fn lies_about_the_directory_are_refused() {
    refuse! { Zip;
        "more entries": changed(|file| file.entries = Some(3)) => Structure { field: "count", .. },
        "fewer entries": changed(|file| file.entries = Some(1)) => Structure { field: "count", .. },
        "no entries": changed(|file| file.entries = Some(0)) => Structure { field: "count", .. },
        "entries elsewhere": changed(|file| file.entries_here = Some(1)) => Structure { field: "disk", .. },
        "another disk": changed(|file| file.disk = 1) => Structure { field: "disk", .. },
        "entry on another disk": one(evil("a").with(|item| item.disk = 1)) => Structure { field: "disk", .. },
        "directory elsewhere": changed(|file| file.offset = Some(0)) =>
            Structure { field: "directory offset", .. },
        "directory too short": changed(|file| file.size = Some(10)) => Structure { field: "directory offset", .. },
        "bytes behind the directory": changed(|file| file.gap = vec![0; 9]) =>
            Structure { field: "directory offset", .. },
        "bytes before the archive": [&b"#!/bin/sh\n"[..], &zip(vec![evil("a")])].concat() =>
            Structure { field: "directory offset", .. },
        "two ends": changed(|file| {
            file.comment = zip(vec![]);
        }) => Structure { field: "comment", .. },
        "long end without a directory": changed(|file| {
            file.zip64 = true;
            file.locator_offset = Some(0);
        }) => Structure { field: "zip64 offset", .. },
        "long end beyond everything": changed(|file| {
            file.zip64 = true;
            file.locator_offset = Some(u64::MAX);
        }) => Structure { field: "zip64 offset", .. },
        "long end with other entries": changed(|file| {
            file.zip64 = true;
            file.long = Some(|numbers| numbers[0] = 1);
        }) => Structure { field: "count", .. },
        "long end with another directory": changed(|file| {
            file.zip64 = true;
            file.long = Some(|numbers| numbers[2] = 0);
        }) => Structure { field: "directory offset", .. },
        "long end with an endless directory": changed(|file| {
            file.zip64 = true;
            file.long = Some(|numbers| (numbers[1], numbers[2]) = (u64::MAX, 2));
        }) => Structure { field: "directory offset", .. },
        "long end with endless entries": changed(|file| {
            file.zip64 = true;
            file.long = Some(|numbers| numbers[0] = u64::MAX);
        }) => Limit { limit: ToolLimit::Entries, .. },
        "two ends that differ": changed(|file| {
            file.zip64 = true;
            file.entries = Some(1);
        }) => Structure { field: "zip64", .. },
        "unset without a long end": changed(|file| file.offset = Some(u32::MAX)) =>
            Structure { field: "directory offset", .. },
    }
}

#[test]
fn archives_that_are_not_whole_or_no_archives_are_refused() {
    let whole = zip(vec![evil("a"), evil("b")]);
    refuse! { Zip;
        "cut in content": whole[..40].to_vec() => Truncated,
        "cut in the directory": whole[..whole.len() - 40].to_vec() => Truncated,
        "cut in the end": whole[..whole.len() - 1].to_vec() => Truncated,
        "cut in the comment": changed(|file| file.comment_length = Some(9)) => Truncated,
        "bytes after": [&whole[..], b"x"].concat() => TrailingBytes,
        "empty": Vec::new() => NotAnArchive { found: Content::Empty, .. },
        "HTML": b"<!doctype html><p>Sign in".to_vec() => NotAnArchive { found: Content::Html, .. },
        "XML": b"<?xml version=\"1.0\"?><Error>".to_vec() => NotAnArchive { found: Content::Xml, .. },
        "JSON": b"[{\"message\": 1}]".to_vec() => NotAnArchive { found: Content::Json, .. },
        "gzip": crate::archive::build::gzip(b"x") => NotAnArchive { found: Content::Gzip, .. },
        "7z": b"7z\xbc\xaf\x27\x1c\0\x04".to_vec() => NotAnArchive { found: Content::SevenZip, .. },
        "text": b"Not Found".to_vec() => NotAnArchive { found: Content::Text, .. },
    }
    let page = unpack(&Place::new(), "page", Zip, b"<!DOCTYPE html>").unwrap_err();
    assert_eq!(words(&page), "it is an HTML page, not a zip archive");
}

#[test]
fn bombs_are_refused_before_anything_is_written() {
    let zeros = vec![0; 80 << 20];
    let bomb = one(Item::file("a", &zeros).deflated());
    let liar = one(Item::file("a", &zeros)
        .deflated()
        .with(|item| item.both(|numbers| numbers.size = 5)));
    let vast = one(evil("a").with(|item| {
        item.extra = zip64_extra(&[1 << 40]);
        item.local_extra = zip64_extra(&[1 << 40]);
        item.both(|numbers| (numbers.size, numbers.method) = (u32::MAX, 8));
    }));
    refuse! { Zip;
        "ratio": bomb => Limit { limit: ToolLimit::Ratio, .. },
        "more than declared": liar => Refused { source: Size, .. },
        "declared beyond the limit": vast => Limit { limit: ToolLimit::UnpackedBytes, .. },
    }
}
