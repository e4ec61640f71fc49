//! The kind of each [`StoreError`], and the way out.

use std::path::Path;

use super::{StoreError, wording::naming};
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        printable::{printable, shell_word},
    },
    network::{http::handshake_hint, registry::SourceError},
};

impl Hint for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotInstalled { .. }
            | Self::NoComponent { .. }
            | Self::NoArchive { .. }
            | Self::OriginGone { .. }
            | Self::NothingBefore
            | Self::NoGeneration { .. }
            | Self::NoDevExtension { .. }
            | Self::NotPacked { .. }
            | Self::NotBuilt { .. } => ErrorKind::NotFound,
            Self::Registry(error) => error.kind(),
            Self::Download(error) => error.kind(),
            Self::Import(error) => error.kind(),
            Self::Archive { source, .. } | Self::ForeignArchive { source, .. } => source.kind(),
            Self::Manifest { source, .. } | Self::ForeignManifest { source, .. } => source.kind(),
            Self::Component { source, .. } => source.kind(),
            Self::File(error) => error.kind(),
            Self::Bundle(error) => error.kind(),
            Self::Folder(error) => error.kind(),
            Self::NoFile { .. } | Self::NoVersion { .. } | Self::Twice { .. } => ErrorKind::Invalid,
            Self::NotLocked { .. }
            | Self::ArchiveNotLocked { .. }
            | Self::LockedOtherwise { .. }
            | Self::LockOutdated { .. }
            | Self::StartNotLocked { .. }
            | Self::LockDiffers { .. }
            | Self::LockUnproven { .. }
            | Self::DevNotLocked { .. }
            | Self::RemovalNotAllowed { .. }
            | Self::NotAllowed { .. }
            | Self::Disabled { .. }
            | Self::DisabledInProject { .. }
            | Self::Blocked { .. } => ErrorKind::Refused,
            Self::OtherBytes { .. }
            | Self::Disagrees { .. }
            | Self::Undeclared { .. }
            | Self::Damaged { .. }
            | Self::PackedDiffers { .. }
            | Self::DamagedDev { .. }
            | Self::BrokenDev { .. }
            | Self::FetchedOtherwise { .. }
            | Self::Broken { .. } => ErrorKind::Damaged,
            Self::Dev { .. } | Self::KeptLive { .. } => ErrorKind::Busy,
            Self::Format { .. } => ErrorKind::Incompatible,
            Self::Watch { .. } => ErrorKind::Io,
            Self::Task { .. } => ErrorKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotInstalled { nearest, .. } => Some(match nearest.as_slice() {
                [] => "install it first".into(),
                nearest => {
                    let ids: Vec<String> = nearest.iter().map(|id| format!("`{id}`")).collect();
                    format!("did you mean {}?", ids.join(" or "))
                }
            }),
            Self::Disabled { id } => Some(format!("take it back with `annexe enable {id}`")),
            Self::DisabledInProject { id, .. } => Some(format!(
                "take it back in this project with `annexe enable {id} --project`, or work in another"
            )),
            Self::NoComponent { .. } => {
                Some("its files are for an editor to read; there is nothing to run".into())
            }
            Self::Registry(error) => error.hint(),
            Self::Import(error) => error.hint(),
            Self::Download(error) => match **error {
                // There is no registry whose owner could be told.
                SourceError::NotFound { .. } | SourceError::Redirect { .. } => {
                    Some("check the archive's address".into())
                }
                SourceError::Unreachable { ref source, .. } => Some(
                    handshake_hint(source.as_ref())
                        .unwrap_or("check the archive's address, the network and the proxy")
                        .into(),
                ),
                SourceError::Status { status, .. } if !matches!(status, 401 | 403 | 429 | 500..) => {
                    Some("check the archive's address".into())
                }
                _ => error.hint(),
            },
            Self::NoArchive { .. } => Some(
                "check the path; an extension of a registry is named by its id alone".into(),
            ),
            Self::OriginGone { .. } => Some(
                "bundle it on the machine that has it, with `annexe bundle`, or install it from a registry and lock that".into(),
            ),
            Self::NoFile { .. } => Some(
                "pack a folder with `annexe pack`, and name the archive that this writes".into(),
            ),
            Self::Archive { source, .. } => source.hint(),
            Self::Manifest { source, .. } => source
                .hint()
                .or_else(|| Some("tell who publishes the extension; nothing was installed".into())),
            Self::Disagrees { .. } | Self::Undeclared { .. } => {
                Some("tell the registry's owner; nothing was installed".into())
            }
            Self::ForeignArchive { source, .. } => source.hint(),
            Self::ForeignManifest { source, .. } => source
                .hint()
                .or_else(|| Some("correct the manifest, and pack it again with `annexe pack`".into())),
            Self::NoVersion { source, .. } => source.hint(),
            Self::Twice { .. } => Some("name it once".into()),
            Self::NotLocked { .. } | Self::ArchiveNotLocked { .. } => Some(
                "leave out `--locked` and `--frozen` to install it and add it to the lockfile".into(),
            ),
            Self::NotPacked { .. } => Some("`annexe sync` fetches and packs it, with a connection".into()),
            Self::PackedDiffers {
                origin,
                is_compiled,
                ..
            } => {
                let Some(request) = origin.as_request() else {
                    return Some(
                        "nothing was changed; the other editor has another one there by now: `annexe import zed` takes it, and `annexe lock` locks it"
                            .into(),
                    );
                };
                let request = shell_word(Path::new(&request));
                Some(match is_compiled {
                    true => format!(
                        "nothing was changed; compilers make different bytes of the same sources: build it with the one that it was locked with, or lock what this machine builds with `annexe install {request}`"
                    ),
                    false => format!(
                        "nothing was changed; the lockfile may have been edited, or another version of this program packed it: look at it, and lock it anew with `annexe install {request}`"
                    ),
                })
            }
            Self::LockedOtherwise { .. } | Self::LockOutdated { .. } => Some(
                "leave out `--locked` and `--frozen` to take another version and change the lockfile".into(),
            ),
            Self::StartNotLocked { .. } => Some(
                "install what is locked with `annexe sync`, or start without `--locked` and lock it with `annexe lock`".into(),
            ),
            Self::FetchedOtherwise { work_dir, .. } => Some(format!(
                "remove `{}` to have it fetched again, or lock what is there with `annexe lock`",
                work_dir.display()
            )),
            Self::LockDiffers { lockfile, .. } => Some(format!(
                "nothing was changed; to take what it has, name it with `{}`, or say `--yes` to `annexe sync`; another file leaves it out",
                naming(lockfile.as_deref())
            )),
            Self::LockUnproven { lockfile, .. } => Some(format!(
                "try again where the registry can be reached, or name it with `{}` to take what it has",
                naming(lockfile.as_deref())
            )),
            Self::RemovalNotAllowed { .. } => {
                Some("nothing was changed; allow it with `--yes`".into())
            }
            Self::NotAllowed { .. } => {
                Some("nothing was changed; allow what it may do newly with `--accept-capabilities`".into())
            }
            Self::Blocked { id, withdrawn } => Some(match &withdrawn.replacement {
                Some(replacement) => format!("use `{}` instead", printable(replacement)),
                None => format!("update it with `annexe update {id}`, or remove it"),
            }),
            Self::OtherBytes { id, .. } => Some(format!(
                "nothing was changed: ask its author why, take another version with `annexe install {id}@<version>`, or agree to the new one with `--accept-archive`"
            )),
            Self::NothingBefore | Self::NoGeneration { .. } => {
                Some("`annexe history` lists what there is to go back to".into())
            }
            Self::NoDevExtension { others, .. } => Some(match others.as_slice() {
                [] => "there are no dev extensions: `annexe dev <folder>` makes one".into(),
                others => {
                    let ids: Vec<String> = others.iter().map(|id| format!("`{id}`")).collect();
                    format!("the dev extensions are {}", ids.join(", "))
                }
            }),
            Self::Dev { id, .. } => Some(format!("stop it first: `annexe dev --stop {id}`")),
            Self::DevNotLocked { extensions } => {
                let ids: Vec<&str> = extensions.iter().map(|(id, _)| id.as_str()).collect();
                Some(format!(
                    "stop them first, then lock what is installed: `annexe dev --stop {}`",
                    ids.join(" ")
                ))
            }
            Self::NotBuilt { folder, .. } => Some(format!(
                "build it: `annexe dev {}` says what hinders it", folder.display()
            )),
            Self::KeptLive { process: None, .. } => Some(
                "a process that was told to stop has not ended yet: end it, then try again".into(),
            ),
            Self::KeptLive { id, .. } => Some(format!(
                "end that process (Ctrl-C where it runs), or make it end with `annexe dev --stop {id}`"
            )),
            Self::DamagedDev { folder, .. } => Some(format!(
                "build it again: `annexe dev {}`", folder.display()
            )),
            Self::BrokenDev { id, .. } => Some(format!(
                "build it again with `annexe dev <folder>`, or forget it with `annexe dev --stop {id}`"
            )),
            Self::Component { source, .. } => source.hint(),
            Self::Damaged { .. } => Some("install it again: that repairs its files".into()),
            Self::Broken { path, .. } if path.ends_with("current") => Some(
                "write the number of a file in the folder `generations` beside it into it, most likely the greatest"
                    .into(),
            ),
            Self::Broken { path, .. } if path.ends_with("withdrawals.json") => {
                Some("remove it: `annexe update` learns again what it held".into())
            }
            Self::Broken { .. } => Some(
                "write the number of another file in its folder into the file `current` above it; where there is none, remove `current`, then install again"
                    .into(),
            ),
            Self::Format { .. } => {
                Some("a later version of this program wrote it: use that one, or another folder".into())
            }
            Self::File(error) => error.hint(),
            Self::Bundle(error) => error.hint(),
            Self::Folder(error) => error.hint(),
            Self::Watch { .. } => {
                Some("call `refresh` after each change, or raise the system's limit of watches".into())
            }
            Self::Task { .. } => None,
        }
    }
}
