//! What cargo says of a build: a JSON object on each line.

use zed_extension_api::{
    process::Output,
    serde_json::{self, Value},
};

use super::path::folder;

/// Characters of what went wrong that a person is shown.
const SHOWN: usize = 4_000;

/// A program that a build has made.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    pub name: String,
    /// What it is made from: `bin`, `example`, `lib`, `test` or `bench`.
    pub kind: String,
    pub path: String,
    /// The package's id.
    pub package: String,
    /// The package's folder.
    pub folder: String,
}

impl Program {
    /// The option of cargo that chooses this program.
    pub fn option(&self) -> String {
        match self.kind.as_str() {
            kind @ ("bin" | "example" | "test" | "bench") => format!("--{kind} {}", self.name),
            _ => "--lib".to_owned(),
        }
    }
}

/// The programs of a build: its tests, or what is no test.
pub fn programs(output: &[u8], tests: bool) -> Vec<Program> {
    lines(output)
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|artifact| artifact["profile"]["test"] == tests)
        .filter_map(|artifact| {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            Some(Program {
                path: text(&artifact["executable"])?,
                name: text(&artifact["target"]["name"])?,
                kind: text(&artifact["target"]["kind"][0])?,
                package: text(&artifact["package_id"])?,
                folder: folder(artifact["manifest_path"].as_str()?).to_owned(),
            })
        })
        .collect()
}

/// The packages that name the program to run, each by its id, from what `cargo metadata` says.
pub fn default_programs(output: &[u8]) -> Vec<(String, String)> {
    let packages = lines(output).flat_map(|metadata| match metadata {
        Value::Object(mut metadata) => match metadata.remove("packages") {
            Some(Value::Array(packages)) => packages,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    });
    packages
        .filter_map(|package| {
            let text = |key: &str| package[key].as_str().map(str::to_owned);
            Some((text("id")?, text("default_run")?))
        })
        .collect()
}

/// Why a build has failed: the compiler's errors, else what cargo says itself.
pub fn failure(output: &Output) -> String {
    let errors: Vec<_> = lines(&output.stdout)
        .filter(|message| message["message"]["level"] == "error")
        .filter_map(|message| message["message"]["rendered"].as_str().map(str::to_owned))
        .collect();
    let mut words = if errors.is_empty() {
        String::from_utf8_lossy(&output.stderr).into_owned()
    } else {
        errors.join("\n")
    };
    if let Some((end, _)) = words.char_indices().nth(SHOWN) {
        words.truncate(end);
        words.push('…');
    }
    format!("cargo could not build it:\n{}", words.trim_end())
}

/// The objects; what build scripts print among them is passed over.
fn lines(output: &[u8]) -> impl Iterator<Item = Value> {
    output
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
}
