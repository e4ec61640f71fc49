//! A web server on the loopback interface that serves a folder, and stalls in the middle of archives
//! if it is asked to.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, Sender},
};

pub struct Server {
    pub address: String,
    /// Hears of each archive that is asked for.
    pub archives: Receiver<()>,
}

impl Server {
    /// Serves `folder` until the test's process ends. A stalling one sends half of each archive.
    pub fn start(folder: &Path, stalls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let (asked, archives) = mpsc::channel();
        let folder = folder.to_path_buf();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (folder, asked) = (folder.clone(), asked.clone());
                std::thread::spawn(move || serve(stream.unwrap(), folder, stalls, &asked));
            }
        });
        Self { address, archives }
    }
}

fn serve(mut stream: TcpStream, folder: PathBuf, stalls: bool, asked: &Sender<()>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let request = lines.next().unwrap().unwrap();
    while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
    let path = request
        .split(' ')
        .nth(1)
        .unwrap()
        .trim_start_matches('/')
        .to_owned();
    let Ok(content) = std::fs::read(folder.join(&path)) else {
        let _ = stream
            .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        content.len()
    );
    let _ = stream.write_all(head.as_bytes());
    if !path.starts_with("archives/") {
        let _ = stream.write_all(&content);
        return;
    }
    let _ = asked.send(());
    if stalls {
        let _ = stream.write_all(&content[..content.len() / 2]);
        let _ = stream.flush();
        // Held open for ever: whoever asked has to give up.
        std::mem::forget(stream);
    } else {
        let _ = stream.write_all(&content);
    }
}
