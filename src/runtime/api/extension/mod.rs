//! The family `extension`: the API of Zed's extensions, as the published `zed_extension_api` crates
//! have it, and the adapter of each of its worlds.
//!
//! | file | what it holds |
//! |---|---|
//! | `guest.rs` | everything a host may ask of an extension, whatever its version |
//! | `imports.rs`, `exports.rs` | the bodies that several versions share, as macros that take names |
//! | `calls.rs` | the methods of `Extension` that ask an extension of this family |
//! | `resources.rs` | what the guest holds during one call: the worktree and the like |
//! | `convert.rs` | conversions between a version's types and the neutral ones |
//! | `named.rs` | which of an extension's servers and the like a call is about |
//! | `json.rs` | JSON that guests hand over as text |
//! | `portable.rs` | the resources under a second name, for languages that cannot bind them at the root |
//! | `since_v*/` | one folder for each world: what that version changed |
//!
//! **To add a version**: write `wit/extension/since_vX.Y.Z/` and `since_vX_Y_Z/`, and add its line to
//! the table below. What is new goes into `types`, `guest.rs` and `services`; an older folder is never
//! edited. A world maps every interface it inherits unchanged to the *older* module that owns it.

#[macro_use]
mod convert;
#[macro_use]
mod imports;
#[macro_use]
mod exports;
mod calls;
mod guest;
mod json;
mod named;
#[cfg(test)]
mod platforms;
mod portable;
mod resources;

pub(crate) use self::guest::Guest;
pub use self::{
    guest::{Argument, EXPORTS, Export},
    resources::CallResources,
};

use std::sync::OnceLock;

use async_trait::async_trait;
use semver::Version;
use wasmtime::{
    Store,
    component::{HasSelf, InstancePre},
};

use super::{
    family::{Adapter, AnyGuest, Detected, Family, Prepared, World},
    interfaces::Interfaces,
};
use crate::{
    package::{
        manifest::FAMILY,
        version::{API_VERSION_SECTION, ComponentError, Outline, version_data, version_of},
    },
    runtime::engine::State,
};

/// The family's name, and that of the one role its extensions play.
const NAME: &str = FAMILY;

/// Functions that came with a later crate than the first of their world, while their world was mended.
const LATER: &[(&str, &str)] = &[
    ("node-binary-path", "0.0.3"),
    ("make-file-executable", "0.0.5"),
];

/// Writes the module list and the table of worlds. A line: the folder, and the versions it serves.
macro_rules! api_versions {
    ($($module:ident = $serves:literal;)*) => {
        $(mod $module;)*

        $(
            #[async_trait]
            impl Prepared for $module::ExtensionPre<State> {
                async fn start(&self, store: &mut Store<State>) -> wasmtime::Result<AnyGuest> {
                    let extension = self.instantiate_async(&mut *store).await?;
                    let guest: Box<dyn Guest> = Box::new(extension);
                    guest.init(store).await?;
                    Ok(Box::new(guest))
                }
            }
        )*

        /// The worlds of Zed's extensions.
        const WORLDS: &[World] = &[$(World {
            name: stringify!($module),
            role: NAME,
            serves: $serves,
            adapter: Adapter::Component {
                link: |linker| {
                    $module::Extension::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
                    portable::add_to_linker(linker)
                },
                prepare: |component: InstancePre<State>| {
                    Ok(Box::new($module::ExtensionPre::new(component)?))
                },
            },
        },)*];
    };
}

api_versions! {
    since_v0_0_1 = ">=0.0.1, <0.0.4";
    since_v0_0_4 = ">=0.0.4, <0.0.6";
    since_v0_0_6 = ">=0.0.6, <0.0.7";
    since_v0_1_0 = ">=0.1.0, <0.2.0";
    since_v0_2_0 = ">=0.2.0, <0.3.0";
    since_v0_3_0 = ">=0.3.0, <0.4.0";
    since_v0_4_0 = ">=0.4.0, <0.5.0";
    since_v0_5_0 = ">=0.5.0, <0.6.0";
    since_v0_6_0 = ">=0.6.0, <0.8.0";
}

/// The interfaces of Zed's extensions.
static INTERFACES: Interfaces = Interfaces {
    family: NAME,
    worlds: WORLDS,
    package: "zed:extension",
    later: LATER,
    portable: "portable",
    types: OnceLock::new(),
    portable_type: OnceLock::new(),
};

/// The family of Zed's extensions.
pub(super) struct Extensions;

impl Family for Extensions {
    fn name(&self) -> &'static str {
        NAME
    }

    fn worlds(&self) -> &'static [World] {
        INTERFACES.worlds
    }

    fn detect(&self, outline: &Outline<'_>) -> Result<Option<Detected>, ComponentError> {
        if outline.sections(API_VERSION_SECTION).next().is_none() {
            return Ok(None);
        }
        let version = version_of(outline)?;
        Ok(Some(Detected {
            role: NAME,
            version,
        }))
    }

    fn unrecognised(&self, outline: &Outline<'_>) -> ComponentError {
        version_of(outline)
            .err()
            .unwrap_or(ComponentError::NoVersion)
    }

    fn version_section(&self, api: &Version) -> Option<(&'static str, Vec<u8>)> {
        Some((API_VERSION_SECTION, version_data(api)?))
    }

    fn rebuild_hint(&self) -> &'static str {
        "build the extension again with one published version of the `zed_extension_api` crate"
    }

    fn interfaces(&self) -> Option<&'static Interfaces> {
        Some(&INTERFACES)
    }
}

#[cfg(test)]
mod tests {
    use semver::{Version, VersionReq};

    use super::{Extensions, NAME, WORLDS};
    use crate::runtime::api::family::Family;

    #[test]
    fn every_world_serves_the_version_it_is_named_for() {
        let family: &dyn Family = &Extensions;
        for world in WORLDS {
            let numbers = world.name.trim_start_matches("since_v").replace('_', ".");
            let version: Version = numbers.parse().unwrap();
            assert!(
                VersionReq::parse(world.serves).unwrap().matches(&version),
                "{}",
                world.name
            );
            assert_eq!(family.select(NAME, &version).unwrap().name, world.name);
        }
    }
}
