//! A second family, whose artefacts are core modules, and one that claims what is another's.

use annexe::{
    api::{
        Adapter, AnyGuest, Detected, Family, Outline, Prepared, State, World,
        wasmtime::{self, Caller, InstancePre, Store, TypedFunc},
    },
    version::{Artefact, ComponentError},
};
use async_trait::async_trait;
use semver::Version;

/// A counting frame: what it is given, it answers as its module counts it.
pub type Frame = TypedFunc<i32, i32>;

/// The place that the modules of the family import from, by which they are known.
const MODULE: &str = "abacus-1";

struct Linked(InstancePre<State>);

#[async_trait]
impl Prepared for Linked {
    async fn start(&self, store: &mut Store<State>) -> wasmtime::Result<AnyGuest> {
        let instance = self.0.instantiate_async(&mut *store).await?;
        let frame: Frame = instance.get_typed_func(store, "count")?;
        Ok(Box::new(frame))
    }
}

const ADAPTER: Adapter = Adapter::Module {
    link: |linker| {
        let double = |_: Caller<'_, State>, number: i32| number * 2;
        let halve = |_: Caller<'_, State>, number: i32| number / 2;
        linker.func_wrap(MODULE, "double", double)?;
        linker.func_wrap(MODULE, "halve", halve).map(drop)
    },
    prepare: |module| Ok(Box::new(Linked(module))),
};

/// A family of core modules. There is no version 2 or 3 of its API.
pub struct Abacus;

impl Family for Abacus {
    fn name(&self) -> &'static str {
        "abacus"
    }

    fn worlds(&self) -> &'static [World] {
        const WORLDS: &[World] = &[
            World {
                name: "since_v1_0_0",
                role: "frame",
                serves: ">=1.0.0, <2.0.0",
                adapter: ADAPTER,
            },
            World {
                name: "since_v4_0_0",
                role: "frame",
                serves: ">=4.0.0, <5.0.0",
                adapter: ADAPTER,
            },
        ];
        WORLDS
    }

    fn detect(&self, outline: &Outline<'_>) -> Result<Option<Detected>, ComponentError> {
        let is_ours = outline.artefact() == Artefact::Module && outline.imports().contains(&MODULE);
        Ok(is_ours.then_some(Detected {
            role: "frame",
            version: Version::new(1, 0, 0),
        }))
    }
}

/// A family that claims every component.
pub struct Magpie;

impl Family for Magpie {
    fn name(&self) -> &'static str {
        "magpie"
    }

    fn worlds(&self) -> &'static [World] {
        &[]
    }

    fn detect(&self, outline: &Outline<'_>) -> Result<Option<Detected>, ComponentError> {
        Ok(
            (outline.artefact() == Artefact::Component).then_some(Detected {
                role: "nest",
                version: Version::new(1, 0, 0),
            }),
        )
    }
}

/// A family that has a table of worlds and no files.
pub struct Table(pub &'static [World]);

impl Family for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn worlds(&self) -> &'static [World] {
        self.0
    }

    fn detect(&self, _: &Outline<'_>) -> Result<Option<Detected>, ComponentError> {
        Ok(None)
    }
}

/// A world of core modules, which serves 1.0.0 at least.
pub const fn world(name: &'static str, role: &'static str) -> World {
    World {
        name,
        role,
        serves: ">=1.0.0, <2.0.0",
        adapter: ADAPTER,
    }
}
