//! Capabilities that `extension.toml` asks for.

use super::{
    error::ManifestErrorKind,
    section::{Section, Value},
};
use crate::{
    base::{
        hint::Hint as _,
        types::{Access, GuestPath},
    },
    package::capability::Capability,
};

/// The capabilities that can be read; the others are complained about.
pub(super) fn read(root: &mut Section<'_>) -> Vec<Capability> {
    let items = root.value("capabilities").map(|value| value.items());
    let items = items.into_iter().flatten();
    items.filter_map(|item| capability(&item)).collect()
}

fn capability(item: &Value<'_>) -> Option<Capability> {
    let mut section = item.section()?;
    let kind = section.required_text("kind");
    let capability = match kind.as_deref() {
        Some(Capability::PROCESS_EXEC) => {
            let command = section.required_text("command");
            let args = section.required_texts("args");
            Capability::ProcessExec {
                command: command?,
                args: args?,
            }
        }
        Some(Capability::PROCESS_ENV) => Capability::ProcessEnv {
            name: section.required_text("name")?,
        },
        Some(Capability::DOWNLOAD_FILE) => {
            let host = section.required_text("host");
            let path = section.required_texts("path");
            Capability::DownloadFile {
                host: host?,
                path: path?,
            }
        }
        Some(Capability::NPM_INSTALL) => Capability::NpmInstall {
            package: section.required_text("package")?,
        },
        Some(Capability::HTTP) => Capability::Http {
            host: section.required_text("host")?,
        },
        Some(Capability::ENV) => Capability::Env {
            name: section.required_text("name")?,
        },
        Some(Capability::MOUNT) => {
            let host = section.required_text("host");
            let (guest, access) = (guest(&mut section), access(&mut section));
            Capability::Mount {
                host: host?.into(),
                guest: guest?,
                access: access?,
            }
        }
        Some(kind) => {
            if let Some(value) = section.value("kind") {
                value.warn_unknown(kind, &Capability::KINDS);
            }
            // The other keys of an unknown kind are unknown too; one warning is enough.
            let kind = kind.to_owned();
            return Some(Capability::Unknown { kind });
        }
        None => return None,
    };
    section.finish();
    Some(capability)
}

fn guest(section: &mut Section<'_>) -> Option<GuestPath> {
    let text = section.required_text("guest")?;
    match text.parse::<GuestPath>() {
        Ok(path) => Some(path),
        Err(error) => {
            if let Some(value) = section.value("guest") {
                value.refuse(ManifestErrorKind::InvalidValue, || {
                    (error.to_string(), error.hint())
                });
            }
            None
        }
    }
}

/// Returns the access to a folder: read-only where nothing else is said.
fn access(section: &mut Section<'_>) -> Option<Access> {
    let Some(value) = section.value("access") else {
        return Some(Access::default());
    };
    match value.text()? {
        "read-only" => Some(Access::ReadOnly),
        "read-write" => Some(Access::ReadWrite),
        other => {
            value.refuse(ManifestErrorKind::InvalidValue, || {
                let message = format!("`{}` is `{}`", value.key(), other.escape_debug());
                (message, Some("write `read-only` or `read-write`".into()))
            });
            None
        }
    }
}
