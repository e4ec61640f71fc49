//! The neutral model: what crosses the boundary between a host and an extension, in the form that
//! belongs to no API version. Adapters convert it into the types of the version an extension was
//! built with, and back.
//!
//! The model grows with the API. Whatever a later version adds is an optional field, a new case or a
//! new type, so that no older adapter has to change.

mod command;
mod completion;
mod context_server;
mod debug_adapter;
mod download;
mod extension_id;
mod extension_version;
mod folder_access;
mod git;
mod github;
mod guest_path;
mod http;
mod installation;
mod label;
mod language_server;
mod origin;
mod platform;
mod process;
mod settings;
mod slash_command;
mod tool;
mod version;
mod version_requirement;

pub(crate) use self::version::{MAX_VERSION_BYTES, parse_version, version_or_none};
pub use self::{
    command::{Command, EnvironmentVariables},
    completion::{
        Completion, CompletionKind, CompletionLabelDetails, InsertTextFormat, Symbol, SymbolKind,
    },
    context_server::ContextServerConfiguration,
    debug_adapter::{
        AttachRequest, BuildTaskDefinition, BuildTaskTemplate, DebugAdapterBinary, DebugConfig,
        DebugRequest, DebugRequestKind, DebugScenario, DebugTaskDefinition, LaunchRequest,
        StartDebuggingRequest, TaskTemplate, TcpArguments, TcpArgumentsTemplate,
    },
    download::Download,
    extension_id::{ExtensionId, ExtensionIdError},
    extension_version::{ExtensionVersion, ParseExtensionVersionError},
    folder_access::Access,
    git::{GitAddress, GitFolder, GitReference, GitRevision, ParseGitError},
    github::{GithubRelease, GithubReleaseAsset, GithubReleaseOptions},
    guest_path::{GuestPath, GuestPathError},
    http::{HttpMethod, HttpRequest, HttpResponse, RedirectPolicy},
    installation::{DownloadedFileKind, InstallationStatus},
    label::{CodeLabel, CodeLabelSpan, CodeLabelSpanLiteral, Range},
    language_server::ServerId,
    origin::ExtensionOrigin,
    platform::{Architecture, OperatingSystem},
    process::ProcessOutput,
    settings::{
        CommandSettings, ContextServerSettings, DebugAdapterSettings, LanguageServerSettings,
        LanguageSettings, SettingsLocation,
    },
    slash_command::{
        SlashCommand, SlashCommandArgumentCompletion, SlashCommandOutput, SlashCommandOutputSection,
    },
    tool::{NpmPackage, ToolAnswer, Tools},
    version_requirement::VersionRequirement,
};
