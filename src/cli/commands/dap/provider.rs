//! The debug adapter that an installed extension brings.

use std::{ffi::OsString, path::PathBuf, process::ExitStatus, sync::OnceLock, time::Duration};

use annexe::{
    dap::{AdapterProvider, PreparedAdapter, StartRequest, TCP_CONNECTION},
    lsp::{PreparationError, PreparationProgress},
    manifest::Named,
    store::{DebugAdapterRequest, Provided, ServerLog},
    types::{DebugAdapterBinary, DebugRequestKind, DebugScenario, TcpArgumentsTemplate},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Arguments, capabilities::KnownCapabilities};
use crate::cli::{
    context::Context,
    failure::Complaint,
    fetching::{self, Fetch, Subject, UNDER_WAY},
    paths,
    preparation::{self, Asking, Folder, Preparation, of_error},
};

/// How long an extension may take to answer before the editor hears that it waits for a fetch.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a session asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    pub kind: Option<DebugRequestKind>,
    pub configuration: Value,
}

/// A debug adapter of what is installed, for a folder.
pub struct InstalledAdapter {
    arguments: Arguments,
    preparation: Preparation,
    provided: Provided,
    known: Option<KnownCapabilities>,
    /// The store that was named on the command line, if one was; none of both where nothing is to be fetched.
    fetch: Option<Option<PathBuf>>,
    /// The log of the adapter, once there is something to write.
    log: OnceLock<ServerLog>,
}

impl InstalledAdapter {
    /// Finds the adapter.
    ///
    /// # Errors
    /// Where no installed extension brings it, or the user does without it.
    pub async fn new(
        arguments: &Arguments,
        context: &Context<'_>,
        asking: Asking,
    ) -> anyhow::Result<Self> {
        let folder = Folder::new(arguments.worktree.as_deref())?;
        let preparation = Preparation::new(context, folder, &arguments.lock, asking)?;
        let (name, wanted) = (arguments.adapter(), arguments.extension.as_ref());
        let provided = preparation
            .choose(Named::DebugAdapter, name, wanted)
            .await?;
        Ok(Self {
            arguments: arguments.clone(),
            known: KnownCapabilities::of(&provided, preparation.extensions.store().folder()),
            preparation,
            provided,
            fetch: None,
            log: OnceLock::new(),
        })
    }

    /// Has what is missing fetched by another process.
    #[must_use]
    pub fn fetching(self, context: &Context<'_>) -> Self {
        Self {
            fetch: Some(context.store_argument().map(PathBuf::from)),
            ..self
        }
    }

    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    pub fn provided(&self) -> &Provided {
        &self.provided
    }

    /// Asks for the way to start it.
    ///
    /// # Errors
    /// Where the extension does not answer, or what it answers is refused.
    pub async fn binary(&self, asked: &Asked) -> anyhow::Result<DebugAdapterBinary> {
        let name = &self.provided.name;
        let mut request = DebugAdapterRequest::new(
            name,
            self.provided.extension.clone(),
            asked.configuration.clone(),
            self.preparation.worktree(),
        );
        request.kind = asked.kind;
        request.tcp_connection = take_connection(&mut request.configuration)?;
        request.settings = self.preparation.settings.debug_adapter(true, name)?;
        request.home = paths::home();
        Ok(self.preparation.extensions.debug_adapter(&request).await?)
    }

    /// Asks for the way to start one whose program is there.
    ///
    /// # Errors
    /// As [`Self::binary`], and where it is not there.
    pub async fn binary_at_hand(&self, asked: &Asked) -> anyhow::Result<DebugAdapterBinary> {
        let binary = self.binary(asked).await?;
        self.check(&binary)?;
        Ok(binary)
    }

    fn check(&self, binary: &DebugAdapterBinary) -> Result<(), Complaint> {
        let setting = format!("dap.{}.binary", self.provided.name);
        match &binary.command {
            Some(program) => preparation::check_program(program, &setting),
            None => Ok(()),
        }
    }

    /// Makes of a scenario the configuration that an editor takes.
    ///
    /// # Errors
    /// Where the extension cannot say what kind it is.
    pub async fn configuration_of(&self, scenario: DebugScenario) -> anyhow::Result<Value> {
        let name = &self.provided.name;
        let mut configuration = json!({ "type": name, "name": scenario.label });
        let own = scenario.config;
        if !own["request"].is_string() {
            let extension = &self.provided.extension;
            let extensions = &self.preparation.extensions;
            let kind = extensions
                .debug_request_kind(extension, name, own.clone())
                .await?;
            configuration["request"] = json!(kind);
        }
        if let (Some(all), Some(own)) = (configuration.as_object_mut(), own.as_object()) {
            all.extend(own.clone());
        }
        Ok(configuration)
    }

    fn fetch_for(&self, asked: &Asked) -> Option<Fetch> {
        let store = self.fetch.as_ref()?;
        let extension = &self.provided.extension;
        let mut arguments = self.arguments.lock.arguments().ok()?;
        let rest: [OsString; 5] = [
            "--extension".into(),
            extension.as_str().into(),
            "--worktree".into(),
            self.preparation.folder.path.clone().into(),
            (&self.provided.name).into(),
        ];
        arguments.extend(rest);
        // What is debugged may be told in secret variables: others see a command line.
        let input = serde_json::to_vec(asked).ok()?;
        let subject = Subject::Extension(extension);
        let fetch = Fetch::new("dap", arguments, subject, store.as_deref());
        Some(fetch.reading(input))
    }

    fn log(&self) -> &ServerLog {
        let store = self.preparation.extensions.store();
        let log = || store.server_log(&self.provided.extension, &self.provided.name);
        self.log.get_or_init(log)
    }

    /// Asks for the way to start one whose program is there, and has fetched what is missing, if it may be.
    ///
    /// # Errors
    /// As [`Self::binary_at_hand`].
    pub async fn ask(
        &self,
        asked: &Asked,
        progress: &dyn PreparationProgress,
    ) -> Result<DebugAdapterBinary, PreparationError> {
        let fetch = self.fetch_for(asked);
        let asking = self.binary_at_hand(asked);
        tokio::pin!(asking);
        let answered = tokio::select! {
            answered = &mut asking => answered,
            // What is fetched now, the extension waits for.
            () = tokio::time::sleep(PATIENCE), if fetch.as_ref().is_some_and(Fetch::is_under_way) => {
                progress.step(UNDER_WAY);
                asking.await
            }
        };
        match (answered, fetch) {
            (Ok(binary), fetch) => {
                if let Some(fetch) = fetch.filter(Fetch::is_due) {
                    // The next start has what is new; this one waits for no network.
                    fetch.start_aside().await;
                }
                Ok(binary)
            }
            (Err(_), Some(fetch)) => {
                let binary: DebugAdapterBinary = fetch.run(progress).await?;
                self.check(&binary)
                    .map_err(|error| of_error(&error.into()))?;
                Ok(binary)
            }
            (Err(error), None) => Err(of_error(&error)),
        }
    }
}

#[async_trait]
impl AdapterProvider for InstalledAdapter {
    fn capabilities(&self) -> Option<Value> {
        self.known.as_ref()?.read()
    }

    fn remember(&self, capabilities: &Value) {
        if let Some(known) = &self.known {
            known.write(capabilities);
        }
    }

    async fn prepare(
        &self,
        request: &StartRequest,
        progress: &dyn PreparationProgress,
    ) -> Result<PreparedAdapter, PreparationError> {
        let asked = Asked {
            kind: Some(request.kind),
            configuration: request.configuration.clone(),
        };
        let binary = self.ask(&asked, progress).await?;
        let folder = self.preparation.folder.path.clone();
        let mut prepared = PreparedAdapter::new(binary, folder);
        prepared.warnings = self.preparation.warnings();
        let name = &self.provided.name;
        prepared.start_hint = Some(format!("`annexe doctor {name}` says what is missing"));
        Ok(prepared)
    }

    fn started(&self, process: Option<u32>) {
        self.log().started(process);
    }

    fn hear(&self, line: &str) {
        self.log().line(line);
    }

    fn ended(&self, status: Option<ExitStatus>) {
        self.log().ended(status);
        self.log().flush();
    }
}

/// Takes out of a configuration the address at which the adapter is to listen, as Zed's `debug.json` has it.
///
/// # Errors
/// Where it is not one.
fn take_connection(configuration: &mut Value) -> Result<Option<TcpArgumentsTemplate>, Complaint> {
    let taken = configuration
        .as_object_mut()
        .and_then(|it| it.remove(TCP_CONNECTION));
    match taken {
        None | Some(Value::Null) => Ok(None),
        Some(taken) => serde_json::from_value(taken).map(Some).map_err(|error| {
            let message =
                format!("`{TCP_CONNECTION}` in the configuration is not an address: {error}");
            Complaint::new(message).with_hint(
                "it is an object with `host`, `port` and `timeout`, all of which may be left out",
            )
        }),
    }
}

/// The file that is locked while what an adapter needs is fetched.
pub fn mark(arguments: &Arguments, context: &Context<'_>) -> anyhow::Result<PathBuf> {
    let subject = match &arguments.extension {
        Some(extension) => Subject::Extension(extension),
        None => Subject::Server(arguments.adapter()),
    };
    fetching::mark(subject, context.store_argument())
}
