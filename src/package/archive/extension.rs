//! POSIX extension headers ("PAX"): lines of `<length> <key>=<value>\n` that describe the next entry,
//! or in their global form all that follow. macOS's and Python's archivers write them.
//!
//! Only a path, and keys that do not matter here (times, owners, attributes), are let through.
//! Whatever changes what an entry is, as `size`, `linkpath` or the sparse keys do, is refused: readers
//! differ in whether they obey it, and an archive must mean one thing.

use super::error::{Error, shown};

/// Keys whose values are ignored.
const IGNORED: &[&str] = &[
    "atime",
    "charset",
    "comment",
    "ctime",
    "gid",
    "gname",
    "mtime",
    "uid",
    "uname",
    "LIBARCHIVE.creationtime",
    "SCHILY.dev",
    "SCHILY.devmajor",
    "SCHILY.devminor",
    "SCHILY.fflags",
    "SCHILY.ino",
    "SCHILY.nlink",
];

/// Beginnings of such keys.
const IGNORED_PREFIXES: &[&str] = &["LIBARCHIVE.xattr.", "SCHILY.acl.", "SCHILY.xattr."];

/// What the headers may declare their names to be written in: UTF-8, or bytes as they are.
const NAME_CHARSETS: &[&[u8]] = &[b"ISO-IR 10646 2000 UTF-8", b"UTF-8", b"BINARY"];

/// The scope of an extension header: the entries that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    NextEntry,
    AllEntries,
}

/// Reads the content of an extension header that stands at `offset`: the path it gives, if any.
pub(super) fn parse(content: &[u8], scope: Scope, offset: u64) -> Result<Option<Vec<u8>>, Error> {
    let malformed = || Error::Extension { offset };
    let mut path = None;
    let mut seen = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let (key, value, after) = record(rest).ok_or_else(malformed)?;
        rest = after;
        // Which of two values holds differs between readers.
        if seen.contains(&key) {
            return Err(malformed());
        }
        seen.push(key);
        match key {
            "path" if scope == Scope::NextEntry => path = Some(value.to_vec()),
            "hdrcharset" if NAME_CHARSETS.contains(&value) => {}
            _ if is_ignored(key) => {}
            _ => {
                return Err(Error::ExtensionKey {
                    key: shown(key.as_bytes()),
                });
            }
        }
    }
    Ok(path)
}

fn is_ignored(key: &str) -> bool {
    IGNORED.contains(&key)
        || IGNORED_PREFIXES
            .iter()
            .any(|prefix| key.starts_with(prefix))
}

/// Splits the first record off: its key, its value, and what follows.
pub(super) fn record(content: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let digits = content.iter().position(|&byte| byte == b' ')?;
    let number = std::str::from_utf8(content.get(..digits)?).ok()?;
    // `parse` alone would take a sign, and no writer uses a leading zero.
    if !number.bytes().all(|byte| byte.is_ascii_digit()) || number.starts_with('0') {
        return None;
    }
    let length: usize = number.parse().ok()?;
    let record = content.get(digits + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    let (key, value) = record.split_at(equals);
    let key = std::str::from_utf8(key)
        .ok()
        .filter(|key| !key.is_empty())?;
    Some((key, value.get(1..)?, content.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_next(content: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        parse(content, Scope::NextEntry, 0)
    }

    fn record_of(pair: &str) -> String {
        let length = pair.len() + if pair.len() < 7 { 3 } else { 4 };
        format!("{length} {pair}\n")
    }

    #[test]
    fn a_path_is_found_among_keys_that_do_not_matter() {
        let path = parse_next(b"20 mtime=1700000000\n10 path=a\n").unwrap();
        assert_eq!(path.as_deref(), Some(&b"a"[..]));
        assert_eq!(parse_next(b"").unwrap(), None);
        assert_eq!(parse_next(b"25 SCHILY.xattr.a=1\0\n3\n4\n").unwrap(), None);
    }

    #[test]
    fn keys_that_change_the_entry_are_refused() {
        for pair in [
            "size=9",
            "linkpath=a",
            "GNU.sparse.major=1",
            "SCHILY.realsize=9",
            "SCHILY.filetype=sparse",
            "hdrcharset=X",
            "other=1",
        ] {
            let content = record_of(pair);
            let error = parse_next(content.as_bytes()).unwrap_err();
            assert!(
                matches!(error, Error::ExtensionKey { .. }),
                "{pair}: {error}"
            );
        }
        let error = parse(b"10 path=a\n", Scope::AllEntries, 0).unwrap_err();
        assert!(matches!(error, Error::ExtensionKey { .. }));
    }

    #[test]
    fn malformed_records_are_refused() {
        for content in [
            &b"\n"[..],
            b"0",
            b"5 a=b",
            b"6 a=bc",
            b"+6 a=b\n",
            b"06 a=b\n",
            b"9 a=b\n",
            b"5 =b\n",
            b"4 a\n",
            b"1 ",
            b"3 \n",
            b"99999999999999999999999 a=b\n",
            b"18446744073709551615 a=b\n",
            b"8 uid=1\n8 uid=1\n",
            b"6 uid=",
        ] {
            let error = parse_next(content).unwrap_err();
            assert!(
                matches!(error, Error::Extension { .. }),
                "{}",
                content.escape_ascii()
            );
        }
    }
}
