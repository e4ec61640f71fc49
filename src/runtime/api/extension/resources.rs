//! Resources that a host lends to a guest for one call: entries of the store's table, taken back when the call
//! ends.

use wasmtime::{
    Store,
    component::{Resource, ResourceTable, ResourceTableError},
};

use crate::runtime::{
    delegate::{SharedKeyValueStore, SharedProject, SharedWorktree},
    engine::State,
    extension::CallError,
    limits::LimitExceeded,
    services::{KeyValueStore, Project, Worktree},
};

/// The embedder's objects that a call made by name may lend: see
/// [`Extension::call_by_name`](crate::Extension::call_by_name).
#[derive(Clone, Default)]
pub struct CallResources {
    /// The worktree the call is about.
    pub worktree: Option<SharedWorktree>,
    /// The project the call is about.
    pub project: Option<SharedProject>,
    /// The store that indexed documentation goes into.
    pub key_value_store: Option<SharedKeyValueStore>,
}

impl std::fmt::Debug for CallResources {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CallResources")
            .finish_non_exhaustive()
    }
}

/// An object of the embedder's that a guest may hold during a call.
pub trait HostResource: Send + Sized + 'static {
    /// The table's entries.
    type Handle: Send;

    /// Enters it into the table.
    fn lend(self, table: &mut ResourceTable) -> Result<Self::Handle, ResourceTableError>;

    /// The handle for the guest: a borrow, so the entry stays the host's.
    fn borrow(handle: &Self::Handle) -> Self::Handle;

    /// Removes it from the table.
    fn take_back(handle: Self::Handle, table: &mut ResourceTable);

    /// Picks it from what the caller has; the error names what is missing.
    fn pick(resources: &CallResources) -> Result<Self, &'static str>;
}

/// Writes [`HostResource`] for a delegate that a resource wraps.
macro_rules! lend {
    ($($name:ident: $delegate:ty => $resource:ty),* $(,)?) => {
        $(impl HostResource for $delegate {
            type Handle = Resource<$resource>;

            fn lend(self, table: &mut ResourceTable) -> Result<Self::Handle, ResourceTableError> {
                table.push(<$resource>::new(self))
            }

            fn borrow(handle: &Self::Handle) -> Self::Handle {
                Resource::new_borrow(handle.rep())
            }

            fn take_back(handle: Self::Handle, table: &mut ResourceTable) {
                // It can only be missing if the guest destroyed it, which a borrow does not allow.
                let _ = table.delete(handle);
            }

            fn pick(resources: &CallResources) -> Result<Self, &'static str> {
                resources.$name.clone().ok_or(stringify!($name))
            }
        })*
    };
}

lend! {
    worktree: SharedWorktree => Worktree,
    project: SharedProject => Project,
    key_value_store: SharedKeyValueStore => KeyValueStore,
}

impl<L: HostResource> HostResource for Option<L> {
    type Handle = Option<L::Handle>;

    fn lend(self, table: &mut ResourceTable) -> Result<Self::Handle, ResourceTableError> {
        self.map(|lent| lent.lend(table)).transpose()
    }

    fn borrow(handle: &Self::Handle) -> Self::Handle {
        handle.as_ref().map(L::borrow)
    }

    fn take_back(handle: Self::Handle, table: &mut ResourceTable) {
        if let Some(handle) = handle {
            L::take_back(handle, table);
        }
    }
    fn pick(resources: &CallResources) -> Result<Self, &'static str> {
        Ok(L::pick(resources).ok())
    }
}

/// Lends something to the guest.
///
/// # Errors
/// [`LimitExceeded::Handles`] where the table of handles is full.
pub(super) fn lend<L: HostResource>(
    store: &mut Store<State>,
    lent: L,
) -> Result<L::Handle, CallError> {
    let table = &mut store.data_mut().table;
    // Full is the only way in which adding an entry fails.
    lent.lend(table)
        .map_err(|_| CallError::Limit(LimitExceeded::Handles(table.max_capacity())))
}

/// Takes back what was lent.
pub(super) fn take_back<L: HostResource>(store: &mut Store<State>, handle: L::Handle) {
    L::take_back(handle, &mut store.data_mut().table);
}
