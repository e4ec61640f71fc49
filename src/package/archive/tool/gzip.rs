//! One file, compressed with gzip.

use std::io::{Read, Write};

use super::{
    error::ToolArchiveError,
    gunzip::Gunzip,
    limits::{ToolLimit, ToolLimits},
    staging::read_error,
};

/// Unpacks one file that is compressed with gzip.
pub(super) fn unpack(
    reader: impl Read,
    writer: &mut impl Write,
    limits: &ToolLimits,
) -> Result<u64, ToolArchiveError> {
    let mut content = Gunzip::new(reader, limits)?;
    let mut buffer = vec![0; 128 << 10];
    let mut unpacked = 0;
    loop {
        let length = content.read(&mut buffer).map_err(read_error)?;
        if length == 0 {
            return Ok(unpacked);
        }
        unpacked += length as u64;
        if unpacked > limits.unpacked_bytes {
            let (limit, most) = (ToolLimit::UnpackedBytes, limits.unpacked_bytes);
            return Err(ToolArchiveError::Limit { limit, most });
        }
        let piece = buffer.get(..length).unwrap_or_default();
        writer
            .write_all(piece)
            .map_err(|source| ToolArchiveError::Write { source })?;
    }
}
