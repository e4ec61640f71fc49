//! How completions are shown: with what the server says of them beside their name, which it sends to
//! extensions built with API 0.2.0 or later.

use zed_extension_api::lsp::Completion;
use zed_extension_api::{CodeLabel, CodeLabelSpan};

/// The name of a link, heading or file, and after it where it is.
pub fn completion(completion: &Completion) -> Option<CodeLabel> {
    let details = completion.label_details.as_ref()?;
    let place = details.description.as_ref().or(details.detail.as_ref())?;
    let name = &completion.label;
    Some(CodeLabel {
        code: String::new(),
        spans: vec![
            CodeLabelSpan::literal(name, None),
            CodeLabelSpan::literal(format!("  {place}"), Some("comment".to_owned())),
        ],
        filter_range: (0..name.len()).into(),
    })
}
