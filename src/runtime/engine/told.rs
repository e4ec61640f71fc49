//! Arguments and answers of host calls as they are told to an observer. A byte takes 72 bytes as a number of a JSON
//! list, so of many bytes only the first are told.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Serializer, Value, ser::Formatter};

/// The most bytes of one list of them.
const MOST_BYTES: u64 = 4 << 10;

/// A value as JSON. Of a list of bytes the first 4096 are told, and behind them, in a string, how many more there are.
pub(crate) fn told(value: &impl Serialize) -> Value {
    let mut text = Vec::new();
    let form = Form { bytes: 0 };
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, form));
    let read = written.and_then(|()| serde_json::from_slice(&text));
    read.unwrap_or(Value::Null)
}

/// The form of JSON with short lists of bytes.
struct Form {
    /// The bytes of the list that is being written, so far.
    bytes: u64,
}

impl Formatter for Form {
    fn begin_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.bytes = 0;
        to.write_all(b"[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        match first || self.bytes >= MOST_BYTES {
            true => Ok(()),
            false => to.write_all(b","),
        }
    }

    fn write_u8<W: ?Sized + Write>(&mut self, to: &mut W, value: u8) -> io::Result<()> {
        self.bytes += 1;
        match self.bytes > MOST_BYTES {
            true => Ok(()),
            false => write!(to, "{value}"),
        }
    }

    fn end_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        let more = self.bytes.saturating_sub(MOST_BYTES);
        self.bytes = 0;
        match more {
            0 => to.write_all(b"]"),
            more => write!(to, ",\"… {more} more\"]"),
        }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.bytes = 0;
        to.write_all(b":")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;
    use crate::base::types::{HttpRequest, ProcessOutput};

    #[test]
    fn what_has_few_bytes_is_told_as_it_is() {
        let output = ProcessOutput {
            status: Some(-1),
            stdout: vec![7; MOST_BYTES as usize],
            stderr: Vec::new(),
        };
        assert_eq!(told(&output), to_value(&output).unwrap());
        let numbers = (
            1_u8,
            vec![u64::MAX; 5000],
            vec![(2_u8, "a")],
            [Some(vec![3_u8])],
        );
        assert_eq!(told(&numbers), to_value(&numbers).unwrap());
        let names = json!({"zebra": [], "apple": {"b": null, "a": 0.1}});
        assert_eq!(told(&names).to_string(), names.to_string());
    }

    #[test]
    fn of_many_bytes_the_first_are_told_and_how_many_more() {
        let body = Some((0..=255).cycle().take(5000).collect());
        let request = HttpRequest {
            url: "https://example.org".into(),
            body,
            ..HttpRequest::default()
        };
        let value = told(&(&request, [1_u8, 2]));
        let list = value[0]["body"].as_array().unwrap();
        assert_eq!(
            (list.len(), &list[255], &list[4095]),
            (4097, &json!(255), &json!(255))
        );
        assert_eq!(list[4096], "… 904 more");
        assert_eq!(value[0]["url"], "https://example.org");
        assert_eq!(value[0]["redirect_policy"], "no_follow");
        assert_eq!(value[1], json!([1, 2]));
    }
}
