//! `annexe new`: a folder to start an extension from.
//!
//! - [`naming`]: ids and names that registries take, and the names that are made from them;
//! - [`author`]: who writes it, as the user says or as git knows;
//! - [`git`]: what is asked of git;
//! - [`template`]: the files, and what is filled into them;
//! - [`placing`]: puts the folder where it belongs, as a whole.

mod author;
mod git;
mod naming;
mod placing;
mod template;

use std::{
    fmt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use annexe::{check::PLACEHOLDER_REPOSITORY, types::ExtensionId};
use serde::Serialize;
use time::OffsetDateTime;
use url::Url;

use self::{
    author::Author,
    placing::Place,
    template::{Details, Template},
};
use crate::cli::{
    context::Context,
    failure::{Complaint, Outcome},
    files, paths, wording,
};

/// Makes the folder of a new extension, ready to be built, checked and run
///
/// The last part of the path is the extension's id. The folder must not exist, or be empty but for a `.git`.
/// It gets a git repository of its own unless it lies inside one.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder to make
    #[arg(value_name = "PATH|ID")]
    path: PathBuf,
    /// What registries know the extension by [default: the folder's name]
    #[arg(long)]
    id: Option<String>,
    /// What the extension does at first
    #[arg(long, value_enum, default_value_t)]
    template: Template,
    /// What people know the extension by [default: made from the id]
    #[arg(long, value_parser = naming::name)]
    name: Option<String>,
    /// Who writes it, as `Name <mail>` [default: as git knows]
    #[arg(long, value_name = "AUTHOR")]
    author: Option<Author>,
    /// Where its source is published, an https address
    #[arg(long, value_name = "URL", value_parser = repository)]
    repository: Option<Url>,
    /// Whether to make a git repository [default: git, where it is installed and the folder lies in none]
    #[arg(long, value_enum)]
    vcs: Option<VersionControl>,
}

/// The version control of the new folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
enum VersionControl {
    Git,
    None,
}

#[derive(Debug, Serialize)]
struct Answer {
    id: ExtensionId,
    name: String,
    path: PathBuf,
    template: Template,
    files: Vec<String>,
    /// What has been set up newly.
    vcs: VersionControl,
    /// What to run next, each a line for a shell.
    next: Vec<String>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "created the extension {} in {}\nnext:",
            self.id,
            self.path.display()
        )?;
        self.next
            .iter()
            .try_for_each(|line| write!(formatter, "\n  {line}"))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let made = tokio::task::spawn_blocking(move || self.make()).await??;
        context.output.result(&made.answer)?;
        for note in made.notes {
            context.output.note(note);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn make(self) -> anyhow::Result<Made> {
        let target = paths::absolute(&self.path)?;
        let id = self.id(&target)?;
        let place = Place::find(&target)?;
        let mut notes = Vec::new();
        let details = self.details(id, place.folder(), &mut notes);
        let vcs = version_control(self.vcs, &place, &target);
        let files = self.template.files(&details);
        place.fill(|folder| {
            for (path, text) in &files {
                files::create(&folder.join(path), text)?;
            }
            match vcs {
                VersionControl::Git => git::init(folder),
                VersionControl::None => Ok(()),
            }
        })?;
        notes.extend(self.template.note(&details));
        let next = vec![
            format!("annexe dev {}", wording::shell(&self.path)),
            self.template.call(&details, &self.path),
        ];
        Ok(Made {
            answer: Answer {
                id: details.id,
                name: details.name,
                path: self.path,
                template: self.template,
                files: files.into_iter().map(|(path, _)| path).collect(),
                vcs,
                next,
            },
            notes,
        })
    }

    /// The details of the extension: as the user says, or made up, which `notes` then say.
    fn details(&self, id: ExtensionId, folder: &Path, notes: &mut Vec<String>) -> Details {
        let author = self.author.clone().unwrap_or_else(|| {
            let (author, missing) = Author::from_git(folder);
            notes.extend(missing);
            author
        });
        let repository = self.repository.as_ref().map_or_else(
            || {
                let address = format!("{PLACEHOLDER_REPOSITORY}{id}");
                notes.push(format!(
                    "`{address}` is a placeholder: set `repository` in extension.toml"
                ));
                address
            },
            Url::to_string,
        );
        let name = self.name.clone();
        Details {
            name: name.unwrap_or_else(|| naming::title(id.as_str())),
            author,
            repository,
            year: OffsetDateTime::now_utc().year(),
            id,
        }
    }

    /// The id that is given, or that the folder's name is.
    fn id(&self, target: &Path) -> anyhow::Result<ExtensionId> {
        if let Some(id) = &self.id {
            return Ok(naming::id(id, |id| format!("--id {id}"))?);
        }
        let shown = wording::shell(&self.path);
        let name = target.file_name().ok_or_else(|| {
            let message = format!("`{}` ends in no name", self.path.display());
            Complaint::usage(message).with_hint("give the extension's id with `--id`")
        })?;
        Ok(naming::id(&name.to_string_lossy(), |id| {
            format!("annexe new {shown} --id {id}")
        })?)
    }
}

/// Returns the version control to set up: the one that is asked for, else one of git where there is none.
fn version_control(asked: Option<VersionControl>, place: &Place, target: &Path) -> VersionControl {
    let folder = place.folder();
    if place.has_repository() {
        return VersionControl::None;
    }
    asked.unwrap_or_else(
        || match git::is_installed() && !git::is_kept(folder, target) {
            true => VersionControl::Git,
            false => VersionControl::None,
        },
    )
}

/// Reads where the source is published.
fn repository(text: &str) -> Result<Url, String> {
    let is_page = |url: &Url| url.scheme() == "https" && url.path() != "/";
    let url = text.parse::<Url>().ok().filter(is_page);
    url.ok_or_else(|| "write an address such as `https://github.com/your-name/tcl`".into())
}

/// A new extension's folder, and what is left to the user.
struct Made {
    answer: Answer,
    notes: Vec<String>,
}
