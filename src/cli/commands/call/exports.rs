//! Exports that extensions can be asked for.

use std::fmt;

use annexe::{
    api::{EXPORTS, Export},
    suggestion::similar,
};
use semver::Version;
use serde::Serialize;

use crate::cli::{failure::Complaint, wording};

/// The argument that says which server a call is about.
pub const SERVER: &str = "server";

/// The argument that is a slash command.
pub const SLASH_COMMAND: &str = "command";

/// The exports of an extension of one API version.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Exports {
    exports: Vec<CallableExport>,
    #[serde(skip)]
    api: Version,
}

#[derive(Debug, Serialize)]
struct CallableExport {
    #[serde(flatten)]
    export: Export,
    /// The extension's API has it; what came later is answered by a default, or not at all.
    in_api: bool,
}

impl Exports {
    /// All exports, seen from an extension's API version.
    pub fn of(api: Version) -> Self {
        let exports = EXPORTS.iter().map(|export| CallableExport {
            export: *export,
            in_api: Version::parse(export.since).is_ok_and(|since| since <= api),
        });
        Self {
            exports: exports.collect(),
            api,
        }
    }
}

impl fmt::Display for Exports {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![["EXPORT", "ARGUMENTS", "SINCE"].map(str::to_owned).to_vec()];
        rows.extend(
            self.exports
                .iter()
                .map(|CallableExport { export, in_api }| {
                    let since = match in_api {
                        true => export.since.to_owned(),
                        false => format!("{} (its API is {})", export.since, self.api),
                    };
                    vec![
                        export.name.to_owned(),
                        export.argument_names().join(" "),
                        since,
                    ]
                }),
        );
        formatter.write_str(&wording::table(&rows))
    }
}

/// The export of a name.
///
/// # Errors
/// Where there is none; the nearest is offered.
pub fn find(name: &str) -> Result<&'static Export, Complaint> {
    EXPORTS
        .iter()
        .find(|export| export.name == name)
        .ok_or_else(|| {
            let near = similar(name, EXPORTS.iter().map(|export| &export.name));
            let complaint = Complaint::usage(format!("no API version has an export `{name}`"));
            complaint.with_hint(match near.first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => "leave it out to see what extensions can be asked".into(),
            })
        })
}

/// Whether an export is about a language server, and not about one of another kind.
pub fn names_language_server(export: &Export) -> bool {
    export.argument_names().contains(&SERVER) && !export.name.starts_with("context-server-")
}

/// An export's arguments in words.
pub fn takes(export: &Export) -> String {
    match export.argument_names().as_slice() {
        [] => "no arguments".into(),
        names => {
            let count = wording::count(names.len() as u64, "argument", "arguments");
            format!("{count} ({})", names.join(", "))
        }
    }
}

/// Returns the form in which a call of an export is written.
pub fn form(extension: &str, export: &Export) -> String {
    let arguments = export
        .arguments
        .iter()
        .map(|argument| match argument.is_required {
            true => format!(" <{}>", argument.name),
            false => format!(" [{}]", argument.name),
        });
    format!(
        "annexe call {extension} {}{}",
        export.name,
        arguments.collect::<String>()
    )
}
