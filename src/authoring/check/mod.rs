//! The check of an extension: every rule that a registry would hold it to, and whether it can be run here.
//!
//! Needs the feature `authoring`.
//!
//! [`folder`] checks a folder of sources or of what was built, [`unpacked`] what was in an archive, and
//! [`component`] a component alone. All three find everything they can, and not the first mistake only: a
//! manifest is read as far as it can be, and what one rule finds keeps no other back. Nothing is compiled
//! or run, and nothing is asked of the network; who has a host compiles and starts the component as well, and adds
//! what becomes of it with [`Checked::not_compiled`] and [`Checked::not_started`]; who has a registry compares versions with
//! [`Checked::compare_version`].
//!
//! A [`Finding`] says which rule is broken, where, and the way out. The rules are the variants of
//! [`Code`]; `annexe check --rules` lists them. To add one: a line in its table, and the rule in the file
//! of its group.
//!
//! | file | rules on |
//! |---|---|
//! | `document.rs` | the manifest as a text: types, keys, paths |
//! | `identity.rs`, `reserved.rs` | id, name, version, authors, repository |
//! | `parts.rs`, `capabilities.rs` | what the manifest says that the extension brings and asks for |
//! | `files.rs`, `licence.rs` | the files that are packed, and the licence among them |
//! | `assets.rs` | themes, languages, grammars, snippets, schemas |
//! | `component.rs`, `answers.rs` | the component, and what the manifest says of it |
//! | `source.rs` | the package that a component is built from |
//! | `archive.rs` | the archive |
//!
//! Whether a query fits its grammar, and whether names are taken already, is not checked: the one takes a
//! grammar that runs, the other all registries.

mod answers;
mod archive;
mod assets;
mod capabilities;
mod code;
mod component;
mod document;
mod files;
mod finding;
mod identity;
mod licence;
mod parts;
mod reserved;
mod source;

use std::path::Path;

use self::finding::Findings;
pub use self::{
    code::{Code, ParseCodeError},
    finding::Finding,
    identity::{PLACEHOLDER_AUTHOR, PLACEHOLDER_REPOSITORY},
    reserved::{Refusal, nearest_id, refusals_of_id, refusals_of_name},
};
pub use crate::package::declarative::{Position, Severity};
use crate::{
    authoring::builder::{FollowedLink, LinkFreeFolder},
    base::types::{ExtensionId, ExtensionVersion},
    package::{
        archive::{Error as ArchiveError, Unpacked},
        manifest::{Manifest, ManifestErrorKind, ManifestFile, PartialManifest},
    },
    runtime::api::{Compatibility, HostError},
};

/// The set of rules that an extension is held to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ruleset {
    /// Those of this program's registries: all rules but two, which are notes.
    #[default]
    Annexe,
    /// Those of Zed as well: its registry asks for the source's address and refuses parts that Zed has deprecated, and what
    /// stops Zed from reading a whole file is an error, though this program reads the rest.
    Zed,
}

/// The result of checking an extension.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Checked {
    /// The id, where the manifest has one that can be used.
    pub id: Option<ExtensionId>,
    /// The manifest as far as it could be read, completed from its folder; `None` for a component alone
    /// and where there is no manifest at all. Where [`findings`](Self::findings) has errors of the
    /// manifest, a placeholder stands for an id, name or version that could not be read.
    pub manifest: Option<Manifest>,
    /// Whether something stands where a component does.
    pub has_component: bool,
    /// The component, where there is one that could be read.
    pub wasm: Option<Vec<u8>>,
    /// The adapter that serves the component, where its imports and exports fit.
    pub compatibility: Option<Compatibility>,
    /// Whether there is a component's source, and no component.
    pub is_unbuilt: bool,
    /// Everything that is wrong, file by file in the order of its places (the first 1,000 found).
    pub findings: Vec<Finding>,
    /// Where the version stands.
    version: Option<(ManifestFile, Option<Position>)>,
}

impl Checked {
    /// Whether nothing found is an error.
    pub fn passes(&self) -> bool {
        self.errors().next().is_none()
    }

    /// The findings that are errors.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        let is_error = |finding: &&Finding| finding.severity == Severity::Error;
        self.findings.iter().filter(is_error)
    }

    /// Adds what is wrong where an engine could not compile or link the component.
    pub fn not_compiled(&mut self, error: &HostError) {
        let file = self.manifest.is_some().then_some(component::FILE);
        self.findings.extend(component::of_error(error, file));
    }

    /// Adds what is wrong where the component was started, and did not start.
    pub fn not_started(&mut self, error: &HostError) {
        let causes = std::iter::successors(Some(error as &dyn std::error::Error), |it| it.source());
        let mut words: Vec<String> = causes.map(ToString::to_string).collect();
        words.dedup();
        let finding = Finding::new(Code::ComponentNotStarted, words.join(": "));
        self.findings.push(match self.manifest.is_some() {
            true => finding.in_file(component::FILE),
            false => finding,
        });
    }

    /// Adds what is wrong where the version is not greater than the newest one of its id that a registry
    /// has. A malformed version is not compared; it was found before.
    pub fn compare_version(&mut self, newest: &ExtensionVersion) {
        let manifest = self.manifest.as_ref();
        let Some(version) = manifest.and_then(|it| it.extension_version().ok()) else {
            return;
        };
        if version <= *newest {
            let problem = if version.is_spelling_of(newest) {
                format!("{version} reads as {newest} does, which is published already")
            } else if version == *newest {
                format!("{version} is published already")
            } else {
                format!("{version} is less than {newest}, which is published")
            };
            let (file, place) = self.version.unwrap_or((ManifestFile::Toml, None));
            let finding = Finding::new(Code::VersionNotGreater, problem)
                .in_file(file.name())
                .at(place)
                .of_key(Some("version"))
                .with_fix(Some(format!("raise the version above {newest}")));
            self.findings.push(finding);
        }
    }
}

/// Checks the extension in a folder: its sources, or what was built of them. Links that stay in its repository are
/// followed. Blocks while it reads.
pub fn folder(folder: &Path, ruleset: Ruleset) -> Checked {
    // Where the copy fails, the links are what is wrong.
    let link_free = LinkFreeFolder::of(folder).ok().flatten();
    let subject = Subject {
        folder: link_free.as_ref().map_or(folder, LinkFreeFolder::path),
        sources: folder,
        is_archive: false,
    };
    let mut findings = Findings::new(ruleset);
    for FollowedLink { link, target } in link_free.iter().flat_map(LinkFreeFolder::followed) {
        let problem = format!(
            "it is a link to `{}`, which is packed in its place",
            target.display()
        );
        let link = link.to_string_lossy();
        findings.add(Finding::new(Code::LinkFollowed, problem).in_file(link));
    }
    subject.check(findings)
}

/// Checks the extension in a folder that an archive was unpacked into. Blocks while it reads.
///
/// What cannot be mended in it is milder: archives made for Zed hold no licence.
pub fn unpacked(folder: &Path, unpacked: &Unpacked, ruleset: Ruleset) -> Checked {
    let subject = Subject {
        folder,
        sources: folder,
        is_archive: true,
    };
    let mut findings = Findings::new(ruleset);
    findings.extend(archive::written(unpacked));
    subject.check(findings)
}

/// Returns the findings for an archive that was refused.
pub fn refused(error: &ArchiveError) -> Checked {
    Checked {
        findings: vec![archive::of_error(error)],
        ..Checked::default()
    }
}

/// Checks a component alone.
pub fn component(wasm: Vec<u8>) -> Checked {
    let mut findings = Findings::new(Ruleset::default());
    let compatibility = component::check(&wasm, None, &mut findings);
    Checked {
        compatibility,
        has_component: true,
        wasm: Some(wasm),
        findings: findings.into_sorted(),
        ..Checked::default()
    }
}

/// A folder that is checked.
#[derive(Debug, Clone, Copy)]
struct Subject<'a> {
    folder: &'a Path,
    /// The author's folder, where the other is a copy of it without links.
    sources: &'a Path,
    /// Whether it was an archive, and so is built.
    is_archive: bool,
}

impl Subject<'_> {
    fn check(self, mut findings: Findings) -> Checked {
        let partial = match PartialManifest::read(self.folder) {
            Ok(partial) => Some(partial),
            Err(error) => {
                findings.add(document::of_error(&error));
                None
            }
        };
        document::check_legacy(self, partial.as_ref(), &mut findings);
        let wasm = component::read(self, partial.is_some(), &mut findings);
        let source = match self.is_archive {
            true => None,
            false => source::find(self.sources, partial.as_ref().map(|it| &it.manifest)),
        };
        // A raw module that a build left there is no component: the sources make one.
        let wasm = match source {
            Some(source::FILE) => wasm.without_core_module(),
            _ => wasm,
        };
        let is_left_over = wasm.is_left_over();
        let has_source = source.is_some();
        let has_component = !wasm.is_absent();
        let is_unbuilt = !has_component && has_source;
        if let Some(partial) = &partial {
            document::check(partial, &mut findings);
            identity::check(self, partial, &mut findings);
            parts::check(partial, &mut findings);
            capabilities::check(partial, &mut findings);
            let covered = files::check(self, partial, &mut findings);
            assets::check(self, partial, &covered, &mut findings);
        }
        licence::check(self, &mut findings);
        let wasm = wasm.into_bytes();
        let compatibility = match &wasm {
            Some(wasm) => component::check(wasm, partial.as_ref(), &mut findings),
            None => None,
        };
        if let Some(partial) = &partial {
            answers::check(
                partial,
                has_component || has_source,
                compatibility.as_ref(),
                &mut findings,
            );
        }
        if let Some(source) = source {
            let state = match (is_unbuilt, is_left_over) {
                (false, _) => source::State::Built,
                (true, false) => source::State::Unbuilt,
                (true, true) => source::State::LeftOver,
            };
            let version = partial.as_ref().map(|it| it.manifest.version.as_str());
            source::check(self, source, state, version, &mut findings);
        }
        let has_id = |partial: &PartialManifest| {
            let errors = &mut partial.errors.iter();
            !errors.any(|error| error.kind() == ManifestErrorKind::Id || error.key() == Some("id"))
        };
        Checked {
            id: partial
                .as_ref()
                .filter(|partial| has_id(partial))
                .map(|partial| partial.manifest.id.clone()),
            version: partial
                .as_ref()
                .map(|partial| (partial.source, partial.place(&["version".into()]))),
            manifest: partial.map(|partial| partial.manifest),
            has_component,
            wasm,
            compatibility,
            is_unbuilt,
            findings: findings.into_sorted(),
        }
    }
}
