//! The section with the API version, added to a component that another toolchain has made.

use semver::Version;

use super::{error::BuildError, section};
use crate::{
    package::{
        manifest::FAMILY,
        version::{ComponentError, api_version},
    },
    runtime::api::{self, Families, HostError},
};

/// A component with the section that says which API version it was built with, for the toolchains that
/// do not write it: all but Rust's with `zed_extension_api`. Nothing else of the component changes. One
/// that says so already is returned as it is.
///
/// # Errors
/// [`BuildError::OtherVersion`] where it says that it was built with another version,
/// [`BuildError::Component`] where the bytes are not a component, a core module for example,
/// [`BuildError::Host`] where no adapter serves the version, [`BuildError::NoSuchVersion`] where it has
/// a number that no component can carry, and [`BuildError::Incompatible`] where the component's imports and
/// exports are not those of that version.
pub fn stamp(wasm: &[u8], version: &Version) -> Result<Vec<u8>, BuildError> {
    let mut stamped = wasm.to_vec();
    match api_version(wasm) {
        Ok(declared) if declared == *version => {}
        Ok(declared) => {
            return Err(BuildError::OtherVersion {
                declared,
                asked: version.clone(),
            });
        }
        Err(ComponentError::NoVersion) => {
            let families = Families::default();
            let family = families.get(FAMILY).map_err(HostError::from)?;
            family.supports(version).map_err(HostError::from)?;
            let (name, data) =
                (family.version_section(version)).ok_or_else(|| BuildError::NoSuchVersion {
                    asked: version.clone(),
                })?;
            section::write_custom(&mut stamped, name, &data);
        }
        Err(error) => return Err(error.into()),
    }
    match api::examine(&stamped) {
        Ok(_) => Ok(stamped),
        // It is the user who says the version, and not the component.
        Err(HostError::Unfit {
            api,
            incompatibilities,
            fits,
            ..
        }) => Err(BuildError::Incompatible {
            api,
            incompatibilities,
            fits,
        }),
        Err(error) => Err(error.into()),
    }
}
