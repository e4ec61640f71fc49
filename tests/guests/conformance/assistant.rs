//! Slash commands, documentation and context servers.

use zed_extension_api as zed;
use zed_extension_api::{KeyValueStore, Result, SlashCommand, SlashCommandOutputSection, Worktree};

/// Offers the command's name, then each argument it was given.
pub fn complete_argument(
    command: &SlashCommand,
    arguments: &[String],
) -> Result<Vec<zed::SlashCommandArgumentCompletion>> {
    if command.name == "fail" {
        return Err(arguments.join(" "));
    }
    let mut completions = vec![zed::SlashCommandArgumentCompletion {
        label: command.name.clone(),
        new_text: command.description.clone(),
        run_command: command.requires_argument,
    }];
    for argument in arguments {
        completions.push(zed::SlashCommandArgumentCompletion {
            label: format!("{} {argument}", command.name),
            new_text: argument.clone(),
            run_command: false,
        });
    }
    Ok(completions)
}

/// Writes one line for each thing it was given, and a section for each line.
pub fn run_command(
    command: &SlashCommand,
    arguments: &[String],
    worktree: Option<&Worktree>,
) -> Result<zed::SlashCommandOutput> {
    if command.name == "fail" {
        return Err(arguments.join(" "));
    }
    let root = worktree.map_or_else(|| "none".to_owned(), Worktree::root_path);
    let lines = [
        ("name", command.name.clone()),
        ("description", command.description.clone()),
        ("tooltip", command.tooltip_text.clone()),
        ("requires argument", command.requires_argument.to_string()),
        ("arguments", arguments.join(", ")),
        ("root", root),
    ];
    let mut text = String::new();
    let mut sections = Vec::new();
    for (label, value) in lines {
        let start = text.len();
        text.push_str(label);
        text.push_str(": ");
        text.push_str(&value);
        sections.push(SlashCommandOutputSection {
            range: (start..text.len()).into(),
            label: label.to_owned(),
        });
        text.push('\n');
    }
    // A range that no text can satisfy, for a host that would slice by it.
    if command.name == "wild" {
        sections.push(SlashCommandOutputSection {
            range: zed::Range {
                start: u32::MAX - 1,
                end: 3,
            },
            label: "wild".to_owned(),
        });
    }
    Ok(zed::SlashCommandOutput { text, sections })
}

/// Suggests two packages named after the provider.
pub fn suggest_packages(provider: &str) -> Result<Vec<String>> {
    if provider == "fail" {
        return Err("failed on purpose".to_owned());
    }
    Ok(vec![format!("{provider}-one"), format!("{provider}-two")])
}

/// Stores one page under `provider/package`.
pub fn index_docs(provider: &str, package: &str, database: &KeyValueStore) -> Result<()> {
    if package == "fail" {
        return Err("failed on purpose".to_owned());
    }
    database.insert(
        &format!("{provider}/{package}"),
        &format!("The docs of {package}."),
    )
}

/// Echoes the identifier and the project's worktrees, or reads the settings of a context server.
#[cfg(feature = "since_0_2_0")]
pub fn context_server_command(id: &str, project: &zed::Project) -> Result<zed::Command> {
    let (verb, argument) = id.split_once(':').unwrap_or((id, ""));
    let mut args = Vec::new();
    match verb {
        "fail" => return Err(argument.to_owned()),
        "start" => return Ok(crate::attacks::command(argument)),
        "settings-context" => {
            let settings = zed::settings::ContextServerSettings::for_project(argument, project)?;
            args.push(crate::imports::json(&zed::serde_json::to_value(settings))?);
        }
        _ => {
            args.push(id.to_owned());
            args.extend(worktree_ids(project));
        }
    }
    Ok(zed::Command {
        command: verb.to_owned(),
        args,
        env: vec![("GUEST".to_owned(), "conformance".to_owned())],
    })
}

/// Echoes the identifier in each of the three texts.
#[cfg(feature = "since_0_5_0")]
pub fn context_server_configuration(
    id: &str,
    project: &zed::Project,
) -> Result<Option<zed::ContextServerConfiguration>> {
    match id.split_once(':').unwrap_or((id, "")) {
        ("none", _) => return Ok(None),
        ("fail", message) => return Err(message.to_owned()),
        _ => {}
    }
    Ok(Some(zed::ContextServerConfiguration {
        installation_instructions: format!(
            "# {id}\nworktrees: {}",
            worktree_ids(project).join(", ")
        ),
        settings_schema: format!(r#"{{"title":"{id}","type":"object"}}"#),
        default_settings: format!("{{\n  // {id}\n  \"enabled\": true\n}}"),
    }))
}

#[cfg(feature = "since_0_2_0")]
fn worktree_ids(project: &zed::Project) -> Vec<String> {
    project.worktree_ids().iter().map(u64::to_string).collect()
}
