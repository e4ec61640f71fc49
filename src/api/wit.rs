//! The WIT text of every world, as this program was built with it.

use rust_embed::RustEmbed;

use crate::component_type::{ComponentType, WitError};

#[derive(RustEmbed)]
#[folder = "wit/"]
#[include = "*.wit"]
struct Texts;

/// The type of a world, whose files are in a family's folder: `since_v0_6_0` is in `since_v0.6.0`.
pub(super) fn component_type(
    family: &str,
    module: &str,
    world: &str,
) -> Result<ComponentType, WitError> {
    let folder = format!(
        "{family}/{}/",
        module.replace('_', ".").replace("since.v", "since_v")
    );
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
