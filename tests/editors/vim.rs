//! Vim, with ALE, and with a stand-in for the plugin vim-lsp.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    desk::{Desk, OTHER_SERVER, program, programs, script},
    support::{place::text, skip},
};

/// Each Vim that has ALE.
pub fn with_ale() -> Vec<PathBuf> {
    let has_ale = |vim: &PathBuf| {
        let mut ask = Command::new(vim);
        ask.args(["-N", "-u", "NONE", "-es", "-c", "packadd ale"]);
        ask.args(["-c", "if exists(':ALELint') | qa! | else | cq! | endif"]);
        ask.output().unwrap().status.success()
    };
    let mut found = programs("vim", "ANNEXE_VIMS");
    if !found.is_empty() {
        found.retain(has_ale);
        if found.is_empty() {
            skip("vim-ale", "ALE is not installed");
        }
    }
    found
}

/// Runs Vim with what the command has written, some commands before it, and a script behind it.
fn run(desk: &Desk, vim: &Path, commands: &[&str], end: &str, names: &[&str]) -> String {
    let plugin = desk.place.home().join(".vim/plugin/annexe.vim");
    let start = ["-N", "-u", "NONE", "-es", "-o", "--cmd", "filetype on"];
    let mut arguments = start.map(str::to_owned).to_vec();
    for command in commands {
        arguments.extend(["-c".to_owned(), (*command).to_owned()]);
    }
    for file in [text(&plugin), &script(end)] {
        arguments.extend(["-S".to_owned(), file.to_owned()]);
    }
    let files = names.iter().map(|name| text(&desk.file(name)).to_owned());
    arguments.extend(files);
    desk.run(vim, arguments)
}

#[test]
fn ale_starts_servers_for_types_that_it_has_and_for_those_that_an_extension_brings() {
    for vim in with_ale() {
        let Some(desk) = Desk::with("vim") else {
            return;
        };
        // What a shell or ALE would read as something else.
        let odd = desk.place.beside("an \"annexe\" of 100%s, it's $HOME");
        symlink(desk.place.beside("annexe"), &odd).unwrap();
        let plugin = desk.place.home().join(".vim/plugin/annexe.vim");
        let written = fs::read_to_string(&plugin).unwrap();
        let json = serde_json::to_string(&odd).unwrap().replace('\'', "''");
        let plain = serde_json::to_string(&desk.place.beside("annexe")).unwrap();
        fs::write(&plugin, written.replace(&plain, &json)).unwrap();
        let shell = ["a.sh", "sh", "bash-language-server", "shellscript"];
        let yaml = ["a.yaml", "yaml", "yaml-language-server", "yaml"];
        let by_suffix = ["a.klg", "tlh", "klingon-server", "tlh"];
        let by_name = ["Klingfile", "tlh", "klingon-server", "tlh"];
        // Where they have one root, too, each has a server of its own.
        let other = ["a.nihon", "language-", OTHER_SERVER, "\u{65e5}\u{672c}"];
        for together in [&[by_suffix, shell, yaml][..], &[by_name], &[other]] {
            let names: Vec<_> = together.iter().map(|file| file[0]).collect();
            let said = run(&desk, &vim, &["packadd ale"], "ale.vim", &names);
            for [name, file_type, server, id] in together {
                let of_file: Vec<_> = said.lines().filter(|it| it.starts_with(name)).collect();
                let diagnostic = desk.diagnostic(server, id);
                assert!(of_file[0].starts_with(&format!("{name} is {file_type}")));
                let wanted = [format!("{name} has annexe-{server}: {diagnostic}")];
                assert_eq!(of_file[1..], wanted, "{said}");
            }
            assert!(!said.contains("annexe: "), "{said}");
        }
        assert!(!desk.place.home().join("touched").exists());
    }
}

#[test]
fn the_lists_of_a_user_and_the_servers_that_ale_itself_starts_stay_and_are_told() {
    for vim in with_ale() {
        let Some(desk) = Desk::with("vim") else {
            return;
        };
        let own = desk.place.beside("own/bash-language-server");
        let bridge = desk.place.beside("annexe");
        program(
            &own,
            &format!("#!/bin/sh\nexec '{}' lsp own\n", text(&bridge)),
        );
        let path = format!("let $PATH = '{}:' . $PATH", text(own.parent().unwrap()));
        let commands = [path.as_str(), "packadd ale"];
        let told = "annexe: ALE starts `bash-language-server` itself, as `language_server`";
        // ALE starts its own below a folder with a history alone.
        let said = run(&desk, &vim, &commands, "ale.vim", &["a.sh"]);
        assert!(
            said.contains("a.sh has annexe-bash-language-server: "),
            "{said}"
        );
        assert!(!said.contains(told), "{said}");
        fs::create_dir(desk.place.path(".git")).unwrap();
        let said = run(&desk, &vim, &commands, "ale.vim", &["a.sh"]);
        assert!(
            said.contains("a.sh has language_server: own says sh"),
            "{said}"
        );
        assert!(!said.contains("a.sh has annexe-"), "{said}");
        assert_eq!(said.matches(told).count(), 1, "{said}");

        let lists = "let g:ale_linters = {'sh': ['annexe-bash-language-server'], 'yaml': []}";
        let commands = [path.as_str(), lists, "packadd ale"];
        let said = run(&desk, &vim, &commands, "ale.vim", &["a.sh"]);
        assert!(
            said.contains("a.sh has annexe-bash-language-server: "),
            "{said}"
        );
        assert!(!said.contains("annexe: "), "{said}");
        let told = "annexe: `ale_linters` of `yaml` leaves out `annexe-yaml-language-server`";
        let said = run(&desk, &vim, &commands, "messages.vim", &["a.yaml"]);
        assert_eq!(said.matches(told).count(), 1, "{said}");
    }
}

#[test]
fn a_vim_without_a_client_is_told_of_it() {
    for vim in programs("vim", "ANNEXE_VIMS") {
        let Some(desk) = Desk::with("vim") else {
            return;
        };
        let said = run(&desk, &vim, &[], "messages.vim", &["a.klg"]);
        let told = "annexe: no server is started: there is neither vim-lsp nor ALE\n";
        assert_eq!(said.matches(told).count(), 1, "{said}");
        assert!(said.contains("type tlh\n"), "{said}");
    }
}

#[test]
fn servers_are_registered_with_vim_lsp_which_goes_before_ale() {
    for vim in programs("vim", "ANNEXE_VIMS") {
        let Some(desk) = Desk::with("vim") else {
            return;
        };
        let runtime = format!("set runtimepath^={}", script("vim-lsp"));
        for (name, file_type, server, extension, id) in [
            (
                "a.sh",
                "sh",
                "bash-language-server",
                "bash-server",
                "shellscript",
            ),
            (
                "a.yaml",
                "yaml",
                "yaml-language-server",
                "yaml-server",
                "yaml",
            ),
            ("a.klg", "tlh", "klingon-server", "klingon", "tlh"),
            ("Klingfile", "tlh", "klingon-server", "klingon", "tlh"),
        ] {
            let commands = [runtime.as_str(), "silent! packadd ale"];
            let said = run(&desk, &vim, &commands, "vim.vim", &[name]);
            assert!(
                said.contains(&format!("type {file_type}\n")),
                "{name}: {said}"
            );
            let root = desk.place.here().canonicalize().unwrap();
            let started = format!(
                "annexe-{server}: {} --store {} lsp {server} --extension {extension} in file://{} as {id}",
                text(&desk.place.beside("annexe")),
                text(&desk.place.store()),
                text(&root),
            );
            assert!(said.contains(&started), "{name}: {said}, not {started}");
        }
    }
}

#[test]
fn only_what_is_wanted_is_started_and_known() {
    for vim in programs("vim", "ANNEXE_VIMS") {
        let Some(desk) = Desk::with_only("vim", &["yaml-server"]) else {
            return;
        };
        let runtime = format!("set runtimepath^={}", script("vim-lsp"));
        for (name, started) in [
            ("a.yaml", "type yaml\nannexe-yaml-language-server: "),
            ("a.sh", "type sh\n\""),
            ("a.klg", "type \n\""),
        ] {
            let said = run(&desk, &vim, &[&runtime], "vim.vim", &[name]);
            assert!(said.contains(started), "{name}: {said}");
        }
    }
}
