//! The terms of a service that is not Annexe's, shown before it is asked for anything.

use annexe::registry::{Location, ZED_REGISTRY};
use url::Url;

use crate::cli::{consent, failure::Complaint, output::Output};

/// Shows what a user should know of a service, and asks whether to use it, unless that was agreed to already. A
/// registry of our own kind needs no agreement.
///
/// # Errors
/// Where the user does not agree, or cannot be asked.
pub async fn agree(
    name: &str,
    location: &Location,
    agreed: bool,
    output: &Output,
) -> anyhow::Result<()> {
    let Location::Zed(address) = location else {
        return Ok(());
    };
    output.insist(of_zed(name, address));
    if agreed || consent::ask(output, "use it?").await {
        return Ok(());
    }
    let complaint = Complaint::new(format!(
        "`{name}` was not added, and nothing was asked of it"
    ));
    Err(complaint
        .with_hint("agree with `--yes` once you have read what is said of it")
        .into())
}

fn of_zed(name: &str, address: &Url) -> String {
    let shown = Location::Zed(address.clone()).to_string();
    let shown = shown.trim_start_matches("zed+");
    let whose = match address.as_str() == ZED_REGISTRY {
        true => "the registry of the editor Zed, a service of Zed Industries, Inc.,",
        false => "a service of the interface of Zed's registry",
    };
    let terms = match address.as_str() == ZED_REGISTRY {
        true => "its terms are yours to read and to keep: https://zed.dev/terms",
        false => "its terms are yours to read and to keep: ask those who run it",
    };
    [
        format!("`{name}` is {whose} at {shown}; it has nothing to do with Annexe:"),
        "- its archives carry no digest and no signature: what is installed first is what a version is taken to be from then on".to_owned(),
        format!("- {terms}"),
        "- it sees what is searched for and installed, and it counts downloads".to_owned(),
    ]
    .join("\n")
}
