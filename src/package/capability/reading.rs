//! The reader of capabilities in TOML or JSON.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Deserializer, de};

use super::Capability;
use crate::base::types::{Access, GuestPath};

#[derive(Deserialize)]
struct ProcessExec {
    command: String,
    args: Vec<String>,
}

#[derive(Deserialize)]
struct DownloadFile {
    host: String,
    path: Vec<String>,
}

#[derive(Deserialize)]
struct NpmInstall {
    package: String,
}

#[derive(Deserialize)]
struct Http {
    host: String,
}

#[derive(Deserialize)]
struct Env {
    name: String,
}

#[derive(Deserialize)]
struct Mount {
    host: PathBuf,
    guest: GuestPath,
    #[serde(default)]
    access: Access,
}

impl<'de> Deserialize<'de> for Capability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, for the derived fallback would take a known kind with a wrong field as well.
        fn fields<T: de::DeserializeOwned, E: de::Error>(
            fields: BTreeMap<String, serde_json::Value>,
        ) -> Result<T, E> {
            serde_json::from_value(fields.into_iter().collect()).map_err(E::custom)
        }
        let mut table = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
        let kind = match table.remove("kind") {
            Some(serde_json::Value::String(kind)) => kind,
            Some(_) => return Err(de::Error::custom("`kind` must be a string")),
            None => return Err(de::Error::missing_field("kind")),
        };
        Ok(match kind.as_str() {
            Self::PROCESS_EXEC => {
                let ProcessExec { command, args } = fields(table)?;
                Self::ProcessExec { command, args }
            }
            Self::PROCESS_ENV => {
                let Env { name } = fields(table)?;
                Self::ProcessEnv { name }
            }
            Self::DOWNLOAD_FILE => {
                let DownloadFile { host, path } = fields(table)?;
                Self::DownloadFile { host, path }
            }
            Self::NPM_INSTALL => {
                let NpmInstall { package } = fields(table)?;
                Self::NpmInstall { package }
            }
            Self::HTTP => {
                let Http { host } = fields(table)?;
                Self::Http { host }
            }
            Self::ENV => {
                let Env { name } = fields(table)?;
                Self::Env { name }
            }
            Self::MOUNT => {
                let Mount {
                    host,
                    guest,
                    access,
                } = fields(table)?;
                Self::Mount {
                    host,
                    guest,
                    access,
                }
            }
            _ => Self::Unknown { kind },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::capability::examples::{download, env, hook, http, mount, npm, process};

    #[test]
    fn the_form_on_disk_is_a_table_with_a_kind() {
        let json = r#"[
            {"kind":"process:exec","command":"gem","args":["install","*"]},
            {"kind":"download_file","host":"github.com","path":["**"]},
            {"kind":"npm:install","package":"pyright","comment":"ignored"},
            {"kind":"clipboard:read","path":7},
            {"kind":"http","host":"*.example.org"},
            {"kind":"env","name":"LC_*"},
            {"kind":"process:env","name":"LD_*"},
            {"kind":"mount","host":"/data","guest":"/models"}
        ]"#;
        let list: Vec<Capability> = serde_json::from_str(json).unwrap();
        assert_eq!(
            list,
            [
                process("gem", &["install", "*"]),
                download("github.com", &["**"]),
                npm("pyright"),
                Capability::Unknown {
                    kind: "clipboard:read".into()
                },
                http("*.example.org"),
                env("LC_*"),
                hook("LD_*"),
                mount("/data", "/models", Access::ReadOnly),
            ]
        );
        let written = serde_json::to_value(&list).unwrap();
        assert_eq!(
            written[0],
            serde_json::json!({"kind":"process:exec","command":"gem","args":["install","*"]})
        );
        assert_eq!(written[3], serde_json::json!({"kind":"clipboard:read"}));
        assert_eq!(
            serde_json::from_value::<Vec<Capability>>(written).unwrap(),
            list
        );
        // A known kind with a wrong field is a mistake, and no unknown kind.
        for wrong in [
            r#"{"kind":"npm:install"}"#,
            r#"{"kind":"process:exec","command":"x","args":"y"}"#,
            r#"{"kind":1}"#,
            r#"{"package":"x"}"#,
            r#"{"kind":"env"}"#,
            r#"{"kind":"mount","host":"/a","guest":"../b"}"#,
            r#"{"kind":"mount","host":"/a","guest":"/b","access":"all"}"#,
        ] {
            assert!(
                serde_json::from_str::<Capability>(wrong).is_err(),
                "{wrong}"
            );
        }
        let toml: Capability = toml::from_str("kind = 'npm:install'\npackage = '*'").unwrap();
        assert_eq!(toml, npm("*"));
    }
}
