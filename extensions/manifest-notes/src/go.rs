//! `go.mod`.

use crate::report::{Entry, Project};

/// Reads the modules a module requires, directly and indirectly, its tools, and what is replaced.
pub fn parse(text: &str) -> Project {
    let mut project = Project::default();
    let mut direct = Vec::new();
    let mut indirect = Vec::new();
    let mut tools = Vec::new();
    let mut replaced = Vec::new();
    let mut block = None;
    for line in text.lines() {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let mut words: Vec<_> = code.split_whitespace().map(unquoted).collect();
        if words == [")"] {
            block = None;
            continue;
        }
        let verb = match block {
            Some(verb) => verb,
            None if words.is_empty() => continue,
            None => words.remove(0),
        };
        match (verb, words.as_slice()) {
            (verb, ["("]) => block = Some(verb),
            // `verb(` may be written without a space.
            (verb, []) if verb.ends_with('(') => block = Some(verb.trim_end_matches('(')),
            ("module", [path]) => project.name = Some((*path).to_owned()),
            ("require", [path, version]) => {
                let is_indirect = comment.trim_start().strip_prefix("indirect");
                let is_indirect =
                    is_indirect.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
                let list = if is_indirect {
                    &mut indirect
                } else {
                    &mut direct
                };
                list.push(Entry::new(*path, *version));
            }
            ("tool", [path]) => tools.push(Entry::new(*path, "")),
            ("replace", words) => {
                let arrow = words.iter().position(|word| *word == "=>");
                if let Some((old, new)) =
                    arrow.and_then(|at| Some((words.get(..at)?, words.get(at + 1..)?)))
                {
                    replaced.push(Entry::new(old.join(" "), format!("by {}", new.join(" "))));
                }
            }
            _ => {}
        }
    }
    project.add("direct", direct);
    project.add("indirect", indirect);
    project.add("tools", tools);
    project.add("replaced", replaced);
    project
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_single_lines_are_read() {
        let project = parse(
            "module \"example.org/a\" // Deprecated: use b\n\ngo 1.24\ntoolchain go1.24.1\n\n\
             require example.org/one v1.0.0\n\nrequire (\n\texample.org/two v2.0.0+incompatible\n\n\t// a comment\n\
             \texample.org/three v0.0.0-20240101000000-abcdef // indirect\n)\n\n\
             tool example.org/tool/cmd\n\nexclude example.org/bad v1.0.0\n\
             replace example.org/one v1.0.0 => ../one\nreplace(\n\tx => example.org/y v1.2.3\n)\n",
        );
        assert_eq!(project.name.as_deref(), Some("example.org/a"));
        let groups: Vec<_> = project
            .groups
            .iter()
            .map(|group| (group.name.as_str(), group.entries.as_slice()))
            .collect();
        assert_eq!(
            groups,
            [
                (
                    "direct",
                    &[
                        Entry::new("example.org/one", "v1.0.0"),
                        Entry::new("example.org/two", "v2.0.0+incompatible")
                    ][..]
                ),
                (
                    "indirect",
                    &[Entry::new(
                        "example.org/three",
                        "v0.0.0-20240101000000-abcdef"
                    )]
                ),
                ("tools", &[Entry::new("example.org/tool/cmd", "")]),
                (
                    "replaced",
                    &[
                        Entry::new("example.org/one v1.0.0", "by ../one"),
                        Entry::new("x", "by example.org/y v1.2.3"),
                    ]
                ),
            ]
        );
    }

    #[test]
    fn odd_text_does_not_panic() {
        assert!(parse("(\n)\n=>\nreplace =>\nrequire\n\"").groups.len() <= 1);
    }
}
