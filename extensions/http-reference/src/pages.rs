//! The pages of the documentation provider.

use crate::entry::{Entry, slug};
use crate::fields::FIELDS;
use crate::status_codes::STATUS_CODES;

/// The packages that can be indexed.
pub const PACKAGES: [&str; 2] = ["status-codes", "fields"];

/// A package's pages: a key and Markdown for each entry.
pub fn pages(package: &str) -> Result<Vec<(String, String)>, String> {
    let entries: &[Entry] = match package {
        "status-codes" => &STATUS_CODES,
        "fields" => &FIELDS,
        _ => {
            let packages = PACKAGES.map(|package| format!("`{package}`")).join(" and ");
            return Err(format!(
                "there is no package `{package}`: there are {packages}"
            ));
        }
    };
    let page = |entry: &Entry| (format!("{package}/{}", slug(entry.term)), entry.page());
    Ok(entries.iter().map(page).collect())
}
