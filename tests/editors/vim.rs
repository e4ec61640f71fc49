//! Vim, with a stand-in for the plugin vim-lsp.

use crate::{
    desk::{Desk, programs, script},
    support::place::text,
};

#[test]
fn servers_are_registered_for_types_that_it_has_and_for_those_that_an_extension_brings() {
    for vim in programs("vim", "ANNEXE_VIMS") {
        let Some(desk) = Desk::with("vim") else {
            return;
        };
        let plugin = desk.place.home().join(".vim/plugin/annexe.vim");
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
            let file = desk.file(name);
            let said = desk.run(
                &vim,
                [
                    "-N",
                    "-u",
                    "NONE",
                    "-es",
                    "-c",
                    "filetype on",
                    "-c",
                    &format!("set runtimepath^={}", script("vim-lsp")),
                    "-S",
                    text(&plugin),
                    "-c",
                    &format!("edit {}", text(&file)),
                    "-S",
                    &script("vim.vim"),
                ],
            );
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
