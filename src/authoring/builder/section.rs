//! The writer of sections of WebAssembly's binary format.

/// The id of custom sections.
const CUSTOM: u8 = 0;

/// Writes a section: its id, its length and its content.
pub(super) fn write(output: &mut Vec<u8>, id: u8, content: &[u8]) {
    output.push(id);
    write_length(output, content.len());
    output.extend_from_slice(content);
}

/// Writes a custom section.
pub(super) fn write_custom(output: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = Vec::with_capacity(name.len() + data.len() + 1);
    write_length(&mut content, name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(data);
    write(output, CUSTOM, &content);
}

/// Writes a number in LEB128: seven bits in each byte, the least significant first.
fn write_length(output: &mut Vec<u8>, mut length: usize) {
    loop {
        let bits = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            output.push(bits);
            return;
        }
        output.push(bits | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_seven_bits_a_byte() {
        for (length, bytes) in [
            (0, &[0_u8][..]),
            (127, &[0x7f]),
            (128, &[0x80, 1]),
            (624_485, &[0xe5, 0x8e, 0x26]),
        ] {
            let mut output = Vec::new();
            write_length(&mut output, length);
            assert_eq!(output, bytes);
        }
    }
}
