//! A store with the guest of every version of the API, and the attempts of all of them.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use annexe::{
    CallError, CallResources, Extension, ServiceOptions,
    archive::{ArchivePath, pack},
    capability::{Capability, Grants, Policy},
    delegate::{LocalWorktree, SharedWorktree},
    registry::{Location, Registry, Sources},
    store::{ArchiveLocation, ChangeOptions, ExtensionStore, InstallRequest, StoreConfiguration},
    types::ExtensionId,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::OnceCell;

pub use crate::support::guests::{VERSIONS, has};
use crate::{
    audit,
    support::{files::copy_exactly, guests},
    table::{Outcome, Row},
};

/// What the manifest of every guest asks for.
const CAPABILITIES: &str =
    "[[capabilities]]\nkind = \"process:exec\"\ncommand = \"git\"\nargs = [\"--version\"]\n";

/// How often it is looked whether all is audited.
const LOOKS: u32 = 200;

/// What a place is set up with.
pub struct HostOptions {
    pub policy: Policy,
    pub services: ServiceOptions,
}

impl HostOptions {
    /// With a policy, and without a network.
    pub fn new(policy: impl Into<Policy>) -> Self {
        let mut services = guests::services();
        services.offline = true;
        Self {
            policy: policy.into(),
            services,
        }
    }

    /// What extensions are granted by default.
    pub fn by_default() -> Self {
        Self::new(Policy::default())
    }

    /// Git may be asked for its version, and nothing else.
    pub fn strict() -> Self {
        Self::new(Grants::none().with([Capability::ProcessExec {
            command: "git".into(),
            args: vec!["--version".into()],
        }]))
    }

    /// With servers to talk to.
    pub fn online(mut self) -> Self {
        self.services.offline = false;
        self
    }
}

/// A store, and what lies outside of it.
pub struct Place {
    folder: TempDir,
    pub store: ExtensionStore,
}

/// A guest that runs.
pub struct Attacker {
    pub extension: Extension,
    pub id: ExtensionId,
    pub work_dir: PathBuf,
    worktree: SharedWorktree,
}

impl Place {
    pub async fn new(options: HostOptions) -> Self {
        static TEMPLATE: OnceCell<TempDir> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(template).await;
        let folder = tempfile::tempdir().unwrap();
        copy_exactly(template.path(), folder.path());
        fs::write(folder.path().join("outside/note"), "of the machine").unwrap();
        let host = guests::host()
            .policy(options.policy)
            .services(options.services)
            .build()
            .unwrap();
        let store = StoreConfiguration::new(folder.path().join("store"));
        let store = ExtensionStore::open(store, host).unwrap();
        Self { folder, store }
    }

    /// The worktree, which is outside of what a guest may write to.
    pub fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    pub async fn start(&self, version: &str) -> Attacker {
        let id = id_of(version);
        let extension = self.store.start(&id).await.unwrap();
        // Without this variable, a program that is found on the search path is none of the project's.
        let worktree = Arc::new(LocalWorktree::new(
            1,
            self.outside(),
            vec![("PATH".into(), "/usr/bin:/bin".into())],
        ));
        let mut attacker = Attacker {
            extension,
            id,
            work_dir: PathBuf::new(),
            worktree,
        };
        let work_dir = attacker.ask("work-dir").await.unwrap();
        attacker.work_dir = PathBuf::from(&work_dir[0]);
        attacker
    }

    /// What is audited of one guest, once as much is there as is expected, or nothing more comes.
    pub async fn audited(&self, id: &ExtensionId, expected: &[String]) -> Vec<String> {
        let mut audited = Vec::new();
        for _ in 0..LOOKS {
            audited = audit::in_words(&self.store.audit(id).unwrap());
            if audited == expected {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        audited
    }
}

impl Attacker {
    /// Has the guest do what a verb says, and returns what it found, or the words of the error. Nothing is to be
    /// started for it.
    pub async fn ask(&self, verb: &str) -> Result<Vec<String>, String> {
        let export = "language-server-initialization-options";
        let arguments = json!([format!("ask:{verb}")]);
        let resources = self.resources();
        let asked = self.extension.call_by_name(export, arguments, &resources);
        match asked.await {
            Ok(found) => Ok(serde_json::from_value(found).unwrap()),
            Err(CallError::Guest { message, .. }) => Err(message),
            Err(other) => Err(other.to_string()),
        }
    }

    /// Everything a call may be lent.
    pub fn resources(&self) -> CallResources {
        CallResources {
            worktree: Some(self.worktree.clone()),
            ..CallResources::default()
        }
    }
}

/// Has every version try every row, by default and strictly, and fails with all that came otherwise.
pub async fn try_all(rows: &[Row]) {
    let mut wrong = Vec::new();
    for (name, options) in [
        ("default", HostOptions::by_default()),
        ("strict", HostOptions::strict()),
    ] {
        let expected = |row: &Row| match name {
            "default" => row.by_default.clone(),
            _ => row.strictly.clone(),
        };
        let found = try_in(&Place::new(options).await, rows, expected).await;
        wrong.extend(found.into_iter().map(|it| format!("{name}: {it}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Has every version try every row in one place, and tells what came otherwise than expected.
pub async fn try_in(
    place: &Place,
    rows: &[Row],
    expected: impl Fn(&Row) -> Outcome,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for version in VERSIONS {
        let attacker = place.start(version).await;
        let mut audited = Vec::new();
        for row in rows {
            let mut outcome = expected(row);
            if !has(version, row.since) {
                let answer = Err("unknown verb: ".into());
                outcome = Outcome {
                    answer,
                    audited: Vec::new(),
                };
            }
            let fill = |text: &str| fill(text, &attacker.work_dir, &place.outside());
            let answer = attacker
                .ask(&fill(&row.verb))
                .await
                .map(|found| found.join("|"));
            let is_expected = match (&answer, &outcome.answer) {
                (Ok(found), Ok(part)) | (Err(found), Err(part)) => found.contains(&fill(part)),
                _ => false,
            };
            if !is_expected {
                let short: String = row.verb.chars().take(120).collect();
                wrong.push(format!(
                    "{version} {short:?}: {answer:.300?}, not {:?}",
                    outcome.answer
                ));
            }
            audited.extend(outcome.audited.iter().map(|line| fill(line)));
        }
        let calls = attacker.ask("count").await;
        let all = vec![(rows.len() + 2).to_string()];
        if calls != Ok(all) {
            wrong.push(format!("{version}: not the same instance: {calls:?}"));
        }
        let ran = attacker.work_dir.join("ran");
        if let Ok(who) = fs::read_to_string(ran) {
            wrong.push(format!("{version}: a planted program ran: {who}"));
        }
        let Attacker { id, extension, .. } = attacker;
        drop(extension);
        let expected = audit::expected(&audited);
        let audited = place.audited(&id, &expected).await;
        if audited != expected {
            wrong.push(format!(
                "{version}: audited {audited:#?}, not {expected:#?}"
            ));
        }
    }
    let outside: Vec<_> = fs::read_dir(place.outside()).unwrap().collect();
    let note = fs::read_to_string(place.outside().join("note"));
    if outside.len() != 1 || note.unwrap() != "of the machine" {
        wrong.push(format!("outside: {outside:?}"));
    }
    wrong
}

/// Puts paths in the place of their names: `{work}` and `{outside}`, and `{git}`, `{sh}` and `{env}` for where the host
/// finds these programs.
pub fn fill(text: &str, work_dir: &Path, outside: &Path) -> String {
    let text = text
        .replace("{work}", work_dir.to_str().unwrap())
        .replace("{outside}", outside.to_str().unwrap());
    ["git", "sh", "env"].iter().fold(text, |text, name| {
        let file = which(name).unwrap_or_else(|| PathBuf::from(name));
        text.replace(&format!("{{{name}}}"), file.to_str().unwrap())
    })
}

/// Where a program lies on the search path of the tests, its folder without links.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let folder = folders.find(|folder| folder.join(name).is_file())?;
    Some(folder.canonicalize().unwrap().join(name))
}

pub fn id_of(version: &str) -> ExtensionId {
    format!("guest-{}", version.replace('.', "-"))
        .parse()
        .unwrap()
}

/// A store with every guest, which is copied for every place.
async fn template() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("outside")).unwrap();
    let requests: Vec<InstallRequest> = VERSIONS
        .iter()
        .map(|version| {
            InstallRequest::Archive(ArchiveLocation::File(archive(folder.path(), version)))
        })
        .collect();
    let store = StoreConfiguration::new(folder.path().join("store"));
    let store = ExtensionStore::open(store, guests::host().build().unwrap()).unwrap();
    let sources = Sources::from(Registry::open(&Location::Embedded).await.unwrap());
    let installed = store
        .install_all(&requests, &ChangeOptions::new(&sources))
        .await;
    installed.unwrap();
    folder
}

/// Packs the guest of a version.
fn archive(folder: &Path, version: &str) -> PathBuf {
    let id = id_of(version);
    let source = folder.join(format!("source-{id}"));
    fs::create_dir(&source).unwrap();
    let manifest = format!(
        "id = \"{id}\"\nname = \"Guest\"\nversion = \"1.0.0\"\nschema_version = 1\n\
         authors = [\"A <a@example.com>\"]\ndescription = \"Attacks.\"\n{CAPABILITIES}"
    );
    fs::write(source.join("extension.toml"), manifest).unwrap();
    fs::copy(guests::file(version), source.join("extension.wasm")).unwrap();
    let files: [ArchivePath; 2] =
        ["extension.toml", "extension.wasm"].map(|it| it.parse().unwrap());
    let archive = folder.join(format!("{id}-1.0.0.tar.gz"));
    pack(&source, &files, File::create(&archive).unwrap()).unwrap();
    archive
}
