//! The user's configuration of tools: where they are fetched from, and which are held where they are.
//!
//! ```toml
//! [tools]
//! download = [{ from = "https://github.com/", to = "https://mirror.example/github/" }]
//!
//! [tools.hold]
//! github = { "owner/name" = "v1.2.3" }                      # a release, by its tag
//! npm = { pyright = "1.1.380" }                             # a package's version
//! download = { "https://example.org/tool.tar.gz" = "9f…" }  # the sha256 of what is there
//! ```

use std::collections::BTreeMap;

use annexe::{AddressRule, HeldTools, Hint as _, ServiceOptions, digest::Sha256Digest};
use serde::Deserialize;
use toml::Spanned;
use url::Url;

/// The settings for tools.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolsEntry {
    #[serde(default)]
    download: Vec<Spanned<AddressRule>>,
    #[serde(default)]
    hold: HoldEntry,
}

#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "HoldTable")]
struct HoldEntry(HeldTools);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldTable {
    #[serde(default)]
    github: BTreeMap<String, String>,
    #[serde(default)]
    npm: BTreeMap<String, String>,
    #[serde(default)]
    download: BTreeMap<String, Sha256Digest>,
}

impl TryFrom<HoldTable> for HoldEntry {
    type Error = String;

    fn try_from(table: HoldTable) -> Result<Self, Self::Error> {
        let mut tools = HeldTools::default();
        let releases = table.github.iter();
        let mut holding = releases.map(|(name, tag)| tools.hold_release(name, tag));
        let mut problem = holding.find_map(Result::err);
        let packages = table.npm.iter();
        let mut holding = packages.map(|(name, version)| tools.hold_package(name, version));
        problem = problem.or_else(|| holding.find_map(Result::err));
        let downloads = table.download.into_iter();
        let mut holding = downloads.map(|(url, sha256)| tools.hold_download(&url, sha256));
        problem = problem.or_else(|| holding.find_map(Result::err));
        match problem {
            None => Ok(Self(tools)),
            Some(error) => Err(match error.hint() {
                Some(hint) => format!("{error}; {hint}"),
                None => error.to_string(),
            }),
        }
    }
}

impl ToolsEntry {
    /// Says in `options` what this says.
    pub fn apply(&self, options: &mut ServiceOptions) {
        options.tools.download = self.rules().cloned().collect();
        options.tools.hold = self.hold.0.clone();
    }

    /// The rules for where downloads are fetched from.
    pub fn rules(&self) -> impl Iterator<Item = &AddressRule> {
        self.download.iter().map(Spanned::get_ref)
    }

    /// The first rule for addresses that another one is for already: where it begins in the text, and what is wrong. Only
    /// one of them could count.
    pub fn twice(&self) -> Option<(usize, String)> {
        let rules = self.download.iter().enumerate();
        let mut twice = rules.filter(|(at, rule)| {
            let mut before = self.download.iter().take(*at);
            before.any(|it| it.get_ref().from() == rule.get_ref().from())
        });
        let (_, rule) = twice.next()?;
        let from = rule.get_ref().from();
        let problem = format!("there are two rules for `{from}`; leave one of them out");
        Some((rule.span().start, problem))
    }

    /// Whether a rule leads to the server of an address.
    pub fn leads_to(&self, address: &Url) -> bool {
        self.rules()
            .any(|rule| rule.to().origin() == address.origin())
    }

    /// The tools that are held, a line each.
    pub fn held(&self) -> impl Iterator<Item = String> {
        self.hold.0.in_words()
    }
}
