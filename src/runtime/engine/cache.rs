//! The compiled cache: components as machine code, one immutable file each, mapped into memory.
//!
//! This is the one file with `unsafe` in it: mapped code runs as it stands, so what is mapped must be
//! exactly what this program wrote.
//!
//! ```text
//! <folder>/                    mode 0700, owned by the user
//!   v1/<key>.cwasm             mode 0400, never changed once it has this name
//!   v1/<key>.lock              held by the process that compiles that key
//!   v1/.tmp-*                  being written; swept when a day old
//! <key file>                   32 random bytes, outside the folder, mode 0600
//! ```
//!
//! An entry is the compiled component followed by 32 bytes of keyed blake3 over its name and content.
//! The name is the blake3 of everything the code depends on: the format's number, wasmtime's full
//! version, the hash of its settings and this processor's features, whether it is a component or a core
//! module, and the file itself.
//!
//! Reading: open, verify through the descriptor, map the same descriptor. Whatever is in doubt
//! (damaged, cut off, another program's, another version's) is deleted and compiled anew; the caller
//! sees no more than a log event. Writing: temporary name, rename. A mapping outlives the
//! deletion of its file, so collecting by deletion never disturbs a running extension.
//!
//! Changes between versions: v1 is the first.
#![allow(
    unsafe_code,
    reason = "mapping compiled code is unsafe by nature; see `map`"
)]

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use wasmtime::{Module, component::Component};

use super::component::Code;
use crate::{
    base::{digest::Blake3Digest, fs},
    package::version::Artefact,
};

const FORMAT_FOLDER: &str = "v1";
const MAC_BYTES: usize = 32;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The key by which this program knows its own entries.
type MacKey = [u8; 32];

/// The configuration of the compiled cache: its folder, key file and size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheConfiguration {
    /// The folder of the entries. It is created, with mode 0700, where it is missing.
    pub folder: PathBuf,
    /// The file of the key that entries are authenticated with. It must lie outside `folder`, so that
    /// a copied cache is not believed. It is created where it is missing.
    pub key_file: PathBuf,
    /// Bytes the entries may take together; the longest unused go first. Default 2 GiB.
    pub size_bytes: u64,
}

impl CacheConfiguration {
    /// A cache in `folder`, with its key in `key_file` and the default size.
    pub fn new(folder: impl Into<PathBuf>, key_file: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            key_file: key_file.into(),
            size_bytes: 2 << 30,
        }
    }
}

/// The compiled components on disk.
#[derive(Debug)]
pub(super) struct CompiledCache {
    folder: PathBuf,
    size_bytes: u64,
    mac_key: MacKey,
}

/// The right to write one entry, held while it is compiled; other processes wait for it.
#[derive(Debug)]
pub(super) struct EntryLock {
    path: PathBuf,
    lock: fs::SignedLock,
}

impl Drop for EntryLock {
    fn drop(&mut self) {
        self.lock.forget_signature();
        // Removed while still held: another process that waits on it finds the entry written, or compiles beside
        // another process, which costs time and nothing else.
        let _ = fs::remove_file(&self.path);
    }
}

/// The size of the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct CacheSize {
    /// The number of entries.
    pub entries: u64,
    /// The bytes they take together.
    pub bytes: u64,
}

impl CompiledCache {
    /// Opens the cache, and creates its folder and key where they are missing.
    ///
    /// # Errors
    /// Where the folder or the key cannot be created or read, or others may write to the folder.
    pub(super) fn open(configuration: &CacheConfiguration) -> fs::Result<Self> {
        let folder = configuration.folder.join(FORMAT_FOLDER);
        // Others could put code there that would be run, were the key known to them.
        fs::create_own_dir_all(&configuration.folder)?;
        fs::create_own_dir_all(&folder)?;
        if configuration.key_file.starts_with(&configuration.folder) {
            let source = std::io::Error::new(
                std::io::ErrorKind::InvalidInput,
                "it lies in the folder of the compiled cache, so a copied cache would be believed",
            );
            return Err(fs::Error::new(
                "keep the key in",
                &configuration.key_file,
                source,
            ));
        }
        let mac_key = mac_key(&configuration.key_file)?;
        Ok(Self {
            folder,
            size_bytes: configuration.size_bytes,
            mac_key,
        })
    }

    /// Maps an entry, if there is one that is beyond doubt.
    pub(super) fn load(
        &self,
        engine: &wasmtime::Engine,
        key: &Blake3Digest,
        artefact: Artefact,
    ) -> Option<Code> {
        let path = self.entry(key);
        let file = match fs::open(&path) {
            Ok(file) => file,
            Err(error) if error.is_not_found() => return None,
            Err(error) => {
                tracing::warn!(%error, "compiled component cannot be read");
                return None;
            }
        };
        let loaded = self
            .verify(&file, key)
            .and_then(|length| self.map(engine, &file, key, length, artefact));
        match loaded {
            Ok(code) => Some(code),
            Err(reason) => {
                tracing::warn!(%key, %reason, "compiled component discarded");
                if let Err(error) = fs::remove_file(&path) {
                    tracing::warn!(%error, "compiled component cannot be removed");
                }
                None
            }
        }
    }

    /// Maps verified code; where it cannot be mapped (another system, a file system without execution,
    /// no `/proc`), reads it, verifies what was read, and loads that.
    fn map(
        &self,
        engine: &wasmtime::Engine,
        mut file: &File,
        key: &Blake3Digest,
        length: u64,
        artefact: Artefact,
    ) -> Result<Code, String> {
        match map_descriptor(engine, file, artefact) {
            Some(Ok(code)) => return Ok(code),
            Some(Err(error)) => {
                tracing::debug!(%key, error = format!("{error:#}"), "compiled component read, not mapped");
            }
            None => {}
        }
        let length = usize::try_from(length).map_err(|error| error.to_string())?;
        let mut code = Vec::new();
        file.read_to_end(&mut code)
            .map_err(|error| error.to_string())?;
        let mac: Option<[u8; MAC_BYTES]> = code.get(length..).and_then(|mac| mac.try_into().ok());
        code.truncate(length);
        let expected = self.hasher(key).update(&code).finalize();
        if mac.map(blake3::Hash::from_bytes) != Some(expected) {
            return Err("it changed while it was read".into());
        }
        // SAFETY: as in `map_descriptor`; these very bytes were verified just now.
        let loaded = unsafe {
            match artefact {
                Artefact::Component => Component::deserialize(engine, &code).map(Code::Component),
                Artefact::Module => Module::deserialize(engine, &code).map(Code::Module),
            }
        };
        loaded.map_err(|error| format!("{error:#}"))
    }

    /// Waits until no other process compiles this entry.
    ///
    /// # Errors
    /// Where the lock file cannot be opened.
    pub(super) fn lock(&self, key: &Blake3Digest) -> fs::Result<EntryLock> {
        let path = self.folder.join(format!("{key}.lock"));
        let lock = fs::SignedLock::exclusive(&path, "compile")?;
        Ok(EntryLock { path, lock })
    }

    /// Writes an entry, then deletes what is over the size. It is not synced: an entry of which a crash of the
    /// machine has left a part is found out by its authentication code, and compiling again is no loss, while
    /// after a build a sync waits for all that the compiler has written.
    ///
    /// # Errors
    /// Where the file cannot be written; no entry is left then.
    pub(super) fn store(&self, key: &Blake3Digest, code: &[u8]) -> fs::Result<()> {
        let path = self.entry(key);
        let failed = |source| fs::Error::new("write", &path, source);
        let mut temporary = tempfile::Builder::new()
            .prefix(fs::TEMPORARY)
            .rand_bytes(fs::RANDOM)
            .tempfile_in(&self.folder)
            .map_err(failed)?;
        let mac = self.hasher(key).update(code).finalize();
        temporary.write_all(code).map_err(failed)?;
        temporary.write_all(mac.as_bytes()).map_err(failed)?;
        protect(temporary.as_file()).map_err(failed)?;
        temporary
            .persist(&path)
            .map_err(|error| failed(error.error))?;
        self.collect(Some(&path))
    }

    /// The number and size of the entries.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub(super) fn size(&self) -> fs::Result<CacheSize> {
        let entries = self.entries()?;
        Ok(CacheSize {
            entries: entries.len() as u64,
            bytes: entries.iter().map(|entry| entry.bytes).sum(),
        })
    }

    /// Deletes every entry; what is mapped stays mapped.
    ///
    /// # Errors
    /// Where a file cannot be removed.
    pub(super) fn clear(&self) -> fs::Result<CacheSize> {
        let size = self.size()?;
        for entry in self.entries()? {
            fs::remove_file(&entry.path)?;
        }
        Ok(size)
    }

    fn entry(&self, key: &Blake3Digest) -> PathBuf {
        self.folder.join(format!("{key}.cwasm"))
    }

    fn hasher(&self, key: &Blake3Digest) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.mac_key);
        hasher.update(key.as_bytes());
        hasher
    }

    /// Checks the whole file through its descriptor; gives the length of the code.
    fn verify(&self, mut file: &File, key: &Blake3Digest) -> Result<u64, String> {
        let metadata = file.metadata().map_err(|error| error.to_string())?;
        let code_length = metadata
            .len()
            .checked_sub(MAC_BYTES as u64)
            .ok_or("the file is shorter than its authentication code")?;
        let mut hasher = self.hasher(key);
        let mut buffer = vec![0; 128 << 10];
        let mut left = code_length;
        while left > 0 {
            let wanted = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            let piece = &mut buffer[..wanted];
            file.read_exact(piece).map_err(|error| error.to_string())?;
            hasher.update(piece);
            left -= wanted as u64;
        }
        let mut mac = [0; MAC_BYTES];
        file.read_exact(&mut mac)
            .map_err(|error| error.to_string())?;
        // `blake3::Hash` compares in constant time.
        if hasher.finalize() != blake3::Hash::from_bytes(mac) {
            return Err("its authentication code is wrong".into());
        }
        file.seek(SeekFrom::Start(0))
            .map_err(|error| error.to_string())?;
        mark_used(file, &metadata);
        Ok(code_length)
    }

    fn entries(&self) -> fs::Result<Vec<Entry>> {
        let paths = fs::read_dir(&self.folder)?;
        Ok(paths.into_iter().filter_map(Entry::read).collect())
    }

    /// Deletes the longest unused entries until the rest fits, but never `keep`, and what interrupted
    /// writers have left.
    fn collect(&self, keep: Option<&Path>) -> fs::Result<()> {
        let now = SystemTime::now();
        for path in fs::read_dir(&self.folder)? {
            let is_temporary = fs::is_temporary(&path);
            let is_lock = has_name_of_entry(&path, "lock") && fs::is_own_file(&path);
            if !is_temporary && !is_lock {
                continue;
            }
            let old = fs::symlink_metadata(&path)
                .ok()
                .and_then(|metadata| metadata.modified().ok())
                .and_then(|modified| now.duration_since(modified).ok())
                .is_some_and(|age| age > DAY);
            // A lock that is held is in use, however old its file is.
            if old && (is_temporary || fs::FileLock::try_exclusive(&path)?.is_some()) {
                fs::remove_file(&path)?;
            }
        }
        let mut entries = self.entries()?;
        entries.sort_by_key(|entry| entry.used);
        let mut total: u64 = entries.iter().map(|entry| entry.bytes).sum();
        for entry in entries {
            if total <= self.size_bytes {
                break;
            }
            if Some(entry.path.as_path()) != keep {
                fs::remove_file(&entry.path)?;
                total -= entry.bytes;
            }
        }
        Ok(())
    }
}

/// Whether a file is named by a key, and with this extension: whatever else lies here is not of the cache.
fn has_name_of_entry(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|it| it == extension)
        && Blake3Digest::of_name(&path.with_extension("")).is_some()
}

struct Entry {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Entry {
    fn read(path: PathBuf) -> Option<Self> {
        if !has_name_of_entry(&path, "cwasm") || !fs::is_own_file(&path) {
            return None;
        }
        // Gone in between: another process collects too.
        let metadata = fs::symlink_metadata(&path).ok()?;
        Some(Self {
            bytes: metadata.len(),
            used: metadata.modified().ok()?,
            path,
        })
    }
}

/// Notes the use of an entry in its modification time, once a day at the most.
fn mark_used(file: &File, metadata: &std::fs::Metadata) {
    let now = SystemTime::now();
    let old = metadata
        .modified()
        .ok()
        .and_then(|modified| now.duration_since(modified).ok())
        .is_some_and(|age| age > DAY);
    if old {
        let _ = file.set_modified(now);
    }
}

/// Loads code that this process, or a child of its own, has just compiled and nobody else has had.
pub(super) fn load_own(
    engine: &wasmtime::Engine,
    code: &[u8],
    artefact: Artefact,
) -> wasmtime::Result<Code> {
    // SAFETY: these are the bytes that this version of wasmtime has made of a component with these settings, which the
    // child has compared. They came through a pipe that this process has made for that child alone, from the program
    // that the embedder has named for it: whoever could change them there could change this process too.
    unsafe {
        match artefact {
            Artefact::Component => Component::deserialize(engine, code).map(Code::Component),
            Artefact::Module => Module::deserialize(engine, code).map(Code::Module),
        }
    }
}

/// Maps verified code by its open descriptor; `None` where this system cannot.
fn map_descriptor(
    engine: &wasmtime::Engine,
    file: &File,
    artefact: Artefact,
) -> Option<wasmtime::Result<Code>> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd as _;
        // The name of the open descriptor, not of the file: what is mapped is what was verified, even
        // if the name has been given to another file since.
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        // SAFETY: the content is what `store` wrote, byte for byte: it carries a keyed authentication
        // code over content and name, made with a key that only this user can read. It was compiled by
        // this very version of wasmtime with these settings, which are part of the name. The file does
        // not change while mapped: entries are read-only, in a folder only the user can enter, and are
        // replaced and deleted by name, never written to. The authentication code behind the code is
        // outside every section, which wasmtime addresses by offsets of its own.
        Some(unsafe {
            match artefact {
                Artefact::Component => {
                    Component::deserialize_file(engine, path).map(Code::Component)
                }
                Artefact::Module => Module::deserialize_file(engine, path).map(Code::Module),
            }
        })
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (engine, file, artefact);
        None
    }
}

/// Takes write permission from an entry before it gets its name.
fn protect(file: &File) -> std::io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o400);
    #[cfg(not(unix))]
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}

/// Reads the key, or makes one. A key that cannot be trusted is replaced: every entry is then in
/// doubt.
fn mac_key(path: &Path) -> fs::Result<MacKey> {
    if let Some(key) = read_mac_key(path)? {
        return Ok(key);
    }
    if let Some(folder) = path.parent() {
        fs::create_private_dir_all(folder)?;
    }
    let lock_path = path.with_extension("lock");
    let _lock = fs::FileLock::exclusive(&lock_path)?;
    // Another process may have made one while this one waited.
    if let Some(key) = read_mac_key(path)? {
        return Ok(key);
    }
    let mut key = MacKey::default();
    getrandom::fill(&mut key).map_err(|error| {
        fs::Error::new(
            "make random bytes for",
            path,
            std::io::Error::other(error.to_string()),
        )
    })?;
    // `write_atomic` writes through a temporary file, which is created with mode 0600.
    fs::write_atomic(path, &key)?;
    Ok(key)
}

/// Reads the key; `None` where it cannot be trusted: it has the wrong length, belongs to
/// another user, or other users can read it.
fn read_mac_key(path: &Path) -> fs::Result<Option<MacKey>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = fs::metadata(path)?;
        let owner = rustix::process::geteuid().as_raw();
        if metadata.uid() != owner || metadata.mode() & 0o077 != 0 {
            tracing::warn!(path = %path.display(), "key of the compiled cache replaced: others could read it");
            return Ok(None);
        }
    }
    Ok(bytes.try_into().ok())
}
