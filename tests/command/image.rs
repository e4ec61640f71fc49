//! The README's lines of a Dockerfile, done one by one by what this machine has in the place of a container engine: a
//! mount namespace for the image, another user for the one who runs in it.
#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{
    place::{Place, Ran, text},
    skip,
};

/// An image while it is built, and then.
struct Image {
    /// Has what lies in the image's `/opt`.
    opt: PathBuf,
    variables: Vec<(String, String)>,
    user: String,
}

impl Image {
    /// Does the lines of the README's Dockerfile with the files of `context`.
    fn built(opt: PathBuf, context: &Path) -> Self {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let readme = fs::read_to_string(readme).unwrap();
        let (_, lines) = readme.split_once("```dockerfile\n").unwrap();
        let (lines, _) = lines.split_once("```").unwrap();
        assert_eq!(lines.lines().count(), 5);
        let mut image = Self {
            opt,
            variables: vec![("PATH".into(), "/usr/bin:/bin".into())],
            user: "0".into(),
        };
        for line in lines.lines() {
            let (instruction, rest) = line.split_once(' ').unwrap();
            match instruction {
                "FROM" => {}
                "COPY" => image.copy(context, rest),
                "ENV" => image.set(rest),
                "RUN" => {
                    let ran = image.run(&["sh", "-c", rest], &[]);
                    assert_eq!(ran.code, 0, "{ran:?}");
                }
                "USER" => image.user = rest.to_owned(),
                other => unreachable!("no instruction is `{other}`"),
            }
        }
        image
    }

    fn copy(&self, context: &Path, words: &str) {
        let (files, folder) = words.rsplit_once(' ').unwrap();
        let folder = self.opt.join(folder.strip_prefix("/opt/").unwrap());
        fs::create_dir_all(&folder).unwrap();
        for file in files.split(' ') {
            fs::copy(context.join(file), folder.join(file)).unwrap();
        }
    }

    fn set(&mut self, words: &str) {
        for word in words.split(' ') {
            let (name, value) = word.split_once('=').unwrap();
            let mut set = self.variables.iter();
            let path = set.find(|(set, _)| set == "PATH").unwrap().1.clone();
            self.variables.retain(|(set, _)| set != name);
            let value = value.replace("$PATH", &path);
            self.variables.push((name.to_owned(), value));
        }
    }

    /// Runs words in the image, after `mounts` in it.
    fn run(&self, words: &[&str], mounts: &[&str]) -> Ran {
        let opt = text(&self.opt);
        let mut script = format!("mount --bind '{opt}' /opt");
        for mount in mounts {
            script.push_str(&format!(" && {mount}"));
        }
        let user = &self.user;
        script.push_str(&format!(
            " && cd / && exec setpriv --reuid {user} --regid {user} --clear-groups env -i \"$@\""
        ));
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", &script, "sh"]);
        let variables = self.variables.iter();
        command.args(variables.map(|(name, value)| format!("{name}={value}")));
        command.args(words);
        Ran::of(command)
    }
}

/// The whole image may only be read, but for what extensions write.
const READ_ONLY: [&str; 2] = [
    "mount -t tmpfs -o uid=1000,gid=1000,mode=700 tmpfs /opt/annexe/own/state",
    "mount -o remount,ro,bind /opt",
];

#[test]
fn what_the_lockfile_has_is_run_by_another_user_without_a_home_from_a_store_that_is_only_read() {
    let place = Place::new();
    let can = Command::new("unshare")
        .args([
            "-m",
            "sh",
            "-c",
            "mount --bind /opt /opt && setpriv --reuid 1000 true",
        ])
        .output();
    if !can.is_ok_and(|output| output.status.success()) {
        skip(
            "mount",
            "this user cannot mount anything, or act as another",
        );
        return;
    }
    let context = place.beside("context");
    fs::create_dir(&context).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_annexe"), context.join("annexe")).unwrap();
    let lockfile = context.join("annexe.lock");
    place.ok(["install", "taplo", "dotenv", "--quiet"]);
    place.ok(["lock", "--lockfile", text(&lockfile)]);
    let opt = place.beside("opt");
    fs::create_dir(&opt).unwrap();
    for folder in [&opt, &context] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let image = Image::built(opt, &context);
    assert_eq!(image.user, "1000");

    let ask = [
        "annexe",
        "call",
        "taplo",
        "labels-for-symbols",
        "taplo",
        "[{\"kind\": \"property\", \"name\": \"version\"}]",
        "--json",
    ];
    for mounts in [&[][..], &READ_ONLY] {
        if !mounts.is_empty() {
            // Of the run before: an image has the folder, or the engine makes it.
            fs::create_dir_all(image.opt.join("annexe/own/state")).unwrap();
        }
        let run = |words: &[&str]| image.run(words, mounts);
        for words in [
            &["annexe", "list"][..],
            &["annexe", "verify"],
            &["annexe", "info", "taplo"],
            &["annexe", "explain", "taplo"],
            &["annexe", "outdated"],
            &ask,
            &ask,
        ] {
            let ran = run(words);
            assert_eq!(ran.code, 0, "{words:?} {ran:?}");
            assert!(!ran.stderr.contains("warning"), "{words:?} {ran:?}");
        }
        let listed = run(&["annexe", "list"]).stdout;
        assert!(
            listed.contains("taplo") && listed.contains("dotenv"),
            "{listed}"
        );
        // The code was compiled when the image was built.
        let asked = run(&[&ask[..], &["--trace"]].concat());
        assert!(!asked.stderr.contains("compiled in"), "{asked:?}");
        for words in [
            &["annexe", "install", "bash-server"][..],
            &["annexe", "update"],
            &["annexe", "remove", "dotenv"],
            &[
                "annexe",
                "sync",
                "--yes",
                "--lockfile",
                "/opt/annexe/annexe.lock",
            ],
        ] {
            let ran = run(words);
            assert_eq!(ran.code, 1, "{words:?} {ran:?}");
            assert!(ran.stderr.contains("may only be read"), "{words:?} {ran:?}");
        }
        assert_eq!(run(&["annexe", "list", "--no-such"]).code, 2);
    }
    let log = image.opt.join("annexe/own/state");
    assert_ne!(fs::read_dir(log).unwrap().count(), 0);
}
