//! Which rows are answered, as the last open copy of the service chose them.

use std::cmp::Ordering;

use annexe::types::ExtensionVersion;
use serde_json::Value;

use super::Published;
use crate::support::server::port::Request;

/// The most rows of a list; there is no second page.
const LIMIT: usize = 500;

/// What a request asks for.
#[derive(Default)]
pub(super) struct Query {
    filter: Option<String>,
    provides: Vec<String>,
    ids: Option<Vec<String>>,
    schemas: [Option<i64>; 2],
    apis: [Option<semver::Version>; 2],
}

impl Query {
    /// Reads the query of a request, or says what cannot be read of it.
    pub(super) fn read(request: &Request) -> Result<Self, String> {
        let list = |key: &str| {
            let text = request.query(key)?;
            let items = text.split(',').map(str::trim).filter(|it| !it.is_empty());
            Some(items.map(str::to_owned).collect::<Vec<_>>())
        };
        let schema = |key: &str| match request.query(key).map(|text| text.parse()) {
            Some(Err(_)) => Err(format!("Failed to deserialize query string: {key}")),
            found => Ok(found.and_then(Result::ok)),
        };
        let api = |key: &str| match request.query(key).map(|text| text.parse()) {
            Some(Err(_)) => Err(format!("Failed to deserialize query string: {key}")),
            found => Ok(found.and_then(Result::ok)),
        };
        Ok(Self {
            filter: request.query("filter").filter(|text| !text.is_empty()),
            provides: list("provides").unwrap_or_default(),
            ids: list("ids"),
            schemas: [schema("min_schema_version")?, schema("max_schema_version")?],
            apis: [api("min_wasm_api_version")?, api("max_wasm_api_version")?],
        })
    }

    /// The newest version of each extension whose schema is not above the wished one, the most downloaded first.
    pub(super) fn list(&self, published: &[Published]) -> Vec<Value> {
        let most = self.schemas[1].unwrap_or(0);
        let mut rows: Vec<&Published> = newest(published.iter().filter(|it| it.schema() <= most));
        rows.retain(|it| {
            let name = it.row["name"].as_str().unwrap_or_default();
            let provides = |wished: &String| it.provides().contains(&wished.as_str());
            self.filter.as_ref().is_none_or(|text| is_like(name, text))
                && self.provides.iter().all(provides)
                && self.ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
        });
        let rank = |it: &Published| {
            let count = it.row["download_count"].as_u64().unwrap_or_default();
            (std::cmp::Reverse(count), it.row["name"].to_string())
        };
        rows.sort_by_cached_key(|it| rank(it));
        rows.truncate(LIMIT);
        rows.into_iter().map(|it| it.row.clone()).collect()
    }

    /// The newest version within the limits, of each extension that is asked about.
    pub(super) fn updates(&self, published: &[Published]) -> Vec<Value> {
        let ids = self.ids.as_deref().unwrap_or_default();
        let within = published.iter().filter(|it| ids.contains(&it.id));
        let within = within.filter(|it| self.allows_schema(it) && self.allows_api(it));
        newest(within)
            .into_iter()
            .map(|it| it.row.clone())
            .collect()
    }

    /// The newest version within the limits, which count where all four are given.
    pub(super) fn newest(&self, published: &[Published], id: &str) -> Option<usize> {
        let is_limited =
            self.schemas.iter().all(Option::is_some) && self.apis.iter().all(Option::is_some);
        let is_within = |it: &&Published| {
            it.id == id && (!is_limited || self.allows_schema(it) && self.allows_api(it))
        };
        let found = newest(published.iter().filter(is_within))
            .into_iter()
            .next()?;
        published.iter().position(|it| std::ptr::eq(it, found))
    }

    fn allows_schema(&self, published: &Published) -> bool {
        let [least, most] = self.schemas;
        let schema = published.schema();
        least.is_none_or(|least| least <= schema) && most.is_none_or(|most| schema <= most)
    }

    /// A version without an API version is never held back.
    fn allows_api(&self, published: &Published) -> bool {
        let Some(api) = published.api() else {
            return true;
        };
        let [least, most] = &self.apis;
        let is_above = least.as_ref().is_none_or(|least| *least <= api);
        is_above && most.as_ref().is_none_or(|most| api <= *most)
    }
}

/// All versions of an extension.
pub(super) fn versions(published: &[Published], id: &str) -> Vec<Value> {
    let versions = published.iter().filter(|it| it.id == id);
    versions.map(|it| it.row.clone()).collect()
}

/// The newest version of each extension.
fn newest<'a>(published: impl Iterator<Item = &'a Published>) -> Vec<&'a Published> {
    let mut newest: Vec<&Published> = Vec::new();
    for it in published {
        match newest.iter_mut().find(|found| found.id == it.id) {
            Some(found) if order(found, it) == Ordering::Less => *found = it,
            Some(_) => {}
            None => newest.push(it),
        }
    }
    newest
}

/// What cannot be read as a version is older than all that can.
fn order(one: &Published, other: &Published) -> Ordering {
    let version = |of: &Published| of.version.parse::<ExtensionVersion>().ok();
    version(one).cmp(&version(other))
}

/// Whether the characters of `text` stand in a name, in their order and in any case.
fn is_like(name: &str, text: &str) -> bool {
    let mut rest = name.chars().flat_map(char::to_lowercase);
    let mut wished = text.chars().flat_map(char::to_lowercase);
    wished.all(|character| rest.any(|it| it == character))
}
