//! A real server of ssh on this machine, for the user who runs the tests.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The server. It ends with the test.
pub struct Sshd {
    child: Child,
    pub port: u16,
    /// How the client is called: with the key that is let in, and the server's own.
    pub client: String,
    pub user: String,
}

impl Sshd {
    /// A server that lets in the key of its client; `None`, with the reason told, where there is none.
    pub fn start(folder: &Path) -> Option<Self> {
        let program = Path::new("/usr/sbin/sshd");
        let has_client = Command::new("ssh").arg("-V").output().is_ok();
        if !program.is_file() || !has_client {
            crate::support::skip("sshd", "there is no server of ssh");
            return None;
        }
        let key = |name: &str| -> PathBuf {
            let path = folder.join(name);
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(&path)
                .status();
            assert!(made.unwrap().success());
            path
        };
        let (host, client) = (key("host"), key("client"));
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = port.local_addr().unwrap().port();
        let public = |path: &Path| fs::read_to_string(path.with_extension("pub")).unwrap();
        fs::write(folder.join("authorized"), public(&client)).unwrap();
        fs::write(
            folder.join("known"),
            format!("[127.0.0.1]:{port} {}", public(&host)),
        )
        .unwrap();
        // Where it is root's, it separates what it does in this folder.
        let _ = fs::create_dir_all("/run/sshd");
        let mut command = Command::new(program);
        command
            .args(["-D", "-e", "-f", "/dev/null", "-h"])
            .arg(&host);
        for option in [
            format!("Port={port}"),
            "ListenAddress=127.0.0.1".into(),
            format!("AuthorizedKeysFile={}", folder.join("authorized").display()),
            "StrictModes=no".into(),
            "UsePAM=no".into(),
            "PidFile=none".into(),
            "PasswordAuthentication=no".into(),
            "PermitRootLogin=prohibit-password".into(),
        ] {
            command.arg("-o").arg(option);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if child.try_wait().unwrap().is_some() {
                crate::support::skip("sshd", "the server of ssh does not start");
                return None;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        Some(Self {
            child,
            port,
            client: format!(
                "ssh -F /dev/null -i {} -o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o BatchMode=yes",
                client.display(),
                folder.join("known").display()
            ),
            user: String::from_utf8(user).unwrap().trim().to_owned(),
        })
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
