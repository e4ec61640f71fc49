//! Archives that must be unpacked: the packer's own, and those of common archivers.

use std::{fs, io, process::Command};

use annexe::{
    archive::{self, ArchivePath, Error, Limits, Packed, Profile},
    digest::Sha256Digest,
};

use super::{
    build::{Entry, archive, gzip, tar},
    place::{Place, expected_tree, plant, tree},
};
use crate::support;

const FILES: &[(&str, &[u8])] = &[
    ("extension.toml", b"id = \"sample\"\n"),
    ("extension.wasm", b"\0asm\x0d\0\x01\0"),
    ("grammars/sample.wasm", &[7; 5000]),
    ("languages/sample/config.toml", b"name = \"Sample\"\n"),
    ("languages/sample/empty.scm", b""),
    ("themes/block.json", &[b'x'; 512]),
];

fn paths(files: &[(&str, &[u8])]) -> Vec<ArchivePath> {
    files
        .iter()
        .map(|(path, _)| ArchivePath::parse(path).unwrap())
        .collect()
}

fn pack(files: &[(&str, &[u8])], order: &[ArchivePath]) -> Result<(Vec<u8>, Packed), Error> {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path(), files);
    let mut bytes = Vec::new();
    let packed = archive::pack(folder.path(), order, &mut bytes)?;
    Ok((bytes, packed))
}

#[test]
fn what_was_packed_unpacks_to_the_same_bytes() {
    let (bytes, packed) = pack(FILES, &paths(FILES)).unwrap();
    assert_eq!(packed.sha256, Sha256Digest::of(&bytes));
    assert_eq!(packed.compressed_bytes, bytes.len() as u64);

    let (unpacked, inside) = Place::new().unpack("packed", &bytes).unwrap();
    assert_eq!(inside, expected_tree(FILES));
    assert_eq!(unpacked.profile, Profile::Canonical);
    assert_eq!((unpacked.files, unpacked.folders), (packed.files, 4));
    assert_eq!(unpacked.unpacked_bytes, packed.unpacked_bytes);
}

#[test]
fn packing_twice_gives_the_same_bytes_whatever_order_mode_or_time() {
    let (first, _) = pack(FILES, &paths(FILES)).unwrap();
    let mut reversed = paths(FILES);
    reversed.reverse();
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path(), FILES);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let executable = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path().join("extension.toml"), executable).unwrap();
    }
    let mut second = Vec::new();
    archive::pack(folder.path(), &reversed, &mut second).unwrap();
    assert_eq!(first, second);
    assert_eq!(first[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
}

#[test]
fn an_archive_of_nothing_is_canonical() {
    let (bytes, _) = pack(&[], &[]).unwrap();
    let (unpacked, inside) = Place::new().unpack("empty", &bytes).unwrap();
    assert_eq!((unpacked.profile, unpacked.files), (Profile::Canonical, 0));
    assert!(inside.is_empty());
}

#[test]
fn the_packer_refuses_what_the_reader_would() {
    let same = |path: &str| [(path.to_owned(), b"x")];
    for path in [
        "é".to_owned(),
        "n".repeat(101),
        format!("{}/{}", "p".repeat(156), "n".repeat(100)),
    ] {
        let files = same(&path);
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(path, content)| (path.as_str(), &content[..]))
            .collect();
        let error = pack(&files, &paths(&files)).unwrap_err();
        assert!(
            matches!(error, Error::NotCanonical { .. }),
            "{path}: {error:?}"
        );
    }
    let twice = [paths(&[("a", b"")]), paths(&[("a", b"")])].concat();
    assert!(matches!(
        pack(&[("a", b"")], &twice),
        Err(Error::Duplicate { .. })
    ));
    let cases: &[(&str, &[u8])] = &[("a", b""), ("A", b"")];
    assert!(matches!(
        pack(cases, &paths(cases)),
        Err(Error::Duplicate { .. })
    ));
    let missing = pack(&[], &paths(&[("a", b"")])).unwrap_err();
    assert!(
        matches!(&missing, Error::File(error) if error.is_not_found()),
        "{missing:?}"
    );
    let folder = pack(&[("a/b", b"")], &paths(&[("a", b"")])).unwrap_err();
    assert!(matches!(folder, Error::NotAFile { .. }), "{folder:?}");
    let zeros = pack(&[("zeros", &vec![0; 32 << 20])], &paths(&[("zeros", b"")])).unwrap_err();
    assert!(
        matches!(
            zeros,
            Error::Limit {
                limit: archive::Limit::Ratio,
                ..
            }
        ),
        "{zeros:?}"
    );
}

#[cfg(unix)]
#[test]
fn the_packer_follows_no_links() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path(), &[("real/file", b"x")]);
    std::os::unix::fs::symlink("real", folder.path().join("linked")).unwrap();
    std::os::unix::fs::symlink("real/file", folder.path().join("link")).unwrap();
    for path in ["linked/file", "link"] {
        let error = archive::pack(folder.path(), &paths(&[(path, b"")]), io::sink()).unwrap_err();
        assert!(matches!(error, Error::NotAFile { .. }), "{path}: {error:?}");
    }
}

#[test]
fn a_writer_that_fails_is_named() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = archive::pack(&std::env::temp_dir(), &[], Full).unwrap_err();
    assert!(
        matches!(error, Error::Write { .. }) && !error.is_refusal(),
        "{error:?}"
    );
}

#[test]
fn every_deviation_from_the_packer_makes_an_archive_compatible() {
    let place = Place::new();
    let (bytes, _) = pack(FILES, &paths(FILES)).unwrap();
    let mut plain = Vec::new();
    io::copy(
        &mut flate2::read::GzDecoder::new(bytes.as_slice()),
        &mut plain,
    )
    .unwrap();
    let first = plain[..1024].to_vec();
    let profile = |name: &str, bytes: &[u8]| place.unpack(name, bytes).unwrap().0.profile;

    assert_eq!(
        profile("other gzip header", &gzip(&plain)),
        Profile::Compatible
    );
    let canonically = |tar: &[u8]| {
        let mut bytes = gzip(tar);
        bytes[..10].copy_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
        bytes
    };
    assert_eq!(
        profile("same gzip header", &canonically(&plain)),
        Profile::Canonical
    );
    let padded = [&plain[..], &[0; 512]].concat();
    assert_eq!(
        profile("more zeros", &canonically(&padded)),
        Profile::Compatible
    );
    let unsorted = [&plain[1024..plain.len() - 1024], &first, &[0; 1024]].concat();
    assert_eq!(
        profile("unsorted", &canonically(&unsorted)),
        Profile::Compatible
    );
    for (name, offset, bytes) in [
        ("mode", 100, &b"0000755"[..]),
        ("owner", 108, b"0001750"),
        ("owner's name", 265, b"root"),
        ("time", 136, b"14524770531"),
    ] {
        let mut changed = plain.clone();
        changed[offset..offset + bytes.len()].copy_from_slice(bytes);
        super::build::seal(&mut changed[..512]);
        assert_eq!(
            profile(name, &canonically(&changed)),
            Profile::Compatible,
            "{name}"
        );
    }
    let global = [tar([Entry::global_extension(&[])])[..512].to_vec(), plain].concat();
    assert_eq!(
        profile("global header", &canonically(&global)),
        Profile::Compatible
    );
}

#[test]
fn what_gnu_tar_writes_is_unpacked() {
    let long = format!("languages/{}/{}", "l".repeat(120), "config.toml");
    let mut bytes = tar([
        Entry::folder("./").with(100, b"0000700"),
        Entry::folder("./languages/").with(100, b"0000000"),
        Entry::long_name(format!("./languages/{}/", "l".repeat(120))),
        Entry::folder(format!("./languages/{}", "l".repeat(88))),
        Entry::long_name(format!("./{long}")),
        Entry::file(format!("./languages/{}", "l".repeat(88)), "name").with(100, b"0006777"),
        Entry::file("./größe.md", "ü").with(136, b"\x80\0\0\0\0\0\0\0\0\0\0\x01"),
        Entry::file("./.hidden", "").with(108, b"\x80\0\0\0\0\x30\0\0"),
    ]);
    bytes.resize(bytes.len().next_multiple_of(10 << 10), 0);
    let (unpacked, inside) = Place::new().unpack("GNU tar", &gzip(&bytes)).unwrap();
    assert_eq!(unpacked.profile, Profile::Compatible);
    let expected: &[(&str, &[u8])] = &[
        (&long, b"name"),
        ("größe.md", "ü".as_bytes()),
        (".hidden", b""),
    ];
    assert_eq!(inside, expected_tree(expected));
}

#[test]
fn what_python_and_macos_write_is_unpacked() {
    let long = "n".repeat(200);
    let bytes = archive([
        Entry::global_extension(&[("comment", b"0123abcd")]),
        Entry::extension(&[("mtime", b"1700000000.5")]),
        Entry::folder(".").posix(),
        Entry::extension(&[("path", format!("./{long}").as_bytes()), ("mtime", b"1.5")]),
        Entry::file("./nnn", "long").posix(),
        Entry::extension(&[
            ("hdrcharset", b"ISO-IR 10646 2000 UTF-8"),
            ("uname", "jürgen".as_bytes()),
            ("uid", b"4294967294"),
            ("LIBARCHIVE.xattr.com.apple.provenance", b"AQAA="),
            ("SCHILY.xattr.com.apple.provenance", b"\x01\0\n="),
            ("SCHILY.fflags", b"hidden"),
        ]),
        Entry::file("./a", "a").posix(),
        Entry::file("./._a", "apple double").posix(),
        Entry::file("file", "prefixed")
            .posix()
            .with(345, b"./folder/inner"),
    ]);
    let (unpacked, inside) = Place::new().unpack("PAX", &bytes).unwrap();
    assert_eq!(unpacked.profile, Profile::Compatible);
    let expected: &[(&str, &[u8])] = &[
        (&long, b"long"),
        ("a", b"a"),
        ("._a", b"apple double"),
        ("folder/inner/file", b"prefixed"),
    ];
    assert_eq!(inside, expected_tree(expected));
}

#[test]
fn the_systems_own_archivers_agree() {
    let files = [FILES, &[("größe/ü.md", b"umlaut".as_slice())]].concat();
    let long = format!("languages/{}/{}.toml", "l".repeat(90), "m".repeat(90));
    let files = [files.as_slice(), &[(long.as_str(), b"long".as_slice())]].concat();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    plant(&source, &files);
    let target = folder.path().join("archive.tar.gz");

    let python = "import sys, tarfile\nwith tarfile.open(sys.argv[1], 'w:gz') as archive: \
                  archive.add(sys.argv[2], '.')";
    let programs: [(&str, &str, &str, &[&str]); 6] = [
        ("tar", "tar", "tar", &["-czf"]),
        ("tar as ustar", "tar", "tar", &["--format=ustar", "-czf"]),
        ("tar as POSIX", "tar", "tar", &["--format=posix", "-czf"]),
        ("tar in C", "tar", "env", &["LC_ALL=C", "tar", "-czf"]),
        ("bsdtar", "bsdtar", "bsdtar", &["-czf"]),
        ("python", "python3", "python3", &["-c", python]),
    ];
    for (name, need, program, arguments) in programs {
        let _ = fs::remove_file(&target);
        let mut command = Command::new(program);
        command.args(arguments).arg(&target);
        if name == "python" {
            command.arg(&source);
        } else {
            command.arg("-C").arg(&source).arg(".");
        }
        if !command.output().is_ok_and(|output| output.status.success()) {
            let reason = format!("{name}: `{need}` is missing or does not know its options");
            support::skip(need, reason);
            continue;
        }
        let place = Place::new();
        let (unpacked, inside) = place.unpack(name, &fs::read(&target).unwrap()).unwrap();
        assert_eq!(unpacked.profile, Profile::Compatible, "{name}");
        assert_eq!(inside, expected_tree(&files), "{name}");
    }
}

#[test]
fn other_readers_understand_what_is_packed() {
    let long = format!("{}/{}", "p".repeat(155), "n".repeat(100));
    let files = [FILES, &[(long.as_str(), b"long".as_slice())]].concat();
    let (bytes, _) = pack(&files, &paths(&files)).unwrap();

    let by_crate = tempfile::tempdir().unwrap();
    let decoder = flate2::read::MultiGzDecoder::new(bytes.as_slice());
    tar::Archive::new(decoder).unpack(by_crate.path()).unwrap();
    assert_eq!(tree(by_crate.path()), expected_tree(&files));

    let by_program = tempfile::tempdir().unwrap();
    let packed = by_program.path().join("packed.tar.gz");
    fs::write(&packed, &bytes).unwrap();
    let target = by_program.path().join("target");
    fs::create_dir(&target).unwrap();
    let output = Command::new("tar")
        .arg("-xzf")
        .arg(&packed)
        .arg("-C")
        .arg(&target)
        .output();
    let Ok(output) = output else {
        return support::skip("tar", "there is no tar");
    };
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    assert_eq!(tree(&target), expected_tree(&files));
}

#[test]
fn a_reader_that_gives_one_byte_at_a_time_changes_nothing() {
    struct Trickle<'a>(&'a [u8], bool);
    impl io::Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let length = self.0.len().min(buffer.len()).min(1);
            io::Read::read(&mut self.0, &mut buffer[..length])
        }
    }
    let (bytes, _) = pack(FILES, &paths(FILES)).unwrap();
    let place = Place::new();
    let unpacked =
        archive::unpack(Trickle(&bytes, false), &place.staging(), &Limits::default()).unwrap();
    assert_eq!(unpacked.profile, Profile::Canonical);
    assert_eq!(tree(&place.staging()), expected_tree(FILES));
}
