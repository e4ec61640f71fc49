//! Questions that would tell of the machine: programs, files and settings outside of what is lent.

use crate::{place::try_all, table::row};

#[tokio::test]
async fn probes_find_nothing() {
    try_all(&[
        row("0.0.1", "plant:planted"),
        row("0.0.1", "which:planted").finds("none", &[]),
        row("0.0.1", "which:./planted").finds("none", &[]),
        row("0.0.1", "which:../outside/note").finds("none", &[]),
        row("0.0.1", "which:").finds("none", &[]),
        row("0.0.1", "which:a\0b").finds("none", &[]),
        row("0.0.1", "which:/etc/passwd").finds("none", &[]),
        row("0.0.1", "read:note").finds("of the machine", &[]),
        row("0.0.1", "read:../store/current").fails("", &[]),
        row("0.0.1", "read:/etc/passwd").fails("", &[]),
        row("0.0.1", "read:a\0b").fails("", &[]),
        row("0.0.1", "read:").fails("", &[]),
        row("0.0.1", "environment").finds("", &[]),
        row("0.0.6", "settings-lsp:../../x").finds("", &[]),
        row("0.0.6", "settings-lsp:\0").finds("", &[]),
    ])
    .await;
}
