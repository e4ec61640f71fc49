//! Editors' configuration, as it is shown, written and taken out again. What the editors make of it is tested with the
//! editors themselves (`tests/editors/`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::support::{
    files,
    place::{Place, text},
};

const WRITTEN: [&str; 5] = ["helix", "neovim", "emacs", "vim", "kakoune"];

/// A place with two language servers, one of them for a language that its extension brings.
fn place() -> Place {
    let place = Place::new();
    place.ok([
        "install",
        "yaml-server",
        "dockerfile-server",
        "dotenv",
        "--quiet",
    ]);
    place
}

fn file(place: &Place, path: &str) -> PathBuf {
    place.home().join(path)
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn each_editor_s_files_are_written_once_and_taken_out_again() {
    let place = place();
    for editor in WRITTEN {
        let before = files::content(&place.home());
        let shown = place.json(["editor", editor]);
        assert_eq!(shown["written"], false);
        assert_eq!(files::content(&place.home()), before, "{editor}");
        let answer = place.json(["editor", editor, "--write"]);
        let changes = |answer: &Value| -> Vec<Value> {
            let files = answer["files"].as_array().unwrap();
            files.iter().map(|file| file["change"].clone()).collect()
        };
        assert!(changes(&answer).iter().all(|it| it == "create"), "{answer}");
        let written = files::content(&place.home());
        let again = place.json(["editor", editor, "--write"]);
        assert!(
            changes(&again).iter().all(|it| it == "unchanged"),
            "{again}"
        );
        assert_eq!(files::content(&place.home()), written, "{editor}");

        let program = env!("CARGO_BIN_EXE_annexe");
        let all: String = answer["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| read(Path::new(file["path"].as_str().unwrap())))
            .collect();
        assert!(all.contains(program), "{editor}: {all}");
        assert!(all.contains(text(&place.store())), "{editor}: {all}");

        let answer = place.json(["editor", editor, "--remove"]);
        assert!(changes(&answer).iter().all(|it| it == "remove"), "{answer}");
        assert_eq!(files::content(&place.home()), before, "{editor}");
    }
}

#[test]
fn what_the_user_has_in_a_file_stays_byte_for_byte() {
    let place = place();
    let own = [
        (
            "helix",
            ".config/helix/languages.toml",
            "# mine\n[[language]]\nname = \"rust\" # here",
        ),
        (
            "helix",
            ".config/helix/languages.toml",
            "# mine\r\n[language-server.x]\r\ncommand = 'x'\r\n",
        ),
        ("neovim", ".config/nvim/plugin/annexe.lua", "-- mine"),
        (
            "emacs",
            ".emacs.d/init.el",
            ";; mine -*- lexical-binding: t -*-\n(setq x 1)",
        ),
        ("emacs", ".emacs", "(setq x 1)\n"),
        ("vim", ".vim/plugin/annexe.vim", "\" mine\n\n"),
        (
            "kakoune",
            ".config/kak/kakrc",
            "eval %sh{kak-lsp}\nlsp-enable\n",
        ),
    ];
    for (editor, path, before) in own {
        let path = file(&place, path);
        write(&path, before);
        place.ok(["editor", editor, "--write"]);
        let with = read(&path);
        assert_ne!(with, before);
        let own_lines = before.lines().filter(|line| !line.is_empty());
        for line in own_lines {
            assert!(with.lines().any(|it| it == line), "{editor}: {with}");
        }
        place.ok(["editor", editor, "--write"]);
        assert_eq!(read(&path), with, "{editor}");
        place.ok(["editor", editor, "--remove"]);
        assert_eq!(read(&path), before, "{editor}");
        place.ok(["editor", editor, "--remove"]);
        assert_eq!(read(&path), before, "{editor}");
    }
}

#[test]
fn helix_has_each_server_and_the_languages_that_it_lacks() {
    let place = place();
    let path = file(&place, ".config/helix/languages.toml");
    write(
        &path,
        "[[language]]\nname = \"yaml\"\nlanguage-servers = [\"mine\"]\n",
    );
    let answer = place.json(["editor", "helix", "--write"]);
    let notes = answer["notes"].to_string();
    assert!(
        notes.contains("add `annexe-yaml-language-server` there"),
        "{notes}"
    );
    let table: toml::Table = read(&path).parse().unwrap();
    let server = &table["language-server"]["annexe-yaml-language-server"];
    let store = place.store();
    let arguments = [
        "--store",
        text(&store),
        "lsp",
        "yaml-language-server",
        "--extension",
        "yaml-server",
    ];
    let told: Vec<_> = server["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    assert_eq!(told, arguments);
    let languages = table["language"].as_array().unwrap();
    let of = |name: &str| -> Vec<_> {
        languages
            .iter()
            .filter(|it| it["name"].as_str() == Some(name))
            .collect()
    };
    assert_eq!(of("yaml").len(), 1);
    assert_eq!(
        of("dockerfile")[0]["language-servers"][0].as_str(),
        Some("annexe-dockerfile-language-server")
    );
    assert_eq!(of("dotenv")[0]["scope"].as_str(), Some("source.dotenv"));

    let only = place.ok(["editor", "helix", "--print", "--only", "dockerfile-server"]);
    let table: toml::Table = only.parse().unwrap();
    assert_eq!(table["language-server"].as_table().unwrap().len(), 1);
    // The language of another extension is not wanted either, but by its own name.
    assert!(!only.contains("dotenv"), "{only}");
    let only = place.run(["editor", "helix", "--print", "--only", "dotenv"]);
    assert!(
        only.stdout.contains("source.dotenv") && only.stderr.is_empty(),
        "{only:?}"
    );
}

#[test]
fn a_name_that_is_of_nothing_is_told() {
    let place = place();
    place.ok(["disable", "yaml-server"]);
    for editor in ["helix", "neovim"] {
        let names = [
            "bash-language-server",
            "yaml-server",
            "dockerfile-language-server",
        ];
        let only = names.iter().flat_map(|name| ["--only", name]);
        let ran = place.run(["editor", editor, "--print"].into_iter().chain(only));
        assert_eq!((ran.code, ran.stderr.lines().count()), (0, 2), "{ran:?}");
        let unknown = "`bash-language-server`, which `--only` names, is neither";
        assert!(ran.stderr.contains(unknown), "{ran:?}");
        assert!(
            ran.stderr.contains("`annexe enable yaml-server`"),
            "{ran:?}"
        );
    }
    place.ok(["disable", "dockerfile-server"]);
    let ran = place.run(["editor", "helix", "--print"]);
    let told = "all 2 extensions that have language servers are disabled: `annexe enable dockerfile-server yaml-server`";
    assert!(ran.stderr.contains(told), "{ran:?}");
}

#[test]
fn what_is_shown_is_a_difference_and_the_way_on() {
    let place = place();
    let path = file(&place, ".config/kak/kakrc");
    write(&path, "lsp-enable\n");
    let ran = place.run(["editor", "kakoune"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.contains("\n lsp-enable\n+\n+# >>> annexe "),
        "{ran:?}"
    );
    assert!(
        ran.stderr
            .contains("`annexe editor kakoune --write` writes this"),
        "{ran:?}"
    );
    assert_eq!(read(&path), "lsp-enable\n");
}

#[test]
fn what_somebody_has_changed_is_not_overwritten() {
    let place = place();
    place.ok(["editor", "helix", "--write"]);
    let path = file(&place, ".config/helix/languages.toml");
    let edited = read(&path).replace("timeout = 600", "timeout = 60");
    fs::write(&path, &edited).unwrap();
    for option in ["--write", "--remove"] {
        let error = place.error(1, ["editor", "helix", option]);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("not as they were written, from line 1 on"),
            "{error}"
        );
        assert!(
            error["hint"]
                .as_str()
                .unwrap()
                .contains("move what is yours"),
            "{error}"
        );
        assert_eq!(read(&path), edited);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_with_its_place() {
    let place = place();
    let path = file(&place, ".config/helix/languages.toml");
    write(&path, "a = 1\nb = [\n");
    let error = place.error(1, ["editor", "helix", "--write"]);
    assert!(
        error["message"].as_str().unwrap().contains("line "),
        "{error}"
    );
    write(&path, "language = [{ name = 'rust' }]\n");
    let error = place.error(1, ["editor", "helix", "--write"]);
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("(`[[language]]`)"), "{error}");
    assert_eq!(read(&path), "language = [{ name = 'rust' }]\n");
    write(&path, "language-server = { x = { command = 'x' } }\n");
    let error = place.error(1, ["editor", "helix", "--write"]);
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("(`[language-server.NAME]`)"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_to_dotfiles_is_followed_and_stays() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let place = place();
    let (link, dotfile) = (
        file(&place, ".config/helix/languages.toml"),
        file(&place, "dotfiles/h.toml"),
    );
    write(&dotfile, "# mine\n");
    fs::set_permissions(&dotfile, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    symlink(&dotfile, &link).unwrap();
    place.ok(["editor", "helix", "--write"]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(read(&dotfile).contains(">>> annexe"));
    let mode = fs::metadata(&dotfile).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o640);
    place.ok(["editor", "helix", "--remove"]);
    assert_eq!(read(&dotfile), "# mine\n");

    fs::remove_file(&dotfile).unwrap();
    let error = place.error(1, ["editor", "helix", "--write"]);
    assert!(
        error["message"].as_str().unwrap().contains("leads nowhere"),
        "{error}"
    );
}

#[test]
fn agents_files_are_shown_and_not_written() {
    let place = place();
    for (agent, path) in [
        ("claude-code", "/annexe-yaml-language-server"),
        ("copilot-cli", "/lspServers/annexe-yaml-language-server"),
        ("opencode", "/lsp/annexe-yaml-language-server"),
    ] {
        let text = place.ok(["editor", agent, "--print"]);
        let file: Value = serde_json::from_str(&text).unwrap();
        assert!(file.pointer(path).is_some(), "{text}");
        let answer = place.json(["editor", agent, "--print"]);
        assert_eq!(answer, json!({"editor": agent, "text": text}));
        for option in ["--write", "--remove"] {
            let error = place.error(1, ["editor", agent, option]);
            assert!(
                error["hint"].as_str().unwrap().contains("--print"),
                "{error}"
            );
        }
    }
    assert!(files::names(&place.home()).is_empty());
}

#[test]
fn clients_of_context_servers_are_shown_their_files_and_codex_is_written_its_own() {
    let mut place = Place::new();
    let told = place.run(["editor", "mcp-json", "--print"]);
    assert!(
        told.stderr
            .contains("no installed extension brings a context server"),
        "{told:?}"
    );
    place.ok(["install", "memory-server", "lldb", "--quiet"]);
    place.environment.push((
        "HTTPS_PROXY".into(),
        "http://me:secret@proxy.example".into(),
    ));
    place
        .environment
        .push(("NO_PROXY".into(), "localhost".into()));
    for (agent, path) in [
        ("mcp-json", "/mcpServers/memory"),
        ("vscode", "/servers/memory"),
        ("zed", "/context_servers/memory"),
        ("opencode", "/mcp/memory"),
    ] {
        let text = place.ok(["editor", agent, "--print"]);
        assert!(!text.contains("secret"), "{text}");
        let file: Value = serde_json::from_str(&text).unwrap();
        let entry = file.pointer(path).unwrap_or_else(|| panic!("{text}"));
        let env = entry.get("env").or(entry.get("environment")).unwrap();
        assert_eq!(env["NO_PROXY"], "localhost", "{text}");
        assert_eq!(env["ANNEXE_CONFIG"], text_of(&place.configuration()));
        let error = place.error(1, ["editor", agent, "--write"]);
        assert!(
            error["hint"].as_str().unwrap().contains("--print"),
            "{error}"
        );
    }
    let file = place.home().join(".codex/config.toml");
    files::write(
        &file,
        "model = \"mine\"\n\n[mcp_servers.own]\ncommand = \"x\"\n",
    );
    let answer = place.json(["editor", "codex", "--write"]);
    assert_eq!(answer["files"][0]["change"], "change");
    let written = read(&file);
    let table: toml::Table = written.parse().unwrap();
    let servers = table["mcp_servers"].as_table().unwrap();
    assert_eq!(
        servers["memory"]["startup_timeout_sec"].as_integer(),
        Some(600)
    );
    assert!(servers.contains_key("own") && table["model"].as_str() == Some("mine"));
    let again = place.json(["editor", "codex", "--write"]);
    assert_eq!(again["files"][0]["change"], "unchanged");
    place.ok(["editor", "codex", "--remove"]);
    assert_eq!(
        read(&file),
        "model = \"mine\"\n\n[mcp_servers.own]\ncommand = \"x\"\n"
    );
    // One that the user has of the same name is not there twice.
    files::write(&file, "[mcp_servers.memory]\ncommand = \"x\"\n");
    let error = place.error(1, ["editor", "codex", "--write"]);
    assert!(
        error["message"].as_str().unwrap().contains("`mcp_servers`"),
        "{error}"
    );
    assert_eq!(read(&file), "[mcp_servers.memory]\ncommand = \"x\"\n");
}

fn text_of(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn without_any_server_the_user_is_told() {
    let place = Place::new();
    let ran = place.run(["editor", "nvim", "--write"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("annexe install"), "{ran:?}");
    let ran = place.run(["editor", "ed"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("neovim"), "{ran:?}");
}
