//! A web server that is far away: it serves a folder, keeps connections alive, counts requests, and answers
//! each only after a delay.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// A web server on a thread of its own, which lasts as long as the process.
pub(crate) struct Server {
    /// The address of the folder, which ends in `/`.
    pub(crate) base: String,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    round_trip: Mutex<Duration>,
    /// The path of each request.
    requests: Mutex<Vec<String>>,
}

impl Server {
    /// Serves `folder`. A new connection costs one round trip before its first request is read; each
    /// answer begins one round trip after its request. What runs at the same time waits at the same time.
    pub(crate) fn start(folder: &Path, round_trip: Duration) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            round_trip: Mutex::new(round_trip),
            requests: Mutex::default(),
        });
        let serving = shared.clone();
        std::thread::spawn(move || {
            crate::runtime().block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, serving.clone()));
                }
            });
        });
        Self {
            base: format!("http://{address}/"),
            shared,
        }
    }

    /// Sets how far away the server is from now on.
    pub(crate) fn set_round_trip(&self, round_trip: Duration) {
        *self.shared.round_trip.lock().expect("not poisoned") = round_trip;
    }

    /// The paths that were asked for since this was last called.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.requests.lock().expect("not poisoned"))
    }
}

impl Shared {
    async fn delay(&self) {
        let round_trip = *self.round_trip.lock().expect("not poisoned");
        if !round_trip.is_zero() {
            tokio::time::sleep(round_trip).await;
        }
    }

    /// The answer to a request of `path` from somebody who knows the content with the tag `known`.
    fn answer(&self, path: &str, known: Option<&str>) -> Vec<u8> {
        let file = self.folder.join(path);
        let content = std::fs::read(&file).ok().filter(|_| !path.contains(".."));
        let Some(content) = content else {
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into();
        };
        let modified = std::fs::metadata(&file).and_then(|metadata| metadata.modified());
        let age = modified.map(|modified| modified.duration_since(UNIX_EPOCH).unwrap_or_default());
        let nanoseconds = age.unwrap_or_default().as_nanos();
        let tag = format!("\"{nanoseconds:x}-{:x}\"", content.len());
        if known == Some(&tag) {
            return format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n").into();
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Length: {}\r\n\r\n",
            content.len()
        );
        // In one piece: a head that is sent alone may wait for the client's acknowledgement.
        [head.as_bytes(), &content].concat()
    }
}

/// Answers the requests of one connection.
async fn serve(stream: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    shared.delay().await;
    let mut stream = BufReader::new(stream);
    loop {
        let mut path = None;
        let mut known = None;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            if let Some(rest) = line.strip_prefix("GET /") {
                path = rest.split(' ').next().map(str::to_owned);
            } else if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("if-none-match")
            {
                known = Some(value.to_owned());
            }
            if line.is_empty() {
                break;
            }
        }
        let path = path.unwrap_or_default();
        let answer = shared.answer(&path, known.as_deref());
        shared.requests.lock().expect("not poisoned").push(path);
        shared.delay().await;
        stream.get_mut().write_all(&answer).await?;
    }
}
