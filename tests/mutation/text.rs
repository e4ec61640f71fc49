//! What can be done to TOML, JSON, JSON by the line, and their like: to what a value is, and not only to its bytes.

use std::ops::Range;

use crate::{
    bytes, hostile,
    random::Random,
    tokens::{Token, is_key, tokens},
};

/// Changes one thing of a text. `other` is where something is taken from.
pub fn mutate(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    match random.below(22) {
        0..=3 => {
            let range = value(input, random);
            let new = match random.below(3) {
                0 => hostile::value(random),
                1 => hostile::number(random),
                _ => format!("\"{}\"", hostile::text(random)),
            };
            replace(input, range, &new);
        }
        4 | 5 => {
            let range = inside_of_text(input, random);
            let new = hostile::text(random);
            replace(input, range, &new);
        }
        6 => {
            let range = inside_of_text(input, random);
            let new = hostile::escape(random);
            replace(input, range.start..range.start, &new);
        }
        7 => {
            let range = value(input, random);
            let new = hostile::nested(random);
            replace(input, range, &new);
        }
        8 => rename(input, random),
        9 => {
            let (from, to) = (value(input, random), value(other, random));
            input.splice(from, other[to].iter().copied());
        }
        10 => {
            let (one, two) = (value(input, random), value(input, random));
            let [one, two] = [one, two].map(|range| input[range].to_vec());
            let at = value(input, random);
            input.splice(at, if random.one_in(2) { one } else { two });
        }
        11 => {
            let line = line(input, random);
            input.drain(line);
        }
        12 => repeat(input, random, 1),
        13 => {
            let times = [3, 100, 3_000, 100_000][random.below(4)];
            repeat(input, random, times);
        }
        14 => {
            let moved: Vec<u8> = input.drain(line(input, random)).collect();
            let at = line(input, random).start;
            input.splice(at..at, moved);
        }
        15 => {
            let taken = other[line(other, random)].to_vec();
            let at = line(input, random).start;
            input.splice(at..at, taken);
        }
        16 => match random.below(4) {
            0 => drop(input.splice(0..0, *b"\xef\xbb\xbf")),
            1 => end_lines_with(input, b"\r\n"),
            2 => end_lines_with(input, b"\r"),
            _ => drop(input.splice(0..0, *b"\xff\xfe")),
        },
        17 => sign(input, random),
        18 => keys(input, random),
        _ => bytes::mutate(input, other, random),
    }
    input.truncate(bytes::MOST);
}

fn replace(input: &mut Vec<u8>, range: Range<usize>, new: &str) {
    input.splice(range, new.bytes());
}

/// Where one token of those that will do is; the beginning where there is none.
fn one(
    input: &[u8],
    random: &mut Random,
    will_do: impl Fn(Token, &Range<usize>) -> bool,
) -> Range<usize> {
    let tokens = tokens(input).into_iter();
    let all: Vec<_> = tokens
        .filter(|(token, range)| will_do(*token, range))
        .collect();
    match all.get(random.below(all.len())) {
        Some((_, range)) => range.clone(),
        None => 0..0,
    }
}

fn value(input: &[u8], random: &mut Random) -> Range<usize> {
    one(input, random, |token, range| {
        token != Token::Sign && !is_key(input, range)
    })
}

fn inside_of_text(input: &[u8], random: &mut Random) -> Range<usize> {
    let range = one(input, random, |token, range| {
        token == Token::Text && range.len() > 1
    });
    match range.is_empty() {
        true => range,
        false => range.start + 1..range.end - 1,
    }
}

/// Gives a key another name, in quotes where it had some.
fn rename(input: &mut Vec<u8>, random: &mut Random) {
    let is_one = |token, range: &Range<usize>| token != Token::Sign && is_key(input, range);
    let key = one(input, random, is_one);
    let name = input[key.clone()].to_vec();
    let new = match random.below(5) {
        0 => format!("\"{}\"", hostile::text(random)).into_bytes(),
        1 => b"\"\"".to_vec(),
        2 => {
            let other = one(input, random, is_one);
            input[other].to_vec()
        }
        3 => {
            // A slip of the finger.
            let mut name = name;
            if name.len() > 3 {
                name.swap(1, 2);
            }
            name
        }
        _ => [b"a.b.", name.as_slice()].concat(),
    };
    input.splice(key, new);
}

/// Takes a bracket, a comma or the like out, or writes another.
fn sign(input: &mut Vec<u8>, random: &mut Random) {
    let range = one(input, random, |token, _| token == Token::Sign);
    let new = random.pick(&[
        "", "", ",", ":", "=", "[", "]", "{", "}", "\"", "#", "//", "/*",
    ]);
    replace(input, range, new);
}

/// Many keys, or a deep one.
fn keys(input: &mut Vec<u8>, random: &mut Random) {
    let times = [3, 500, 20_000, 200_000][random.below(4)];
    let new = match random.below(4) {
        0 => format!("\n[{}a]\n", "a.".repeat(times)),
        1 => format!("\n{}a = 1\n", "a.".repeat(times)),
        2 => (0..times)
            .map(|key| format!("\nk{key} = {key}"))
            .collect::<String>(),
        _ => (0..times)
            .map(|key| format!("\"k{key}\": {key},\n"))
            .collect(),
    };
    let at = line(input, random).start;
    replace(input, at..at, &new);
}

/// A line, with its end.
fn line(input: &[u8], random: &mut Random) -> Range<usize> {
    let lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    let chosen = random.below(lines.len());
    let start = lines.iter().take(chosen).map(|line| line.len()).sum();
    start..start + lines.get(chosen).map_or(0, |line| line.len())
}

fn repeat(input: &mut Vec<u8>, random: &mut Random, times: usize) {
    let line = line(input, random);
    let part = input[line.clone()].to_vec();
    let times = times.min(bytes::MOST / part.len().max(1));
    input.splice(line.end..line.end, part.repeat(times));
}

fn end_lines_with(input: &mut Vec<u8>, end: &[u8]) {
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    *input = lines.join(end);
}
