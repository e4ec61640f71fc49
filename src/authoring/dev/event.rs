//! Events of a dev extension that is kept live.

use std::{path::PathBuf, time::Duration};

use super::error::DevError;
use crate::{
    authoring::builder::NotBuilt,
    base::types::ExtensionId,
    package::{declarative::Finding, manifest::Warning},
    runtime::engine::CodeOrigin,
    store::{DevBuild, DevExtension},
};

/// An event of a dev extension that is kept live.
#[derive(Debug)]
#[non_exhaustive]
pub enum DevEvent {
    /// A build has begun.
    Building {
        /// The extension.
        id: ExtensionId,
        /// Some of the files that have changed since the last one; none at the first.
        changed: Vec<PathBuf>,
    },
    /// A line that the compiler has written.
    Line(String),
    /// A build was put into service.
    Serving(Box<Served>),
    /// What was built is what is in service already.
    Unchanged,
    /// The folder could not be built, or the build not be started.
    Failed {
        /// Why.
        error: Box<DevError>,
        /// The build that stays in service; `None` where there is none yet.
        serving: Option<Box<DevBuild>>,
    },
    /// The folder is gone. What is in service stays.
    Gone {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder is there again.
    Back {
        /// The folder.
        folder: PathBuf,
    },
    /// The dev extension was stopped; it is the last event.
    Stopped {
        /// The extension.
        id: ExtensionId,
    },
}

/// A build that was put into service.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Served {
    /// The dev extension, with its build.
    pub extension: DevExtension,
    /// The grammars that are missing from it, with the reasons.
    pub not_built: Vec<NotBuilt>,
    /// What the manifest says without effect.
    pub warnings: Vec<Warning>,
    /// What is wrong with its declarative files.
    pub findings: Vec<Finding>,
    /// Where its machine code came from; `None` without a component.
    pub code: Option<CodeOrigin>,
    /// From the beginning of the build.
    pub took: Duration,
}
