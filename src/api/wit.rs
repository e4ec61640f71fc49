//! The WIT text of every world, as this program was built with it.

use rust_embed::RustEmbed;

use crate::component_type::{ComponentType, WitError};

#[derive(RustEmbed)]
#[folder = "wit/"]
#[include = "*.wit"]
struct Texts;

/// The type of a world, whose files are in a folder below `wit/`: `extension/since_v0.6.0`.
pub(super) fn component_type(folder: &str, world: &str) -> Result<ComponentType, WitError> {
    let folder = format!("{folder}/");
    let names: Vec<_> = Texts::iter()
        .filter(|name| name.starts_with(&folder))
        .collect();
    let texts: Vec<_> = names.iter().filter_map(|name| Texts::get(name)).collect();
    let files = names
        .iter()
        .zip(&texts)
        .filter_map(|(name, file)| Some((name.as_ref(), std::str::from_utf8(&file.data).ok()?)));
    ComponentType::of_world(files, world)
}
