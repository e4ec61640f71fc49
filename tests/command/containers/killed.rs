//! Pushes that are killed at some moment: what is there can be read, and the next push completes it.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering::SeqCst},
    },
    thread,
};

use serde_json::json;

use crate::support::{place::Place, server::containers::ContainerRegistry};

/// A way to a container registry on which a process is killed once it has sent so many pieces of requests.
#[derive(Clone)]
struct Way {
    host: String,
    /// How many pieces still pass; below 0, none is counted.
    left: Arc<AtomicI64>,
    process: Arc<AtomicU32>,
}

impl Way {
    fn to(registry: &ContainerRegistry) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self {
            host: listener.local_addr().unwrap().to_string(),
            left: Arc::new(AtomicI64::new(-1)),
            process: Arc::default(),
        };
        let (relay, target) = (way.clone(), registry.host.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(&target)) else {
                    return;
                };
                let (mut back, mut answers) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap());
                let relay = relay.clone();
                thread::spawn(move || relay.pass(client, server));
                thread::spawn(move || {
                    let _ = std::io::copy(&mut answers, &mut back);
                    let _ = back.shutdown(Shutdown::Both);
                });
            }
        });
        way
    }

    /// Passes requests on, up to the piece at which the process is killed.
    fn pass(&self, mut client: TcpStream, mut server: TcpStream) {
        let mut piece = [0; 4096];
        while let Ok(length) = client.read(&mut piece) {
            if length == 0 {
                break;
            }
            let left = self.left.load(SeqCst);
            if left == 0 {
                let process = self.process.load(SeqCst).to_string();
                let _ = std::process::Command::new("kill")
                    .args(["-KILL", &process])
                    .status();
                break;
            }
            if left > 0 {
                self.left.fetch_sub(1, SeqCst);
            }
            if server.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    }

    /// Pushes a registry, and kills the push after so many pieces; whether it came to that.
    fn killed(&self, place: &Place, folder: &str, address: &str, after: i64) -> bool {
        let mut command = place.command();
        command
            .args(["registry", "push", folder, address])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.left.store(after, SeqCst);
        let mut child = command.spawn().unwrap();
        self.process.store(child.id(), SeqCst);
        let status = child.wait().unwrap();
        self.left.store(-1, SeqCst);
        !status.success()
    }
}

#[test]
fn a_push_that_is_killed_harms_nothing_and_the_next_completes_it() {
    let Some(containers) = ContainerRegistry::start() else {
        return;
    };
    let way = Way::to(&containers);
    let mut kills = 0;
    for after in (0..).step_by(13) {
        let place = Place::new();
        let folder = place.registry(&[("echo", "1.0.0"), ("night", "1.0.0")]);
        let address = format!("oci://{}/team/after{after}", way.host);
        place.ok(["registry", "push", &folder, &address]);
        place.ok(["source", "add", "team", &address]);
        place.extension("echo", "1.1.0");
        place.publish(&folder, "echo", "1.1.0");
        place.extension("night", "1.1.0");
        place.publish(&folder, "night", "1.1.0");
        if !way.killed(&place, &folder, &address, after) {
            break;
        }
        kills += 1;
        // The old one or the new one, and all of it can be had.
        let receipts = place.json(["install", "echo", "night"]);
        for receipt in receipts.as_array().unwrap() {
            let version = &receipt["installed"]["version"];
            assert!(*version == "1.0.0" || *version == "1.1.0", "{receipts}");
        }
        place.ok(["registry", "push", &folder, &address]);
        place.ok(["update"]);
        let versions = place.json(["list"]);
        let versions = versions.as_array().unwrap().iter();
        let versions: Vec<_> = versions.map(|it| it["version"].clone()).collect();
        assert_eq!(versions, [json!("1.1.0"), json!("1.1.0")], "after {after}");
        place.assert_clean();
    }
    assert!(kills > 1, "it was killed {kills} times");
}
