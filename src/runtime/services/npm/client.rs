//! Runs of npm, and the reading of its answers.

use std::{path::Path, time::Duration};

use serde::Deserialize;
use tokio::process::Command;

use super::error::NodeError;
use crate::{
    base::{printable::printable, types::ProcessOutput},
    network::http::HttpOptions,
    runtime::services::{ServiceResult, Services},
};

impl Services {
    /// Runs npm in `folder`, which is its project, and gives what it printed. `package` is what errors
    /// call what this is about.
    pub(super) async fn npm(
        &self,
        folder: &Path,
        package: &str,
        args: &[&str],
    ) -> ServiceResult<Vec<u8>> {
        let options = &self.shared.options.node;
        let node = options.find_node()?;
        let npm = options.find_npm(&node)?;
        let mut command = Command::new(&npm);
        let (verb, rest) = args.split_first().unwrap_or((&"help", &[]));
        command
            .arg(verb)
            // Without a prefix npm takes the nearest folder upward that looks like a project.
            .arg("--prefix")
            .arg(folder)
            .args(["--json", "--loglevel=error", "--no-update-notifier"])
            .args(patience(&self.shared.options.http))
            .args(rest)
            .current_dir(folder);
        if let Some(path) = options.path_with(&node) {
            command.env("PATH", path);
        }
        command.envs(
            options
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        );
        let name = npm.to_string_lossy();
        let output = self.shared.runner.run(&name, command).await?;
        if output.status == Some(0) {
            return Ok(output.stdout);
        }
        Err(failure(package, &output).into())
    }
}

/// The settings by which npm waits and tries again as this host does: by its own, a server that cannot be reached is
/// waited for longer than a minute, and one that is silent for five at each try.
fn patience(options: &HttpOptions) -> [String; 5] {
    let milliseconds = |delay: Duration| delay.as_millis().max(1);
    let policy = &options.retry;
    [
        format!("--fetch-timeout={}", milliseconds(options.read_timeout)),
        format!("--fetch-retries={}", policy.tries.saturating_sub(1)),
        "--fetch-retry-factor=2".into(),
        format!(
            "--fetch-retry-mintimeout={}",
            milliseconds(policy.first_delay)
        ),
        // npm refuses one that is shorter than the first.
        format!(
            "--fetch-retry-maxtimeout={}",
            milliseconds(policy.longest_delay.max(policy.first_delay))
        ),
    ]
}

/// The output of npm where it fails.
#[derive(Deserialize)]
struct Failed {
    error: Failure,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Failure {
    code: Option<String>,
    summary: Option<String>,
}

/// An error of what npm printed, which can be pages: its code, and one line.
fn failure(package: &str, output: &ProcessOutput) -> NodeError {
    let (mut code, mut message) = (String::new(), String::new());
    if let Ok(Failed { error }) = serde_json::from_slice(&output.stdout) {
        code = printable(&error.code.unwrap_or_default());
        message = first_line(&error.summary.unwrap_or_default());
    }
    if message.is_empty() {
        message = first_line(&String::from_utf8_lossy(&output.stderr));
    }
    if message.is_empty() {
        message = match output.status {
            Some(status) => format!("it ended with status {status}"),
            None => "a signal ended it".into(),
        };
    }
    NodeError::Npm {
        package: package.into(),
        code,
        message,
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    printable(line.unwrap_or_default())
}

/// The version that is tagged `latest`, in npm's answer to a question for the tags of a package.
pub(super) fn latest(answer: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Tags {
        latest: Option<String>,
    }
    serde_json::from_slice::<Tags>(answer).ok()?.latest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(stdout: &str, stderr: &str, status: Option<i32>) -> String {
        let output = ProcessOutput {
            status,
            stdout: stdout.into(),
            stderr: stderr.into(),
        };
        failure("one", &output).to_string()
    }

    #[test]
    fn what_npm_printed_comes_to_one_line() {
        let json = r#"{"error":{"code":"E404","summary":"Not Found - GET x\nmore","detail":"d"}}"#;
        assert!(failed(json, "npm error pages", Some(1)).ends_with(": Not Found - GET x"));
        let stack = "\nError: Cannot find module 'x'\n    at y\n";
        assert!(failed("", stack, Some(1)).ends_with(": Error: Cannot find module 'x'"));
        assert!(failed("{}", "", Some(7)).ends_with(": it ended with status 7"));
        assert!(failed("", "", None).ends_with(": a signal ended it"));
        assert!(failed("", &"x".repeat(5_000), Some(1)).len() < 300);
    }

    #[test]
    fn the_newest_version_is_the_one_with_the_tag() {
        let tags = br#"{"next":"2.0.0-rc.1","latest":"1.4.0"}"#;
        assert_eq!(latest(tags).as_deref(), Some("1.4.0"));
        for nothing in ["", "{}", "[]", r#"{"latest":null}"#, "1.0.0"] {
            assert_eq!(latest(nothing.as_bytes()), None, "{nothing}");
        }
    }
}
