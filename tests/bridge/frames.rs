//! Messages as they come over a stream, for both ends of the bridge. It is strict, unlike the bridge: what is not a
//! message is told.

use std::io::{self, BufRead};

/// Reads the next body; `None` at the end of the stream.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let mut length = None;
    let mut is_first = true;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return match is_first {
                true => Ok(None),
                false => Err(wrong("the stream ends in a header".to_owned())),
            };
        }
        is_first = false;
        let header = line.trim_end_matches(['\r', '\n']).split_once(':');
        let header = header.map(|(name, value)| (name.to_lowercase(), value.trim()));
        match header.as_ref().map(|(name, value)| (name.as_str(), *value)) {
            Some(("content-length", number)) => {
                let number = number.parse().map_err(|_| wrong(line.clone()))?;
                length = Some(number);
            }
            Some(("content-type", _)) => {}
            Some(_) => return Err(wrong(format!("not a header: {line:?}"))),
            None if line.trim().is_empty() => break,
            None => return Err(wrong(format!("not a header: {line:?}"))),
        }
    }
    let length = length.ok_or_else(|| wrong("a header without a length".to_owned()))?;
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    let body = String::from_utf8(body).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str::<serde::de::IgnoredAny>(&body)
        .map_err(|error| wrong(format!("{error}: {body}")))?;
    Ok(Some(body))
}

/// A message with this body.
pub fn framed(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}
