//! The course of a session, from the editor's first request to the end of the server.

use std::{fs::File, path::PathBuf, process::ExitStatus, sync::Arc, time::Duration};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    initialize::Initialize,
    message::{self, CANCELLED, INTERNAL, Severity},
    provider::{PreparedServer, ServerProvider},
    pump,
    receivers::{OfEditor, OfServer},
    root::{self, Root},
    session::{Session, SessionEvent},
    steps::Steps,
};
use crate::{
    base::{causes::in_full, process::Launcher},
    bridge::{
        child::{self, LAST_ERRORS, LastWords, Running, code_of},
        preparation::{PreparationError, PreparationErrorKind},
        wire::outlet::Outlet,
    },
};

/// How long a preparation takes before a message says that it does, where the editor shows no progress.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the last messages may take to be read.
const LAST_MESSAGES: Duration = Duration::from_secs(1);

/// How long a server whose stream has ended may take to end itself.
const AFTER_STREAM: Duration = Duration::from_secs(3);

/// The exit code of a session that was not shut down, as servers have it.
const NOT_SHUT_DOWN: u8 = 1;

/// The connection to an editor: the streams, and where it works.
#[derive(Debug)]
#[non_exhaustive]
pub struct EditorConnection {
    /// The stream that its messages come over.
    pub input: File,
    /// The stream that it reads.
    pub output: File,
    /// Where the server's standard error goes.
    pub errors: File,
    /// The server's name, for the messages that the user sees.
    pub server: String,
    /// The folder of the project. Default: what the editor's `initialize` says.
    pub root: Option<PathBuf>,
    /// The folder it was started in: the last one that the root is looked for in.
    pub current_folder: PathBuf,
    /// The user's home, which is not a project.
    pub home: Option<PathBuf>,
}

impl EditorConnection {
    /// The connection to an editor that speaks over these streams.
    pub fn new(server: &str, streams: [File; 3], current_folder: PathBuf) -> Self {
        let [input, output, errors] = streams;
        Self {
            input,
            output,
            errors,
            server: server.to_owned(),
            root: None,
            current_folder,
            home: None,
        }
    }
}

/// Bridges an editor to the server that `provider` prepares, until either ends. Returns the exit code that the session
/// has to an editor: 0 after `shutdown` and `exit`, 1 after `exit` alone, else the server's; 128 and its number for a
/// signal.
///
/// Dropping the future kills the server.
///
/// # Errors
/// The system's error where there can be no threads.
pub async fn serve(
    editor: EditorConnection,
    provider: Arc<dyn ServerProvider>,
) -> std::io::Result<u8> {
    let (sender, events) = unbounded_channel();
    let outlet = Outlet::new(editor.output, "to the editor")?;
    let session = Arc::new(Session::new(outlet, sender));
    pump::start(editor.input, OfEditor(session.clone()), "from the editor")?;
    let mut course = Course {
        session,
        events,
        provider,
        name: editor.server,
        errors: editor.errors,
    };
    let root = |initialize: &Initialize| match editor.root {
        Some(root) => Root::at(root, Vec::new(), editor.home.as_deref()),
        None => Root::of_initialize(
            &initialize.params,
            &editor.current_folder,
            editor.home.as_deref(),
        ),
    };
    let code = course.run(root).await;
    course.session.editor.close();
    course.session.editor.flush(LAST_MESSAGES);
    Ok(code)
}

/// The task of a session.
struct Course {
    session: Arc<Session>,
    events: UnboundedReceiver<SessionEvent>,
    provider: Arc<dyn ServerProvider>,
    name: String,
    errors: File,
}

/// The ways a preparation ends.
enum Prepared {
    Ready(Box<PreparedServer>),
    Failed(PreparationError),
    Cancelled,
    Over(u8),
}

impl Course {
    async fn run(&mut self, root: impl FnOnce(&Initialize) -> Root) -> u8 {
        let initialize = loop {
            match self.events.recv().await {
                Some(SessionEvent::Initialize(initialize)) => break initialize,
                Some(SessionEvent::EditorGone(error)) => return self.editor_gone(error),
                Some(SessionEvent::Exit) | None => return self.code_of_exit(),
                Some(_) => {}
            }
        };
        let root = root(&initialize);
        let mut prepared = match self.prepare(&initialize, &root).await {
            Prepared::Ready(prepared) => prepared,
            Prepared::Over(code) => return code,
            Prepared::Cancelled => {
                self.session.fail("it was given up", CANCELLED);
                return self.without_server().await;
            }
            Prepared::Failed(error) if error.kind == PreparationErrorKind::Disabled => {
                self.log(&error.in_full());
                self.session.idle();
                return self.without_server().await;
            }
            Prepared::Failed(error) => return self.failed(&error).await,
        };
        for warning in &prepared.warnings {
            self.show(Severity::Warning, warning);
        }
        prepared.notes.iter().for_each(|note| self.log(note));
        let folder = root::existing(&prepared.folder).to_owned();
        if folder != prepared.folder {
            let (wanted, folder) = (prepared.folder.display(), folder.display());
            self.log(&format!(
                "the folder `{wanted}` is not there; the language server `{}` is started in `{folder}`",
                self.name
            ));
        }
        prepared.folder = folder;
        // It kills the server where the bridge is killed, so it lives as long.
        let launcher = Launcher::default();
        match child::start(&launcher, &prepared.command, &prepared.folder, &[]).await {
            Ok(running) => self.bridge(running, &initialize, &prepared, root).await,
            Err(error) => {
                let command = &prepared.command.command;
                let error = PreparationError::new(format!("cannot start `{command}`: {error}"))
                    .with_hint(prepared.start_hint.clone());
                self.failed(&error).await
            }
        }
    }

    /// Prepares the server, for as long as the editor waits for it.
    async fn prepare(&mut self, initialize: &Initialize, root: &Root) -> Prepared {
        let steps = Steps::new(
            self.session.editor.clone(),
            initialize.progress_token.clone(),
            self.name.clone(),
        );
        let provider = self.provider.clone();
        let preparing = provider.prepare(root, &steps);
        tokio::pin!(preparing);
        let slow = tokio::time::sleep(PATIENCE);
        tokio::pin!(slow);
        let mut is_slow = false;
        let prepared = loop {
            tokio::select! {
                prepared = &mut preparing => break match prepared {
                    Ok(prepared) => Prepared::Ready(Box::new(prepared)),
                    Err(error) => Prepared::Failed(error),
                },
                () = &mut slow, if !is_slow => {
                    is_slow = true;
                    steps.is_slow();
                }
                event = self.events.recv() => match event {
                    Some(SessionEvent::Cancelled) => break Prepared::Cancelled,
                    Some(SessionEvent::Exit) | None => break Prepared::Over(self.code_of_exit()),
                    Some(SessionEvent::EditorGone(error)) => {
                        break Prepared::Over(self.editor_gone(error));
                    }
                    Some(SessionEvent::TooMuch) => break Prepared::Failed(PreparationError::new(
                        "the editor has sent too much before the server was there",
                    )),
                    Some(_) => {}
                },
            }
        };
        steps.end();
        prepared
    }

    /// Tells the user and the editor that there is no server, and waits for the editor to go.
    async fn failed(&mut self, error: &PreparationError) -> u8 {
        let text = error.in_full();
        self.show(Severity::Error, &text);
        self.session.fail(&text, INTERNAL);
        self.without_server().await
    }

    async fn without_server(&mut self) -> u8 {
        loop {
            match self.events.recv().await {
                Some(SessionEvent::EditorGone(error)) => return self.editor_gone(error),
                Some(SessionEvent::Exit) | None => return self.code_of_exit(),
                Some(_) => {}
            }
        }
    }

    /// Lets messages pass until either side ends.
    async fn bridge(
        &mut self,
        running: Running,
        initialize: &Initialize,
        prepared: &PreparedServer,
        root: Root,
    ) -> u8 {
        let Running {
            mut child,
            input,
            output,
            errors,
        } = running;
        let last_words = LastWords::default();
        self.provider.started(child.id());
        let started = Outlet::new(input, "to the server").and_then(|outlet| {
            let onward = self.errors.try_clone()?;
            let provider = self.provider.clone();
            let all_heard = child::follow_errors(
                errors,
                Some(onward),
                move |line| provider.hear(line),
                last_words.clone(),
            )?;
            self.session
                .start(initialize, prepared, root.folder.clone(), outlet.clone());
            pump::start(output, OfServer(self.session.clone()), "from the server")?;
            Ok((outlet, all_heard))
        });
        let (outlet, all_heard) = match started {
            Ok(started) => started,
            Err(error) => {
                self.show(Severity::Error, &in_full(&error));
                return NOT_SHUT_DOWN;
            }
        };
        let others = root.folders.into_iter().filter(|it| *it != root.folder);
        // An extension that takes its time holds up nothing else.
        let mut configuring = FuturesUnordered::new();
        configuring.push(self.configure(others.collect()));
        let provider = self.provider.clone();
        let mut stream_error = None;
        let mut has_stream = true;
        let ended_itself = loop {
            tokio::select! {
                event = self.events.recv() => match event {
                    Some(SessionEvent::Exit) => break false,
                    Some(SessionEvent::EditorGone(error)) => {
                        if let Some(error) = error {
                            self.show(Severity::Error, &error);
                        }
                        break false;
                    }
                    None => break false,
                    Some(SessionEvent::ServerGone(error)) => {
                        stream_error = error;
                        has_stream = false;
                        if stream_error.is_none() {
                            // It may have closed its stream and nothing else.
                            let _ = tokio::time::timeout(AFTER_STREAM, child.ended()).await;
                        }
                        break true;
                    }
                    Some(SessionEvent::Folders { added, removed }) => {
                        removed.iter().for_each(|it| self.session.forget_folder(it));
                        configuring.push(self.configure(added));
                    }
                    Some(_) => {}
                },
                ended = child.ended() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "the end of a server cannot be waited for");
                    }
                    break true;
                }
                Some(()) = configuring.next() => {}
                () = provider.changed(), if configuring.is_empty() => {
                    configuring.push(self.configure(self.session.folders()));
                }
            }
        };
        outlet.close();
        let was_shut_down = self.session.was_shut_down();
        let status = child::end(child).await;
        // All that it has written passes, and what it has written last comes before what is said of it.
        if has_stream {
            self.stream_ends().await;
        }
        // What holds it open has left the server's group.
        let _ = tokio::time::timeout(LAST_ERRORS, all_heard).await;
        self.provider.ended(status.as_ref().ok().copied());
        let words = last_words.last();
        if !ended_itself {
            return match was_shut_down {
                true => 0,
                false => status.map_or(NOT_SHUT_DOWN, |status| code_of(status).max(NOT_SHUT_DOWN)),
            };
        }
        self.session.editor.flush(LAST_MESSAGES);
        if !was_shut_down {
            let text = self.obituary(status.as_ref().ok(), stream_error.as_deref(), &words);
            self.show(Severity::Error, &text);
            self.session.fail(&text, INTERNAL);
        }
        let code = status.map_or(NOT_SHUT_DOWN, code_of);
        match stream_error {
            // It was ended for that, however it took it.
            Some(_) => code.max(NOT_SHUT_DOWN),
            None => code,
        }
    }

    /// Waits until all is passed on that a server has written which has ended: who has left its group may hold the stream
    /// for longer.
    async fn stream_ends(&mut self) {
        let ends = async {
            while let Some(event) = self.events.recv().await {
                if matches!(event, SessionEvent::ServerGone(_)) {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(LAST_MESSAGES, ends).await;
    }

    /// Asks for the settings of folders, and tells the server where they are news.
    fn configure(&self, folders: Vec<PathBuf>) -> impl Future<Output = ()> + use<> {
        let (session, provider) = (self.session.clone(), self.provider.clone());
        async move {
            for folder in folders {
                match provider.configuration(&folder).await {
                    Ok(configuration) => session.set_configuration(folder, configuration),
                    Err(error) => {
                        let text = format!("its settings stay as they were: {}", error.in_full());
                        session.editor.send(message::show(Severity::Warning, text));
                    }
                }
            }
        }
    }

    /// What is said of a server that has ended by itself.
    fn obituary(
        &self,
        status: Option<&ExitStatus>,
        stream_error: Option<&str>,
        words: &str,
    ) -> String {
        let how = match (stream_error, status) {
            (Some(error), _) => format!("has written what is not a message ({error})"),
            (None, Some(status)) => format!("has ended ({status})"),
            (None, None) => "has ended".to_owned(),
        };
        let words = match words.is_empty() {
            true => String::new(),
            false => format!("; the last it said: {words}"),
        };
        format!("the language server `{}` {how}{words}", self.name)
    }

    fn show(&self, severity: Severity, text: &str) {
        self.session.editor.send(message::show(severity, text));
    }

    /// Writes a line of the editor's log.
    fn log(&self, text: &str) {
        self.session.editor.send(message::log(Severity::Info, text));
    }

    fn editor_gone(&self, error: Option<String>) -> u8 {
        if let Some(error) = error {
            self.show(Severity::Error, &error);
        }
        NOT_SHUT_DOWN
    }

    fn code_of_exit(&self) -> u8 {
        match self.session.was_shut_down() {
            true => 0,
            false => NOT_SHUT_DOWN,
        }
    }
}
