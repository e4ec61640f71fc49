//! A web server on this machine: it gives the registry's files below `/registry/`, and one answer to all else.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// What is answered is in these, below the folder that is served.
const REGISTRY: &str = "here/registry";
const ANSWER: &str = "answer";

/// The server, which ends when dropped.
pub struct Server {
    pub address: String,
    is_over: Arc<AtomicBool>,
}

impl Server {
    pub fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, root) = (Arc::clone(&is_over), root.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let root = root.clone();
                // One that is cut off is of a command that has ended.
                thread::spawn(move || stream.map(|stream| answer(stream, root)));
            }
        });
        Self { address, is_over }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
    }
}

fn answer(mut stream: TcpStream, root: PathBuf) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let request = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    let target = request.split(' ').nth(1)?;
    let file = match target.strip_prefix("/registry/") {
        Some(path) => root.join(REGISTRY).join(path),
        None => root.join(ANSWER),
    };
    let (status, body) = match fs::read(file) {
        Ok(body) => (200, body),
        Err(_) => (404, Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}
