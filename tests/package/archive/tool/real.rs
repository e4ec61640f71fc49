//! Archives that the archivers of this machine write. What is not installed is skipped, aloud.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    Format::{self, TarGz, Zip},
    Thing, Things, file, look, things, unpack,
};
use crate::{archive::place::Place, support};

/// Lays out a small tool: links, programs, long names, an empty folder.
#[cfg(unix)]
fn lay_out(folder: &Path) {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let long = format!("lib/{}/{}", "d".repeat(150), "f".repeat(200));
    let files: &[(&str, &[u8], u32)] = &[
        ("bin/server", b"\x7fELF", 0o755),
        ("lib/npm/cli.js", &[b'x'; 100_000], 0o700),
        ("lib/data", b"data", 0o600),
        ("share/größe 日本", b"", 0o644),
        (&long, b"long", 0o664),
    ];
    for (path, content, mode) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
    }
    fs::create_dir(folder.join("empty")).unwrap();
    symlink("../lib/npm/cli.js", folder.join("bin/npm")).unwrap();
    symlink("lib", folder.join("lib64")).unwrap();
    symlink("nothing", folder.join("dangling")).unwrap();
    fs::hard_link(folder.join("lib/data"), folder.join("lib/same")).unwrap();
}

/// What is laid out, with the modes that unpacking gives it.
fn expected(folder: &Path) -> Things {
    #[cfg(unix)]
    for entry in walk(folder) {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::symlink_metadata(&entry).unwrap();
        if !metadata.is_symlink() {
            let runs = metadata.is_dir() || metadata.permissions().mode() & 0o111 != 0;
            let mode = if runs { 0o755 } else { 0o644 };
            fs::set_permissions(&entry, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    look(folder)
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            found.extend(walk(&path));
        }
        found.push(path);
    }
    found
}

/// Has an archiver write what is laid out, with `{}` for the archive's path, and unpacks it.
fn round_trip(name: &str, format: Format, program: &str, arguments: &[&str]) {
    round_trip_by(program, name, format, program, arguments);
}

/// The same of an archiver, `need`, that another program starts.
fn round_trip_by(need: &str, name: &str, format: Format, program: &str, arguments: &[&str]) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("tool");
    fs::create_dir(&folder).unwrap();
    lay_out(&folder);
    let archive = root.path().join("archive");
    let archive_name = archive.to_str().unwrap();
    let arguments = arguments
        .iter()
        .map(|argument| argument.replace("{}", archive_name));
    let mut command = Command::new(program);
    let written = command
        .args(arguments)
        .current_dir(&folder)
        .stdout(Stdio::null())
        .status();
    if !written.is_ok_and(|status| status.success()) {
        let reason = format!("{name}: `{need}` is not there or cannot do it");
        return support::skip(need, reason);
    }
    let bytes = fs::read(&archive).unwrap();
    let unpacked = unpack(&Place::new(), name, format, &bytes);
    let (_, inside) = unpacked.unwrap_or_else(|error| panic!("{name}: {}", super::words(&error)));
    assert_eq!(inside, expected(&folder), "{name}");
}

#[test]
#[cfg(unix)]
fn archives_of_real_tars_are_unpacked() {
    for format in ["gnu", "oldgnu", "pax", "posix"] {
        let arguments = ["-czf", "{}", &format!("--format={format}"), "."];
        round_trip(&format!("GNU tar, {format}"), TarGz, "tar", &arguments);
    }
    round_trip(
        "GNU tar, attributes",
        TarGz,
        "tar",
        &["--xattrs", "--acls", "-czf", "{}", "."],
    );
    round_trip(
        "GNU tar, names",
        TarGz,
        "tar",
        &[
            "-czf", "{}", "bin", "dangling", "empty", "lib", "lib64", "share",
        ],
    );
    for format in ["pax", "gnutar", "paxr"] {
        let arguments = ["-czf", "{}", "--format", format, "."];
        round_trip(&format!("bsdtar, {format}"), TarGz, "bsdtar", &arguments);
    }
    for format in ["PAX_FORMAT", "GNU_FORMAT"] {
        let script = format!(
            "import tarfile; t = tarfile.open('{{}}', 'w:gz', format=tarfile.{format}); t.add('.'); t.close()"
        );
        round_trip(
            &format!("Python, {format}"),
            TarGz,
            "python3",
            &["-c", &script],
        );
    }
}

/// Hard links are files of their own in a zip archive, and Python's `zipfile` writes no links by itself.
const PYTHON_ZIP: &str = "
import os, stat, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1], 'w', getattr(zipfile, sys.argv[2]))
for folder, folders, files in os.walk('.'):
    for name in folders + files:
        path = os.path.join(folder, name)
        if os.path.islink(path):
            info = zipfile.ZipInfo(os.path.relpath(path))
            info.create_system, info.external_attr = 3, 0o120777 << 16
            archive.writestr(info, os.readlink(path))
        elif os.path.isdir(path):
            archive.write(path, os.path.relpath(path) + '/')
        else:
            info = zipfile.ZipInfo.from_file(path, os.path.relpath(path))
            with archive.open(info, 'w', force_zip64='long' in sys.argv) as to:
                to.write(open(path, 'rb').read())
archive.close()
";

#[test]
#[cfg(unix)]
fn archives_of_real_zips_are_unpacked() {
    for (name, more) in [("plain", &[][..]), ("best", &["-9"]), ("zip64", &["-fz"])] {
        let script = format!("zip -qry {} - . > {{}}", more.join(" "));
        let name = format!("zip, {name}");
        round_trip_by("zip", &name, Zip, "sh", &["-c", &script]);
    }
    let to_file = "zip -qry -fz {}.zip . && mv {}.zip {}";
    let name = "zip, zip64 to a file";
    round_trip_by("zip", name, Zip, "sh", &["-c", to_file]);
    for method in ["ZIP_STORED", "ZIP_DEFLATED"] {
        round_trip(
            &format!("Python, {method}"),
            Zip,
            "python3",
            &["-c", PYTHON_ZIP, "{}", method],
        );
        let arguments = ["-c", PYTHON_ZIP, "{}", method, "long"];
        round_trip(
            &format!("Python, zip64, {method}"),
            Zip,
            "python3",
            &arguments,
        );
    }
    round_trip(
        "bsdtar",
        Zip,
        "bsdtar",
        &["-a", "-cf", "{}", "--format", "zip", "."],
    );
}

/// As many entries as only zip64 can count; all the same folder, which costs nothing.
#[test]
fn an_archive_of_70000_entries_is_unpacked() {
    let script = "
import sys, warnings, zipfile
warnings.simplefilter('ignore')
with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    for number in range(70000):
        archive.writestr('folder/', b'')
    archive.writestr('folder/last', b'last')
";
    let root = tempfile::tempdir().unwrap();
    let archive = root.path().join("many.zip");
    let written = Command::new("python3")
        .args(["-c", script])
        .arg(&archive)
        .status();
    if !written.is_ok_and(|status| status.success()) {
        return support::skip("python3", "`python3` is not there");
    }
    let bytes = fs::read(&archive).unwrap();
    let (_, inside) = unpack(&Place::new(), "70,000 entries", Zip, &bytes).unwrap();
    let expected = things([("folder", Thing::Folder), ("folder/last", file("last"))]);
    assert_eq!(inside, expected);
}
