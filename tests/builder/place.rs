//! The sources of one test, and a builder for them.

use std::{collections::BTreeMap, path::PathBuf, process::Command, sync::Mutex};

use annexe::builder::{BuildConfiguration, BuildError, Builder, Built, OutputListener, Profile};
use wit_component::StringEncoding;
use wit_parser::{Resolve, SourceMap};

use crate::support::toolchain;

/// A component of API 0.0.1 that needs no crate: its functions as the canonical ABI has them. It answers
/// every call with an error, and that is a text.
pub const LIBRARY: &str = r#"
#[unsafe(link_section = "component-type:extension")]
#[used]
static TYPE: [u8; include_bytes!("world.bin").len()] = *include_bytes!("world.bin");

#[unsafe(link_section = "zed:api-version")]
#[used]
static VERSION: [u8; 6] = [0, 0, 0, 0, 0, 1];

#[unsafe(export_name = "cabi_realloc")]
unsafe extern "C" fn realloc(old: *mut u8, size: usize, align: usize, new: usize) -> *mut u8 {
    use std::alloc::{Layout, alloc, realloc};
    unsafe {
        match size {
            0 if new == 0 => align as *mut u8,
            0 => alloc(Layout::from_size_align_unchecked(new, align)),
            _ => realloc(old, Layout::from_size_align_unchecked(size, align), new),
        }
    }
}

#[unsafe(export_name = "init-extension")]
extern "C" fn init() {}

#[repr(C)]
struct Answer {
    is_error: u32,
    text: *const u8,
    length: usize,
    rest: [u32; 8],
}

#[link(wasm_import_module = "$root")]
unsafe extern "C" {
    #[link_name = "[resource-drop]worktree"]
    fn give_back(worktree: i32);
}

fn refuse(text: &str, worktree: i32) -> *const Answer {
    unsafe { give_back(worktree) };
    let (text, length) = (text.as_ptr(), text.len());
    Box::leak(Box::new(Answer { is_error: 1, text, length, rest: [0; 8] }))
}

#[unsafe(export_name = "language-server-command")]
extern "C" fn command(_: *mut u8, _: usize, _: *mut u8, _: usize, worktree: i32) -> *const Answer {
    refuse(answer(), worktree)
}

#[unsafe(export_name = "language-server-initialization-options")]
extern "C" fn options(_: *mut u8, _: usize, _: *mut u8, _: usize, worktree: i32) -> *const Answer {
    refuse(answer(), worktree)
}
"#;

/// What the library answers; the text is in the component too, where a test can look for it.
pub fn answering(answer: &str) -> String {
    format!("{LIBRARY}\nfn answer() -> &'static str {{ \"{answer}\" }}\n")
}

/// The `[lib]` of an extension's manifest.
pub const LIB: &str = "[lib]\ncrate-type = [\"cdylib\"]\n";

/// Folders that go when dropped: one for sources, and one for the builds of this test.
pub struct Place {
    folder: tempfile::TempDir,
}

/// Collects what the compiler says.
#[derive(Default)]
pub struct Words(Mutex<Vec<String>>);

impl OutputListener for Words {
    fn line(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

impl Words {
    pub fn text(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl Place {
    /// A place, where this machine can compile extensions.
    pub fn new() -> Option<Self> {
        toolchain::can_compile().then(Self::anywhere)
    }

    /// A place for what compiles nothing.
    pub fn anywhere() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A path among the sources, resolved as far as the folder goes.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .canonicalize()
            .unwrap()
            .join("src")
            .join(name)
    }

    pub fn builds(&self) -> PathBuf {
        self.folder.path().join("builds")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Writes an extension whose package has this manifest after its name and version.
    pub fn extension(&self, folder: &str, rest: &str) -> PathBuf {
        let id = folder.rsplit('/').next().unwrap();
        self.manifest(folder);
        self.write(
            &format!("{folder}/Cargo.toml"),
            format!("[package]\nname = \"{id}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}"),
        );
        self.write(&format!("{folder}/src/lib.rs"), answering("no server"));
        self.write(&format!("{folder}/src/world.bin"), world());
        self.path(folder)
    }

    /// Writes the manifest of an extension.
    pub fn manifest(&self, folder: &str) -> PathBuf {
        let id = folder.rsplit('/').next().unwrap();
        self.write(
            &format!("{folder}/extension.toml"),
            format!("id = \"{id}\"\nname = \"{id}\"\nversion = \"1.0.0\"\nschema_version = 1\nauthors = [\"A <a@example.org>\"]\ndescription = \"For tests\"\nrepository = \"https://example.org/source\"\n"),
        );
        self.path(folder)
    }

    /// Writes the lock file of a package or workspace that depends on nothing but its own parts.
    pub fn lock(&self, folder: &str) {
        let mut cargo = Command::new("cargo");
        cargo.args(["generate-lockfile", "--offline", "--quiet"]);
        // What a test configures for builds is none of this one's business.
        cargo.env("RUSTC_WRAPPER", "");
        let status = cargo.current_dir(self.path(folder)).status().unwrap();
        assert!(status.success());
    }

    pub fn builder(&self) -> Builder {
        Builder::new(BuildConfiguration {
            folder: self.builds(),
        })
    }

    pub async fn build(&self, folder: &str) -> (Result<Built, BuildError>, String) {
        let words = Words::default();
        let built = self
            .builder()
            .offline(true)
            .build(&self.path(folder), Profile::Debug, &words)
            .await;
        (built, words.text())
    }

    /// Builds what must build.
    pub async fn built(&self, folder: &str) -> (Built, String) {
        let (built, words) = self.build(folder).await;
        match built {
            Ok(built) => (built, words),
            Err(error) => panic!("{error}: {error:?}\n{words}"),
        }
    }

    /// Every file and folder among the sources: its mode, and its content or where it links to.
    pub fn snapshot(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        let mut pending = vec![self.path("")];
        while let Some(path) = pending.pop() {
            let metadata = path.symlink_metadata().unwrap();
            let content = if metadata.is_dir() {
                let entries = std::fs::read_dir(&path).unwrap();
                pending.extend(entries.map(|entry| entry.unwrap().path()));
                Vec::new()
            } else {
                std::fs::read(&path).unwrap()
            };
            #[cfg(unix)]
            let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
            #[cfg(not(unix))]
            let mode = u32::from(metadata.permissions().readonly());
            found.insert(path, (mode, content));
        }
        found
    }
}

/// Whether a component holds a text.
pub fn holds(built: &Built, text: &str) -> bool {
    let wasm = built.component.as_deref().unwrap();
    wasm.windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// The world of API 0.0.1, as the linker takes it.
fn world() -> Vec<u8> {
    let version = "0.0.1".parse().unwrap();
    let wit = annexe::api::wit(&version, annexe::api::Form::Plain).unwrap();
    let mut sources = SourceMap::default();
    for file in &wit.files {
        sources.push_str(&file.name, &file.text);
    }
    let mut resolve = Resolve::default();
    let package = resolve.push_group(sources.parse().unwrap()).unwrap();
    let world = resolve.select_world(&[package], Some(wit.world)).unwrap();
    wit_component::metadata::encode(&resolve, world, StringEncoding::UTF8, None).unwrap()
}
