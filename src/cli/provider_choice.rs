//! The choice of the extension that brings a context server or a debug adapter.

use annexe::{
    ErrorKind,
    manifest::Named,
    store::{AllProvided, OmissionReason, Provided},
    suggestion::nearest,
    types::ExtensionId,
};

use super::{
    failure::Complaint,
    not_here,
    preparation::{Disabled, Preparation},
    wording,
};

/// The most names that are listed.
const MOST_NAMES: usize = 20;

impl Preparation {
    /// Finds what all installed extensions bring of a sort, for the folder.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn provided(&self, sort: Named) -> anyhow::Result<AllProvided> {
        let store = self.extensions.store();
        let provided = store.provided(sort, self.project.as_ref()).await?;
        for unreadable in &provided.unreadable {
            let (id, error) = (unreadable.active.id(), &unreadable.error);
            tracing::warn!(extension = %id, %error, "what it brings is not known");
        }
        Ok(provided)
    }

    /// Finds the extension that brings a thing of this name: the one that was `wanted`, the configuration's, or the only
    /// one. `None` where no installed extension brings it.
    ///
    /// # Errors
    /// [`Disabled`] where all that bring it are disabled; a [`Complaint`] where more than one brings it, and where the one
    /// that was wanted does not.
    pub async fn find(
        &self,
        sort: Named,
        name: &str,
        wanted: Option<&ExtensionId>,
    ) -> anyhow::Result<Option<Provided>> {
        let provided = self.provided(sort).await?;
        let bringing: Vec<&Provided> = provided.named(name).collect();
        let configured = self.configuration.chosen(sort).get(name);
        match (wanted.or(configured), bringing.as_slice()) {
            (Some(wanted), all) => {
                let found = all.iter().find(|it| it.extension == *wanted);
                match (found, disabled(sort, name, Some(wanted), &provided)) {
                    (Some(found), _) => Ok(Some((*found).clone())),
                    (None, Some(disabled)) => Err(disabled.into()),
                    (None, None) => Err(not_of(sort, name, wanted, &provided).into()),
                }
            }
            (None, [one]) => Ok(Some((*one).clone())),
            (None, []) => {
                disabled(sort, name, None, &provided).map_or(Ok(None), |it| Err(it.into()))
            }
            (None, several) => Err(ambiguous(sort, name, several).into()),
        }
    }

    /// Finds the extension that brings a thing of this name, as [`Self::find`] does.
    ///
    /// # Errors
    /// As there, and a [`Complaint`] with the way out where no installed extension brings it.
    pub async fn choose(
        &self,
        sort: Named,
        name: &str,
        wanted: Option<&ExtensionId>,
    ) -> anyhow::Result<Provided> {
        match self.find(sort, name, wanted).await? {
            Some(found) => Ok(found),
            None => {
                let provided = self.provided(sort).await?;
                Err(self.missing(sort, name, &provided).await.into())
            }
        }
    }

    /// The error about a name that no installed extension brings.
    async fn missing(&self, sort: Named, name: &str, provided: &AllProvided) -> Complaint {
        let of_extension: Vec<&str> = provided
            .things
            .iter()
            .filter(|it| it.extension.as_str() == name)
            .map(|it| it.name.as_str())
            .collect();
        if !of_extension.is_empty() {
            let message = format!("`{name}` is not a {sort}, but an extension");
            return Complaint::new(message)
                .with_kind(ErrorKind::NotFound)
                .with_hint(its(sort, &of_extension));
        }
        let message = format!("no installed extension brings the {sort} `{name}`");
        let complaint = Complaint::new(message).with_kind(ErrorKind::NotFound);
        if let Some(near) = nearest(name, provided.enabled().map(|it| it.name.as_str())) {
            return complaint.with_hint(format!("did you mean `{near}`?"));
        }
        complaint.with_hint(not_here::providing(sort, name, &self.configuration).await)
    }
}

/// The configuration's table that says which extension brings a thing of a sort.
pub fn table(sort: Named) -> &'static str {
    match sort {
        Named::ContextServer => "context_servers",
        Named::DebugAdapter => "debug_adapters",
        _ => "servers",
    }
}

/// Says that an extension which brings it is disabled, if one is: the one that is wanted, or any.
fn disabled(
    sort: Named,
    name: &str,
    wanted: Option<&ExtensionId>,
    provided: &AllProvided,
) -> Option<Disabled> {
    let mut disabled = provided.disabled(name);
    let (found, reason) =
        disabled.find(|(it, _)| wanted.is_none_or(|wanted| it.extension == *wanted))?;
    let extension = &found.extension;
    let (place, option) = match reason {
        OmissionReason::ExtensionDisabledInProject => (" in this project", " --project"),
        _ => ("", ""),
    };
    let message = format!("`{extension}`, which brings the {sort} `{name}`, is disabled{place}");
    let hint = format!("take it back with `annexe enable {extension}{option}`");
    Some(Disabled(Complaint::new(message).with_hint(hint)))
}

fn not_of(sort: Named, name: &str, wanted: &ExtensionId, provided: &AllProvided) -> Complaint {
    let own: Vec<&str> = provided
        .enabled()
        .filter(|it| it.extension == *wanted)
        .map(|it| it.name.as_str())
        .collect();
    if !own.is_empty() {
        let message = format!("`{wanted}` has no {sort} `{name}`");
        return Complaint::new(message)
            .with_kind(ErrorKind::NotFound)
            .with_hint(its(sort, &own));
    }
    let message = format!("`{wanted}` is not an installed extension that brings `{name}`");
    let bringing: Vec<&ExtensionId> = provided.named(name).map(|it| &it.extension).collect();
    Complaint::new(message)
        .with_kind(ErrorKind::NotFound)
        .with_hint(match bringing.as_slice() {
            [] => format!("`annexe install {wanted}` installs it, if it is one"),
            some => format!("installed and bringing it: {}", wording::list(some)),
        })
}

fn ambiguous(sort: Named, name: &str, several: &[&Provided]) -> Complaint {
    let extensions = wording::list(several.iter().map(|it| &it.extension));
    let first = several.first().map(|it| it.extension.to_string());
    let message = format!("several installed extensions bring the {sort} `{name}`: {extensions}");
    Complaint::new(message).with_hint(format!(
        "write `{}.{name} = \"{}\"` into the configuration, or use --extension",
        table(sort),
        first.unwrap_or_default()
    ))
}

/// Says which things of a sort an extension has.
fn its(sort: Named, names: &[&str]) -> String {
    let quoted = names.iter().take(MOST_NAMES).map(|it| format!("`{it}`"));
    match names.len() {
        1 => format!("its {sort} is {}", wording::list(quoted)),
        _ => format!("its {sort}s are {}", wording::list(quoted)),
    }
}
