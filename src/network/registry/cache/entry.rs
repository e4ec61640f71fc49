//! The form of one cached file: a header, which is one line of JSON, and the content as it came.
//!
//! ```json
//! {"form":1,"path":"index/to/ml/toml","location":"https://example.org/","validator":{"e-tag":"\"5f\""},"read":"2026-11-25T10:00:00Z","blake3":"…"}
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    base::{digest::Blake3Digest, timestamp::Timestamp},
    network::http::Validator,
};

/// The form written; every other is ignored.
const FORM: u32 = 1;

/// A file of a registry as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::network::registry) struct Entry {
    /// Where it was read: the registry's location or a mirror's. Only there the validator means
    /// anything.
    pub(in crate::network::registry) location: String,
    /// By what the server there knows this content again.
    pub(in crate::network::registry) validator: Option<Validator>,
    /// When the content came.
    pub(in crate::network::registry) read: Timestamp,
    /// All of it.
    pub(in crate::network::registry) content: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    form: u32,
    path: String,
    location: String,
    validator: Option<Validator>,
    read: Timestamp,
    blake3: Blake3Digest,
}

impl Entry {
    /// The line before the content, for the file at `path`.
    pub(super) fn header(&self, path: &str) -> Option<Vec<u8>> {
        let header = Header {
            form: FORM,
            path: path.to_owned(),
            location: self.location.clone(),
            validator: self.validator.clone(),
            read: self.read,
            blake3: Blake3Digest::of(&self.content),
        };
        let mut line = serde_json::to_vec(&header).ok()?;
        line.push(b'\n');
        Some(line)
    }

    /// Reads a cached file that is to be about `path`; `None` where anything is in doubt.
    pub(super) fn parse(path: &str, mut bytes: Vec<u8>) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let content = bytes.split_off(end + 1);
        let header: Header = serde_json::from_slice(&bytes).ok()?;
        let sound = header.form == FORM
            && header.path == path
            && header.blake3 == Blake3Digest::of(&content);
        sound.then_some(Self {
            location: header.location,
            validator: header.validator,
            read: header.read,
            content,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::network::registry::cache) fn entry(content: &[u8]) -> Entry {
        Entry {
            location: "https://example.org/".into(),
            validator: Some(Validator::ETag("\"5f\"".into())),
            read: "2026-11-25T10:00:00Z".parse().unwrap(),
            content: content.into(),
        }
    }

    #[test]
    fn what_is_in_doubt_is_ignored() {
        let entry = entry(b"one\ntwo\n");
        let mut file = entry.header("a").unwrap();
        file.extend(&entry.content);
        assert_eq!(Entry::parse("a", file.clone()), Some(entry));
        assert_eq!(Entry::parse("b", file.clone()), None);
        for end in 0..file.len() {
            assert_eq!(Entry::parse("a", file[..end].to_vec()), None, "{end}");
        }
        let text = String::from_utf8(file).unwrap();
        for (from, to) in [("\"form\":1", "\"form\":2"), ("two", "too")] {
            assert_eq!(Entry::parse("a", text.replace(from, to).into()), None);
        }
    }
}
