//! Languages: a folder each, with `config.toml`, query files and perhaps `tasks.json`.

mod bracket;
mod comment;
mod editing;
mod overrides;

use std::collections::{BTreeMap, BTreeSet};

use regex::RegexBuilder;
use serde::Serialize;
use serde_json::Value as Json;

pub use self::{
    bracket::Bracket,
    comment::BlockComment,
    editing::{IndentPattern, JsxTagAutoClose, SoftWrap, TaskList, WrapCharacters},
    overrides::{LanguageOverride, Override},
};
use super::{
    budget::Budget,
    document::Reader,
    finding::{Finding, FindingKind, Severity},
    query::{self, Query},
    section::{Field, Section},
    theme::is_first,
};
use crate::{
    base::{printable::printable, suggestion::nearest},
    package::manifest::{Manifest, RelativePath},
};

/// The most that is taken as the width of a tab, in columns.
const MOST_TAB_SIZE: u32 = 128;

/// The most that a regular expression may take once it is compiled, in bytes: what `regex` allows where
/// nothing else is said, as in Zed.
const MOST_PATTERN_BYTES: usize = 10 << 20;

/// What nearly every one stays under, in bytes; few may take more.
const USUAL_PATTERN_BYTES: usize = 2 << 20;

/// Keys that Zed knows and that have no typed form here: kept in [`Language::rest`], without a word.
const UNTYPED: [&str; 5] = [
    "ignored_import_segments",
    "import_path_strip_regex",
    "kernel_language_names",
    "ordered_list",
    "prettier_plugins",
];

/// A language: how its files are known, read and edited. What is `None` or empty is the editor's to
/// choose.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Language {
    /// The name shown, and used by servers and settings.
    pub name: String,
    /// The language's folder.
    pub path: RelativePath,
    /// The name of its grammar, which another extension may bring.
    pub grammar: Option<String>,
    /// What the names of its files end with: `rs`, `Cargo.lock`. They are whole names, or stand after
    /// a dot.
    pub path_suffixes: Vec<String>,
    /// A regular expression, in the syntax of Rust's `regex`, for the first line of its files.
    pub first_line_pattern: Option<String>,
    /// What a file's modeline may call it.
    pub modeline_aliases: Vec<String>,
    /// What it is called after the fence of a block of code in Markdown.
    pub code_fence_block_name: Option<String>,
    /// Whether it is left out where a user chooses a language.
    pub hidden: bool,
    /// What begins a comment up to the end of the line, the usual one first, with its space.
    pub line_comments: Vec<String>,
    /// What begins and ends a comment.
    pub block_comment: Option<BlockComment>,
    /// What begins and ends a comment that documents.
    pub documentation_comment: Option<BlockComment>,
    /// What begins an item of a list, and is repeated on the next line.
    pub unordered_list: Vec<String>,
    /// What begins an item of a list of tasks.
    pub task_list: Option<TaskList>,
    /// Regular expressions for what is repeated on each line of text that is wrapped anew.
    pub rewrap_prefixes: Vec<String>,
    /// Before which characters a bracket is closed as it is typed.
    pub autoclose_before: Option<String>,
    /// The pairs of brackets and quotes.
    pub brackets: Vec<Bracket>,
    /// What belongs to a word beside letters, digits and `_`.
    pub word_characters: BTreeSet<char>,
    /// What belongs to the word that completions are asked for.
    pub completion_query_characters: BTreeSet<char>,
    /// What belongs to a name that is edited in two places at once.
    pub linked_edit_characters: BTreeSet<char>,
    /// The width of a tab, in columns.
    pub tab_size: Option<u32>,
    /// Whether lines are indented with tabs.
    pub hard_tabs: Option<bool>,
    /// How long lines are shown.
    pub soft_wrap: Option<SoftWrap>,
    /// A regular expression for lines after which the indentation grows.
    pub increase_indent_pattern: Option<String>,
    /// A regular expression for lines whose indentation shrinks.
    pub decrease_indent_pattern: Option<String>,
    /// Regular expressions for lines that are indented like an earlier one.
    pub decrease_indent_patterns: Vec<IndentPattern>,
    /// Whether indentation has a meaning, as in Python.
    pub significant_indentation: bool,
    /// Whether a new line is indented after the last line that is not empty.
    pub auto_indent_using_last_non_empty_line: Option<bool>,
    /// Whether what is pasted is indented anew.
    pub auto_indent_on_paste: Option<bool>,
    /// What is put round a selection.
    pub wrap_characters: Option<WrapCharacters>,
    /// What stands for folded code.
    pub collapsed_placeholder: Option<String>,
    /// Servers that are asked only where an override says so.
    pub scope_opt_in_language_servers: Vec<String>,
    /// Debug adapters, the best one first.
    pub debuggers: Vec<String>,
    /// The parser that Prettier uses.
    pub prettier_parser_name: Option<String>,
    /// How tags are closed as they are typed.
    pub jsx_tag_auto_close: Option<JsxTagAutoClose>,
    /// What is different in parts of a file, by the names that the `overrides` query gives them.
    pub overrides: BTreeMap<String, LanguageOverride>,
    /// The query files that balance, sorted by path.
    pub queries: Vec<Query>,
    /// What `tasks.json` holds, where it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Json>,
    /// What else the author wrote, by the whole path of each key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rest: BTreeMap<String, Json>,
}

/// Reads the language in a folder.
pub(super) fn read(
    reader: &Reader<'_>,
    path: &RelativePath,
    manifest: &Manifest,
) -> Option<Language> {
    // Before the configuration, so that one reading names what is wrong with any of the files.
    let (queries, tasks) = others(reader, path);
    Some(Language {
        queries,
        tasks,
        ..read_config(reader, path, manifest)?
    })
}

/// Reads the configuration of the language in a folder, and none of its other files.
pub(super) fn read_config(
    reader: &Reader<'_>,
    path: &RelativePath,
    manifest: &Manifest,
) -> Option<Language> {
    let config = path.join("config.toml").ok()?;
    let document = reader.document(&config)?;
    let tree = document.toml()?;
    let root = Field::root(&document, &tree).strict();
    let mut root = root.section(Severity::Error)?;
    let mut language = configuration(&mut root, path)?;
    if let Some(field) = root.get("grammar") {
        language.grammar = grammar(&field, manifest);
    }
    for name in UNTYPED {
        if let Some(field) = root.get(name) {
            check_untyped(name, &field);
            language
                .rest
                .insert(name.to_owned(), field.node.value.to_json());
        }
    }
    root.finish_into(&mut language.rest);
    Some(language)
}

/// Names what Zed could not read of a key that has no typed form here.
fn check_untyped(name: &str, field: &Field<'_>) {
    match name {
        "kernel_language_names" => drop(field.texts()),
        "ordered_list" => {
            let items = field.items(Severity::Warning).into_iter().flatten();
            for mut section in items.filter_map(|item| item.section(Severity::Warning)) {
                section.needed_text("pattern");
                section.needed_text("format");
            }
        }
        // Zed has read them, and no longer does.
        _ => {}
    }
}

/// The query files of a folder, and its tasks.
fn others(reader: &Reader<'_>, path: &RelativePath) -> (Vec<Query>, Option<Json>) {
    let names = reader.files.names(path).unwrap_or_else(|finding| {
        reader.findings.add(finding);
        Vec::new()
    });
    let queries = names
        .iter()
        .filter(|path| path.as_str().ends_with(".scm"))
        .filter_map(|path| query::read(reader, path))
        .collect();
    let tasks = names
        .iter()
        .find(|path| path.file_name() == "tasks.json")
        .and_then(|path| tasks(reader, path));
    (queries, tasks)
}

fn tasks(reader: &Reader<'_>, path: &RelativePath) -> Option<Json> {
    let document = reader.document(path)?;
    let tree = document.json()?;
    // The shape of a task is the business of the editor that runs it.
    let is_list = Field::root(&document, &tree)
        .items(Severity::Error)
        .is_some();
    is_list.then(|| tree.value.to_json())
}

fn grammar(field: &Field<'_>, manifest: &Manifest) -> Option<String> {
    let name = field.text(Severity::Warning)?;
    if !manifest.grammars.contains_key(name) {
        let shown = printable(name);
        let known = manifest.grammars.keys().map(String::as_str);
        let hint = match nearest(name, known) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "another extension, or the editor, must bring it".into(),
        };
        field.document.add(
            field
                .finding(
                    Severity::Warning,
                    FindingKind::UnknownName,
                    format!("the manifest has no grammar `{shown}`"),
                )
                .with_hint(hint),
        );
    }
    Some(name.to_owned())
}

fn configuration(root: &mut Section<'_>, path: &RelativePath) -> Option<Language> {
    let rest = &mut BTreeMap::new();
    let name = root.required_text("name");
    // An old name of the key.
    let documentation = root
        .get("documentation_comment")
        .or_else(|| root.get("documentation"));
    let language = Language {
        path: path.clone(),
        grammar: None,
        path_suffixes: path_suffixes(root),
        first_line_pattern: pattern(root.get("first_line_pattern")),
        modeline_aliases: root.texts("modeline_aliases").unwrap_or_default(),
        code_fence_block_name: root.text("code_fence_block_name"),
        hidden: root.boolean("hidden").unwrap_or(false),
        line_comments: root.texts("line_comments").unwrap_or_default(),
        block_comment: root
            .get("block_comment")
            .and_then(|field| comment::read(&field, rest)),
        documentation_comment: documentation.and_then(|field| comment::read(&field, rest)),
        unordered_list: root.texts("unordered_list").unwrap_or_default(),
        task_list: root
            .section("task_list")
            .map(|section| editing::task_list(section, rest)),
        rewrap_prefixes: root
            .items("rewrap_prefixes")
            .filter_map(|item| pattern(Some(item)))
            .collect(),
        autoclose_before: root.text("autoclose_before"),
        brackets: root
            .items("brackets")
            .filter_map(|item| bracket::read(&item, rest))
            .collect(),
        word_characters: editing::characters(root.get("word_characters")),
        completion_query_characters: editing::characters(root.get("completion_query_characters")),
        linked_edit_characters: editing::characters(root.get("linked_edit_characters")),
        tab_size: root
            .get("tab_size")
            .and_then(|field| editing::tab_size(&field)),
        hard_tabs: root.boolean("hard_tabs"),
        soft_wrap: root
            .get("soft_wrap")
            .and_then(|field| editing::soft_wrap(&field)),
        increase_indent_pattern: pattern(root.get("increase_indent_pattern")),
        decrease_indent_pattern: pattern(root.get("decrease_indent_pattern")),
        decrease_indent_patterns: root
            .items("decrease_indent_patterns")
            .filter_map(|item| editing::indent_pattern(&item, rest))
            .collect(),
        significant_indentation: root.boolean("significant_indentation").unwrap_or(false),
        auto_indent_using_last_non_empty_line: root
            .boolean("auto_indent_using_last_non_empty_line"),
        auto_indent_on_paste: root.boolean("auto_indent_on_paste"),
        wrap_characters: root
            .section("wrap_characters")
            .and_then(|section| editing::wrap_characters(section, rest)),
        collapsed_placeholder: root.text("collapsed_placeholder"),
        scope_opt_in_language_servers: root
            .texts("scope_opt_in_language_servers")
            .unwrap_or_default(),
        debuggers: root.texts("debuggers").unwrap_or_default(),
        prettier_parser_name: root.text("prettier_parser_name"),
        jsx_tag_auto_close: root
            .section("jsx_tag_auto_close")
            .and_then(|section| editing::jsx_tag_auto_close(section, rest)),
        overrides: match root.map("overrides") {
            Some(section) => overrides::read(&section, rest),
            None => BTreeMap::new(),
        },
        queries: Vec::new(),
        tasks: None,
        rest: std::mem::take(rest),
        // Last, so that all else that is wrong is named as well.
        name: name?,
    };
    Some(language)
}

fn path_suffixes(root: &mut Section<'_>) -> Vec<String> {
    let mut suffixes: Vec<String> = Vec::new();
    for field in root.items("path_suffixes") {
        let Some(suffix) = field.text(Severity::Warning) else {
            continue;
        };
        let problem = if suffix.is_empty() {
            format!("{} is empty", field.named())
        } else if suffixes.iter().any(|known| known == suffix) {
            format!("the suffix `{}` is there twice", printable(suffix))
        } else {
            // A dot in front is no slip: `.gitignore` is the whole name of a file.
            if suffix.contains('*') {
                let problem = format!("{} is not a suffix, but a pattern", field.named());
                field.warn(FindingKind::InvalidValue, problem);
            }
            suffixes.push(suffix.to_owned());
            continue;
        };
        field.warn(FindingKind::Duplicate, problem);
    }
    suffixes
}

/// A regular expression, if it is one.
fn pattern(field: Option<Field<'_>>) -> Option<String> {
    let field = field?;
    let text = field.text(Severity::Warning)?;
    if !field.document.budget.spend_pattern() {
        field.document.add(field.finding(
            Severity::Error,
            FindingKind::TooLarge,
            format!("{}: the extension has too many patterns", field.named()),
        ));
        return None;
    }
    match compiles(text, field.document.budget) {
        Ok(()) => Some(text.to_owned()),
        Err(error) => {
            let is_large = matches!(error, regex::Error::CompiledTooBig(_));
            // The last line says what is wrong, those before it show where.
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default();
            let reason = printable(reason.trim_start_matches("error: "));
            let (kind, problem, hint) = if is_large {
                (
                    FindingKind::TooLarge,
                    "is too large a regular expression",
                    "repeat less: `{1,60}` of a class of letters counts sixty times",
                )
            } else {
                (
                    FindingKind::InvalidValue,
                    "is not a regular expression",
                    "the syntax is that of Rust's `regex`: it has no look-around and no back-references",
                )
            };
            let problem = format!("{} {problem}: {reason}", field.named());
            field.document.add(
                field
                    .finding(Severity::Error, kind, problem)
                    .with_hint(hint),
            );
            None
        }
    }
}

/// Whether a regular expression can be compiled.
fn compiles(text: &str, budget: &Budget) -> Result<(), regex::Error> {
    let compile = |limit| RegexBuilder::new(text).size_limit(limit).build().map(drop);
    match compile(USUAL_PATTERN_BYTES) {
        Err(regex::Error::CompiledTooBig(_)) if budget.spend_large_pattern() => {
            compile(MOST_PATTERN_BYTES)
        }
        outcome => outcome,
    }
}

/// Takes out the languages that have the name of one before them, and names suffixes that two
/// languages have.
pub(super) fn drop_doubles(reader: &Reader<'_>, languages: &mut Vec<Language>) {
    let mut names = BTreeSet::new();
    languages.retain(|language| {
        let config = config(language);
        is_first(reader, &mut names, &config, "language", &language.name)
    });
    let mut suffixes: BTreeMap<&str, &str> = BTreeMap::new();
    for language in languages.iter() {
        for suffix in &language.path_suffixes {
            let Some(first) = suffixes.insert(suffix, &language.name) else {
                continue;
            };
            suffixes.insert(suffix, first);
            reader.findings.add(Finding::warning(
                FindingKind::Duplicate,
                &config(language),
                format!(
                    "the suffix `{}` is one of the language `{}` as well",
                    printable(suffix),
                    printable(first)
                ),
            ));
        }
    }
}

fn config(language: &Language) -> RelativePath {
    language
        .path
        .join("config.toml")
        .unwrap_or_else(|_| language.path.clone())
}
