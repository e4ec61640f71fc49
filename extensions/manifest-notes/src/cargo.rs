//! `Cargo.toml`.

use toml::{Table, Value};

use crate::report::{Entry, Project};

const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Reads the dependencies of a package, of each of its targets, and of a workspace.
pub fn parse(text: &str) -> Result<Project, String> {
    let manifest: Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let mut project = Project {
        name: text_at(&manifest, "package", "name"),
        ..Project::default()
    };
    for kind in KINDS {
        project.add(kind, entries(manifest.get(kind)));
    }
    let targets = manifest.get("target").and_then(Value::as_table);
    for (target, tables) in targets.into_iter().flatten() {
        for kind in KINDS {
            project.add(format!("{kind} for {target}"), entries(tables.get(kind)));
        }
    }
    let shared = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"));
    project.add("workspace dependencies", entries(shared));
    Ok(project)
}

fn text_at(manifest: &Table, table: &str, key: &str) -> Option<String> {
    manifest.get(table)?.get(key)?.as_str().map(str::to_owned)
}

fn entries(dependencies: Option<&Value>) -> Vec<Entry> {
    let table = dependencies.and_then(Value::as_table);
    table
        .into_iter()
        .flatten()
        .map(|(name, value)| Entry::new(name, detail(value)))
        .collect()
}

/// A version, then in brackets all that is out of the ordinary.
fn detail(value: &Value) -> String {
    let Some(table) = value.as_table() else {
        return value.as_str().unwrap_or_default().to_owned();
    };
    let text = |key: &str| table.get(key).and_then(Value::as_str);
    let flag = |key: &str| table.get(key).and_then(Value::as_bool);
    let mut notes = Vec::new();
    if flag("workspace") == Some(true) {
        notes.push("from the workspace".to_owned());
    }
    for key in ["package", "path", "git", "branch", "tag", "rev", "registry"] {
        notes.extend(text(key).map(|value| format!("{key} {value}")));
    }
    if flag("optional") == Some(true) {
        notes.push("optional".to_owned());
    }
    if flag("default-features") == Some(false) {
        notes.push("no default features".to_owned());
    }
    let features = table.get("features").and_then(Value::as_array);
    let features: Vec<_> = features
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !features.is_empty() {
        notes.push(format!("features {}", features.join(", ")));
    }
    let version = text("version").unwrap_or_default();
    if notes.is_empty() {
        return version.to_owned();
    }
    format!("{version} ({})", notes.join("; "))
        .trim_start()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(project: &Project) -> Vec<String> {
        let groups = project.groups.iter();
        groups
            .flat_map(|group| {
                group
                    .entries
                    .iter()
                    .map(|entry| format!("{}: {} {}", group.name, entry.name, entry.detail))
            })
            .collect()
    }

    #[test]
    fn every_way_to_write_a_dependency_is_read() {
        let project = parse(
            r#"
            [package]
            name = "sample"
            [dependencies]
            log = "0.4"
            serde = { version = "1", default-features = false, features = ["derive", "rc"], optional = true }
            anyhow.workspace = true
            [dependencies.mine]
            package = "other"
            git = "https://example.org/other"
            rev = "abc"
            [dev-dependencies]
            helper = { path = "../helper" }
            [target.'cfg(unix)'.dependencies]
            libc = "0.2"
            "#,
        )
        .unwrap();
        assert_eq!(project.name.as_deref(), Some("sample"));
        assert_eq!(
            lines(&project),
            [
                "dependencies: anyhow (from the workspace)",
                "dependencies: log 0.4",
                "dependencies: mine (package other; git https://example.org/other; rev abc)",
                "dependencies: serde 1 (optional; no default features; features derive, rc)",
                "dev-dependencies: helper (path ../helper)",
                "dependencies for cfg(unix): libc 0.2",
            ]
        );
    }

    #[test]
    fn a_virtual_workspace_has_shared_dependencies_and_no_name() {
        let project =
            parse("[workspace]\nmembers = []\n[workspace.dependencies]\nlog = \"0.4\"\n").unwrap();
        assert_eq!(project.name, None);
        assert_eq!(lines(&project), ["workspace dependencies: log 0.4"]);
    }

    #[test]
    fn broken_text_and_odd_shapes_do_not_panic() {
        assert!(parse("[dependencies").is_err());
        assert!(
            parse("dependencies = 3\ntarget = 4\npackage = []")
                .unwrap()
                .groups
                .is_empty()
        );
    }
}
