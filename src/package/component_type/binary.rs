//! The reader of a component's type from its bytes, as hostile input: nothing is compiled, and function bodies
//! are passed over.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashMap, hash_map},
};

use wasmparser::{
    Parser, Payload, ValidPayload, Validator, WasmFeatures,
    component_types::{
        AliasableResourceId, ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId,
        ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId, ComponentValType,
        ResourceId,
    },
    types::TypesRef,
};

use super::{
    ComponentType, Item,
    name::FunctionName,
    value::{FunctionType, ValueType},
};
use crate::package::version::{ComponentError, NameCounts};

/// The most parts of one function's types that are looked at: the largest of API 0.7.0 has
/// fewer than 100. A few bytes
/// of a component can stand for millions.
const PARTS: usize = 5_000;

/// The most bytes of names of fields, cases and parameters that are looked at: all types of
/// API 0.7.0, written out, have 7,419. A type is written out wherever it is used, and its names with it.
const NAME_BYTES: usize = 4 << 20;

/// How deep types may nest: those of API 0.7.0 stay under 10.
const DEPTH: usize = 64;

/// The most functions and resources that are looked at: API 0.7.0 has 42 functions.
const ITEMS: usize = 5_000;

impl ComponentType {
    /// Reads the type of a component.
    ///
    /// # Errors
    /// [`ComponentError::Malformed`] for what is not a valid component, [`ComponentError::TooMany`] for one whose
    /// imports or exports are more than are read.
    pub fn of_component(component: &[u8]) -> Result<Self, ComponentError> {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let mut names = Names::default();
        let mut counts = NameCounts::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload?;
            // Before the validator, which keeps each name more than once, those of what is nested too.
            counts.add(&payload)?;
            // Bodies come back unchecked: the engine validates them when it compiles.
            let validated = validator.payload(&payload)?;
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) if depth > 0 => depth -= 1,
                Payload::End(_) => {
                    if let ValidPayload::End(types) = validated {
                        return Ok(Reader::new(types.as_ref()).read(&names));
                    }
                }
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        names.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        names.exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(Self::default())
    }
}

/// The names at the outermost level, in their order.
#[derive(Default)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// The amount of one function that may still be looked at.
#[derive(Clone, Copy)]
struct Budget {
    parts: usize,
    depth: usize,
}

struct Reader<'a> {
    types: TypesRef<'a>,
    /// What each resource was called where it was imported first.
    resources: HashMap<ResourceId, String>,
    items: usize,
    name_bytes: Cell<usize>,
}

impl<'a> Reader<'a> {
    fn new(types: TypesRef<'a>) -> Self {
        Self {
            types,
            resources: HashMap::new(),
            items: 0,
            name_bytes: Cell::new(NAME_BYTES),
        }
    }

    fn read(mut self, names: &Names) -> ComponentType {
        let mut read = ComponentType::default();
        for name in &names.imports {
            if let Some(item) = self.types.component_item_for_import(name) {
                self.entity(name, item.ty, &mut read.imports);
            }
        }
        for name in &names.exports {
            if let Some(item) = self.types.component_item_for_export(name) {
                self.entity(name, item.ty, &mut read.exports);
            }
        }
        read
    }

    /// Notes a function or resource, or those of an instance.
    fn entity(
        &mut self,
        name: &str,
        entity: ComponentEntityType,
        found: &mut BTreeMap<FunctionName, Item>,
    ) {
        if let ComponentEntityType::Instance(id) = entity {
            self.instance(name, id, found);
        } else if let Some(item) = self.item(name, entity) {
            found.insert(FunctionName::at_root(name), item);
        }
    }

    fn instance(
        &mut self,
        interface: &str,
        id: ComponentInstanceTypeId,
        found: &mut BTreeMap<FunctionName, Item>,
    ) {
        let types = self.types;
        for (name, item) in &types[id].exports {
            if let Some(item) = self.item(name, item.ty) {
                found.insert(FunctionName::of(interface, name), item);
            }
        }
    }

    fn item(&mut self, name: &str, entity: ComponentEntityType) -> Option<Item> {
        self.items += 1;
        if self.items > ITEMS {
            return None;
        }
        match entity {
            ComponentEntityType::Func(id) => Some(Item::Function(self.function(id))),
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Resource(id),
                ..
            } => {
                match self.resources.entry(id.resource()) {
                    hash_map::Entry::Vacant(place) => {
                        place.insert(name.to_owned());
                        Some(Item::Resource)
                    }
                    // Another name for the same resource, as in an interface that uses it.
                    hash_map::Entry::Occupied(_) => None,
                }
            }
            ComponentEntityType::Type { .. } => None,
            ComponentEntityType::Module(_) => Some(Item::Other("a core module")),
            ComponentEntityType::Value(_) => Some(Item::Other("a value")),
            ComponentEntityType::Instance(_) => Some(Item::Other("an instance")),
            ComponentEntityType::Component(_) => Some(Item::Other("a component")),
        }
    }

    fn function(&self, id: ComponentFuncTypeId) -> FunctionType {
        let function = &self.types[id];
        let mut budget = Budget {
            parts: PARTS,
            depth: DEPTH,
        };
        let parameters = (function.params.iter())
            .map(|(name, value)| (self.name(name), self.value(*value, &mut budget)))
            .collect();
        let result = if function.async_ {
            Some(ValueType::Other("the result of an asynchronous function"))
        } else {
            function
                .result
                .map(|result| self.value(result, &mut budget))
        };
        FunctionType { parameters, result }
    }

    fn value(&self, value: ComponentValType, budget: &mut Budget) -> ValueType {
        if budget.parts == 0 || budget.depth == 0 {
            return ValueType::Other("too large a type");
        }
        budget.parts -= 1;
        budget.depth -= 1;
        let value = match value {
            ComponentValType::Primitive(primitive) => ValueType::Primitive(primitive.to_string()),
            ComponentValType::Type(id) => self.defined(id, budget),
        };
        budget.depth += 1;
        value
    }

    fn boxed(
        &self,
        value: Option<ComponentValType>,
        budget: &mut Budget,
    ) -> Option<Box<ValueType>> {
        value.map(|value| Box::new(self.value(value, budget)))
    }

    fn defined(&self, id: ComponentDefinedTypeId, budget: &mut Budget) -> ValueType {
        match &self.types[id] {
            ComponentDefinedType::Primitive(primitive) => {
                ValueType::Primitive(primitive.to_string())
            }
            ComponentDefinedType::Record(record) => ValueType::Record(
                (record.fields.iter())
                    .map(|(name, value)| (self.name(name), self.value(*value, budget)))
                    .collect(),
            ),
            ComponentDefinedType::Variant(variant) => ValueType::Variant(
                (variant.cases.iter())
                    .map(|(name, case)| {
                        let value = case.ty.map(|value| self.value(value, budget));
                        (self.name(name), value)
                    })
                    .collect(),
            ),
            ComponentDefinedType::List { element, .. } => {
                ValueType::List(Box::new(self.value(*element, budget)))
            }
            ComponentDefinedType::Tuple(tuple) => ValueType::Tuple(
                (tuple.types.iter())
                    .map(|item| self.value(*item, budget))
                    .collect(),
            ),
            ComponentDefinedType::Flags(flags) => {
                ValueType::Flags(flags.iter().map(|flag| self.name(flag)).collect())
            }
            ComponentDefinedType::Enum(cases) => {
                ValueType::Enum(cases.iter().map(|case| self.name(case)).collect())
            }
            ComponentDefinedType::Option { ty, .. } => {
                ValueType::Option(Box::new(self.value(*ty, budget)))
            }
            ComponentDefinedType::Result { ok, err, .. } => {
                ValueType::Result(self.boxed(*ok, budget), self.boxed(*err, budget))
            }
            ComponentDefinedType::Own(id) => ValueType::Own(self.resource(*id)),
            ComponentDefinedType::Borrow(id) => ValueType::Borrow(self.resource(*id)),
            _ => ValueType::Other("a type of a later component model"),
        }
    }

    /// The name while there is budget for it; after that a placeholder, which is not a name of any world.
    fn name(&self, name: &str) -> String {
        match self.name_bytes.get().checked_sub(name.len()) {
            Some(left) => {
                self.name_bytes.set(left);
                name.to_owned()
            }
            None => "…".into(),
        }
    }

    fn resource(&self, id: AliasableResourceId) -> String {
        let name = self.resources.get(&id.resource());
        name.map_or("an unnamed resource", String::as_str)
            .to_owned()
    }
}
