//! The table of rules: each has a code that never changes its meaning.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use super::Ruleset;
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        printable::printable,
        suggestion::nearest,
    },
    package::declarative::Severity,
};

/// Writes the table. A line: the rule in words, the code, how severe a breach is, and the way out.
macro_rules! codes {
    ($(
        $(#[doc = $words:literal])+
        $name:ident = $code:literal $severity:ident, fix $fix:literal;
    )*) => {
        /// A rule that an extension can break. Shown, parsed and serialised by its code, in kebab-case.
        ///
        /// A code keeps its meaning; a rule that is no longer asked for keeps its code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $words])+ $name,)*
        }

        impl Code {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code: `licence-missing`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The rule in words: what is wrong, and why that matters.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($words),+).trim_ascii(),)*
                }
            }

            /// The way out, where a [`Finding`](super::Finding) knows no better one.
            pub fn fix(self) -> &'static str {
                match self {
                    $(Self::$name => $fix,)*
                }
            }

            fn usual_severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    // The manifest as a file.

    /// The folder has no manifest.
    ManifestMissing = "manifest-missing" Error,
        fix "write an `extension.toml` with `id`, `name`, `version`, `schema_version = 1` and `repository`";
    /// The manifest cannot be read: it is not a plain file, too large, or the system refuses.
    ManifestUnreadable = "manifest-unreadable" Error,
        fix "put a plain text file of a few kilobytes there";
    /// The manifest is not TOML (or, of old, no JSON): nothing else of it can be checked.
    ManifestSyntax = "manifest-syntax" Error,
        fix "mend the text at this place";
    /// There is an `extension.json`, which `extension.toml` has superseded. Hosts still read it, no registry
    /// takes it.
    ManifestSuperseded = "manifest-superseded" Error,
        fix "move what it says into `extension.toml`, and remove it";
    /// A key that must be there is not.
    ManifestMissingKey = "manifest-missing-key" Error,
        fix "add the key";
    /// A value has another type than its key takes.
    ManifestWrongType = "manifest-wrong-type" Error,
        fix "write a value of the type that is expected";
    /// A value of the right type means nothing: a malformed version, for example.
    ManifestInvalidValue = "manifest-invalid-value" Error,
        fix "write a value that the key takes";
    /// A path leaves the extension's folder, or cannot be a path on every system.
    ManifestPath = "manifest-path" Error,
        fix "name a file below the extension's folder, relative to it";
    /// Nothing reads this key: it is misspelt, or of another program.
    ManifestUnknownKey = "manifest-unknown-key" Warning,
        fix "take the key out";
    /// A value that nothing gives a meaning to. Zed does not read such a manifest at all.
    ManifestUnknownValue = "manifest-unknown-value" Warning,
        fix "write a value that is known";
    /// A list names the same thing twice.
    ManifestDuplicate = "manifest-duplicate" Warning,
        fix "take one of the two out";
    /// A part that newer versions of Zed ignore and its registry refuses. This program serves it.
    DeprecatedPart = "deprecated-part" Note,
        fix "leave it out of what is published for Zed";

    // Who the extension is.

    /// The manifest's format is not 1, the only one that registries take.
    SchemaVersion = "schema-version" Error,
        fix "write `schema_version = 1`";
    /// The id is not made of lower-case letters, digits and `-` alone, begins with none of the first two, is
    /// longer than 64 characters, or is a device's name on Windows.
    IdInvalid = "id-invalid" Error,
        fix "use lower-case letters, digits and `-`, at most 64, with a letter or a digit first";
    /// The id begins with `zed-`, ends with `-zed` or contains `extension`, which says nothing of it.
    IdReserved = "id-reserved" Error,
        fix "name the extension after what it brings, without `zed` and `extension`";
    /// The name is empty.
    NameEmpty = "name-empty" Error,
        fix "write the name that people shall see";
    /// The name begins or ends with `Zed`, or contains `extension`, which says nothing of it.
    NameReserved = "name-reserved" Error,
        fix "name the extension after what it brings, without `Zed` and `extension`";
    /// The version is not numbers with dots between, so nothing can tell which is newer.
    VersionInvalid = "version-invalid" Error,
        fix "write three numbers: `version = \"0.1.0\"`";
    /// The version is not a semantic version. It is kept as it is, and has its place in the order of versions; Zed
    /// offers no update to it or from it.
    VersionForm = "version-form" Warning,
        fix "write three numbers without leading zeros: `version = \"0.1.0\"`";
    /// The version is not greater than the newest that is published. Only asked where a registry is named.
    VersionNotGreater = "version-not-greater" Error,
        fix "raise the version";
    /// Nothing says what the extension is for.
    DescriptionMissing = "description-missing" Warning,
        fix "add `description = \"…\"`: one sentence that people search and read";
    /// Nothing says who wrote the extension.
    AuthorsMissing = "authors-missing" Warning,
        fix "add `authors = [\"Name <mail>\"]`";
    /// An author has no address that one can write to.
    AuthorForm = "author-form" Note,
        fix "write each author as `Name <mail>`";
    /// An author is the one that `annexe new` fills in where nothing says who it is.
    AuthorPlaceholder = "author-placeholder" Note,
        fix "write your name and your address in its place";
    /// Nothing says where the source is. Zed's registry refuses that.
    RepositoryMissing = "repository-missing" Note,
        fix "add `repository = \"https://…\"`";
    /// The repository is not an https address, so others cannot be expected to reach it.
    RepositoryInvalid = "repository-invalid" Warning,
        fix "write the https address of a page of the source";
    /// The repository's owner is a word that stands for a name, as templates and `annexe new` have it.
    RepositoryPlaceholder = "repository-placeholder" Warning,
        fix "write the address of the source in its place";

    // What the manifest says that the extension brings.

    /// A grammar's name is not in snake_case. Its builder refuses that.
    GrammarName = "grammar-name" Error,
        fix "use lower-case letters, digits and single `_`, as the grammar's own `grammar.js` does";
    /// A grammar's repository is not an address that others can reach.
    GrammarRepository = "grammar-repository" Error,
        fix "write the https address of the grammar's repository";
    /// A grammar's repository is not reached by https.
    GrammarRepositoryInsecure = "grammar-repository-insecure" Warning,
        fix "write the https address of the grammar's repository";
    /// A grammar is not bound to one commit: a branch or tag may be another tomorrow.
    GrammarRevision = "grammar-revision" Warning,
        fix "write the 40 digits of a commit as `rev`";
    /// A grammar is not built: it must be compiled from its repository before it can be used.
    GrammarNotBuilt = "grammar-not-built" Warning,
        fix "compile it from its repository, with `tree-sitter build --wasm`";
    /// A grammar's file is not a grammar, or one of another name.
    GrammarInvalid = "grammar-invalid" Error,
        fix "build it with `tree-sitter build --wasm`";
    /// A language server serves no language, so nothing ever starts it.
    LanguageServerLanguages = "language-server-languages" Warning,
        fix "add `languages = [\"…\"]`, with the names of the languages it serves";
    /// The key `language` is deprecated for the list `languages`.
    LanguageServerLanguage = "language-server-language" Note,
        fix "write `languages = [\"…\"]` in its place";
    /// A capability is of an unknown kind, so it is never granted; Zed does not read such a
    /// manifest at all.
    CapabilityUnknown = "capability-unknown" Error,
        fix "use one of `process:exec`, `process:env`, `download_file`, `npm:install`, `http`, `env` and `mount`";
    /// A capability is of a kind that this host knows and Zed does not: Zed does not read such a manifest at
    /// all.
    CapabilityForeign = "capability-foreign" Warning,
        fix "leave it out where the extension is for Zed too: a user can grant it all the same";
    /// A capability lacks what its kind needs, or says it in another type.
    CapabilityMalformed = "capability-malformed" Error,
        fix "a `process:exec` has `command` and `args`, a `download_file` has `host` and `path`, an `npm:install` has `package`, an `http` has `host`, an `env` and a `process:env` have `name`, a `mount` has `host` and `guest`";
    /// A capability can never match what it is meant to allow, or a part of it is never looked at.
    CapabilityIneffective = "capability-ineffective" Warning,
        fix "write the pattern word by word: `*` is any one, `**` at the end is all that are left";
    /// The component can run programs, and the manifest asks for none. Each call would be refused. Only a
    /// warning: that the component holds the call does not say that it is ever reached.
    CapabilityMissing = "capability-missing" Warning,
        fix "add a capability of the kind `process:exec` for each program";
    /// The component can download files or install packages, and the manifest does not say which. Nothing is
    /// refused for it, but who installs the extension is not told.
    CapabilityUndeclared = "capability-undeclared" Note,
        fix "add a capability of the kind `download_file` or `npm:install`";

    // Files.

    /// A file that the manifest names is not there.
    FileMissing = "file-missing" Error,
        fix "add the file, or take what names it out of the manifest";
    /// A file is a link that leads out of the repository, to nothing or in a circle, or lies behind one. An archive holds
    /// no links; others are packed as what they lead to.
    FileLink = "file-link" Error,
        fix "put a copy of the file there instead";
    /// A link leads out of the extension's folder, to something else in its repository: that is packed in its place.
    LinkFollowed = "link-followed" Note,
        fix "make sure that everybody may read what it leads to";
    /// Something else stands where a file or a folder must be.
    FileKind = "file-kind" Error,
        fix "put a plain file there, or a folder where one is meant";
    /// A file cannot be read.
    FileUnreadable = "file-unreadable" Error,
        fix "make the file readable";
    /// A file's name cannot be held by every system or by an archive.
    FileName = "file-name" Error,
        fix "rename the file so that Linux, macOS and Windows can all hold it";
    /// Two files have names that some system takes for the same.
    FileCollision = "file-collision" Error,
        fix "rename one of the two, so that systems which ignore case can hold both";
    /// There is no licence at the top: a file whose name begins with `LICENSE` or `LICENCE`.
    LicenceMissing = "licence-missing" Error,
        fix "add a `LICENSE` with the whole text of an accepted licence";
    /// A licence is empty.
    LicenceEmpty = "licence-empty" Error,
        fix "put the whole text of an accepted licence there";
    /// A licence is a link that leads out of the repository, or to nothing. An archive holds no links.
    LicenceLink = "licence-link" Error,
        fix "put a copy of the licence there instead";
    /// No licence is one that registries accept, in its own words.
    LicenceUnknown = "licence-unknown" Error,
        fix "use the whole text of Apache-2.0, BSD-2-Clause, BSD-3-Clause, CC-BY-4.0, GPL-3.0, LGPL-3.0, MIT, Unlicense or Zlib";

    // Themes, languages, snippets and schemas.

    /// A file is not in its format: JSON, TOML, a query.
    AssetSyntax = "asset-syntax" Error,
        fix "mend the text at this place";
    /// A file, or something in it, is larger than any real one.
    AssetTooLarge = "asset-too-large" Error,
        fix "leave out what no editor reads";
    /// A key that must, or should, be there is not. An error where what it belongs to is lost without it.
    AssetMissingKey = "asset-missing-key" Error,
        fix "add the key";
    /// A value has another type than its key takes. An error where what it belongs to is lost.
    AssetWrongType = "asset-wrong-type" Error,
        fix "write a value of the type that is expected";
    /// A value means nothing. An error where what it belongs to is lost.
    AssetInvalidValue = "asset-invalid-value" Error,
        fix "write a value that the key takes";
    /// Nothing reads this key: it is misspelt, or of another program.
    AssetUnknownKey = "asset-unknown-key" Warning,
        fix "take the key out";
    /// A name leads to nothing: an icon, a grammar, a query.
    AssetUnknownName = "asset-unknown-name" Warning,
        fix "write a name that is there";
    /// A name, key or suffix is there twice, and but one of them counts.
    AssetDuplicate = "asset-duplicate" Warning,
        fix "take one of the two out";
    /// A colour has a deprecated name. Registries refuse that.
    ThemeDeprecatedColour = "theme-deprecated-colour" Error,
        fix "write the colour's present name";
    /// A language has a query, and no grammar of the extension's own that it could ask.
    QueryWithoutGrammar = "query-without-grammar" Error,
        fix "name the grammar in the language's `config.toml`, and bring it in the manifest's `grammars`";

    // The component.

    /// The manifest names what only a component can serve, and there is none.
    ComponentMissing = "component-missing" Error,
        fix "add the component as `extension.wasm`, or its source with a `Cargo.toml`";
    /// The file is not WebAssembly, or damaged.
    ComponentInvalid = "component-invalid" Error,
        fix "build the component again";
    /// The file is a core module, not a component.
    ComponentCoreModule = "component-core-module" Error,
        fix "build with `cargo build --target wasm32-wasip2`";
    /// The component is a program to run, not an extension.
    ComponentCommand = "component-command" Error,
        fix "build a library, with `crate-type = [\"cdylib\"]`, that calls `register_extension!`";
    /// The component does not say which API it was built with.
    ComponentApiMissing = "component-api-missing" Error,
        fix "build with the `zed_extension_api` crate, and keep custom sections when you strip the file";
    /// The component says in no usable way which API it was built with.
    ComponentApiAmbiguous = "component-api-ambiguous" Error,
        fix "build with one version of the `zed_extension_api` crate";
    /// The component was built with an API that this host does not serve.
    ComponentApiUnsupported = "component-api-unsupported" Error,
        fix "build with a version of `zed_extension_api` that `annexe api` lists";
    /// The component imports or exports something that is not so in the API it says it was built with.
    ComponentUnfit = "component-unfit" Error,
        fix "build again with one version of the `zed_extension_api` crate";
    /// The component imports WASI of another generation than preview 2.
    ComponentWasi = "component-wasi" Error,
        fix "build for `wasm32-wasip2`";
    /// The component can open connections of its own, and every one is refused. Some languages' tools add
    /// this to all that they build.
    ComponentNetwork = "component-network" Note,
        fix "fetch with the API's `http-client`";
    /// The engine cannot compile or link the component.
    ComponentNotCompiled = "component-not-compiled" Error,
        fix "build the component again, with no proposals of WebAssembly turned on that the engine lacks";
    /// The component does not start, without a network and with nothing granted. Only asked where one wants to know.
    ComponentNotStarted = "component-not-started" Error,
        fix "let the start of the extension do nothing that can fail: what it needs can be had when it is first asked";
    /// The component exports what its own API does not have, and is never asked for it.
    ComponentNeverAsked = "component-never-asked" Warning,
        fix "build with the version of `zed_extension_api` that has it";
    /// The manifest's `lib.version` is not the API that the component was built with.
    ComponentVersionDiffers = "component-version-differs" Warning,
        fix "take `lib.version` out: it is computed from the component";
    /// The manifest names what the component's API has no answer for, so it can never work.
    ComponentUnanswered = "component-unanswered" Error,
        fix "build with a version of `zed_extension_api` that can answer, or take it out of the manifest";
    /// There is a component, and the manifest names nothing that it would be asked for.
    ComponentUnused = "component-unused" Warning,
        fix "name in the manifest what the component serves, or leave the component out";
    /// The component is larger than any that is published, which are below 32 MiB.
    ComponentSize = "component-size" Warning,
        fix "build for size: `opt-level = \"z\"`, `lto = true`, `strip = true`";

    // The source of a component.

    /// The component is not built, so nothing of it was checked.
    SourceUnbuilt = "source-unbuilt" Note,
        fix "build it with `annexe build`, and check again";
    /// A source was changed after the component beside it was built, so what was checked is not what the sources make.
    SourceNewer = "source-newer" Warning,
        fix "build again, with `annexe build`, or remove `extension.wasm`: `annexe pack` builds what it packs";
    /// The package has another version than the extension.
    SourceVersionDiffers = "source-version-differs" Warning,
        fix "write the same version in `Cargo.toml` and `extension.toml`";
    /// `Cargo.toml` cannot be read.
    SourceManifest = "source-manifest" Error,
        fix "mend `Cargo.toml`";
    /// The package is not a library that becomes a component.
    SourceCrateType = "source-crate-type" Error,
        fix "write `crate-type = [\"cdylib\"]` below `[lib]`";
    /// The package does not depend on `zed_extension_api`, so what is built names no API.
    SourceApiMissing = "source-api-missing" Warning,
        fix "add `zed_extension_api` to the `[dependencies]`";
    /// The package asks for a version of `zed_extension_api` that this host does not serve.
    SourceApiUnsupported = "source-api-unsupported" Error,
        fix "ask for a version that `annexe api` lists";
    /// A build of another program left something that belongs in no archive. It is left out.
    SourceLeftover = "source-leftover" Note,
        fix "remove it, or have version control ignore it";

    // The archive.

    /// The archive is refused: it is damaged, or not written as archives of extensions are.
    ArchiveInvalid = "archive-invalid" Error,
        fix "write it with `annexe pack <folder>`";
    /// The archive, or what would be one, is larger, deeper or has more files than any that is unpacked.
    ArchiveLimit = "archive-limit" Error,
        fix "leave out what the extension does not need; it can download large files when it runs";
    /// The archive was not written by `annexe pack`, so others cannot make the same one of the same files.
    ArchiveForeign = "archive-foreign" Note,
        fix "write it with `annexe pack <folder>`";

    /// More is wrong than is listed.
    More = "more" Warning,
        fix "mend what is listed, and check again";
}

impl Code {
    /// Returns the severity of a breach under some rules. A [`Finding`](super::Finding) may be less: where what is
    /// wrong with a file takes nothing away, it is a warning.
    pub fn severity(self, ruleset: Ruleset) -> Severity {
        match (self, ruleset) {
            (
                Self::DeprecatedPart
                | Self::RepositoryMissing
                | Self::SourceApiMissing
                | Self::ManifestUnknownValue
                | Self::CapabilityForeign,
                Ruleset::Zed,
            ) => Severity::Error,
            _ => self.usual_severity(),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An error of parsing the code of a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rule has the code `{}`", printable(text))]
pub struct ParseCodeError {
    text: String,
}

impl Hint for ParseCodeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        let known = Code::ALL.iter().map(|code| code.as_str());
        Some(match nearest(&self.text, known) {
            Some(code) => format!("did you mean `{code}`?"),
            None => "`annexe check --rules` lists all codes".into(),
        })
    }
}

impl FromStr for Code {
    type Err = ParseCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|code| code.as_str() == text);
        known
            .copied()
            .ok_or_else(|| ParseCodeError { text: text.into() })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_in_kebab_case_and_has_words_of_its_own() {
        let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        for code in Code::ALL {
            let text = code.as_str();
            assert!(
                text.chars().all(|it| it.is_ascii_lowercase() || it == '-'),
                "{text}"
            );
            assert_eq!(text.parse(), Ok(*code));
            assert!(code.explanation().ends_with('.'), "{text}");
            assert!(!code.explanation().contains("  "), "{text}");
            assert!(
                !code.fix().is_empty() && !code.fix().ends_with('.'),
                "{text}"
            );
        }
    }

    #[test]
    fn a_slip_finds_the_code_that_was_meant() {
        let hint = |text: &str| text.parse::<Code>().unwrap_err().hint().unwrap();
        assert_eq!(hint("license-missing"), "did you mean `licence-missing`?");
        assert!(hint("x").contains("--rules"));
    }
}
