//! Every command with arguments that make sense, and what it does with the store.

use std::collections::BTreeSet;

use crate::{support::place::Place, template};

/// What a command does with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// It has nothing to do with it.
    Ignores,
    /// It reads what is there.
    Reads,
    /// It runs an extension of it.
    Runs,
    /// It changes it.
    Changes,
}

/// A command, what follows it, and what it does with the store. `{home}` stands for the folder of the user's own
/// files, see `template`.
#[derive(Debug)]
pub struct Case {
    pub command: &'static str,
    pub arguments: &'static str,
    pub store: Store,
    /// What it makes in the current folder.
    pub makes: &'static [&'static str],
    /// The store has the dev extension `shade`.
    pub has_dev: bool,
}

const fn case(command: &'static str, arguments: &'static str, store: Store) -> Case {
    Case {
        command,
        arguments,
        store,
        makes: &[],
        has_dev: false,
    }
}

/// Everything that the help lists, at least once.
pub const CASES: &[Case] = &[
    case("install", "dotenv", Store::Changes),
    case("install", "{home}/paper-1.1.0.tar.gz", Store::Changes),
    case(
        "install",
        "paper --registry {home}/registry",
        Store::Changes,
    ),
    case("update", "--registry {home}/registry", Store::Changes),
    case("outdated", "", Store::Reads),
    case("remove", "paper", Store::Changes),
    case("remove", "guest --work", Store::Changes),
    case("import zed", "--yes --from {home}/zed", Store::Changes),
    case("search", "paper", Store::Reads),
    case("source add", "fresh {home}/registry", Store::Ignores),
    case("source list", "", Store::Reads),
    case("source remove", "annexe", Store::Reads),
    case("list", "", Store::Reads),
    case("info", "guest", Store::Reads),
    case("explain", "paper --registry {home}/registry", Store::Reads),
    case("pin", "paper", Store::Changes),
    case("unpin", "guest", Store::Changes),
    case("disable", "paper", Store::Changes),
    case("enable", "guest", Store::Changes),
    case("languages", "", Store::Reads),
    case("doctor", "", Store::Reads),
    case("editor", "neovim --print", Store::Reads),
    case("lsp", "nobody --offline", Store::Reads),
    case("dap", "nobody --offline", Store::Reads),
    case("mcp", "nobody --offline", Store::Reads),
    case("history", "", Store::Reads),
    case("rollback", "", Store::Changes),
    case("lock", "--lockfile {home}/new.lock", Store::Reads),
    case("sync", "--lockfile {home}/one.lock --yes", Store::Changes),
    case("fetch", "guest --offline", Store::Runs),
    case("bundle", "--output {home}/new.tar", Store::Reads),
    case("verify", "", Store::Reads),
    case("gc", "--keep 1", Store::Changes),
    Case {
        makes: &["fresh"],
        ..case("new", "fresh", Store::Ignores)
    },
    case("dev", "{home}/theme --once", Store::Changes),
    Case {
        has_dev: true,
        ..case("dev", "--stop shade", Store::Changes)
    },
    case("check", "{home}/paper", Store::Ignores),
    case("call", "guest language-server-command echo", Store::Runs),
    case(
        "call",
        "guest language-server-command settings-lsp:echo",
        Store::Runs,
    ),
    case(
        "call",
        "guest language-server-command which:planted",
        Store::Runs,
    ),
    case("grants", "guest", Store::Reads),
    case("audit", "", Store::Reads),
    case("log", "guest", Store::Reads),
    case("stats", "", Store::Reads),
    case("api", "", Store::Ignores),
    case("wit", "0.7.0", Store::Ignores),
    case("cache", "", Store::Ignores),
    case(
        "build",
        "{home}/rust --output {home} --offline",
        Store::Ignores,
    ),
    case("pack", "{home}/paper --output {home}", Store::Ignores),
    case(
        "registry init",
        "{home}/another --name another",
        Store::Ignores,
    ),
    case(
        "registry add",
        "{home}/registry {home}/theme-1.0.0.tar.gz",
        Store::Ignores,
    ),
    case(
        "registry yank",
        "{home}/registry paper@1.0.0",
        Store::Ignores,
    ),
    case(
        "registry restore",
        "{home}/registry paper@1.0.0",
        Store::Ignores,
    ),
    case(
        "registry block",
        "{home}/registry paper@1.0.0",
        Store::Ignores,
    ),
    case("registry refresh", "{home}/registry", Store::Ignores),
    case(
        "registry push",
        "{home}/registry oci://127.0.0.1:9/extensions",
        Store::Ignores,
    ),
    case("completions", "bash", Store::Ignores),
];

impl Case {
    /// All words of the command.
    pub fn words(&self, place: &Place) -> Vec<String> {
        let home = place.home().display().to_string();
        let words = self.command.split(' ').chain(self.arguments.split(' '));
        let words = words.filter(|word| !word.is_empty());
        words.map(|word| word.replace("{home}", &home)).collect()
    }

    /// The exit code where all is well: here the editor of `lsp` is gone at once, what `doctor` and `fetch` look at is
    /// not there, and nobody takes what `registry push` brings.
    pub fn code(&self) -> i32 {
        match self.command {
            "lsp" | "dap" | "mcp" | "doctor" | "fetch" | "registry push" => 1,
            _ => 0,
        }
    }

    /// The command as a user types it, for messages.
    pub fn line(&self) -> String {
        format!("annexe {} {}", self.command, self.arguments)
    }
}

/// The commands that the help of `command` lists, those of its own commands included.
fn listed(place: &Place, command: &str) -> BTreeSet<String> {
    let words = command.split(' ').filter(|word| !word.is_empty());
    let help = place.run(words.chain(["--help"]).map(str::to_owned));
    assert_eq!(help.code, 0, "{help:?}");
    let lines = help.stdout.lines().skip_while(|line| *line != "Commands:");
    let names: Vec<&str> = lines
        .skip(1)
        .take_while(|line| !line.is_empty())
        // What goes on in another line is further in.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    if names.is_empty() {
        return BTreeSet::from([command.to_owned()]);
    }
    let longer = names.iter().map(|name| format!("{command} {name}"));
    longer.flat_map(|name| listed(place, name.trim())).collect()
}

#[test]
fn no_command_of_the_help_is_left_out() {
    let tried = CASES.iter().map(|case| case.command.to_owned()).collect();
    assert_eq!(listed(&template::place(), ""), tried);
}
