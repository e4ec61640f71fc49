//! Builds of extensions: the compiler's output is shown as it comes, and a target that its toolchain
//! lacks is added where the user agrees.

use std::path::Path;

use annexe::builder::{BuildError, Builder, Built, OutputListener, Profile};

use super::{
    consent,
    output::{Output, harmless, harmless_but_coloured, has_colour, to_stderr},
};

/// A listener that shows the compiler's output, unless the user wants none, or a program reads the output.
struct Speaking<'a>(&'a Output);

impl OutputListener for Speaking<'_> {
    fn line(&self, line: &str) {
        if self.0.is_talkative() {
            show(line);
        }
    }
}

/// Shows a line of the compiler's.
pub fn show(line: &str) {
    to_stderr(&if has_colour() {
        harmless_but_coloured(line)
    } else {
        harmless(line)
    });
}

/// Builds the extension in a folder. A target that is missing is added where `accepts` says so, or the
/// user does.
///
/// # Errors
/// Where it cannot be built.
pub async fn build(
    builder: &Builder,
    folder: &Path,
    profile: Profile,
    output: &Output,
    accepts: bool,
) -> Result<Built, BuildError> {
    tell_first(builder, folder, output);
    build_agreed(builder, folder, profile, output, accepts).await
}

/// Builds as [`build`] does what the user has agreed to, who was told what it runs.
///
/// # Errors
/// Where it cannot be built.
pub async fn build_agreed(
    builder: &Builder,
    folder: &Path,
    profile: Profile,
    output: &Output,
    accepts: bool,
) -> Result<Built, BuildError> {
    let listener = Speaking(output);
    let error = match builder.build(folder, profile, &listener).await {
        Err(error) => error,
        built => return built,
    };
    if offer_target(&error, output, accepts).await {
        builder.add_target(folder, &listener).await?;
        return builder.build(folder, profile, &listener).await;
    }
    // JSON has it in the error.
    if let Some(words) = error.output()
        && !output.is_talkative()
        && !output.is_json()
    {
        words.lines().for_each(show);
    }
    Err(error)
}

/// Tells the user before a folder is built for the first time whose code that runs: in every mode, since it is done
/// with their rights.
fn tell_first(builder: &Builder, folder: &Path, output: &Output) {
    if builder.is_first(folder) {
        output.insist(format_args!(
            "building `{}` runs what its author has written as you: build scripts, macros, and what its `.cargo` folder \
             and `rust-toolchain.toml` name",
            folder.display()
        ));
    }
}

/// Adds a target that is missing in the toolchain of a folder, where `accepts` says so or the user does.
/// Whatever else is missing is left to the build to say.
///
/// # Errors
/// Where it cannot be added.
pub async fn prepare(
    builder: &Builder,
    folder: &Path,
    output: &Output,
    accepts: bool,
) -> Result<(), BuildError> {
    tell_first(builder, folder, output);
    match builder.check_toolchain(folder).await {
        Err(error) if offer_target(&error, output, accepts).await => {
            builder.add_target(folder, &Speaking(output)).await
        }
        _ => Ok(()),
    }
}

/// Whether a target is missing that can be added, and shall be.
async fn offer_target(error: &BuildError, output: &Output, accepts: bool) -> bool {
    let BuildError::MissingTarget {
        rustup: Some(command),
        ..
    } = error
    else {
        return false;
    };
    accepts || consent::ask(output, &format!("{error}; run `{command}`?")).await
}

/// Tells the user what reading the manifest brought to light, and what could not be built.
pub fn warn(built: &Built, output: &Output) {
    for warning in &built.manifest.warnings {
        output.warn(format_args!("{}: {warning}", built.manifest.source));
    }
    for not_built in &built.not_built {
        output.warn(format_args!("{not_built}; {}", not_built.hint()));
    }
}
