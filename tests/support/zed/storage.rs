//! An object store behind addresses that are signed and do not live long.

use std::collections::HashMap;

use annexe::digest::Sha256Digest;

use crate::support::server::port::{Answer, Request};

/// How long an address lives, in seconds.
const LIFE: u64 = 180;

/// What addresses were given, at a time that only a test moves.
#[derive(Default)]
pub(super) struct Storage {
    /// Seconds since the start.
    now: u64,
    given: HashMap<String, Given>,
}

struct Given {
    path: String,
    at: u64,
    content: Vec<u8>,
}

impl Storage {
    pub(super) fn pass(&mut self, seconds: u64) {
        self.now += seconds;
    }

    /// A new address of an archive: its path and query.
    pub(super) fn sign(&mut self, id: &str, version: &str, content: &[u8]) -> String {
        let path = format!("/zed-extensions/extensions/{id}/{version}/archive.tar.gz");
        let number = self.given.len();
        let signature = Sha256Digest::of(format!("{path} {number}").as_bytes()).to_string();
        let address = format!(
            "{path}?x-id=GetObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=TESTS%2F20261130%2Fnyc3%2Fs3%2F\
             aws4_request&X-Amz-Date=20261130T220000Z&X-Amz-Expires={LIFE}&X-Amz-SignedHeaders=host\
             &X-Amz-Signature={signature}"
        );
        let given = Given {
            path,
            at: self.now,
            content: content.to_vec(),
        };
        self.given.insert(signature, given);
        address
    }

    pub(super) fn answer(&self, request: &Request) -> Answer {
        // Two ways to show who one is are one too many.
        if request.header("authorization").is_some() {
            return error(400, "InvalidArgument", "Only one auth mechanism allowed");
        }
        let signature = request.query("X-Amz-Signature").unwrap_or_default();
        let Some(given) = self.given.get(&signature) else {
            return error(403, "SignatureDoesNotMatch", "");
        };
        if given.path != request.path() {
            return error(403, "SignatureDoesNotMatch", "");
        }
        if self.now >= given.at + LIFE {
            return error(403, "AccessDenied", "Request has expired");
        }
        let content = &given.content;
        let tag = format!("\"{}\"", Sha256Digest::of(content));
        let is_same = request.header("if-range").is_none_or(|it| it == tag);
        let range = request.header("range").filter(|_| is_same);
        let start = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
        let start: usize = start.map_or(0, |text| text.parse().unwrap());
        if start > 0 && start >= content.len() {
            return error(416, "InvalidRange", "");
        }
        let status = if start > 0 { 206 } else { 200 };
        let answer = Answer::new(status, "application/gzip", &content[start..]);
        let answer = answer.with("ETag", &tag).with("Accept-Ranges", "bytes");
        match start {
            0 => answer,
            _ => {
                let (last, size) = (content.len() - 1, content.len());
                answer.with("Content-Range", &format!("bytes {start}-{last}/{size}"))
            }
        }
    }
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Answer::new(status, "application/xml", body)
}
