//! Completions and symbols, as the language server protocol has them.

use serde::{Deserialize, Serialize};

/// A completion that a language server offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Completion {
    /// What the server calls it.
    pub label: String,
    /// More to show beside the label; known to extensions from API 0.2.0.
    pub label_details: Option<CompletionLabelDetails>,
    /// More about it, such as a type.
    pub detail: Option<String>,
    /// What it is.
    pub kind: Option<CompletionKind>,
    /// What the text to insert is.
    pub insert_text_format: Option<InsertTextFormat>,
}

/// More to show beside a completion's label.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompletionLabelDetails {
    /// Shown right behind the label, such as a function's parameters.
    pub detail: Option<String>,
    /// Shown after that, such as a module's name.
    pub description: Option<String>,
}

/// A symbol of a document or a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// What it is.
    pub kind: SymbolKind,
    /// Its name.
    pub name: String,
    /// The name of what contains it, where the server says so; no published API has it yet.
    #[serde(default)]
    pub container_name: Option<String>,
}

/// Writes an enumeration of the language server protocol, with a case for what it gains later.
macro_rules! protocol_kind {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", stringify!($case), "`.")]
                $case,
            )*
            /// A number the interface has no name for.
            Other(i32),
        }
    };
}

protocol_kind! {
    /// What a completion is: the protocol's `CompletionItemKind`, in its order from 1.
    CompletionKind {
        Text, Method, Function, Constructor, Field, Variable, Class, Interface, Module, Property, Unit,
        Value, Enum, Keyword, Snippet, Color, File, Reference, Folder, EnumMember, Constant, Struct,
        Event, Operator, TypeParameter,
    }
}

protocol_kind! {
    /// What a symbol is: the protocol's `SymbolKind`, in its order from 1.
    SymbolKind {
        File, Module, Namespace, Package, Class, Method, Property, Field, Constructor, Enum, Interface,
        Function, Variable, Constant, String, Number, Boolean, Array, Object, Key, Null, EnumMember,
        Struct, Event, Operator, TypeParameter,
    }
}

protocol_kind! {
    /// What the text to insert is: the protocol's `InsertTextFormat`, in its order from 1.
    InsertTextFormat { PlainText, Snippet }
}
