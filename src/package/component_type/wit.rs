//! The reader of a world from its WIT text.

use std::collections::BTreeMap;

use wit_parser::{
    Function, Handle, Resolve, SourceMap, Type, TypeDefKind, TypeId, WorldItem, WorldKey,
};

use super::{
    ComponentType, Item,
    name::FunctionName,
    value::{FunctionType, ValueType},
};
use crate::base::hint::{ErrorKind, Hint};

/// The reason why WIT does not give a world.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the WIT text cannot be read: {message}")]
pub struct WitError {
    /// What the parser says.
    pub message: String,
}

impl Hint for WitError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl ComponentType {
    /// Reads a world from the files of its package, each with its name.
    ///
    /// # Errors
    /// A [`WitError`] where the text is not WIT or has no world of that name.
    pub fn of_world<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
        world: &str,
    ) -> Result<Self, WitError> {
        let failed = |error: &dyn std::fmt::Display| WitError {
            message: error.to_string(),
        };
        let mut sources = SourceMap::default();
        for (name, text) in files {
            sources.push_str(name, text);
        }
        let mut resolve = Resolve::default();
        let group = sources.parse().map_err(|(_, error)| failed(&error))?;
        let package = resolve.push_group(group).map_err(|error| failed(&error))?;
        let world = resolve
            .select_world(&[package], Some(world))
            .map_err(|error| failed(&error))?;
        let reader = Reader { resolve: &resolve };
        let world = &resolve.worlds[world];
        Ok(Self {
            imports: reader.items(&world.imports),
            exports: reader.items(&world.exports),
        })
    }
}

struct Reader<'a> {
    resolve: &'a Resolve,
}

impl Reader<'_> {
    fn items<'i>(
        &self,
        items: impl IntoIterator<Item = (&'i WorldKey, &'i WorldItem)>,
    ) -> BTreeMap<FunctionName, Item> {
        let mut found = BTreeMap::new();
        for (key, item) in items {
            let key = self.resolve.name_world_key(key);
            match item {
                WorldItem::Function(function) => {
                    found.insert(
                        FunctionName::at_root(&function.name),
                        self.function(function),
                    );
                }
                WorldItem::Type { id, .. } => {
                    if self.is_resource(*id) {
                        found.insert(FunctionName::at_root(key), Item::Resource);
                    }
                }
                WorldItem::Interface { id, .. } => {
                    let interface = &self.resolve.interfaces[*id];
                    for (name, function) in &interface.functions {
                        let name = FunctionName::of(&key, name);
                        found.insert(name, self.function(function));
                    }
                    for (name, id) in &interface.types {
                        if self.is_resource(*id) {
                            found.insert(FunctionName::of(&key, name), Item::Resource);
                        }
                    }
                }
            }
        }
        found
    }

    fn is_resource(&self, id: TypeId) -> bool {
        matches!(self.resolve.types[id].kind, TypeDefKind::Resource)
    }

    fn function(&self, function: &Function) -> Item {
        let parameter =
            |parameter: &wit_parser::Param| (parameter.name.clone(), self.value(&parameter.ty));
        Item::Function(FunctionType {
            parameters: function.params.iter().map(parameter).collect(),
            result: function.result.as_ref().map(|result| self.value(result)),
        })
    }

    fn value(&self, value: &Type) -> ValueType {
        match value {
            Type::Id(id) => self.defined(*id),
            primitive => ValueType::Primitive(format!("{primitive:?}").to_lowercase()),
        }
    }

    fn optional(&self, value: Option<&Type>) -> Option<ValueType> {
        value.map(|value| self.value(value))
    }

    fn defined(&self, id: TypeId) -> ValueType {
        let resource = |id: TypeId| self.resolve.types[id].name.clone().unwrap_or_default();
        match &self.resolve.types[id].kind {
            TypeDefKind::Type(alias) => self.value(alias),
            TypeDefKind::Record(record) => ValueType::Record(
                (record.fields.iter())
                    .map(|field| (field.name.clone(), self.value(&field.ty)))
                    .collect(),
            ),
            TypeDefKind::Variant(variant) => ValueType::Variant(
                (variant.cases.iter())
                    .map(|case| (case.name.clone(), self.optional(case.ty.as_ref())))
                    .collect(),
            ),
            TypeDefKind::Enum(cases) => {
                ValueType::Enum(cases.cases.iter().map(|case| case.name.clone()).collect())
            }
            TypeDefKind::Flags(flags) => {
                ValueType::Flags(flags.flags.iter().map(|flag| flag.name.clone()).collect())
            }
            TypeDefKind::Tuple(tuple) => {
                ValueType::Tuple(tuple.types.iter().map(|item| self.value(item)).collect())
            }
            TypeDefKind::Option(value) => ValueType::Option(Box::new(self.value(value))),
            TypeDefKind::List(item) => ValueType::List(Box::new(self.value(item))),
            TypeDefKind::Result(result) => ValueType::Result(
                self.optional(result.ok.as_ref()).map(Box::new),
                self.optional(result.err.as_ref()).map(Box::new),
            ),
            TypeDefKind::Handle(Handle::Own(id)) => ValueType::Own(resource(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => ValueType::Borrow(resource(*id)),
            TypeDefKind::Resource => ValueType::Own(resource(id)),
            _ => ValueType::Other("a type of a later component model"),
        }
    }
}
