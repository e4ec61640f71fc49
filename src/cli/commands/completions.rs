//! `annexe completions`: the script by which a shell completes the command's words.

use std::{collections::BTreeSet, process::ExitCode};

use annexe::types::ExtensionId;
use clap::Command;
use clap_complete::Shell;

use super::help;
use crate::cli::{context::Context, failure::Outcome};

/// Prints the script by which a shell completes the words of this command
///
/// For example: `annexe completions fish > ~/.config/fish/completions/annexe.fish`. It completes the ids of what is
/// installed, too.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell
    #[arg(required_unless_present = "ids")]
    shell: Option<Shell>,
    /// Prints the ids of what is installed, a line each: the scripts ask for them
    #[arg(long, hide = true)]
    ids: bool,
}

/// The part of the script that bash runs after its own completion, with the commands in the place of `{commands}`.
const BASH: &str = r#"
_annexe_with_ids() {
    _annexe "$@"
    local word="${COMP_WORDS[COMP_CWORD]}"
    case "${COMP_WORDS[1]}" in
        {commands})
            if [[ ${COMP_CWORD} -gt 1 && ${word} != -* ]]; then
                COMPREPLY+=($(compgen -W "$(annexe completions --ids 2>/dev/null)" -- "${word}"))
            fi
            ;;
    esac
}
complete -F _annexe_with_ids -o bashdefault -o default annexe
"#;

/// The completions of fish beside those of its script.
const FISH: &str = r#"
complete -c annexe -n "__fish_seen_subcommand_from {commands}" -a "(annexe completions --ids 2>/dev/null)"
"#;

/// The completer of elvish around that of its script, with the commands in the place of `{commands}`.
const ELVISH: &str = r#"
var annexe-words~ = $edit:completion:arg-completer[annexe]
set edit:completion:arg-completer[annexe] = {|@words|
    if (and (> (count $words) 2) (not (str:has-prefix $words[-1] '-'))) {
        if (has-value [{commands}] $words[1]) {
            try {
                e:annexe completions --ids 2>/dev/null | from-lines
            } catch e {
                nop
            }
        }
    }
    try {
        annexe-words $@words
    } catch e {
        nop
    }
}
"#;

/// What PowerShell adds to the completions of its script before it shows them.
const POWERSHELL: &str = r#"    if (@({commands}) -contains ($command -split ';')[1] -and -not "$wordToComplete".StartsWith('-')) {
        $completions += @(annexe completions --ids 2>$null | ForEach-Object {
            [CompletionResult]::new($_, $_, [CompletionResultType]::ParameterValue, $_)
        })
    }

"#;

/// The line of PowerShell's script that shows the completions.
const POWERSHELL_SHOWS: &str = "    $completions.Where{";

/// The function that zsh completes an id with.
const ZSH: &str = r#"
_annexe_ids() {
    local -a ids
    ids=(${(f)"$(annexe completions --ids 2>/dev/null)"})
    compadd -a ids
    _files
}
"#;

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        // A script is not a value: it is printed as it is, `--json` or not.
        match self.shell {
            Some(shell) => {
                let script = script(shell, help::with_names((context.command_line)()));
                context.output.raw(&script)?;
            }
            None => {
                let ids: Vec<String> = ids(context)?.iter().map(ToString::to_string).collect();
                if !ids.is_empty() {
                    context.output.raw(&ids.join("\n"))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The ids of what is installed, dev extensions among them.
fn ids(context: &Context<'_>) -> anyhow::Result<BTreeSet<ExtensionId>> {
    let store = context.store()?;
    let installed = store.summaries()?.into_iter().map(|summary| summary.id);
    Ok(installed.chain(store.dev_ids()?).collect())
}

fn script(shell: Shell, mut command: Command) -> String {
    let about_installed = about_installed(&command);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "annexe", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => script + &BASH.replace("{commands}", &about_installed.join("|")),
        Shell::Fish => script + &FISH.replace("{commands}", &about_installed.join(" ")),
        Shell::Zsh => with_ids(&script, &about_installed),
        Shell::Elvish => script + &ELVISH.replace("{commands}", &about_installed.join(" ")),
        Shell::PowerShell => {
            let commands: Vec<_> = (about_installed.iter())
                .map(|it| format!("'{it}'"))
                .collect();
            let ids = POWERSHELL.replace("{commands}", &commands.join(", "));
            script.replace(POWERSHELL_SHOWS, &format!("{ids}{POWERSHELL_SHOWS}"))
        }
        _ => script,
    }
}

/// The commands whose words are ids of what is installed.
fn about_installed(command: &Command) -> Vec<String> {
    let takes_id = |command: &&Command| {
        let mut names = command
            .get_positionals()
            .flat_map(|it| it.get_value_names());
        names.any(|names| {
            names
                .iter()
                .any(|name| name.split('|').any(|it| it == "ID"))
        })
    };
    let commands = command.get_subcommands().filter(takes_id);
    commands.map(|it| it.get_name().to_owned()).collect()
}

/// The script of zsh with the function for ids in the place of that for files, in the commands about them.
fn with_ids(script: &str, commands: &[String]) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (mut is_about, mut seen) = (false, BTreeSet::new());
    for line in script.lines() {
        // Each command has a part of its own, `(update)`, and those of no other command come before it.
        if let Some(name) = line.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
            is_about = seen.insert(name) && commands.iter().any(|it| it == name);
        }
        let is_word = line.starts_with("':") || line.starts_with("'*::");
        lines.push(match is_about && is_word {
            true => line.replace(":_default'", ":_annexe_ids'"),
            false => line.to_owned(),
        });
    }
    // The first line says whose script it is, and stays the first.
    let first = lines.len().min(1);
    lines.insert(first, ZSH.to_owned());
    lines.join("\n") + "\n"
}
