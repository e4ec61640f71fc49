//! The configuration of a session: what the adapter takes, checked before it is started.

use zed_extension_api::{
    Result, StartDebuggingRequestArgumentsRequest as Request,
    serde_json::{self, Map, Value},
};

/// What a session may set, and the form of each; the adapter looks at the rest.
const FORMS: [(&str, Form); 24] = [
    ("program", Form::Text),
    ("args", Form::Texts),
    ("cwd", Form::Text),
    ("env", Form::Pairs),
    ("stopOnEntry", Form::Flag),
    ("disableASLR", Form::Flag),
    ("disableSTDIO", Form::Flag),
    ("runInTerminal", Form::Flag),
    ("launchCommands", Form::Texts),
    ("pid", Form::Process),
    ("waitFor", Form::Flag),
    ("attachCommands", Form::Texts),
    ("coreFile", Form::Text),
    ("gdb-remote-port", Form::Port),
    ("gdb-remote-hostname", Form::Text),
    ("initCommands", Form::Texts),
    ("preRunCommands", Form::Texts),
    ("postRunCommands", Form::Texts),
    ("stopCommands", Form::Texts),
    ("exitCommands", Form::Texts),
    ("terminateCommands", Form::Texts),
    ("sourcePath", Form::Text),
    ("debuggerRoot", Form::Text),
    ("targetTriple", Form::Text),
];

/// What names a program to start.
const LAUNCHES: [&str; 2] = ["program", "launchCommands"];

/// What names the session alone. Under which keys something to attach to may be named differs from one
/// version of the adapter to the next, so any other key may do that.
const NAMES: [&str; 5] = ["request", "name", "type", "label", "adapter"];

#[derive(Clone, Copy)]
enum Form {
    Text,
    Texts,
    Flag,
    /// Names with values, as a table or each as `NAME=VALUE`.
    Pairs,
    /// A process number, or a variable that the editor replaces by one.
    Process,
    Port,
}

/// A configuration whose request is known.
pub struct Configuration {
    table: Map<String, Value>,
    request: Request,
}

impl Configuration {
    /// Reads a configuration, and finds out what it asks for.
    pub fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| format!("the configuration is not JSON: {error}"))?;
        let request = request(&value)?;
        match value {
            Value::Object(table) => Ok(Self { table, request }),
            _ => Err(not_a_table()),
        }
    }

    /// Whether a program is started or attached to.
    pub fn request(&self) -> Request {
        self.request
    }

    /// The configuration as the adapter gets it. A program is started in the folder `root` if it names
    /// no other.
    pub fn finish(mut self, root: &str) -> Result<String> {
        self.check()?;
        if self.request == Request::Launch && !self.has("cwd") {
            self.table.insert("cwd".to_owned(), Value::from(root));
        }
        Ok(Value::Object(self.table).to_string())
    }

    fn check(&self) -> Result<()> {
        for (key, form) in FORMS {
            let value = self.table.get(key).filter(|value| !value.is_null());
            if let Some(value) = value
                && !form.fits(value)
            {
                return Err(format!(
                    "`{key}` in the configuration must be {}, not `{value}`",
                    form.words()
                ));
            }
        }
        match self.request {
            Request::Launch if !LAUNCHES.iter().any(|key| self.has(key)) => Err(format!(
                "the configuration does not say what to start: it has none of `{}`",
                LAUNCHES.join("`, `")
            )),
            Request::Attach if !self.has_more_than_names() => Err(
                "the configuration does not say what to attach to, by `pid` or `program` for example"
                    .to_owned(),
            ),
            _ => Ok(()),
        }
    }

    /// Whether it says something under a key.
    fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(says_something)
    }

    /// Whether it says more than what the session is.
    fn has_more_than_names(&self) -> bool {
        let mut pairs = self.table.iter();
        pairs.any(|(key, value)| !NAMES.contains(&key.as_str()) && says_something(value))
    }
}

/// What a configuration asks for.
pub fn request(configuration: &Value) -> Result<Request> {
    let Value::Object(table) = configuration else {
        return Err(not_a_table());
    };
    match table.get("request").map(|request| request.as_str()) {
        Some(Some("launch")) => Ok(Request::Launch),
        Some(Some("attach")) => Ok(Request::Attach),
        Some(_) => Err("`request` in the configuration must be `launch` or `attach`".to_owned()),
        None => Err("the configuration has no `request`, which is `launch` or `attach`".to_owned()),
    }
}

/// What is empty says nothing.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => true,
    }
}

fn not_a_table() -> String {
    "the configuration must be a JSON object".to_owned()
}

impl Form {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Texts => is_texts(value),
            Self::Flag => value.is_boolean(),
            Self::Pairs => match value {
                Value::Object(pairs) => pairs.values().all(Value::is_string),
                _ => is_texts(value),
            },
            Self::Process => value.is_string() || value.as_u64().is_some_and(|number| number > 0),
            Self::Port => value
                .as_u64()
                .is_some_and(|port| (1..=65_535).contains(&port)),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Texts => "a list of texts",
            Self::Flag => "`true` or `false`",
            Self::Pairs => "a table of texts, or a list of texts such as `NAME=VALUE`",
            Self::Process => "the number of a process",
            Self::Port => "a port from 1 to 65535",
        }
    }
}

fn is_texts(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|values| values.iter().all(Value::is_string))
}
