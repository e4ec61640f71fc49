//! The kinds of project the command knows, and which files describe them.

use crate::report::Project;
use crate::{cargo, go, npm, python};

/// One kind of project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ecosystem {
    Cargo,
    Npm,
    Python,
    Go,
}

impl Ecosystem {
    pub const ALL: [Self; 4] = [Self::Cargo, Self::Npm, Self::Python, Self::Go];

    /// The argument that asks for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Npm => "npm",
            Self::Python => "python",
            Self::Go => "go",
        }
    }

    /// Its manifests; the first one that can be read counts.
    pub fn files(self) -> &'static [&'static str] {
        match self {
            Self::Cargo => &["Cargo.toml"],
            Self::Npm => &["package.json"],
            Self::Python => &["pyproject.toml", "requirements.txt"],
            Self::Go => &["go.mod"],
        }
    }

    fn parse_manifest(self, file: &'static str, text: &str) -> Result<Project, String> {
        // Some editors on Windows begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let project = match (self, file) {
            (Self::Cargo, _) => cargo::parse(text),
            (Self::Npm, _) => npm::parse(text),
            (Self::Python, "requirements.txt") => Ok(python::parse_requirements(text)),
            (Self::Python, _) => python::parse(text),
            (Self::Go, _) => Ok(go::parse(text)),
        };
        let mut project = project.map_err(|error| format!("`{file}` cannot be read: {error}"))?;
        project.file = file;
        Ok(project)
    }
}

/// The kinds that the arguments name: all of them without an argument.
pub fn parse(arguments: &[String]) -> Result<Vec<Ecosystem>, String> {
    let mut wanted = Vec::new();
    for word in arguments
        .iter()
        .flat_map(|argument| argument.split_whitespace())
    {
        let Some(&ecosystem) = Ecosystem::ALL
            .iter()
            .find(|ecosystem| ecosystem.word() == word)
        else {
            let words = Ecosystem::ALL.map(Ecosystem::word).join(", ");
            return Err(format!("`{word}` is none of {words}"));
        };
        if !wanted.contains(&ecosystem) {
            wanted.push(ecosystem);
        }
    }
    Ok(wanted)
}

/// Reads the manifests of the kinds that are wanted, or of every kind there is if none is.
///
/// A kind that was asked for by name has to be there.
pub fn read(
    wanted: &[Ecosystem],
    mut read_file: impl FnMut(&str) -> Result<String, String>,
) -> Result<Vec<Project>, String> {
    let kinds = if wanted.is_empty() {
        &Ecosystem::ALL
    } else {
        wanted
    };
    let mut projects = Vec::new();
    for kind in kinds {
        let mut failure = None;
        for &file in kind.files() {
            match read_file(file) {
                Ok(text) => {
                    projects.push(kind.parse_manifest(file, &text)?);
                    failure = None;
                    break;
                }
                Err(error) => {
                    failure = failure.or(Some(format!("`{file}` cannot be read: {error}")))
                }
            }
        }
        if let Some(failure) = failure.filter(|_| !wanted.is_empty()) {
            return Err(failure);
        }
    }
    if projects.is_empty() {
        let files: Vec<_> = Ecosystem::ALL
            .iter()
            .flat_map(|kind| kind.files())
            .copied()
            .collect();
        return Err(format!(
            "there is none of {} at the top of this folder",
            files.join(", ")
        ));
    }
    Ok(projects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &str) -> Result<String, String> {
        match path {
            "go.mod" => Ok("\u{feff}module example.org/a\n".to_owned()),
            "requirements.txt" => Ok("flask\n".to_owned()),
            _ => Err("no such file".to_owned()),
        }
    }

    #[test]
    fn without_an_argument_every_manifest_that_is_there_is_read() {
        let projects = read(&[], folder).unwrap();
        let files: Vec<_> = projects.iter().map(|project| project.file).collect();
        assert_eq!(files, ["requirements.txt", "go.mod"]);
        assert_eq!(projects[1].name.as_deref(), Some("example.org/a"));
    }

    #[test]
    fn a_kind_that_was_named_must_be_there() {
        let error = read(&[Ecosystem::Npm], folder).unwrap_err();
        assert_eq!(error, "`package.json` cannot be read: no such file");
        assert!(read(&[Ecosystem::Python], folder).is_ok());
    }

    #[test]
    fn an_empty_folder_is_told_what_was_looked_for() {
        let error = read(&[], |_| Err("no such file".to_owned())).unwrap_err();
        assert!(
            error.contains("pyproject.toml, requirements.txt, go.mod"),
            "{error}"
        );
    }

    #[test]
    fn arguments_may_come_in_one_word_or_several() {
        let wanted = parse(&["go npm".to_owned(), "go".to_owned()]).unwrap();
        assert_eq!(wanted, [Ecosystem::Go, Ecosystem::Npm]);
        assert_eq!(parse(&[String::new()]).unwrap(), []);
        assert_eq!(
            parse(&["maven".to_owned()]).unwrap_err(),
            "`maven` is none of cargo, npm, python, go"
        );
    }
}
