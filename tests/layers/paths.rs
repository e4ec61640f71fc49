//! The paths that a source file uses, read from its text.

/// The paths from the crate's root, or from another crate's, that the file of `module` names in its code: those of
/// `use` declarations, each name of a group for itself, and those that stand within other code. A glob ends with `*`;
/// how far a name can be seen, such as `pub(crate)`, is no path.
pub fn used(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let code = code(text);
    let mut found = Vec::new();
    let mut depths = Depths::default();
    let mut rest = 0;
    for (start, word) in words(&code) {
        if start < rest {
            continue;
        }
        depths.read(&code[rest..start]);
        rest = start;
        let before = code[..start].trim_end();
        let is_path_start = match before.strip_suffix("::") {
            // `::annexe` is a crate from anywhere.
            Some(before) => word == "annexe" && !before.ends_with(|it| is_of_word(it) || it == '>'),
            None => matches!(word, "crate" | "super" | "self" | "annexe"),
        };
        if is_path_start {
            let (paths, length) = tree(&code[start..]);
            let is_field = word == "annexe" && length == word.len() && !is_brought_in(before);
            if is_field || is_visibility(before, &code[start + length..], &paths) {
                continue;
            }
            let inner = depths.modules();
            for path in paths {
                found.extend(absolute(path, module, inner));
            }
            depths.read(&code[start..start + length]);
            rest = start + length;
        } else if word == "mod" {
            depths.module_follows();
        }
    }
    found
}

/// Whether a name behind this text is that of a crate, and not of a field or the like.
fn is_brought_in(before: &str) -> bool {
    ["::", "use", "crate"]
        .iter()
        .any(|word| before.ends_with(word))
}

/// Whether what was found between these texts says how far something can be seen: `pub(crate)`, `pub(in crate::store)`.
fn is_visibility(before: &str, after: &str, paths: &[Vec<String>]) -> bool {
    let (before, is_in) = match before.strip_suffix("in") {
        Some(before) => (before.trim_end(), true),
        None => (before, false),
    };
    let is_of_pub = before
        .strip_suffix('(')
        .is_some_and(|it| it.trim_end().ends_with("pub"));
    let is_one_word = matches!(paths, [path] if path.len() == 1);
    is_of_pub && (is_in || is_one_word && after.trim_start().starts_with(')'))
}

/// The names that a facade passes on from the files below it.
pub fn exported(text: &str) -> Vec<String> {
    let code = code(text);
    let mut names = Vec::new();
    for (at, _) in code.match_indices("use self::") {
        let (paths, _) = tree(&code[at + "use ".len()..]);
        let below = paths.into_iter().filter(|path| path.len() > 2);
        names.extend(below.filter_map(|mut path| path.pop()));
    }
    names
}

/// The path from the root, where it leads to this crate; `inner` modules stand between the file and the path.
fn absolute(mut path: Vec<String>, module: &[String], inner: usize) -> Option<Vec<String>> {
    // `self::super` is `super`.
    let is_own = path[0] == "self";
    path.drain(..usize::from(is_own));
    let ups = path.iter().take_while(|it| *it == "super").count();
    if ups == 0 {
        return (!is_own).then_some(path);
    }
    let ups = ups.checked_sub(inner)?;
    let above = module.len().checked_sub(ups)?;
    let mut absolute = vec!["crate".to_owned()];
    absolute.extend_from_slice(&module[..above]);
    absolute.extend(path.into_iter().skip_while(|it| it == "super"));
    Some(absolute)
}

/// Modules written out in a file, by the braces around them.
#[derive(Default)]
struct Depths {
    depth: usize,
    modules: Vec<usize>,
    follows: bool,
}

impl Depths {
    fn module_follows(&mut self) {
        self.follows = true;
    }

    fn modules(&self) -> usize {
        self.modules.len()
    }

    fn read(&mut self, code: &str) {
        for byte in code.bytes() {
            match byte {
                b'{' => {
                    self.depth += 1;
                    if std::mem::take(&mut self.follows) {
                        self.modules.push(self.depth);
                    }
                }
                b'}' => {
                    if self.modules.last() == Some(&self.depth) {
                        self.modules.pop();
                    }
                    self.depth = self.depth.saturating_sub(1);
                }
                b';' => self.follows = false,
                _ => {}
            }
        }
    }
}

/// The paths of a tree such as `a::{b, c::d}` at the start of `code`, and its length.
fn tree(code: &str) -> (Vec<Vec<String>>, usize) {
    let mut paths = Vec::new();
    let length = branch(code, 0, &mut Vec::new(), &mut paths);
    (paths, length)
}

fn branch(code: &str, start: usize, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let depth = path.len();
    let mut at = start;
    loop {
        at = skip_space(code, at);
        if code[at..].starts_with('{') {
            at += 1;
            loop {
                at = skip_space(code, at);
                match code[at..].chars().next() {
                    Some('}') => {
                        at += 1;
                        break;
                    }
                    Some(',') => at += 1,
                    Some(letter) if is_of_word(letter) || matches!(letter, '*' | '{') => {
                        at = branch(code, at, path, paths);
                    }
                    _ => break,
                }
            }
            break;
        }
        let end = at
            + code[at..]
                .find(|it| !is_of_word(it))
                .unwrap_or(code.len() - at);
        if end == at {
            // A glob, or generic arguments.
            if code[at..].starts_with('*') {
                at += 1;
                path.push("*".to_owned());
            }
            paths.push(path.clone());
            break;
        }
        path.push(code[at..end].to_owned());
        at = end;
        let next = skip_space(code, at);
        if code[next..].starts_with("::") {
            at = next + 2;
            continue;
        }
        if path.last().is_some_and(|it| it == "self") && path.len() > 1 {
            path.pop();
        }
        paths.push(path.clone());
        if code[next..].starts_with("as ") {
            let name = skip_space(code, next + 3);
            let length = code[name..].find(|it| !is_of_word(it));
            at = name + length.unwrap_or(code.len() - name);
        }
        break;
    }
    path.truncate(depth);
    at
}

fn skip_space(code: &str, at: usize) -> usize {
    code.len() - code[at..].trim_start().len()
}

pub fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The words of a text with their places.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + code[at..].find(is_of_word)?;
        let end = code[start..]
            .find(|it| !is_of_word(it))
            .map_or(code.len(), |length| start + length);
        at = end;
        Some((start, &code[start..end]))
    })
}

/// The text without comments, and with the contents of strings and characters left out.
pub fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |at| &rest[at..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |at| &rest[at + 2..]);
        } else if let Some(length) = raw_string(rest, code.chars().next_back()) {
            code.push_str("\"\"");
            rest = &rest[length..];
        } else if letter == '"' {
            code.push_str("\"\"");
            rest = after_string(&rest[1..]);
        } else if let Some(length) = character(rest) {
            code.push_str("' '");
            rest = &rest[length..];
        } else {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    code
}

/// The length of a raw string such as `r#"…"#` at the start.
fn raw_string(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|it| is_of_word(it) && it != 'b') {
        return None;
    }
    let hashes = rest.strip_prefix('r')?;
    let opened = hashes.trim_start_matches('#');
    let count = hashes.len() - opened.len();
    let body = opened.strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(count));
    let end = body.find(&closing)?;
    Some(1 + count + 1 + end + closing.len())
}

fn after_string(body: &str) -> &str {
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &body[at + 1..],
            _ => {}
        }
    }
    ""
}

/// The length of a character literal at the start, which is no lifetime.
fn character(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    let mut letters = body.char_indices();
    let (_, first) = letters.next()?;
    if first == '\\' {
        let (at, _) = body.char_indices().skip(2).find(|(_, it)| *it == '\'')?;
        return Some(at + 2);
    }
    let (at, second) = letters.next()?;
    (second == '\'').then_some(at + 2)
}

#[cfg(test)]
mod tests {
    use super::{exported, used};

    fn of(text: &str) -> Vec<String> {
        let module = ["store", "change", "plan"].map(str::to_owned);
        used(text, &module).iter().map(|it| it.join("::")).collect()
    }

    #[test]
    fn groups_are_read_name_by_name() {
        let text = "use crate::{base::{fs, types::{self, Id as Other}}, store};\nfn f() {}";
        assert_eq!(
            of(text),
            [
                "crate::base::fs",
                "crate::base::types",
                "crate::base::types::Id",
                "crate::store"
            ]
        );
    }

    #[test]
    fn paths_in_code_count_and_those_in_words_do_not() {
        let text = "/// [`crate::cli`]\nfn f() -> crate::runtime::Host { \"crate::cli\"; r#\"crate::\"x\"#; '\"'; crate::base::x::<u8>() }";
        assert_eq!(of(text), ["crate::runtime::Host", "crate::base::x"]);
    }

    #[test]
    fn parents_are_followed_out_of_written_modules_too() {
        let text = "use super::tree::Tree;\nmod tests {\n  use super::super::tree::Tree;\n  use super::mine;\n}\nuse super::super::Store;";
        assert_eq!(
            of(text),
            [
                "crate::store::change::tree::Tree",
                "crate::store::change::tree::Tree",
                "crate::store::change::plan::mine",
                "crate::store::Store"
            ]
        );
    }

    #[test]
    fn a_root_a_glob_and_a_leading_crate_are_paths_and_a_visibility_is_none() {
        let text = "pub(crate) struct A(pub(super) u8, pub (in crate::store) u8, pub (crate::cli::B));\n\
                    use crate::*;\nuse crate::{self as c};\nuse crate as root;\nuse ::annexe::Host;\n\
                    use self::super::super::super as root;\nuse crate::{base::{*}, {cli}};\nuse super::*;";
        assert_eq!(
            of(text),
            [
                "crate::cli::B",
                "crate::*",
                "crate",
                "crate",
                "annexe::Host",
                "crate",
                "crate::base::*",
                "crate::cli",
                "crate::store::change::*",
            ]
        );
        let text =
            "use annexe;\nuse annexe as other;\nstruct A { annexe: u8 }\nfn f(a: A) { a.annexe }";
        assert_eq!(of(text), ["annexe", "annexe"]);
        let at_the_top = |text| used(text, &["package".to_owned()]);
        assert_eq!(at_the_top("use super::*;"), [["crate", "*"]]);
        assert!(at_the_top("pub(super) fn f() {}").is_empty());
    }

    #[test]
    fn a_facade_passes_on_what_lies_below_it() {
        let text = "pub use self::{plan::Plan, tree::{Tree, grow as plant}};\nuse self::inner;";
        assert_eq!(exported(text), ["Plan", "Tree", "grow"]);
    }
}
