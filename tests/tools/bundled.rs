//! Bundles: what one machine has, made on another that has no network and nothing else.

use std::{path::Path, process::Command};

use crate::{
    language_server::initialize,
    machine::{Machine, link_programs},
    releases::Releases,
    support::{
        place::{Place, Ran},
        skip,
    },
    yaml::{Packages, SERVER},
};

const BUNDLE: &str = "bundle.tar";

/// A machine on which nothing is installed, whose home is empty.
struct Bare {
    place: Place,
    /// The command is run in a namespace without a network.
    is_cut_off: bool,
}

impl Bare {
    fn new(programs: &[&str], is_cut_off: bool) -> Self {
        let mut place = Place::new();
        let bin = link_programs(&place, programs);
        place.environment = vec![
            ("PATH".into(), bin.into_os_string()),
            ("HOME".into(), place.home().into_os_string()),
            ("ANNEXE_CACHE".into(), place.path("cache").into_os_string()),
        ];
        Self { place, is_cut_off }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command();
        command.args(arguments);
        if !self.is_cut_off {
            return command;
        }
        let mut cut_off = Command::new("/usr/bin/unshare");
        cut_off.args(["--map-root-user", "--net", "--"]);
        cut_off.arg(command.get_program()).args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            cut_off.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => cut_off.env(name, value),
                None => cut_off.env_remove(name),
            };
        }
        cut_off
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments))
    }

    fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran
    }

    fn sync_from(&self, bundle: &Path) -> Ran {
        self.done(&["sync", "--from", bundle.to_str().unwrap()])
    }
}

/// Whether this machine makes namespaces.
fn can_cut_off() -> bool {
    let tried = Command::new("/usr/bin/unshare")
        .args(["--map-root-user", "--net", "--", "/bin/true"])
        .status();
    if tried.is_ok_and(|status| status.success()) {
        return true;
    }
    skip("unshare", "`unshare` makes no namespace here");
    false
}

fn bundle(machine: &Machine) -> Vec<u8> {
    let ran = Ran::of(machine.command(&["bundle", "-o", BUNDLE]));
    assert_eq!(ran.code, 0, "{ran:?}");
    std::fs::read(machine.place.path(BUNDLE)).unwrap()
}

#[test]
fn a_server_of_npm_starts_on_a_machine_without_a_network_and_with_an_empty_home() {
    let Some(mut packages) = Packages::new() else {
        return;
    };
    if !can_cut_off() {
        return;
    }
    packages.starts(&[], "1.0.0");
    let first = bundle(&packages.machine);
    packages.forget_of_npm();
    // The archive is fetched again, and has the same bytes.
    assert!(bundle(&packages.machine) == first);
    packages.registry.stop();

    let bare = Bare::new(&["node", "npm", "sh", "env"], true);
    let path = packages.machine.place.path(BUNDLE);
    let ran = bare.sync_from(&path);
    assert!(ran.stdout.contains("now equal"), "{ran:?}");
    let ask = ["call", "yaml-server", "language-server-command", SERVER];
    let answered = bare.done(&ask);
    assert!(!answered.stderr.contains("warning"), "{answered:?}");
    let answer = answered.stdout;
    let told = initialize(&serde_json::from_str(&answer).unwrap());
    assert_eq!(told["serverInfo"]["version"], "1.0.0");

    // A second time nothing changes; without the extension nothing of it is kept.
    let ran = bare.sync_from(&path);
    assert!(
        ran.stdout.contains("equal to the lockfile already"),
        "{ran:?}"
    );
    let files = bare.place.store().join("files");
    assert_eq!(std::fs::read_dir(&files).unwrap().count(), 1);
    bare.done(&["gc"]);
    assert_eq!(std::fs::read_dir(&files).unwrap().count(), 1);
    bare.done(&["remove", "yaml-server"]);
    let ran = bare.done(&["gc", "--keep", "1"]);
    assert!(ran.stdout.contains("1 file of bundles"), "{ran:?}");
    assert_eq!(std::fs::read_dir(&files).unwrap().count(), 0);
}

#[test]
fn a_file_of_a_release_is_in_the_bundle_and_its_licence_is_told_of() {
    let Some(releases) = Releases::new() else {
        return;
    };
    releases.machine.ask(&[]);
    let ran = Ran::of(
        releases
            .machine
            .command(&["bundle", "-o", BUNDLE, "--json"]),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("no text of a licence"), "{ran:?}");
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let parts = answer["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 2, "{answer}");
    assert_eq!(parts[0]["has_licence_text"], true, "{answer}");
    assert_eq!(parts[1]["has_licence_text"], false, "{answer}");
    releases
        .server
        .web
        .fail_all(crate::support::server::Fault::Answer(
            500,
            String::new(),
            Vec::new(),
        ));
    let bare = Bare::new(&[], false);
    let configuration = std::fs::read_to_string(releases.machine.place.configuration()).unwrap();
    bare.place.configure(&configuration);
    bare.sync_from(&releases.machine.place.path(BUNDLE));
    for options in [&[][..], &["--offline"][..]] {
        let mut arguments = vec!["call", "clangd-server", "language-server-command", "clangd"];
        arguments.extend(options);
        let answer = bare.done(&arguments).stdout;
        let told = initialize(&serde_json::from_str(&answer).unwrap());
        assert_eq!(told["serverInfo"]["version"], "1.0.0");
        std::fs::remove_dir_all(bare.place.store().join("work")).unwrap();
    }
}

#[test]
fn a_bundle_that_is_not_as_it_was_made_is_refused_and_nothing_is_installed() {
    let Some(packages) = Packages::new() else {
        return;
    };
    packages.starts(&[], "1.0.0");
    let whole = bundle(&packages.machine);
    let bare = Bare::new(&[], false);
    let hostile = bare.place.path("hostile.tar");
    let refused = |bytes: &[u8], words: &str| {
        std::fs::write(&hostile, bytes).unwrap();
        let ran = bare.run(&["sync", "--from", "hostile.tar"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(
            ran.stderr.contains(words) && ran.stderr.contains("hint:"),
            "{words}: {ran:?}"
        );
        let listed = bare.done(&["list"]);
        assert!(listed.stdout.is_empty(), "{listed:?}");
        let staging = bare.place.store().join("staging");
        assert!(std::fs::read_dir(staging).map_or(0, Iterator::count) == 0);
    };
    refused(b"", "is not a bundle");
    refused(b"#!/bin/sh\n", "is not a bundle");
    refused(&whole[..whole.len() - 512], "bytes");
    refused(&[&whole[..], &[0; 512]].concat(), "bytes");

    // A byte of the last part, and of the padding of the first file.
    let mut other = whole.clone();
    let last = whole.len() - 1024 - 600;
    other[last] ^= 1;
    refused(&other, "another digest");

    let length = index_length(&whole);
    let text = String::from_utf8(whole[512..512 + length].to_vec()).unwrap();
    let with_index = |text: &str| {
        let header = whole[..512].to_vec();
        let mut bytes = resized(header, text.len());
        bytes.extend(text.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes.extend(&whole[512 + length.next_multiple_of(512)..]);
        bytes
    };
    assert!(with_index(&text) == whole);
    refused(
        &with_index(&text.replace("\"format\": 1", "\"format\": 9")),
        "format 9",
    );
    refused(&with_index("{}"), "bundle.json");
    refused(
        &with_index(&text.replace("files/", "../../")),
        "bundle.json",
    );
    refused(
        &with_index(&text.replace("\"kind\": \"package\"", "\"kind\": \"file\"")),
        "lockfile has",
    );
    let mut index: serde_json::Value = serde_json::from_str(&text).unwrap();
    let parts = index["parts"].as_array_mut().unwrap();
    parts.pop();
    let less = serde_json::to_string(&index).unwrap();
    refused(&with_index(&less), "bytes");
    let size = index["parts"][0]["size"].as_u64().unwrap();
    index["parts"][0]["size"] = (size + 1).into();
    refused(
        &with_index(&serde_json::to_string(&index).unwrap()),
        "bytes",
    );

    // A link in the place of a part.
    let mut link = whole.clone();
    let part = 512 + length.next_multiple_of(512);
    link[part + 156] = b'2';
    let header = checked(&link[part..part + 512]);
    link[part..part + 512].copy_from_slice(&header);
    refused(&link, "cannot be read");

    let ran = bare.run(&["sync", "--from", "nowhere.tar"]);
    assert!(ran.stderr.contains("there is no bundle"), "{ran:?}");

    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    let elsewhere = text.replace(&format!("\"{system} {processor}\""), "\"plan9 mips\"");
    std::fs::write(&hostile, with_index(&elsewhere)).unwrap();
    let ran = bare.sync_from(&hostile);
    assert!(ran.stderr.contains("`plan9 mips`"), "{ran:?}");
    std::fs::write(&hostile, &whole).unwrap();
    let ran = bare.sync_from(&hostile);
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
}

fn index_length(bundle: &[u8]) -> usize {
    let digits = std::str::from_utf8(&bundle[124..135]).unwrap();
    usize::from_str_radix(digits, 8).unwrap()
}

/// A header with another size.
fn resized(mut header: Vec<u8>, size: usize) -> Vec<u8> {
    header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    checked(&header)
}

/// A header with the checksum that it has to have.
fn checked(header: &[u8]) -> Vec<u8> {
    let mut header = header.to_vec();
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}
