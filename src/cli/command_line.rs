//! The command line as a whole: the options that every command has, and the commands.

use clap::Parser;

use super::{arguments::Options, commands::Command};

/// Installs, checks and runs extensions that were built for Zed's extension API.
#[derive(Debug, Parser)]
#[command(
    name = "annexe",
    version,
    after_help = "Exit codes: 0 done, 1 the request failed, 2 wrong usage, 130 interrupted.\n\
                  Environment: ANNEXE_STORE, ANNEXE_CACHE (folders), ANNEXE_REGISTRY (a location), \
                  ANNEXE_CONFIG, ANNEXE_SETTINGS, ANNEXE_LOCKFILE (files)."
)]
pub struct Arguments {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
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
