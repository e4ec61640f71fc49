//! The files of one commit, written into a folder of their own: git hands them over one by one, as they are.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{ChildStdin, ChildStdout},
};

use super::{
    GitClient,
    command::Bounds,
    error::{EntryProblem, GitError},
    source::GitSource,
    tree::{Blob, LeftOut, Tree},
    workplace::Workplace,
};
use crate::{
    base::{
        fs,
        process::GroupChild,
        task::blocking,
        types::{GitAddress, GitFolder, GitReference, GitRevision},
    },
    package::archive::ArchivePath,
};

/// The most bytes of the list of a commit's files.
const MOST_LIST_BYTES: u64 = 32 << 20;

/// The most bytes of a link's target.
const MOST_LINK_BYTES: u64 = 4096;

/// The beginning of a file that only points to what Git LFS keeps, and the most bytes that such a file has
/// (<https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>).
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
const MOST_LFS_BYTES: u64 = 1024;

/// The size of the pieces a file is written in, in bytes.
const PIECE_BYTES: usize = 64 << 10;

/// The files of one commit of a repository, in a folder that goes when this is dropped.
#[derive(Debug)]
pub struct Checkout {
    repository: GitAddress,
    revision: GitRevision,
    reference: Option<GitReference>,
    folder: Option<GitFolder>,
    left_out: Vec<LeftOut>,
    /// Where the extension's files are.
    files: PathBuf,
    workplace: Workplace,
}

impl Checkout {
    /// The repository.
    pub fn repository(&self) -> &GitAddress {
        &self.repository
    }

    /// The commit.
    pub fn revision(&self) -> &GitRevision {
        &self.revision
    }

    /// The tag or branch that was asked for; `None` where the commit itself was.
    pub fn reference(&self) -> Option<&GitReference> {
        self.reference.as_ref()
    }

    /// Says by which tag or branch the commit is known, where it was asked for by itself: a lockfile has both.
    #[must_use]
    pub fn known_by(self, reference: Option<GitReference>) -> Self {
        Self { reference, ..self }
    }

    /// The folder of the repository that the extension is in; `None` where it is the whole.
    pub fn folder(&self) -> Option<&GitFolder> {
        self.folder.as_ref()
    }

    /// The folder with the extension's files.
    pub fn path(&self) -> &Path {
        &self.files
    }

    /// A folder for what is made of them, which is not there yet and goes with this.
    pub fn scratch(&self) -> PathBuf {
        self.workplace.scratch()
    }

    /// The entries of the repository that could not be taken.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
}

/// Writes the files of a fetched commit.
pub(super) async fn write(
    client: &GitClient,
    workplace: Workplace,
    source: &GitSource,
    reference: Option<GitReference>,
    revision: GitRevision,
) -> Result<Checkout, GitError> {
    let address = &source.repository;
    let repository = workplace.repository();
    let mut command = client.local_command(&repository);
    command
        .args(["ls-tree", "-r", "-l", "-z", "--full-tree"])
        .arg(revision.as_str());
    let bounds = Bounds {
        answer_bytes: MOST_LIST_BYTES,
        filling: None,
    };
    let listed = client.run(command, address, bounds).await?;
    if !listed.succeeded {
        return Err(client.failure(address, listed).await);
    }
    let limits = client.options.limits.clone();
    let folder = source.folder.as_ref();
    let mut tree = Tree::read(&listed.stdout, &revision, folder, &limits)?;
    let mut objects = Objects::open(client, &repository).await?;
    let targets = objects.targets(&tree.links).await?;
    tree.follow(&targets, &limits)?;
    // An old manifest has no id but its folder's name.
    let name = ArchivePath::parse(address.name()).ok();
    let name = name.filter(|it| it.depth() == 1);
    let name = name.as_ref().map_or("extension", ArchivePath::as_str);
    let top = workplace.tree().join(name);
    let folders: Vec<PathBuf> = tree.files.keys().map(|it| it.to_path(&top)).collect();
    blocking(move || {
        for file in folders {
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
        }
        Ok::<_, GitError>(())
    })
    .await?;
    let mut pointers = Vec::new();
    for (path, blob) in &tree.files {
        if objects.write(blob, &path.to_path(&top)).await? {
            pointers.push(path.to_string());
        }
    }
    objects.close().await?;
    for path in pointers {
        tree.refuse(&path, EntryProblem::Lfs)?;
    }
    // Room for what is built, which has no use for it.
    blocking(move || Ok::<_, GitError>(fs::remove_dir_all(&repository)?)).await?;
    let files = match folder {
        Some(folder) => ArchivePath::parse(folder.as_str())
            .map_err(|problem| GitError::Entry {
                path: folder.to_string(),
                problem: problem.into(),
            })?
            .to_path(&top),
        None => top,
    };
    Ok(Checkout {
        repository: address.clone(),
        revision,
        reference,
        folder: folder.cloned(),
        left_out: tree.left_out,
        files,
        workplace,
    })
}

/// A run of `git cat-file --batch`, which hands out objects as they are.
struct Objects {
    child: GroupChild,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Objects {
    async fn open(client: &GitClient, repository: &Path) -> Result<Self, GitError> {
        let mut command = client.local_command(repository);
        command
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let started = client.launcher.start(&mut command).await;
        let mut child = started.map_err(GitError::Start)?;
        let streams = child.take_streams();
        let (Some(stdin), Some(stdout)) = (streams.stdin, streams.stdout) else {
            return Err(BROKEN);
        };
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::with_capacity(PIECE_BYTES, stdout),
        })
    }

    /// Asks for an object, which must be what the list said.
    async fn ask(&mut self, blob: &Blob) -> Result<(), GitError> {
        let wish = format!("{}\n", blob.object);
        let written = self.stdin.write_all(wish.as_bytes()).await;
        written.map_err(GitError::Start)?;
        self.stdin.flush().await.map_err(GitError::Start)?;
        let mut head = Vec::new();
        let mut line = (&mut self.stdout).take(256);
        let read = line.read_until(b'\n', &mut head).await;
        read.map_err(GitError::Start)?;
        let expected = format!("{} blob {}\n", blob.object, blob.bytes);
        match head == expected.as_bytes() {
            true => Ok(()),
            false => Err(BROKEN),
        }
    }

    /// Reads the line that ends an object.
    async fn end(&mut self) -> Result<(), GitError> {
        let end = self.stdout.read_u8().await.map_err(GitError::Start)?;
        match end == b'\n' {
            true => Ok(()),
            false => Err(BROKEN),
        }
    }

    /// The contents of links.
    async fn targets(
        &mut self,
        links: &BTreeMap<ArchivePath, Blob>,
    ) -> Result<BTreeMap<ArchivePath, String>, GitError> {
        let mut targets = BTreeMap::new();
        for (path, blob) in links {
            // One that is longer leads to nothing.
            if blob.bytes > MOST_LINK_BYTES {
                continue;
            }
            self.ask(blob).await?;
            let mut content = Vec::new();
            let mut source = (&mut self.stdout).take(blob.bytes);
            let read = source.read_to_end(&mut content).await;
            read.map_err(GitError::Start)?;
            self.end().await?;
            if let Ok(target) = String::from_utf8(content) {
                targets.insert(path.clone(), target);
            }
        }
        Ok(targets)
    }

    /// Writes an object into a new file. Returns whether it only points to what Git LFS keeps.
    async fn write(&mut self, blob: &Blob, path: &Path) -> Result<bool, GitError> {
        self.ask(blob).await?;
        let mut file = fs::create_new(path)?;
        let mut beginning = Vec::new();
        let mut left = blob.bytes;
        while left > 0 {
            let piece = self.stdout.fill_buf().await.map_err(GitError::Start)?;
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let piece = piece.get(..piece.len().min(most)).unwrap_or_default();
            if piece.is_empty() {
                return Err(BROKEN);
            }
            let rest = LFS.len().saturating_sub(beginning.len());
            beginning.extend_from_slice(piece.get(..rest.min(piece.len())).unwrap_or_default());
            let written = file.write_all(piece);
            written.map_err(|source| fs::Error::new("write", path, source))?;
            let count = piece.len();
            self.stdout.consume(count);
            left -= count as u64;
        }
        self.end().await?;
        if blob.is_executable {
            fs::set_mode(path, 0o755)?;
        }
        Ok(blob.bytes <= MOST_LFS_BYTES && beginning == LFS)
    }

    async fn close(self) -> Result<(), GitError> {
        let Self { child, stdin, .. } = self;
        drop(stdin);
        child.wait().await.map_err(GitError::Start).map(drop)
    }
}

const BROKEN: GitError = GitError::Answer {
    problem: "an object is not what the list of the commit said",
};
