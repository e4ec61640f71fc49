//! The name of a function or a resource, with the interface it belongs to.

use std::fmt;

/// A function's or resource's name, with its interface; sorted by interfaces, then names, what
/// stands at the root first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionName {
    /// The interface: `zed:extension/github`; `None` at the root.
    pub interface: Option<String>,
    /// The name there, as components have it: `download-file`, `[method]worktree.which`.
    pub name: String,
}

impl FunctionName {
    /// A name at the root of a component or a world.
    pub fn at_root(name: impl Into<String>) -> Self {
        Self {
            interface: None,
            name: name.into(),
        }
    }

    /// A name in an interface.
    pub fn of(interface: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            interface: Some(interface.into()),
            name: name.into(),
        }
    }

    /// The name without its interface, a method with its resource: `which` of a worktree is
    /// `worktree.which`.
    pub fn bare(&self) -> &str {
        self.name
            .strip_prefix('[')
            .and_then(|name| name.split_once(']'))
            .map_or(&self.name, |(_, name)| name)
    }

    /// As people write it who know which package is meant: `github.latest-github-release`,
    /// `worktree.which`; whole, where it is of another package.
    pub fn within(&self, package: &str) -> String {
        let local = (self.interface.as_deref())
            .and_then(|interface| interface.strip_prefix(package)?.strip_prefix('/'));
        match local {
            Some(local) => format!("{local}.{}", self.bare()),
            None => self.to_string(),
        }
    }

    /// The package of its interface, without a version: `zed:extension`; `None` at the root.
    pub fn package(&self) -> Option<&str> {
        let interface = self.interface.as_deref()?;
        Some(
            interface
                .split_once('/')
                .map_or(interface, |(package, _)| package),
        )
    }
}

impl fmt::Display for FunctionName {
    /// The interface with its package, a dot, and the bare name.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(interface) = &self.interface {
            write!(formatter, "{interface}.")?;
        }
        formatter.write_str(self.bare())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_people_write_them() {
        let table = [
            (FunctionName::at_root("download-file"), "download-file"),
            (
                FunctionName::at_root("[method]worktree.which"),
                "worktree.which",
            ),
            (
                FunctionName::of("zed:extension/github", "latest"),
                "github.latest",
            ),
            (
                FunctionName::of(
                    "zed:extension/http-client",
                    "[method]http-response-stream.next-chunk",
                ),
                "http-client.http-response-stream.next-chunk",
            ),
            (
                FunctionName::of("wasi:nn/graph@0.2.0", "load"),
                "wasi:nn/graph@0.2.0.load",
            ),
            (FunctionName::at_root("[odd"), "[odd"),
        ];
        for (name, shown) in table {
            assert_eq!(name.within("zed:extension"), shown);
        }
    }
}
