//! Colours as theme files write them.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
};

/// A colour with its opacity, each part from 0 to 255. Shown and serialised as `#rrggbbaa`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Colour {
    /// How much red.
    pub red: u8,
    /// How much green.
    pub green: u8,
    /// How much blue.
    pub blue: u8,
    /// How opaque: 0 cannot be seen, 255 hides what is below.
    pub alpha: u8,
}

/// An error of parsing a colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a colour", printable(text))]
pub struct ParseColourError {
    text: String,
}

impl Hint for ParseColourError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some("write `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`".into())
    }
}

impl FromStr for Colour {
    type Err = ParseColourError;

    /// Reads `#rgb`, `#rgba`, `#rrggbb` and `#rrggbbaa`, in either case, with spaces around them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.trim()).ok_or_else(|| ParseColourError { text: text.into() })
    }
}

fn parse(text: &str) -> Option<Colour> {
    let digits = text.strip_prefix('#')?.chars();
    let digits: Option<Vec<u8>> = digits
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let twice = |digit: u8| digit * 0x11;
    let both = |high: u8, low: u8| high << 4 | low;
    let (red, green, blue, alpha) = match digits?[..] {
        [red, green, blue] => (twice(red), twice(green), twice(blue), 255),
        [red, green, blue, alpha] => (twice(red), twice(green), twice(blue), twice(alpha)),
        [r, ed, g, reen, b, lue] => (both(r, ed), both(g, reen), both(b, lue), 255),
        [r, ed, g, reen, b, lue, a, lpha] => {
            (both(r, ed), both(g, reen), both(b, lue), both(a, lpha))
        }
        _ => return None,
    };
    Some(Colour {
        red,
        green,
        blue,
        alpha,
    })
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            red,
            green,
            blue,
            alpha,
        } = self;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}{alpha:02x}")
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_forms_are_read() {
        for (text, shown) in [
            ("#fff", "#ffffffff"),
            ("#1a2f", "#11aa22ff"),
            ("#12aBcD", "#12abcdff"),
            (" #12345678 ", "#12345678"),
        ] {
            assert_eq!(text.parse::<Colour>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "#",
            "#12",
            "#12345",
            "123456",
            "red",
            "#gggggg",
            "#é12",
            "#123456789",
        ] {
            assert!(text.parse::<Colour>().is_err(), "{text}");
        }
        assert_eq!(
            "\u{1b}[2J".parse::<Colour>().unwrap_err().to_string(),
            "`\\u{1b}[2J` is not a colour"
        );
    }
}
