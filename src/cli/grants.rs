//! The user's file of what extensions are granted one by one.

use annexe::{
    capability::{GrantsChange, GrantsFile, GrantsFileError},
    types::{ExtensionId, ExtensionOrigin},
};

use super::{failure::Complaint, files, paths};

/// Reads the user's grants, if there are any.
///
/// # Errors
/// Where they cannot be read, with the place of the mistake.
pub fn read() -> anyhow::Result<GrantsFile> {
    match paths::grants()? {
        Some(path) => GrantsFile::read(&path).map_err(explained),
        None => Ok(GrantsFile::default()),
    }
}

/// Changes what one extension is granted: as a whole, or not at all.
///
/// # Errors
/// Where the file cannot be read, understood or written.
pub fn change(
    change: &GrantsChange,
    id: &ExtensionId,
    origin: &ExtensionOrigin,
) -> anyhow::Result<()> {
    let Some(path) = paths::grants()? else {
        let complaint = Complaint::new("there is no folder for what is granted");
        return Err(complaint
            .with_hint("set HOME, or ANNEXE_CONFIG to the configuration's path")
            .into());
    };
    change.make(&path, id, origin).map_err(explained)
}

fn explained(error: GrantsFileError) -> anyhow::Error {
    match error {
        GrantsFileError::UserFile(error) => files::not_believed(&error).into(),
        error => error.into(),
    }
}
