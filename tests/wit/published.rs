//! The interfaces are those of the published crates: the same items, fields and cases in the same
//! order, whatever the comments and the order of the items.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use wit_parser::{
    Function, FunctionKind, Handle, Interface, InterfaceId, Resolve, Type, TypeDefKind, TypeId,
    TypeOwner, WorldItem, WorldKey,
};

use crate::folders;

/// A world's folder here, the crate that published it, and the folder there.
const PUBLISHED: [(&str, &str, &str); 11] = [
    ("0.0.1", "0.0.3", "wit"),
    ("0.0.1", "0.0.5", "wit/since_v0.0.1"),
    ("0.0.4", "0.0.5", "wit/since_v0.0.4"),
    ("0.0.6", "0.0.6", "wit/since_v0.0.6"),
    ("0.1.0", "0.1.0", "wit/since_v0.1.0"),
    ("0.2.0", "0.2.0", "wit/since_v0.2.0"),
    ("0.3.0", "0.3.0", "wit/since_v0.3.0"),
    ("0.4.0", "0.4.0", "wit/since_v0.4.0"),
    ("0.5.0", "0.5.0", "wit/since_v0.5.0"),
    ("0.6.0", "0.6.0", "wit/since_v0.6.0"),
    ("0.6.0", "0.7.0", "wit/since_v0.6.0"),
];

/// A world, a crate from before its folder was whole, what that lacks, and the name of a parameter (which
/// does not bind) that was another.
const PARTS: [(&str, &str, &str, (&str, &str)); 2] = [
    ("0.0.1", "0.0.1", "import node-binary-path", ("", "")),
    (
        "0.0.4",
        "0.0.4",
        "import make-file-executable",
        ("output-filename", "file-path"),
    ),
];

/// The folders of the published crates, by version; `None`, with the reason told, where they cannot
/// be had.
fn crates() -> Option<BTreeMap<String, PathBuf>> {
    let metadata = |network: &[&str]| {
        let manifest = folders::root().join("tests/guests/Cargo.toml");
        Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--format-version",
                "1",
                "--locked",
                "--manifest-path",
            ])
            .arg(manifest)
            .args(network)
            .output()
            .unwrap()
    };
    let mut output = metadata(&["--offline"]);
    if !output.status.success() {
        output = metadata(&[]);
    }
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let reason = format!("the published crates cannot be had: {said}");
        crate::support::skip("crates", reason);
        return None;
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let folder = |package: &serde_json::Value| {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        (
            package["version"].as_str().unwrap().to_owned(),
            manifest.parent().unwrap().to_owned(),
        )
    };
    let packages = metadata["packages"].as_array().unwrap();
    Some(
        packages
            .iter()
            .filter(|package| package["name"] == "zed_extension_api")
            .map(folder)
            .collect(),
    )
}

/// The items of a world, by what they are and their names.
fn world(folder: &Path) -> BTreeMap<String, String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error:#}", folder.display()));
    let world = &resolve.worlds[resolve.packages[package].worlds["extension"]];
    let describe = Describe { resolve: &resolve };
    let imports = world
        .imports
        .iter()
        .map(|(key, item)| describe.item("import", key, item));
    let exports = world
        .exports
        .iter()
        .map(|(key, item)| describe.item("export", key, item));
    imports.chain(exports).collect()
}

/// Writes what something is, in full, without comments.
struct Describe<'a> {
    resolve: &'a Resolve,
}

impl Describe<'_> {
    fn item(&self, direction: &str, key: &WorldKey, item: &WorldItem) -> (String, String) {
        let name = match key {
            WorldKey::Name(name) => name.clone(),
            WorldKey::Interface(id) => self.interface_name(*id),
        };
        match item {
            WorldItem::Function(function) => {
                (format!("{direction} {name}"), self.function(function))
            }
            WorldItem::Type { id, .. } => {
                (format!("{direction} type {name}"), self.definition(*id))
            }
            WorldItem::Interface { id, .. } => (
                format!("{direction} interface {name}"),
                self.interface(&self.resolve.interfaces[*id]),
            ),
        }
    }

    fn interface_name(&self, id: InterfaceId) -> String {
        self.resolve.interfaces[id].name.clone().unwrap()
    }

    fn interface(&self, interface: &Interface) -> String {
        let functions = interface
            .functions
            .iter()
            .map(|(name, function)| format!("{name}: {}", self.function(function)));
        let types = interface
            .types
            .iter()
            .map(|(name, id)| format!("type {name}: {}", self.definition(*id)));
        let mut items: Vec<_> = functions.chain(types).collect();
        items.sort();
        items.join("\n")
    }

    fn function(&self, function: &Function) -> String {
        let kind = match function.kind {
            FunctionKind::Freestanding => "func".to_owned(),
            FunctionKind::Method(resource) => format!("method of {}", self.name(resource)),
            ref other => panic!("no world has a function of the kind {other:?}"),
        };
        let parameters: Vec<_> = function
            .params
            .iter()
            .map(|parameter| format!("{}: {}", parameter.name, self.ty(&parameter.ty)))
            .collect();
        let result = function
            .result
            .as_ref()
            .map_or_else(String::new, |ty| format!(" -> {}", self.ty(ty)));
        format!("{kind}({}){result}", parameters.join(", "))
    }

    /// A named type where it is used: where it belongs, and its name.
    fn name(&self, id: TypeId) -> String {
        let ty = &self.resolve.types[id];
        let name = ty.name.as_deref().unwrap();
        match ty.owner {
            TypeOwner::Interface(id) => format!("{}.{name}", self.interface_name(id)),
            _ => name.to_owned(),
        }
    }

    fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::Id(id) if self.resolve.types[*id].name.is_some() => self.name(*id),
            Type::Id(id) => self.definition(*id),
            primitive => format!("{primitive:?}").to_lowercase(),
        }
    }

    fn optional(&self, ty: Option<&Type>) -> String {
        ty.map_or_else(|| "_".to_owned(), |ty| self.ty(ty))
    }

    fn definition(&self, id: TypeId) -> String {
        let list = |items: Vec<String>| items.join(", ");
        match &self.resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                let fields = record
                    .fields
                    .iter()
                    .map(|field| format!("{}: {}", field.name, self.ty(&field.ty)));
                format!("record {{{}}}", list(fields.collect()))
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant
                    .cases
                    .iter()
                    .map(|case| format!("{}({})", case.name, self.optional(case.ty.as_ref())));
                format!("variant {{{}}}", list(cases.collect()))
            }
            TypeDefKind::Enum(cases) => {
                format!(
                    "enum {{{}}}",
                    list(cases.cases.iter().map(|case| case.name.clone()).collect())
                )
            }
            TypeDefKind::Tuple(tuple) => {
                format!(
                    "tuple<{}>",
                    list(tuple.types.iter().map(|ty| self.ty(ty)).collect())
                )
            }
            TypeDefKind::Result(result) => {
                format!(
                    "result<{}, {}>",
                    self.optional(result.ok.as_ref()),
                    self.optional(result.err.as_ref())
                )
            }
            TypeDefKind::Option(ty) => format!("option<{}>", self.ty(ty)),
            TypeDefKind::List(ty) => format!("list<{}>", self.ty(ty)),
            TypeDefKind::Type(ty) => format!("= {}", self.ty(ty)),
            TypeDefKind::Handle(Handle::Own(id)) => format!("own<{}>", self.name(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", self.name(*id)),
            TypeDefKind::Resource => "resource".to_owned(),
            other => panic!("no world has a type of the kind {other:?}"),
        }
    }
}

/// The folder of a crate that is there.
fn folder(crates: &BTreeMap<String, PathBuf>, version: &str) -> PathBuf {
    crates
        .get(version)
        .unwrap_or_else(|| panic!("no guest is built with the crate {version}"))
        .clone()
}

#[test]
fn every_world_is_that_of_its_crate() {
    let compared: Vec<_> = PUBLISHED
        .iter()
        .map(|(world, _, _)| (*world).to_owned())
        .collect();
    for version in folders::versions() {
        assert!(
            compared.contains(&version.to_string()),
            "{version} is compared with no published crate"
        );
    }
    let Some(crates) = crates() else { return };
    for (version, published, path) in PUBLISHED {
        let ours = world(&folders::wit(&version.parse().unwrap()));
        let theirs = world(&folder(&crates, published).join(path));
        for name in ours.keys().chain(theirs.keys()) {
            assert_eq!(
                ours.get(name),
                theirs.get(name),
                "world {version}, crate {published}: {name}"
            );
        }
        assert!(ours.len() >= 17, "{version}: {ours:?}");
    }
}

#[test]
fn a_crate_before_its_world_was_whole_lacks_only_what_is_known() {
    let Some(crates) = crates() else { return };
    for (version, published, lacking, (before, after)) in PARTS {
        let mut ours = world(&folders::wit(&version.parse().unwrap()));
        let mut theirs = world(&folder(&crates, published).join("wit"));
        assert!(ours.remove(lacking).is_some(), "{version}: {lacking}");
        if !before.is_empty() {
            assert!(
                theirs.values().any(|item| item.contains(before)),
                "{published}: {before}"
            );
            theirs
                .values_mut()
                .for_each(|item| *item = item.replace(before, after));
        }
        assert_eq!(ours, theirs, "world {version}, crate {published}");
    }
}

#[test]
fn the_comparison_sees_the_order_of_fields_and_cases_and_no_comments() {
    let folder = tempfile::tempdir().unwrap();
    let describe = |name: &str, items: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        std::fs::write(
            path.join("extension.wit"),
            format!("package zed:extension;\nworld extension {{ {items} }}"),
        )
        .unwrap();
        world(&path)
    };
    let plain = describe(
        "plain",
        "record r { a: u8, b: string } enum e { x, y } import f: func(p: r) -> result<e>;",
    );
    let same = describe(
        "same",
        "/// Words.\nimport f: func(p: r) -> result<e>; enum e { x, y } record r { a: u8, b: string, }",
    );
    assert_eq!(plain, same);
    let others = [
        "record r { b: string, a: u8 } enum e { x, y } import f: func(p: r) -> result<e>;",
        "record r { a: u8, b: string } enum e { y, x } import f: func(p: r) -> result<e>;",
        "record r { a: u8, b: string } enum e { x, y } import f: func(q: r) -> result<e>;",
        "record r { a: u8, b: string } enum e { x, y } import f: func(p: r) -> result<_, e>;",
        "record r { a: u8, b: string } enum e { x, y } export f: func(p: r) -> result<e>;",
        "record r { a: u8, b: string } variant e { x, y } import f: func(p: r) -> result<e>;",
    ];
    for (number, other) in others.into_iter().enumerate() {
        assert_ne!(plain, describe(&number.to_string(), other), "{other}");
    }
}
