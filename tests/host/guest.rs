//! Starts prebuilt guests, and stands in for the editor around them.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use annexe::{
    CallError, CallResources, Extension, Host, Identity,
    capability::Capability,
    delegate::{
        DelegateError, ExtensionEvent, ExtensionObserver, HostDelegate, KeyValueStoreDelegate,
        LocalWorktree, ProjectDelegate, SharedWorktree, WorktreeDelegate,
    },
    types::{
        ContextServerSettings, ExtensionId, InstallationStatus, LanguageServerSettings,
        LanguageSettings, ServerId, SettingsLocation,
    },
};
use async_trait::async_trait;

pub use crate::support::guests::{VERSIONS, has, host as builder, services, since, wasm};

/// A folder with a work directory and a worktree, which goes when dropped.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("worktree")).unwrap();
        Self { folder }
    }

    pub fn work_dir(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub fn worktree_dir(&self) -> PathBuf {
        self.folder.path().join("worktree")
    }

    pub fn worktree(&self) -> SharedWorktree {
        Arc::new(LocalWorktree::new(
            WORKTREE,
            self.worktree_dir(),
            self.environment(),
        ))
    }

    /// What the worktree's shell is said to have.
    pub fn environment(&self) -> Vec<(String, String)> {
        let bin = self.worktree_dir().join("bin");
        vec![
            ("NAME".into(), "value".into()),
            ("PATH".into(), format!("{}:/usr/bin:/bin", bin.display())),
        ]
    }

    pub fn identity(&self, id: &str) -> Identity {
        Identity::new(id.parse().unwrap(), self.work_dir())
    }

    /// Everything a call may be lent, with the worktree of this place.
    pub fn resources(&self) -> CallResources {
        CallResources {
            worktree: Some(self.worktree()),
            project: Some(Arc::new(Project)),
            key_value_store: Some(Arc::new(Pages::default())),
        }
    }
}

/// The number of each place's worktree.
pub const WORKTREE: u64 = 7;

/// A host that compiles each guest once for all tests and runs.
pub fn host() -> Host {
    builder().build().unwrap()
}

pub async fn start(host: &Host, version: &str, place: &Place) -> Extension {
    start_with(host, version, place, Vec::new()).await
}

/// Starts the guest of a version, whose manifest lists `capabilities`.
pub async fn start_with(
    host: &Host,
    version: &str,
    place: &Place,
    capabilities: Vec<Capability>,
) -> Extension {
    let component = host.compile(wasm(version)).await.unwrap();
    let identity = Identity {
        capabilities,
        ..place.identity("guest")
    };
    host.start(&component, identity).await.unwrap()
}

/// Has the guest do what a verb says, and returns what it found.
pub async fn ask(
    extension: &Extension,
    place: &Place,
    verb: &str,
) -> Result<Vec<String>, CallError> {
    let server = ServerId::new(verb, "Rust");
    Ok(extension
        .language_server_command(server, place.worktree())
        .await?
        .args)
}

/// Has the guest do what a verb says where its answer starts nothing, and returns what it found.
pub async fn found(
    extension: &Extension,
    place: &Place,
    verb: &str,
) -> Result<Vec<String>, CallError> {
    let server = ServerId::new(format!("ask:{verb}"), "Rust");
    let answer = extension.language_server_initialization_options(server, place.worktree());
    Ok(serde_json::from_value(answer.await?.unwrap()).unwrap())
}

/// The words of the guest's own error.
#[track_caller]
pub fn words<T: std::fmt::Debug>(answer: Result<T, CallError>) -> String {
    match answer {
        Err(CallError::Guest { message, .. }) => message,
        other => panic!("no error of the guest's own: {other:?}"),
    }
}

/// A worktree that checks nothing: every file is there, and has one text, or its path as its text.
pub struct Anywhere {
    pub root: &'static str,
    pub text: Option<String>,
}

#[async_trait]
impl WorktreeDelegate for Anywhere {
    fn id(&self) -> u64 {
        WORKTREE
    }

    fn root_path(&self) -> String {
        self.root.into()
    }

    async fn read_text_file(&self, path: &str) -> Result<String, DelegateError> {
        Ok(self.text.clone().unwrap_or_else(|| path.into()))
    }

    async fn which(&self, _: &str) -> Option<String> {
        None
    }

    async fn shell_env(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// A project of two worktrees.
pub struct Project;

impl ProjectDelegate for Project {
    fn worktree_ids(&self) -> Vec<u64> {
        vec![WORKTREE, u64::MAX]
    }
}

/// A key-value store that keeps its pages, or refuses them.
#[derive(Default)]
pub struct Pages {
    pub pages: Mutex<HashMap<String, String>>,
    pub refusal: Option<&'static str>,
}

#[async_trait]
impl KeyValueStoreDelegate for Pages {
    async fn insert(&self, key: String, value: String) -> Result<(), DelegateError> {
        if let Some(words) = self.refusal {
            return Err(DelegateError::new(words));
        }
        self.pages.lock().unwrap().insert(key, value);
        Ok(())
    }
}

/// A question about settings: the category, where, and for what.
pub type Question = (&'static str, Option<SettingsLocation>, Option<String>);

/// An editor that writes down what it is told and asked, and has settings to give.
#[derive(Default)]
pub struct Recorder {
    pub statuses: Mutex<Vec<(String, InstallationStatus)>>,
    pub questions: Mutex<Vec<Question>>,
    pub language: LanguageSettings,
    pub language_server: LanguageServerSettings,
    /// The settings of a context server: anywhere, and in each worktree.
    pub context_server: ContextServerSettings,
    pub context_server_of_worktree: HashMap<u64, ContextServerSettings>,
    /// Answers every question with this error.
    pub refusal: Option<&'static str>,
}

impl Recorder {
    fn note(
        &self,
        category: &'static str,
        location: Option<&SettingsLocation>,
        key: Option<&str>,
    ) -> Result<(), DelegateError> {
        let question = (category, location.cloned(), key.map(Into::into));
        self.questions.lock().unwrap().push(question);
        match self.refusal {
            Some(words) => Err(DelegateError::new(words)),
            None => Ok(()),
        }
    }

    /// What was asked since the last time this was called.
    pub fn take_questions(&self) -> Vec<Question> {
        std::mem::take(&mut self.questions.lock().unwrap())
    }

    /// What was told since the last time this was called.
    pub fn take_statuses(&self) -> Vec<(String, InstallationStatus)> {
        std::mem::take(&mut self.statuses.lock().unwrap())
    }
}

impl ExtensionObserver for Recorder {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        if let ExtensionEvent::Installation { server, status } = event {
            let told = (server.clone(), status.clone());
            self.statuses.lock().unwrap().push(told);
        }
    }
}

#[async_trait]
impl HostDelegate for Recorder {
    async fn language_settings(
        &self,
        location: Option<&SettingsLocation>,
        language: Option<&str>,
    ) -> Result<LanguageSettings, DelegateError> {
        self.note("language", location, language)?;
        Ok(self.language.clone())
    }

    async fn language_server_settings(
        &self,
        location: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<LanguageServerSettings, DelegateError> {
        self.note("lsp", location, Some(server))?;
        Ok(self.language_server.clone())
    }

    async fn context_server_settings(
        &self,
        location: Option<&SettingsLocation>,
        server: &str,
    ) -> Result<ContextServerSettings, DelegateError> {
        self.note("context_servers", location, Some(server))?;
        let own = location
            .and_then(|location| self.context_server_of_worktree.get(&location.worktree_id));
        Ok(own.unwrap_or(&self.context_server).clone())
    }
}
