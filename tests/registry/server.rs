//! A web server that serves a folder and misbehaves when told to.

use std::{
    collections::{HashMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use annexe::registry::{Error, HttpOptions, Registry, RetryPolicy};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::fixture::Fixture;

/// What the server does instead of serving the file.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Answers with this status, these header lines and this body.
    Answer(u16, String, Vec<u8>),
    /// Announces the whole file and closes after so many bytes.
    CutAfter(usize),
    /// Announces nothing and closes after so many bytes.
    EndAfter(usize),
    /// Serves the whole file, whatever range was asked for.
    IgnoreRange,
    /// Closes without an answer.
    Close,
    /// Reads the request and never answers.
    Stall,
    /// Serves the whole file, a byte now and then.
    Trickle,
}

impl Fault {
    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self::Answer(status, String::new(), body.into())
    }
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) base: String,
    root: PathBuf,
    faults: Arc<Mutex<HashMap<String, VecDeque<Fault>>>>,
    /// Each request's path and, where there was one, its range.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            base: format!("http://{}/sub", listener.local_addr().unwrap()),
            root: root.to_owned(),
            faults: Arc::default(),
            requests: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.answer(stream).await });
            }
        });
        server
    }

    /// The faults come one for each request of `path`; after them the file is served.
    pub(crate) fn fail(&self, path: &str, faults: impl IntoIterator<Item = Fault>) {
        self.faults
            .lock()
            .unwrap()
            .insert(path.to_owned(), faults.into_iter().collect());
    }

    /// Forgets the requests so far.
    pub(crate) fn forget(&self) {
        self.requests.lock().unwrap().clear();
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
        options
    }

    pub(crate) async fn open(&self) -> Result<Registry, Error> {
        self.open_with(&Self::options()).await
    }

    pub(crate) async fn open_with(&self, options: &HttpOptions) -> Result<Registry, Error> {
        Registry::open_with(&self.base.parse().unwrap(), options).await
    }

    /// One request for each connection: every cut is a cut of the connection.
    async fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.ok()?);
        }
        let request = String::from_utf8(request).unwrap();
        assert!(request.contains("user-agent: annexe/"), "{request}");
        let path = request.split(' ').nth(1)?.strip_prefix("/sub/")?.to_owned();
        let range = request
            .lines()
            .find_map(|line| line.strip_prefix("range: "));
        self.requests.lock().unwrap().push(match range {
            Some(range) => format!("{path} {range}"),
            None => path.clone(),
        });
        let fault = self
            .faults
            .lock()
            .unwrap()
            .get_mut(&path)
            .and_then(VecDeque::pop_front);
        let Ok(content) = fs::read(self.root.join(&path)) else {
            return respond(&mut stream, 404, "", b"no such file").await;
        };
        let start = match (range, &fault) {
            (Some(range), None | Some(Fault::CutAfter(_))) => range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .unwrap(),
            _ => 0,
        };
        let mut head = format!("Content-Length: {}\r\n", content.len() - start);
        let status = if start == 0 { 200 } else { 206 };
        if start > 0 {
            let (last, size) = (content.len() - 1, content.len());
            head.push_str(&format!("Content-Range: bytes {start}-{last}/{size}\r\n"));
        }
        let body = &content[start..];
        match fault {
            None | Some(Fault::IgnoreRange) => {
                respond_as_told(&mut stream, status, &head, body).await
            }
            Some(Fault::Answer(status, head, body)) => {
                respond(&mut stream, status, &head, &body).await
            }
            Some(Fault::CutAfter(bytes)) => {
                respond_as_told(&mut stream, status, &head, &body[..bytes]).await
            }
            Some(Fault::EndAfter(bytes)) => {
                respond_as_told(&mut stream, 200, "", &body[..bytes]).await
            }
            Some(Fault::Close) => None,
            Some(Fault::Stall) => {
                let _ = stream.read_u8().await;
                None
            }
            Some(Fault::Trickle) => trickle(&mut stream, &head, body).await,
        }
    }
}

async fn respond(stream: &mut TcpStream, status: u16, head: &str, body: &[u8]) -> Option<()> {
    let head = format!("Content-Length: {}\r\n{head}", body.len());
    respond_as_told(stream, status, &head, body).await
}

async fn trickle(stream: &mut TcpStream, head: &str, body: &[u8]) -> Option<()> {
    let head = format!("HTTP/1.1 200 Whatever\r\nConnection: close\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    for byte in body {
        stream.write_u8(*byte).await.ok()?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stream.shutdown().await.ok()
}

async fn respond_as_told(
    stream: &mut TcpStream,
    status: u16,
    head: &str,
    body: &[u8],
) -> Option<()> {
    let head = format!("HTTP/1.1 {status} Whatever\r\nConnection: close\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    stream.shutdown().await.ok()
}

/// A registry, its server, and the registry opened through it.
pub(crate) async fn served() -> (Fixture, Server, Registry) {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.registry()).await;
    let registry = server.open().await.unwrap();
    (fixture, server, registry)
}
