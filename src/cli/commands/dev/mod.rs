//! `annexe dev`: makes a local folder a dev extension and keeps it live.

mod printer;
mod stop;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use annexe::builder::Profile;

use self::printer::DevPrinter;
use crate::cli::{
    build_output,
    context::Context,
    delegates::SettingsDelegate,
    failure::{Complaint, Outcome},
    progress::Progress,
};

/// Makes a local folder a dev extension: builds it, runs it in place of what is installed under its id,
/// and again whenever its sources change
///
/// Nothing is written into the folder. Building runs what its author has written, as `annexe build` does. What fails leaves the last good build in service. Ctrl-C ends the
/// watching; the last build stays in service until `annexe dev --stop`. With --json each event is one
/// value on one line.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's folder; with --stop, folders or ids [default: the current folder]
    #[arg(value_name = "FOLDER|ID")]
    names: Vec<String>,
    /// Stops dev extensions: what is installed under their ids runs again
    #[arg(long, conflicts_with_all = ["release", "once", "offline", "yes"])]
    stop: bool,
    /// Compiles for release: slower to build, faster to run
    #[arg(long)]
    release: bool,
    /// Builds once, and does not watch the sources
    #[arg(long)]
    once: bool,
    /// Opens no connection: uses the crates that this machine has
    #[arg(long)]
    offline: bool,
    /// Lets rustup add a target that is missing, without asking
    #[arg(long)]
    yes: bool,
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        if self.stop {
            return stop::stop(&self.names, context).await;
        }
        let folder = match self.names.as_slice() {
            [] => PathBuf::from("."),
            [folder] => PathBuf::from(folder),
            _ => {
                let complaint = Complaint::usage("one folder at a time can be kept live");
                return Err(complaint.with_hint("run `annexe dev` once for each").into());
            }
        };
        let delegate = Arc::new(SettingsDelegate::new(context, None)?);
        let progress = Progress::new(context.output).with_installations();
        let store = context.store_on(context.host_with(|_| (), delegate)?)?;
        let store = store.with_listener(Arc::new(progress));
        let profile = match self.release {
            true => Profile::Release,
            false => Profile::Debug,
        };
        let live = store.live();
        let builder = context.builder()?.offline(self.offline);
        build_output::prepare(&builder, &folder, context.output, self.yes).await?;
        let dev = store.dev(&folder, builder).profile(profile).live(live);
        let said = DevPrinter::new(context.output, &store);
        if self.once {
            return match dev.once(|event| said.say(event)).await {
                Ok(_) => Ok(ExitCode::SUCCESS),
                Err(error) => Err(error.into()),
            };
        }
        tokio::select! {
            // A session that ends by itself has said why.
            ended = dev.run(|event| said.say(event)) => ended?,
            () = context.ended_by_user() => said.left(),
            () = said.is_lost() => {}
        }
        said.result()
    }
}
