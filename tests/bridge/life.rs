//! Whether a server and what it has started live: each holds a connection, which the system closes when it ends,
//! however that is.

use std::{
    io::Read as _,
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{Receiver, channel},
    thread,
};

use crate::editor::LONGEST;

/// The variable that has the port.
pub const PORT: &str = "STAND_IN_LIFE";

/// A listener to those who live.
pub struct Life {
    port: u16,
    lives: Receiver<TcpStream>,
}

/// A process that lives, as long as it does.
pub struct Living(TcpStream);

impl Life {
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, lives) = channel();
        thread::spawn(move || {
            while let Ok((life, _)) = listener.accept() {
                if sender.send(life).is_err() {
                    return;
                }
            }
        });
        Self { port, lives }
    }

    /// Has the stand-in, and a process that it starts, hold a connection.
    pub fn of(&self, command: &mut Command) {
        command.env(PORT, self.port.to_string());
    }

    /// Waits until the server and what it starts live.
    pub fn both(&self) -> [Living; 2] {
        [(); 2].map(|()| Living(self.lives.recv_timeout(LONGEST).unwrap()))
    }
}

impl Living {
    /// Waits until it is gone.
    pub fn await_end(mut self) {
        self.0.set_read_timeout(Some(LONGEST)).unwrap();
        let read = loop {
            match self.0.read(&mut [0]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let is_gone = match &read {
            Ok(count) => *count == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        };
        assert!(is_gone, "it lives on: {read:?}");
    }
}

/// Connects, which is how a process says that it lives. Kept, the connection is closed when the process ends.
pub fn live(port: u16) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap()
}
