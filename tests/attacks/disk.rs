//! The disk: files longer than a work directory may be, and names that are none.

use crate::{
    place::{HostOptions, Place, VERSIONS, try_all},
    table::row,
};

/// More than a work directory may hold.
const TEBIBYTE: u64 = 1 << 40;

#[tokio::test]
async fn a_work_directory_does_not_grow_without_end() {
    try_all(&[
        row("0.0.1", format!("size:{TEBIBYTE} big")).fails("", &[]),
        row("0.0.1", format!("sparse:{TEBIBYTE} bigger")).fails("", &[]),
        row("0.0.1", format!("sparse:{} biggest", i64::MAX)).fails("", &[]),
        // What is left is as usable as before.
        row("0.0.1", "fill:2 small"),
        row("0.0.1", "write:note").finds("written by the guest", &[]),
    ])
    .await;
    let place = Place::new(HostOptions::by_default()).await;
    for version in VERSIONS {
        let attacker = place.start(version).await;
        for file in ["size:1099511627776 big", "sparse:1099511627776 bigger"] {
            let _ = attacker.ask(file).await;
        }
        for name in ["big", "bigger"] {
            let size = std::fs::metadata(attacker.work_dir.join(name)).map_or(0, |it| it.len());
            assert!(size < TEBIBYTE, "{version}: {name} has {size} bytes");
        }
    }
}

#[tokio::test]
async fn names_that_are_none_are_refused_and_odd_ones_are_names() {
    let long = "n".repeat(300);
    let deep = "d/".repeat(3000);
    try_all(&[
        row("0.0.1", "write:\u{1b}[2J\u{7}odd").finds("written by the guest", &[]),
        row("0.0.1", "write:line\nfeed").finds("written by the guest", &[]),
        row("0.0.1", "list").finds("\u{1b}[2J\u{7}odd|line\nfeed", &[]),
        row("0.0.1", format!("write:{long}")).fails("", &[]),
        row("0.0.1", format!("write:{deep}x")).fails("", &[]),
        row("0.0.1", "write:").fails("", &[]),
        row("0.0.1", "write:.").fails("", &[]),
        row("0.0.1", "write:..").fails("", &[]),
        row("0.0.1", "write:../x").fails("", &[]),
        row("0.0.1", "write:a/../../x").fails("", &[]),
        row("0.0.1", "write:{outside}/x").fails("", &[]),
        row("0.0.1", "write:x\0y").fails("", &[]),
        row("0.0.1", "file:/etc/passwd").fails("", &[]),
    ])
    .await;
}
