//! `package.json`.

use zed_extension_api::serde_json::{self, Value};

use crate::report::{Entry, Project};

/// Reads the dependencies of each kind.
pub fn parse(text: &str) -> Result<Project, String> {
    let manifest: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut project = Project {
        name: manifest
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_owned),
        ..Project::default()
    };
    for kind in [
        "dependencies",
        "devDependencies",
        "peerDependencies",
        "optionalDependencies",
    ] {
        let table = manifest.get(kind).and_then(Value::as_object);
        let entries = table.into_iter().flatten().map(|(name, version)| {
            let version = version.as_str().unwrap_or_default();
            let is_optional = kind == "peerDependencies" && is_optional_peer(&manifest, name);
            Entry::new(
                name,
                if is_optional {
                    format!("{version} (optional)")
                } else {
                    version.to_owned()
                },
            )
        });
        project.add(kind, entries.collect());
    }
    Ok(project)
}

fn is_optional_peer(manifest: &Value, name: &str) -> bool {
    let optional = manifest
        .get("peerDependenciesMeta")
        .and_then(|peers| peers.get(name)?.get("optional")?.as_bool());
    optional == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_becomes_a_group() {
        let project = parse(
            r#"{"name": "@scope/sample", "devDependencies": {"vite": "^5", "alias": "npm:other@1"},
                "dependencies": {"react": ">=18"}, "scripts": {"a": "b"},
                "peerDependencies": {"x": "1", "y": "2"}, "peerDependenciesMeta": {"y": {"optional": true}}}"#,
        )
        .unwrap();
        assert_eq!(project.name.as_deref(), Some("@scope/sample"));
        let names: Vec<_> = project
            .groups
            .iter()
            .map(|group| group.name.as_str())
            .collect();
        assert_eq!(
            names,
            ["dependencies", "devDependencies", "peerDependencies"]
        );
        assert_eq!(
            project.groups[1].entries[0],
            Entry::new("alias", "npm:other@1")
        );
        assert_eq!(
            project.groups[2].entries[1],
            Entry::new("y", "2 (optional)")
        );
    }

    #[test]
    fn broken_text_and_odd_shapes_do_not_panic() {
        assert!(parse("{").is_err());
        assert!(parse("[]").unwrap().groups.is_empty());
        assert!(
            parse(r#"{"dependencies": ["a"], "name": 3}"#)
                .unwrap()
                .groups
                .is_empty()
        );
    }
}
