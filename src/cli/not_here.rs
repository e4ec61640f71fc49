//! Extensions that are not installed, and where they are to be had.

use annexe::{ErrorKind, Hint, registry::Catalogues, store::StoreError};

use super::{context::Context, registries};

/// An error about an extension that is not installed, with the way out that this machine's catalogues know.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct NotHere {
    error: StoreError,
    hint: String,
}

impl Hint for NotHere {
    fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

/// The error, with the command that installs what is missing, or finds it. No server is asked for that.
pub async fn explained(error: anyhow::Error, context: &Context<'_>) -> anyhow::Error {
    let outermost = error.chain().next();
    let missing = match outermost.and_then(|error| error.downcast_ref()) {
        Some(StoreError::NotInstalled { id, nearest }) => (id.clone(), nearest.is_empty()),
        _ => return error,
    };
    let catalogues = kept(context).await;
    let hint = match missing {
        (id, _) if !catalogues.having(&id).is_empty() => {
            format!("install it with `annexe install {id}`")
        }
        (_, true) => "`annexe search` finds what registries have".into(),
        // What is installed has an id near to it.
        (_, false) => return error,
    };
    match error.downcast() {
        Ok(error) => NotHere { error, hint }.into(),
        Err(error) => error,
    }
}

/// What is known of registries on this machine: nothing, where the configuration cannot be read.
async fn kept(context: &Context<'_>) -> Catalogues {
    let configuration = context.configuration();
    match configuration.and_then(|configuration| registries::kept(&configuration)) {
        Ok(sources) => sources.catalogues().await,
        Err(_) => Catalogues::default(),
    }
}
