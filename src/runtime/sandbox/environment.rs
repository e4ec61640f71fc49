//! The variables that a guest is given, by name.

use std::{fmt, str::FromStr};

use crate::base::hint::{ErrorKind, Hint};
use serde::{Deserialize, Deserializer};

/// The name of an environment variable that a sandbox may set. `PWD` is not: it is the work directory, which
/// extensions build the paths of their programs from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableName(String);

/// An error of a string that is not the name of a variable that a sandbox may set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot be a variable of the guest's: {problem}")]
pub struct VariableNameError {
    name: String,
    problem: &'static str,
}

impl Hint for VariableNameError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl VariableName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VariableName {
    type Err = VariableNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let problem = if name.is_empty() {
            "it is empty"
        } else if name.contains(['=', '\0']) {
            "it contains a NUL or a `=`"
        } else if name == "PWD" {
            "it is always the work directory"
        } else {
            return Ok(Self(name.into()));
        };
        Err(VariableNameError {
            name: name.into(),
            problem,
        })
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for VariableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_a_sandbox_may_set() {
        for name in ["A", "HTTP_PROXY", "RUST_BACKTRACE", "pwd"] {
            assert_eq!(name.parse::<VariableName>().unwrap().as_str(), name);
        }
        for name in ["", "A=B", "=", "A\0", "PWD"] {
            assert!(name.parse::<VariableName>().is_err(), "{name}");
        }
    }
}
