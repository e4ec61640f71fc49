//! `annexe grants`: what an extension may do, and why.

mod all;

use std::{fmt, path::Path, process::ExitCode};

use annexe::{
    Package,
    capability::{self, Capability, Coverage, GrantsChange, Policy, Profile, Reason},
    store::{Store, StoreError},
    types::{ExtensionId, ExtensionOrigin, ExtensionVersion},
};
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::{Complaint, Outcome},
    grants, subject, wording,
};

/// Shows what an extension may do and why, or changes it
///
/// Without an extension, it lists what each that is installed may do, and those that are not and of which something is
/// said.
///
/// A capability is written as in a manifest, or in short: `process:exec npm install **`, `process:env LD_*`,
/// `download_file github.com/owner/name/**`, `npm:install pyright`, `http *.example.org`, `env LC_*`,
/// `mount /data/models /models read-only`. What is denied is denied, whatever allows it. It is kept in
/// `grants.toml` beside the configuration, for this extension as it comes from where it does.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// An installed extension's id, or the path of a folder, an archive or a component
    #[arg(value_name = "ID|PATH")]
    extension: Option<String>,
    /// Allows it a capability
    #[arg(long, value_name = "CAPABILITY", requires = "extension", value_parser = Capability::from_short)]
    allow: Vec<Capability>,
    /// Denies it a capability
    #[arg(long, value_name = "CAPABILITY", requires = "extension", value_parser = Capability::from_short)]
    deny: Vec<Capability>,
    /// Forgets what was said of this extension before
    #[arg(long, requires = "extension")]
    reset: bool,
    /// What it is granted of which nothing else is said: `default`, as in Zed, or `strict`, which is nothing
    /// [default: `grants` of the configuration]
    #[arg(long, value_name = "PROFILE", requires = "extension", value_parser = profile)]
    profile: Option<Profile>,
}

fn profile(text: &str) -> Result<Profile, String> {
    [Profile::Default, Profile::Strict]
        .into_iter()
        .find(|profile| profile.as_str() == text)
        .ok_or_else(|| "it is `default` or `strict`".into())
}

/// The extension whose grants are asked for.
struct Asked {
    id: ExtensionId,
    version: Option<ExtensionVersion>,
    origin: ExtensionOrigin,
    manifest: Vec<Capability>,
}

#[derive(Debug, Serialize)]
struct Answer {
    id: ExtensionId,
    version: Option<ExtensionVersion>,
    origin: ExtensionOrigin,
    profile: Profile,
    /// The profile is this extension's own.
    own_profile: bool,
    capabilities: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    capability: Capability,
    /// As people type it.
    short: String,
    /// The manifest asks for it.
    asked_for: bool,
    granted: Coverage,
    reason: Why,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Why {
    Policy(Reason),
    /// `manifest`: it must ask for it, and does not.
    Word(&'static str),
}

impl Answer {
    fn new(asked: Asked, policy: &Policy, all: Profile) -> Self {
        let own = policy.own(&asked.id, &asked.origin);
        let own_profile = own.and_then(|own| own.profile);
        let everything = capability::Grants::all();
        let mut shown = asked.manifest.clone();
        let said = own.into_iter().flat_map(|own| [&own.allow, &own.deny]);
        let rest = everything.capabilities().iter().filter(|it| {
            // Without the manifest's word, no program is run.
            it.kind() != Capability::PROCESS_EXEC
        });
        for capability in said.flatten().chain(rest) {
            if !shown.contains(capability) {
                shown.push(capability.clone());
            }
        }
        let lines = shown.into_iter().map(|capability| {
            let decision = policy.decision(&asked.id, &asked.origin, &capability);
            let is_listed =
                |listed: &Capability| listed.covers(&capability) || capability.covers(listed);
            let needs_manifest = capability.kind() == Capability::PROCESS_EXEC;
            let (granted, reason) = match needs_manifest && !asked.manifest.iter().any(is_listed) {
                true => (Coverage::None, Why::Word("manifest")),
                false => (decision.coverage, Why::Policy(decision.reason)),
            };
            Line {
                short: capability.to_short(),
                asked_for: asked.manifest.contains(&capability),
                granted,
                reason,
                capability,
            }
        });
        Self {
            capabilities: lines.collect(),
            profile: own_profile.unwrap_or(all),
            own_profile: own_profile.is_some(),
            id: asked.id,
            version: asked.version,
            origin: asked.origin,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.own_profile {
            "its own"
        } else {
            "of all"
        };
        write!(formatter, "{}", self.id)?;
        if let Some(version) = &self.version {
            write!(formatter, " {version}")?;
        }
        write!(
            formatter,
            " from {}\nprofile: {} ({whose})\n\n",
            self.origin, self.profile
        )?;
        let heads = ["CAPABILITY", "ASKED FOR", "GRANTED", "BY"];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        rows.extend(self.capabilities.iter().map(|line| {
            let granted = match line.granted {
                Coverage::Full => "yes",
                Coverage::Partial => "in part",
                Coverage::None => "no",
            };
            let asked_for = if line.asked_for { "yes" } else { "-" };
            let why = match &line.reason {
                Why::Policy(reason) => by(reason, &line.capability),
                Why::Word(_) => {
                    "its manifest does not ask for it (what it answers needs the grant alone)"
                        .into()
                }
            };
            vec![line.short.clone(), asked_for.into(), granted.into(), why]
        }));
        formatter.write_str(&wording::table(&rows))
    }
}

fn by(reason: &Reason, about: &Capability) -> String {
    let entry = |word: &str, capability: &Capability| match capability == about {
        true => word.to_owned(),
        false => format!("{word} `{}`", capability.to_short()),
    };
    match reason {
        Reason::OwnProfile(profile) => format!("its profile `{profile}`"),
        Reason::Allowed(capability) => entry("--allow", capability),
        Reason::Denied(capability) => entry("--deny", capability),
        _ => "the profile of all".into(),
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let configuration = context.configuration()?;
        let Some(extension) = &self.extension else {
            return all::list(context, &configuration);
        };
        let asked = match find(extension, &context.store()?).await {
            Ok(asked) => asked,
            Err(error) => return self.forget(extension, error),
        };
        let change = GrantsChange {
            reset: self.reset,
            profile: self.profile,
            allow: self.allow,
            deny: self.deny,
        };
        for capability in &change.allow {
            if change.deny.contains(capability) {
                let message = format!("`{}` is allowed and denied", capability.to_short());
                return Err(Complaint::usage(message).into());
            }
        }
        if !change.is_empty() {
            grants::change(&change, &asked.id, &asked.origin)?;
        }
        let policy = context.policy(&configuration)?;
        for capability in &change.allow {
            let decision = policy.decision(&asked.id, &asked.origin, capability);
            if let Reason::Denied(denied) = decision.reason {
                context.output.warn(format_args!(
                    "`{}` is denied still, as `{}` is",
                    capability.to_short(),
                    denied.to_short()
                ));
            }
        }
        let answer = Answer::new(asked, &policy, configuration.grants());
        context.output.result(&answer)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Forgets what is said of an extension that is there no more; else the error stands.
    fn forget(&self, extension: &str, error: anyhow::Error) -> Outcome {
        let id = extension.parse::<ExtensionId>();
        let (true, true, Ok(id)) = (self.reset, error.is::<StoreError>(), id) else {
            return Err(error);
        };
        let origins = grants::read()?.origins(&id);
        if origins.is_empty() {
            return Err(error);
        }
        let change = GrantsChange {
            reset: true,
            ..GrantsChange::default()
        };
        for origin in origins {
            grants::change(&change, &id, &origin)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Finds an extension by its id or its path; a path that could be an id is tried second.
async fn find(extension: &str, store: &Store) -> anyhow::Result<Asked> {
    let path = Path::new(extension);
    if subject::is_path(extension) {
        return of_path(path).await;
    }
    match of_id(extension.parse()?, store) {
        Err(StoreError::NotInstalled { .. }) if path.exists() => of_path(path).await,
        asked => Ok(asked?),
    }
}

/// What is installed under an id, or a dev extension.
fn of_id(id: ExtensionId, store: &Store) -> Result<Asked, StoreError> {
    match store.active(&id) {
        Ok(active) => Ok(Asked {
            version: Some(active.version().clone()),
            origin: active.origin(),
            manifest: active.capabilities().to_vec(),
            id,
        }),
        Err(StoreError::NotBuilt { folder, .. }) => Ok(Asked {
            id,
            version: None,
            origin: ExtensionOrigin::Folder(folder),
            manifest: Vec::new(),
        }),
        Err(error) => Err(error),
    }
}

async fn of_path(path: &Path) -> anyhow::Result<Asked> {
    let package = Package::open(path).await?;
    let manifest = package.manifest.as_ref().map(|loaded| &loaded.manifest);
    Ok(Asked {
        id: package.id(),
        version: manifest.and_then(|manifest| manifest.version.parse().ok()),
        origin: package.origin()?,
        manifest: manifest
            .map(|manifest| manifest.capabilities.clone())
            .unwrap_or_default(),
    })
}
