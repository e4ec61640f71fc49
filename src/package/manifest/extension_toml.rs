//! The reader of `extension.toml`: as much of it as can be read, with everything that is wrong with it.

use toml::de::DeTable;

use super::{
    Manifest, ManifestFile, Result, capabilities,
    entries::{
        AgentServer, AgentTarget, ContextServer, DebugAdapter, DebugLocator, Grammar,
        IndexedDocsProvider, LanguageModelProvider, LanguageServer, Library, LibraryKind,
        SlashCommand,
    },
    error::{Error, ManifestErrorKind},
    lengths::too_many_authors,
    partial::PartialManifest,
    path::RelativePath,
    section::{Document, Section},
    warning::Warning,
};
use crate::base::{
    hint::Hint as _,
    types::{ExtensionId, parse_version},
};

impl Manifest {
    /// Reads the text of an `extension.toml`. Nothing is filled in from a folder.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above [`MAX_BYTES`](Self::MAX_BYTES), [`Error::UnknownSchema`] for a format
    /// newer than [`NEWEST_SCHEMA_VERSION`](Self::NEWEST_SCHEMA_VERSION), and [`Error::Invalid`], with
    /// the place, where the text is not TOML, `id`, `name` or `version` is missing, a value has the
    /// wrong type, or a path leaves the extension.
    pub fn parse_toml(text: &str) -> Result<(Self, Vec<Warning>)> {
        let partial = parse(text)?.accept()?;
        Ok((partial.manifest, partial.warnings))
    }
}

/// Reads what can be read of a manifest.
///
/// # Errors
/// Where it is too large, or not TOML.
pub(super) fn parse(text: &str) -> Result<PartialManifest> {
    let file = ManifestFile::Toml;
    if text.len() as u64 > Manifest::MAX_BYTES {
        return Err(Error::TooLarge {
            file,
            limit: Manifest::MAX_BYTES,
        });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::new(file, text);
    let table = DeTable::parse(text).map_err(|error| {
        // The parser puts what it expected on a line of its own.
        let message = error.message().trim().replace('\n', ", ");
        let offset = error.span().map(|span| span.start);
        document.error(ManifestErrorKind::Syntax, offset, message)
    })?;
    let mut root = Section::root(&document, table.get_ref());
    let schema_version = schema_version(&mut root);
    let manifest = manifest(&mut root, schema_version);
    root.finish();
    let problems = document.into_problems();
    Ok(PartialManifest {
        source: file,
        may_have_snippets: !table.get_ref().contains_key("snippets"),
        schema_version,
        manifest,
        errors: problems.errors,
        warnings: problems.warnings.into_sorted(),
        #[cfg(feature = "authoring")]
        source_map: Some(super::source_map::SourceMap::new(text, table.get_ref())),
    })
}

/// The format, where the manifest states one.
fn schema_version(root: &mut Section<'_>) -> Option<i64> {
    match root.value("schema_version") {
        Some(value) => value.integer(),
        None => {
            // Manifests of before the key existed are of the legacy schema, and read alike.
            root.warn_missing("schema_version");
            None
        }
    }
}

fn manifest(root: &mut Section<'_>, schema_version: Option<i64>) -> Manifest {
    Manifest {
        id: id(root).unwrap_or_else(ExtensionId::placeholder),
        name: root.required_text("name").unwrap_or_default(),
        version: root.required_text("version").unwrap_or_default(),
        schema_version: schema_version
            .and_then(|version| i32::try_from(version).ok())
            .unwrap_or_default(),
        description: root.text("description"),
        repository: root.text("repository"),
        authors: authors(root),
        lib: library(root),
        themes: root.paths("themes"),
        icon_themes: root.paths("icon_themes"),
        languages: root.paths("languages"),
        grammars: root.sections("grammars", grammar),
        language_servers: root.sections("language_servers", language_server),
        context_servers: root.sections("context_servers", |_, section| {
            // Keys of the first context servers; today their code answers these.
            section.ignore(&["installation_instructions", "name", "settings_hint"]);
            Some(ContextServer {})
        }),
        slash_commands: root.sections("slash_commands", slash_command),
        indexed_docs_providers: root.sections("indexed_docs_providers", |_, _| {
            Some(IndexedDocsProvider {})
        }),
        agent_servers: root.sections("agent_servers", agent_server),
        debug_adapters: root.sections("debug_adapters", debug_adapter),
        debug_locators: root.sections("debug_locators", |_, _| Some(DebugLocator {})),
        language_model_providers: root.sections("language_model_providers", |_, section| {
            Some(LanguageModelProvider {
                name: section.expected_text("name"),
                icon: section.path("icon"),
            })
        }),
        snippets: snippets(root),
        capabilities: capabilities::read(root),
    }
}

fn id(root: &mut Section<'_>) -> Option<ExtensionId> {
    let text = root.required_text("id")?;
    match text.parse::<ExtensionId>() {
        Ok(id) => Some(id),
        Err(error) => {
            // `required_text` found it, so it has a value with a place.
            if let Some(value) = root.value("id") {
                value.refuse(ManifestErrorKind::Id, || (error.to_string(), error.hint()));
            }
            None
        }
    }
}

fn authors(root: &mut Section<'_>) -> Vec<String> {
    let Some(value) = root.value("authors") else {
        return Vec::new();
    };
    let authors = value.texts().unwrap_or_default();
    if let Some(complaint) = too_many_authors(authors.len()) {
        value.refuse(ManifestErrorKind::InvalidValue, || (complaint, None));
    }
    authors
}

fn library(root: &mut Section<'_>) -> Library {
    let Some(mut section) = root.section("lib") else {
        return Library::default();
    };
    let kind = section.value("kind").and_then(|value| {
        Some(match value.text()? {
            "Rust" => LibraryKind::Rust,
            other => {
                value.warn_unknown(other, &["Rust"]);
                LibraryKind::Other(other.to_owned())
            }
        })
    });
    let version = section.value("version").and_then(|value| {
        let parsed = parse_version(value.text()?);
        if let Err(error) = &parsed {
            value.refuse(ManifestErrorKind::InvalidValue, || {
                (format!("`{}` is not a version: {error}", value.key()), None)
            });
        }
        parsed.ok()
    });
    section.finish();
    Library { kind, version }
}

fn grammar(name: &str, section: &mut Section<'_>) -> Option<Grammar> {
    let grammar = Grammar {
        repository: section.expected_text("repository"),
        rev: match section.text("commit") {
            Some(commit) => section.text("rev").unwrap_or(commit),
            None => section.expected_text("rev"),
        },
        path: section.value("path").and_then(|value| match value.text()? {
            // The repository itself, which is the default.
            "" | "." | "./" => None,
            _ => value.path(),
        }),
    };
    // The name becomes the name of a file.
    let is_file_name = |path: RelativePath| path.as_str() == name && path.segments().count() == 1;
    if !name.parse().is_ok_and(is_file_name) {
        section.refuse(ManifestErrorKind::GrammarName, || {
            let shown = name.escape_debug();
            (format!("`{shown}` cannot be the name of a grammar"), None)
        });
        return None;
    }
    Some(grammar)
}

fn language_server(_id: &str, section: &mut Section<'_>) -> Option<LanguageServer> {
    // Nothing ever read it, and half of the published manifests have it.
    section.ignore(&["name"]);
    let mut languages = section.texts("languages").unwrap_or_default();
    let language = section.text("language");
    if languages.is_empty() {
        languages.extend(language);
    }
    if languages.is_empty() {
        section.warn_missing("languages");
    }
    Some(LanguageServer {
        languages,
        language_ids: section.text_map("language_ids"),
        code_action_kinds: section.texts("code_action_kinds"),
    })
}

fn slash_command(_name: &str, section: &mut Section<'_>) -> Option<SlashCommand> {
    let description = section.expected_text("description");
    let requires_argument = match section.value("requires_argument") {
        Some(value) => value.flag(),
        None => {
            section.warn_missing("requires_argument");
            None
        }
    };
    Some(SlashCommand {
        description,
        requires_argument: requires_argument.unwrap_or_default(),
    })
}

fn agent_server(_id: &str, section: &mut Section<'_>) -> Option<AgentServer> {
    Some(AgentServer {
        name: section.text("name"),
        env: section.text_map("env"),
        icon: section.path("icon"),
        targets: section.sections("targets", |_, target| {
            Some(AgentTarget {
                archive: target.required_text("archive").unwrap_or_default(),
                cmd: target.required_text("cmd").unwrap_or_default(),
                args: target.texts("args").unwrap_or_default(),
                sha256: target.text("sha256"),
                env: target.text_map("env"),
            })
        }),
    })
}

fn debug_adapter(name: &str, section: &mut Section<'_>) -> Option<DebugAdapter> {
    if let Some(value) = section.value("schema_path") {
        let schema_path = value.path()?;
        return Some(DebugAdapter { schema_path });
    }
    match format!("debug_adapter_schemas/{name}.json").parse() {
        Ok(schema_path) => Some(DebugAdapter { schema_path }),
        Err(error) => {
            section.refuse(ManifestErrorKind::Path, || {
                let shown = name.escape_debug();
                (
                    format!(
                        "the schema of the debug adapter `{shown}` has a default path that {error}"
                    ),
                    Some("give it a `schema_path`".into()),
                )
            });
            None
        }
    }
}

fn snippets(root: &mut Section<'_>) -> Vec<RelativePath> {
    match root.value("snippets") {
        None => Vec::new(),
        Some(value) if value.is_list() => value.items().filter_map(|item| item.path()).collect(),
        Some(value) => value.path().into_iter().collect(),
    }
}
