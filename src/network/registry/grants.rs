//! What each extension is granted, by the registry that it comes from.

use super::{identity::RegistryId, location::Location, sources::RegistryConfiguration};
use crate::{
    base::types::ExtensionOrigin,
    package::capability::{Capability, GrantsEntry, GrantsFile, Policy, Profile},
};

impl GrantsFile {
    /// What each extension is granted, where `all` is what all are, and these are the registries.
    ///
    /// A name under which there is no registry may be what one called itself when an earlier version of this
    /// program wrote the entry. Until it is known which one that was, what the entry denies is denied to all
    /// that it may have been, and what it allows is allowed to none.
    pub fn policy(self, all: Profile, registries: &[RegistryConfiguration]) -> Policy {
        let mut policy = Policy::from(all);
        for GrantsEntry {
            id, origin, own, ..
        } in &self.extension
        {
            policy.set(id.clone(), origin.clone(), own.clone());
        }
        let unnamed = registries
            .iter()
            .filter(|one| one.name.is_none() && one.location != Location::Embedded);
        let unnamed: Vec<RegistryId> = unnamed
            .map(|one| RegistryId::of_location(&one.location))
            .collect();
        for GrantsEntry {
            id, origin, own, ..
        } in self.extension
        {
            let ExtensionOrigin::Registry(name) = origin else {
                continue;
            };
            let is_known = name.contains(['/', ':'])
                || name == RegistryId::embedded().as_str()
                || registries
                    .iter()
                    .any(|one| one.name.as_ref() == Some(&name));
            let unnamed = unnamed.iter().filter(|_| !is_known).cloned();
            // One that has got a name since is the same one still.
            let by_name = registries.iter().filter(|one| {
                one.name.is_some() && RegistryId::of_location(&one.location).as_str() == name
            });
            let by_name = by_name.filter_map(|one| one.id().ok());
            let unknown = [RegistryId::unknown(&name)];
            for other in unnamed.chain(unknown).chain(by_name) {
                let origin = ExtensionOrigin::Registry(other.to_string());
                let mut stricter = policy.own(&id, &origin).cloned().unwrap_or_default();
                let denied = own.deny.iter().filter(|it| !stricter.deny.contains(it));
                let denied: Vec<Capability> = denied.cloned().collect();
                stricter.deny.extend(denied);
                let is_strict = |profile: &Profile| *profile == Profile::Strict;
                stricter.profile = stricter.profile.or(own.profile.filter(is_strict));
                if !stricter.is_empty() {
                    policy.set(id.clone(), origin, stricter);
                }
            }
        }
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_granted_is_read_with_where_the_extension_comes_from() {
        let text = "[[extension]]\nid = 'one'\nregistry = 'r'\nprofile = 'strict'\n\
                    allow = [{ kind = 'http', host = 'a.org' }]\n\
                    [[extension]]\nid = 'one'\nfolder = '/src/one'\ndeny = []\n";
        let grants = GrantsFile::parse(text).unwrap();
        let id = "one".parse().unwrap();
        let registry = ExtensionOrigin::Registry("r".into());
        assert_eq!(grants.origins(&id).len(), 2);
        let policy = grants.policy(Profile::Default, &[]);
        let own = policy.own(&id, &registry).unwrap();
        assert_eq!(own.profile, Some(Profile::Strict));
        assert_eq!(policy.grants(&id, &registry).capabilities().len(), 1);
    }

    #[test]
    fn what_was_denied_to_one_that_is_not_known_any_more_is_denied_to_all_that_it_may_have_been() {
        let text = "[[extension]]\nid = 'one'\nregistry = 'corp'\n\
                    allow = [{ kind = 'http', host = 'a.org' }]\n\
                    deny = [{ kind = 'http', host = 'b.org' }]\n";
        let of = |registries: &[RegistryConfiguration], origin: &str| {
            let id = "one".parse().unwrap();
            let policy = GrantsFile::parse(text)
                .unwrap()
                .policy(Profile::Default, registries);
            let own = policy.own(&id, &ExtensionOrigin::Registry(origin.into()));
            own.map(|own| (own.allow.len(), own.deny.len()))
        };
        let unnamed: RegistryConfiguration =
            "https://corp.example/".parse::<Location>().unwrap().into();
        let named = RegistryConfiguration {
            name: Some("corp".into()),
            ..unnamed.clone()
        };
        let place = "https://corp.example/";
        assert_eq!(of(std::slice::from_ref(&unnamed), place), Some((0, 1)));
        assert_eq!(of(&[unnamed], "unknown:corp"), Some((0, 1)));
        assert_eq!(of(std::slice::from_ref(&named), place), None);
        assert_eq!(of(&[named], "corp"), Some((1, 1)));
    }

    #[test]
    fn what_was_denied_to_a_registry_without_a_name_is_denied_when_it_has_one() {
        let text = "[[extension]]\nid = 'one'\nregistry = 'https://corp.example/'\n\
                    allow = [{ kind = 'http', host = 'a.org' }]\n\
                    deny = [{ kind = 'http', host = 'b.org' }]\n";
        let named = RegistryConfiguration {
            name: Some("corp".into()),
            ..RegistryConfiguration::from("https://corp.example/".parse::<Location>().unwrap())
        };
        let policy = GrantsFile::parse(text)
            .unwrap()
            .policy(Profile::Default, &[named]);
        let of = |origin: &str| {
            let id = "one".parse().unwrap();
            let own = policy.own(&id, &ExtensionOrigin::Registry(origin.into()));
            own.map(|own| (own.allow.len(), own.deny.len()))
        };
        assert_eq!(of("corp"), Some((0, 1)));
        assert_eq!(of("https://corp.example/"), Some((1, 1)));
    }
}
