//! Reads `extension.toml`.

use toml::de::DeTable;

use super::{
    AgentServer, AgentTarget, ContextServer, DebugAdapter, DebugLocator, Error, Grammar,
    IndexedDocsProvider, LanguageModelProvider, LanguageServer, Library, LibraryKind, Manifest,
    ManifestError, ManifestFile, RelativePath, Result, SlashCommand, Warning,
    section::{Document, Section, Value},
    warning::Warnings,
};
use crate::{capability::Capability, types::ExtensionId};

type Read<T> = std::result::Result<T, ManifestError>;

/// What the manifest does not say, and the folder may: a key that is absent is not the same as an
/// empty one.
#[derive(Debug, Default)]
pub(super) struct Absent {
    pub(super) snippets: bool,
}

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
        parse(text).map(|(manifest, _, warnings)| (manifest, warnings.into_sorted()))
    }
}

pub(super) fn parse(text: &str) -> Result<(Manifest, Absent, Warnings)> {
    let file = ManifestFile::Toml;
    if text.len() as u64 > Manifest::MAX_BYTES {
        return Err(Error::TooLarge {
            file,
            limit: Manifest::MAX_BYTES,
        });
    }
    let document = Document {
        file,
        text: text.strip_prefix('\u{feff}').unwrap_or(text),
    };
    let table = DeTable::parse(document.text).map_err(|error| {
        // The parser puts what it expected on a line of its own.
        let message = error.message().trim().replace('\n', ", ");
        document.error(error.span().map(|span| span.start), message)
    })?;
    let mut warnings = Warnings::default();
    let mut root = Section::root(&document, table.get_ref());
    let schema_version = schema_version(&mut root, &mut warnings)?;
    let mut absent = Absent::default();
    let manifest = manifest(&mut root, schema_version, &mut absent, &mut warnings)?;
    root.finish(&mut warnings);
    Ok((manifest, absent, warnings))
}

/// The format comes first: a newer one may have changed the type of any other key.
fn schema_version(root: &mut Section<'_>, warnings: &mut Warnings) -> Result<i32> {
    let Some(value) = root.value("schema_version") else {
        // Manifests of before the key existed are of the legacy schema, and read alike.
        root.warn_missing("schema_version", warnings);
        return Ok(0);
    };
    let found = value.integer()?;
    match i32::try_from(found) {
        Ok(known @ 0..=Manifest::NEWEST_SCHEMA_VERSION) => Ok(known),
        _ => Err(Error::UnknownSchema {
            file: ManifestFile::Toml,
            found,
            newest: Manifest::NEWEST_SCHEMA_VERSION.into(),
        }),
    }
}

fn manifest(
    root: &mut Section<'_>,
    schema_version: i32,
    absent: &mut Absent,
    warnings: &mut Warnings,
) -> Read<Manifest> {
    Ok(Manifest {
        id: id(root)?,
        name: root.required_text("name")?,
        version: root.required_text("version")?,
        schema_version,
        description: root.text("description")?,
        repository: root.text("repository")?,
        authors: root.texts("authors")?.unwrap_or_default(),
        lib: library(root, warnings)?,
        themes: root.paths("themes")?,
        icon_themes: root.paths("icon_themes")?,
        languages: root.paths("languages")?,
        grammars: root.sections("grammars", warnings, grammar)?,
        language_servers: root.sections("language_servers", warnings, language_server)?,
        context_servers: root.sections("context_servers", warnings, |_, section, _| {
            // What the first context servers said in the manifest, and code says now.
            section.ignore(&["installation_instructions", "name", "settings_hint"]);
            Ok(ContextServer {})
        })?,
        slash_commands: root.sections("slash_commands", warnings, slash_command)?,
        indexed_docs_providers: root.sections("indexed_docs_providers", warnings, |_, _, _| {
            Ok(IndexedDocsProvider {})
        })?,
        agent_servers: root.sections("agent_servers", warnings, agent_server)?,
        debug_adapters: root.sections("debug_adapters", warnings, debug_adapter)?,
        debug_locators: root.sections("debug_locators", warnings, |_, _, _| Ok(DebugLocator {}))?,
        language_model_providers: root.sections(
            "language_model_providers",
            warnings,
            |_, section, warnings| {
                Ok(LanguageModelProvider {
                    name: section.expected_text("name", warnings)?,
                    icon: section.path("icon")?,
                })
            },
        )?,
        snippets: snippets(root, absent)?,
        capabilities: capabilities(root, warnings)?,
    })
}

fn id(root: &mut Section<'_>) -> Read<ExtensionId> {
    let text = root.required_text("id")?;
    text.parse()
        .map_err(|error: crate::types::ExtensionIdError| {
            let message = error.to_string();
            // `required_text` found it, so it has a value with a place.
            let complaint = match root.value("id") {
                Some(value) => value.error(message),
                None => root.error(message),
            };
            complaint.with_hint(error.hint())
        })
}

fn library(root: &mut Section<'_>, warnings: &mut Warnings) -> Read<Library> {
    let Some(mut section) = root.section("lib")? else {
        return Ok(Library::default());
    };
    let kind = match section.value("kind") {
        None => None,
        Some(value) => Some(match value.text()? {
            "Rust" => LibraryKind::Rust,
            other => {
                warnings.add(|| unknown_value(&value, other, &["Rust"]));
                LibraryKind::Other(other.to_owned())
            }
        }),
    };
    let version = match section.value("version") {
        None => None,
        Some(value) => Some(semver::Version::parse(value.text()?).map_err(|error| {
            value.error(format!("`{}` is not a version: {error}", value.key()))
        })?),
    };
    section.finish(warnings);
    Ok(Library { kind, version })
}

fn grammar(name: &str, section: &mut Section<'_>, warnings: &mut Warnings) -> Read<Grammar> {
    // The name becomes the name of a file.
    let is_file_name = |path: RelativePath| path.as_str() == name && path.segments().count() == 1;
    if !name.parse().is_ok_and(is_file_name) {
        return Err(section.error(format!(
            "`{}` cannot be the name of a grammar",
            name.escape_debug()
        )));
    }
    let repository = section.expected_text("repository", warnings)?;
    let commit = section.text("commit")?;
    let rev = match commit {
        Some(commit) => section.text("rev")?.unwrap_or(commit),
        None => section.expected_text("rev", warnings)?,
    };
    let path = match section.value("path") {
        // The repository itself, which is the default.
        Some(value) if matches!(value.text()?, "" | "." | "./") => None,
        Some(value) => Some(value.path()?),
        None => None,
    };
    Ok(Grammar {
        repository,
        rev,
        path,
    })
}

fn language_server(
    _id: &str,
    section: &mut Section<'_>,
    warnings: &mut Warnings,
) -> Read<LanguageServer> {
    // Nothing ever read it, and half of the published manifests have it.
    section.ignore(&["name"]);
    let mut languages = section.texts("languages")?.unwrap_or_default();
    let language = section.text("language")?;
    if languages.is_empty() {
        languages.extend(language);
    }
    if languages.is_empty() {
        section.warn_missing("languages", warnings);
    }
    Ok(LanguageServer {
        languages,
        language_ids: section.text_map("language_ids")?,
        code_action_kinds: section.texts("code_action_kinds")?,
    })
}

fn slash_command(
    _name: &str,
    section: &mut Section<'_>,
    warnings: &mut Warnings,
) -> Read<SlashCommand> {
    let description = section.expected_text("description", warnings)?;
    let requires_argument = section.value("requires_argument").map(|value| value.flag());
    if requires_argument.is_none() {
        section.warn_missing("requires_argument", warnings);
    }
    Ok(SlashCommand {
        description,
        requires_argument: requires_argument.unwrap_or(Ok(false))?,
    })
}

fn agent_server(
    _id: &str,
    section: &mut Section<'_>,
    warnings: &mut Warnings,
) -> Read<AgentServer> {
    Ok(AgentServer {
        name: section.text("name")?,
        env: section.text_map("env")?,
        icon: section.path("icon")?,
        targets: section.sections("targets", warnings, |_, target, _| {
            Ok(AgentTarget {
                archive: target.required_text("archive")?,
                cmd: target.required_text("cmd")?,
                args: target.texts("args")?.unwrap_or_default(),
                sha256: target.text("sha256")?,
                env: target.text_map("env")?,
            })
        })?,
    })
}

fn debug_adapter(
    name: &str,
    section: &mut Section<'_>,
    _warnings: &mut Warnings,
) -> Read<DebugAdapter> {
    if let Some(schema_path) = section.path("schema_path")? {
        return Ok(DebugAdapter { schema_path });
    }
    match format!("debug_adapter_schemas/{name}.json").parse() {
        Ok(schema_path) => Ok(DebugAdapter { schema_path }),
        Err(error) => Err(section
            .error(format!(
                "the schema of the debug adapter `{}` has a default path that {error}",
                name.escape_debug()
            ))
            .with_hint(Some("give it a `schema_path`".into()))),
    }
}

fn snippets(root: &mut Section<'_>, absent: &mut Absent) -> Read<Vec<RelativePath>> {
    match root.value("snippets") {
        None => {
            absent.snippets = true;
            Ok(Vec::new())
        }
        Some(value) if value.is_list() => value.items()?.map(|item| item.path()).collect(),
        Some(value) => Ok(vec![value.path()?]),
    }
}

fn capabilities(root: &mut Section<'_>, warnings: &mut Warnings) -> Read<Vec<Capability>> {
    match root.value("capabilities") {
        Some(value) => value
            .items()?
            .map(|item| capability(&item, warnings))
            .collect(),
        None => Ok(Vec::new()),
    }
}

fn capability(item: &Value<'_>, warnings: &mut Warnings) -> Read<Capability> {
    let mut section = item.section()?;
    let kind = section.required_text("kind")?;
    let required_texts = |section: &mut Section<'_>, name| match section.texts(name)? {
        Some(texts) => Ok(texts),
        None => Err(section.error(format!("`{}` is missing", section.key(name)))),
    };
    let capability = match kind.as_str() {
        Capability::PROCESS_EXEC => Capability::ProcessExec {
            command: section.required_text("command")?,
            args: required_texts(&mut section, "args")?,
        },
        Capability::DOWNLOAD_FILE => Capability::DownloadFile {
            host: section.required_text("host")?,
            path: required_texts(&mut section, "path")?,
        },
        Capability::NPM_INSTALL => Capability::NpmInstall {
            package: section.required_text("package")?,
        },
        _ => {
            if let Some(value) = section.value("kind") {
                warnings.add(|| unknown_value(&value, &kind, &Capability::KINDS));
            }
            // What else a kind says is unknown with it, and one warning is enough.
            return Ok(Capability::Unknown { kind });
        }
    };
    section.finish(warnings);
    Ok(capability)
}

fn unknown_value(value: &Value<'_>, text: &str, known: &[&'static str]) -> Warning {
    Warning::unknown_value(value.key().to_owned(), Some(value.line()), text, known)
}
