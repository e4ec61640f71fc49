//! The course of a session, from the editor's first request to the end of the adapter.

use std::{fs::File, io, path::PathBuf, process::ExitStatus, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::sync::{
    mpsc::{UnboundedReceiver, unbounded_channel},
    oneshot,
};

use super::{
    connection::{self, Connection, Listeners},
    message::Category,
    provider::{AdapterProvider, PreparedAdapter, StartRequest},
    reattachment,
    receivers::{Side, listen},
    session::{Session, SessionEvent},
    steps::Steps,
};
use crate::{
    base::{
        process::{GroupChild, Launcher},
        types::DebugAdapterBinary,
    },
    bridge::{
        child::{self, LAST_ERRORS, LastWords, UNKNOWN_END, code_of},
        preparation::PreparationError,
        wire::outlet::Outlet,
    },
};

/// How long an adapter may take to answer `initialize`: 30 s.
const TO_INITIALIZE: Duration = Duration::from_secs(30);

/// How long the last messages may take to be read.
const LAST_MESSAGES: Duration = Duration::from_secs(1);

/// How long an adapter whose stream has ended may take to end itself.
const AFTER_STREAM: Duration = Duration::from_secs(3);

/// How long an editor may take to leave a session that is over.
const TO_LEAVE: Duration = Duration::from_secs(10);

/// The exit code of a session that the editor has not ended.
const NOT_LEFT: u8 = 1;

/// The connection to an editor: the streams, and whom it wants.
#[derive(Debug)]
#[non_exhaustive]
pub struct ClientConnection {
    /// The stream that its messages come over.
    pub input: File,
    /// The stream that it reads.
    pub output: File,
    /// Where the adapter's standard error goes.
    pub errors: File,
    /// The adapter's name, for the messages that the user sees.
    pub adapter: String,
}

impl ClientConnection {
    /// The connection to an editor that speaks over these streams: input, output, and errors.
    pub fn new(adapter: &str, streams: [File; 3]) -> Self {
        let [input, output, errors] = streams;
        Self {
            input,
            output,
            errors,
            adapter: adapter.to_owned(),
        }
    }
}

/// Bridges an editor to the adapter that `provider` prepares, for one session. Returns the exit code that it has to an
/// editor: 0 after `disconnect`, 1 where the editor has gone without it, else the adapter's, and at least 1.
///
/// Dropping the future kills the adapter.
///
/// # Errors
/// The system's error where there can be no threads.
pub async fn serve(client: ClientConnection, provider: Arc<dyn AdapterProvider>) -> io::Result<u8> {
    let (sender, events) = unbounded_channel();
    let outlet = Outlet::new(client.output, "to the editor")?;
    let known = provider.capabilities();
    provider.hear(match &known {
        Some(_) => "the editor is told the capabilities that the adapter had last",
        None => "the editor is told the least capabilities, until the adapter tells its own",
    });
    let promised = promised(known);
    let session = Arc::new(Session::new(outlet, promised, sender));
    listen(client.input, Side::Client, session.clone())?;
    let mut course = Course {
        session,
        events,
        provider,
        name: client.adapter,
        errors: client.errors,
        launcher: Launcher::default(),
    };
    let code = course.run().await;
    course.session.client().close();
    course.session.client().flush(LAST_MESSAGES);
    Ok(code)
}

/// The capabilities that an editor is told before the adapter runs. That a configuration has an end, the bridge sees to
/// where the adapter does not.
fn promised(known: Option<Value>) -> Value {
    let mut promised = known.filter(Value::is_object).unwrap_or_else(|| json!({}));
    promised["supportsConfigurationDoneRequest"] = true.into();
    promised
}

/// The task of a session.
struct Course {
    session: Arc<Session>,
    events: UnboundedReceiver<SessionEvent>,
    provider: Arc<dyn AdapterProvider>,
    name: String,
    errors: File,
    launcher: Launcher,
}

/// The ways in which a part of a session ends too early.
enum Stopped {
    /// The editor has left it, or has gone.
    Left(u8),
    Failed(PreparationError),
}

/// An adapter that has been asked to `initialize`.
struct Adapter {
    outlet: Outlet,
    child: Option<GroupChild>,
    all_heard: Option<oneshot::Receiver<()>>,
    last_words: LastWords,
}

/// The ways in which a session with an adapter ends.
enum End {
    /// The editor has left it, or has gone.
    OfClient,
    /// The adapter has ended, or its stream has; what is wrong with that.
    OfAdapter(Option<String>),
    Failed(PreparationError),
}

impl Course {
    async fn run(&mut self) -> u8 {
        let request = loop {
            match self.events.recv().await {
                Some(SessionEvent::Start(request)) => break request,
                Some(SessionEvent::TooMuch) => return self.failed(&too_much()).await,
                Some(event) => {
                    if let Some(code) = self.left(event) {
                        return code;
                    }
                }
                None => return NOT_LEFT,
            }
        };
        let opened = match self.prepare(request).await {
            Ok(prepared) => self.open(&prepared).await,
            Err(stopped) => Err(stopped),
        };
        match opened {
            Ok(adapter) => self.bridge(adapter).await,
            Err(Stopped::Left(code)) => code,
            Err(Stopped::Failed(error)) => self.failed(&error).await,
        }
    }

    /// Prepares the adapter, for as long as the editor waits for it.
    async fn prepare(&mut self, mut request: StartRequest) -> Result<PreparedAdapter, Stopped> {
        let asked = reattachment::take(&mut request.configuration);
        let asked = asked.map_err(|error| Stopped::Failed(PreparationError::new(error)))?;
        if let Some(address) = asked {
            let mut binary = DebugAdapterBinary {
                connection: Some(address),
                ..DebugAdapterBinary::default()
            };
            binary.request_args.request = request.kind;
            binary.request_args.configuration = request.configuration;
            return Ok(PreparedAdapter::new(binary, PathBuf::new()));
        }
        let (session, provider) = (self.session.clone(), self.provider.clone());
        let preparing = async move { provider.prepare(&request, &Steps(session)).await };
        self.unless_left(preparing).await
    }

    /// Starts or reaches the adapter, and has it asked to `initialize`.
    async fn open(&mut self, prepared: &PreparedAdapter) -> Result<Adapter, Stopped> {
        for warning in &prepared.warnings {
            self.session.show(Category::Console, warning);
        }
        let last_words = LastWords::default();
        let (hearing, starting) = (self.provider.clone(), self.provider.clone());
        let listeners = Listeners {
            hear: move |line: &str| hearing.hear(line),
            onward: self.errors.try_clone().ok(),
            last_words: last_words.clone(),
        };
        let launcher = self.launcher.clone();
        let started = move |process| starting.started(process);
        let opening = connection::open(&launcher, prepared, listeners, started);
        let Connection {
            child,
            sink,
            source,
            address,
            all_heard,
        } = self.unless_left(opening).await?;
        let begun = Outlet::new(sink, "to the adapter").and_then(|outlet| {
            // Before anything of it is heard: its answer is known then.
            self.session.connect(outlet.clone(), address, prepared);
            listen(source, Side::Adapter, self.session.clone())?;
            Ok(outlet)
        });
        let outlet = begun.map_err(|error| {
            let text = format!("the debug adapter cannot be talked to: {error}");
            Stopped::Failed(PreparationError::new(text))
        })?;
        Ok(Adapter {
            outlet,
            child,
            all_heard,
            last_words,
        })
    }

    /// Waits for a part of the beginning, unless the editor leaves meanwhile.
    async fn unless_left<T>(
        &mut self,
        work: impl Future<Output = Result<T, PreparationError>>,
    ) -> Result<T, Stopped> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done.map_err(Stopped::Failed),
                event = self.events.recv() => match event {
                    Some(SessionEvent::TooMuch) => return Err(Stopped::Failed(too_much())),
                    Some(event) => {
                        if let Some(code) = self.left(event) {
                            return Err(Stopped::Left(code));
                        }
                    }
                    None => return Err(Stopped::Left(NOT_LEFT)),
                },
            }
        }
    }

    /// Lets messages pass until either side ends.
    async fn bridge(&mut self, mut adapter: Adapter) -> u8 {
        let end = self.pass(&mut adapter.child).await;
        if matches!(end, End::OfClient) {
            self.session.leave();
        }
        adapter.outlet.close();
        let status = match adapter.child {
            Some(child) => child::end(child).await.ok(),
            None => None,
        };
        if let End::OfAdapter(None) = end {
            // What it has written last comes before what is said of it.
            self.stream_ends().await;
        }
        if let Some(all_heard) = adapter.all_heard {
            let _ = tokio::time::timeout(LAST_ERRORS, all_heard).await;
        }
        self.provider.ended(status);
        match end {
            End::Failed(error) => self.failed(&error).await,
            End::OfClient if self.session.is_leaving() => 0,
            End::OfClient => NOT_LEFT,
            End::OfAdapter(None) if self.session.is_leaving() => {
                self.session.end("the debug adapter has ended");
                0
            }
            End::OfAdapter(None) if self.session.is_terminated() => {
                self.session.end("the debug adapter has ended");
                let _ = tokio::time::timeout(TO_LEAVE, self.leaves()).await;
                0
            }
            End::OfAdapter(problem) => {
                let words = adapter.last_words.last();
                let text = self.obituary(status, problem.as_deref(), &words);
                self.over(&text);
                let _ = tokio::time::timeout(TO_LEAVE, self.leaves()).await;
                status.map_or(UNKNOWN_END, code_of).max(UNKNOWN_END)
            }
        }
    }

    /// Waits until either side ends.
    async fn pass(&mut self, child: &mut Option<GroupChild>) -> End {
        let to_initialize = tokio::time::sleep(TO_INITIALIZE);
        tokio::pin!(to_initialize);
        let mut is_initialized = false;
        loop {
            tokio::select! {
                event = self.events.recv() => match event {
                    Some(SessionEvent::Capabilities(capabilities)) => {
                        is_initialized = true;
                        self.provider.remember(&capabilities);
                    }
                    Some(SessionEvent::Refused(words)) => {
                        let text = format!(
                            "the debug adapter `{}` has refused `initialize`: {words}", self.name
                        );
                        return End::Failed(PreparationError::new(text));
                    }
                    Some(SessionEvent::TooMuch) => return End::Failed(too_much()),
                    Some(SessionEvent::AdapterGone(problem)) => {
                        if problem.is_none() {
                            // It may have closed its stream and nothing else.
                            let _ = tokio::time::timeout(AFTER_STREAM, ended(child)).await;
                        }
                        return End::OfAdapter(problem);
                    }
                    Some(SessionEvent::Start(_)) => {}
                    Some(event) => {
                        if self.left(event).is_some() {
                            return End::OfClient;
                        }
                    }
                    None => return End::OfClient,
                },
                () = ended(child) => return End::OfAdapter(None),
                () = &mut to_initialize, if !is_initialized => {
                    let text = format!(
                        "the debug adapter `{}` has not answered `initialize` within {} s",
                        self.name,
                        TO_INITIALIZE.as_secs()
                    );
                    return End::Failed(PreparationError::new(text));
                }
            }
        }
    }

    /// Waits until all is passed on that an adapter has written which has ended: who has left its group may hold the
    /// stream for longer.
    async fn stream_ends(&mut self) {
        let ends = async {
            while let Some(event) = self.events.recv().await {
                if matches!(event, SessionEvent::AdapterGone(_)) {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(LAST_MESSAGES, ends).await;
    }

    /// The exit code of an editor that has left or gone, if that is the event.
    fn left(&self, event: SessionEvent) -> Option<u8> {
        match event {
            SessionEvent::Left => Some(0),
            SessionEvent::ClientGone(problem) => {
                if let Some(problem) = problem {
                    self.session.show(Category::Important, &problem);
                }
                Some(NOT_LEFT)
            }
            _ => None,
        }
    }

    /// Waits until the editor has left or gone.
    async fn leaves(&mut self) {
        while let Some(event) = self.events.recv().await {
            if self.left(event).is_some() {
                return;
            }
        }
    }

    /// Tells the user and the editor that there is no adapter, and waits for the editor to go.
    async fn failed(&mut self, error: &PreparationError) -> u8 {
        let text = error.in_full();
        self.provider.hear(&text);
        self.over(&text);
        self.leaves().await;
        NOT_LEFT
    }

    /// Ends the session for the editor, with a reason for the user.
    fn over(&self, text: &str) {
        self.session.show(Category::Important, text);
        self.session.end(text);
        self.session.terminate();
    }

    /// A text about an adapter that has ended by itself.
    fn obituary(&self, status: Option<ExitStatus>, problem: Option<&str>, words: &str) -> String {
        let how = match (problem, status) {
            (Some(problem), _) => format!("has written what is not a message ({problem})"),
            (None, Some(status)) => format!("has ended ({status})"),
            (None, None) => "has ended".to_owned(),
        };
        let words = match words.is_empty() {
            true => String::new(),
            false => format!("; the last it said: {words}"),
        };
        format!("the debug adapter `{}` {how}{words}", self.name)
    }
}

/// Waits for the end of a program; for ever where there is none.
async fn ended(child: &mut Option<GroupChild>) {
    match child {
        Some(child) => {
            if let Err(error) = child.ended().await {
                tracing::debug!(%error, "the end of a debug adapter cannot be waited for");
            }
        }
        None => std::future::pending().await,
    }
}

fn too_much() -> PreparationError {
    PreparationError::new("the editor has sent too much before the debug adapter was there")
}
