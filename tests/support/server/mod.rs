//! A web server that serves a folder and misbehaves when told to.

pub mod archives;
pub mod background;
pub mod containers;
pub mod nginx;
pub mod port;
mod wire;

use std::{
    collections::{HashMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use annexe::{
    digest::Sha256Digest,
    registry::{Access, Error, HttpOptions, Location, Registry, RetryPolicy},
};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What the server does instead of serving the file.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Answers with this status, these header lines and this body.
    Answer(u16, String, Vec<u8>),
    /// Announces the whole file and closes after so many bytes.
    CutAfter(usize),
    /// Announces so many bytes, sends all that it has, and closes.
    Announce(usize),
    /// Announces nothing and closes after so many bytes.
    EndAfter(usize),
    /// Serves the whole file, whatever range was asked for.
    IgnoreRange,
    /// Closes without an answer.
    Close,
    /// Reads the request and never answers.
    Stall,
    /// Announces the whole file, sends so many bytes, and then nothing more.
    StallAfter(usize),
    /// Serves the whole file, a byte now and then.
    Trickle,
}

impl Fault {
    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self::Answer(status, String::new(), body.into())
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::Answer(302, format!("Location: {to}\r\n"), Vec::new())
    }
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) base: String,
    root: PathBuf,
    faults: Arc<Mutex<HashMap<String, VecDeque<Fault>>>>,
    /// What is done to every request of a path.
    always: Arc<Mutex<HashMap<String, Fault>>>,
    /// The head of each request, as it came.
    heads: Arc<Mutex<Vec<String>>>,
    /// Each request's path and, where there was one, its range.
    requests: Arc<Mutex<Vec<String>>>,
    /// The paths whose content the client had already.
    unchanged: Arc<Mutex<Vec<String>>>,
    /// Each `Authorization` with the path it came for.
    authorizations: Arc<Mutex<Vec<(String, String)>>>,
    /// Each method but GET with its path, and what was sent along.
    bodies: Arc<Mutex<Vec<(String, String)>>>,
    validators: Arc<Mutex<Validators>>,
    /// What is done to every request whose path begins so.
    outage: Arc<Mutex<Option<(&'static str, Fault)>>>,
    listeners: Arc<Mutex<Vec<Listener>>>,
    accepting: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// Who hears of each request whose path begins so.
struct Listener {
    start: &'static str,
    sender: Sender<String>,
}

/// How the server knows again what it sent.
#[derive(Clone, Copy)]
pub(crate) enum Validators {
    ETag,
    LastModified,
}

impl Server {
    pub(crate) async fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            base: format!("http://{}/sub", listener.local_addr().unwrap()),
            root: root.to_owned(),
            faults: Arc::default(),
            always: Arc::default(),
            heads: Arc::default(),
            requests: Arc::default(),
            unchanged: Arc::default(),
            authorizations: Arc::default(),
            bodies: Arc::default(),
            validators: Arc::new(Mutex::new(Validators::ETag)),
            outage: Arc::default(),
            listeners: Arc::default(),
            accepting: Arc::default(),
        };
        server.accept(listener);
        server
    }

    fn accept(&self, listener: TcpListener) {
        let serving = self.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.answer(stream).await });
            }
        });
        *self.accepting.lock().unwrap() = Some(accepting);
    }

    /// Listens no longer: whoever comes is turned away by the system.
    pub(crate) async fn stop(&self) {
        let accepting = self.accepting.lock().unwrap().take().unwrap();
        accepting.abort();
        let _ = accepting.await;
    }

    /// Listens again at the address it had.
    pub(crate) async fn listen_again(&self) {
        let address = self.base.strip_prefix("http://").unwrap();
        let address = address.strip_suffix("/sub").unwrap();
        self.accept(TcpListener::bind(address).await.unwrap());
    }

    /// The faults come one for each request of `path`; after them the file is served.
    pub(crate) fn fail(&self, path: &str, faults: impl IntoIterator<Item = Fault>) {
        self.faults
            .lock()
            .unwrap()
            .insert(path.to_owned(), faults.into_iter().collect());
    }

    /// Does the same to every request of `path` from now on.
    pub(crate) fn always(&self, path: &str, fault: Fault) {
        self.always.lock().unwrap().insert(path.to_owned(), fault);
    }

    /// The head of each request, as it came.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// Forgets the requests so far.
    pub(crate) fn forget(&self) {
        self.heads.lock().unwrap().clear();
        self.requests.lock().unwrap().clear();
        self.unchanged.lock().unwrap().clear();
        self.authorizations.lock().unwrap().clear();
    }

    /// The paths that were answered with "not modified".
    pub(crate) fn unchanged(&self) -> Vec<String> {
        self.unchanged.lock().unwrap().clone()
    }

    /// The paths for which an `Authorization` came, and what it was.
    pub(crate) fn authorizations(&self) -> Vec<(String, String)> {
        self.authorizations.lock().unwrap().clone()
    }

    /// Each method but GET with its path (`POST a/b`), and what was sent along.
    pub(crate) fn bodies(&self) -> Vec<(String, String)> {
        self.bodies.lock().unwrap().clone()
    }

    pub(crate) fn know_again_by(&self, validators: Validators) {
        *self.validators.lock().unwrap() = validators;
    }

    pub(crate) fn location(&self) -> Location {
        self.base.parse().unwrap()
    }

    /// Refuses every request from now on.
    pub(crate) fn go_down(&self) {
        self.fail_all(Fault::status(503, "down"));
    }

    /// Does the same to every request from now on.
    pub(crate) fn fail_all(&self, fault: Fault) {
        self.fail_below("", fault);
    }

    /// Does the same to every request whose path begins with `start` from now on.
    pub(crate) fn fail_below(&self, start: &'static str, fault: Fault) {
        *self.outage.lock().unwrap() = Some((start, fault));
    }

    /// Hears of each request from now on whose path begins with `start`.
    pub(crate) fn hear(&self, start: &'static str) -> Receiver<String> {
        let (sender, receiver) = mpsc::channel();
        let listener = Listener { start, sender };
        self.listeners.lock().unwrap().push(listener);
        receiver
    }

    /// Serves every file from now on.
    pub(crate) fn come_back(&self) {
        *self.outage.lock().unwrap() = None;
        self.faults.lock().unwrap().clear();
    }

    /// The settings under which no test waits for long, with a cache.
    pub(crate) fn access(cache: &Path) -> Access {
        let mut access = Access::default();
        access.http = Self::options();
        access.cache = Some(cache.to_owned());
        access
    }

    pub(crate) async fn open_cached(&self, cache: &Path) -> Result<Registry, Error> {
        Registry::open_with(&self.location(), &Self::access(cache)).await
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Settings under which no test waits for long.
    pub(crate) fn options() -> HttpOptions {
        let mut options = HttpOptions::default();
        options.retry = RetryPolicy {
            first_delay: Duration::ZERO,
            longest_delay: Duration::ZERO,
            ..RetryPolicy::default()
        };
        options.read_timeout = Duration::from_millis(300);
        let rules = ["127.0.0.0/8", "::1"];
        options.private = rules.map(|rule| rule.parse().unwrap()).into();
        options
    }

    pub(crate) async fn open(&self) -> Result<Registry, Error> {
        self.open_with(&Self::options()).await
    }

    pub(crate) async fn open_with(&self, options: &HttpOptions) -> Result<Registry, Error> {
        let mut access = Access::default();
        access.http = options.clone();
        Registry::open_with(&self.base.parse().unwrap(), &access).await
    }

    /// What is to go wrong with a request of `path`.
    fn fault(&self, path: &str) -> Option<Fault> {
        let outage = self.outage.lock().unwrap().clone();
        let outage = outage.filter(|(start, _)| path.starts_with(start));
        let outage = outage.map(|(_, fault)| fault);
        let next = || self.faults.lock().unwrap().get_mut(path)?.pop_front();
        let always = || self.always.lock().unwrap().get(path).cloned();
        outage.or_else(next).or_else(always)
    }

    /// One request for each connection: every cut is a cut of the connection.
    async fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let request = wire::head(&mut stream).await?;
        assert!(request.contains("user-agent: annexe/"), "{request}");
        self.heads.lock().unwrap().push(request.clone());
        // Whoever takes the server for a proxy names the other server too.
        let target = request.split(' ').nth(1)?;
        let target = match target.strip_prefix("http://") {
            Some(rest) => rest.get(rest.find('/')?..)?,
            None => target,
        };
        let path = target.strip_prefix("/sub/")?.to_owned();
        let range = request
            .lines()
            .find_map(|line| line.strip_prefix("range: "));
        self.requests.lock().unwrap().push(match range {
            Some(range) => format!("{path} {range}"),
            None => path.clone(),
        });
        for listener in self.listeners.lock().unwrap().iter() {
            if path.starts_with(listener.start) {
                let _ = listener.sender.send(path.clone());
            }
        }
        let header = |name: &str| request.lines().find_map(|line| line.strip_prefix(name));
        if let Some(sent) = header("authorization: ") {
            let sent = (path.clone(), sent.to_owned());
            self.authorizations.lock().unwrap().push(sent);
        }
        let length = header("content-length: ").map_or(0, |text| text.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let method = request.split(' ').next()?;
        if method != "GET" {
            let body = String::from_utf8(body).unwrap();
            let mut bodies = self.bodies.lock().unwrap();
            bodies.push((format!("{method} {path}"), body));
        }
        let fault = self.fault(&path);
        if let Some(Fault::Answer(status, head, body)) = &fault {
            return wire::respond(&mut stream, *status, head, body).await;
        }
        let Ok(content) = fs::read(self.root.join(&path)) else {
            return wire::respond(&mut stream, 404, "", b"no such file").await;
        };
        // Long enough that two contents of one test never share it, and no date of this file's.
        let digest = Sha256Digest::of(&content).to_string();
        let (validator, asked) = match *self.validators.lock().unwrap() {
            Validators::ETag => (
                format!("ETag: \"{digest}\"\r\n"),
                header("if-none-match: ").map(|it| it == format!("\"{digest}\"")),
            ),
            Validators::LastModified => (
                format!("Last-Modified: {digest}\r\n"),
                header("if-modified-since: ").map(|it| it == digest),
            ),
        };
        if fault.is_none() && asked == Some(true) {
            self.unchanged.lock().unwrap().push(path);
            return wire::respond_as_told(&mut stream, 304, &validator, b"").await;
        }
        let start = match (range, &fault) {
            (Some(range), None | Some(Fault::CutAfter(_) | Fault::StallAfter(_))) => range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .unwrap(),
            _ => 0,
        };
        let mut head = format!("{validator}Content-Length: {}\r\n", content.len() - start);
        let status = if start == 0 { 200 } else { 206 };
        if start > 0 {
            let (last, size) = (content.len() - 1, content.len());
            head.push_str(&format!("Content-Range: bytes {start}-{last}/{size}\r\n"));
        }
        let body = &content[start..];
        wire::play(&mut stream, fault, status, &head, body).await
    }
}
