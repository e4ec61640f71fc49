//! Mirrors: the order in which a registry's locations are asked, and when the next one is.
//!
//! The main location's word is final where it gives one: a mirror helps only where the main location
//! cannot be had, does not let us in, is behind what it said before, or something else answers in its place.

use super::{config::ConfigError, error::Error, site::Site, source::SourceError};

/// The locations in the order to ask them: those that failed a moment ago last, so that a server
/// that is down costs its time once and not for each of a thousand files.
pub(super) fn in_order(sites: &[Site]) -> Vec<&Site> {
    let (resting, mut order): (Vec<&Site>, Vec<&Site>) = sites.iter().partition(|it| it.rests());
    order.extend(resting);
    order
}

/// The failures of the locations asked so far.
#[derive(Default)]
pub(super) struct Failures {
    /// The main location's error if there is one, else the first mirror's.
    told: Option<Error>,
}

impl Failures {
    /// Takes note of an error, after which the next location is asked; gives it back if none should
    /// be.
    pub(super) fn note(&mut self, site: &Site, error: Error) -> Result<(), Error> {
        if is_final(site, &error) {
            return Err(error);
        }
        self.keep(site, error);
        Ok(())
    }

    /// Takes note of an error that does not keep others from being asked.
    pub(super) fn keep(&mut self, site: &Site, error: Error) {
        tracing::debug!(location = site.location(), %error, "a registry's location fails");
        let is_behind = matches!(error, Error::Stale { .. } | Error::OlderCatalogue(_));
        if error.is_temporary() && !is_behind {
            site.has_failed();
        }
        if site.is_main || self.told.is_none() {
            self.told = Some(error);
        }
    }

    /// The error to report once no location is left to ask for `what`.
    pub(super) fn into_error(self, what: &str) -> Error {
        self.told.unwrap_or_else(|| {
            Error::Source(SourceError::NotFound {
                location: what.to_owned(),
            })
        })
    }
}

/// Whether no other location is to be asked: the error is none of the way to this one, but what the registry says itself,
/// or of this machine. Whatever else may answer in a registry's place says nothing of it.
fn is_final(site: &Site, error: &Error) -> bool {
    match error {
        Error::OtherName { .. } | Error::Rewritten { .. } | Error::Write { .. } => true,
        Error::Config {
            source: ConfigError::Syntax(_),
            ..
        } => false,
        Error::NoRegistry { .. }
        | Error::Config { .. }
        | Error::TooLarge { .. }
        | Error::DigestMismatch { .. }
        | Error::Source(SourceError::NotFound { .. } | SourceError::InvalidPath { .. }) => {
            site.is_main
        }
        _ => false,
    }
}
