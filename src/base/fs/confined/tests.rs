use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    os::unix::fs::{PermissionsExt as _, symlink},
};

use super::*;
use crate::base::fs::{create_dir_all, read, walk, write_new};

/// A folder `work` that is confined, beside a folder `outside` with a file.
struct Fixture {
    root: tempfile::TempDir,
    work: ConfinedFolder,
}

impl Fixture {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        create_dir_all(&root.path().join("work")).unwrap();
        create_dir_all(&root.path().join("outside")).unwrap();
        write_new(&root.path().join("outside/file"), b"untouched").unwrap();
        let work = ConfinedFolder::open(&root.path().join("work")).unwrap();
        Self { root, work }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.work.path().join(relative)
    }

    /// Files beneath the folder, with the folders above them.
    fn plant(&self, files: &[(&str, &str)]) {
        for (path, content) in files {
            create_dir_all(self.path(path).parent().unwrap()).unwrap();
            write_new(&self.path(path), content.as_bytes()).unwrap();
        }
    }

    fn link(&self, target: &str, link: &str) {
        symlink(target, self.path(link)).unwrap();
    }

    /// What lies in a folder: content, `->` and a target, or nothing for a folder.
    fn tree(&self, folder: &str) -> BTreeMap<String, String> {
        let folder = self.path(folder);
        let describe = |path: &Path| match symlink_metadata(path).unwrap() {
            found if found.is_symlink() => format!("-> {}", path.read_link().unwrap().display()),
            found if found.is_dir() => String::new(),
            _ => String::from_utf8(read(path).unwrap()).unwrap(),
        };
        let name = |path: &Path| path.strip_prefix(&folder).unwrap().display().to_string();
        let entries = walk(&folder).unwrap();
        entries
            .iter()
            .map(|path| (name(path), describe(path)))
            .collect()
    }

    fn assert_outside_is_untouched(&self) {
        let outside = self.root.path().join("outside");
        assert_eq!(walk(&outside).unwrap(), [outside.join("file")]);
        assert_eq!(read(&outside.join("file")).unwrap(), b"untouched");
    }
}

fn expected(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = |(path, content): &(&str, &str)| ((*path).to_owned(), (*content).to_owned());
    entries.iter().map(own).collect()
}

#[test]
fn nothing_that_is_done_leads_out() {
    let fixture = Fixture::new();
    fixture.plant(&[("file", "inside"), ("folder/file", "inside")]);
    fixture.link("../outside", "out");
    fixture.link("../outside/file", "out-file");
    let absolute = fixture.root.path().join("outside");
    fixture.link(absolute.to_str().unwrap(), "absolute");
    let work = &fixture.work;
    for path in [
        "../outside",
        "out",
        "absolute",
        "folder/../../outside",
        absolute.to_str().unwrap(),
    ] {
        let file = Path::new(path).join("file");
        let new = Path::new(path).join("new");
        assert!(work.open_folder(path).is_err(), "{path}");
        assert!(work.open_file(&file).is_err(), "{path}");
        assert!(work.create_new(&new, false).is_err(), "{path}");
        assert!(work.create_dir(&new).is_err(), "{path}");
        assert!(work.create_dir_all(&new).is_err(), "{path}");
        assert!(work.kind(&file).is_err(), "{path}");
        assert!(work.list(path).is_err(), "{path}");
        assert!(work.remove_file(&file).is_err(), "{path}");
        assert!(work.remove_dir_all(&file).is_err(), "{path}");
        assert!(work.rename("file", &new).is_err(), "{path}");
        assert!(work.rename(&file, "stolen").is_err(), "{path}");
        assert!(work.make_executable(&file).is_err(), "{path}");
        assert!(work.symlink("file", &new).is_err(), "{path}");
        assert!(work.hard_link(&file, "stolen").is_err(), "{path}");
        assert!(work.hard_link("file", &new).is_err(), "{path}");
        assert!(work.merge("folder", &new).is_err(), "{path}");
    }
    assert!(work.open_file("out-file").is_err());
    assert!(work.make_executable("out-file").is_err());
    assert!(work.symlink(&absolute, "new").is_err());
    fixture.assert_outside_is_untouched();
}

#[test]
fn links_that_stay_inside_are_followed() {
    let fixture = Fixture::new();
    fixture.plant(&[("versions/1/tool", "tool")]);
    fixture.work.symlink("versions/1", "current").unwrap();
    fixture.work.make_executable("current/tool").unwrap();
    let mut content = String::new();
    let mut file = fixture.work.open_file("current/tool").unwrap();
    file.read_to_string(&mut content).unwrap();
    assert_eq!(content, "tool");
    let mode = symlink_metadata(&fixture.path("versions/1/tool"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o755);
    assert_eq!(fixture.work.kind("current").unwrap(), Some(EntryKind::Link));
    assert_eq!(fixture.work.kind("none").unwrap(), None);
    assert_eq!(fixture.work.list(".").unwrap(), ["current", "versions"]);
    fixture.work.hard_link("current/tool", "second").unwrap();
    fixture.work.remove_dir_all("versions").unwrap();
    fixture.work.remove_file("current").unwrap();
    assert_eq!(fixture.tree("."), expected(&[("second", "tool")]));
}

#[test]
fn a_swapped_link_is_never_written_through() {
    let fixture = Fixture::new();
    fixture.plant(&[("real/keep", "")]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                // The name `swapped` is a folder and a link that leads out by turns.
                std::fs::rename(fixture.path("real"), fixture.path("swapped")).unwrap();
                std::fs::rename(fixture.path("swapped"), fixture.path("real")).unwrap();
                symlink("../outside", fixture.path("swapped")).unwrap();
                std::fs::remove_file(fixture.path("swapped")).unwrap();
            }
        });
        let mut written = 0;
        for number in 0..20_000 {
            if let Ok(mut file) = fixture.work.create_new(format!("swapped/{number}"), true) {
                file.write_all(b"x").unwrap();
                written += 1;
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(written < 20_000);
    });
    fixture.assert_outside_is_untouched();
}

#[test]
fn a_staged_tree_takes_a_free_place_whole() {
    let fixture = Fixture::new();
    fixture.plant(&[("staging/bin/tool", "new"), ("staging/readme", "new")]);
    fixture.link("bin/tool", "staging/link");
    fixture.work.merge("staging", "tools/1.0").unwrap();
    let tree = [
        ("tools", ""),
        ("tools/1.0", ""),
        ("tools/1.0/bin", ""),
        ("tools/1.0/bin/tool", "new"),
        ("tools/1.0/link", "-> bin/tool"),
        ("tools/1.0/readme", "new"),
    ];
    assert_eq!(fixture.tree("."), expected(&tree));
}

#[test]
fn a_staged_tree_is_merged_into_a_folder() {
    let fixture = Fixture::new();
    fixture.plant(&[
        ("tools/bin/tool", "old"),
        ("tools/bin/other", "old"),
        ("tools/data", "old"),
    ]);
    for link in ["tools/link", "tools/bin/file", "tools/share"] {
        fixture.link("/nowhere", link);
    }
    fixture.plant(&[
        ("staging/bin/tool", "new"),
        ("staging/bin/file", "new"),
        ("staging/share/doc", "new"),
        ("staging/lib/a/b", "new"),
    ]);
    fixture.link("bin/tool", "staging/link");
    fixture.link("bin/tool", "staging/data");
    fixture.work.merge("staging", "tools").unwrap();
    assert_eq!(fixture.work.list(".").unwrap(), ["tools"]);
    let tree = [
        ("bin", ""),
        ("bin/file", "new"),
        ("bin/other", "old"),
        ("bin/tool", "new"),
        ("data", "-> bin/tool"),
        ("lib", ""),
        ("lib/a", ""),
        ("lib/a/b", "new"),
        ("link", "-> bin/tool"),
        ("share", ""),
        ("share/doc", "new"),
    ];
    assert_eq!(fixture.tree("tools"), expected(&tree));
}

#[test]
fn a_folder_takes_no_files_place_and_a_file_no_folders() {
    for (present, arriving) in [("x/a", "x/a/b"), ("x/a/b", "x/a"), ("x", "y")] {
        let fixture = Fixture::new();
        fixture.plant(&[(&format!("tools/{present}"), "old")]);
        fixture.plant(&[
            ("staging/0", "new"),
            (&format!("staging/{arriving}"), "new"),
        ]);
        let target = if present == "x" { "tools/x" } else { "tools" };
        let before = fixture.tree(".");
        let error = fixture.work.merge("staging", target).unwrap_err();
        assert_eq!(fixture.tree("."), before, "{present}: something was moved");
        let named = fixture
            .path("tools")
            .join(if present == "x" { "x" } else { "x/a" });
        assert_eq!(error.path(), named);
        assert!(error.is_already_exists());
    }
}

#[test]
fn a_guests_path_is_located_as_zed_does() {
    let fixture = Fixture::new();
    fixture.plant(&[("bin/tool", ""), ("versions/1/tool", "")]);
    fixture.link("versions/1", "current");
    fixture.link("../outside", "out");
    fixture.link("/nowhere", "dangling");
    let locate = |path: &str| fixture.work.locate(path).unwrap();
    let inside = fixture.path("new/tool");
    for (path, expected) in [
        ("bin/tool", "bin/tool"),
        ("bin/../bin/./new", "bin/new"),
        ("current/tool", "versions/1/tool"),
        ("current/a/b", "versions/1/a/b"),
        ("", "."),
        (".", "."),
        ("../work/x", "x"),
        (inside.to_str().unwrap(), "new/tool"),
    ] {
        assert_eq!(locate(path), Some(expected.into()), "{path}");
    }
    for path in [
        "..",
        "../work2",
        "/etc/passwd",
        "out/file",
        "out/new",
        "dangling",
        "dangling/x",
        "a/../../x",
    ] {
        assert_eq!(locate(path), None, "{path}");
    }
}
