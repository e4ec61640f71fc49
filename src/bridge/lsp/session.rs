//! The state of one session, and what is done with each message of either side.

use std::{
    borrow::Cow,
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    configuration::{Configuration, Item},
    envelope::Kind,
    idle,
    initialize::Initialize,
    message::{self, INTERNAL, NOT_INITIALIZED},
    provider::PreparedServer,
    root::workspace_folders,
};
use crate::bridge::wire::{frame::framed, outlet::Outlet, splice};

/// The most bytes of messages that wait for the server to be started: 32 MiB.
const HELD_BYTES: usize = 32 << 20;

/// The most requests of the server for settings that wait for the editor's answer.
const MOST_QUESTIONS: usize = 10_000;

/// The methods of an editor that the bridge reads once the server runs.
const READ_OF_EDITOR: [&[u8]; 5] = [
    b"initialized",
    b"workspace/didChangeConfiguration",
    b"workspace/didChangeWorkspaceFolders",
    b"shutdown",
    b"exit",
];

const OPENED: &[u8] = b"textDocument/didOpen";
const ASKED: &[u8] = b"workspace/configuration";

/// An event of one of the streams, for the session's task.
#[derive(Debug)]
pub(super) enum SessionEvent {
    /// The editor's first request.
    Initialize(Box<Initialize>),
    /// The editor has taken `initialize` back.
    Cancelled,
    /// The editor has sent `exit`.
    Exit,
    /// The editor has closed its stream, or what it sent is not a message.
    EditorGone(Option<String>),
    /// The server has closed its stream, or what it sent is not a message.
    ServerGone(Option<String>),
    /// The folders of the workspace have changed.
    Folders {
        added: Vec<PathBuf>,
        removed: Vec<PathBuf>,
    },
    /// More waits for the server's start than may wait.
    TooMuch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was asked for yet.
    Waiting,
    /// `initialize` is held, and the server is being prepared.
    Starting,
    Running,
    /// There is no server: each request gets the error.
    Failed,
    /// The user does without the server: each request gets the answer of one that can do nothing.
    Idle,
}

/// The session that both streams and the task share.
pub(super) struct Session {
    state: Mutex<State>,
    pub(super) editor: Outlet,
    events: UnboundedSender<SessionEvent>,
}

struct State {
    phase: Phase,
    server: Option<Outlet>,
    /// The id of `initialize` as it was written, until it is answered.
    initialize: Option<String>,
    held: Vec<Vec<u8>>,
    held_bytes: usize,
    has_configuration: bool,
    configuration: Configuration,
    /// What the server has asked the editor for, by the request's plain id.
    questions: HashMap<Vec<u8>, Vec<Item>>,
    language_ids: HashMap<String, String>,
    was_shut_down: bool,
    failure: String,
}

impl Session {
    pub(super) fn new(editor: Outlet, events: UnboundedSender<SessionEvent>) -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Waiting,
                server: None,
                initialize: None,
                held: Vec::new(),
                held_bytes: 0,
                has_configuration: false,
                configuration: Configuration::default(),
                questions: HashMap::new(),
                language_ids: HashMap::new(),
                was_shut_down: false,
                failure: String::new(),
            }),
            editor,
            events,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, event: SessionEvent) {
        // The task has ended: nobody needs to hear.
        let _ = self.events.send(event);
    }

    /// Whether the editor has asked for the end.
    pub(super) fn was_shut_down(&self) -> bool {
        self.lock().was_shut_down
    }

    /// The server is to be had: it gets `initialize`, and all that came after it.
    pub(super) fn start(
        &self,
        initialize: &Initialize,
        prepared: &PreparedServer,
        root: PathBuf,
        server: Outlet,
    ) {
        let mut state = self.lock();
        let options = prepared.initialization_options.clone();
        let changed = initialize.for_server(options, std::process::id());
        // It was read as JSON, so there is a way to change it.
        if let Some(changed) = changed {
            server.send(framed(&changed));
        }
        state.configuration = Configuration::new(root, prepared.configuration.clone());
        state.language_ids = prepared.language_ids.iter().cloned().collect();
        state.held_bytes = 0;
        let held = std::mem::take(&mut state.held);
        for body in held {
            for message in state.for_server(self, body) {
                // Nothing waits yet, and what is held is less than may.
                server.send(message);
            }
        }
        state.server = Some(server);
        state.phase = Phase::Running;
    }

    /// There will be no server: `initialize` is answered with the error, and so is what comes after it.
    pub(super) fn fail(&self, failure: &str, code: i32) {
        let mut state = self.lock();
        state.failure = failure.to_owned();
        state.phase = Phase::Failed;
        state.server = None;
        if let Some(id) = state.initialize.take() {
            self.editor.send(message::error(&id, code, failure));
        }
        for body in std::mem::take(&mut state.held) {
            state.refuse(self, &body);
        }
    }

    /// The user does without the server: it is there for the editor, and can do nothing.
    pub(super) fn idle(&self) {
        let mut state = self.lock();
        state.phase = Phase::Idle;
        if let Some(id) = state.initialize.take() {
            self.editor.send(idle::initialized(&id));
        }
        for body in std::mem::take(&mut state.held) {
            state.refuse(self, &body);
        }
    }

    /// Settings are asked for anew where they may have changed: the server hears of news.
    pub(super) fn set_configuration(&self, folder: PathBuf, value: Option<Value>) {
        let mut state = self.lock();
        if state.configuration.set(folder, value) {
            state.send_configuration();
        }
    }

    pub(super) fn forget_folder(&self, folder: &std::path::Path) {
        self.lock().configuration.forget(folder);
    }

    pub(super) fn folders(&self) -> Vec<PathBuf> {
        self.lock().configuration.folders()
    }

    /// Whether a message of the editor is to be read here; else it passes as it came.
    pub(super) fn reads_of_editor(&self, body: &[u8], kind: &Kind) -> bool {
        let state = self.lock();
        if state.phase != Phase::Running {
            return true;
        }
        match kind {
            Kind::Call { method } => {
                let method = unescaped(&body[method.clone()]);
                READ_OF_EDITOR.contains(&&*method)
                    || (*method == *OPENED && !state.language_ids.is_empty())
            }
            Kind::Answer { id: Some(id) } => {
                (state.questions).contains_key(&*plain(&body[id.clone()]))
            }
            Kind::Answer { id: None } | Kind::Other => false,
        }
    }

    /// Whether an answer of the editor may be one that is read here, so that its id must be known.
    pub(super) fn waits_for_editor(&self) -> bool {
        let state = self.lock();
        state.phase != Phase::Running || !state.questions.is_empty()
    }

    /// The way to the server, for what passes as it came.
    pub(super) fn server(&self) -> Option<Outlet> {
        self.lock().server.clone()
    }

    /// A message of the editor that is read here.
    pub(super) fn hear_editor(&self, body: Vec<u8>) {
        let mut state = self.lock();
        let messages = match state.phase {
            Phase::Waiting => return state.first(self, body),
            Phase::Starting => return state.hold(self, body),
            Phase::Failed | Phase::Idle => return state.refuse(self, &body),
            Phase::Running => state.for_server(self, body),
        };
        let server = state.server.clone();
        // Where this waits for the server to read, the server must not wait for this.
        drop(state);
        if let Some(server) = server {
            messages.iter().for_each(|message| server.push(message));
        }
    }

    /// Whether a message of the server is to be read here; else it passes as it came.
    pub(super) fn reads_of_server(&self, body: &[u8], kind: &Kind) -> bool {
        match kind {
            Kind::Call { method } => *unescaped(&body[method.clone()]) == *ASKED,
            Kind::Answer { id: Some(id) } => self.lock().is_initialize(Some(&body[id.clone()])),
            Kind::Answer { id: None } => {
                // Its id stands behind a result that is too long to be read. Nothing else is answered before `initialize`.
                self.lock().initialize = None;
                false
            }
            Kind::Other => false,
        }
    }

    /// A message of the editor was too long to be read here, and there is no server for it to pass to.
    pub(super) fn lose_of_editor(&self) {
        if self.lock().phase == Phase::Starting {
            self.tell(SessionEvent::TooMuch);
        }
    }

    /// Whether the server's answer to `initialize` is awaited.
    pub(super) fn waits_for_server(&self) -> bool {
        self.lock().initialize.is_some()
    }

    /// A message of the server that is read here.
    pub(super) fn hear_server(&self, body: Vec<u8>) {
        let mut state = self.lock();
        if splice::get(&body, &["method"]).is_none() {
            state.initialize = None;
        } else if let Ok(request) = serde_json::from_slice(&body)
            && state.asks_editor(&body, &request)
        {
            return;
        }
        drop(state);
        self.editor.push(&framed(&body));
    }
}

impl State {
    /// Whether an id is that of `initialize`, which is not answered yet.
    fn is_initialize(&self, id: Option<&[u8]>) -> bool {
        let initialize = self.initialize.as_ref();
        initialize.is_some_and(|it| id.is_some_and(|id| plain(id) == plain(it.as_bytes())))
    }

    /// The first message of an editor.
    fn first(&mut self, session: &Session, body: Vec<u8>) {
        let (method, id) = known(&body);
        match (method.as_deref(), id) {
            (Some("initialize"), Some(_)) => match Initialize::read(body) {
                Ok(initialize) => {
                    self.phase = Phase::Starting;
                    self.initialize = Some(initialize.id.clone());
                    self.has_configuration = initialize.has_configuration;
                    session.tell(SessionEvent::Initialize(Box::new(initialize)));
                }
                Err(error) => session.tell(SessionEvent::EditorGone(Some(format!(
                    "`initialize` is not JSON: {error}"
                )))),
            },
            (Some("exit"), _) => session.tell(SessionEvent::Exit),
            (Some(_), Some(id)) => {
                let text = "the first request must be `initialize`";
                (session.editor).send(message::error(&id, NOT_INITIALIZED, text));
            }
            _ => {}
        }
    }

    /// A message that comes while the server is being prepared.
    fn hold(&mut self, session: &Session, body: Vec<u8>) {
        let (method, id) = known(&body);
        match (method.as_deref(), id) {
            (Some("exit"), _) => session.tell(SessionEvent::Exit),
            (Some("shutdown"), Some(id)) => {
                self.was_shut_down = true;
                session.editor.send(message::answer(&id, &Value::Null));
            }
            (Some("$/cancelRequest"), None)
                if self.is_initialize(splice::get(&body, &["params", "id"])) =>
            {
                session.tell(SessionEvent::Cancelled);
            }
            _ if self.held_bytes + body.len() > HELD_BYTES => session.tell(SessionEvent::TooMuch),
            _ => {
                self.held_bytes += body.len();
                self.held.push(body);
            }
        }
    }

    /// A message that comes where there is no server.
    fn refuse(&mut self, session: &Session, body: &[u8]) {
        let (method, id) = known(body);
        match (method.as_deref(), id) {
            (Some("exit"), _) => session.tell(SessionEvent::Exit),
            (Some("shutdown"), Some(id)) => {
                self.was_shut_down = true;
                session.editor.send(message::answer(&id, &Value::Null));
            }
            (Some(method), Some(id)) => {
                session.editor.send(match (self.phase, method) {
                    (Phase::Idle, _) => idle::refusal(&id, method),
                    (_, "initialize") => message::error(&id, INTERNAL, &self.failure),
                    _ => message::error(&id, NOT_INITIALIZED, &self.failure),
                });
            }
            _ => {}
        }
    }

    /// A message for a server that runs: what the server gets for it.
    fn for_server(&mut self, session: &Session, body: Vec<u8>) -> Vec<Vec<u8>> {
        let (method, id) = known(&body);
        let changed = match method.as_deref() {
            // Some servers start to work on settings, be they empty.
            Some("initialized") => {
                let settings = message::configuration(&self.configuration.merged());
                return vec![framed(&body), settings];
            }
            Some("workspace/didChangeConfiguration") => {
                let path = ["params", "settings"];
                self.configuration.hear_editor(splice::read(&body, &path));
                splice::set(&body, &path, &self.configuration.merged().to_string())
            }
            Some("workspace/didChangeWorkspaceFolders") => {
                let event: Value = splice::read(&body, &["params", "event"]).unwrap_or_default();
                session.tell(SessionEvent::Folders {
                    added: workspace_folders(event.get("added")),
                    removed: workspace_folders(event.get("removed")),
                });
                None
            }
            Some("textDocument/didOpen") => {
                let path = ["params", "textDocument", "languageId"];
                let id: Option<String> = splice::read(&body, &path);
                let own = id.and_then(|id| self.language_ids.get(&id));
                let own = own.map(|own| Value::from(own.as_str()).to_string());
                own.and_then(|own| splice::set(&body, &path, &own))
            }
            Some("shutdown") => {
                self.was_shut_down = true;
                None
            }
            Some("exit") => {
                session.tell(SessionEvent::Exit);
                None
            }
            Some(_) => None,
            None => {
                let items = id.and_then(|id| self.questions.remove(&*plain(id.as_bytes())));
                items.map(|items| self.answered(&body, &items))
            }
        };
        vec![framed(&changed.unwrap_or(body))]
    }

    /// The editor's answer to what the server has asked it for, with what is known here under it.
    fn answered(&self, body: &[u8], items: &[Item]) -> Vec<u8> {
        let of_editor: Vec<Value> = splice::read(body, &["result"]).unwrap_or_default();
        let mut of_editor = of_editor.into_iter();
        let answers = items.iter().map(|item| {
            let said = of_editor.next().unwrap_or_default();
            self.configuration.answer(item, Some(said))
        });
        let answers: Vec<Value> = answers.collect();
        let id = splice::get(body, &["id"]).unwrap_or(b"null");
        let id = String::from_utf8_lossy(id);
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{}}}"#,
            Value::Array(answers)
        )
        .into_bytes()
    }

    /// The server asks for settings. Returns whether it is answered here: else the editor is asked first.
    fn asks_editor(&mut self, body: &[u8], request: &Value) -> bool {
        let Some(id) = splice::get(body, &["id"]) else {
            return false;
        };
        let items = Item::of_params(request.get("params").unwrap_or(&Value::Null));
        if self.has_configuration && self.questions.len() < MOST_QUESTIONS {
            self.questions.insert(plain(id).into_owned(), items);
            return false;
        }
        let answers = items.iter().map(|it| self.configuration.answer(it, None));
        let answers = Value::Array(answers.collect());
        let id = String::from_utf8_lossy(id);
        if let Some(server) = &self.server
            && !server.send(message::answer(&id, &answers))
        {
            tracing::warn!("a server asks for more settings than it reads");
        }
        true
    }

    fn send_configuration(&self) {
        if let Some(server) = &self.server
            && !server.send(message::configuration(&self.configuration.merged()))
        {
            tracing::warn!("settings have changed, and the server does not read");
        }
    }
}

/// An id without the escapes of its writer, which differ between the sides: some escape every slash.
fn plain(id: &[u8]) -> Cow<'_, [u8]> {
    if id.contains(&b'\\')
        && let Ok(id) = serde_json::from_slice::<Value>(id)
    {
        return Cow::Owned(id.to_string().into_bytes());
    }
    Cow::Borrowed(id)
}

/// The text of a string without its quotes: some writers escape every slash, as Lua's do.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    let quoted = [b"\"", text, b"\""].concat();
    match serde_json::from_slice::<String>(&quoted) {
        Ok(plain) => Cow::Owned(plain.into_bytes()),
        Err(_) => Cow::Borrowed(text),
    }
}

/// The method and the id of a message, the latter as it is written.
fn known(body: &[u8]) -> (Option<String>, Option<String>) {
    let method = splice::read(body, &["method"]);
    let id = splice::get(body, &["id"]);
    (
        method,
        id.map(|id| String::from_utf8_lossy(id).into_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_known_however_its_slash_is_written() {
        for written in ["workspace/configuration", r"workspace\/configuration"] {
            assert_eq!(*unescaped(written.as_bytes()), *ASKED, "{written}");
        }
        assert_eq!(*unescaped(br"a\x"), *br"a\x");
    }
}
