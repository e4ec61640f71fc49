//! Emacs, with eglot.

use std::path::Path;

use crate::{
    desk::{Desk, programs, script},
    support::{place::text, skip},
};

#[test]
fn eglot_starts_servers_for_modes_that_it_has_and_for_those_that_an_extension_brings() {
    for emacs in programs("emacs", "ANNEXE_EMACSES") {
        let Some(desk) = Desk::with("emacs") else {
            return;
        };
        if !has_eglot(&desk, &emacs) {
            skip("eglot", "eglot is not installed");
            return;
        }
        for (name, mode, server, id) in [
            ("a.sh", "sh-mode", "bash-language-server", "shellscript"),
            ("a.yaml", "", "yaml-language-server", "yaml"),
            ("a.klg", "annexe-tlh-mode", "klingon-server", "tlh"),
            ("Klingfile", "annexe-tlh-mode", "klingon-server", "tlh"),
        ] {
            let file = desk.file(name);
            let init = desk.place.home().join(".emacs.d/init.el");
            let start = ["--batch", "--eval", "(package-initialize)", "-l"];
            let script = script("emacs.el");
            let rest = [text(&init), text(&file), "-l", &script];
            let said = desk.run(&emacs, start.into_iter().chain(rest));
            assert!(said.contains(&format!("mode {mode}")), "{name}: {said}");
            assert!(said.contains("timeout 600\n"), "{name}: {said}");
            assert!(
                said.contains(&desk.diagnostic(server, id)),
                "{name}: {said}"
            );
        }
    }
}

fn has_eglot(desk: &Desk, emacs: &Path) -> bool {
    let ask = "(progn (package-initialize) (princ (locate-library \"eglot\")))";
    desk.run(emacs, ["--batch", "--eval", ask])
        .contains("eglot.el")
}
