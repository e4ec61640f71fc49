//! Programs to start.

use serde::{Deserialize, Serialize};

/// Environment variables as pairs of name and value, in the order they are set.
pub type EnvironmentVariables = Vec<(String, String)>;

/// A program to start, with its arguments and the environment variables to add.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Command {
    /// The program: an absolute path, or a name or path as the extension gave it.
    pub command: String,
    /// The arguments, without the program's own name.
    pub args: Vec<String>,
    /// Variables to add to the environment the program inherits.
    pub env: EnvironmentVariables,
}
