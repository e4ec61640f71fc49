//! Guide pages: one page a topic, for users of the command, authors of extensions and embedders.
//!
//! `annexe help TOPIC` prints the same pages. Each transcript in them was run as it stands; times, digests and dates
//! differ from machine to machine.

use serde::Serialize;

/// A page of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Topic {
    /// The name by which `annexe help` knows the page. No command has it.
    pub name: &'static str,
    /// One line on what the page is about, without a final period.
    pub summary: &'static str,
    /// The page, in Markdown, from its heading on.
    pub text: &'static str,
}

/// The page of a name, if there is one.
pub fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// Writes a module of documentation for each page, and the table of them.
macro_rules! topics {
    ($($module:ident $name:literal $summary:literal;)*) => {
        $(
            #[doc = concat!($summary, ".")]
            ///
            #[doc = include_str!(concat!($name, ".md"))]
            pub mod $module {}
        )*

        /// All pages, in the order in which a newcomer reads them.
        pub const TOPICS: &[Topic] = &[$(Topic {
            name: $name,
            summary: $summary,
            text: include_str!(concat!($name, ".md")),
        }),*];
    };
}

topics! {
    getting_started "getting-started" "Install an extension and ask it something";
    editors "editors" "Start the servers of what is installed in the editor you use";
    agents "agents" "Start debug adapters and context servers in any client";
    upgrading "upgrading" "Update across API versions, look back and go back";
    configuration "configuration" "The files, variables and folders that the command reads";
    registries "registries" "Where extensions come from, and what identifies a registry";
    lockfile "lockfile" "The same extensions on another machine";
    permissions "permissions" "What extensions may do: grants, profiles and the audit";
    sandbox "sandbox" "What an extension sees of the machine, and its limits";
    downloads "downloads" "What extensions fetch and run: npm, GitHub, files, programs";
    troubleshooting "troubleshooting" "What an extension did: traces, logs, core dumps, faults";
    trust "trust" "What is believed, and what is refused";
    authoring "authoring" "Write, check, build and publish an extension";
    samples "samples" "The extensions of the built-in registry";
    embedding "embedding" "The library in another program";
    performance "performance" "Measured times and sizes, and how they are measured";
    contributing "contributing" "Where things are in the sources, and what must pass";
}
