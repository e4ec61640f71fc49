//! The reader of a component's API version, as hostile input: nothing is trusted, nothing is compiled.

use semver::Version;

use super::{
    API_VERSION_SECTION,
    error::ComponentError,
    outline::{Outline, one_version},
};

/// The API version that a component was built with.
///
/// The whole component is read, nested modules and components included, so a file that breaks off is
/// refused even where its version stands before the break, unless it breaks off between two sections
/// of its outermost level: such a file is a component, and linking finds what it lacks. The section may
/// stand at any depth; every copy must say the same.
///
/// # Errors
/// A [`ComponentError`] for anything that is not a whole component with one API version.
pub fn api_version(component: &[u8]) -> Result<Version, ComponentError> {
    version_of(&Outline::of_component(component)?)
}

/// Checks that bytes are a whole component, whatever API it was built with.
///
/// # Errors
/// A [`ComponentError`] for anything else.
pub fn check_component(component: &[u8]) -> Result<(), ComponentError> {
    let outline = Outline::of_component(component)?;
    declared(&outline).map(drop)
}

/// The API version that a component's section gives, which is an extension and not a command.
pub(crate) fn version_of(outline: &Outline<'_>) -> Result<Version, ComponentError> {
    let declared = declared(outline)?;
    if let Some(export) = outline.command() {
        return Err(ComponentError::Command {
            export: export.into(),
        });
    }
    declared.ok_or(ComponentError::NoVersion)
}

/// The content of the section that gives a version: three numbers of 16 bits, the most significant byte first.
/// `None` where a number has more.
pub(crate) fn version_data(api: &Version) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    for number in [api.major, api.minor, api.patch] {
        data.extend(u16::try_from(number).ok()?.to_be_bytes());
    }
    Some(data)
}

/// The version that all sections give.
fn declared(outline: &Outline<'_>) -> Result<Option<Version>, ComponentError> {
    one_version(outline.sections(API_VERSION_SECTION).map(|data| {
        let &[a, b, c, d, e, f] = data else {
            return Err(ComponentError::VersionLength { length: data.len() });
        };
        let number = |high, low| u64::from(u16::from_be_bytes([high, low]));
        Ok(Version::new(number(a, b), number(c, d), number(e, f)))
    }))
}
