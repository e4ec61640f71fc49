//! The outline of a Markdown text: its headings.

/// The headings of `text` down to the level `deepest`, a line each, as they are written. What looks
/// like one in a fenced code block is none.
pub fn outline(text: &str, deepest: usize) -> String {
    let mut headings = String::new();
    let mut fence = None;
    for line in text.lines() {
        let marker = ["```", "~~~"]
            .into_iter()
            .find(|marker| line.trim_start().starts_with(marker));
        match (fence, marker) {
            (None, Some(_)) => fence = marker,
            (Some(_), _) if marker == fence => fence = None,
            (None, None) if (1..=deepest).contains(&level(line)) => {
                headings.push_str(line.trim_end());
                headings.push('\n');
            }
            _ => {}
        }
    }
    headings
}

/// The level of the heading that a line is; 0 where it is none.
fn level(line: &str) -> usize {
    let hashes = line.len() - line.trim_start_matches('#').len();
    if line[hashes..].starts_with(' ') && hashes <= 6 {
        hashes
    } else {
        0
    }
}
