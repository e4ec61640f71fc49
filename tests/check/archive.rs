//! Archives: what is refused, and what is milder in one that is there already.

use std::io::Write as _;

use annexe::{
    archive::{self, ArchivePath, Limits},
    check::{self, Checked, Ruleset},
    manifest::{Manifest, files},
};

use crate::{Folder, told};

/// Unpacks an archive and checks it as the command does.
pub fn of(archive: &[u8], limits: &Limits) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    match archive::unpack(archive, folder.path(), limits) {
        Ok(unpacked) => check::unpacked(folder.path(), &unpacked, Ruleset::Annexe),
        Err(error) => check::refused(&error),
    }
}

/// A folder as the packer writes it.
pub fn packed(folder: &Folder) -> Vec<u8> {
    let manifest = Manifest::from_folder(folder.0.path()).unwrap().manifest;
    let members = files(folder.0.path(), &manifest).unwrap();
    let members: Vec<_> = members
        .iter()
        .map(|path| ArchivePath::parse(path.as_str()).unwrap())
        .collect();
    let mut archive = Vec::new();
    archive::pack(folder.0.path(), &members, &mut archive).unwrap();
    archive
}

/// A folder as plain `tar` writes it.
pub fn foreign(folder: &Folder) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all(".", folder.0.path()).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_archive_of_ours_is_clean_and_anothers_is_noted() {
    let folder = Folder::new("");
    assert_eq!(of(&packed(&folder), &Limits::default()).findings, []);
    let found = of(&foreign(&folder), &Limits::default()).findings;
    assert_eq!(told(&found), ["note[archive-foreign]"]);
}

#[test]
fn what_nobody_can_put_into_an_archive_any_more_is_a_note() {
    let folder = Folder::new("")
        .with("languages/m/ä.md", "")
        .with("languages/m/config.toml", "name = \"M\"\n");
    let found = of(&foreign(&folder.without("LICENSE")), &Limits::default()).findings;
    assert_eq!(
        told(&found),
        ["note[archive-foreign]", "note[licence-missing] LICENSE"]
    );
}

#[test]
fn what_an_archive_lacks_is_an_error_there() {
    let rest = "[language_servers.a]\nlanguages = [\"A\"]\n[grammars.a]\nrepository = \"https://example.org/a\"\nrev = \"0123456789abcdef0123456789abcdef01234567\"\n";
    let folder = Folder::new(rest).with("Cargo.toml", "");
    let found = of(&foreign(&folder), &Limits::default()).findings;
    assert_eq!(
        told(&found),
        [
            "note[archive-foreign]",
            "error[component-missing] extension.toml:8:2 (language_servers)",
            "error[file-missing] extension.toml:10:1 (grammars.a)",
        ]
    );
}

#[test]
fn a_refused_archive_is_told_why() {
    let archive = packed(&Folder::new(""));
    let of = |bytes: &[u8], limits: &Limits| {
        let checked = of(bytes, limits);
        assert!(!checked.passes());
        told(&checked.findings)
    };
    let cut = &archive[..archive.len() - 9];
    assert_eq!(of(cut, &Limits::default()), ["error[archive-invalid]"]);
    assert_eq!(
        of(b"no gzip", &Limits::default()),
        ["error[archive-invalid]"]
    );
    let few = Limits {
        files: 1,
        ..Limits::default()
    };
    assert_eq!(of(&archive, &few), ["error[archive-limit]"]);
}

#[test]
fn a_version_is_greater_than_the_newest_that_is_published() {
    let compared = |newest: &str| {
        let mut checked = Folder::new("").check();
        checked.compare_version(&newest.parse().unwrap());
        told(&checked.findings)
    };
    assert_eq!(compared("0.0.9"), [""; 0]);
    assert_eq!(compared("0.1.0-rc.1"), [""; 0]);
    for newest in ["0.1.0", "0.2.0", "0.2.0-rc.1"] {
        assert_eq!(
            compared(newest),
            ["error[version-not-greater] extension.toml:3:11 (version)"]
        );
    }
}
