//! The imports' side of the matrix: what the guest asks of its host, and what it is answered.

use std::env::consts;

use serde_json::json;

use super::session::EDITOR_REFUSES;
use crate::{
    guest::{Place, WORKTREE, has},
    support::npm,
};

/// What one import is asked by the guest, and what it answers.
pub struct Case {
    /// Its name, without its interface.
    pub import: &'static str,
    /// The version of the crate that brought it.
    pub since: &'static str,
    /// What is asserted, in a few words.
    pub asserts: &'static str,
    /// How the guest is made to ask.
    pub ask: Ask,
    /// What the guest finds; `{server}` stands for the server's address.
    pub answer: fn(&str, &Place) -> Vec<String>,
    /// How it is refused; `None` where its interface has no error.
    pub refusal: Option<Refusal>,
}

/// What the guest is asked, so that it asks its host.
#[derive(Clone, Copy)]
pub enum Ask {
    /// The command of a language server, whose id is a verb, in which `{server}` stands for the
    /// server's address; the arguments are what it found.
    Server(&'static str),
    /// The same for a verb that reads a stream; its content is what it found.
    Stream(&'static str),
    /// The same for a server whose status it sets; what the editor was told is what it found.
    Status(&'static str),
    /// The environment of the command of a language server.
    Environment,
    /// The command of a context server.
    ContextServer(&'static str),
    /// To index documentation; what is in the store then is what it found.
    Docs,
}

/// A question that is refused: the guest gets an error of these words.
pub struct Refusal {
    pub by: &'static str,
    /// Whether it comes about although everything is granted.
    pub is_granted: bool,
    pub ask: Ask,
    pub words: &'static str,
}

fn refusal(by: &'static str, ask: Ask, words: &'static str) -> Option<Refusal> {
    Some(Refusal {
        by,
        is_granted: false,
        ask,
        words,
    })
}

/// What no grant covers.
fn not_granted(verb: &'static str) -> Option<Refusal> {
    refusal("no grant", Ask::Server(verb), "not granted")
}

/// What fails although it is granted.
fn failure(by: &'static str, verb: &'static str, words: &'static str) -> Option<Refusal> {
    Some(Refusal {
        by,
        is_granted: true,
        ask: Ask::Server(verb),
        words,
    })
}

/// Every import of every world.
pub fn cases() -> Vec<Case> {
    vec![
        Case {
            import: "current-platform",
            since: "0.0.1",
            asserts: "this machine's system and architecture",
            ask: Ask::Server("platform"),
            answer: |_, _| platform(),
            refusal: None,
        },
        Case {
            import: "npm-package-latest-version",
            since: "0.0.1",
            asserts: "the version that a registry tags `latest`",
            ask: Ask::Server("npm-latest:@scope/server"),
            answer: |_, _| vec!["1.1.0".into()],
            refusal: not_granted("npm-latest:@scope/server"),
        },
        Case {
            import: "npm-install-package",
            since: "0.0.1",
            asserts: "no answer; the package is in the work directory",
            ask: Ask::Server("npm-install:@scope/server@1.0.0"),
            answer: |_, place| {
                let package = place
                    .work_dir()
                    .join("node_modules/@scope/server/server.js");
                assert!(package.exists(), "{}", package.display());
                vec!["@scope/server".into(), "1.0.0".into()]
            },
            refusal: not_granted("npm-install:@scope/server@1.0.0"),
        },
        Case {
            import: "npm-package-installed-version",
            since: "0.0.1",
            asserts: "the version that is in the work directory",
            ask: Ask::Server("npm-installed:@scope/server"),
            answer: |_, _| vec!["1.0.0".into()],
            refusal: refusal(
                "this host: not the name of a package",
                Ask::Server("npm-installed:../server"),
                "../server",
            ),
        },
        Case {
            import: "latest-github-release",
            since: "0.0.1",
            asserts: "the tag and the files of the newest release that has files",
            ask: Ask::Server("github:owner/name require-assets"),
            answer: |_, _| vec!["v1".into(), "tool.zip {server}/tool.zip".into()],
            refusal: not_granted("github:owner/name require-assets"),
        },
        Case {
            import: "download-file",
            since: "0.0.1",
            asserts: "no answer; the archive's file is in the work directory",
            ask: Ask::Server("download:{server}/tool.zip zip folder"),
            answer: |_, place| {
                let tool = place.work_dir().join("folder/bin/tool");
                assert_eq!(
                    std::fs::read_to_string(tool).unwrap_or_default(),
                    "the tool"
                );
                vec!["folder".into()]
            },
            refusal: not_granted("download:{server}/tool.zip zip folder"),
        },
        Case {
            import: "set-language-server-installation-status",
            since: "0.0.1",
            asserts: "the server and `Failed` with its words, as the editor is told",
            ask: Ask::Status("status:failed"),
            answer: |_, _| vec!["status:failed: Failed(\"broken\")".into()],
            refusal: None,
        },
        Case {
            import: "worktree.read-text-file",
            since: "0.0.1",
            asserts: "the file's text",
            ask: Ask::Server("read:notes/today.txt"),
            answer: |_, _| vec!["text of the worktree".into()],
            refusal: refusal(
                "a path that leaves the worktree",
                Ask::Server("read:../secret"),
                "../secret",
            ),
        },
        Case {
            import: "worktree.which",
            since: "0.0.1",
            asserts: "the program's path, from the worktree's `PATH`",
            ask: Ask::Server("which:tool"),
            answer: |_, place| {
                vec![
                    place
                        .worktree_dir()
                        .join("bin/tool")
                        .to_string_lossy()
                        .into(),
                ]
            },
            refusal: None,
        },
        Case {
            import: "worktree.shell-env",
            since: "0.0.1",
            asserts: "the variables in their order",
            ask: Ask::Environment,
            answer: |_, place| {
                let variables = place.environment();
                variables
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect()
            },
            refusal: None,
        },
        Case {
            import: "node-binary-path",
            since: "0.0.3",
            asserts: "the absolute path of this machine's Node.js",
            ask: Ask::Server("node"),
            answer: |_, _| {
                let node = npm::node().unwrap_or_default();
                vec![node.to_string_lossy().into()]
            },
            refusal: refusal(
                "this host: no Node.js",
                Ask::Server("node"),
                "was not found",
            ),
        },
        Case {
            import: "make-file-executable",
            since: "0.0.5",
            asserts: "the file's mode has changed",
            ask: Ask::Server("executable:program"),
            answer: |_, _| vec!["program".into()],
            refusal: refusal(
                "a path that leaves the work directory",
                Ask::Server("executable:../worktree/bin/tool"),
                "../worktree",
            ),
        },
        Case {
            import: "get-settings",
            since: "0.0.6",
            asserts: "a language server's settings, as the crate understands them",
            ask: Ask::Server("settings-lsp:taplo"),
            answer: |version, _| vec![settings(version)],
            refusal: refusal(
                "the editor",
                Ask::Server("settings-lsp:taplo"),
                EDITOR_REFUSES,
            ),
        },
        Case {
            import: "worktree.id",
            since: "0.0.6",
            asserts: "the editor's number",
            ask: Ask::Server("id"),
            answer: |_, _| vec![WORKTREE.to_string()],
            refusal: None,
        },
        Case {
            import: "worktree.root-path",
            since: "0.0.6",
            asserts: "the folder's path",
            ask: Ask::Server("root"),
            answer: |_, place| vec![place.worktree_dir().to_string_lossy().into()],
            refusal: None,
        },
        Case {
            import: "github-release-by-tag-name",
            since: "0.1.0",
            asserts: "the tag and the files of that release",
            ask: Ask::Server("github-tag:owner/name v1"),
            answer: |_, _| vec!["v1".into(), "tool.zip {server}/tool.zip".into()],
            refusal: not_granted("github-tag:owner/name v1"),
        },
        Case {
            import: "fetch",
            since: "0.1.0",
            asserts: "body and headers of the answer; the server got method, header and body",
            ask: Ask::Server("http:{server}/page POST follow-3 body"),
            answer: |_, _| {
                let headers = ["connection: close", "content-length: 5", "x-server: tests"];
                let lines = ["hello"].into_iter().chain(headers);
                lines.map(Into::into).collect()
            },
            refusal: not_granted("http:{server}/page POST follow-3 body"),
        },
        Case {
            import: "fetch-stream",
            since: "0.1.0",
            asserts: "a stream, whose body is that of the answer",
            ask: Ask::Server("http-stream:{server}/page"),
            answer: |_, _| vec!["hello".into(), "1".into()],
            refusal: not_granted("http-stream:{server}/page"),
        },
        Case {
            import: "http-response-stream.next-chunk",
            since: "0.1.0",
            asserts: "pieces of at most 8 KiB, in their order, then the end",
            ask: Ask::Stream("http-stream:{server}/long"),
            answer: |_, _| vec![super::outside::long()],
            refusal: failure(
                "the server: a body cut short",
                "http-stream:{server}/cut",
                "interrupted",
            ),
        },
        Case {
            import: "key-value-store.insert",
            since: "0.1.0",
            asserts: "key and value are in the store",
            ask: Ask::Docs,
            answer: |_, _| vec!["docs/one: The docs of one.".into()],
            refusal: refusal("the editor", Ask::Docs, EDITOR_REFUSES),
        },
        Case {
            import: "project.worktree-ids",
            since: "0.2.0",
            asserts: "both worktrees' numbers, the largest there is included",
            ask: Ask::ContextServer("memory"),
            answer: |_, _| vec!["memory".into(), WORKTREE.to_string(), u64::MAX.to_string()],
            refusal: None,
        },
        Case {
            import: "run-command",
            since: "0.3.0",
            asserts: "status, both outputs, and the variable that was set",
            ask: Ask::Server("process:/bin/sh script"),
            answer: |_, _| vec!["3".into(), "out conformance\n".into(), "err\n".into()],
            refusal: not_granted("process:/bin/sh script"),
        },
        Case {
            import: "resolve-tcp-template",
            since: "0.6.0",
            asserts: "the address and port that were given, and the timeout that was not",
            ask: Ask::Server("tcp:10.1.2.3:4711"),
            answer: |_, _| vec!["10.1.2.3".into(), "4711".into(), "2000".into()],
            refusal: refusal(
                "the system: not an address of this machine",
                Ask::Server("tcp:192.0.2.1:-"),
                "192.0.2.1",
            ),
        },
    ]
}

fn platform() -> Vec<String> {
    let system = match consts::OS {
        "macos" => "Os::Mac",
        "windows" => "Os::Windows",
        _ => "Os::Linux",
    };
    let architecture = match consts::ARCH {
        "aarch64" => "Architecture::Aarch64",
        "x86" => "Architecture::X86",
        _ => "Architecture::X8664",
    };
    vec![system.into(), architecture.into()]
}

/// The settings of the language server, which up to 0.1.0 have no environment.
fn settings(version: &str) -> String {
    let mut binary = json!({"path": "/bin/taplo", "arguments": ["lsp"]});
    if has(version, "0.2.0") {
        binary["env"] = json!({"A": "b"});
    }
    json!({"binary": binary, "initialization_options": {"a": [null]}, "settings": "text"})
        .to_string()
}
