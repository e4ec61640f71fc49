//! Which system calls change files, and which file each of them changes.

use std::{
    fmt,
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::{Component, Path, PathBuf},
};

use nix::{
    libc::{self, c_long, user_regs_struct},
    unistd::Pid,
};

/// A call that changes a file, as it is about to be made.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: &'static str,
    /// The file or folder it changes; the new name, where it gives one.
    pub path: PathBuf,
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `{}`", self.name, self.path.display())
    }
}

/// Where a call's arguments name the file; the numbers count arguments from 0.
#[derive(Clone, Copy)]
enum Names {
    /// An open file.
    Descriptor(usize),
    /// A path from the working directory.
    Path(usize),
    /// A path from the folder that the argument before it has open.
    PathAt(usize),
    /// As [`Names::Path`], if the flags in the argument after it create or empty a file.
    Opened(usize),
    /// As [`Names::PathAt`], with such flags in the argument after it.
    OpenedAt(usize),
    /// As [`Names::OpenedAt`], with the flags behind a pointer.
    OpenedHow(usize),
}

use Names::{Descriptor, Opened, OpenedAt, OpenedHow, Path as InPath, PathAt};

/// The calls that change files. `flock` is none of them.
const CALLS: &[(c_long, &str, Names)] = &[
    (libc::SYS_write, "write", Descriptor(0)),
    (libc::SYS_pwrite64, "pwrite64", Descriptor(0)),
    (libc::SYS_writev, "writev", Descriptor(0)),
    (libc::SYS_pwritev, "pwritev", Descriptor(0)),
    (libc::SYS_pwritev2, "pwritev2", Descriptor(0)),
    (libc::SYS_copy_file_range, "copy_file_range", Descriptor(2)),
    (libc::SYS_sendfile, "sendfile", Descriptor(0)),
    (libc::SYS_splice, "splice", Descriptor(2)),
    (libc::SYS_ftruncate, "ftruncate", Descriptor(0)),
    (libc::SYS_fallocate, "fallocate", Descriptor(0)),
    (libc::SYS_fsync, "fsync", Descriptor(0)),
    (libc::SYS_fdatasync, "fdatasync", Descriptor(0)),
    (libc::SYS_syncfs, "syncfs", Descriptor(0)),
    (libc::SYS_fchmod, "fchmod", Descriptor(0)),
    (libc::SYS_open, "open", Opened(0)),
    (libc::SYS_openat, "openat", OpenedAt(1)),
    (libc::SYS_openat2, "openat2", OpenedHow(1)),
    (libc::SYS_creat, "creat", InPath(0)),
    (libc::SYS_truncate, "truncate", InPath(0)),
    (libc::SYS_rename, "rename", InPath(1)),
    (libc::SYS_renameat, "renameat", PathAt(3)),
    (libc::SYS_renameat2, "renameat2", PathAt(3)),
    (libc::SYS_unlink, "unlink", InPath(0)),
    (libc::SYS_unlinkat, "unlinkat", PathAt(1)),
    (libc::SYS_rmdir, "rmdir", InPath(0)),
    (libc::SYS_mkdir, "mkdir", InPath(0)),
    (libc::SYS_mkdirat, "mkdirat", PathAt(1)),
    (libc::SYS_link, "link", InPath(1)),
    (libc::SYS_linkat, "linkat", PathAt(3)),
    (libc::SYS_symlink, "symlink", InPath(1)),
    (libc::SYS_symlinkat, "symlinkat", PathAt(2)),
    (libc::SYS_chmod, "chmod", InPath(0)),
    (libc::SYS_fchmodat, "fchmodat", PathAt(1)),
    (libc::SYS_fchmodat2, "fchmodat2", PathAt(1)),
    // Without a path it is about the descriptor, which is then the folder of the empty path.
    (libc::SYS_utimensat, "utimensat", PathAt(1)),
];

/// A file opened so is made, or loses what it held.
const CHANGING: u64 =
    (libc::O_CREAT | libc::O_TRUNC | (libc::O_TMPFILE & !libc::O_DIRECTORY)) as u64;

/// The call that a thread is about to make, if it changes something below `folder`.
pub fn changing(thread: Pid, registers: &user_regs_struct, folder: &Path) -> Option<Call> {
    let number = c_long::try_from(registers.orig_rax).ok()?;
    let (_, name, names) = CALLS.iter().find(|(known, ..)| *known == number)?;
    let thread = Thread(thread);
    let r = registers;
    let arguments = [r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9];
    let path = match *names {
        Descriptor(at) => thread.open_file(arguments[at])?,
        InPath(at) => thread.path(None, arguments[at])?,
        PathAt(at) => thread.path(Some(arguments[at - 1]), arguments[at])?,
        Opened(at) if arguments[at + 1] & CHANGING != 0 => thread.path(None, arguments[at])?,
        OpenedAt(at) if arguments[at + 1] & CHANGING != 0 => {
            thread.path(Some(arguments[at - 1]), arguments[at])?
        }
        OpenedHow(at) if thread.number(arguments[at + 1])? & CHANGING != 0 => {
            thread.path(Some(arguments[at - 1]), arguments[at])?
        }
        _ => return None,
    };
    path.starts_with(folder).then_some(Call { name, path })
}

/// A stopped thread, as far as the system shows it.
struct Thread(Pid);

impl Thread {
    fn shown(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }

    /// What a descriptor leads to. What is no file has a name that is no path.
    fn open_file(&self, descriptor: u64) -> Option<PathBuf> {
        fs::read_link(self.shown(&format!("fd/{}", descriptor as i32))).ok()
    }

    /// The path in the thread's memory, from the folder it is relative to.
    fn path(&self, folder: Option<u64>, address: u64) -> Option<PathBuf> {
        let folder = match folder {
            Some(descriptor) if descriptor as i32 != libc::AT_FDCWD => self.open_file(descriptor),
            _ => fs::read_link(self.shown("cwd")).ok(),
        };
        let path = folder?.join(self.text(address)?);
        Some(path.components().fold(PathBuf::new(), |mut path, part| {
            match part {
                Component::ParentDir => drop(path.pop()),
                Component::CurDir => {}
                part => path.push(part),
            }
            path
        }))
    }

    /// The text at an address, up to its zero byte; none at address zero.
    fn text(&self, address: u64) -> Option<String> {
        /// A read may fail where the next page is none.
        const PAGE: u64 = 4096;
        let mut text = Vec::new();
        if address == 0 {
            return Some(String::new());
        }
        let memory = File::open(self.shown("mem")).ok()?;
        loop {
            let from = address + text.len() as u64;
            let mut piece = vec![0; (PAGE - from % PAGE) as usize];
            memory.read_exact_at(&mut piece, from).ok()?;
            match piece.iter().position(|byte| *byte == 0) {
                None => text.extend(piece),
                Some(end) => {
                    text.extend(&piece[..end]);
                    return String::from_utf8(text).ok();
                }
            }
        }
    }

    fn number(&self, address: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        let memory = File::open(self.shown("mem")).ok()?;
        memory.read_exact_at(&mut bytes, address).ok()?;
        Some(u64::from_ne_bytes(bytes))
    }
}
