//! The policy of grants: a profile for all extensions, and differences for single ones.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{Capability, coverage::Coverage, grants::Grants};
use crate::base::types::{ExtensionId, ExtensionOrigin};

/// The grants of an extension for which nothing else is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// [`Grants::all`], under which extensions work as they do in Zed.
    #[default]
    Default,
    /// [`Grants::none`]: nothing but what is allowed one by one.
    Strict,
}

impl Profile {
    /// Its name, as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
        }
    }

    /// Returns the grants of the profile.
    pub fn grants(self) -> Grants {
        match self {
            Self::Default => Grants::all(),
            Self::Strict => Grants::none(),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The differences from the profile for one extension.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExtensionPolicy {
    /// A profile in place of what all extensions are granted. Default: none, so what all are granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// What it is allowed besides.
    pub allow: Vec<Capability>,
    /// What it is denied, whatever allows it.
    pub deny: Vec<Capability>,
}

impl ExtensionPolicy {
    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The grants of all extensions. The default is [`Grants::all`] for each.
///
/// What differs for one is bound to its id and its origin together: an extension of the same id that comes
/// from elsewhere is granted what all are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    all: Grants,
    of: BTreeMap<ExtensionId, BTreeMap<ExtensionOrigin, ExtensionPolicy>>,
}

impl From<Grants> for Policy {
    fn from(all: Grants) -> Self {
        let of = BTreeMap::new();
        Self { all, of }
    }
}

impl From<Profile> for Policy {
    fn from(profile: Profile) -> Self {
        Self::from(profile.grants())
    }
}

impl Policy {
    /// Says what differs for one extension, in place of what was said of it before.
    pub fn set(&mut self, id: ExtensionId, origin: ExtensionOrigin, own: ExtensionPolicy) {
        self.of.entry(id).or_default().insert(origin, own);
    }

    /// Returns the differences for one extension; `None` where nothing was said of it.
    pub fn own(&self, id: &ExtensionId, origin: &ExtensionOrigin) -> Option<&ExtensionPolicy> {
        self.of.get(id)?.get(origin)
    }

    /// Returns the grants of one extension.
    pub fn grants(&self, id: &ExtensionId, origin: &ExtensionOrigin) -> Grants {
        let Some(own) = self.own(id, origin) else {
            return self.all.clone();
        };
        let base = match own.profile {
            Some(profile) => profile.grants(),
            None => self.all.clone(),
        };
        base.with(own.allow.iter().cloned())
            .without(own.deny.iter().cloned())
    }

    /// Returns how much of a capability an extension is granted, and why.
    pub fn decision(
        &self,
        id: &ExtensionId,
        origin: &ExtensionOrigin,
        asked: &Capability,
    ) -> Decision {
        let coverage = self.grants(id, origin).coverage(asked);
        let own = self.own(id, origin);
        let denied = own.and_then(|own| own.deny.iter().find(|it| it.overlaps(asked)));
        let allowed = own.and_then(|own| {
            let mut overlapping = own.allow.iter().filter(|it| it.overlaps(asked));
            let whole = own.allow.iter().find(|it| it.covers(asked));
            whole.or_else(|| overlapping.next())
        });
        let by_profile = match own.and_then(|own| own.profile) {
            Some(profile) => Reason::OwnProfile(profile),
            None => Reason::All,
        };
        let base = match by_profile {
            Reason::OwnProfile(profile) => profile.grants().coverage(asked),
            _ => self.all.coverage(asked),
        };
        let reason = match (denied, allowed) {
            (Some(denied), _) => Reason::Denied(denied.clone()),
            (None, Some(allowed)) if base != coverage => Reason::Allowed(allowed.clone()),
            _ => by_profile,
        };
        Decision { coverage, reason }
    }
}

/// A decision on a capability: how much of it is granted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// How much.
    pub coverage: Coverage,
    /// Why.
    pub reason: Reason,
}

/// The reason for which something is granted or is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// By what all extensions are granted.
    All,
    /// By the extension's own profile.
    OwnProfile(Profile),
    /// By what this extension is allowed.
    Allowed(Capability),
    /// By what this extension is denied.
    Denied(Capability),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::capability::examples::{http, npm};

    #[test]
    fn what_one_is_allowed_does_not_pass_to_another_of_its_id() {
        let id: ExtensionId = "one".parse().unwrap();
        let registry = |name: &str| ExtensionOrigin::Registry(name.into());
        let mut policy = Policy::from(Profile::Strict);
        let own = ExtensionPolicy {
            allow: vec![npm("*"), http("*.org")],
            deny: vec![npm("evil")],
            ..ExtensionPolicy::default()
        };
        policy.set(id.clone(), registry("here"), own);
        let granted = policy.grants(&id, &registry("here"));
        assert_eq!(granted.check_npm("good"), Ok(()));
        assert!(granted.check_npm("evil").is_err());
        for origin in [registry("there"), ExtensionOrigin::Program] {
            assert_eq!(policy.grants(&id, &origin), Grants::none());
        }
        assert_eq!(
            policy.grants(&"two".parse().unwrap(), &registry("here")),
            Grants::none()
        );

        for (asked, coverage, reason) in [
            (npm("good"), Coverage::Full, Reason::Allowed(npm("*"))),
            (npm("evil"), Coverage::None, Reason::Denied(npm("evil"))),
            (npm("*"), Coverage::Partial, Reason::Denied(npm("evil"))),
            (http("*"), Coverage::Partial, Reason::Allowed(http("*.org"))),
            (http("a.com"), Coverage::None, Reason::All),
        ] {
            let decision = policy.decision(&id, &registry("here"), &asked);
            assert_eq!(decision, Decision { coverage, reason }, "{asked}");
        }
    }

    #[test]
    fn a_profile_of_its_own_takes_the_place_of_what_all_are_granted() {
        let id: ExtensionId = "one".parse().unwrap();
        let origin = ExtensionOrigin::Program;
        let mut policy = Policy::default();
        let own = ExtensionPolicy {
            profile: Some(Profile::Strict),
            ..ExtensionPolicy::default()
        };
        policy.set(id.clone(), origin.clone(), own);
        assert_eq!(policy.grants(&id, &origin), Grants::none());
        let decision = policy.decision(&id, &origin, &npm("x"));
        assert_eq!(decision.reason, Reason::OwnProfile(Profile::Strict));
        assert_eq!(
            policy.grants(&"two".parse().unwrap(), &origin),
            Grants::all()
        );
    }
}
