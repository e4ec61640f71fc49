//! The archive: why it is refused, or would be, and how it was written.

use super::{code::Code, finding::Finding};
use crate::base::hint::Hint as _;
use crate::package::archive::{Error, Profile, Unpacked};

/// Returns the finding for an archive that is refused, or files that cannot be packed.
pub(super) fn of_error(error: &Error) -> Finding {
    let (code, file) = match error {
        Error::Limit { .. } => (Code::ArchiveLimit, None),
        Error::SymbolicLink { path } | Error::HardLink { path } => (Code::FileLink, Some(path)),
        Error::Duplicate { path } | Error::FileAndFolder { path } => {
            (Code::FileCollision, Some(path))
        }
        Error::Path { path, .. } | Error::NotUtf8 { path } | Error::NotCanonical { path } => {
            (Code::FileName, Some(path))
        }
        Error::Device { path }
        | Error::Fifo { path }
        | Error::Sparse { path }
        | Error::UnknownType { path, .. }
        | Error::NotAFile { path } => (Code::FileKind, Some(path)),
        Error::File(_) | Error::Changed { .. } => (Code::FileUnreadable, None),
        _ => (Code::ArchiveInvalid, None),
    };
    let mut problem = error.to_string();
    // Why a path cannot be used, and what the decoder or the system found.
    if let Some(source) = std::error::Error::source(error) {
        problem = format!("{problem}: {source}");
    }
    let finding = Finding::new(code, problem).with_fix(error.hint());
    match file {
        Some(file) => finding.in_file(file.as_str()),
        None => finding,
    }
}

/// Returns the findings about how an archive was written.
pub(super) fn written(unpacked: &Unpacked) -> Option<Finding> {
    let problem = "the archive was not written by `annexe pack`";
    (unpacked.profile == Profile::Compatible).then(|| Finding::new(Code::ArchiveForeign, problem))
}
