//! The imports' side of the matrix: what the guest asks of its host, and what it is answered.

use std::{
    env::consts,
    sync::{Arc, PoisonError},
};

use annexe::{
    Extension, ServiceOptions,
    capability::{Capability, Grants},
    types::{CommandSettings, LanguageServerSettings, ServerId},
};
use serde_json::json;

use crate::{
    guest::{self, Pages, Place, Project, Recorder, WORKTREE, has},
    npm_registry::{self, Registry},
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
    /// What the guest finds, or the words of its error.
    pub answer: fn(&str, &Place) -> Result<Vec<String>, &'static str>,
    /// How it is refused; `None` where its interface has no error.
    pub refusal: Option<Refusal>,
}

/// What the guest is asked, so that it asks its host.
#[derive(Clone, Copy)]
pub enum Ask {
    /// The command of a language server, whose id is a verb; the arguments are what it found.
    Server(&'static str),
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
    pub ask: Ask,
    pub words: &'static str,
}

const NOT_OFFERED: &str = "does not offer";

fn refusal(by: &'static str, ask: Ask, words: &'static str) -> Option<Refusal> {
    Some(Refusal { by, ask, words })
}

/// An operation that this host does not have yet: an error on every version.
fn not_offered(import: &'static str, since: &'static str, verb: &'static str) -> Case {
    Case {
        import,
        since,
        asserts: "an error: this host does not offer it yet",
        ask: Ask::Server(verb),
        answer: |_, _| Err(NOT_OFFERED),
        refusal: refusal("this host", Ask::Server(verb), NOT_OFFERED),
    }
}

/// One that needs a grant besides.
fn gated(import: &'static str, since: &'static str, verb: &'static str) -> Case {
    Case {
        refusal: refusal("no grant", Ask::Server(verb), "not granted"),
        ..not_offered(import, since, verb)
    }
}

/// Every import of every world.
pub fn cases() -> Vec<Case> {
    vec![
        Case {
            import: "current-platform",
            since: "0.0.1",
            asserts: "this machine's system and architecture",
            ask: Ask::Server("platform"),
            answer: |_, _| Ok(platform()),
            refusal: None,
        },
        Case {
            import: "npm-package-latest-version",
            since: "0.0.1",
            asserts: "the version that a registry tags `latest`",
            ask: Ask::Server("npm-latest:@scope/server"),
            answer: |_, _| Ok(vec!["1.1.0".into()]),
            refusal: refusal(
                "no grant",
                Ask::Server("npm-latest:@scope/server"),
                "not granted",
            ),
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
                Ok(vec!["@scope/server".into(), "1.0.0".into()])
            },
            refusal: refusal(
                "no grant",
                Ask::Server("npm-install:@scope/server@1.0.0"),
                "not granted",
            ),
        },
        Case {
            import: "npm-package-installed-version",
            since: "0.0.1",
            asserts: "the version that is in the work directory",
            ask: Ask::Server("npm-installed:@scope/server"),
            answer: |_, _| Ok(vec!["1.0.0".into()]),
            refusal: refusal(
                "this host: not the name of a package",
                Ask::Server("npm-installed:../server"),
                "../server",
            ),
        },
        gated(
            "latest-github-release",
            "0.0.1",
            "github:owner/name require-assets",
        ),
        gated(
            "download-file",
            "0.0.1",
            "download:http://127.0.0.1:9/file gzip-tar folder",
        ),
        Case {
            import: "set-language-server-installation-status",
            since: "0.0.1",
            asserts: "the server and `Failed` with its words, as the editor is told",
            ask: Ask::Status("status:failed"),
            answer: |_, _| Ok(vec!["status:failed: Failed(\"broken\")".into()]),
            refusal: None,
        },
        Case {
            import: "worktree.read-text-file",
            since: "0.0.1",
            asserts: "the file's text",
            ask: Ask::Server("read:notes/today.txt"),
            answer: |_, _| Ok(vec!["text of the worktree".into()]),
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
                Ok(vec![
                    place
                        .worktree_dir()
                        .join("bin/tool")
                        .to_string_lossy()
                        .into(),
                ])
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
                Ok(variables
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect())
            },
            refusal: None,
        },
        Case {
            import: "node-binary-path",
            since: "0.0.3",
            asserts: "the absolute path of this machine's Node.js",
            ask: Ask::Server("node"),
            answer: |_, _| {
                let node = npm_registry::node().unwrap_or_default();
                Ok(vec![node.to_string_lossy().into()])
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
            answer: |_, _| Ok(vec!["program".into()]),
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
            answer: |version, _| Ok(vec![settings(version)]),
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
            answer: |_, _| Ok(vec![WORKTREE.to_string()]),
            refusal: None,
        },
        Case {
            import: "worktree.root-path",
            since: "0.0.6",
            asserts: "the folder's path",
            ask: Ask::Server("root"),
            answer: |_, place| Ok(vec![place.worktree_dir().to_string_lossy().into()]),
            refusal: None,
        },
        gated(
            "github-release-by-tag-name",
            "0.1.0",
            "github-tag:owner/name v1",
        ),
        gated(
            "fetch",
            "0.1.0",
            "http:http://127.0.0.1:9/ POST follow-3 body",
        ),
        gated("fetch-stream", "0.1.0", "http-stream:http://127.0.0.1:9/"),
        Case {
            import: "http-response-stream.next-chunk",
            since: "0.1.0",
            asserts: "nothing yet: no stream is given out",
            ask: Ask::Server("http-stream:http://127.0.0.1:9/"),
            answer: |_, _| Err(NOT_OFFERED),
            refusal: None,
        },
        Case {
            import: "key-value-store.insert",
            since: "0.1.0",
            asserts: "key and value are in the store",
            ask: Ask::Docs,
            answer: |_, _| Ok(vec!["docs/one: The docs of one.".into()]),
            refusal: refusal("the editor", Ask::Docs, EDITOR_REFUSES),
        },
        Case {
            import: "project.worktree-ids",
            since: "0.2.0",
            asserts: "both worktrees' numbers, the largest there is included",
            ask: Ask::ContextServer("memory"),
            answer: |_, _| {
                Ok(vec![
                    "memory".into(),
                    WORKTREE.to_string(),
                    u64::MAX.to_string(),
                ])
            },
            refusal: None,
        },
        Case {
            import: "run-command",
            since: "0.3.0",
            asserts: "status, both outputs, and the variable that was set",
            ask: Ask::Server("process:/bin/sh script"),
            answer: |_, _| Ok(vec!["3".into(), "out conformance\n".into(), "err\n".into()]),
            refusal: refusal(
                "no grant",
                Ask::Server("process:/bin/sh script"),
                "not granted",
            ),
        },
        Case {
            import: "resolve-tcp-template",
            since: "0.6.0",
            asserts: "the address and port that were given, and the timeout that was not",
            ask: Ask::Server("tcp:10.1.2.3:4711"),
            answer: |_, _| Ok(vec!["10.1.2.3".into(), "4711".into(), "2000".into()]),
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

const EDITOR_REFUSES: &str = "the editor refuses";

/// A guest and its editor, who grants or refuses everything that can be refused.
pub struct Scene {
    pub place: Place,
    pub extension: Extension,
    recorder: Arc<Recorder>,
    pages: Arc<Pages>,
}

impl Scene {
    pub async fn new(version: &str, registry: &Registry, is_refusing: bool) -> Self {
        let refusal = is_refusing.then_some(EDITOR_REFUSES);
        let recorder = Arc::new(Recorder {
            language_server: LanguageServerSettings {
                binary: Some(CommandSettings {
                    path: Some("/bin/taplo".into()),
                    arguments: Some(vec!["lsp".into()]),
                    env: Some([("A".to_owned(), "b".to_owned())].into()),
                }),
                initialization_options: Some(json!({"a": [null]})),
                settings: Some(json!("text")),
            },
            refusal,
            ..Recorder::default()
        });
        let grants = if is_refusing {
            Grants::none()
        } else {
            Grants::all()
        };
        let place = Place::new();
        let mut services = ServiceOptions::default();
        if !is_refusing {
            let npm = place.worktree_dir().with_file_name("npm");
            services.node = registry.options(&npm).unwrap_or_default();
        }
        let host = guest::builder()
            .delegate(recorder.clone())
            .grants(grants)
            .services(services);
        let write = |path: &str, text: &str| {
            let file = place.work_dir().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        write("program", "");
        write("script", "echo out $GUEST; echo err >&2; exit 3");
        write("../worktree/notes/today.txt", "text of the worktree");
        write("../worktree/bin/tool", "");
        write("../secret", "not for extensions");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let tool = place.worktree_dir().join("bin/tool");
            std::fs::set_permissions(tool, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let shell = Capability::ProcessExec {
            command: "/bin/sh".into(),
            args: vec!["**".into()],
        };
        let host = host.build().unwrap();
        let extension = guest::start_with(&host, version, &place, vec![shell]).await;
        Self {
            place,
            extension,
            recorder,
            pages: Arc::new(Pages {
                refusal,
                ..Pages::default()
            }),
        }
    }

    /// Has the guest ask its host, and returns what it found.
    pub async fn ask(&self, ask: Ask) -> Result<Vec<String>, annexe::CallError> {
        let server = |verb: &str| {
            let worktree = self.place.worktree();
            self.extension
                .language_server_command(ServerId::new(verb, "Rust"), worktree)
        };
        match ask {
            Ask::Server(verb) => Ok(server(verb).await?.args),
            Ask::Status(verb) => {
                server(verb).await?;
                let told = self.recorder.take_statuses();
                Ok(told
                    .into_iter()
                    .map(|(id, status)| format!("{id}: {status:?}"))
                    .collect())
            }
            Ask::Environment => {
                let variables = server("echo").await?.env;
                Ok(variables
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect())
            }
            Ask::ContextServer(id) => {
                let command = self
                    .extension
                    .context_server_command(id.into(), Arc::new(Project));
                Ok(command.await?.args)
            }
            Ask::Docs => {
                let pages = self.pages.clone();
                self.extension
                    .index_docs("docs".into(), "one".into(), pages)
                    .await?;
                let pages = self
                    .pages
                    .pages
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                Ok(pages
                    .iter()
                    .map(|(key, value)| format!("{key}: {value}"))
                    .collect())
            }
        }
    }
}
