use super::{
    address::chunks,
    row::{Rows, versions},
};
use crate::base::types::ExtensionId;

fn ids(count: usize, length: usize) -> Vec<ExtensionId> {
    let ids = (0..count).map(|number| format!("{number:0length$}").parse().unwrap());
    ids.collect()
}

#[test]
fn the_ids_of_a_request_are_few_and_its_address_is_short() {
    assert!(chunks(&[]).is_empty());
    let lengths = |ids: &[ExtensionId]| -> Vec<usize> {
        chunks(ids).iter().map(|chunk| chunk.len()).collect()
    };
    assert_eq!(lengths(&ids(1_000, 14)), [250; 4]);
    assert_eq!(lengths(&ids(251, 4)), [250, 1]);
    for length in [1, 20, 64] {
        let ids = ids(500, length);
        let chunks = chunks(&ids);
        assert_eq!(chunks.iter().map(|chunk| chunk.len()).sum::<usize>(), 500);
        for chunk in chunks {
            let bytes: usize = chunk.iter().map(|id| id.as_str().len() + 1).sum();
            assert!(bytes <= 6_000, "{bytes}");
        }
    }
}

#[test]
fn an_answer_of_too_many_rows_is_refused_while_it_is_read() {
    let zeros = format!("{{\"data\":[{}0]}}", "0,".repeat(1 << 20));
    let error = Rows::parse(zeros.as_bytes()).err().unwrap().to_string();
    assert!(
        error.contains("more rows than any such registry has"),
        "{error}"
    );
    // Reading has stopped long before the end.
    let column = error.rsplit(' ').next().unwrap().parse::<usize>().unwrap();
    assert!(column < 10_000, "{error}");
    let row = "{\"id\":\"a\",\"version\":\"1\"},";
    let rows = format!("{{\"data\":[{}0]}}", row.repeat(20_001));
    assert!(Rows::parse(rows.as_bytes()).is_err());
}

#[test]
fn a_row_that_cannot_be_used_is_told_with_its_place() {
    let answer = br#"{"data":[{"id":"a","version":"1.0"},{"id":"a","version":7},{"id":"b","version":"2"},0]}"#;
    let rows = Rows::parse(answer).unwrap();
    let id = "a".parse().unwrap();
    let file = versions(&id, rows.of(&id));
    assert_eq!(file.versions.len(), 1);
    let skipped: Vec<usize> = file.skipped.iter().map(|skipped| skipped.line).collect();
    assert_eq!(skipped, [2]);
}
