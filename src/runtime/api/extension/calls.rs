//! Calls of an extension: one method for each export, and all of them by
//! name, with JSON for arguments and answer.

use std::any::Any;

use semver::Version;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    guest::{Guest, exports},
    resources::{CallResources, HostResource, lend, take_back},
};
use crate::{
    base::{fs, hint::Hint as _, types},
    runtime::{
        delegate,
        extension::{CallError, Extension},
    },
};

/// Whether a call needs nothing of the extension's main instance: it is lent nothing, and a version that
/// lacks it answers with nothing, so it neither installs nor changes anything. Labels of completions are
/// the most frequent ones.
macro_rules! may_use_secondary {
    (unsupported $($lent:ident)?) => {
        false
    };
    ($benign:tt) => {
        true
    };
    ($benign:tt $lent:ident) => {
        false
    };
}

macro_rules! calls {
    ($(
        $(#[$doc:meta])*
        $export:literal since $since:literal:
        $name:ident($($argument:ident: $type:ty),*) lending ($($lent:ident: $delegate:ty)?)
        -> $answer:ty = $default:tt;
    )*) => {
        impl Extension {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!("Calls `", $export, "`, which came with API ", $since, ".")]
                ///
                /// # Errors
                /// A [`CallError`]: the extension's own, or why it gave no answer.
                pub async fn $name(
                    &self,
                    $($argument: $type,)*
                    $($lent: $delegate,)?
                ) -> Result<$answer, CallError> {
                    const MAY_USE_SECONDARY: bool = may_use_secondary!($default $($lent)?);
                    let answer = self.call(MAY_USE_SECONDARY, move |instance| Box::pin(async move {
                        let (guest, store) = instance.parts::<Box<dyn Guest>>()?;
                        $(let $lent = lend(store, $lent)?;)?
                        let answer = guest
                            .$name(store, $($argument,)* $(<$delegate as HostResource>::borrow(&$lent),)?)
                            .await;
                        $(take_back::<$delegate>(store, $lent);)?
                        answer
                    }));
                    settle(answer.await?, $export, self)
                }
            )*

            /// Makes a call by its export's name, with JSON for the arguments and the answer.
            ///
            /// `arguments` is an array in the order of [`Export::arguments`](crate::api::Export), or an
            /// object by their names; what a call is lent comes from `resources`.
            ///
            /// # Errors
            /// [`CallError::Arguments`] for an unknown export, arguments that do not fit, or something
            /// to lend that is missing; otherwise as the method of that export.
            pub async fn call_by_name(
                &self,
                export: &str,
                arguments: Value,
                resources: &CallResources,
            ) -> Result<Value, CallError> {
                match export {
                    $($export => {
                        #[allow(unused_mut, unused_variables, reason = "not every export has arguments")]
                        let mut arguments = Arguments::new(export, arguments, &[$(stringify!($argument)),*])?;
                        $(let $argument: $type = arguments.take(stringify!($argument))?;)*
                        $(let $lent = <$delegate as HostResource>::pick(resources)
                            .map_err(|missing| arguments.refuse(format_args!("it needs a {missing}")))?;)?
                        json(&self.$name($($argument,)* $($lent,)?).await?)
                    })*
                    _ => Err(CallError::Arguments {
                        export: export.into(),
                        message: "no API version has such an export".into(),
                    }),
                }
            }
        }
    };
}

exports!(calls);

/// The first API version with which an extension can make a file executable by itself.
const MAKES_EXECUTABLE: Version = Version::new(0, 0, 5);

/// Joins a command's relative program to the work directory, as Zed does: a bare name is *not* looked
/// up on `PATH`. Answers of other types are taken as they are. What is to be started passes the gate.
fn settle<T: 'static>(
    mut answer: T,
    export: &'static str,
    extension: &Extension,
) -> Result<T, CallError> {
    let services = extension.services();
    if let Some(command) = (&mut answer as &mut dyn Any).downcast_mut::<types::Command>() {
        let program = fs::normal(&services.work_dir.join(&command.command));
        command.command = program.to_string_lossy().into_owned();
    }
    match services.allow_answer(export, &answer) {
        Ok(()) => {
            let command = (&answer as &dyn Any).downcast_ref::<types::Command>();
            if let Some(command) = command.filter(|_| *extension.api() < MAKES_EXECUTABLE) {
                services.make_command_executable(&command.command);
            }
            Ok(answer)
        }
        Err(error) => Err(CallError::NotStarted {
            export,
            problem: error.in_words(),
            hint: error.hint(),
        }),
    }
}

fn json<T: Serialize>(answer: &T) -> Result<Value, CallError> {
    serde_json::to_value(answer).map_err(|error| CallError::Arguments {
        export: String::new(),
        message: error.to_string(),
    })
}

/// The arguments of a call by name.
struct Arguments {
    export: String,
    values: Map<String, Value>,
}

impl Arguments {
    fn new(export: &str, arguments: Value, names: &[&str]) -> Result<Self, CallError> {
        let mut this = Self {
            export: export.into(),
            values: Map::new(),
        };
        match arguments {
            Value::Null => {}
            Value::Array(values) if values.len() <= names.len() => {
                this.values = names.iter().map(ToString::to_string).zip(values).collect();
            }
            Value::Array(values) => {
                return Err(this.refuse(format_args!(
                    "it takes {} arguments ({}), not {}",
                    names.len(),
                    names.join(", "),
                    values.len()
                )));
            }
            Value::Object(values) => {
                if let Some(unknown) = values.keys().find(|key| !names.contains(&key.as_str())) {
                    return Err(this.refuse(format_args!(
                        "it has no argument `{unknown}`, but {}",
                        names.join(", ")
                    )));
                }
                this.values = values;
            }
            _ => return Err(this.refuse("its arguments are an array or an object")),
        }
        Ok(this)
    }

    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, CallError> {
        let given = self.values.remove(name);
        let missing = given.is_none();
        serde_json::from_value(given.unwrap_or(Value::Null)).map_err(|error| match missing {
            true => self.refuse(format_args!("its argument `{name}` is missing")),
            false => self.refuse(format_args!("its argument `{name}`: {error}")),
        })
    }

    fn refuse(&self, message: impl std::fmt::Display) -> CallError {
        CallError::Arguments {
            export: self.export.clone(),
            message: message.to_string(),
        }
    }
}
