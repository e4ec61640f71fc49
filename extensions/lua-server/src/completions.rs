//! How completions are shown.

use zed_extension_api::lsp::{Completion, CompletionKind};
use zed_extension_api::{CodeLabel, CodeLabelSpan};

use crate::code::{self, is_keyword, is_name, is_path};

/// A completion as the Lua it stands for, then its type or value.
pub fn label(completion: &Completion) -> Option<CodeLabel> {
    let name = completion.label.as_str();
    let mut label = match completion.kind.as_ref()? {
        CompletionKind::Function | CompletionKind::Constructor => function("", name)?,
        // The owner makes it code in which the name is a method's.
        CompletionKind::Method => function("_:", name).or_else(|| function("", name))?,
        // A snippet that is a call is a function's; the others are blocks, shown as they come.
        CompletionKind::Snippet => call("", name)?,
        CompletionKind::Field | CompletionKind::Property => field(name)?,
        CompletionKind::Variable | CompletionKind::Module if is_path(name) => {
            code::part("", name, " = nil")
        }
        CompletionKind::Constant
        | CompletionKind::Enum
        | CompletionKind::EnumMember
        | CompletionKind::Value => value(name)?,
        CompletionKind::Keyword if name.split(' ').any(is_keyword) => code::text(name, "keyword"),
        CompletionKind::Operator => code::text(name, "operator"),
        CompletionKind::Class
        | CompletionKind::Interface
        | CompletionKind::Struct
        | CompletionKind::TypeParameter => code::text(name, "type"),
        CompletionKind::File | CompletionKind::Folder | CompletionKind::Reference => {
            code::text(name, "string")
        }
        _ => return None,
    };
    if let Some(detail) = completion.detail.as_deref().and_then(detail) {
        let detail = format!("  {detail}");
        label.spans.push(code::literal(&detail, Some("comment")));
    }
    Some(label)
}

/// A function: its name, with its parameters where the server gives them.
fn function(owner: &str, name: &str) -> Option<CodeLabel> {
    if owned(owner, name) {
        return Some(code::part(&format!("function {owner}"), name, "() end"));
    }
    call(owner, name)
}

/// A name with parameters, as in a definition, where parameters are highlighted as such: out of
/// `function insert(list, position) end` the middle is shown.
///
/// The question mark of a parameter that may be left out is no Lua, so it is a span of its own.
fn call(owner: &str, label: &str) -> Option<CodeLabel> {
    let (name, rest) = label.split_once('(')?;
    let parameters = rest.strip_suffix(')')?;
    if !owned(owner, name) || parameters.contains(['(', ')', '\n']) {
        return None;
    }
    let mut code = format!("function {owner}");
    let mut start = code.len();
    let mut spans = Vec::new();
    code.push_str(name);
    code.push('(');
    for piece in parameters.split_inclusive('?') {
        let text = piece.strip_suffix('?');
        code.push_str(text.unwrap_or(piece));
        if text.is_some() {
            spans.push(CodeLabelSpan::code_range(start..code.len()));
            spans.push(code::literal("?", Some("operator")));
            start = code.len();
        }
    }
    code.push(')');
    spans.push(CodeLabelSpan::code_range(start..code.len()));
    code.push_str(" end");
    Some(CodeLabel {
        code,
        spans,
        filter_range: (0..name.len()).into(),
    })
}

fn owned(owner: &str, name: &str) -> bool {
    if owner.is_empty() {
        is_path(name)
    } else {
        is_name(name)
    }
}

/// A field of some table, so that it is highlighted as one; in brackets where it is no name.
fn field(name: &str) -> Option<CodeLabel> {
    if is_path(name) {
        return Some(code::part("_.", name, " = nil"));
    }
    let is_index = name.starts_with('[') && name.ends_with(']');
    is_index.then(|| code::part("_", name, " = nil"))
}

/// Something that has a value or is one: a name, a number, a string, `true`, `{}`.
fn value(name: &str) -> Option<CodeLabel> {
    let is_one_line = !name.is_empty() && !name.contains(char::is_control);
    is_one_line.then(|| code::part("_ = ", name, ""))
}

/// The first line of what the server says besides, unless it repeats that a function is one.
fn detail(detail: &str) -> Option<&str> {
    let line = detail
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())?;
    (!matches!(line, "function" | "method")).then_some(line)
}
