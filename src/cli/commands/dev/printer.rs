//! The printer of a dev extension's events.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Mutex, PoisonError},
};

use annexe::{
    builder::NotBuilt,
    declarative::{Finding, FindingKind, Severity},
    dev::{DevEvent, Served},
    manifest::Warning,
    store::{DevExtension, Store},
    types::ExtensionId,
};
use serde::Serialize;
use tokio::sync::Notify;

use crate::cli::{
    build_output,
    failure::{self, Failure, Outcome},
    output::{Output, harmless},
    wording,
};

/// A printer of events, which remembers what must be said at the end.
pub struct DevPrinter<'a> {
    output: &'a Output,
    store: &'a Store,
    known: Mutex<Known>,
    lost: Notify,
}

#[derive(Default)]
struct Known {
    id: Option<ExtensionId>,
    /// The reason why nothing can be printed any more.
    lost: Option<anyhow::Error>,
    /// The compiler's output in this attempt, where it is shown only if that fails.
    kept: Vec<String>,
}

/// An event as JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Value<'a> {
    Building {
        id: &'a ExtensionId,
        changed: &'a [PathBuf],
    },
    Line {
        text: &'a str,
    },
    Serving {
        extension: &'a DevExtension,
        not_built: &'a [NotBuilt],
        warnings: &'a [Warning],
        findings: &'a [Finding],
        milliseconds: u128,
    },
    Unchanged,
    Failed {
        error: Failure,
        serving: bool,
    },
    Gone {
        folder: &'a Path,
    },
    Back {
        folder: &'a Path,
    },
    Stopped {
        id: &'a ExtensionId,
    },
}

impl<'a> DevPrinter<'a> {
    pub fn new(output: &'a Output, store: &'a Store) -> Self {
        Self {
            output,
            store,
            known: Mutex::default(),
            lost: Notify::new(),
        }
    }

    /// Prints an event.
    pub fn say(&self, event: DevEvent) {
        if self.output.is_json() {
            return self.value(event);
        }
        match event {
            DevEvent::Building { id, changed } => self.building(&id, &changed),
            DevEvent::Line(line) if self.output.is_talkative() => build_output::show(&line),
            DevEvent::Line(line) => self.known().kept.push(line),
            DevEvent::Serving(served) => self.serving(&served),
            DevEvent::Unchanged => self.output.note("nothing has changed in what is built"),
            DevEvent::Failed { error, serving } => {
                let kept = std::mem::take(&mut self.known().kept);
                kept.iter().for_each(|line| build_output::show(line));
                failure::tell(&anyhow::Error::new(*error), self.output);
                self.output.note(match serving {
                    Some(build) => format!("the build of {} stays in service", build.built),
                    None => "there is no build in service yet".to_owned(),
                });
            }
            DevEvent::Gone { folder } => self.output.warn(format_args!(
                "`{}` is gone; its last build stays in service, and it is waited for",
                folder.display()
            )),
            DevEvent::Back { folder } => self
                .output
                .note(format_args!("`{}` is there again", folder.display())),
            DevEvent::Stopped { id } => self.output.note(format_args!(
                "`{id}` is not a dev extension any more: it was stopped"
            )),
            _ => {}
        }
    }

    /// Says what stays after the user has ended the session.
    pub fn left(&self) {
        let id = self.known().id.clone();
        if let Some(id) = id {
            let built = self.store.dev_extension(&id).ok().flatten();
            let rest = match built.and_then(|extension| extension.build) {
                Some(_) => {
                    format!("its last build stays in service until `annexe dev --stop {id}`")
                }
                None => format!("it has no build; `annexe dev --stop {id}` forgets it"),
            };
            self.output
                .note(format_args!("`{id}` is not kept live any more; {rest}"));
        }
    }

    /// The result: an error where an event could not be printed.
    pub fn result(&self) -> Outcome {
        match self.known().lost.take() {
            Some(error) => Err(error),
            None => Ok(ExitCode::SUCCESS),
        }
    }

    fn building(&self, id: &ExtensionId, changed: &[PathBuf]) {
        self.known().kept.clear();
        let is_first = self.known().id.replace(id.clone()).is_none();
        if is_first {
            self.output.note(format_args!("building `{id}`"));
            return;
        }
        let names = changed
            .iter()
            .filter_map(|path| path.file_name())
            .map(|name| name.to_string_lossy());
        let names: Vec<_> = names.take(3).collect();
        self.output.note(match names.as_slice() {
            [] => format!("building `{id}` again"),
            names => format!("building `{id}` again: {} changed", wording::list(names)),
        });
    }

    fn serving(&self, served: &Served) {
        let Some(build) = &served.extension.build else {
            return;
        };
        let (id, output) = (&served.extension.id, self.output);
        for warning in &served.warnings {
            output.warn(format_args!("extension.toml: {warning}"));
        }
        let findings = served.findings.iter();
        // Said below, with the reason.
        for finding in findings.filter(|it| it.kind != FindingKind::NotBuilt) {
            match finding.severity {
                Severity::Error => output.warn(format_args!("{finding}; it is left out")),
                Severity::Warning => output.warn(finding),
                Severity::Note => {}
            }
        }
        for not_built in &served.not_built {
            output.warn(format_args!("{not_built}; {}", not_built.hint()));
        }
        let api = wording::api(build.api.as_ref(), build.adapter.as_deref());
        let seconds = served.took.as_secs_f64();
        let code = served.code.map(wording::code);
        let code = code.map_or_else(String::new, |code| format!(" ({code})"));
        let line = format!(
            "{id} {} is in service, API {api}, {seconds:.2} s{code}",
            build.version
        );
        self.heard(output.raw(&harmless(&line)));
    }

    fn value(&self, event: DevEvent) {
        let event = match event {
            DevEvent::Failed { error, serving } => {
                let error = Failure::from(&anyhow::Error::new(*error));
                return self.json(&Value::Failed {
                    error,
                    serving: serving.is_some(),
                });
            }
            event => event,
        };
        let value = match &event {
            DevEvent::Building { id, changed } => Value::Building { id, changed },
            DevEvent::Line(text) => Value::Line { text },
            DevEvent::Serving(served) => Value::Serving {
                extension: &served.extension,
                not_built: &served.not_built,
                warnings: &served.warnings,
                findings: &served.findings,
                milliseconds: served.took.as_millis(),
            },
            DevEvent::Unchanged => Value::Unchanged,
            DevEvent::Gone { folder } => Value::Gone { folder },
            DevEvent::Back { folder } => Value::Back { folder },
            DevEvent::Stopped { id } => Value::Stopped { id },
            _ => return,
        };
        self.json(&value);
    }

    fn json(&self, value: &Value<'_>) {
        self.heard(self.output.json(value));
    }

    /// Notes that an event could not be printed.
    fn heard(&self, told: anyhow::Result<()>) {
        if let Err(error) = told {
            self.known().lost.get_or_insert(error);
            self.lost.notify_one();
        }
    }

    /// Waits until nothing can be printed any more.
    pub async fn is_lost(&self) {
        self.lost.notified().await;
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
