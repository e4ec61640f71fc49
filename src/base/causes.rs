//! The causes of an error, from itself to the innermost.

use std::error::Error;

/// An error and its causes, the outermost first.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The words of an error and of its causes, joined by colons.
pub(crate) fn in_full(error: &(dyn Error + 'static)) -> String {
    let words: Vec<String> = chain(error).map(ToString::to_string).collect();
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("it cannot be read")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn an_error_is_told_with_its_causes() {
        let error = Outer(std::io::Error::other("no room"));
        assert_eq!(in_full(&error), "it cannot be read: no room");
        assert_eq!(chain(&error).count(), 2);
    }
}
