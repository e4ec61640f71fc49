//! The recognition of lockfiles: a lockfile of ours is told from any other text that it might overwrite.

/// How a lockfile that we have written begins.
pub(super) const MARK: &str = "# Written by annexe;";

/// Whether a text that cannot be read as a lockfile was one, such as two versions of it side by side as Git
/// leaves them, or nothing at all: whoever writes over it destroys nothing else.
pub(super) fn was_lockfile(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !is_marker(line)).peekable();
    if lines.peek().is_none_or(|first| first.starts_with(MARK)) {
        return true;
    }
    let mut lines = lines.filter(|line| !line.trim_start().starts_with('#'));
    // The version, and then extensions alone.
    let is_version = |line: &str| {
        let number = line.strip_prefix("version = ");
        number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if !lines.next().is_some_and(is_version) {
        return false;
    }
    let mut is_inside = false;
    lines.all(|line| {
        if line.starts_with('[') {
            is_inside = line == "[[extension]]" || line.starts_with("[[extension.");
            return is_inside;
        }
        is_version(line) || (is_inside && line.contains(" = "))
    })
}

/// Nothing, or one of the lines that Git puts between two versions of a file.
fn is_marker(line: &str) -> bool {
    let marks = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];
    line.trim().is_empty() || marks.iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_anybody_elses_passes_for_a_lockfile() {
        for text in [
            "",
            "\n",
            "<<<<<<< ours\nversion = 1\n",
            "# Written by annexe; what follows is broken\nversion =",
            "version = 1\n\n[[extension]]\nid = \"a\"\n<<<<<<< ours\nversion = \"1.0.0\"\n=======\nversion = \"1.1.0\"\n>>>>>>> theirs\n",
            "version = 1\n<<<<<<< ours\n[[extension]]\nid = \"a\"\n\n[[extension.download]]\nurl = \"x\"\n=======\n>>>>>>> theirs\n",
        ] {
            assert!(was_lockfile(text), "{text}");
        }
        for text in [
            "buy milk\n",
            "version = 1\nbuy milk\n",
            "version = 1\nname = \"x\"\n",
            "version = 4\n<<<<<<< ours\n[[package]]\nname = \"a\"\n",
            "# Cargo's\nversion = 3\n\n[[package]]\n",
            "[package]\nversion = 1\n",
            "\u{0}",
            "version = one\n",
        ] {
            assert!(!was_lockfile(text), "{text}");
        }
    }
}
