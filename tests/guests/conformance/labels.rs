//! Labels that show every field of what was asked about.

use zed_extension_api::lsp::{Completion, Symbol};
use zed_extension_api::{CodeLabel, CodeLabelSpan, Range};

/// A label whose code is the completion's fields, separated by `|`.
pub fn completion(completion: Completion) -> Option<CodeLabel> {
    let mut code = completion.label.clone();
    append(&mut code, completion.detail);
    append(&mut code, completion.kind.map(|kind| format!("{kind:?}")));
    append(
        &mut code,
        completion
            .insert_text_format
            .map(|format| format!("{format:?}")),
    );
    #[cfg(feature = "since_0_2_0")]
    {
        let details = completion.label_details;
        append(
            &mut code,
            details.as_ref().and_then(|details| details.detail.clone()),
        );
        append(&mut code, details.and_then(|details| details.description));
    }
    label(completion.label, code)
}

/// A label whose code is the symbol's name and kind, separated by `|`.
pub fn symbol(symbol: Symbol) -> Option<CodeLabel> {
    let mut code = symbol.name.clone();
    append(&mut code, Some(format!("{:?}", symbol.kind)));
    label(symbol.name, code)
}

fn append(code: &mut String, field: Option<String>) {
    code.push('|');
    code.push_str(field.as_deref().unwrap_or("-"));
}

fn label(name: String, code: String) -> Option<CodeLabel> {
    if name.starts_with("skip") {
        return None;
    }
    // Ranges that no text can satisfy, for a host that would slice by them.
    if name.starts_with("wild") {
        return Some(CodeLabel {
            spans: vec![CodeLabelSpan::code_range(5_u32..1_000_000)],
            filter_range: Range { start: 9, end: 2 },
            code,
        });
    }
    Some(CodeLabel {
        spans: vec![
            CodeLabelSpan::code_range(0..name.len()),
            CodeLabelSpan::literal(" from ", None),
            CodeLabelSpan::literal("guest", Some("keyword".to_owned())),
        ],
        filter_range: (0..name.len()).into(),
        code,
    })
}
