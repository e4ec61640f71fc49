//! This program's part of a file that is the user's: some lines between two comments, which say whether somebody has
//! changed them since. All else in the file stays as it is, byte for byte, also when the part is taken out again.

use crate::base::digest::Blake3Digest;

/// How the lines begin that are before and after the part, behind the comment's sign.
const BEGIN: &str = ">>> annexe ";
const END: &str = "<<< annexe";

/// The letters of a digest that are kept.
const DIGEST: usize = 16;

/// The place of a new part in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before all else, but behind a first line that says how the file is to be read (`-*-`).
    Beginning,
    /// Behind all else.
    End,
}

/// The separation of a part from the text before it, which is taken out with the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// There was no file.
    NewFile,
    /// Nothing.
    Nothing,
    /// An empty line.
    EmptyLine,
    /// The end of the line before, which had none.
    LineEnd,
    /// Both.
    LineEndAndEmptyLine,
}

const JOINTS: [(Joint, &str, usize); 5] = [
    (Joint::NewFile, "new", 0),
    (Joint::Nothing, "0", 0),
    (Joint::EmptyLine, "1", 1),
    (Joint::LineEnd, "e0", 1),
    (Joint::LineEndAndEmptyLine, "e1", 2),
];

impl Joint {
    fn word(self) -> &'static str {
        let found = JOINTS.iter().find(|(joint, ..)| *joint == self);
        found.map_or("0", |(_, word, _)| word)
    }

    fn of_word(word: &str) -> Option<Self> {
        let found = JOINTS.iter().find(|(_, known, _)| *known == word);
        found.map(|(joint, ..)| *joint)
    }

    /// How many ends of lines it is.
    fn line_ends(self) -> usize {
        let found = JOINTS.iter().find(|(joint, ..)| *joint == self);
        found.map_or(0, |(.., count)| *count)
    }
}

/// The reason why a part cannot be put into a file or taken out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Its lines, from the one of this number on, are not as they were written.
    Edited(usize),
    /// There is a second one, from the line of this number on.
    Second(usize),
    /// It has no end; it begins in the line of this number.
    Endless(usize),
}

/// A form of parts: the sign of a comment, and what writes them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// What begins a comment.
    pub comment: &'static str,
    /// The name of the editor.
    pub editor: &'static str,
    /// What the first line ends with, for readers of the file.
    pub tail: &'static str,
}

/// A part as it was found: where it begins and ends in the text, and what joins it to the rest.
struct Found {
    start: usize,
    end: usize,
    joint: Joint,
}

impl Form {
    /// The text with `body` as its part, in the place of the part that it has; `None` is a file that is not there.
    pub(super) fn put(
        self,
        text: Option<&str>,
        body: &str,
        place: Place,
    ) -> Result<String, Trouble> {
        let Some(text) = text else {
            return Ok(self.part(body, Joint::NewFile, "\n"));
        };
        let line_end = line_end_of(text);
        if let Some(found) = self.find(text)? {
            let (before, _, after) = split(text, &found);
            let part = self.part(body, found.joint, line_end);
            return Ok(format!("{before}{part}{after}"));
        }
        let at = match place {
            Place::End => text.len(),
            Place::Beginning => first_line_for_readers(text),
        };
        let (before, after) = text.split_at(at);
        let joint = match (before.is_empty(), before.ends_with('\n'), place) {
            (true, ..) | (_, true, Place::Beginning) => Joint::Nothing,
            (_, true, Place::End) => Joint::EmptyLine,
            (_, false, Place::Beginning) => Joint::LineEnd,
            (_, false, Place::End) => Joint::LineEndAndEmptyLine,
        };
        let between = line_end.repeat(joint.line_ends());
        let part = self.part(body, joint, line_end);
        Ok(format!("{before}{between}{part}{after}"))
    }

    /// The text without its part; `None` where nothing is left of a file that was made for it. A text without a part is
    /// returned as it is.
    pub(super) fn take(self, text: &str) -> Result<Option<String>, Trouble> {
        let Some(found) = self.find(text)? else {
            return Ok(Some(text.to_owned()));
        };
        let (mut before, _, after) = split(text, &found);
        let line_end = line_end_of(text);
        // What was written behind it since still begins a line of its own.
        let taken = match found.joint {
            Joint::LineEnd | Joint::LineEndAndEmptyLine if !after.is_empty() => {
                found.joint.line_ends() - 1
            }
            joint => joint.line_ends(),
        };
        for _ in 0..taken {
            before = before.strip_suffix(line_end).unwrap_or(before);
        }
        let rest = format!("{before}{after}");
        Ok((!rest.is_empty() || found.joint != Joint::NewFile).then_some(rest))
    }

    /// The text without its part, whatever is in it: what is the user's own.
    pub(super) fn rest(self, text: &str) -> String {
        match self.find(text) {
            Ok(Some(found)) => {
                let (before, _, after) = split(text, &found);
                format!("{before}{after}")
            }
            _ => text.to_owned(),
        }
    }

    fn part(self, body: &str, joint: Joint, line_end: &str) -> String {
        let Self {
            comment,
            editor,
            tail,
        } = self;
        let body = body.trim_end_matches('\n');
        let digest = digest(body, joint);
        let joint = joint.word();
        let text = format!(
            "{comment} {BEGIN}{digest} {joint}: written by `annexe editor {editor} --write`, taken out by `--remove`{tail}\n\
             {body}\n\
             {comment} {END}\n"
        );
        match line_end {
            "\n" => text,
            line_end => text.replace('\n', line_end),
        }
    }

    fn find(self, text: &str) -> Result<Option<Found>, Trouble> {
        let begin = format!("{} {BEGIN}", self.comment);
        let end = format!("{} {END}", self.comment);
        let mut lines = Vec::new();
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            lines.push((offset, line));
            offset += line.len();
        }
        let is_begin = |(_, line): &(usize, &str)| line.starts_with(&begin);
        let Some(first) = lines.iter().position(is_begin) else {
            return Ok(None);
        };
        let behind = &lines[first + 1..];
        let last = behind
            .iter()
            .position(|(_, line)| line.trim_end() == end)
            .ok_or(Trouble::Endless(first + 1))?
            + first
            + 1;
        if let Some(second) = lines[first + 1..].iter().position(is_begin) {
            return Err(Trouble::Second(first + second + 2));
        }
        let (start, heading) = lines[first];
        let (last_start, last_line) = lines[last];
        let edited = Trouble::Edited(first + 1);
        let mut words = heading[begin.len()..].split([' ', ':']);
        let (Some(kept), Some(joint)) = (words.next(), words.next()) else {
            return Err(edited);
        };
        let joint = Joint::of_word(joint).ok_or(edited)?;
        let body = text[start + heading.len()..last_start].replace("\r\n", "\n");
        if kept != digest(body.trim_end_matches('\n'), joint) {
            return Err(edited);
        }
        Ok(Some(Found {
            start,
            end: last_start + last_line.len(),
            joint,
        }))
    }
}

fn digest(body: &str, joint: Joint) -> String {
    let word = joint.word();
    let mut digest = Blake3Digest::of(format!("{word}\n{body}").as_bytes()).to_string();
    digest.truncate(DIGEST);
    digest
}

fn split<'a>(text: &'a str, found: &Found) -> (&'a str, &'a str, &'a str) {
    (
        &text[..found.start],
        &text[found.start..found.end],
        &text[found.end..],
    )
}

/// How the lines of a text end: as the first of them does.
fn line_end_of(text: &str) -> &'static str {
    match text.split_inclusive('\n').next() {
        Some(line) if line.ends_with("\r\n") => "\r\n",
        _ => "\n",
    }
}

/// Where a first line ends that tells readers of the file how to read it; 0 where there is none.
fn first_line_for_readers(text: &str) -> usize {
    match text.split_inclusive('\n').next() {
        Some(line) if line.contains("-*-") => line.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form {
        comment: "#",
        editor: "helix",
        tail: "",
    };

    const TEXTS: &[&str] = &[
        "",
        "a",
        "a\n",
        "a\n\n",
        "\n",
        "a\r\nb\r\n",
        "a\r\nb",
        ";; x -*- y -*-",
        ";; x -*- y -*-\n(a)\n",
        "é # <<< annexe\n",
    ];

    #[test]
    fn what_is_put_in_is_taken_out_again_byte_for_byte() {
        for place in [Place::Beginning, Place::End] {
            for text in TEXTS {
                let with = FORM.put(Some(text), "one\ntwo\n", place).unwrap();
                assert!(with.contains("one"), "{with}");
                assert_eq!(FORM.take(&with).unwrap().as_deref(), Some(*text), "{with}");
                assert_eq!(
                    FORM.put(Some(&with), "one\ntwo", place).unwrap(),
                    with,
                    "twice is once"
                );
                let other = FORM.put(Some(&with), "three", place).unwrap();
                assert!(!other.contains("one"), "{other}");
                assert_eq!(FORM.take(&other).unwrap().as_deref(), Some(*text));
                assert_eq!(FORM.take(text).unwrap().as_deref(), Some(*text));
            }
            let new = FORM.put(None, "one", place).unwrap();
            assert_eq!(FORM.take(&new).unwrap(), None);
        }
    }

    #[test]
    fn lines_end_as_those_of_the_file() {
        let with = FORM.put(Some("a\r\n"), "one\ntwo", Place::End).unwrap();
        assert_eq!(with.matches('\n').count(), with.matches("\r\n").count());
    }

    #[test]
    fn what_was_added_around_it_since_stays() {
        for text in TEXTS {
            let with = FORM.put(Some(text), "one", Place::End).unwrap();
            let rest = FORM.take(&format!("{with}more")).unwrap().unwrap();
            assert!(
                rest.lines().any(|line| line == "more"),
                "{text:?} gives {rest:?}"
            );
            assert!(rest.starts_with(text), "{text:?} gives {rest:?}");
        }
        let with = FORM.put(None, "one", Place::End).unwrap();
        let rest = FORM.take(&format!("more\n{with}")).unwrap();
        assert_eq!(rest.as_deref(), Some("more\n"));
    }

    #[test]
    fn what_somebody_has_changed_is_left_alone() {
        let with = FORM.put(Some("a\n"), "one\ntwo = 3", Place::End).unwrap();
        let edited = with.replace("two = 3", "two = 4");
        assert_eq!(FORM.take(&edited), Err(Trouble::Edited(3)));
        let put = FORM.put(Some(&edited), "one", Place::End);
        assert_eq!(put, Err(Trouble::Edited(3)));
        let endless = with.replace("# <<< annexe\n", "");
        assert_eq!(FORM.take(&endless), Err(Trouble::Endless(3)));
        let twice = format!("{with}{with}");
        assert_eq!(FORM.take(&twice), Err(Trouble::Second(9)));
        assert_eq!(FORM.rest(&with), "a\n\n");
    }
}
