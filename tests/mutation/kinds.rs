//! The kinds of files there are.

use std::fs;

use annexe::digest::Sha256Digest;

use crate::{
    kind::{Form::*, Kind, Way, Words},
    world::{World, tool},
};

/// What reads an extension's folder.
const FULL: &[Words] = &[
    &["check", "full"],
    &["check", "full", "--for", "zed"],
    &["check", "full", "--sarif"],
    &["info", "./full"],
    &["pack", "full", "--output", "packed.tar.gz"],
    &["call", "./full"],
];

const FULL_CHECKED: &[Words] = &[
    &["check", "full"],
    &["check", "full", "--for", "zed"],
    &["info", "./full"],
];

/// What asks a registry.
const ASKING: &[Words] = &[
    &["info", "echo"],
    &["info", "paper", "--registry", "./registry"],
    &["search", "e"],
    &["explain", "echo"],
    &["outdated"],
    &["update", "--dry-run"],
    &["install", "echo@1.1", "--dry-run"],
    &["check", "full", "--against", "registry"],
];

const ASKING_SERVER: &[Words] = &[
    &["info", "echo", "--registry", "{server}/registry/"],
    &["search", "e", "--registry", "{server}/registry/"],
    &["explain", "paper", "--registry", "{server}/registry/"],
];

const PUBLISHING: &[Words] = &[
    &["registry", "add", "registry", "full-1.2.3.tar.gz"],
    &["registry", "yank", "registry", "echo@1.0.0"],
    &["registry", "restore", "registry", "paper@1.0.0"],
    &["registry", "block", "registry", "echo@1.0.0"],
    &["update", "--accept-capabilities"],
    &["sync", "--yes", "--lockfile", "annexe.lock"],
];

/// What reads the store.
const STORE: &[Words] = &[
    &["list"],
    &["info", "echo"],
    &["verify"],
    &["history"],
    &["languages"],
    &["call", "echo", "language-server-command", "count"],
    &["update", "--dry-run"],
    &["lock", "--lockfile", "other.lock"],
    &["grants"],
    &["stats"],
];

/// What changes the store.
const CHANGING: &[Words] = &[
    &["install", "echo@1.1", "--accept-capabilities"],
    &["update", "--accept-capabilities"],
    &["remove", "paper"],
    &["pin", "echo"],
    &["disable", "echo"],
    &["rollback"],
    &["gc"],
    &["call", "echo", "language-server-command", "print:more"],
];

const LOCKED: &[Words] = &[
    &["sync", "--dry-run"],
    &["sync", "--yes"],
    &["sync", "--yes", "--lockfile", "annexe.lock"],
    &["install", "echo", "--locked", "--lockfile", "annexe.lock"],
    &["install", "echo"],
    &["lock"],
    &["remove", "paper"],
    &["update", "--dry-run"],
];

const CONFIGURED: &[Words] = &[
    &["list"],
    &["languages"],
    &["info", "echo"],
    &["source", "list"],
    &["update", "--dry-run"],
    &["grants"],
    &["doctor", "echo", "--timeout", "1"],
    &["call", "echo", "language-server-command", "count"],
    &["source", "add", "more", "./other"],
    &["source", "remove", "corp"],
];

const SET: &[Words] = &[
    &["languages"],
    &["languages", "--for", "project/a.marsh"],
    &["languages", "--worktree", "project"],
    &[
        "call",
        "echo",
        "language-server-command",
        "settings-lsp:echo",
        "--worktree",
        "project",
    ],
    &[
        "call",
        "echo",
        "language-server-command",
        "settings-language:Marsh",
        "--worktree",
        "project",
    ],
    &["doctor", "echo", "--timeout", "1", "--worktree", "project"],
    &["editor", "helix"],
];

const GRANTED: &[Words] = &[
    &["grants"],
    &["grants", "echo"],
    &["grants", "echo", "--allow", "http one.example.org"],
    &["grants", "echo", "--reset"],
    &[
        "call",
        "echo",
        "language-server-command",
        "npm-install:one@1.0.0",
    ],
];

const DOWNLOAD_TAR: &[Words] = &[&[
    "call",
    "echo",
    "language-server-command",
    "download:{server}/tool gzip-tar tool",
]];
const DOWNLOAD_ZIP: &[Words] = &[&[
    "call",
    "echo",
    "language-server-command",
    "download:{server}/tool zip tool",
]];
const DOWNLOAD_GZ: &[Words] = &[&[
    "call",
    "echo",
    "language-server-command",
    "download:{server}/tool gzip tool",
]];

const ARCHIVES: &[Words] = &[
    &["check", "full-1.2.3.tar.gz"],
    &["info", "./full-1.2.3.tar.gz"],
    &["call", "./full-1.2.3.tar.gz"],
    &["install", "./full-1.2.3.tar.gz", "--accept-capabilities"],
    &["registry", "add", "registry", "full-1.2.3.tar.gz"],
];

const COMPONENTS: &[Words] = &[
    &["check", "bare.wasm"],
    &["call", "bare.wasm"],
    &["call", "bare.wasm", "language-server-command", "count"],
    &[
        "build",
        "--component",
        "bare.wasm",
        "--api",
        "0.6.0",
        "--output",
        "stamped.wasm",
    ],
];

const WORDS: &[Words] = &[
    &["install", "--dry-run", "--", "{input}"],
    &["info", "--", "{input}"],
    &["explain", "--", "{input}"],
    &["search", "--", "{input}"],
    &["languages", "--for={input}"],
    &["call", "echo", "{input}"],
    &["call", "echo", "language-server-command", "--", "{input}"],
    &[
        "call",
        "echo",
        "labels-for-symbols",
        "echo",
        "--",
        "{input}",
    ],
    &["grants", "echo", "--allow={input}"],
    &["grants", "echo", "--deny={input}"],
    &["source", "add", "--", "new", "{input}"],
    &["source", "add", "--", "{input}", "./registry"],
    &["registry", "init", "new", "--name={input}"],
    &["lsp", "--", "{input}"],
    &["new", "--no-such", "--", "{input}"],
    &["new", "--vcs=none", "--", "new/{input}"],
    &["remove", "--", "{input}"],
    &["pin", "--", "{input}"],
    &["log", "--", "{input}"],
    &["help", "--", "{input}"],
    &["api", "--", "{input}"],
    &["wit", "--", "{input}"],
    &["check", "--explain={input}"],
    &["completions", "--", "{input}"],
    &["editor", "helix", "--only={input}"],
];

const LSP: &[Words] = &[&["lsp", "echo"], &["lsp", "echo", "--root", "project"]];
const LSP_SERVER: &[Words] = &[&["lsp", "other", "--", "/bin/cat", "{root}/frames"]];

/// All kinds.
pub const KINDS: &[Kind] = &[
    // An author's files.
    Kind::new("manifest", Text, "here/full/extension.toml", FULL),
    Kind::new(
        "capabilities",
        Text,
        "here/capable/extension.toml",
        &[
            &["check", "capable"],
            &["info", "./capable"],
            &["pack", "capable", "--output", "packed.tar.gz"],
        ],
    ),
    Kind::new(
        "legacy-manifest",
        Text,
        "here/legacy/extension.json",
        &[
            &["check", "legacy"],
            &["check", "legacy", "--for", "zed"],
            &["info", "./legacy"],
        ],
    ),
    Kind::new(
        "cargo-manifest",
        Text,
        "here/sourced/Cargo.toml",
        &[
            &["check", "sourced"],
            &["check", "sourced", "--for", "zed"],
            &["pack", "sourced", "--prebuilt", "--output", "packed.tar.gz"],
        ],
    )
    .fitted(build),
    Kind::new(
        "language",
        Text,
        "here/full/languages/marsh/config.toml",
        FULL_CHECKED,
    ),
    Kind::new(
        "query",
        Text,
        "here/full/languages/marsh/highlights.scm",
        FULL_CHECKED,
    ),
    Kind::new(
        "overrides",
        Text,
        "here/full/languages/marsh/overrides.scm",
        FULL_CHECKED,
    ),
    Kind::new(
        "tasks",
        Text,
        "here/full/languages/marsh/tasks.json",
        FULL_CHECKED,
    ),
    Kind::new("theme", Text, "here/full/themes/paper.json", FULL_CHECKED),
    Kind::new(
        "icon-theme",
        Text,
        "here/full/icon_themes/plain.json",
        FULL_CHECKED,
    ),
    Kind::new(
        "snippets",
        Text,
        "here/full/snippets/marsh.json",
        FULL_CHECKED,
    ),
    Kind::new(
        "schema",
        Text,
        "here/full/debug_adapter_schemas/adapter.json",
        FULL_CHECKED,
    ),
    Kind::new(
        "grammar",
        Component,
        "here/full/grammars/marsh.wasm",
        FULL_CHECKED,
    ),
    Kind::new("licence", Text, "here/full/LICENSE", FULL_CHECKED),
    Kind::new("icon", Bytes, "here/full/icons/file.svg", FULL_CHECKED),
    Kind::new("component", Component, "here/bare.wasm", COMPONENTS),
    // A user's files.
    Kind::new("configuration", Text, "config.toml", CONFIGURED).changing(),
    Kind::new("settings", Text, "settings.json", SET),
    Kind::new(
        "project-settings",
        Text,
        "here/project/.annexe/settings.json",
        SET,
    ),
    Kind::new("grants", Text, "grants.toml", GRANTED).changing(),
    Kind::new("bindings", Text, "registries.json", ASKING).changing(),
    Kind::new(
        "project",
        Text,
        "here/project/.annexe/extensions.toml",
        &[
            &["languages", "--worktree", "project"],
            &["languages", "--for", "project/a.marsh"],
            &["disable", "echo", "--project", "project"],
            &["enable", "paper", "--project", "project"],
        ],
    )
    .changing(),
    Kind::new("lockfile", Text, "here/annexe.lock", LOCKED).changing(),
    Kind::new(
        "editor",
        Text,
        "home/.config/helix/languages.toml",
        &[
            &["editor", "helix"],
            &["editor", "helix", "--write"],
            &["editor", "helix", "--remove"],
        ],
    )
    .changing(),
    // A registry's files, in a folder and from a server.
    Kind::new("registry", Text, "here/registry/config.json", ASKING).changing(),
    Kind::new("index", Text, "here/registry/index/ec/ho/echo", ASKING).changing(),
    Kind::new("catalogue", Text, "here/registry/catalogue.jsonl", ASKING).changing(),
    Kind::new(
        "served-registry",
        Text,
        "here/registry/config.json",
        ASKING_SERVER,
    )
    .changing(),
    Kind::new(
        "served-index",
        Text,
        "here/registry/index/pa/pe/paper",
        ASKING_SERVER,
    )
    .changing(),
    Kind::new(
        "served-catalogue",
        Text,
        "here/registry/catalogue.jsonl",
        ASKING_SERVER,
    )
    .changing(),
    Kind::new(
        "published-index",
        Text,
        "here/registry/index/ec/ho/echo",
        PUBLISHING,
    )
    .changing(),
    Kind::new(
        "published-catalogue",
        Text,
        "here/registry/catalogue.jsonl",
        PUBLISHING,
    )
    .changing(),
    // Archives.
    Kind::new("archive", TarGz, "here/full-1.2.3.tar.gz", ARCHIVES).changing(),
    Kind::new(
        "published-archive",
        TarGz,
        "here/registry/archives/echo/1.1.0/*",
        &[
            &["install", "echo@=1.1.0", "--accept-capabilities"],
            &["update", "--accept-capabilities"],
        ],
    )
    .changing()
    .fitted(publish),
    Kind::new("tool-tar", TarGz, "answer", DOWNLOAD_TAR)
        .samples(|| tool()[..1].to_vec())
        .changing(),
    Kind::new("tool-zip", Zip, "answer", DOWNLOAD_ZIP)
        .samples(|| tool()[1..].to_vec())
        .changing(),
    Kind::new("tool-gz", Gz, "answer", DOWNLOAD_GZ)
        .samples(|| tool()[..1].to_vec())
        .changing(),
    // Answers.
    Kind::new(
        "github",
        Text,
        "answer",
        &[
            &["call", "echo", "language-server-command", "github:o/n"],
            &[
                "call",
                "echo",
                "language-server-command",
                "github:o/n pre-release",
            ],
            &[
                "call",
                "echo",
                "language-server-command",
                "github:o/n require-assets",
            ],
        ],
    )
    .changing(),
    Kind::new(
        "npm",
        Text,
        "answer",
        &[
            &["call", "echo", "language-server-command", "npm-latest:one"],
            &[
                "call",
                "echo",
                "language-server-command",
                "npm-install:one@1.0.0",
            ],
        ],
    )
    .samples(|| vec![b"{\"latest\":\"1.4.0\",\"next\":\"2.0.0-rc.1\"}\n".to_vec()])
    .changing(),
    // The store's own.
    Kind::new("current", Text, "store/current", STORE),
    Kind::new("generation", Text, "store/generations/2.json", STORE),
    Kind::new("store-mark", Text, "store/annexe-store.json", STORE),
    Kind::new("changed-current", Text, "store/current", CHANGING).changing(),
    Kind::new(
        "changed-generation",
        Text,
        "store/generations/2.json",
        CHANGING,
    )
    .changing(),
    Kind::new("changed-mark", Text, "store/annexe-store.json", CHANGING).changing(),
    Kind::new("installed", Text, "store/trees/*/extension.toml", STORE),
    Kind::new(
        "statistics",
        Text,
        "store/stats/echo.json",
        &[
            &["stats"],
            &["stats", "echo"],
            &["call", "echo", "language-server-command", "count"],
        ],
    )
    .changing(),
    Kind::new(
        "audit",
        Text,
        "store/audit/echo.jsonl",
        &[
            &["audit"],
            &["audit", "echo", "--refused"],
            &[
                "call",
                "echo",
                "language-server-command",
                "npm-install:one@1.0.0",
            ],
        ],
    )
    .changing(),
    Kind::new(
        "log",
        Text,
        "store/logs/echo.log",
        &[
            &["log", "echo"],
            &["call", "echo", "language-server-command", "print:more"],
        ],
    )
    .changing(),
    Kind::new(
        "downloads",
        Text,
        "store/downloads/echo.json",
        &[
            &["lock", "--lockfile", "other.lock"],
            &["info", "echo"],
            &[
                "call",
                "echo",
                "language-server-command",
                "download:{server}/file uncompressed file",
            ],
        ],
    )
    .changing(),
    Kind::new(
        "compiled",
        Bytes,
        "cache/v1/*",
        &[
            &["call", "echo", "language-server-command", "count"],
            &["cache"],
            &["doctor", "echo", "--timeout", "1"],
        ],
    )
    .changing(),
    Kind::new(
        "cache-key",
        Bytes,
        "cache.key",
        &[
            &["call", "echo", "language-server-command", "count"],
            &["cache"],
        ],
    )
    .changing(),
    Kind::new(
        "cached-answer",
        Text,
        "cache/answers/*",
        &[
            &["call", "echo", "language-server-command", "github:o/n"],
            &["cache"],
        ],
    )
    .changing(),
    // Messages.
    Kind::new("editor-messages", Frames, "frames", LSP).passing(Way::Input),
    Kind::new("server-messages", Frames, "frames", LSP_SERVER).passing(Way::File),
    Kind::new("words", Text, "word", WORDS)
        .samples(words)
        .word()
        .changing(),
];

/// Puts an archive in the place of one that is published, with its digest and size in the index.
fn publish(world: &World, archive: &[u8]) {
    let index = world.path("here/registry/index/ec/ho/echo");
    let lines = fs::read_to_string(&index).unwrap();
    let lines = lines.lines().map(|line| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        if line["version"] == "1.1.0" {
            let digest = Sha256Digest::of(archive);
            line["archive"]["sha256"] = digest.to_string().into();
            line["archive"]["size"] = archive.len().into();
            let folder = world.path("here/registry/archives/echo/1.1.0");
            fs::write(folder.join(format!("{digest}.tar.gz")), archive).unwrap();
        }
        format!("{line}\n")
    });
    fs::write(&index, lines.collect::<String>()).unwrap();
}

/// Makes the component newer than the sources.
fn build(world: &World, _: &[u8]) {
    let component = world.path("here/sourced/extension.wasm");
    let content = fs::read(&component).unwrap();
    fs::write(component, content).unwrap();
}

fn words() -> Vec<Vec<u8>> {
    let words = [
        "echo@1.0.0",
        "echo",
        "process:exec git --version **",
        "download_file github.com o n **",
        "http *.example.org",
        "[{\"kind\":\"property\",\"name\":\"version\"}]",
        "{\"name\":\"echo\",\"label\":[1,null]}",
        "npm-latest:@scope/name",
        "https://example.org:8080/registry/",
        "project/a.marsh",
        "0.6.0",
        "licence-missing",
    ];
    words.map(|word| word.as_bytes().to_vec()).to_vec()
}
