//! The command that starts the server.

use zed_extension_api::{Command, EnvVars, Os, settings::CommandSettings};

const PACKAGE: &str = "@modelcontextprotocol/server-memory";

/// The variable by which the server is told of its file.
const FILE_VARIABLE: &str = "MEMORY_FILE_PATH";

/// The program the settings name, else npx, which fetches the server when it is first started.
pub fn command(system: Os, wanted: Option<CommandSettings>, file: String) -> Command {
    let (path, arguments, variables) = match wanted {
        Some(wanted) => (wanted.path, wanted.arguments, wanted.env),
        None => (None, None, None),
    };
    let (program, mut args) = match path.filter(|path| !path.is_empty()) {
        Some(path) => (path, Vec::new()),
        None => ("npx".to_owned(), vec!["-y".to_owned(), PACKAGE.to_owned()]),
    };
    args.extend(arguments.into_iter().flatten());
    let (command, args) = found_by_the_system(system, program, args);

    let mut env: EnvVars = vec![(FILE_VARIABLE.to_owned(), file)];
    let mut variables: Vec<_> = variables.into_iter().flatten().collect();
    variables.sort();
    for (name, value) in variables {
        env.retain(|(existing, _)| *existing != name);
        env.push((name, value));
    }
    Command { command, args, env }
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
        // npx is a script here, which only the command interpreter can start.
        Os::Windows => {
            args.insert(0, "/c".to_owned());
            (r"C:\Windows\System32\cmd.exe".to_owned(), args)
        }
        Os::Mac | Os::Linux => ("/usr/bin/env".to_owned(), args),
    }
}
