//! A file that grows while it is read.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use super::{Result, bounded::open_regular, named, stamp::Identity};

/// An open file of lines that others append to, and how far it was read.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    file: File,
    identity: Identity,
    position: u64,
}

impl Tail {
    /// Opens a file at its beginning; `None` where there is none.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let file = match open_regular(path) {
            Ok(file) => file,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let metadata = named("look at", path, file.metadata())?;
        Ok(Some(Self {
            path: path.to_path_buf(),
            file,
            identity: Identity::of(&metadata),
            position: 0,
        }))
    }

    /// Returns the identity of the open file, whatever its name is now.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Adds the whole lines that have come since the last time; of a file that was emptied, those it has now.
    pub fn read(&mut self, to: &mut Vec<u8>) -> Result<()> {
        let mut new = Vec::new();
        let mut read = || {
            if self.file.metadata()?.len() < self.position {
                self.position = 0;
            }
            self.file.seek(SeekFrom::Start(self.position))?;
            self.file.read_to_end(&mut new)
        };
        named("read", &self.path, read())?;
        let whole = new.iter().rposition(|byte| *byte == b'\n');
        new.truncate(whole.map_or(0, |end| end + 1));
        self.position += new.len() as u64;
        to.append(&mut new);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert!(Tail::open(&path).unwrap().is_none());
        std::fs::write(&path, "").unwrap();
        let mut tail = Tail::open(&path).unwrap().unwrap();
        let mut new = |content: &str| {
            std::fs::write(&path, content).unwrap();
            let mut read = Vec::new();
            tail.read(&mut read).unwrap();
            String::from_utf8(read).unwrap()
        };
        assert_eq!(new("one\ntw"), "one\n");
        assert_eq!(new("one\ntwo\n"), "two\n");
        assert_eq!(new("one\ntwo\n"), "");
        assert_eq!(new("new\n"), "new\n", "it was emptied");
    }
}
