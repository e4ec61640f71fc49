//! One configured registry, which is opened when it is first needed.

use tokio::sync::OnceCell;

use super::super::{
    access::Access,
    catalogue::Catalogue,
    error::Error,
    identity::{RegistryId, RegistryIdError},
    reader::Registry,
    search::{Query, SourceCatalogue},
};
use super::RegistryConfiguration;

#[derive(Debug)]
pub(super) struct Slot {
    /// Which registry it is, unless it is configured under a name that it cannot have.
    id: Result<RegistryId, RegistryIdError>,
    /// `None` for a registry that was given open.
    configuration: Option<RegistryConfiguration>,
    registry: OnceCell<Registry>,
}

impl Slot {
    pub(super) fn new(configuration: RegistryConfiguration) -> Self {
        Self {
            id: configuration.id(),
            configuration: Some(configuration),
            registry: OnceCell::new(),
        }
    }

    pub(super) fn open(registry: Registry) -> Self {
        Self {
            id: Ok(registry.id().clone()),
            configuration: None,
            registry: OnceCell::new_with(Some(registry)),
        }
    }

    /// Returns the registry's identity.
    pub(super) fn id(&self) -> Option<&RegistryId> {
        self.id.as_ref().ok()
    }

    /// Whether it is open, or a user has given it a name.
    pub(super) fn is_known(&self) -> bool {
        let configuration = self.configuration.as_ref();
        self.registry.initialized() || configuration.is_some_and(|it| it.name.is_some())
    }

    /// Reads what the registry has, or what may fit a query: what it says now, or, whatever is the trouble with it, what was kept. The error comes
    /// with the registry it is of.
    pub(super) async fn catalogue(
        &self,
        access: &Access,
        query: Option<&Query>,
    ) -> Result<SourceCatalogue, (String, Error)> {
        let asked = async {
            let registry = self.registry(access).await?;
            match query {
                Some(query) => registry.search(query).await,
                None => registry.catalogue().await,
            }
        };
        let (catalogue, outdated) = match asked.await {
            Ok(catalogue) => (Ok(catalogue), None),
            Err(error) if !access.offline && !is_final(&error) => match self.kept(access).await {
                Some(catalogue) => (Ok(catalogue), Some(error)),
                None => (Err(error), None),
            },
            Err(error) => (Err(error), None),
        };
        let registry = match (&self.id, &self.configuration) {
            (Ok(id), _) => id.to_string(),
            (Err(_), Some(configuration)) => configuration.location.to_string(),
            (Err(_), None) => String::new(),
        };
        let opened = self.registry.get().filter(|_| outdated.is_none());
        let warnings = opened.map(Registry::freshness_warnings);
        match catalogue {
            Ok(catalogue) => Ok(SourceCatalogue {
                registry,
                catalogue,
                outdated,
                warnings: warnings.unwrap_or_default(),
            }),
            Err(error) => Err((registry, error)),
        }
    }

    /// What was kept of the catalogue, if it was.
    async fn kept(&self, access: &Access) -> Option<Catalogue> {
        let access = Access {
            offline: true,
            ..access.clone()
        };
        let configuration = self.configuration.as_ref()?;
        let registry = Registry::open_configured(configuration, &access).await;
        registry.ok()?.catalogue().await.ok()
    }

    /// The registry, opened now if it is not yet. Whoever comes at the same time waits for the one
    /// that opens it; after a failure the next one tries again.
    pub(super) async fn registry(&self, access: &Access) -> Result<&Registry, Error> {
        let opening = || async {
            match &self.configuration {
                Some(it) => Registry::open_configured(it, access).await,
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

/// Whether an error is not trouble on the way, which may answer in the registry's place with anything: the registry says
/// itself that it is none, or the user has configured it so that it is not to be asked.
fn is_final(error: &Error) -> bool {
    match error {
        Error::NoRegistry { .. }
        | Error::NotBuiltIn
        | Error::NoSuchRegistry { .. }
        | Error::Identity(_)
        | Error::Moved { .. }
        | Error::Bindings { .. }
        | Error::Offline { .. } => true,
        Error::Shared(error) => is_final(error),
        _ => false,
    }
}
