//! The command: reads what was asked for, asks the library, shows the answer.
//!
//! - [`arguments`]: the options that every command has;
//! - [`build_output`]: builds of extensions, with what the compiler says;
//! - [`command_line`]: the options and commands as they are typed;
//! - [`change_arguments`]: what the commands that change what is installed have in common;
//! - [`commands`]: one file for each command, and the list of them;
//! - [`compiler`]: the child process that compiles components;
//! - [`configuration`]: what the user has set once for all commands;
//! - [`confinement`]: what of it says how extensions are run;
//! - [`container_logins`]: the logins that Docker's configuration has;
//! - [`consent`]: shows what would change, and asks where it could do more than before;
//! - [`logging`]: the library's warnings and log;
//! - [`lockfile`]: the lockfile that commands keep to and keep up to date;
//! - [`context`]: what a command works with: the output, the folders, the host and the store;
//! - [`descriptors`]: how many files the process may open;
//! - [`delegates`]: the editor's side, where a command plays the editor;
//! - [`subject`]: an extension that is named by a path;
//! - [`failure`]: how errors are shown, and the exit codes;
//! - [`fetching`]: the process that fetches what a server needs;
//! - [`files`]: the files that a user names;
//! - [`grants`]: what extensions are granted one by one;
//! - [`not_here`]: where what is not installed is to be had;
//! - [`preparation`]: what a server or an adapter is started with;
//! - [`project`]: the project that a command is about;
//! - [`provider_choice`]: the extension that brings a server or an adapter;
//! - [`signals`]: which signals the process heeds;
//! - [`successor`]: the program that this one becomes;
//! - [`source_entries`]: the configuration's registries, changed;
//! - [`registries`], [`http`], [`services`], [`tools`]: registries, requests, services and tools as they are configured;
//! - [`output`], [`lines`], [`progress`], [`download_progress`], [`wording`]: the streams that output goes to, and its words.
//!
//! Results go to stdout, all else to stderr. The command reads the environment in [`paths`] alone.

mod arguments;
mod build_output;
mod change_arguments;
mod command_line;
mod commands;
mod compiler;
mod configuration;
mod confinement;
mod consent;
mod container_logins;
mod context;
mod delegates;
mod descriptors;
mod download_progress;
mod failure;
mod fetching;
mod files;
mod grants;
mod http;
mod installed_languages;
mod lines;
mod lockfile;
mod logging;
mod not_here;
mod output;
mod paths;
mod preparation;
mod program_answer;
mod progress;
mod project;
mod provider_choice;
mod registries;
mod registry_kind;
mod replacement;
mod repositories;
mod services;
mod signals;
mod source_entries;
mod subject;
mod successor;
mod tools;
mod wording;

use std::{process::ExitCode, time::Duration};

use clap::{CommandFactory as _, Parser as _};

use self::{
    command_line::Arguments,
    commands::Command,
    context::Context,
    failure::{Interrupted, Outcome},
    output::Output,
};

/// How long work that was interrupted may take to clean up, and what extensions have said last to be written.
const LAST_WORK: Duration = Duration::from_secs(1);

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    if let Some(code) = compiler::compile_if_asked(std::env::args_os()) {
        return code;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return failure::show_usage(error),
    };
    let output = Output::new(&arguments.options);
    logging::start(&arguments, &output);
    descriptors::raise();
    // Threads cost memory and a start each: what only reads files has no work for them.
    let mut runtime = match arguments.command.only_reads_files() {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return failure::show(&anyhow::Error::new(error).context("cannot start"), &output);
        }
    };
    let ignored = arguments.command.ignored_signals();
    let context = Context::new(&arguments.options, &output, Arguments::command, ignored);
    let outcome = runtime.block_on(run(arguments.command, &context));
    let code = outcome.unwrap_or_else(|error| failure::show(&error, &output));
    // Interrupted work on a blocking thread may clean up, but a long compilation is not waited for.
    runtime.shutdown_timeout(LAST_WORK);
    match context.successor() {
        Some(successor) => successor.start(),
        None => code,
    }
}

/// Runs the command until it is done or interrupted. What is interrupted is dropped where it stands.
async fn run(asked: Command, context: &Context<'_>) -> Outcome {
    tokio::select! {
        // Done is done, whatever else has come meanwhile.
        biased;
        outcome = command(asked, context) => outcome,
        Ok(()) = context.interrupted() => Err(Interrupted.into()),
        () = signals::told_to_end(context.ignored_signals) => Err(Interrupted.into()),
    }
}

/// Runs the command, and says of what is not installed where it is to be had.
async fn command(command: Command, context: &Context<'_>) -> Outcome {
    match command.run(context).await {
        Err(error) => Err(not_here::explained(error, context).await),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use annexe::store::LAST_WRITE;

    use super::*;

    #[test]
    fn the_last_lines_are_written_or_missed_aloud_before_the_process_ends() {
        assert!(LAST_WORK >= LAST_WRITE + Duration::from_millis(250));
    }
}
