//! Neovim, of each version that is there: those before 0.11 have another way to start servers.

use std::fs;

use crate::{
    desk::{Desk, OTHER_SERVER, neovims, script},
    support::place::text,
};

#[test]
fn servers_start_for_types_that_it_has_and_for_those_that_an_extension_brings() {
    for neovim in neovims() {
        let Some(desk) = Desk::with("neovim") else {
            return;
        };
        for (name, file_type, server, id) in [
            ("a.yaml", "yaml", "yaml-language-server", "yaml"),
            ("a.sh", "sh", "bash-language-server", "shellscript"),
            ("a.klg", "tlh", "klingon-server", "tlh"),
            ("Klingfile", "tlh", "klingon-server", "tlh"),
            ("a.test.klt", "tlh", "klingon-server", "tlh"),
        ] {
            let file = desk.file(name);
            let said = desk.run(
                &neovim,
                ["--headless", text(&file), "-S", &script("neovim.lua")],
            );
            let about = format!("{} {name}: {said}", neovim.display());
            assert!(said.contains(&format!("type {file_type}\n")), "{about}");
            assert!(said.contains(&desk.diagnostic(server, id)), "{about}");
            if server == "klingon-server" {
                assert!(said.contains("comment ## %s\n"), "{about}");
            }
        }
        let file = desk.file("a.nihon");
        let said = desk.run(
            &neovim,
            ["--headless", text(&file), "-S", &script("neovim.lua")],
        );
        let started = desk.diagnostic(OTHER_SERVER, "\u{65e5}\u{672c}");
        assert!(said.contains("type language-"), "{said}");
        assert!(said.contains(&started), "{said}, not {started}");
        // Nothing of it serves a file that is not its own, and no shell has seen its name.
        let file = desk.file("NOTES");
        let look = "lua vim.wait(1500) io.stdout:write(#vim.api.nvim_list_bufs() .. ' type ' .. vim.bo.filetype .. '.')";
        let said = desk.run(
            &neovim,
            ["--headless", text(&file), "-c", look, "-c", "qa!"],
        );
        assert!(said.contains("type ."), "{said}");
        let pids = fs::read_to_string(desk.place.beside("pids")).unwrap();
        assert_eq!(pids.lines().count(), 6, "{pids}");
        assert!(!desk.place.home().join("touched").exists());
    }
}

#[test]
fn a_server_that_the_user_has_configured_is_not_started_twice() {
    for neovim in neovims() {
        let Some(desk) = Desk::with("neovim") else {
            return;
        };
        // Since 0.11.
        let own = format!(
            "if not vim.lsp.config then vim.cmd('qa!') end\n\
             vim.lsp.config('yamlls', {{ cmd = {{ '{}', 'lsp', 'yaml-language-server' }}, filetypes = {{ 'yaml' }} }})\n\
             vim.lsp.enable('yamlls')\n",
            text(&desk.place.beside("annexe"))
        );
        fs::write(desk.place.home().join(".config/nvim/init.lua"), own).unwrap();
        let file = desk.file("a.yaml");
        let wait = "lua vim.defer_fn(function() dofile(vim.env.SCRIPT) end, 1500)";
        let script = format!("let $SCRIPT = '{}'", script("neovim.lua"));
        let said = desk.run(
            &neovim,
            ["--headless", text(&file), "-c", &script, "-c", wait],
        );
        if said.is_empty() {
            continue;
        }
        assert_eq!(said.matches("says yaml").count(), 1, "{said}");
        assert!(said.contains("runs already, as `yamlls`"), "{said}");
    }
}

#[test]
fn the_project_in_which_it_is_started_does_not_decide_for_all() {
    for neovim in neovims() {
        let Some(desk) = Desk::with("neovim") else {
            return;
        };
        desk.place.ok(["disable", "yaml-server", "--project"]);
        let file = desk.file("a.yaml");
        let script = script("neovim.lua");
        let said = desk.run(&neovim, ["--headless", text(&file), "-S", &script]);
        let expected = desk.diagnostic("yaml-language-server", "yaml");
        assert!(said.contains(&expected), "{}: {said}", neovim.display());
    }
}

#[test]
fn languages_of_extensions_that_are_not_wanted_become_no_file_types() {
    for neovim in neovims() {
        let Some(desk) = Desk::with_only("neovim", &["yaml-server"]) else {
            return;
        };
        let (file, klingon) = (desk.file("a.yaml"), desk.file("a.klg"));
        // A server has answered: what is installed is known.
        let say = format!(
            "lua vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 10) \
             io.stdout:write(#vim.diagnostic.get(0)) vim.cmd('edit {}') io.stdout:write(' type ' .. vim.bo.filetype .. '.') vim.cmd('qa!')",
            text(&klingon)
        );
        let said = desk.run(&neovim, ["--headless", text(&file), "-c", &say]);
        assert!(said.contains("1 type ."), "{}: {said}", neovim.display());
    }
}
