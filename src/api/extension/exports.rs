//! How a world's exports become the neutral guest: one macro arm for each export whose form several
//! versions share. A version lists the arms it has; what it does in its own way it writes itself.

use super::{CallError, convert::To};

/// The neutral form of what an export with a `result` answered.
pub(super) fn answer<T: To<U>, U>(
    outcome: wasmtime::Result<Result<T, String>>,
) -> Result<U, CallError> {
    match returned(outcome)? {
        Ok(value) => Ok(value.to()),
        Err(message) => Err(CallError::Guest { message }),
    }
}

/// What an export returned, or why it did not.
pub(super) fn returned<T>(outcome: wasmtime::Result<T>) -> Result<T, CallError> {
    outcome.map_err(|error| match error.downcast_ref::<crate::engine::LimitExceeded>() {
        Some(limit) => CallError::Limit(limit.clone()),
        None => trap(&error),
    })
}

fn trap(error: &wasmtime::Error) -> CallError {
    let backtrace = error
        .downcast_ref::<wasmtime::WasmBacktrace>()
        .map(|backtrace| backtrace.to_string())
        .unwrap_or_default();
    CallError::Trap { message: error.root_cause().to_string(), backtrace }
}

/// Writes the conversions of the types that a world's exports take and give, by their names.
macro_rules! export_types {
    ($($group:ident)*) => {
        $(export_type!($group);)*
    };
}

macro_rules! export_type {
    (command) => {
        convert! {
            struct Command => $crate::types::Command { command, args, env, .. }
        }
    };
}

/// Implements the neutral guest for a world: `guest! { init language_server_command … }`, then in
/// braces the methods that only this version has in this form.
macro_rules! guest {
    ($($export:ident)* $({ $($own:tt)* })?) => {
        impl $crate::api::extension::Guest for Extension {
            $(guest_export!($export);)*
            $($($own)*)?
        }
    };
}

/// The methods of worlds that know a language server by its name and language.
macro_rules! server_by_config {
    () => {
        guest_method!(language_server_command(
            self, store, server: $crate::types::ServerId,
            worktree: wasmtime::component::Resource<$crate::services::Worktree>
        ) -> $crate::types::Command {
            let config = LanguageServerConfig { name: server.id, language_name: server.language };
            let answer = self.call_language_server_command(store, &config, worktree).await;
            $crate::api::extension::exports::answer(answer)
        });

        guest_method!(language_server_initialization_options(
            self, store, server: $crate::types::ServerId,
            worktree: wasmtime::component::Resource<$crate::services::Worktree>
        ) -> Option<String> {
            let config = LanguageServerConfig { name: server.id, language_name: server.language };
            let answer =
                self.call_language_server_initialization_options(store, &config, worktree).await;
            $crate::api::extension::exports::answer(answer)
        });
    };
}

/// One method of the neutral guest.
macro_rules! guest_method {
    ($name:ident($self:ident, $store:ident $(, $argument:ident: $type:ty)*) -> $answer:ty $body:block) => {
        fn $name<'a>(
            &'a $self,
            $store: &'a mut wasmtime::Store<$crate::engine::State>,
            $($argument: $type),*
        ) -> $crate::api::extension::Call<'a, $answer> {
            Box::pin(async move { $body })
        }
    };
}

macro_rules! guest_export {
    (init) => {
        fn init<'a>(
            &'a self,
            store: &'a mut wasmtime::Store<$crate::engine::State>,
        ) -> $crate::api::BoxFuture<'a, wasmtime::Result<()>> {
            Box::pin(self.call_init_extension(store))
        }
    };
}
