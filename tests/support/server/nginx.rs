//! A real web server.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::support::skip;

/// A real web server on a free port of this machine, ended when dropped.
pub struct Nginx {
    process: Child,
    pub url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Nginx {
    /// Serves a folder; `None`, with the reason told, where this machine has no nginx.
    pub fn start(root: &Path) -> Option<Self> {
        Self::start_as("http", "", root)
    }

    /// Serves a folder over TLS with the certificate and the key of `certificate`, and as `directives` say.
    pub fn start_secure(root: &Path, certificate: &Path, directives: &str) -> Option<Self> {
        let certificate = certificate.display();
        let files = format!(
            "ssl_certificate {certificate}/certificate.pem; ssl_certificate_key {certificate}/key.pem;"
        );
        Self::start_as("https", &format!("{files} {directives}"), root)
    }

    fn start_as(scheme: &str, directives: &str, root: &Path) -> Option<Self> {
        let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"];
        let Some(program) = places.into_iter().find(|path| Path::new(path).exists()) else {
            skip("nginx", "this machine has no nginx");
            return None;
        };
        // A worker process runs as another user, who may not see a temporary folder.
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let configuration = format!(
            "daemon off; master_process off; pid {pid}; error_log {errors};\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path {body}; proxy_temp_path {proxy};\n\
             fastcgi_temp_path {fast}; uwsgi_temp_path {uwsgi}; scgi_temp_path {scgi};\n\
             server {{ listen 127.0.0.1:{port} {tls}; root {root}; {directives} }} }}\n",
            tls = if scheme == "https" { "ssl" } else { "" },
            pid = at("pid"),
            errors = at("errors"),
            body = at("body"),
            proxy = at("proxy"),
            fast = at("fast"),
            uwsgi = at("uwsgi"),
            scgi = at("scgi"),
            root = root.display(),
        );
        std::fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        let process = Command::new(program)
            .args(["-c", &at("nginx.conf")])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            process,
            url: format!("{scheme}://127.0.0.1:{port}/"),
            _folder: folder,
        };
        for _ in 0..400 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("nginx does not listen");
    }
}

/// Makes a certificate for this machine, `certificate.pem`, and its key; `None`, with the reason told, where
/// there is no OpenSSL for it.
pub fn certificate(folder: &Path) -> Option<Vec<u8>> {
    certificate_on("prime256v1", folder)
}

/// Makes a certificate as `certificate` does, whose key is on a curve.
pub fn certificate_on(curve: &str, folder: &Path) -> Option<Vec<u8>> {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
        .args(["-pkeyopt", &format!("ec_paramgen_curve:{curve}")])
        .args([
            "-subj",
            "/CN=tests",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(folder)
        .output();
    if !made.is_ok_and(|output| output.status.success()) {
        skip(
            "openssl",
            "this machine has no `openssl` that makes a certificate",
        );
        return None;
    }
    Some(std::fs::read(folder.join("certificate.pem")).unwrap())
}
