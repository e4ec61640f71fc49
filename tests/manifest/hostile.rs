//! Manifests that no author wrote.

use annexe::{ExtensionId, Hint as _, manifest::Manifest};

use crate::{COMPLETE, warnings};

#[test]
fn no_change_of_any_byte_makes_a_manifest_panic() {
    // A small generator with a fixed seed: the same texts in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % bound.max(1)
    };
    let json = r#"{"name":"é","version":"1","themes":{"A":"./a"},"grammars":{"b":"c"},"x":[1,{}]}"#;
    let alphabet = b"[]{}=.\"'\\\n#,:/0aA-_ \xff\xc3\x00";
    let id: ExtensionId = "old".parse().unwrap();
    for round in 0..4_000 {
        let seed = if round % 2 == 0 { COMPLETE } else { json };
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=random(6) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = alphabet[random(alphabet.len())],
                1 => bytes.insert(at, alphabet[random(alphabet.len())]),
                2 => bytes.truncate(at),
                _ => drop(bytes.drain(at..(at + random(40)).min(bytes.len()))),
            }
            if bytes.is_empty() {
                break;
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(error) = Manifest::parse_toml(&text) {
            let _ = (error.to_string(), error.hint());
        }
        if let Err(error) = Manifest::parse_json(&text, id.clone()) {
            let _ = (error.to_string(), error.hint());
        }
    }
}

#[test]
fn hostile_manifests_are_answered_and_not_suffered() {
    let deep = [
        format!("{}=1", vec!["a"; 100_000].join(".")),
        format!("a={}", "[".repeat(500_000)),
        format!("a={}", "{a=".repeat(300_000)),
    ];
    for text in deep {
        assert!(Manifest::parse_toml(&text).is_err());
    }
    let id: ExtensionId = "old".parse().unwrap();
    assert!(Manifest::parse_json(&"[".repeat(500_000), id).is_err());
    // As many unknown keys as fit: the first ones are reported, and the manifest loads.
    let many: String = (0..80_000).map(|at| format!("k{at}=0\n")).collect();
    let reported = warnings(&many).len();
    assert!((1..1_000).contains(&reported), "{reported}");
}
