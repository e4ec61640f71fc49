//! Emacs, with eglot.

use std::{fs, path::Path};

use crate::{
    desk::{Desk, programs, script},
    support::{npm, place::text, skip},
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

#[test]
fn what_emacs_loads_at_its_start_needs_no_package_and_breaks_nothing() {
    for emacs in programs("emacs", "ANNEXE_EMACSES") {
        let Some(desk) = Desk::with("emacs") else {
            return;
        };
        let init = desk.place.home().join(".emacs.d/init.el");
        let run = || {
            let say = "(princ (format \"loaded %s mode %s\\n\" (featurep 'annexe) (fboundp 'annexe-tlh-mode)))";
            desk.run(&emacs, ["-Q", "--batch", "-l", text(&init), "--eval", say])
        };
        let said = run();
        assert!(said.contains("loaded t mode t\n"), "{said}");
        // What is installed cannot be used by it: the rest of the user's file is loaded all the same.
        let program = desk.place.beside("annexe");
        fs::write(
            &program,
            "#!/bin/sh\necho '[{\"name\": 1, \"servers\": 2}]'\n",
        )
        .unwrap();
        let said = run();
        assert!(said.contains("annexe: "), "{said}");
        assert!(said.contains("loaded t mode nil\n"), "{said}");
    }
}

#[test]
fn a_server_that_the_user_has_given_eglot_is_told_and_not_doubled() {
    for emacs in programs("emacs", "ANNEXE_EMACSES") {
        let Some(desk) = Desk::with("emacs") else {
            return;
        };
        if !has_eglot(&desk, &emacs) {
            skip("eglot", "eglot is not installed");
            return;
        }
        let init = desk.place.home().join(".emacs.d/init.el");
        let node = npm::node().unwrap();
        let own = format!(
            "(with-eval-after-load 'eglot (add-to-list 'eglot-server-programs '((sh-mode) . ({:?} {:?} \"own\"))))\n",
            text(&node),
            script("server.js")
        );
        fs::write(&init, fs::read_to_string(&init).unwrap() + &own).unwrap();
        let file = desk.file("a.sh");
        let start = ["--batch", "--eval", "(package-initialize)", "-l"];
        let script = script("emacs.el");
        let rest = [text(&init), text(&file), "-l", &script];
        let said = desk.run(&emacs, start.into_iter().chain(rest));
        assert!(
            said.contains(&desk.diagnostic("own", "shellscript")),
            "{said}"
        );
        let told = "eglot starts what your configuration says: ";
        assert_eq!(said.matches(told).count(), 1, "{said}");
    }
}

#[test]
fn the_project_in_which_it_is_started_does_not_decide_for_all() {
    for emacs in programs("emacs", "ANNEXE_EMACSES") {
        let Some(desk) = Desk::with("emacs") else {
            return;
        };
        desk.place.ok(["disable", "bash-server", "--project"]);
        let init = desk.place.home().join(".emacs.d/init.el");
        let say = "(princ (format \"hook %s\\n\" sh-mode-hook))";
        let said = desk.run(&emacs, ["-Q", "--batch", "-l", text(&init), "--eval", say]);
        assert!(said.contains("annexe--ensure"), "{said}");
    }
}

fn has_eglot(desk: &Desk, emacs: &Path) -> bool {
    let ask = "(progn (package-initialize) (princ (locate-library \"eglot\")))";
    desk.run(emacs, ["--batch", "--eval", ask])
        .contains("eglot.el")
}
