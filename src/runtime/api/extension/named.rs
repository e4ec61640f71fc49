//! Names of a manifest in the arguments of calls: which of an extension's servers, adapters and commands a call is
//! about.

use serde_json::Value;

use super::guest::Export;
use crate::package::manifest::{Manifest, Named, UnknownName};

impl Export {
    /// What an argument names in the manifest of the extension that is called; `None` where it names nothing of that: the
    /// `target` of additions is another extension's server, and a locator is asked for scenarios of any adapter.
    pub fn names(&self, argument: &str) -> Option<Named> {
        Some(match argument {
            "server" if self.name.starts_with("context-server-") => Named::ContextServer,
            "server" => Named::LanguageServer,
            "adapter" if self.name == "dap-locator-create-scenario" => return None,
            "adapter" => Named::DebugAdapter,
            "config" if self.name == "dap-config-to-scenario" => Named::DebugAdapter,
            "locator" => Named::DebugLocator,
            "command" => Named::SlashCommand,
            "provider" => Named::IndexedDocsProvider,
            _ => return None,
        })
    }

    /// Refuses an argument that names what a manifest does not have. Whether it is of the right type is not looked at.
    ///
    /// # Errors
    /// [`UnknownName`], whose hint has the names that there are.
    pub fn check_name(
        &self,
        argument: &str,
        value: &Value,
        manifest: &Manifest,
    ) -> Result<(), UnknownName> {
        let Some(sort) = self.names(argument) else {
            return Ok(());
        };
        let key = match sort {
            Named::SlashCommand => "name",
            Named::DebugAdapter => "adapter",
            _ => "id",
        };
        match value.as_str().or_else(|| value.get(key)?.as_str()) {
            Some(name) => manifest.check_name(sort, name),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::guest::EXPORTS;

    #[test]
    fn what_each_argument_names_is_said_once() {
        let named: Vec<String> = EXPORTS
            .iter()
            .map(|export| {
                let names = export.arguments.iter().filter_map(|argument| {
                    let named = export.names(argument.name)?;
                    Some(format!("{}={named}", argument.name))
                });
                format!("{}: {}", export.name, names.collect::<Vec<_>>().join(", "))
            })
            .collect();
        assert_eq!(
            named,
            [
                "language-server-command: server=language server",
                "language-server-initialization-options: server=language server",
                "language-server-workspace-configuration: server=language server",
                "labels-for-completions: server=language server",
                "labels-for-symbols: server=language server",
                "complete-slash-command-argument: command=slash command",
                "run-slash-command: command=slash command",
                "suggest-docs-packages: provider=source of documentation",
                "index-docs: provider=source of documentation",
                "context-server-command: server=context server",
                "language-server-additional-initialization-options: server=language server",
                "language-server-additional-workspace-configuration: server=language server",
                "context-server-configuration: server=context server",
                "get-dap-binary: adapter=debug adapter",
                "dap-request-kind: adapter=debug adapter",
                "dap-config-to-scenario: config=debug adapter",
                "dap-locator-create-scenario: locator=debug locator",
                "run-dap-locator: locator=debug locator",
            ]
        );
    }
}
