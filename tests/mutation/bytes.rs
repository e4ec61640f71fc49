//! What can be done to any bytes.

use crate::random::Random;

/// The most bytes that an input grows to.
pub const MOST: usize = 4 << 20;

const INTERESTING: [u8; 10] = [0, 1, 9, 10, 0x1b, 0x20, 0x7f, 0x80, 0xfe, 0xff];

const INVALID: [&[u8]; 6] = [
    b"\xff",
    b"\xc3",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf5\x80\x80\x80",
    b"\xf0\x9f\x98",
];

/// Changes bytes in one place or another. `other` is where something is taken from.
pub fn mutate(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    match random.below(13) {
        0 | 1 => flip(input, random),
        2 | 3 => set(input, random),
        4 => {
            input.truncate(random.below(input.len() + 1));
        }
        5 => {
            input.drain(random.range(input.len()));
        }
        6 => duplicate(input, random),
        7 => splice(input, other, random),
        8 => insert(input, random.pick(&INVALID), random),
        9 => {
            let noise: Vec<u8> = (0..random.below(40)).map(|_| random.byte()).collect();
            insert(input, &noise, random);
        }
        10 => overwrite_number(input, random),
        11 => {
            let byte = INTERESTING[random.below(INTERESTING.len())];
            let times = [10, 300, 5_000, 70_000, 1 << 20][random.below(5)];
            insert(input, &vec![byte; times], random);
        }
        _ => swap(input, random),
    }
    input.truncate(MOST);
}

/// Puts bytes somewhere in between.
pub fn insert(input: &mut Vec<u8>, new: &[u8], random: &mut Random) {
    let at = random.below(input.len() + 1);
    input.splice(at..at, new.iter().copied());
}

fn flip(input: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(input.len());
        if let Some(byte) = input.get_mut(at) {
            *byte ^= 1 << random.below(8);
        }
    }
}

fn set(input: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(input.len());
        let byte = INTERESTING[random.below(INTERESTING.len())];
        if let Some(it) = input.get_mut(at) {
            *it = byte;
        }
    }
}

fn duplicate(input: &mut Vec<u8>, random: &mut Random) {
    let range = random.range(input.len());
    let part = input[range.clone()].to_vec();
    let times = [1, 1, 2, 100][random.below(4)];
    let copies = part.repeat(times.min(MOST / part.len().max(1)));
    input.splice(range.end..range.end, copies);
}

fn splice(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let place = random.range(input.len());
    let part = random.range(other.len());
    input.splice(place, other[part].iter().copied());
}

fn swap(input: &mut Vec<u8>, random: &mut Random) {
    let range = random.range(input.len());
    let part: Vec<u8> = input.drain(range).collect();
    insert(input, &part, random);
}

/// Lengths and offsets are numbers of two, four or eight bytes.
fn overwrite_number(input: &mut [u8], random: &mut Random) {
    let width = [2, 4, 8][random.below(3)];
    let numbers = [
        0,
        1,
        0x7fff,
        0xffff,
        0x7fff_ffff,
        0xffff_ffff,
        u64::MAX >> 1,
        u64::MAX,
    ];
    let number = numbers[random.below(numbers.len())];
    let bytes = match random.one_in(2) {
        true => number.to_le_bytes(),
        false => (number << (64 - 8 * width)).to_be_bytes(),
    };
    let at = random.below(input.len());
    for (place, byte) in input.iter_mut().skip(at).zip(&bytes[..width]) {
        *place = *byte;
    }
}
