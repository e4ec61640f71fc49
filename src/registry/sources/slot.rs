//! One configured registry, which is opened when it is first needed.

use tokio::sync::OnceCell;

use super::RegistryConfiguration;
use crate::registry::{Access, Error, Registry};

#[derive(Debug)]
pub(super) struct Slot {
    /// `None` for a registry that was given open.
    configuration: Option<RegistryConfiguration>,
    registry: OnceCell<Registry>,
}

impl Slot {
    pub(super) fn new(configuration: RegistryConfiguration) -> Self {
        Self {
            configuration: Some(configuration),
            registry: OnceCell::new(),
        }
    }

    pub(super) fn open(registry: Registry) -> Self {
        Self {
            configuration: None,
            registry: OnceCell::new_with(Some(registry)),
        }
    }

    /// The registry's name, as far as it is known without opening it.
    pub(super) fn name(&self) -> Option<&str> {
        let configured = self
            .configuration
            .as_ref()
            .and_then(|it| it.name.as_deref());
        configured.or_else(|| self.registry.get().map(Registry::name))
    }

    /// The registry, opened now if it is not yet. Whoever comes at the same time waits for the one
    /// that opens it; after a failure the next one tries again.
    pub(super) async fn registry(&self, access: &Access) -> Result<&Registry, Error> {
        let opening = || async {
            match &self.configuration {
                Some(it) => {
                    let name = it.name.as_deref();
                    Registry::open_mirrored(name, &it.location, &it.mirrors, access).await
                }
                // Given open, it is never opened.
                None => Err(Error::NoSuchRegistry {
                    name: String::new(),
                    known: Vec::new(),
                }),
            }
        };
        self.registry.get_or_try_init(opening).await
    }
}
