//! Values that somebody would not expect.

use crate::random::Random;

const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "1",
    "-1",
    "2147483647",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "1e309",
    "-1e309",
    "1e-400",
    "0.1",
    "nan",
    "inf",
    "-inf",
    "0x7fffffffffffffff",
    "99999999999999999999999999999999999999999999",
];

const VALUES: [&str; 14] = [
    "true",
    "null",
    "[]",
    "{}",
    "\"\"",
    "[[]]",
    "[{}]",
    "{\"a\": 1}",
    "{a = 1}",
    "[1, \"a\", {}]",
    "1979-05-27T07:32:00Z",
    "07:32:00",
    "'a'",
    "",
];

const TEXTS: [&str; 52] = [
    "",
    " ",
    ".",
    "..",
    "../x",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "/",
    "~",
    "~/x",
    "a/./b",
    "a//b",
    "a/../../b",
    "C:\\\\x",
    "con",
    "nul.json",
    "a.",
    "%2e%2e%2f",
    "%",
    "-x",
    "--help",
    "*",
    "**",
    "**/**/**/**/**",
    "{{{{{{",
    "[",
    "[!]",
    "(",
    "(?P<",
    "(a+)+$",
    "a{100000}",
    "((a{100}){100}){100}",
    "\\\\p{L}{9999}",
    "#",
    "#ffg",
    "#fffffffff",
    "v1.0",
    "1",
    "1.0.0-",
    "01.1.1",
    "99999999999999999999.0.0",
    ">=0.0.0, <999999999999999999999",
    "http://",
    "http://[::1",
    "https://a:b@example.org:99999/",
    "file:///etc/passwd",
    "2026-99-99T99:99:99Z",
    "9999-12-31T23:59:59Z",
    "\u{202e}gpj.exe",
    "\u{feff}",
    "\u{1F4A5}\u{200d}\u{1F4A5}",
    "ﬀ\u{130}ß",
];

const ESCAPES: [&str; 10] = [
    "\\u0000",
    "\\u001b[31m",
    "\\ud800",
    "\\uffff",
    "\\U0010ffff",
    "\\n",
    "\\r",
    "\\b",
    "\\x1b",
    "\\",
];

/// A number, or what stands for one.
pub fn number(random: &mut Random) -> String {
    random.pick(&NUMBERS).to_owned()
}

/// A value of any type.
pub fn value(random: &mut Random) -> String {
    match random.below(3) {
        0 => number(random),
        1 => format!("\"{}\"", text(random)),
        _ => random.pick(&VALUES).to_owned(),
    }
}

/// What may stand between quotes, and mostly does.
pub fn text(random: &mut Random) -> String {
    match random.below(8) {
        0 => long(random),
        1 => escape(random).repeat(1 + random.below(3)),
        2 => format!("{}{}", random.pick(&TEXTS), random.pick(&TEXTS)),
        _ => random.pick(&TEXTS).to_owned(),
    }
}

pub fn escape(random: &mut Random) -> String {
    random.pick(&ESCAPES).to_owned()
}

/// Much of the same.
pub fn long(random: &mut Random) -> String {
    let part = random.pick(&[
        "a", "a/", "../", "1.", "[", "(", "{", "a b ", "é", "\\u0001", "**/",
    ]);
    let times = [10, 200, 300, 4_100, 70_000, 400_000][random.below(6)];
    part.repeat(times)
}

/// A value in a value, and so on.
pub fn nested(random: &mut Random) -> String {
    let depth = [5, 60, 130, 1_000, 20_000, 200_000][random.below(6)];
    let (open, close) = [
        ("[", "]"),
        ("{\"a\":", "}"),
        ("{a=", "}"),
        ("[{\"a\":", "}]"),
    ][random.below(4)];
    let mut nested = open.repeat(depth);
    if !random.one_in(4) {
        nested.push('1');
        nested.push_str(&close.repeat(depth));
    }
    nested
}
