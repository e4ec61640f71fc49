//! What is tried of a server that misbehaves, where the fault is, and what each call comes to.

/// What is tried of a server that misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Installs what is not installed yet.
    Install,
    /// Installs a greater version of what is installed.
    Upgrade,
    /// Updates all that is installed.
    Update,
    /// Makes what is installed equal to a lockfile.
    Sync,
}

pub const CALLS: [Call; 4] = [Call::Install, Call::Upgrade, Call::Update, Call::Sync];

/// What a call comes to while the server misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// An error.
    Error,
    /// What was installed before, with the reason told.
    Skipped,
    /// What it would come to without the fault, which is not in its way.
    Done,
}

/// The files that a fault is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Configuration,
    Catalogue,
    Index,
    Archive,
}

pub const EVERYWHERE: [Where; 4] = [
    Where::Configuration,
    Where::Catalogue,
    Where::Index,
    Where::Archive,
];

impl Where {
    /// What each call comes to. What an update can learn nothing of stays as it is; it is given up only
    /// for an error that passes and that keeps it from learning anything at all.
    pub fn expected(self, call: Call, is_temporary: bool) -> Expected {
        match (self, call) {
            (Self::Archive, _) => Expected::Error,
            (Self::Configuration, Call::Update) if !is_temporary => Expected::Skipped,
            (Self::Configuration, _) => Expected::Error,
            (Self::Index, Call::Install | Call::Upgrade) => Expected::Error,
            (Self::Index, Call::Update) => Expected::Skipped,
            (Self::Catalogue, Call::Update) if is_temporary => Expected::Error,
            (Self::Index | Self::Catalogue, _) => Expected::Done,
        }
    }
}
