//! The WIT text of every world, as this program was built with it.

use std::fmt;

use rust_embed::RustEmbed;
use semver::Version;
use serde::Serialize;

use super::{families::Families, family::World, interfaces::Interfaces, portable};
use crate::package::{
    component_type::{ComponentType, WitError},
    version::UnsupportedApi,
};

#[derive(RustEmbed)]
#[folder = "wit/"]
#[include = "*.wit"]
struct Texts;

/// The form in which a world is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Form {
    /// As the published crate has it, with resources at the root of the world.
    #[default]
    Plain,
    /// With the same resources in an interface `host`: some languages' generators can bind them only
    /// there. A component that is made from it runs like any other. A world without such resources is the
    /// same in both forms.
    Portable,
}

/// A world in WIT: the files of its package, sorted by name. Shown, it is one text with all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Wit {
    /// The world's name.
    pub world: &'static str,
    /// The files.
    pub files: Vec<WitFile>,
}

/// One file of a WIT package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WitFile {
    /// Its name: `lsp.wit`.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// The world that serves an API version, of the first default family that has such in WIT, for the toolchains
/// that generate bindings from it.
///
/// # Errors
/// An [`UnsupportedApi`] that names what this host serves instead.
pub fn wit(api: &Version, form: Form) -> Result<Wit, UnsupportedApi> {
    let families = Families::default();
    let mut refused = Err(UnsupportedApi::Family {
        family: families.names().collect::<Vec<_>>().join("`, `"),
    });
    for family in families.all() {
        let Some(interfaces) = family.interfaces() else {
            continue;
        };
        match family.serving(api) {
            Ok(world) => return Ok(of(interfaces, world, form)),
            Err(error) => refused = Err(error),
        }
    }
    refused
}

fn of(interfaces: &Interfaces, world: &World, form: Form) -> Wit {
    let mut files = files(&format!("{}/", interfaces.folder(world)));
    if form == Form::Portable {
        make_portable(&mut files, interfaces, world);
    }
    Wit {
        world: world.role,
        files,
    }
}

fn make_portable(files: &mut Vec<WitFile>, interfaces: &Interfaces, world: &World) {
    let (family, folder) = (interfaces.family, interfaces.portable);
    let name = format!("{}.wit", portable::INTERFACE);
    let beside = self::files(&format!("{family}/{folder}/"));
    let host = beside.into_iter().find(|file| file.name == name);
    let file = (files.iter_mut()).find(|file| portable::declares(&file.text, world.role));
    let (Some(mut host), Some(file)) = (host, file) else {
        return;
    };
    if let Some((text, interface)) = portable::compose(&file.text, world.role, &host.text) {
        file.text = text;
        host.text = interface;
        files.push(host);
        files.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

impl fmt::Display for Wit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One file says which package it is, and that must come first.
        let is_package = |line: &&str| line.starts_with("package ");
        let mut packages = self.files.iter().flat_map(|file| file.text.lines());
        formatter.write_str(packages.find(is_package).unwrap_or_default())?;
        for file in &self.files {
            formatter.write_str("\n\n")?;
            let rest: Vec<&str> = file.text.lines().filter(|line| !is_package(line)).collect();
            formatter.write_str(rest.join("\n").trim())?;
        }
        formatter.write_str("\n")
    }
}

/// The type of a world, whose files are in a folder below `wit/`: `extension/since_v0.6.0`.
pub(super) fn component_type(folder: &str, world: &str) -> Result<ComponentType, WitError> {
    let files = files(&format!("{folder}/"));
    let texts = files.iter().map(|file| (&*file.name, &*file.text));
    ComponentType::of_world(texts, world)
}

/// The files of a folder below `wit/`, whose name ends with a slash.
fn files(folder: &str) -> Vec<WitFile> {
    let mut files: Vec<WitFile> = Texts::iter()
        .filter_map(|path| {
            let name = path.strip_prefix(folder)?.to_owned();
            let data = Texts::get(&path)?.data.into_owned();
            let text = String::from_utf8(data).ok()?;
            Some(WitFile { name, text })
        })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}
