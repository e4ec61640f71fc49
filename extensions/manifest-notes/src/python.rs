//! `pyproject.toml` and `requirements.txt`.

use toml::{Table, Value};

use crate::report::{Entry, Project};

/// Reads the project's dependencies and extras, its dependency groups, Poetry's tables and what the build needs.
pub fn parse(text: &str) -> Result<Project, String> {
    let manifest: Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let manifest = Value::Table(manifest);
    let poetry = at(&manifest, &["tool", "poetry"]);
    let name = at(&manifest, &["project", "name"]).or_else(|| poetry?.get("name"));
    let mut project = Project {
        name: name.and_then(Value::as_str).map(str::to_owned),
        ..Project::default()
    };
    project.add(
        "dependencies",
        listed(at(&manifest, &["project", "dependencies"])),
    );
    for (extra, list) in table(at(&manifest, &["project", "optional-dependencies"])) {
        project.add(format!("optional: {extra}"), listed(Some(list)));
    }
    for (group, list) in table(at(&manifest, &["dependency-groups"])) {
        project.add(format!("group: {group}"), listed(Some(list)));
    }
    if let Some(poetry) = poetry {
        project.add(
            "poetry dependencies",
            constrained(poetry.get("dependencies")),
        );
        project.add(
            "poetry group: dev",
            constrained(poetry.get("dev-dependencies")),
        );
        for (group, content) in table(poetry.get("group")) {
            project.add(
                format!("poetry group: {group}"),
                constrained(content.get("dependencies")),
            );
        }
    }
    project.add(
        "build requirements",
        listed(at(&manifest, &["build-system", "requires"])),
    );
    Ok(project)
}

/// Reads the lines of a requirements file, joined where a line ends in `\`.
pub fn parse_requirements(text: &str) -> Project {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut project = Project::default();
    project.add(
        "requirements",
        joined.lines().filter_map(required).collect(),
    );
    project
}

/// One line of a requirements file. A comment begins a line, or follows a space.
fn required(line: &str) -> Option<Entry> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let line = line.find(" #").map_or(line, |end| &line[..end]).trim_end();
    if let Some(option) = line.strip_prefix('-') {
        let (option, value) = option.split_once([' ', '=']).unwrap_or((option, ""));
        return match option.trim_start_matches('-') {
            "r" | "requirement" => Some(Entry::new(value.trim(), "(another file)")),
            "e" | "editable" => Some(Entry::new(value.trim(), "(editable)")),
            _ => None,
        };
    }
    // What an option says of one requirement, such as its hashes, is of no interest here.
    Some(specifier(
        line.split(" --").next().unwrap_or(line).trim_end(),
    ))
}

/// Parts a name from what follows it: extras, versions, a marker or an address.
fn specifier(text: &str) -> Entry {
    let text = text.trim();
    let end =
        text.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '.' | '_' | '-'));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    // A bare path or address has no name of its own.
    if name.is_empty() || rest.starts_with([':', '/', '\\']) {
        return Entry::new(text, "");
    }
    Entry::new(name, rest.trim())
}

/// A list of specifiers; a group may include another one.
fn listed(list: Option<&Value>) -> Vec<Entry> {
    let items = list.and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|item| match item {
            Value::String(text) => Some(specifier(text)),
            Value::Table(table) => {
                let group = table.get("include-group")?.as_str()?;
                Some(Entry::new(group, "(another group)"))
            }
            _ => None,
        })
        .collect()
}

/// A table of Poetry's: a name, then one constraint or several.
fn constrained(dependencies: Option<&Value>) -> Vec<Entry> {
    table(dependencies)
        // The language itself stands among them.
        .filter(|(name, _)| name.as_str() != "python")
        .map(|(name, value)| match value {
            Value::Array(choices) => {
                let choices: Vec<_> = choices.iter().map(constraint).collect();
                Entry::new(name, choices.join(" or "))
            }
            value => Entry::new(name, constraint(value)),
        })
        .collect()
}

fn constraint(value: &Value) -> String {
    let Some(table) = value.as_table() else {
        return value.as_str().unwrap_or_default().to_owned();
    };
    let mut notes = Vec::new();
    for key in [
        "git", "branch", "tag", "rev", "path", "url", "file", "python", "markers", "platform",
        "source",
    ] {
        notes.extend(
            table
                .get(key)
                .and_then(Value::as_str)
                .map(|text| format!("{key} {text}")),
        );
    }
    let extras = table.get("extras").and_then(Value::as_array);
    let extras: Vec<_> = extras
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !extras.is_empty() {
        notes.push(format!("extras {}", extras.join(", ")));
    }
    if table.get("optional").and_then(Value::as_bool) == Some(true) {
        notes.push("optional".to_owned());
    }
    let version = table
        .get("version")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if notes.is_empty() {
        return version.to_owned();
    }
    format!("{version} ({})", notes.join("; "))
        .trim_start()
        .to_owned()
}

fn at<'value>(value: &'value Value, path: &[&str]) -> Option<&'value Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn table(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_table).into_iter().flatten()
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
    fn the_standard_tables_are_read() {
        let project = parse(
            r#"
            [build-system]
            requires = ["hatchling>=1.9"]
            [project]
            name = "sample"
            dependencies = ["requests[socks] >=2.8, <3 ; python_version > '3.8'", "pip @ https://example.org/pip.whl", "rich"]
            [project.optional-dependencies]
            docs = ["sphinx~=7.0"]
            [dependency-groups]
            test = ["pytest", {include-group = "lint"}]
            "#,
        )
        .unwrap();
        assert_eq!(project.name.as_deref(), Some("sample"));
        assert_eq!(
            lines(&project),
            [
                "dependencies: requests [socks] >=2.8, <3 ; python_version > '3.8'",
                "dependencies: pip @ https://example.org/pip.whl",
                "dependencies: rich ",
                "optional: docs: sphinx ~=7.0",
                "group: test: pytest ",
                "group: test: lint (another group)",
                "build requirements: hatchling >=1.9",
            ]
        );
    }

    #[test]
    fn poetrys_tables_are_read_without_the_language() {
        let project = parse(
            r#"
            [tool.poetry]
            name = "old"
            [tool.poetry.dependencies]
            python = "^3.9"
            flask = { version = "^2", extras = ["async"], optional = true }
            numpy = [{ version = "1.26", python = "<3.12" }, { version = "2", python = ">=3.12" }]
            [tool.poetry.group.test.dependencies]
            pytest = "^8"
            "#,
        )
        .unwrap();
        assert_eq!(project.name.as_deref(), Some("old"));
        assert_eq!(
            lines(&project),
            [
                "poetry dependencies: flask ^2 (extras async; optional)",
                "poetry dependencies: numpy 1.26 (python <3.12) or 2 (python >=3.12)",
                "poetry group: test: pytest ^8",
            ]
        );
    }

    #[test]
    fn a_requirements_file_may_have_comments_options_and_long_lines() {
        let project = parse_requirements(
            "# a comment\n-r base.txt\n--index-url https://example.org\n-e ./here\nflask==2.0 \\\n    --hash=sha256:ab\n\
             requests>=2 # why\nhttps://example.org/a.whl#egg=a\nuvicorn[standard]\r\n",
        );
        assert_eq!(
            lines(&project),
            [
                "requirements: base.txt (another file)",
                "requirements: ./here (editable)",
                "requirements: flask ==2.0",
                "requirements: requests >=2",
                "requirements: https://example.org/a.whl#egg=a ",
                "requirements: uvicorn [standard]",
            ]
        );
    }

    #[test]
    fn broken_text_and_odd_shapes_do_not_panic() {
        assert!(parse("[project").is_err());
        assert!(
            parse("project = 1\ntool = [2]\ndependency-groups = 'x'")
                .unwrap()
                .groups
                .is_empty()
        );
        assert_eq!(specifier("é").name, "é");
        assert!(parse_requirements("-\n--\n#").groups.is_empty());
    }
}
