//! The commands, each in a file of its own. To add one: write the file, with its arguments as
//! `Arguments` and `run` on them, and name it here.

mod api;
mod cache;
mod call;
mod check;
mod completions;
mod info;
mod install;
mod list;
mod pack;
mod registry;
mod remove;

use super::{context::Context, failure::Outcome};

/// Writes the list of commands; what each does is said by its own file.
macro_rules! commands {
    ($($name:ident in $module:ident),* $(,)?) => {
        /// What is to be done.
        #[derive(Debug, clap::Subcommand)]
        pub enum Command {
            // The help of each is that of its own arguments.
            $($name($module::Arguments),)*
        }

        impl Command {
            /// Does it.
            pub async fn run(self, context: &Context<'_>) -> Outcome {
                match self {
                    $(Self::$name(arguments) => arguments.run(context).await,)*
                }
            }
        }
    };
}

commands! {
    Install in install,
    List in list,
    Info in info,
    Remove in remove,
    Check in check,
    Call in call,
    Api in api,
    Cache in cache,
    Pack in pack,
    Registry in registry,
    Completions in completions,
}
