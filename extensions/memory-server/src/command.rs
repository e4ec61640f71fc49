//! The command that starts the server.

use zed_extension_api::{self as zed, Command, EnvVars, Os, Result, settings::CommandSettings};

const PACKAGE: &str = "@modelcontextprotocol/server-memory";

/// The variable by which the server is told of its file.
const FILE_VARIABLE: &str = "MEMORY_FILE_PATH";

/// The script in the package's folder.
const SCRIPT: [&str; 2] = ["dist", "index.js"];

/// The program the settings name, else the package, which npm installs when the server is first started.
pub fn command(system: Os, wanted: Option<CommandSettings>, file: String) -> Result<Command> {
    let (path, arguments, variables) = match wanted {
        Some(wanted) => (wanted.path, wanted.arguments, wanted.env),
        None => (None, None, None),
    };
    let arguments = arguments.into_iter().flatten();
    let (command, args) = match path.filter(|path| !path.is_empty()) {
        Some(path) => found_by_the_system(system, path, arguments.collect()),
        None => {
            let script = installed()?;
            (
                zed::node_binary_path()?,
                std::iter::once(script).chain(arguments).collect(),
            )
        }
    };

    let mut env: EnvVars = vec![(FILE_VARIABLE.to_owned(), file)];
    let mut variables: Vec<_> = variables.into_iter().flatten().collect();
    variables.sort();
    for (name, value) in variables {
        env.retain(|(existing, _)| *existing != name);
        env.push((name, value));
    }
    Ok(Command { command, args, env })
}

/// The path of the script, once the package is there. The newest version is installed; one that is there serves where
/// npm cannot be asked.
fn installed() -> Result<String> {
    let installed = zed::npm_package_installed_version(PACKAGE)?;
    match zed::npm_package_latest_version(PACKAGE) {
        Ok(latest) if installed.as_ref() == Some(&latest) => {}
        Ok(latest) => zed::npm_install_package(PACKAGE, &latest)?,
        Err(_) if installed.is_some() => {}
        Err(error) => return Err(error),
    }
    let mut path = std::env::current_dir()
        .map_err(|error| format!("the extension's work folder cannot be found: {error}"))?
        .join("node_modules");
    path.extend(PACKAGE.split('/').chain(SCRIPT));
    Ok(path.to_string_lossy().into_owned())
}

/// A program that has a bare name, behind the one that looks it up on `PATH`: the host takes what is not
/// absolute from the extension's own folder.
fn found_by_the_system(
    system: Os,
    program: String,
    mut args: Vec<String>,
) -> (String, Vec<String>) {
    if program.contains(['/', '\\']) {
        return (program, args);
    }
    args.insert(0, program);
    match system {
        // It may be a script, which only the command interpreter can start.
        Os::Windows => {
            args.insert(0, "/c".to_owned());
            (r"C:\Windows\System32\cmd.exe".to_owned(), args)
        }
        Os::Mac | Os::Linux => ("/usr/bin/env".to_owned(), args),
    }
}
