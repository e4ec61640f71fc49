//! The command line as a whole: the options that every command has, and the commands.

use clap::Parser;

use super::{
    arguments::Options,
    commands::{Command, help},
};

/// Installs, checks and runs extensions that were built for Zed's extension API.
#[derive(Debug, Parser)]
#[command(
    name = "annexe",
    version,
    // The command's own `help` shows topics too.
    disable_help_subcommand = true,
    after_help = after_help()
)]
pub struct Arguments {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

/// What stands below the commands and options in the help.
fn after_help() -> String {
    format!(
        "{}\n\n\
         Exit codes: 0 done, 1 the request failed, 2 wrong usage, 130 interrupted.\n\
         Environment: ANNEXE_STORE, ANNEXE_CACHE (folders), ANNEXE_REGISTRY (a location), \
         ANNEXE_CONFIG, ANNEXE_SETTINGS, ANNEXE_LOCKFILE (files).",
        help::topics()
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
