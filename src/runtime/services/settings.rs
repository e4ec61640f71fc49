//! A user's settings, as the JSON text that guests read.

use serde::Serialize;

use super::{ServiceResult, Services, error::ServiceError, of_length};
use crate::base::types::SettingsLocation;

impl Services {
    /// Settings of a category (`language`, `lsp` or `context_servers`), for a key (a language, a
    /// server), where they are looked up.
    ///
    /// # Errors
    /// [`ServiceError::Argument`] for an unknown category; otherwise what the delegate answers.
    pub async fn settings(
        &self,
        location: Option<SettingsLocation>,
        category: &str,
        key: Option<&str>,
    ) -> ServiceResult<String> {
        let location = location.map(normal);
        let location = location.as_ref();
        match category {
            "language" => json(&self.delegate.language_settings(location, key).await?),
            "lsp" => json(
                &self
                    .delegate
                    .language_server_settings(location, key.unwrap_or_default())
                    .await?,
            ),
            "context_servers" => json(
                &self
                    .delegate
                    .context_server_settings(location, key.unwrap_or_default())
                    .await?,
            ),
            _ => Err(ServiceError::Argument(format!(
                "unknown settings category `{category}`"
            ))),
        }
    }
}

/// Extensions of API 0.0.6 and 0.1.0 name a worktree's root by its absolute path, later ones by an
/// empty path; no published crate can send another absolute path.
fn normal(location: SettingsLocation) -> SettingsLocation {
    let path = &location.path;
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '\\']) || drive {
        return SettingsLocation {
            path: String::new(),
            ..location
        };
    }
    location
}

fn json<T: Serialize>(settings: &T) -> ServiceResult<String> {
    let text = serde_json::to_string(settings)
        .map_err(|error| ServiceError::Argument(error.to_string()))?;
    of_length(text, || "the setting".into())
}
