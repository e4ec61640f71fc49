//! The verbs of an extension that keeps to itself what its host says: each does what another verb says.

use zed_extension_api::{Result, Worktree};

use crate::{ServerId, imports};

/// The words of an extension that tells nothing of the reason.
const OWN_WORDS: &str = "failed to download latest github release";

/// Runs one verb, if it is one of these, and returns what it found.
pub fn run(
    verb: &str,
    argument: &str,
    id: &ServerId,
    worktree: &Worktree,
) -> Option<Result<Vec<String>>> {
    let other = || {
        let (verb, argument) = argument.split_once(':').unwrap_or((argument, ""));
        imports::run(verb, argument, id, worktree)
    };
    Some(match verb {
        "swallow" => other().map_err(|_| OWN_WORDS.to_owned()),
        "wrap" => other().map_err(|words| format!("{OWN_WORDS}: {words:?}")),
        "recover" => Ok(other().unwrap_or_default()),
        "forget" => other().and_then(|_| Err(OWN_WORDS.to_owned())),
        "unwrap" => Ok(other().unwrap_or_else(|words| panic!("{words}"))),
        _ => return None,
    })
}
