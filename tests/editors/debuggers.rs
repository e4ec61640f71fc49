//! Debug adapters in editors whose plugins for them are played: the tables that nvim-dap and dape read.

use std::fs;

use crate::{
    desk::{Desk, neovims, programs},
    support::{files, place::text},
};

/// The tables of nvim-dap, with an adapter and a configuration of the user's own.
const NVIM_DAP: &str =
    "return { adapters = { mine = {} }, configurations = { c = { { name = 'mine' } } } }\n";

#[test]
fn nvim_dap_knows_the_adapters_and_how_to_begin() {
    for neovim in neovims() {
        let Some(desk) = Desk::with("neovim") else {
            return;
        };
        desk.place.ok(["install", "lldb", "debugpy", "--quiet"]);
        let plugin = desk.place.home().join(".config/nvim/lua/dap.lua");
        files::write(&plugin, NVIM_DAP);
        let script = desk.place.beside("say.lua");
        let wait = "local dap = require('dap') \
            vim.wait(20000, function() return dap.adapters.debugpy ~= nil end) \
            io.stdout:write('@@' .. vim.fn.json_encode({ dap.adapters.debugpy, dap.configurations.python[1], \
            #dap.configurations.c, dap.configurations.c[1].name, type(dap.configurations.rust[1].program) }) .. '@@')";
        fs::write(&script, format!("{wait}\nvim.cmd('qa!')\n")).unwrap();
        // Commands of the line are run before Neovim has come up.
        let command = format!("autocmd VimEnter * luafile {}", text(&script));
        let said = desk.run(&neovim, ["--headless", "-c", &command]);
        let json = said.split("@@").nth(1).unwrap_or_else(|| panic!("{said}"));
        let told: serde_json::Value = serde_json::from_str(json).unwrap();
        let adapter = &told[0];
        assert_eq!(adapter["type"], "executable");
        let args: Vec<&str> = adapter["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        assert!(
            args.ends_with(&["dap", "debugpy", "--extension", "debugpy"]),
            "{args:?}"
        );
        assert_eq!(
            (&told[1]["type"], &told[1]["program"]),
            (&"debugpy".into(), &"${file}".into())
        );
        // What the user has stays.
        assert_eq!(
            (&told[2], &told[3], &told[4]),
            (&1.into(), &"mine".into(), &"function".into())
        );
    }
}

#[test]
fn without_nvim_dap_nothing_is_asked() {
    for neovim in neovims() {
        let Some(desk) = Desk::with("neovim") else {
            return;
        };
        let said = desk.run(
            &neovim,
            ["--headless", "-c", "lua vim.wait(500)", "-c", "qa!"],
        );
        assert!(!said.contains("rror"), "{said}");
    }
}

#[test]
fn dape_knows_the_adapters_once_it_is_loaded() {
    for emacs in programs("emacs", "ANNEXE_EMACSES") {
        let Some(desk) = Desk::with("emacs") else {
            return;
        };
        desk.place.ok(["install", "lldb", "debugpy", "--quiet"]);
        let init = desk.place.home().join(".emacs.d/init.el");
        let plugin = desk.place.beside("dape.el");
        fs::write(
            &plugin,
            "(defvar dape-configs '((annexe-lldb-dap mine t)))\n(provide 'dape)\n",
        )
        .unwrap();
        let say = "(princ (format \"\\n%S\\n\" dape-configs))";
        let said = desk.run(
            &emacs,
            [
                "--batch",
                "-l",
                text(&init),
                "-l",
                text(&plugin),
                "--eval",
                say,
            ],
        );
        for part in [
            "(annexe-lldb-dap mine t)",
            "(annexe-debugpy modes (python-mode python-ts-mode) command",
            "\"dap\" \"debugpy\" \"--extension\" \"debugpy\") :type \"debugpy\" :request \"launch\"",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(said.matches("annexe-lldb-dap").count(), 1, "{said}");
    }
}
