//! Manifests as authors write them: what loads, what is refused and where, what is warned of, and what
//! goes into an archive.

mod content;
mod folders;
mod hostile;
mod legacy;
mod mistakes;
mod packing;

use std::{fs, path::Path};

use annexe::manifest::{Error, Loaded, Manifest};

/// The first lines of a valid manifest; what a test is about follows them, from line 5.
const HEAD: &str = "id = \"sample\"\nname = \"Sample\"\nversion = \"0.1.0\"\nschema_version = 1\n";

fn toml(rest: &str) -> Result<Manifest, Error> {
    Manifest::parse_toml(&format!("{HEAD}{rest}")).map(|(manifest, _)| manifest)
}

fn warnings(rest: &str) -> Vec<String> {
    let (_, warnings) = Manifest::parse_toml(&format!("{HEAD}{rest}")).unwrap();
    warnings.iter().map(ToString::to_string).collect()
}

/// Writes files into a folder; a name that ends in `/` is a folder.
fn folder(content: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in content {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    folder
}

fn load(folder: &Path) -> Loaded {
    Manifest::from_folder(folder).unwrap()
}

/// Everything the format has, with a value in each key.
const COMPLETE: &str = r#"
id = "every-thing"
name = "Every Thing"
version = "1.2.3-rc.1"
schema_version = 1
description = "Has one of everything."
repository = "https://example.com/every-thing"
authors = ["Ada <ada@example.com>", "Ben"]
themes = ["./themes/night.json"]
icon_themes = ["icon_themes/dots.json"]
languages = ["languages/marsh"]
snippets = ["snippets/marsh.json", "snippets/fen.json"]

[lib]
kind = "Rust"
version = "0.6.0"

[grammars.marsh]
repository = "https://example.com/tree-sitter-marsh"
commit = "0123456789abcdef"
path = "grammars/marsh"

[grammars.fen]
repository = "file:///somewhere/fen"
rev = "main"
path = "."

[language_servers.marsh-ls]
name = "Marsh Language Server"
language = "Marsh"
languages = ["Marsh", "Fen"]
code_action_kinds = ["", "quickfix"]

[language_servers.marsh-ls.language_ids]
"Marsh" = "marsh"

[language_servers.fen-ls]
language = "Fen"

[context_servers.reeds]

[slash_commands.drain]
description = "Drains a marsh"
requires_argument = true

[indexed_docs_providers.bog-docs]

[agent_servers.heron]
name = "Heron"
icon = "icons/heron.svg"
env = { LEGS = "2" }

[agent_servers.heron.targets.linux-x86_64]
archive = "https://example.com/heron.tar.gz"
cmd = "node"
args = ["heron.js", "--fish"]
sha256 = "00ff"
env = { LEGS = "1" }

[debug_adapters.Wader]

[debug_adapters."Deep Wader"]
schema_path = "schemas/deep.json"

[debug_locators.otter]

[language_model_providers.frog]
name = "Frog"
icon = "icons/frog.svg"

[[capabilities]]
kind = "process:exec"
command = "gem"
args = ["install", "**"]

[[capabilities]]
kind = "download_file"
host = "example.com"
path = ["releases", "**"]

[[capabilities]]
kind = "npm:install"
package = "heron"
"#;
