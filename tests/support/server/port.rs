//! A port of this machine behind which a program answers, on threads of its own.
//!
//! Connections are kept open between requests, as real servers keep them, so that a client's connections can be
//! counted; a fault closes the one that it is played on.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    task::JoinHandle,
};

use super::{Fault, wire};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// The path and, behind `?`, the query.
    pub target: String,
    /// The lines of the head behind the first.
    pub head: String,
    pub body: Vec<u8>,
}

/// What a request is answered with.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Lines of the head, besides the length.
    pub head: String,
    pub body: Vec<u8>,
}

type Program = dyn Fn(&Request) -> Answer + Send + Sync;

/// A port, which listens until it is dropped.
pub struct Port {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    program: Box<Program>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    requests: Vec<Request>,
    /// Faults that come one for each request whose target begins so.
    faults: Vec<(String, VecDeque<Fault>)>,
    /// What is done to every request whose target begins so.
    outage: Option<(String, Fault)>,
    distance: Duration,
    /// How many requests must be waiting before the first of them is answered.
    gathered: usize,
    connections: Count,
    pending: Count,
    rounds: usize,
}

/// How many there are, and the most that there were at a time.
#[derive(Default)]
struct Count {
    now: usize,
    most: usize,
}

impl Count {
    fn enter(&mut self) {
        self.now += 1;
        self.most = self.most.max(self.now);
    }
}

impl Request {
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The value of a key of the query, decoded.
    pub fn query(&self, key: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(name, value)| (name == key).then(|| value.into_owned()))
    }

    /// The value of a line of the head, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim()))
    }
}

impl Answer {
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            head: format!("Content-Type: {kind}\r\n"),
            body: body.into(),
        }
    }

    /// The same with one more line in its head.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }
}

impl Port {
    /// Answers every request with what the program makes of it.
    pub fn open(program: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::new(Shared {
                program: Box::new(program),
                state: Mutex::default(),
            }),
            runtime: Some(runtime),
            accepting: Mutex::default(),
        };
        port.accept(listener);
        port
    }

    /// The address of a path, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn accept(&self, listener: std::net::TcpListener) {
        listener.set_nonblocking(true).unwrap();
        let shared = self.shared.clone();
        let accepting = self.runtime.as_ref().unwrap().spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = shared.clone();
                tokio::spawn(async move {
                    shared.change(|state| state.connections.enter());
                    shared.serve(stream).await;
                    shared.change(|state| state.connections.now -= 1);
                });
            }
        });
        *self.accepting.lock().unwrap() = Some(accepting);
    }

    /// Listens no longer: whoever comes is turned away by the system.
    pub fn stop(&self) {
        let accepting = self.accepting.lock().unwrap().take().unwrap();
        accepting.abort();
        while !accepting.is_finished() {
            std::thread::yield_now();
        }
    }

    /// Listens again at the address it had.
    pub fn listen_again(&self) {
        self.accept(std::net::TcpListener::bind(self.address).unwrap());
    }

    /// The faults come one for each request whose target begins so; after them it is answered.
    pub fn fail(&self, start: &str, faults: impl IntoIterator<Item = Fault>) {
        let faults = (start.to_owned(), faults.into_iter().collect());
        self.shared.change(|state| state.faults.push(faults));
    }

    /// Does the same to every request whose target begins so from now on.
    pub fn fail_below(&self, start: &str, fault: Fault) {
        self.shared
            .change(|state| state.outage = Some((start.to_owned(), fault)));
    }

    /// Answers every request from now on.
    pub fn come_back(&self) {
        self.shared.change(|state| {
            state.outage = None;
            state.faults.clear();
        });
    }

    /// Answers so much later than it is asked, from now on.
    pub fn move_away(&self, distance: Duration) {
        self.shared.change(|state| state.distance = distance);
    }

    /// Answers nothing until so many requests wait for their answers, once.
    pub fn gather(&self, requests: usize) {
        self.shared.change(|state| state.gathered = requests);
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.change(|state| state.requests.clone())
    }

    /// The targets of the requests so far.
    pub fn targets(&self) -> Vec<String> {
        let requests = self.requests();
        requests.into_iter().map(|request| request.target).collect()
    }

    /// The most connections that were open at a time.
    pub fn most_connections(&self) -> usize {
        self.shared.change(|state| state.connections.most)
    }

    /// How often a request came while no other was waiting for its answer.
    pub fn rounds(&self) -> usize {
        self.shared.change(|state| state.rounds)
    }

    /// Forgets the requests so far, and what was counted.
    pub fn forget(&self) {
        self.shared.change(|state| {
            state.requests.clear();
            state.rounds = 0;
            state.connections.most = state.connections.now;
            state.pending.most = state.pending.now;
        });
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // Waiting for its threads is not allowed where the test itself is a task.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// Answers the requests of one connection; `None` where it is at its end.
    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let _ = stream.set_nodelay(true);
        loop {
            let request = read(&mut stream).await?;
            let (fault, distance) = self.change(|state| state.begin(&request));
            tokio::time::sleep(distance).await;
            while !self.change(State::is_gathered) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let answer = (self.program)(&request);
            let head = format!("Content-Length: {}\r\n{}", answer.body.len(), answer.head);
            let (status, body) = (answer.status, &answer.body[..]);
            self.change(|state| state.pending.now -= 1);
            match fault {
                None => wire::respond_and_stay(&mut stream, status, &head, body).await?,
                fault => return wire::play(&mut stream, fault, status, &head, body).await,
            }
        }
    }
}

impl State {
    fn is_gathered(&mut self) -> bool {
        if self.pending.now >= self.gathered {
            self.gathered = 0;
        }
        self.gathered == 0
    }

    fn begin(&mut self, request: &Request) -> (Option<Fault>, Duration) {
        if self.pending.now == 0 {
            self.rounds += 1;
        }
        self.pending.enter();
        self.requests.push(request.clone());
        let is_meant = |start: &str| request.target.starts_with(start);
        let outage = self.outage.clone().filter(|(start, _)| is_meant(start));
        let mut faults = self.faults.iter_mut();
        let fault = outage.map(|(_, fault)| fault).or_else(|| {
            faults.find_map(|(start, faults)| faults.pop_front_if(|_| is_meant(start)))
        });
        (fault, self.distance)
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let text = wire::head(stream).await?;
    let (first, head) = text.split_once("\r\n")?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next()?,
        target: words.next()?,
        head: head.to_owned(),
        body: Vec::new(),
    };
    let length = request.header("content-length");
    let length = length.map_or(0, |text| text.parse().unwrap());
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body).await.ok()?;
    Some(request)
}
