//! A build that nobody waits for any more.

use std::{path::Path, time::Duration};

use annexe::builder::Profile;

use crate::place::{LIB, Place, Words};

/// How long something may take that happens at once on a machine with nothing else to do.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn no_process_outlives_a_build_that_is_dropped() {
    let Some(place) = Place::new() else { return };
    place.extension("slow", LIB);
    // A build script that says which process it is, and never ends; cargo waits for it.
    place.write(
        "slow/build.rs",
        format!(
            "fn main() {{ std::fs::write({:?}, std::process::id().to_string()).unwrap(); loop {{ std::thread::park() }} }}",
            place.path("id")
        ),
    );
    let id = place.path("id");
    let folder = place.path("slow");
    let words = Words::default();
    let builder = place.builder().offline(true);
    let building = builder.build(&folder, Profile::Debug, &words);
    is_send(&building);
    let script = tokio::select! {
        built = building => panic!("{built:?}\n{}", words.text()),
        id = until(|| std::fs::read_to_string(&id).ok().filter(|id| !id.is_empty())) => id,
    };
    let group = group_of(&script).unwrap_or_else(|| panic!("{script} is gone before its time"));
    until(|| (!is_alive(&script)).then_some(())).await;
    // Cargo led the group.
    until(|| (!is_alive(&group)).then_some(())).await;
}

/// An embedder may build on any thread.
fn is_send<T: Send>(_: &T) {}

/// Waits until something is there.
async fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = found() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap()
}

/// Whether a process runs; one that has ended and waits to be asked how does not.
fn is_alive(id: &str) -> bool {
    if cfg!(target_os = "linux") {
        let status = std::fs::read_to_string(Path::new("/proc").join(id).join("stat"));
        let state = status.ok().and_then(|status| {
            let (_, rest) = status.rsplit_once(") ")?;
            rest.chars().next()
        });
        return state.is_some_and(|state| state != 'Z' && state != 'X');
    }
    let found = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", id])
        .output();
    let stat = String::from_utf8(found.unwrap().stdout).unwrap();
    !stat.trim().is_empty() && !stat.trim().starts_with('Z')
}

/// The process group of a process, if that is there.
fn group_of(id: &str) -> Option<String> {
    let found = std::process::Command::new("ps")
        .args(["-o", "pgid=", "-p", id])
        .output();
    let group = String::from_utf8(found.unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned();
    (!group.is_empty()).then_some(group)
}
