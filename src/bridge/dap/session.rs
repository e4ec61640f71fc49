//! The state of a session, and what is done with each message.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    message::{self, Category, Head, Sort},
    provider::{PreparedAdapter, StartRequest, TCP_CONNECTION},
    reattachment,
};
use crate::{
    base::types::DebugRequestKind,
    bridge::wire::{
        frame::framed,
        outlet::{Outlet, WAITING_BYTES},
        splice,
    },
};

/// The numbers of the bridge's own requests to the adapter begin here, above all that an editor comes to.
const OWN_NUMBERS: i64 = 1_000_000_000;

/// The most requests of the adapter that wait for an answer; of more, the oldest is forgotten.
const MOST_ASKED: usize = 1_000;

/// The most requests of the editor that are noted until they are answered.
const MOST_PENDING: usize = 10_000;

/// An event of a session that its course depends on.
#[derive(Debug)]
pub(super) enum SessionEvent {
    /// The editor has said what is to be debugged.
    Start(StartRequest),
    /// The adapter has answered `initialize` with its capabilities.
    Capabilities(Value),
    /// The adapter has answered `initialize` with an error.
    Refused(String),
    /// The editor is done: it was answered.
    Left,
    /// The editor has sent too much before the adapter was there.
    TooMuch,
    /// The editor's stream has ended, or what is wrong with it.
    ClientGone(Option<String>),
    /// The adapter's stream has ended, or what is wrong with it.
    AdapterGone(Option<String>),
}

/// A session between an editor and an adapter.
pub(super) struct Session {
    client: Outlet,
    /// The number of the next message to the editor.
    next: AtomicI64,
    state: Mutex<State>,
    events: UnboundedSender<SessionEvent>,
    /// The capabilities that `initialize` is answered with.
    promised: Value,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// The editor's `initialize`.
    initialize: Option<Request>,
    /// The editor's `launch` or `attach`.
    start: Option<Request>,
    /// What the adapter is to get after that.
    held: Vec<Vec<u8>>,
    held_bytes: usize,
    adapter: Option<Outlet>,
    /// The address at which sessions reach it that it asks for.
    address: Option<SocketAddr>,
    /// The numbers of the adapter's requests, by those that the editor has them under.
    asked: BTreeMap<i64, i64>,
    /// The commands of the editor's requests that are not answered, by their numbers.
    pending: HashMap<i64, String>,
    confirms_configuration: bool,
    /// The program that is debugged was started for the session, and ends with it.
    has_launched: bool,
    is_terminated: bool,
    is_leaving: bool,
}

/// A message of the editor that is kept.
struct Request {
    seq: i64,
    command: String,
    body: Vec<u8>,
}

/// How far a session is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// Nothing has come.
    #[default]
    Before,
    /// `initialize` was answered.
    Initialized,
    /// The adapter is prepared and started.
    Preparing,
    /// It has `initialize`, and has not answered.
    Starting,
    /// Messages pass.
    Running,
    /// There is no adapter any more, or never was.
    Over,
}

impl Session {
    /// A session with an editor, whose `initialize` is answered with these capabilities.
    pub(super) fn new(
        client: Outlet,
        promised: Value,
        events: UnboundedSender<SessionEvent>,
    ) -> Self {
        Self {
            client,
            next: AtomicI64::new(1),
            state: Mutex::default(),
            events,
            promised,
        }
    }

    pub(super) fn tell(&self, event: SessionEvent) {
        // Nobody listens any more at the end.
        let _ = self.events.send(event);
    }

    /// The stream to the editor.
    pub(super) fn client(&self) -> &Outlet {
        &self.client
    }

    /// Shows a text to the user.
    pub(super) fn show(&self, category: Category, text: &str) {
        self.send(message::output(self.number(), category, text));
    }

    /// Whether the editor has asked to end the session.
    pub(super) fn is_leaving(&self) -> bool {
        self.state().is_leaving
    }

    /// Whether the adapter has said that there is nothing more to debug.
    pub(super) fn is_terminated(&self) -> bool {
        self.state().is_terminated
    }

    /// Takes a message of the editor.
    ///
    /// # Errors
    /// Where it is not one.
    pub(super) fn hear_client(&self, body: Vec<u8>) -> Result<(), String> {
        let head = Head::of(&body)?;
        match head.sort {
            Sort::Request => self.hear_request(&head, body),
            Sort::Response => self.hear_answer(&head, &body),
            Sort::Event => {}
        }
        Ok(())
    }

    fn hear_request(&self, head: &Head, body: Vec<u8>) {
        let (seq, command) = (head.seq, head.command());
        let mut state = self.state();
        match (state.phase, command) {
            (Phase::Before, "initialize") => {
                state.phase = Phase::Initialized;
                state.initialize = Some(Request::new(head, body));
                drop(state);
                self.answer(seq, command, &self.promised);
            }
            (Phase::Running, "configurationDone") if !state.confirms_configuration => {
                drop(state);
                self.answer(seq, command, &Value::Null);
            }
            (Phase::Running, _) => {
                state.is_leaving |= command == "disconnect";
                if state.pending.len() < MOST_PENDING {
                    state.pending.insert(seq, command.to_owned());
                }
                let adapter = state.adapter.clone();
                drop(state);
                if let Some(adapter) = adapter {
                    adapter.push(&framed(&body));
                }
            }
            (_, _) if is_end(command) => {
                state.is_leaving = true;
                drop(state);
                self.answer(seq, command, &Value::Null);
                self.tell(SessionEvent::Left);
            }
            (Phase::Before, _) => {
                drop(state);
                self.refuse(seq, command, "`initialize` comes first");
            }
            (_, "initialize") => {
                drop(state);
                self.refuse(seq, command, "`initialize` was answered before");
            }
            (Phase::Over, _) => {
                drop(state);
                self.refuse(seq, command, "there is no debug adapter");
            }
            (Phase::Initialized, "launch" | "attach") => {
                state.phase = Phase::Preparing;
                let arguments = splice::read(&body, &["arguments"]);
                state.start = Some(Request::new(head, body));
                drop(state);
                self.tell(SessionEvent::Start(StartRequest {
                    kind: kind_of(command),
                    configuration: arguments.unwrap_or_else(|| json!({})),
                }));
            }
            (Phase::Initialized | Phase::Preparing | Phase::Starting, _) => {
                state.held_bytes += body.len();
                if state.held_bytes > WAITING_BYTES {
                    drop(state);
                    self.tell(SessionEvent::TooMuch);
                    return;
                }
                state.held.push(body);
            }
        }
    }

    /// Passes an answer of the editor on, under the number that the adapter has for its request.
    fn hear_answer(&self, head: &Head, body: &[u8]) {
        let mut state = self.state();
        let asked = head.request_seq.and_then(|it| state.asked.remove(&it));
        let (Some(asked), Some(adapter)) = (asked, state.adapter.clone()) else {
            tracing::debug!("the editor has answered what it was not asked");
            return;
        };
        drop(state);
        if let Some(body) = splice::set(body, &["request_seq"], &asked.to_string()) {
            adapter.push(&framed(&body));
        }
    }

    /// Gives an adapter `initialize`.
    pub(super) fn connect(
        &self,
        adapter: Outlet,
        address: Option<SocketAddr>,
        prepared: &PreparedAdapter,
    ) {
        let mut state = self.state();
        let state = &mut *state;
        state.phase = Phase::Starting;
        state.address = address;
        let asked = &prepared.binary.request_args;
        state.has_launched = asked.request == DebugRequestKind::Launch;
        if let Some(start) = &mut state.start {
            start.ask(asked.request, &asked.configuration);
        }
        if let Some(initialize) = &state.initialize {
            adapter.send(framed(&initialize.body));
        }
        state.adapter = Some(adapter);
    }

    /// Takes a message of the adapter.
    ///
    /// # Errors
    /// Where it is not one.
    pub(super) fn hear_adapter(&self, body: Vec<u8>) -> Result<(), String> {
        let head = Head::of(&body)?;
        let mut changed = None;
        match head.sort {
            Sort::Response => {
                let Some(answered) = head.request_seq else {
                    return Err("a response of the adapter has no `request_seq`".into());
                };
                let mut state = self.state();
                state.pending.remove(&answered);
                let is_of = |it: &Option<Request>| it.as_ref().is_some_and(|it| it.seq == answered);
                if state.phase == Phase::Starting && is_of(&state.initialize) {
                    self.begin(&mut state, &head, &body);
                    return Ok(());
                }
                if answered >= OWN_NUMBERS {
                    return Ok(());
                }
                // The editor may have asked for the other of `launch` and `attach`.
                if is_of(&state.start)
                    && let Some(start) = &state.start
                    && start.command != head.command()
                {
                    let command = Value::from(start.command.as_str()).to_string();
                    changed = splice::set(&body, &["command"], &command);
                }
            }
            Sort::Request => {
                let number = self.number();
                let mut state = self.state();
                if state.asked.len() >= MOST_ASKED {
                    state.asked.pop_first();
                }
                state.asked.insert(number, head.seq);
                let address = state.address.filter(|_| head.command() == "startDebugging");
                drop(state);
                if let Some((path, mark)) = address.and_then(reattachment::mark) {
                    changed = splice::set(&body, &path, &mark);
                }
                self.pass(changed.as_deref().unwrap_or(&body), number);
                return Ok(());
            }
            Sort::Event => match head.event.as_deref() {
                Some("terminated") => self.state().is_terminated = true,
                Some("capabilities") => {
                    let confirms = ["body", "capabilities", "supportsConfigurationDoneRequest"];
                    if let Some(confirms) = splice::read(&body, &confirms) {
                        self.state().confirms_configuration = confirms;
                    }
                }
                _ => {}
            },
        }
        self.pass(changed.as_deref().unwrap_or(&body), self.number());
        Ok(())
    }

    /// Takes the adapter's answer to `initialize`: tells the editor what it can do, and gives it all that was held. Nothing
    /// comes between, for the state is held, and none of it waits for the adapter to read.
    fn begin(&self, state: &mut State, head: &Head, body: &[u8]) {
        if head.success == Some(false) {
            let words = splice::read(body, &["body", "error", "format"]);
            let words = words.or_else(|| splice::read(body, &["message"]));
            self.tell(SessionEvent::Refused(words.unwrap_or_default()));
            return;
        }
        let capabilities: Value = splice::read(body, &["body"]).unwrap_or_else(|| json!({}));
        state.confirms_configuration =
            capabilities["supportsConfigurationDoneRequest"] == Value::Bool(true);
        let told = json!({ "capabilities": capabilities });
        self.send(message::event(self.number(), "capabilities", &told));
        state.phase = Phase::Running;
        let start = state.start.iter().map(|it| it.body.clone());
        let all: Vec<Vec<u8>> = start.chain(std::mem::take(&mut state.held)).collect();
        for body in all {
            // What it holds was read when it came.
            let Ok(head) = Head::of(&body) else {
                continue;
            };
            if head.command() == "configurationDone" && !state.confirms_configuration {
                self.answer(head.seq, head.command(), &Value::Null);
                continue;
            }
            if head.sort == Sort::Request {
                state.pending.insert(head.seq, head.command().to_owned());
            }
            if let Some(adapter) = &state.adapter {
                adapter.send(framed(&body));
            }
        }
        self.tell(SessionEvent::Capabilities(capabilities));
    }

    /// Passes a message on to the editor, under a number of this side.
    fn pass(&self, body: &[u8], number: i64) {
        if let Some(body) = splice::set(body, &["seq"], &number.to_string()) {
            self.client.push(&framed(&body));
        }
    }

    /// Ends the session for the editor: there is no adapter from here on, and what waits for an answer fails, the beginning
    /// of the session for the user to see.
    pub(super) fn end(&self, text: &str) {
        let mut state = self.state();
        let was_begun = state.phase == Phase::Running;
        state.phase = Phase::Over;
        state.adapter = None;
        let held = std::mem::take(&mut state.held);
        let mut failed: BTreeMap<i64, String> = state.pending.drain().collect();
        let start = state.start.take();
        let start = start.filter(|it| !was_begun || failed.contains_key(&it.seq));
        drop(state);
        if let Some(start) = &start {
            failed.remove(&start.seq);
            let text = format!("annexe: {text}");
            let number = self.number();
            let failure = message::failure(number, start.seq, &start.command, &text, true);
            self.send(failure);
        }
        let held = held.iter().filter_map(|body| Head::of(body).ok());
        let held = held.filter(|head| head.sort == Sort::Request);
        failed.extend(held.map(|head| (head.seq, head.command.unwrap_or_default())));
        for (seq, command) in failed {
            match is_end(&command) {
                // It has ended, one way or the other.
                true => self.answer(seq, &command, &Value::Null),
                false => self.refuse(seq, &command, "there is no debug adapter any more"),
            }
        }
    }

    /// Tells the editor that there is nothing more to debug, unless the adapter has.
    pub(super) fn terminate(&self) {
        if !std::mem::replace(&mut self.state().is_terminated, true) {
            self.send(message::event(self.number(), "terminated", &Value::Null));
        }
    }

    /// Asks the adapter to end the session, for an editor that has gone without a word: what was started for the session
    /// ends with it.
    pub(super) fn leave(&self) {
        let state = self.state();
        let arguments = json!({ "restart": false, "terminateDebuggee": state.has_launched });
        if let Some(adapter) = state.adapter.as_ref().filter(|_| !state.is_leaving) {
            adapter.send(message::request(OWN_NUMBERS, "disconnect", &arguments));
        }
    }

    fn answer(&self, seq: i64, command: &str, body: &Value) {
        self.send(message::response(self.number(), seq, command, body));
    }

    fn refuse(&self, seq: i64, command: &str, text: &str) {
        let text = format!("annexe: {text}");
        self.send(message::failure(self.number(), seq, command, &text, false));
    }

    /// Sends a message of the bridge's own.
    fn send(&self, message: Vec<u8>) {
        if !self.client.send(message) {
            tracing::debug!("the editor does not read: a message to it is lost");
        }
    }

    fn number(&self) -> i64 {
        self.next.fetch_add(1, Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    fn new(head: &Head, body: Vec<u8>) -> Self {
        Self {
            seq: head.seq,
            command: head.command().to_owned(),
            body,
        }
    }

    /// Has it ask for what an extension has made of the configuration, key by key over what the editor has said.
    fn ask(&mut self, kind: DebugRequestKind, configuration: &Value) {
        let mut arguments: Value =
            splice::read(&self.body, &["arguments"]).unwrap_or_else(|| json!({}));
        // What is wrong with it was told before.
        let _ = reattachment::take(&mut arguments);
        if let Some(arguments) = arguments.as_object_mut() {
            arguments.shift_remove(TCP_CONNECTION);
        }
        if let (Some(arguments), Some(own)) = (arguments.as_object_mut(), configuration.as_object())
        {
            arguments.extend(own.clone());
        }
        let command = Value::from(name_of(kind)).to_string();
        let changed = splice::set(&self.body, &["command"], &command)
            .and_then(|body| splice::set(&body, &["arguments"], &arguments.to_string()));
        if let Some(changed) = changed {
            self.body = changed;
        }
    }
}

/// Whether a request asks to end the session.
fn is_end(command: &str) -> bool {
    matches!(command, "disconnect" | "terminate")
}

/// The kind of a request that begins a session.
fn kind_of(command: &str) -> DebugRequestKind {
    match command {
        "attach" => DebugRequestKind::Attach,
        _ => DebugRequestKind::Launch,
    }
}

/// The command that begins a session of a kind.
fn name_of(kind: DebugRequestKind) -> &'static str {
    match kind {
        DebugRequestKind::Launch => "launch",
        DebugRequestKind::Attach => "attach",
    }
}
