//! The error that any error of this library becomes, and the one list of them all.

use std::{error::Error as StdError, fmt};

use crate::{
    AddressRuleError, CallError, EngineError, ErrorKind, FileError, HeldToolError, Hint, HostError,
    HostFailure, LimitExceeded, PackageError, ParseTimestampError, UserFileError, api, archive,
    base::causes::chain, capability, compiler, component_type, declarative, delegate, digest, git,
    manifest, registry, sandbox, settings, store, types, version,
};

#[cfg(feature = "authoring")]
use crate::{builder, check, dev, packing};
#[cfg(feature = "bridge")]
use crate::{editor, lsp};

/// An error of any part of this library, for those who need not tell them apart by their types.
///
/// Each error of the library becomes one by `?`. It shows itself as that error does, has its sources, and can be had
/// back by [`downcast_ref`](Self::downcast_ref).
///
/// ```
/// fn parse(text: &str) -> Result<annexe::ExtensionId, annexe::Error> {
///     Ok(text.parse()?)
/// }
///
/// let error = parse("No Id").unwrap_err();
/// assert_eq!(error.kind(), annexe::ErrorKind::Invalid);
/// assert!(error.hint().unwrap().contains("lower-case letters"));
/// ```
pub struct Error(Box<dyn Known>);

impl Error {
    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// The way out: that of the innermost error among this one and its sources that knows one.
    pub fn hint(&self) -> Option<String> {
        Self::hint_of(self, Self::find)
    }

    /// The error as it was, if it is of this type.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.as_error().downcast_ref()
    }

    /// The kind and the hint of an error whose type is not known any more, its sources left aside; `None` where it is
    /// not one of this library's.
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a dyn Hint> {
        match error.downcast_ref::<Self>() {
            Some(error) => Some(error.0.as_hint()),
            None => known(error),
        }
    }

    /// The way out of an error whose type is not known any more: that of the innermost among it and its sources that
    /// has one. `find` knows errors by their types: [`find`](Self::find) this library's, an application's function its
    /// own as well.
    pub fn hint_of(error: &(dyn StdError + 'static), find: Find) -> Option<String> {
        chain(error).filter_map(|error| find(error)?.hint()).last()
    }

    /// The kind of an error whose type is not known any more: that of the outermost among it and its sources that
    /// `find` knows, as for [`hint_of`](Self::hint_of).
    pub fn kind_of(error: &(dyn StdError + 'static), find: Find) -> Option<ErrorKind> {
        chain(error).find_map(|error| Some(find(error)?.kind()))
    }
}

/// A function that knows an error by its type.
type Find = for<'a> fn(&'a (dyn StdError + 'static)) -> Option<&'a dyn Hint>;

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.as_error().source()
    }
}

/// An error of the list below, whatever its type.
trait Known: Hint + Send + Sync {
    fn as_error(&self) -> &(dyn StdError + 'static);
    fn as_hint(&self) -> &dyn Hint;
}

impl<E: Hint + Send + Sync + 'static> Known for E {
    fn as_error(&self) -> &(dyn StdError + 'static) {
        self
    }

    fn as_hint(&self) -> &dyn Hint {
        self
    }
}

/// What follows from the list: the conversions, and the way back from an error without a type. What is listed without
/// a [`Hint`] does not compile; a test finds what is not listed.
macro_rules! errors {
    ($($(#[$condition:meta])? $error:ty,)*) => {
        $($(#[$condition])?
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self(Box::new(error))
            }
        })*

        fn known<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a dyn Hint> {
            $($(#[$condition])?
            if let Some(error) = error.downcast_ref::<$error>() {
                return Some(error);
            })*
            None
        }
    };
}

errors! {
    AddressRuleError,
    FileError,
    HeldToolError,
    PackageError,
    UserFileError,
    capability::GrantsFileError,
    capability::GrantsMistake,
    capability::ParseCapabilityError,
    settings::SettingsError,
    settings::SettingsMistake,
    ParseTimestampError,
    digest::ParseDigestError,
    types::ExtensionIdError,
    types::ParseGitError,
    types::GuestPathError,
    types::ParseExtensionVersionError,
    archive::Error,
    archive::PathError,
    archive::tool::EntryProblem,
    archive::tool::ToolArchiveError,
    capability::Denied,
    component_type::WitError,
    declarative::ParseColourError,
    git::EntryProblem,
    git::GitError,
    git::ParseGitSourceError,
    manifest::Error,
    manifest::ManifestError,
    manifest::ParsePathError,
    manifest::ParseProvidesError,
    manifest::ParseTriggerError,
    manifest::UnknownName,
    version::ComponentError,
    version::UnsupportedApi,
    registry::ConfigError,
    registry::CredentialsError,
    registry::Error,
    registry::ParseLocationError,
    registry::ParseOciAddressError,
    registry::PrivateHostError,
    registry::RegistryIdError,
    registry::ResolveError,
    registry::SourceError,
    registry::publish::PublishError,
    registry::publish::PushError,
    CallError,
    EngineError,
    compiler::CompilerError,
    HostError,
    api::Incompatibility,
    HostFailure,
    LimitExceeded,
    delegate::DelegateError,
    delegate::Unrecorded,
    sandbox::SandboxError,
    sandbox::VariableNameError,
    store::FolderError,
    store::LockfileError,
    store::ProjectExtensionsError,
    store::FileServersError,
    store::ServerError,
    store::ImportError,
    store::BundleError,
    store::StoreError,
    #[cfg(feature = "bridge")]
    editor::EditorError,
    #[cfg(feature = "bridge")]
    editor::UnknownEditor,
    #[cfg(feature = "bridge")]
    lsp::PreparationError,
    #[cfg(feature = "bridge")]
    lsp::ProbeError,
    #[cfg(feature = "authoring")]
    builder::BuildError,
    #[cfg(feature = "authoring")]
    check::ParseCodeError,
    #[cfg(feature = "authoring")]
    check::Refusal,
    #[cfg(feature = "authoring")]
    dev::DevError,
    #[cfg(feature = "authoring")]
    dev::WatchError,
    #[cfg(feature = "authoring")]
    packing::PackError,
}
