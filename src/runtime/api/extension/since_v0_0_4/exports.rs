use super::{Command, Extension, LanguageServerConfig};

export_types! { command }

guest! { init { server_by_config!(); } }
