//! The extra fields of zip headers, of which two matter: sizes above 4 GiB, and a second name.

use super::fields::Fields;

const ZIP64: u16 = 1;
const UNICODE_PATH: u16 = 0x7075;
const HEADER_BYTES: usize = 4;

/// Sizes and the offset, as a header has them before its extra field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) size: u64,
    pub(super) compressed_size: u64,
    /// Only in the central directory.
    pub(super) offset: Option<u64>,
}

/// The reason why extra fields cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// They are malformed, or say something else than the header.
    Zip64,
    /// They give the entry another name.
    Name,
}

/// Completes the numbers of a header, where those that are all ones stand in the extra field.
pub(super) fn complete(extra: &[u8], name: &[u8], numbers: Numbers) -> Result<Numbers, Unusable> {
    let mut zip64 = None;
    let mut rest = extra;
    // Some writers pad with up to three bytes, which are not a field.
    while rest.len() >= HEADER_BYTES {
        let header = Fields(rest);
        let end = HEADER_BYTES + usize::from(header.u16(2));
        let content = rest.get(HEADER_BYTES..end).ok_or(Unusable::Zip64)?;
        match header.u16(0) {
            ZIP64 if zip64.is_some() => return Err(Unusable::Zip64),
            ZIP64 => zip64 = Some(content),
            // A version, a checksum of the header's name, then the name.
            UNICODE_PATH if content.get(5..) != Some(name) => return Err(Unusable::Name),
            _ => {}
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    match zip64 {
        Some(content) => replace(content, numbers),
        None if all(numbers).any(is_unset) => Err(Unusable::Zip64),
        None => Ok(numbers),
    }
}

/// The content holds the numbers that are unset in the header, in order; or all of them, as some writers
/// have it, which must agree with the header then.
fn replace(content: &[u8], numbers: Numbers) -> Result<Numbers, Unusable> {
    let fields = Fields(content);
    let unset = all(numbers).filter(|number| is_unset(*number)).count();
    let given = content.len() / 8;
    // Four bytes for a disk may follow.
    let is_whole = matches!(content.len() % 8, 0 | 4);
    let holds_all = given == all(numbers).count();
    if !is_whole || !(holds_all || given == unset) {
        return Err(Unusable::Zip64);
    }
    let mut next = 0;
    let mut read = |number: u64| {
        if !holds_all && !is_unset(number) {
            return Ok(number);
        }
        let long = fields.u64(next);
        next += 8;
        if is_unset(number) || long == number {
            Ok(long)
        } else {
            Err(Unusable::Zip64)
        }
    };
    Ok(Numbers {
        size: read(numbers.size)?,
        compressed_size: read(numbers.compressed_size)?,
        offset: numbers.offset.map(&mut read).transpose()?,
    })
}

fn all(numbers: Numbers) -> impl Iterator<Item = u64> {
    [
        Some(numbers.size),
        Some(numbers.compressed_size),
        numbers.offset,
    ]
    .into_iter()
    .flatten()
}

fn is_unset(number: u64) -> bool {
    number == u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSET: u64 = u32::MAX as u64;

    fn zip64(numbers: &[u64]) -> Vec<u8> {
        let content: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        [&[1, 0, content.len() as u8, 0], &content[..]].concat()
    }

    fn completed(extra: &[u8], size: u64, compressed_size: u64, offset: u64) -> Option<[u64; 3]> {
        let offset = Some(offset);
        let numbers = Numbers {
            size,
            compressed_size,
            offset,
        };
        let numbers = complete(extra, b"name", numbers).ok()?;
        Some([
            numbers.size,
            numbers.compressed_size,
            numbers.offset.unwrap(),
        ])
    }

    #[test]
    fn long_numbers_are_taken_where_the_header_has_none() {
        assert_eq!(completed(&[], 1, 2, 3), Some([1, 2, 3]));
        assert_eq!(completed(&zip64(&[5]), 1, UNSET, 3), Some([1, 5, 3]));
        assert_eq!(completed(&zip64(&[5, 6]), UNSET, 2, UNSET), Some([5, 2, 6]));
        assert_eq!(completed(&zip64(&[1, 2, 3]), 1, UNSET, 3), Some([1, 2, 3]));
        assert_eq!(completed(&[0, 0, 0], 1, 2, 3), Some([1, 2, 3]));
    }

    #[test]
    fn long_numbers_that_are_missing_or_lie_are_refused() {
        for (extra, size) in [
            (vec![], UNSET),
            (zip64(&[]), UNSET),
            (zip64(&[9, 2, 3]), 1),
            (zip64(&[9, 9]), UNSET),
            (zip64(&[9])[..8].to_vec(), UNSET),
            ([zip64(&[9]), zip64(&[9])].concat(), UNSET),
        ] {
            assert_eq!(completed(&extra, size, 2, 3), None, "{extra:?}");
        }
    }
}
