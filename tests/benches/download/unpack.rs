//! Unpacking a tool's tar.gz of 50 MB in 3,000 files and moving it into place, beside `tar xzf`, which
//! unpacks in place. Both by turns, each first every other time, into a folder that is new.

use std::{fs, path::Path, process::Command, time::Duration};

use annexe::{
    ConfinedFolder,
    archive::tool::{ToolLimits, unpack_tar_gz},
};

use crate::table::{median, ratio, timed};

const FILES: usize = 3_000;
const FILE_BYTES: usize = 17_000;
const ROUNDS: usize = 15;

/// At least 0.8 times the speed of `tar`, as a ratio of times.
const TARGET: f64 = 1.0 / 0.8;

pub(crate) fn run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let archive = root.join("tool.tar.gz");
    write_archive(root, &archive);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            ours.push(unpack(root, &archive));
            bare.push(tar(root, &archive));
        } else {
            bare.push(tar(root, &archive));
            ours.push(unpack(root, &archive));
        }
    }
    let bytes = fs::metadata(&archive).expect("the archive").len();
    println!(
        "\nunpacking a tar.gz of {} MB, {} MB in {FILES} files unpacked: ours, `tar xzf`",
        bytes / 1_000_000,
        FILES * FILE_BYTES / 1_000_000
    );
    ratio(
        "unpacked, and merged into place",
        median(ours),
        median(bare),
        TARGET,
    );
}

fn unpack(root: &Path, archive: &Path) -> Duration {
    let work = root.join("work");
    fs::create_dir_all(work.join("staging")).expect("a folder");
    let (time, files) = timed(|| {
        let work = ConfinedFolder::open(&work).expect("opened");
        let staging = work.open_folder("staging").expect("opened");
        let archive = fs::File::open(archive).expect("opened");
        let unpacked = unpack_tar_gz(archive, &staging, &ToolLimits::default()).expect("unpacked");
        work.merge("staging", "tools/1.0").expect("merged");
        unpacked.files
    });
    assert_eq!(files, FILES as u64);
    fs::remove_dir_all(&work).expect("removed");
    time
}

fn tar(root: &Path, archive: &Path) -> Duration {
    let work = root.join("bare");
    fs::create_dir_all(&work).expect("a folder");
    let mut command = Command::new("tar");
    command.arg("xzf").arg(archive).arg("-C").arg(&work);
    let (time, status) = timed(|| command.status().expect("`tar`"));
    assert!(status.success());
    fs::remove_dir_all(&work).expect("removed");
    time
}

/// A tool of many files of text and code, which compress to a third.
fn write_archive(root: &Path, archive: &Path) {
    let tool = root.join("tool");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let words: Vec<String> = (0..4000)
        .map(|_| format!("{:x}", random() % 0xff_ffff))
        .collect();
    for number in 0..FILES {
        let folder = tool.join(format!("lib/{}", number / 50));
        fs::create_dir_all(&folder).expect("a folder");
        let mut content = String::with_capacity(FILE_BYTES + 16);
        while content.len() < FILE_BYTES {
            // Low numbers come up more often, as words do.
            let index = (random() % 4000).min(random() % 4000).min(random() % 4000) as usize;
            content.push_str(words.get(index).map_or("", String::as_str));
            content.push(if random() % 12 == 0 { '\n' } else { ' ' });
        }
        content.truncate(FILE_BYTES);
        fs::write(folder.join(format!("{number}.js")), content).expect("written");
    }
    let mut command = Command::new("tar");
    let written = command
        .arg("czf")
        .arg(archive)
        .arg("-C")
        .arg(root)
        .arg("tool")
        .status();
    assert!(written.expect("`tar`").success());
    fs::remove_dir_all(&tool).expect("removed");
}
