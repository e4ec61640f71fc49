//! A patch, file by file.

/// Splits what git writes into what comes before the first file, and the files, each with its name.
pub fn split(patch: &str) -> (&str, Vec<(String, &str)>) {
    let mut starts = Vec::new();
    let mut offset = 0;
    for line in patch.split_inclusive('\n') {
        // Lines of files and of messages are set in, so this is never one of them.
        if line.starts_with("diff --") {
            starts.push(offset);
        }
        offset += line.len();
    }
    let first = starts.first().copied().unwrap_or(patch.len());
    let ends = starts.iter().skip(1).copied().chain([patch.len()]);
    let files = starts
        .iter()
        .zip(ends)
        .filter_map(|(&start, end)| patch.get(start..end))
        .map(|file| (name(file), file))
        .collect();
    (patch.get(..first).unwrap_or_default(), files)
}

/// The file's name, the new one where it has two.
fn name(file: &str) -> String {
    let mut lines = file.lines();
    let header = lines.next().unwrap_or_default();
    let mut old = None;
    for line in lines.take_while(|line| !line.starts_with("@@")) {
        let line = line.trim_end_matches('\t');
        if let Some(name) = line.strip_prefix("+++ b/") {
            return name.to_owned();
        }
        if let Some(name) = line.strip_prefix("rename to ") {
            return name.to_owned();
        }
        old = old.or(line.strip_prefix("--- a/"));
    }
    old.map_or_else(|| from_header(header), str::to_owned)
}

/// Where the header alone names the file, it does so twice: `diff --git a/name b/name`.
fn from_header(header: &str) -> String {
    let names = header.strip_prefix("diff --git ").unwrap_or(header);
    let second = names.get(names.len() / 2 + 1..).unwrap_or(names);
    second.strip_prefix("b/").unwrap_or(second).to_owned()
}
