//! The author of an extension.

use std::{fmt, path::Path, str::FromStr};

use annexe::check::PLACEHOLDER_AUTHOR;

use super::git;

/// A name and an address, as manifests have them: `Ada Lovelace <ada@example.org>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The user's name.
    pub name: String,
    mail: String,
}

impl Author {
    /// The author who works in a folder, as git knows; and what has been made up where git does not.
    pub fn from_git(folder: &Path) -> (Self, Option<String>) {
        let name = git::configured(folder, "user.name");
        let mail = git::configured(folder, "user.email");
        let known = Self::new(name.as_deref(), mail.as_deref());
        if let (Some(author), true) = (&known, name.is_some() && mail.is_some()) {
            return (author.clone(), None);
        }
        let author = known.unwrap_or_else(|| Self {
            name: PLACEHOLDER_AUTHOR.0.into(),
            mail: PLACEHOLDER_AUTHOR.1.into(),
        });
        let note = format!(
            "`{author}` is a placeholder: set `authors` in extension.toml, and the name in LICENSE"
        );
        (author, Some(note))
    }

    /// An author of whom a part may not be known; `None` where what is known cannot be written so.
    fn new(name: Option<&str>, mail: Option<&str>) -> Option<Self> {
        let (name, mail) = (
            name.unwrap_or(PLACEHOLDER_AUTHOR.0),
            mail.unwrap_or(PLACEHOLDER_AUTHOR.1),
        );
        format!("{name} <{mail}>").parse().ok()
    }
}

impl fmt::Display for Author {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} <{}>", self.name, self.mail)
    }
}

impl FromStr for Author {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write a name and a mail address: `Ada Lovelace <ada@example.org>`";
        let (name, rest) = text.split_once('<').ok_or(FORM)?;
        let mail = rest.trim_end().strip_suffix('>').ok_or(FORM)?;
        let name = name.trim();
        let is_mail = mail
            .split_once('@')
            .is_some_and(|(user, server)| !user.is_empty() && !server.is_empty());
        let is_one =
            !mail.contains(|character| is_separator(character) || matches!(character, '<' | '>'));
        if name.is_empty() || !is_mail || !is_one {
            return Err(FORM);
        }
        Ok(Self {
            name: name.to_owned(),
            mail: mail.to_owned(),
        })
    }
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_a_name_and_a_mail_address() {
        for text in [
            "Ada Lovelace <ada@example.org>",
            "\"Ada\\\" 王 <a@b>",
            "A\nB <a@b>",
        ] {
            let author: Author = text.parse().unwrap();
            assert_eq!(author.to_string(), text);
        }
        for text in [
            "",
            "Ada",
            "<ada@example.org>",
            " <ada@example.org>",
            "Ada <>",
            "Ada <ada>",
            "Ada <@b>",
            "Ada <a@>",
            "Ada <a@b> of London",
            "Ada <a@b\n>",
            "Ada <<a@b>>",
        ] {
            assert!(text.parse::<Author>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_of_an_author_is_made_up() {
        let author = |name, mail| Author::new(name, mail).map(|author| author.to_string());
        assert_eq!(author(Some("Ada"), None).unwrap(), "Ada <you@example.com>");
        assert_eq!(author(None, Some("a@b")).unwrap(), "Your Name <a@b>");
        assert_eq!(author(Some("Ada <of> London"), Some("a@b")), None);
    }
}
