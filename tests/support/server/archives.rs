//! Archives as tools are released in.

use std::io::Write as _;

/// A compressed file.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A tar archive of files with their modes.
pub fn tar_gz(files: &[(&str, u32, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, mode, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_size(content.len() as u64);
        // By hand: the library refuses names that lead out, which is what some are here for.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        archive.append(&header, content.as_bytes()).unwrap();
    }
    gzip(&archive.into_inner().unwrap())
}

/// A zip archive of files that are not compressed.
pub fn zip(files: &[(&str, u32, &str)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (path, mode, content) in files {
        let mut crc = flate2::Crc::new();
        crc.update(content.as_bytes());
        let (crc, size) = (
            crc.sum().to_le_bytes(),
            (content.len() as u32).to_le_bytes(),
        );
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        common.extend(crc);
        common.extend(size);
        common.extend(size);
        common.extend((path.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        let offset = (archive.len() as u32).to_le_bytes();
        archive.extend(b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(path.as_bytes());
        archive.extend(content.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend(((mode | 0o100_000) << 16).to_le_bytes());
        directory.extend(offset);
        directory.extend(path.as_bytes());
    }
    let count = (files.len() as u16).to_le_bytes();
    let (size, offset) = (directory.len() as u32, archive.len() as u32);
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(count);
    archive.extend(count);
    archive.extend(size.to_le_bytes());
    archive.extend(offset.to_le_bytes());
    archive.extend([0, 0]);
    archive
}
