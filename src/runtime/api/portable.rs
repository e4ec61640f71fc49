//! The portable form of a world: the same functions, with the resources that the world imports at its
//! root moved into an interface, where every language's generator can bind them.
//!
//! It is made from the texts of this program's own `wit/`, whose layout a test holds: a resource of a
//! world begins and ends in the fifth column, and each of its functions is a line.

/// The interface that the resources are moved into.
pub(super) const INTERFACE: &str = "host";

/// How a resource begins.
const RESOURCE: &str = "    resource ";

/// How it ends.
const END: &str = "    }";

/// A resource: its name, and its lines from the first to the last.
struct Resource<'a> {
    name: &'a str,
    lines: Vec<&'a str>,
}

/// Whether a text has the world of a name.
pub(super) fn declares(text: &str, name: &str) -> bool {
    text.lines().any(|line| line == beginning(name))
}

/// How a world begins.
fn beginning(name: &str) -> String {
    format!("world {name} {{")
}

/// The world without its resources, and the interface with as many of its resources and functions as the
/// world has; `None` where the world has none of them, and so is portable as it is.
pub(super) fn compose(world: &str, name: &str, interface: &str) -> Option<(String, String)> {
    let own = resources(world);
    let mut moved = resources(interface);
    moved.retain(|resource| own.iter().any(|own| own.name == resource.name));
    if moved.is_empty() {
        return None;
    }
    Some((
        without(world, name, &moved),
        reduced(interface, &moved, &own),
    ))
}

fn resources(text: &str) -> Vec<Resource<'_>> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let name = line
            .strip_prefix(RESOURCE)
            .and_then(|it| it.strip_suffix(" {"));
        if let Some(name) = name {
            let mut block = vec![line];
            block.extend(lines.by_ref().take_while(|line| *line != END));
            block.push(END);
            found.push(Resource { name, lines: block });
        }
    }
    found
}

/// The world, which uses the interface's resources in the place of its own.
fn without(world: &str, name: &str, moved: &[Resource<'_>]) -> String {
    let names: Vec<&str> = moved.iter().map(|resource| resource.name).collect();
    let beginning = beginning(name);
    let mut text = String::new();
    let mut is_inside = false;
    for line in world.lines() {
        is_inside |= moved
            .iter()
            .any(|resource| resource.lines.first() == Some(&line));
        if !is_inside {
            text.push_str(line);
            text.push('\n');
        }
        if line == beginning {
            text.push_str(&format!(
                "    use {INTERFACE}.{{{}}};\n\n",
                names.join(", ")
            ));
        }
        is_inside &= line != END;
    }
    text
}

/// The interface, with the resources and functions that the world has.
fn reduced(interface: &str, moved: &[Resource<'_>], own: &[Resource<'_>]) -> String {
    let beginning = interface.split_once(RESOURCE).map_or("", |(it, _)| it);
    let function = |line: &str| line.split_once(": func(").map(|(name, _)| name.to_owned());
    let blocks = moved.iter().map(|resource| {
        let there: Vec<String> = (own.iter())
            .filter(|own| own.name == resource.name)
            .flat_map(|own| own.lines.iter().filter_map(|line| function(line)))
            .collect();
        let lines = resource.lines.iter();
        let kept = lines.filter(|line| function(line).is_none_or(|name| there.contains(&name)));
        kept.map(|line| format!("{line}\n")).collect::<String>()
    });
    let blocks: Vec<String> = blocks.collect();
    format!("{beginning}{}}}\n", blocks.join("\n"))
}
