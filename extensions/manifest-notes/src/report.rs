//! The Markdown that the command answers with.

use std::ops::Range;

/// What one manifest says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Project {
    pub file: &'static str,
    pub name: Option<String>,
    pub groups: Vec<Group>,
}

/// Dependencies of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub entries: Vec<Entry>,
}

/// One dependency: its name, and what else is said about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub detail: String,
}

impl Entry {
    pub fn new(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            detail: detail.into(),
        }
    }
}

impl Project {
    /// Adds a group unless it has no entries.
    pub fn add(&mut self, name: impl Into<String>, entries: Vec<Entry>) {
        if !entries.is_empty() {
            self.groups.push(Group {
                name: name.into(),
                entries,
            });
        }
    }
}

/// A text and its sections, each a range of bytes with a label.
#[derive(Debug, Default)]
pub struct Report {
    pub text: String,
    pub sections: Vec<(Range<usize>, String)>,
}

/// Writes a heading for each project, and a list for each of its groups.
pub fn write(projects: &[Project]) -> Report {
    let mut report = Report::default();
    for project in projects {
        if !report.text.is_empty() {
            report.text.push('\n');
        }
        let name = project
            .name
            .as_deref()
            .map_or_else(String::new, |name| format!(" of {}", one_line(name)));
        report
            .text
            .push_str(&format!("# Dependencies{name} ({})\n", project.file));
        if project.groups.is_empty() {
            report.text.push_str("\nIt declares none.\n");
        }
        for group in &project.groups {
            report.text.push('\n');
            let start = report.text.len();
            let name = one_line(&group.name);
            report.text.push_str(&format!("## {name}\n\n"));
            for entry in &group.entries {
                report.text.push_str(&format!(
                    "- `{}` {}",
                    one_line(&entry.name),
                    one_line(&entry.detail)
                ));
                report.text.truncate(report.text.trim_end().len());
                report.text.push('\n');
            }
            let label = format!("{}: {name} ({})", project.file, group.entries.len());
            // The last line feed parts it from what follows.
            report.sections.push((start..report.text.len() - 1, label));
        }
    }
    report
}

/// Keeps a name that was written with line breaks from breaking the list.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_byte_ranges_of_the_text() {
        let mut project = Project {
            file: "go.mod",
            name: Some("über".to_owned()),
            groups: Vec::new(),
        };
        project.add("direct", vec![Entry::new("ä", "1"), Entry::new("b\nc", "")]);
        project.add("none", Vec::new());
        project.add("indirect", vec![Entry::new("d", "2")]);
        let report = write(&[project]);
        assert_eq!(
            report.text,
            "# Dependencies of über (go.mod)\n\n## direct\n\n- `ä` 1\n- `b c`\n\n## indirect\n\n- `d` 2\n"
        );
        let parts: Vec<_> = report
            .sections
            .iter()
            .map(|(range, label)| (&report.text[range.clone()], label.as_str()))
            .collect();
        assert_eq!(
            parts,
            [
                ("## direct\n\n- `ä` 1\n- `b c`", "go.mod: direct (2)"),
                ("## indirect\n\n- `d` 2", "go.mod: indirect (1)"),
            ]
        );
    }

    #[test]
    fn a_project_without_dependencies_says_so() {
        let project = Project {
            file: "Cargo.toml",
            ..Project::default()
        };
        let report = write(&[project]);
        assert_eq!(
            report.text,
            "# Dependencies (Cargo.toml)\n\nIt declares none.\n"
        );
        assert!(report.sections.is_empty());
    }
}
