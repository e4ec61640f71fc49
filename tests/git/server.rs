//! A web server on this machine that runs `git http-backend`, Git's own program for it, and lets in who knows the
//! password.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

/// `user:secret`.
const CREDENTIAL: &str = "dXNlcjpzZWNyZXQ=";

pub const PASSWORD: &str = "secret";

/// The server. It serves until the test ends.
pub struct Server {
    /// Its address, with `git+`.
    pub address: String,
    /// How many requests it has answered with something of the repository.
    pub served: Arc<AtomicUsize>,
    /// Answers stop in the middle while this is set.
    pub stalls: Arc<AtomicBool>,
    /// Hears of each request for the content of a repository.
    pub asked: mpsc::Receiver<()>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Server {
    /// Serves the repositories in a folder, to all or to who knows the password.
    pub fn start(folder: &Path, is_private: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("git+http://{}", listener.local_addr().unwrap());
        let served = Arc::new(AtomicUsize::new(0));
        let stalls = Arc::new(AtomicBool::new(false));
        let (sender, asked) = mpsc::channel();
        let serving = (folder.to_owned(), served.clone(), stalls.clone());
        thread::spawn(move || {
            let (folder, served, stalls) = serving;
            for stream in listener.incoming().flatten() {
                let (folder, served) = (folder.clone(), served.clone());
                let (stalls, sender) = (stalls.clone(), sender.clone());
                thread::spawn(move || {
                    serve(stream, &folder, is_private, &served, &stalls, &sender)
                });
            }
        });
        Self {
            address,
            served,
            stalls,
            asked,
        }
    }
}

fn serve(
    mut stream: TcpStream,
    folder: &Path,
    is_private: bool,
    served: &AtomicUsize,
    stalls: &AtomicBool,
    asked: &mpsc::Sender<()>,
) {
    let Some(request) = Request::read(&stream) else {
        return;
    };
    let is_known = request.header("authorization") == Some(&format!("Basic {CREDENTIAL}"));
    if is_private && !is_known {
        let refusal = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(refusal.as_bytes());
        return;
    }
    let (head, body) = request.answer(folder);
    served.fetch_add(1, Ordering::Relaxed);
    let is_content = request.path.ends_with("/git-upload-pack") && body.len() > 200;
    if is_content {
        let _ = asked.send(());
    }
    let head = format!(
        "{head}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    if stream.write_all(head.as_bytes()).is_err() {
        return;
    }
    if is_content && stalls.load(Ordering::Relaxed) {
        let _ = stream.write_all(&body[..100]);
        let _ = stream.flush();
        // Until the other side goes.
        let _ = stream.read(&mut [0]);
        return;
    }
    let _ = stream.write_all(&body);
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut request = Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Vec::new(),
        };
        if request.header("transfer-encoding") == Some("chunked") {
            loop {
                let mut size = String::new();
                reader.read_line(&mut size).ok()?;
                let size = usize::from_str_radix(size.trim(), 16).ok()?;
                let mut chunk = vec![0; size + 2];
                reader.read_exact(&mut chunk).ok()?;
                if size == 0 {
                    break;
                }
                request.body.extend_from_slice(&chunk[..size]);
            }
        } else if let Some(length) = request.header("content-length") {
            request.body = vec![0; length.parse().ok()?];
            reader.read_exact(&mut request.body).ok()?;
        }
        Some(request)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The answer of Git's program: the head without its last line, and the body.
    fn answer(&self, folder: &Path) -> (String, Vec<u8>) {
        let mut command = Command::new("git");
        command
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", folder)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .env("HOME", folder)
            .env("REQUEST_METHOD", &self.method)
            .env("PATH_INFO", &self.path)
            .env("QUERY_STRING", &self.query)
            .env("CONTENT_LENGTH", self.body.len().to_string())
            .env(
                "CONTENT_TYPE",
                self.header("content-type").unwrap_or_default(),
            )
            .env(
                "HTTP_CONTENT_ENCODING",
                self.header("content-encoding").unwrap_or_default(),
            )
            .env(
                "GIT_PROTOCOL",
                self.header("git-protocol").unwrap_or_default(),
            )
            .env("REMOTE_ADDR", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let body = self.body.clone();
        let writing = thread::spawn(move || drop(stdin.write_all(&body)));
        let output = child.wait_with_output().unwrap().stdout;
        writing.join().unwrap();
        let end = output.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(output[..end].to_vec()).unwrap();
        let mut status = "200 OK".to_owned();
        let mut lines = String::new();
        for line in head.lines() {
            match line.strip_prefix("Status: ") {
                Some(other) => status = other.to_owned(),
                None => lines.push_str(&format!("{line}\r\n")),
            }
        }
        (
            format!("HTTP/1.1 {status}\r\n{lines}"),
            output[end + 4..].to_vec(),
        )
    }
}

/// A program in the place of `ssh`, which runs what it is asked to on this machine: the protocol is the real one. It
/// notes how it was called in `calls`.
pub fn ssh(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;

    let program = folder.join("ssh");
    let calls = folder.join("calls");
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> '{}'\n[ \"$1\" = -G ] && exit 1\nfor word; do last=$word; done\nexec sh -c \"$last\"\n",
        calls.display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}
