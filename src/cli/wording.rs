//! The words in which numbers, lists and facts are shown.

use std::fmt;

pub use annexe::shell_word as shell;
use annexe::{
    CacheSize, CodeOrigin,
    capability::Capability,
    one_line,
    store::{DevExtension, Origin, Unknown, Withdrawn},
};
use semver::Version;

/// A number of bytes, in the unit a user would choose.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} bytes");
    }
    let mut amount = count as f64;
    let mut shown = "";
    for unit in UNITS {
        amount /= 1000.0;
        shown = unit;
        // What would be rounded to 1000 is 1 of the next.
        if amount < 999.95 {
            break;
        }
    }
    format!("{amount:.1} {shown}")
}

/// A number of things: `1 file`, `2 files`.
pub fn count(number: u64, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Things with commas between them, or `nothing`.
pub fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() {
        "nothing".into()
    } else {
        items.join(", ")
    }
}

/// The extensions that one reason concerns: the one by its id, several by their number and their registry.
pub fn of_group(group: &Unknown) -> String {
    match (group.ids.as_slice(), &group.registry) {
        ([id], _) => format!("`{id}`"),
        (ids, Some(registry)) => format!("{} extensions of `{registry}`", ids.len()),
        (ids, None) => format!("{} extensions", ids.len()),
    }
}

/// The reason why something is not known of extensions, with the way out.
pub fn reason(group: &Unknown) -> String {
    match &group.hint {
        Some(hint) => format!("{}; {hint}", group.reason),
        None => group.reason.clone(),
    }
}

/// The API version of a component and the adapter that serves it.
pub fn api(api: Option<&Version>, adapter: Option<&str>) -> String {
    match (api, adapter) {
        (Some(api), Some(adapter)) => format!("{api} → {adapter}"),
        (Some(api), None) => api.to_string(),
        (None, _) => "none (no component)".into(),
    }
}

/// Returns the origin of an extension in words: its kind, and its name.
pub fn origin(origin: &Origin) -> (&'static str, String) {
    match origin {
        Origin::Registry { registry } => ("registry", registry.clone()),
        Origin::Archive { archive } => ("archive", archive.clone()),
        Origin::Git {
            git,
            revision,
            reference,
            folder,
        } => {
            let folder = folder.as_ref().map(|folder| format!(", {folder}"));
            let folder = folder.unwrap_or_default();
            let reference = match reference {
                Some(reference) => reference.in_words(),
                None => "the commit itself".into(),
            };
            ("git", format!("{git}{folder}, {reference}: {revision}"))
        }
    }
}

/// How many characters are shown of a failure among other facts.
const MOST_OF_FAILURE: usize = 60;

/// The beginning of a text that has more characters than `most`, with a `…` at its end.
fn cut(text: &str, most: usize) -> Option<String> {
    let (end, _) = text.char_indices().nth(most)?;
    let (last, _) = text[..end].char_indices().next_back()?;
    Some(format!("{}…", &text[..last]))
}

/// Returns the state of a dev extension, in words.
pub fn dev(extension: &DevExtension) -> String {
    let folder = extension.folder.display();
    let state = match (extension.kept_live_by, &extension.build) {
        (Some(process), _) => format!("kept live by process {process}"),
        (None, Some(_)) => "not kept live".into(),
        (None, None) => "not built".into(),
    };
    let failed = match &extension.failure {
        Some(failure) => {
            let serves = match extension.build {
                Some(_) => ", the build before it serves",
                None => "",
            };
            let (message, id) = (failure.message.escape_debug().to_string(), &extension.id);
            let message = match cut(&message, MOST_OF_FAILURE) {
                None => message,
                Some(beginning) => format!("{beginning}; `annexe log {id}` has the rest"),
            };
            format!("; the last attempt failed{serves} ({message})")
        }
        None => String::new(),
    };
    let way_on = match (extension.kept_live_by, &extension.build) {
        (None, None) => format!("; go on with `annexe dev {folder}`"),
        _ => String::new(),
    };
    format!("dev extension from {folder}, {state}{failed}{way_on}")
}

/// Returns the origin of a component's code, in words.
pub fn code(origin: CodeOrigin) -> String {
    match origin {
        CodeOrigin::Compiled { milliseconds } => format!("compiled in {milliseconds} ms"),
        CodeOrigin::Cached => "from the cache".into(),
    }
}

/// The size of the compiled cache, in words.
pub fn cache(size: CacheSize) -> String {
    let entries = count(size.entries, "compiled component", "compiled components");
    format!("{entries}, {}", bytes(size.bytes))
}

/// Returns an extension's capabilities, in words.
pub fn capabilities(capabilities: &[Capability]) -> String {
    list(capabilities)
}

/// Returns what a registry has said against a version, in words: `yanked (it is broken)`.
pub fn withdrawn(withdrawn: &Withdrawn) -> String {
    let word = match withdrawn.blocked {
        true => "blocked",
        false => "yanked",
    };
    match &withdrawn.reason {
        Some(reason) => format!("{word} ({})", reason.escape_debug()),
        None => word.to_owned(),
    }
}

/// Returns what a registry has said against a version, and what to use instead.
pub fn withdrawn_in_full(withdrawn: &Withdrawn) -> String {
    let words = self::withdrawn(withdrawn);
    match &withdrawn.replacement {
        Some(replacement) => format!("{words}; use `{}` instead", replacement.escape_debug()),
        None => words,
    }
}

/// The longest text of one cell of a table, in characters: a rule of the file of grants is shown whole.
const CELL: usize = 400;

/// The widest column that the next one stands behind, in characters. A longer cell pushes its own row alone.
const COLUMN: usize = 60;

/// The longest value of a fact, in characters: a description is shown whole.
const FACT: usize = 2_000;

/// A text from anywhere as a cell of a table: in one line, with nothing that steers a terminal, and cut where it
/// is longer than any cell.
pub fn cell(text: &str) -> String {
    one_line(text, CELL)
}

/// A text, and the spaces that fill it up to a width, in characters.
pub fn padded(text: &str, width: usize) -> String {
    // Not by the width of a format, which has 16 bits and panics above.
    let spaces = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(spaces))
}

/// Facts below a heading, a line each, their values in one column.
#[derive(Debug, Default)]
pub struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Adds a fact.
    pub fn add(&mut self, name: &'static str, value: impl fmt::Display) -> &mut Self {
        self.0.push((name, one_line(&value.to_string(), FACT)));
        self
    }

    /// Adds a fact where there is one.
    pub fn add_some(&mut self, name: &'static str, value: Option<impl fmt::Display>) -> &mut Self {
        if let Some(value) = value {
            self.add(name, value);
        }
        self
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in &self.0 {
            write!(formatter, "\n  {}  {value}", padded(name, width))?;
        }
        Ok(())
    }
}

/// Rows of cells, each column as wide as its widest cell, and as [`COLUMN`] at most.
pub fn table(rows: &[Vec<String>]) -> String {
    table_within(rows, None)
}

/// The fewest characters that a column is narrowed to.
const NARROWEST: usize = 12;

/// The spaces between two columns.
const GAP: &str = "  ";

/// Rows of cells as [`table`] has them, with the widest columns narrowed until a row fits into `most` characters: what
/// their cells have beyond that is cut off.
pub fn table_within(rows: &[Vec<String>], most: Option<usize>) -> String {
    let cells = |row: &Vec<String>| row.iter().map(|text| cell(text)).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .map(|width| most.map_or(width.min(COLUMN), |_| width))
    };
    let mut widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let gaps = GAP.len() * columns.saturating_sub(1);
    while let Some(most) = most
        && widths.iter().sum::<usize>() + gaps > most
        && let Some(widest) = widths.iter_mut().max()
        && *widest > NARROWEST
    {
        *widest -= 1;
    }
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let cut = most.and_then(|_| cut(cell, *width));
            padded(cut.as_deref().unwrap_or(cell), *width)
        });
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_unit_a_person_would_choose() {
        let table = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_960, "1.0 MB"),
            (4_200_000, "4.2 MB"),
            (u64::MAX, "18446744.1 TB"),
        ];
        for (count, text) in table {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn facts_and_tables_line_up() {
        let mut facts = Facts::default();
        facts
            .add("a", 1)
            .add("long", "two\nlines")
            .add_some("none", None::<u8>);
        assert_eq!(facts.to_string(), "\n  a     1\n  long  two lines");
        let rows = [
            vec!["é".into(), "b".into()],
            vec!["long".into(), String::new()],
        ];
        assert_eq!(table(&rows), "é     b\nlong");
    }

    #[test]
    fn a_table_fits_into_a_width_by_its_widest_columns() {
        let rows = [
            vec!["a".into(), "x".repeat(70_000), "y".repeat(30)],
            vec!["b".repeat(10), "short".into(), String::new()],
        ];
        let shown = table_within(&rows, Some(54));
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0].chars().count(), 54);
        assert_eq!(
            lines[0],
            format!("a           {}…  {}…", "x".repeat(19), "y".repeat(19))
        );
        assert_eq!(lines[1], "bbbbbbbbbb  short");
        // Where nothing fits, the terminal breaks the lines.
        assert!(table_within(&rows, Some(1)).contains("xxxxxxxxxxx…"));
        assert_eq!(table_within(&rows, None), table(&rows));
        assert!(table(&rows).contains(&"x".repeat(CELL)));
    }

    #[test]
    fn a_text_from_outside_neither_steers_nor_fills_the_terminal() {
        let rows = [
            vec!["a".repeat(70_000), "b".into()],
            vec!["\u{1b}[2J\nc".into(), "d".into()],
        ];
        let shown = table(&rows);
        let mut lines = shown.lines();
        let first = lines.next().unwrap();
        assert_eq!(first, format!("{}…  b", "a".repeat(CELL)));
        let second = padded("\\u{1b}[2J c", COLUMN);
        assert_eq!(lines.next(), Some(format!("{second}  d").as_str()));
        assert_eq!(lines.next(), None);
        let mut facts = Facts::default();
        facts.add("name", "\u{202e}".repeat(70_000));
        assert!(facts.to_string().chars().count() < 9 * FACT);
        assert!(!facts.to_string().contains('\u{202e}'));
    }
}
