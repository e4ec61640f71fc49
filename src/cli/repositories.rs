//! Extensions of Git repositories: brought, built where the user agrees, and packed for the store.

mod updates;

use std::{ffi::OsStr, sync::Arc};

pub use self::updates::{Found, InRepository};
use annexe::{
    ErrorKind,
    builder::Profile,
    git::{Checkout, GIT_VARIABLES, GitClient, GitOptions, GitPoint, GitSource},
    packing,
    store::{
        ExtensionStore, Installed, LockDifference, Locked, Lockfile, Origin, PackedExtension,
        Store, StoreError,
    },
    types::{ExtensionId, GitReference},
};

use super::{
    build_output, consent, context::Context, failure::Complaint, output::has_colour, paths,
    progress::Progress, wording,
};

/// The consent to builds.
#[derive(Debug, Default, clap::Args)]
pub struct BuildConsent {
    /// Agrees that building what comes from a Git repository runs what its author has written
    #[arg(long)]
    pub accept_build: bool,
}

/// The way repositories are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// No connection is opened.
    pub offline: bool,
    /// Plain `http` may be used with other machines.
    pub plain_http: bool,
    /// Repositories of this machine may be read.
    pub local: bool,
    /// The user has agreed to builds.
    pub accepts_build: bool,
}

/// An extension of a repository that can be installed. Its files go when this is dropped.
#[derive(Debug)]
pub struct Prepared {
    pub packed: PackedExtension,
    id: ExtensionId,
    _checkout: Checkout,
}

/// A reader of repositories.
pub struct Repositories<'a> {
    client: GitClient,
    context: &'a Context<'a>,
    progress: Arc<Progress>,
    reading: Reading,
}

/// The extensions installed from repositories that run, of these ids or of all.
///
/// # Errors
/// Where the store cannot be read.
pub fn installed_from(store: &Store, ids: &[ExtensionId]) -> anyhow::Result<Vec<Installed>> {
    let dev: Vec<ExtensionId> = store.dev_ids()?;
    let installed = store.generation()?.extensions.into_values();
    let of_repositories = installed.filter(|installed| {
        let is_asked = ids.is_empty() || ids.contains(&installed.id);
        let is_git = matches!(installed.origin, Origin::Git { .. });
        is_asked && is_git && !dev.contains(&installed.id)
    });
    Ok(of_repositories.collect())
}

impl<'a> Repositories<'a> {
    /// A reader with the user's own Git, configuration and credentials.
    ///
    /// # Errors
    /// Where there is no Git, or no folder to work in.
    pub fn new(context: &'a Context<'a>, reading: &Reading) -> anyhow::Result<Self> {
        let mut options = GitOptions::default();
        options.environment = paths::variables(GIT_VARIABLES);
        if !consent::can_ask(context.output) {
            // Nobody is there who could answer in a window.
            options.environment.remove(OsStr::new("SSH_ASKPASS"));
            // An empty one also stands before `core.askPass` of the configuration.
            options.environment.insert("GIT_ASKPASS".into(), "".into());
            options
                .environment
                .insert("GCM_INTERACTIVE".into(), "never".into());
        }
        options.offline = reading.offline;
        options.plain_http = reading.plain_http;
        options.local = reading.local;
        Ok(Self {
            client: GitClient::new(paths::repositories()?, options)?,
            context,
            progress: Arc::new(Progress::new(context.output)),
            reading: *reading,
        })
    }

    /// Brings and packs what is asked for, one after the other. A build is told of, and asked about.
    ///
    /// # Errors
    /// Where one cannot be brought, built or packed, or may not be built.
    pub async fn prepare_all(&self, sources: &[GitSource]) -> anyhow::Result<Vec<Prepared>> {
        let mut prepared = Vec::new();
        for source in sources {
            prepared.push(self.prepare(source, None).await?);
        }
        Ok(prepared)
    }

    /// Brings and packs one extension; `known_by` is the tag or branch by which a commit that is asked for is known.
    async fn prepare(
        &self,
        source: &GitSource,
        known_by: Option<GitReference>,
    ) -> anyhow::Result<Prepared> {
        let (output, progress) = (self.context.output, &self.progress);
        let subject = source.to_string();
        progress.doing(&subject, "asking");
        let hears = {
            let (progress, subject) = (progress.clone(), subject.clone());
            move |bytes| progress.doing(&subject, &format!("fetching, {}", wording::bytes(bytes)))
        };
        let checkout = self.client.checkout(source, &hears).await;
        progress.end();
        let checkout = checkout?;
        let checkout = match known_by {
            Some(_) => checkout.known_by(known_by),
            None => checkout,
        };
        for left_out in checkout.left_out() {
            output.warn(format_args!(
                "`{subject}`: `{}` was left out: {}",
                annexe::one_line(&left_out.path, 200),
                left_out.problem
            ));
        }
        if packing::needs_build(&checkout) {
            self.agree(&checkout).await?;
        }
        let builder = packing::builder(&checkout)
            .offline(self.reading.offline)
            .colours(has_colour() && !output.is_json());
        let folder = checkout.path();
        let (release, accepts) = (Profile::Release, self.reading.accepts_build);
        let built = build_output::build_agreed(&builder, folder, release, output, accepts).await?;
        build_output::warn(&built, output);
        let packed = packing::pack(&checkout, built).await?;
        Ok(Prepared {
            id: packed.id,
            packed: packed.packed,
            _checkout: checkout,
        })
    }

    /// Tells the user what a build runs, in every mode, and asks.
    async fn agree(&self, checkout: &Checkout) -> anyhow::Result<()> {
        let output = self.context.output;
        let origin = packing::origin(checkout);
        output.insist(format_args!(
            "building {origin} runs what its author has written as you: build scripts, macros, and what its `.cargo` folder \
             and `rust-toolchain.toml` name"
        ));
        if self.reading.accepts_build || consent::ask(output, "build it?").await {
            return Ok(());
        }
        Err(Complaint::new(format!("not built: {origin}"))
            .with_kind(ErrorKind::Refused)
            .with_hint(
                "nothing of it has run; agree with `--accept-build`, or ask its author for an archive",
            )
            .into())
    }

    /// Brings and packs what a lockfile has of repositories and this machine has not, for these ids or for all. What a
    /// lockfile has that was found, and not named, is shown and asked about before anything is asked of a server.
    ///
    /// # Errors
    /// As [`prepare_all`](Self::prepare_all), and where the user does not agree.
    pub async fn of_lockfile(
        &self,
        store: &ExtensionStore,
        (lockfile, is_found): (&Lockfile, bool),
        ids: Option<&[ExtensionId]>,
        accepts: bool,
    ) -> anyhow::Result<Vec<Prepared>> {
        let mut wanted = store.to_pack(lockfile).await?;
        wanted.retain(|locked| ids.is_none_or(|ids| ids.contains(&locked.id)));
        if is_found && !wanted.is_empty() {
            self.agree_locked(lockfile, &wanted, accepts).await?;
        }
        let mut prepared = Vec::new();
        for locked in wanted {
            let Origin::Git {
                git,
                revision,
                reference,
                folder,
            } = locked.origin
            else {
                continue;
            };
            let source = GitSource {
                repository: git,
                point: GitPoint::Revision(revision),
                folder,
            };
            prepared.push(self.prepare(&source, reference).await?);
        }
        Ok(prepared)
    }

    async fn agree_locked(
        &self,
        lockfile: &Lockfile,
        wanted: &[Locked],
        accepts: bool,
    ) -> anyhow::Result<()> {
        let output = self.context.output;
        let differences = wanted.iter().map(LockDifference::new).collect::<Vec<_>>();
        if accepts || consent::can_ask(output) {
            output.warn("the lockfile in this folder has what is brought from repositories:");
            for difference in &differences {
                output.warn(difference);
            }
        }
        if accepts || consent::ask(output, "bring what the lockfile has?").await {
            return Ok(());
        }
        Err(StoreError::LockDiffers {
            lockfile: lockfile.path().map(Into::into),
            differences,
        }
        .into())
    }
}

impl std::fmt::Debug for Repositories<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Repositories")
            .field("client", &self.client)
            .field("reading", &self.reading)
            .finish_non_exhaustive()
    }
}
