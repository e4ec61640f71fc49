//! Extensions in other languages than Rust: the guests of `tests/guests/javascript` and
//! `tests/guests/python`, which speak the same verbs. `.ci/build-foreign` builds them; one that could
//! not be built here is skipped by name.

use std::{
    io::ErrorKind,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use annexe::{
    CacheConfiguration, CallError, Extension, Host, HostBuilder, Identity, LimitExceeded, Limits,
    capability::Capability,
    delegate::{
        DelegateError, ExtensionEvent, ExtensionObserver, HostDelegate, KeyValueStoreDelegate,
        LocalWorktree, ProjectDelegate, SharedWorktree,
    },
    types::{
        AttachRequest, BuildTaskDefinition, CodeLabel, CodeLabelSpan, CodeLabelSpanLiteral,
        Command, Completion, CompletionKind, CompletionLabelDetails, DebugConfig, DebugRequest,
        DebugRequestKind, DebugTaskDefinition, ExtensionId, InsertTextFormat, InstallationStatus,
        LanguageSettings, Range, SettingsLocation, SlashCommand, Symbol, SymbolKind, TaskTemplate,
        TcpArgumentsTemplate,
    },
};
use async_trait::async_trait;
use serde_json::{Value, json};

const LANGUAGES: [&str; 2] = ["javascript", "python"];

/// A running guest, with a work directory and a worktree that go with it.
struct Guest {
    language: &'static str,
    extension: Extension,
    folder: tempfile::TempDir,
}

impl Guest {
    fn work_dir(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("worktree")
    }

    fn worktree(&self) -> SharedWorktree {
        let environment = vec![("NAME".into(), "value".into())];
        Arc::new(LocalWorktree::new(7, self.root(), environment))
    }

    /// Calls `language-server-command` with an identifier.
    async fn ask(&self, identifier: &str) -> Result<Command, CallError> {
        self.extension
            .language_server_command(identifier.into(), self.worktree())
            .await
    }

    /// The arguments a verb answers with.
    async fn found(&self, identifier: &str) -> Vec<String> {
        match self.ask(identifier).await {
            Ok(command) => command.args,
            Err(error) => panic!("{}: {identifier}: {error:?}", self.language),
        }
    }

    /// The words of the error a verb answers with.
    async fn refused(&self, identifier: &str) -> String {
        words(self.ask(identifier).await)
    }
}

/// The extension's own words; anything else is no error of its own.
fn words<T: std::fmt::Debug>(answer: Result<T, CallError>) -> String {
    match answer {
        Err(CallError::Guest { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

/// The bytes of one language's guest, if it was built here.
fn wasm(language: &str) -> Option<Vec<u8>> {
    let file = crate::support::guests::foreign(language, &format!("{language}.wasm"))?;
    Some(std::fs::read(file).unwrap())
}

/// A host whose compiled cache lives in the build's own folder: compiling takes seconds, once.
fn builder() -> HostBuilder {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    Host::builder().cache(CacheConfiguration::new(
        folder.join("foreign-cache"),
        folder.join("foreign-cache-key"),
    ))
}

/// Starts every guest there is on a host.
async fn start(builder: HostBuilder, capabilities: &[Capability]) -> Vec<Guest> {
    let host = builder.build().unwrap();
    let mut guests = Vec::new();
    for language in LANGUAGES {
        let Some(wasm) = wasm(language) else { continue };
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("worktree")).unwrap();
        let identity = Identity {
            capabilities: capabilities.to_vec(),
            ..Identity::new(language.parse().unwrap(), folder.path().join("work"))
        };
        let component = host.compile(wasm).await.unwrap();
        guests.push(Guest {
            language,
            extension: host.start(&component, identity).await.unwrap(),
            folder,
        });
    }
    guests
}

async fn guests() -> Vec<Guest> {
    start(builder(), &[]).await
}

#[test]
fn the_section_behind_the_component_selects_the_newest_adapter() {
    for wasm in LANGUAGES.into_iter().filter_map(wasm) {
        let fit = annexe::api::inspect(&wasm).unwrap();
        assert_eq!(fit.family, "extension");
        assert_eq!(fit.api.to_string(), "0.7.0");
        assert_eq!(fit.adapter, "since_v0_6_0");
    }
}

#[tokio::test]
async fn a_command_comes_with_what_the_worktree_says() {
    for guest in guests().await {
        assert_eq!(guest.extension.adapter(), "since_v0_6_0");
        let command = guest.ask("echo:größe").await.unwrap();
        // A relative program is joined to the work directory.
        assert_eq!(Path::new(&command.command), guest.work_dir().join("echo"));
        assert_eq!(command.args, ["echo:größe", guest.root().to_str().unwrap()]);
        assert_eq!(command.env, [("NAME".into(), "value".into())]);
    }
}

#[tokio::test]
async fn a_guest_is_initialised_once_and_keeps_what_it_knows() {
    for guest in guests().await {
        assert_eq!(guest.found("initialised").await, ["true"]);
        assert_eq!(guest.found("count").await, ["2"]);
        assert_eq!(guest.found("count").await, ["3"]);
    }
}

#[tokio::test]
async fn a_guest_reads_through_its_worktree() {
    for guest in guests().await {
        let long = "zeile → line\n".repeat(50_000);
        std::fs::write(guest.root().join("file.txt"), &long).unwrap();
        assert_eq!(guest.found("read:file.txt").await, [long]);
        assert_eq!(guest.found("id").await, ["7"]);
        assert_eq!(guest.found("which:no-such-program").await, ["none"]);
    }
}

#[tokio::test]
async fn errors_pass_both_ways_as_words() {
    for guest in guests().await {
        assert_eq!(guest.refused("fail:no → way").await, "no → way");
        assert_eq!(guest.refused("unheard:of").await, "unknown verb: unheard");
        // What the host refuses is the guest's error, and the guest lives on.
        assert!(!guest.refused("read:missing.txt").await.is_empty());
        assert!(!guest.refused("read:../outside.txt").await.is_empty());
        assert!(!guest.refused("http:nowhere").await.is_empty());
        assert_eq!(guest.found("count").await, ["6"]);
    }
}

#[tokio::test]
async fn an_exception_nobody_meant_ends_the_call_and_not_the_extension() {
    for guest in guests().await {
        let error = guest.ask("throw:a mistake").await.unwrap_err();
        assert!(matches!(error, CallError::Trap { .. }), "{error:?}");
        // The next call has a fresh instance.
        assert_eq!(guest.found("count").await, ["1"]);
    }
}

#[tokio::test]
async fn endless_code_in_an_interpreter_is_stopped() {
    let mut limits = Limits::default();
    limits.guest_time = Duration::from_millis(200);
    for guest in start(builder().limits(limits), &[]).await {
        let error = guest.ask("loop").await.unwrap_err();
        assert!(
            matches!(error, CallError::Limit(LimitExceeded::GuestTime(_))),
            "{error:?}"
        );
        // The next call has a fresh instance.
        assert_eq!(guest.found("count").await, ["1"]);
    }
}

#[tokio::test]
async fn a_program_runs_only_where_the_manifest_asks_for_it() {
    for guest in guests().await {
        assert!(guest.refused("process:git --version").await.contains("git"));
    }
    let asked = Capability::ProcessExec {
        command: "no-such-program".into(),
        args: vec!["**".into()],
    };
    for guest in start(builder(), &[asked]).await {
        // Allowed, and tried: the error is the system's.
        let error = guest.refused("process:no-such-program at all").await;
        assert!(error.contains("no-such-program"), "{error}");
    }
}

#[tokio::test]
async fn the_language_s_own_network_access_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for guest in guests().await {
        guest.refused(&format!("connect:{port}")).await;
        assert_eq!(
            listener.accept().unwrap_err().kind(),
            ErrorKind::WouldBlock,
            "{} came through",
            guest.language
        );
        guest.ask("echo").await.unwrap();
    }
}

#[tokio::test]
async fn the_language_s_own_input_and_output_work() {
    for guest in guests().await {
        guest.ask("print:to the log").await.unwrap();
        let clock: u128 = guest.found("clock").await[0].parse().unwrap();
        assert!(clock > 0);
        if guest.language == "python" {
            let file = guest.work_dir().join("note.txt");
            assert_eq!(
                guest.found("write:note.txt").await,
                [file.to_str().unwrap()]
            );
            let note = std::fs::read_to_string(file).unwrap();
            assert_eq!(note, "written by the guest");
        }
    }
}

/// An editor that tells what it was asked and told.
#[derive(Default)]
struct Editor {
    statuses: Mutex<Vec<(String, InstallationStatus)>>,
}

impl ExtensionObserver for Editor {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        if let ExtensionEvent::Installation { server, status } = event {
            let told = (server.clone(), status.clone());
            self.statuses.lock().unwrap().push(told);
        }
    }
}

#[async_trait]
impl HostDelegate for Editor {
    async fn language_settings(
        &self,
        location: Option<&SettingsLocation>,
        language: Option<&str>,
    ) -> Result<LanguageSettings, DelegateError> {
        let worktree = location.map_or(0, |location| location.worktree_id);
        match language {
            Some("Rust") => Ok(LanguageSettings {
                preferred_line_length: u32::try_from(worktree).unwrap(),
                ..LanguageSettings::default()
            }),
            _ => Err(DelegateError::new("no such language")),
        }
    }
}

#[tokio::test]
async fn settings_are_read_and_a_status_is_shown() {
    let editor = Arc::new(Editor::default());
    let builder = builder().delegate(editor.clone()).observer(editor.clone());
    for guest in start(builder, &[]).await {
        let settings: Value = serde_json::from_str(&guest.found("settings:Rust").await[0]).unwrap();
        assert_eq!(settings["preferred_line_length"], 7);
        assert!(
            guest
                .refused("settings:Klingon")
                .await
                .contains("no such language")
        );
        guest.ask("status:no → luck").await.unwrap();
        assert_eq!(
            std::mem::take(&mut *editor.statuses.lock().unwrap()),
            [(
                "status:no → luck".to_owned(),
                InstallationStatus::Failed("no → luck".into())
            )]
        );
    }
}

#[tokio::test]
async fn options_and_configurations_are_json_none_or_an_error() {
    for guest in guests().await {
        let extension = &guest.extension;
        let root = guest.root();
        let options = extension
            .language_server_initialization_options("server".into(), guest.worktree())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            options,
            json!({ "export": "initialization-options", "id": "server", "root": root })
        );
        let additional = extension
            .language_server_additional_workspace_configuration(
                "server".into(),
                "other".into(),
                guest.worktree(),
            )
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            additional,
            json!({
                "export": "additional-workspace-configuration",
                "id": "server", "target": "other", "root": root,
            })
        );
        let none = extension
            .language_server_workspace_configuration("none".into(), guest.worktree())
            .await;
        assert_eq!(none, Ok(None));
        let error = extension
            .language_server_workspace_configuration("fail:not today".into(), guest.worktree())
            .await;
        assert_eq!(words(error), "not today");
    }
}

#[tokio::test]
async fn labels_carry_every_field_and_count_in_bytes() {
    let completion = Completion {
        label: "größe".into(),
        label_details: Some(CompletionLabelDetails {
            detail: Some("(x)".into()),
            description: None,
        }),
        detail: Some("u32".into()),
        kind: Some(CompletionKind::EnumMember),
        insert_text_format: Some(InsertTextFormat::Snippet),
    };
    let skipped = Completion {
        label: "skip".into(),
        ..Completion::default()
    };
    let whole = Range { start: 0, end: 7 };
    let literal = |text: &str, highlight: Option<&str>| {
        CodeLabelSpan::Literal(CodeLabelSpanLiteral {
            text: text.into(),
            highlight_name: highlight.map(Into::into),
        })
    };
    let label = CodeLabel {
        code: "größe|u32|enum-member|snippet|(x)|-".into(),
        spans: vec![
            CodeLabelSpan::CodeRange(whole),
            literal(" from ", None),
            literal("guest", Some("keyword")),
        ],
        filter_range: whole,
    };
    let symbol = Symbol {
        kind: SymbolKind::Other(99),
        name: "main".into(),
        container_name: None,
    };
    for guest in guests().await {
        let labels = guest
            .extension
            .labels_for_completions("server".into(), vec![completion.clone(), skipped.clone()])
            .await
            .unwrap();
        assert_eq!(labels, [Some(label.clone()), None]);
        let labels = guest
            .extension
            .labels_for_symbols("server".into(), vec![symbol.clone()])
            .await
            .unwrap();
        assert_eq!(labels[0].as_ref().unwrap().code, "main|other 99");
    }
}

#[tokio::test]
async fn slash_commands_run_with_and_without_a_worktree() {
    let command = |name: &str| SlashCommand {
        name: name.into(),
        description: "about it".into(),
        ..SlashCommand::default()
    };
    for guest in guests().await {
        let extension = &guest.extension;
        let arguments = vec!["one".to_owned(), "two".to_owned()];
        let completions = extension
            .complete_slash_command_argument(command("docs"), arguments.clone())
            .await
            .unwrap();
        let labels: Vec<&str> = completions
            .iter()
            .map(|completion| &*completion.label)
            .collect();
        assert_eq!(labels, ["docs", "one", "two"]);
        assert!(completions[0].run_command && !completions[1].run_command);

        let output = extension
            .run_slash_command(command("docs"), arguments.clone(), None)
            .await
            .unwrap();
        assert_eq!(output.text, "docs(one, two) in none");
        let output = extension
            .run_slash_command(command("docs"), arguments.clone(), Some(guest.worktree()))
            .await
            .unwrap();
        assert!(output.text.ends_with(guest.root().to_str().unwrap()));
        assert_eq!(output.sections[0].range.end as usize, output.text.len());
        let error = extension
            .run_slash_command(command("fail"), arguments, None)
            .await;
        assert_eq!(words(error), "one two");
    }
}

struct Project;

impl ProjectDelegate for Project {
    fn worktree_ids(&self) -> Vec<u64> {
        vec![7, u64::MAX]
    }
}

#[derive(Default)]
struct Pairs(Mutex<Vec<(String, String)>>);

#[async_trait]
impl KeyValueStoreDelegate for Pairs {
    async fn insert(&self, key: String, value: String) -> Result<(), DelegateError> {
        if key == "full" {
            return Err(DelegateError::new("the store is full"));
        }
        self.0.lock().unwrap().push((key, value));
        Ok(())
    }
}

#[tokio::test]
async fn projects_and_key_value_stores_are_lent_too() {
    for guest in guests().await {
        let extension = &guest.extension;
        let command = extension
            .context_server_command("context:server".into(), Arc::new(Project))
            .await
            .unwrap();
        assert_eq!(
            command.args,
            ["context:server", "7", "18446744073709551615"]
        );
        // The guest gives the id back in place of each text.
        let configure =
            |id: &str| extension.context_server_configuration(id.into(), Arc::new(Project));
        let configuration = configure(r#"{"title":"server"}"#).await.unwrap().unwrap();
        assert_eq!(configuration.settings_schema, json!({"title": "server"}));
        assert_eq!(configuration.default_settings, r#"{"title":"server"}"#);
        let error = configure("server").await.unwrap_err();
        assert!(matches!(error, CallError::Answer { .. }), "{error:?}");

        let pairs = Arc::new(Pairs::default());
        let packages = extension
            .suggest_docs_packages("docs".into())
            .await
            .unwrap();
        assert_eq!(packages, ["docs-one", "docs-two"]);
        extension
            .index_docs("docs".into(), "one".into(), pairs.clone())
            .await
            .unwrap();
        assert_eq!(
            *pairs.0.lock().unwrap(),
            [("one".to_owned(), "docs/one".to_owned())]
        );
        let error = extension
            .index_docs("docs".into(), "full".into(), pairs)
            .await;
        assert!(words(error).contains("the store is full"));
    }
}

#[tokio::test]
async fn debug_adapters_and_locators_answer() {
    let task = TaskTemplate {
        label: "build".into(),
        command: "make".into(),
        args: vec!["all".into()],
        ..TaskTemplate::default()
    };
    for guest in guests().await {
        let extension = &guest.extension;
        let definition = DebugTaskDefinition {
            label: "debug".into(),
            adapter: "adapter".into(),
            config: json!({"request": "attach"}),
            tcp_connection: Some(TcpArgumentsTemplate {
                host: Some([127, 0, 0, 1].into()),
                port: Some(4711),
                timeout: None,
            }),
        };
        let binary = extension
            .get_dap_binary(
                "adapter".into(),
                definition,
                Some("/bin/tool".into()),
                guest.worktree(),
            )
            .await
            .unwrap();
        assert_eq!(binary.arguments, ["adapter"]);
        assert_eq!(binary.cwd.as_deref(), guest.root().to_str());
        assert_eq!(binary.request_args.request, DebugRequestKind::Attach);
        assert_eq!(binary.connection.unwrap().port, 4711);

        let kind = extension
            .dap_request_kind("adapter".into(), json!({}))
            .await;
        assert!(words(kind).starts_with("unknown request: "));
        let scenario = extension
            .dap_locator_create_scenario(
                "locator".into(),
                task.clone(),
                "label".into(),
                "adapter".into(),
            )
            .await
            .unwrap()
            .unwrap();
        let Some(BuildTaskDefinition::Template(payload)) = scenario.build else {
            panic!("{:?}", scenario.build);
        };
        assert_eq!(payload.template, task);
        let request = extension
            .run_dap_locator("attach".into(), task.clone())
            .await;
        assert_eq!(
            request,
            Ok(DebugRequest::Attach(AttachRequest {
                process_id: Some(7)
            }))
        );
    }
}

#[tokio::test]
async fn an_export_the_guest_does_not_serve_is_an_error_of_its_own() {
    let config = DebugConfig {
        label: "debug".into(),
        adapter: "adapter".into(),
        request: DebugRequest::Attach(AttachRequest { process_id: None }),
        stop_on_entry: None,
    };
    for guest in guests().await {
        let answer = guest.extension.dap_config_to_scenario(config.clone()).await;
        assert_eq!(words(answer), "this guest makes no scenarios");
    }
}
