//! What must hold after a command was struck at a call.

use std::{fs, path::Path};

use nix::errno::Errno;

use super::{
    backends::SEEN,
    place::{Cache, Place, Ran},
    scenario::{Again, Scenario},
    tracer::{Fate, Traced},
};

/// What can be installed from the registry whatever happens to it: what was published before, and then
/// the newest that the index names, whichever that is.
const INSTALLABLE: [[&str; 2]; 2] = [["echo@=2.0.0", "paper@=1.0.0"], ["echo", "paper"]];

/// The extensions that can be called.
const WITH_COMPONENT: [&str; 2] = ["echo", "other"];

/// The texts of the files that the scenario replaces; `None` for one that is not there.
pub type Texts = Vec<Option<String>>;

pub fn texts(place: &Place, scenario: &Scenario) -> Texts {
    let files = scenario.replaced.iter();
    files
        .map(|file| {
            let content = fs::read(place.path(file)).ok()?;
            Some(undated(&String::from_utf8_lossy(&content)))
        })
        .collect()
}

/// A text without the times at which a registry's files were made and archives seen, which are those of each run.
fn undated(text: &str) -> String {
    let mut undated = text.to_owned();
    for key in [",\"made\":\"", "\"at\": \""] {
        let text = std::mem::take(&mut undated);
        let mut parts = text.split(key);
        undated.push_str(parts.next().unwrap_or_default());
        for part in parts {
            undated.push_str(part.split_once('"').map_or(part, |(_, rest)| rest));
        }
    }
    undated
}

/// What one scenario is compared with.
pub struct Expected<'a> {
    pub scenario: &'a Scenario,
    pub before: Texts,
    pub after: Texts,
}

impl Expected<'_> {
    /// Everything that is wrong after the command was struck and ended like this.
    pub fn wrong(&self, place: &Place, fate: Fate, traced: &Traced, ran: &Ran) -> Vec<String> {
        let mut wrong = Vec::new();
        match fate {
            Fate::Fails(errno) => {
                wrong.extend(self.wrong_answer(place, errno, traced, ran));
            }
            Fate::Killed if ran.code.is_none() => {}
            Fate::Killed => wrong.push(format!("it was not killed: {ran:?}")),
        }
        let is_done = self.look(place, &mut wrong);
        if self.scenario.is_whole_before {
            verify(place, &mut wrong);
        }
        if ran.code == Some(0) && !is_done {
            wrong.push("it says it is done, and it is not".into());
        }
        self.run_again(place, is_done, &mut wrong);
        wrong
    }

    /// What is wrong with how a command answered to an error.
    fn wrong_answer(&self, place: &Place, errno: Errno, traced: &Traced, ran: &Ran) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut complain = |text: &str| wrong.push(format!("{text}: {ran:?}"));
        let mut said = ran.stderr.clone();
        let mut has_said = said.lines().any(|line| line.starts_with("error: "));
        if self.scenario.has_report {
            has_said |= ran.stdout.contains(" failed ");
            said.push_str(&ran.stdout);
        }
        if ran.stderr.contains("panicked") {
            complain("it panicked");
        }
        match ran.code {
            Some(0) => {}
            Some(1) => {
                if !has_said {
                    complain("it does not say what went wrong");
                }
                let path = traced.struck.as_ref().map(|call| &*call.path);
                if !path.is_some_and(|path| names(&said, place, path)) {
                    complain("it does not name the path");
                }
                if errno == Errno::ENOSPC && !said.contains("hint: ") {
                    complain("it gives no hint");
                }
            }
            _ => complain("it ends neither well nor with exit code 1, or hangs"),
        }
        wrong
    }

    /// Looks at what the command left, all of which must work; whether it is what it should come to.
    fn look(&self, place: &Place, wrong: &mut Vec<String>) -> bool {
        let Scenario { before, after, .. } = self.scenario;
        let mut is_done = true;
        match place.listed() {
            Err(ran) => {
                wrong.push(format!("what is installed cannot be listed: {ran:?}"));
                is_done = false;
            }
            Ok(listed) => {
                let in_list = |list: &[(&str, &str)], id: &str| {
                    let found = list.iter().find(|(known, _)| *known == id);
                    found.map(|(_, version)| (*version).to_owned())
                };
                let ids = before.iter().chain(after.iter()).map(|(id, _)| *id);
                let listed: Vec<_> = listed.iter().map(|(a, b)| (&**a, &**b)).collect();
                for id in ids.chain(listed.iter().map(|(id, _)| *id)) {
                    let (now, old, new) = (
                        in_list(&listed, id),
                        in_list(before, id),
                        in_list(after, id),
                    );
                    if now != old && now != new {
                        wrong.push(format!("`{id}` is {now:?}, not {old:?} or {new:?}"));
                    }
                    is_done &= now == new;
                }
                use_all(place, &listed, wrong);
            }
        }
        let now = texts(place, self.scenario);
        for (at, file) in self.scenario.replaced.iter().enumerate() {
            if now[at] != self.before[at] && now[at] != self.after[at] {
                wrong.push(format!("`{file}` is neither old nor new: {:?}", now[at]));
            }
            // What is installed and was not noted could be other bytes the next time.
            if is_done && *file == SEEN && now[at] != self.after[at] {
                wrong.push("the new archives are installed, and not noted as seen".into());
            }
        }
        if !self.scenario.publishes.is_empty() {
            for ids in INSTALLABLE {
                let ran = install_elsewhere(place, "elsewhere", &ids);
                must_succeed(&format!("{ids:?} cannot be installed"), ran, wrong);
            }
        }
        is_done && now == self.after
    }

    /// Runs the command again: now nothing is in its way.
    fn run_again(&self, place: &Place, is_done: bool, wrong: &mut Vec<String>) {
        if is_done && self.scenario.again == Again::DoesMore {
            wrong.extend(left_over(place, self.scenario));
            return;
        }
        let ran = place.run(self.scenario.arguments);
        match self.scenario.again {
            Again::Refuses(words) if is_done && ran.stderr.contains(words) => {}
            _ => must_succeed("again, it fails", ran, wrong),
        }
        let mut found = Vec::new();
        let is_done_now = self.look(place, &mut found);
        verify(place, &mut found);
        if !is_done_now {
            found.push("it is not done".into());
        }
        for command in self.scenario.then {
            must_succeed(
                &format!("{command:?} fails"),
                place.run(*command),
                &mut found,
            );
        }
        if !self.scenario.publishes.is_empty() {
            let ran = install_elsewhere(place, "last", self.scenario.publishes);
            must_succeed("what is published cannot be installed", ran, &mut found);
        }
        found.extend(left_over(place, self.scenario));
        wrong.extend(found.iter().map(|one| format!("run again: {one}")));
    }
}

/// Whether a message names a file or a folder that it is in: the file may be a temporary one that
/// nobody has heard of, or one of many in a folder that is removed.
fn names(message: &str, place: &Place, path: &Path) -> bool {
    /// A folder as near to the place's own as `store/trees` says nothing, unless the file is in it.
    const DEEP: usize = 3;
    let root = place.path("");
    let in_place = path.ancestors().enumerate().filter_map(|(above, path)| {
        let path = path.strip_prefix(&root).ok()?;
        let tells = above < 2 || path.components().count() >= DEEP;
        path.to_str().filter(|path| tells && !path.is_empty())
    });
    let file_name = path.file_name().and_then(|name| name.to_str());
    in_place.chain(file_name).any(|name| message.contains(name))
}

/// Temporary files and unfinished work that nobody needs any more.
fn left_over(place: &Place, scenario: &Scenario) -> Vec<String> {
    let mut pending = vec![place.path("")];
    let mut left = Vec::new();
    while let Some(folder) = pending.pop() {
        let is_staging = folder == place.path("store/staging");
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            // The cache collects what others may still be writing when it is old.
            let is_kept = scenario.cache == Cache::Cold && path.starts_with(place.path("cache"));
            let is_unfinished = [".tmp", "incomplete-"]
                .iter()
                .any(|it| name.starts_with(it));
            if (is_staging || is_unfinished) && !is_kept {
                left.push(format!("`{}` is left", path.display()));
            }
            if path.is_dir() && !path.is_symlink() {
                pending.push(path);
            }
        }
    }
    left
}

fn verify(place: &Place, wrong: &mut Vec<String>) {
    must_succeed("`verify` finds something", place.run(["verify"]), wrong);
}

/// Everything installed works.
fn use_all(place: &Place, listed: &[(&str, &str)], wrong: &mut Vec<String>) {
    for (id, version) in listed {
        let ran = if WITH_COMPONENT.contains(id) {
            place.run(["call", id, "language-server-command", "echo", "--json"])
        } else {
            place.run(["info", id, "--json"])
        };
        must_succeed(&format!("`{id}` {version} does not answer"), ran, wrong);
    }
}

fn install_elsewhere(place: &Place, store: &str, ids: &[&str]) -> Ran {
    let store = place.path(store);
    let arguments = ["--store", store.to_str().unwrap(), "install"];
    place.run(arguments.iter().chain(ids))
}

fn must_succeed(or_else: &str, ran: Ran, wrong: &mut Vec<String>) {
    if ran.code != Some(0) {
        wrong.push(format!("{or_else}: {ran:?}"));
    }
}
