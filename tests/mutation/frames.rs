//! What can be done to messages as editors and language servers write them: to what one says, with a length that is
//! right, and to the frames.

use crate::{bytes, random::Random, text};

/// Changes a stream of messages.
pub fn mutate(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let mut bodies = bodies(input);
    if bodies.is_empty() || random.one_in(4) {
        return bytes::mutate(input, other, random);
    }
    let at = random.below(bodies.len());
    match random.below(8) {
        0 => drop(bodies.remove(at)),
        1 => {
            let times = [1, 10, 1_000][random.below(3)];
            let copy = bodies[at].clone();
            bodies.splice(at..at, vec![copy; times]);
        }
        2 => {
            let moved = bodies.remove(at);
            bodies.insert(random.below(bodies.len() + 1), moved);
        }
        _ => text::mutate(&mut bodies[at], other, random),
    }
    *input = frame(&bodies, random);
}

/// A stream of messages, each with its length.
pub fn framed<B: AsRef<[u8]>>(bodies: &[B]) -> Vec<u8> {
    let framed = bodies.iter().map(|body| {
        let body = body.as_ref();
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        [header.as_bytes(), body].concat()
    });
    framed.collect::<Vec<_>>().concat()
}

/// The messages of a stream, up to the first that is not one.
fn bodies(input: &[u8]) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    let mut rest = input;
    while let Some(header) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&rest[..header]);
        let length = head
            .rsplit(' ')
            .next()
            .and_then(|number| number.parse().ok());
        let length: usize = length.unwrap_or(usize::MAX);
        let start = header + 4;
        let Some(body) = start
            .checked_add(length)
            .and_then(|end| rest.get(start..end))
        else {
            break;
        };
        bodies.push(body.to_vec());
        rest = &rest[start + length..];
    }
    bodies
}

fn frame(bodies: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut stream = framed(bodies);
    if random.one_in(6) {
        let header = random.pick(&[
            "Content-Length: -1\r\n\r\n",
            "Content-Length: 99999999999999999999\r\n\r\n{}",
            "Content-Length: 1000000000\r\n\r\n{}",
            "content-length:2\r\nContent-Type: x\r\n\r\n{}",
            "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            "\r\n\r\n",
            "\n\n\n",
            "Content-Length: 2\n\n{}",
        ]);
        bytes::insert(&mut stream, header.as_bytes(), random);
    }
    stream
}
