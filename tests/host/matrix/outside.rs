//! The servers that extensions ask through their host.

use crate::support::{
    npm::{Package, Registry},
    server::{Fault, Server, archives::zip},
};

/// A registry of npm packages, and a server of releases, files and pages.
pub struct Outside {
    pub registry: Registry,
    pub server: Server,
    _folder: tempfile::TempDir,
}

impl Outside {
    pub async fn start() -> Self {
        let packages = ["1.0.0", "1.1.0"].map(|it| Package::language_server("@scope/server", it));
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path()).await;
        let serve = |path: &str, content: &[u8]| {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        };
        let url = format!("{}/tool.zip", server.base);
        let asset = format!(r#"{{"name":"tool.zip","browser_download_url":"{url}"}}"#);
        let release = format!(r#"{{"tag_name":"v1","assets":[{asset}]}}"#);
        let newest = format!(r#"[{{"tag_name":"v2","assets":[]}},{release}]"#);
        // A file and a folder of one name cannot both be there.
        serve("repos/owner/name/releases/tags/v1", release.as_bytes());
        let head = "Content-Type: application/json\r\n".to_owned();
        let list = Fault::Answer(200, head, newest.into_bytes());
        server.always("repos/owner/name/releases", list);
        serve("tool.zip", &zip(&[("bin/tool", 0o755, "the tool")]));
        let head = "X-Server: tests\r\n".to_owned();
        server.always("page", Fault::Answer(200, head, b"hello".into()));
        serve("long", long().as_bytes());
        serve("cut", b"hello");
        server.always("cut", Fault::CutAfter(3));
        Self {
            registry: Registry::start(packages),
            server,
            _folder: folder,
        }
    }
}

/// A body of several pieces.
pub fn long() -> String {
    "0123456789abcdef".repeat(1 << 11)
}
