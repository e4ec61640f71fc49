//! What a container registry asks for before it answers: the header `WWW-Authenticate`.

/// A way to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// By a token, which is to be had at another address.
    Bearer {
        /// Where.
        realm: String,
        /// For whom.
        service: Option<String>,
    },
    /// By a name and a password.
    Basic,
}

impl Challenge {
    /// Reads the header; `None` for a way that is not known.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut parameters = parameters(rest);
        let mut find = |wanted: &str| {
            let at = parameters
                .iter()
                .position(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
            Some(parameters.swap_remove(at).1)
        };
        Some(Self::Bearer {
            realm: find("realm")?,
            service: find("service"),
        })
    }
}

/// Reads `a="b,c",d=e`.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_owned();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => {
                let mut value = String::new();
                let mut characters = quoted.char_indices();
                let mut end = quoted.len();
                while let Some((at, character)) = characters.next() {
                    match character {
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        '\\' => value.extend(characters.next().map(|(_, it)| it)),
                        other => value.push(other),
                    }
                }
                (value, quoted.get(end..).unwrap_or_default())
            }
            None => {
                let (value, after) = after.split_once(',').unwrap_or((after, ""));
                (value.trim().to_owned(), after)
            }
        };
        found.push((name, value));
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer {
            realm: realm.into(),
            service: service.map(Into::into),
        })
    }

    #[test]
    fn headers_of_container_registries_are_read() {
        for (text, expected) in [
            (
                r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="a:b,c:d""#,
                bearer("https://ghcr.io/token", Some("ghcr.io")),
            ),
            (
                r#"bearer service=x, realm="https://a/?b=\"c\"""#,
                bearer(r#"https://a/?b="c""#, Some("x")),
            ),
            (r#"Bearer realm=https://a/t"#, bearer("https://a/t", None)),
            (r#"Bearer scope="x""#, None),
            (r#"Basic realm="Registry""#, Some(Challenge::Basic)),
            ("Basic", Some(Challenge::Basic)),
            ("Negotiate abc", None),
            ("", None),
            (r#"Bearer realm="unended"#, bearer("unended", None)),
        ] {
            assert_eq!(Challenge::parse(text), expected, "{text}");
        }
    }
}
