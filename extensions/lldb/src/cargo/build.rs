//! A build whose messages say which programs it has made.

use zed_extension_api::{
    Result,
    process::{Command, Output},
};

use super::{
    CARGO,
    invocation::{Choice, Invocation, Verb},
    messages::{self, Program},
    path::{is_absolute, resolve},
};

/// Options whose value is a path from the current folder.
const PATHS: [&str; 5] = [
    "--manifest-path",
    "--target-dir",
    "--lockfile-path",
    "--artifact-dir",
    "--out-dir",
];

/// The variables that name the folder of what is built.
const TARGET_FOLDERS: [&str; 2] = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];

/// A build that can be run from any folder.
pub struct Build {
    verb: Verb,
    toolchain: Option<String>,
    arguments: Vec<String>,
    manifest: String,
    env: Vec<(String, String)>,
}

impl Build {
    /// The build of a task. Its paths are made absolute, for a process runs in the extension's folder.
    pub fn new(
        invocation: &Invocation,
        folder: Option<&str>,
        env: &[(String, String)],
    ) -> Result<Self> {
        let absolute = |path: &str| match folder {
            Some(folder) => Ok(resolve(path, folder)),
            None if is_absolute(path) => Ok(path.to_owned()),
            None => Err(format!(
                "the task names no folder (`cwd`), so nobody knows where `{path}` is"
            )),
        };
        let mut build = invocation.clone();
        for Choice { name, value } in &mut build.options {
            if let Some(value) = value.as_mut().filter(|_| PATHS.contains(&name.as_str())) {
                *value = absolute(value)?;
            }
        }
        if build.value("--manifest-path").is_none() {
            build.options.push(Choice {
                name: "--manifest-path".to_owned(),
                value: Some(absolute("Cargo.toml")?),
            });
        }
        let manifest = build.value("--manifest-path").unwrap_or_default();
        let mut env = env.to_vec();
        for (name, value) in &mut env {
            if TARGET_FOLDERS.contains(&name.as_str()) && !value.is_empty() {
                *value = absolute(value)?;
            }
        }
        let mut arguments = build.build_arguments();
        arguments.push("--message-format=json".to_owned());
        Ok(Self {
            verb: invocation.verb,
            toolchain: invocation.toolchain.clone(),
            arguments,
            manifest: manifest.to_owned(),
            env,
        })
    }

    /// Builds, and returns the one program there is to run.
    pub fn program(&self) -> Result<Program> {
        let output = self.run(self.arguments.clone())?;
        if output.status != Some(0) {
            return Err(messages::failure(&output));
        }
        let mut programs = messages::programs(&output.stdout, self.verb == Verb::Test);
        if programs.len() > 1 && self.verb != Verb::Test {
            self.keep_default(&mut programs)?;
        }
        match programs.len() {
            1 => programs.pop().ok_or_else(|| self.none()),
            0 => Err(self.none()),
            _ => {
                let mut names: Vec<_> = programs.iter().map(Program::option).collect();
                // They come in the order in which they were finished.
                names.sort();
                Err(format!(
                    "cargo has built more than one program; choose with `{}`",
                    names.join("` or `")
                ))
            }
        }
    }

    fn none(&self) -> String {
        let kind = match self.verb {
            Verb::Test => "no tests",
            Verb::Run | Verb::Build => "no program",
        };
        format!("cargo has built {kind} that could be debugged")
    }

    /// Of several programs, `cargo run` takes the one its package names.
    fn keep_default(&self, programs: &mut Vec<Program>) -> Result<()> {
        let mut arguments: Vec<_> = self.toolchain.iter().cloned().collect();
        arguments.extend(
            ["metadata", "--no-deps", "--format-version", "1"]
                .into_iter()
                .chain(["--manifest-path", &self.manifest])
                .map(str::to_owned),
        );
        let output = self.run(arguments)?;
        let defaults = messages::default_programs(&output.stdout);
        let is_default = |program: &Program| {
            defaults
                .iter()
                .any(|(package, name)| *package == program.package && *name == program.name)
        };
        if programs.iter().any(is_default) {
            programs.retain(is_default);
        }
        Ok(())
    }

    fn run(&self, arguments: Vec<String>) -> Result<Output> {
        Command::new(CARGO)
            .args(arguments)
            .envs(self.env.iter().cloned())
            .output()
    }
}
