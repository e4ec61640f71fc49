//! Several editors start at the same moment, before the tool is there.

use std::process::Stdio;

use crate::{language_server::initialize, releases::Releases, support::place::Ran};

#[test]
fn all_who_ask_at_once_are_answered() {
    let Some(releases) = Releases::new() else {
        return;
    };
    let children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = releases.machine.call(&[]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
        let answer = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(initialize(&answer)["serverInfo"]["version"], "1.0.0");
    }
}
