//! A guest and its editor.

use std::sync::{Arc, PoisonError};

use annexe::{
    Extension, ServiceOptions,
    capability::{Capability, Grants},
    types::{CommandSettings, LanguageServerSettings, ServerId},
};
use serde_json::json;

use super::{imports::Ask, outside::Outside};
use crate::{
    guest::{self, Pages, Place, Project, Recorder},
    support::server::Server,
};

/// The words of an editor who refuses.
pub const EDITOR_REFUSES: &str = "the editor refuses";

/// A guest and its editor, who grants or refuses everything that can be refused.
pub struct Session {
    pub place: Place,
    pub extension: Extension,
    recorder: Arc<Recorder>,
    pages: Arc<Pages>,
    server: String,
}

impl Session {
    pub async fn new(version: &str, outside: &Outside, is_refusing: bool) -> Self {
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
            services.node = outside.registry.options(&npm).unwrap_or_default();
        }
        services.http = Server::options();
        services.github.api = Some(format!("{}/", outside.server.base).parse().unwrap());
        let host = guest::builder()
            .delegate(recorder.clone())
            .observer(recorder.clone())
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
            server: outside.server.base.clone(),
            pages: Arc::new(Pages {
                refusal,
                ..Pages::default()
            }),
        }
    }

    /// A text with the server's address where it stands for it.
    pub fn in_place(&self, text: &str) -> String {
        text.replace("{server}", &self.server)
    }

    /// Has the guest ask its host, and returns what it found.
    pub async fn ask(&self, ask: Ask) -> Result<Vec<String>, annexe::CallError> {
        let server = |verb: &str| {
            let worktree = self.place.worktree();
            self.extension
                .language_server_command(ServerId::new(self.in_place(verb), "Rust"), worktree)
        };
        match ask {
            Ask::Server(verb) => Ok(server(verb).await?.args),
            Ask::Stream(verb) => {
                let mut found = server(verb).await?.args;
                // How many pieces there are is up to the network, but for the most that one may have.
                let pieces: usize = found.pop().unwrap().parse().unwrap();
                assert!(pieces << 13 >= found[0].len(), "{pieces} pieces");
                Ok(found)
            }
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
