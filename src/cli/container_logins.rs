//! The user's logins at container registries, as Docker's configuration has them, by itself or by the program that it names.

use std::path::{Path, PathBuf};

use annexe::registry::{BoxError, ContainerLogin, ContainerLogins};
use docker_credential::{CredentialRetrievalError as Failure, DockerCredential};

use super::{failure::Complaint, paths};

/// The largest configuration of Docker's that is read, in bytes: they have some hundred.
const MOST_BYTES: u64 = 1 << 20;

/// The key that credentials of Docker Hub are kept under.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// The logins of Docker's configuration.
#[derive(Debug)]
pub struct DockerLogins {
    configuration: PathBuf,
}

impl DockerLogins {
    /// Those of the user's configuration; `None` for a user without a home.
    pub fn of_user() -> Option<Self> {
        let configuration = paths::docker_configuration()?;
        Some(Self { configuration })
    }

    fn find(&self, server: &str) -> Result<Option<ContainerLogin>, BoxError> {
        // It says which program is run, so that nobody else may be able to change it.
        let Some(text) = annexe::read_user_file(&self.configuration, MOST_BYTES)? else {
            return Ok(None);
        };
        let found = docker_credential::get_credential_from_reader(text.as_bytes(), server);
        match found {
            Ok(DockerCredential::UsernamePassword(user, password)) => {
                // That is how an identity token is told.
                Ok(Some(match user.as_str() {
                    "<token>" => ContainerLogin::IdentityToken(password),
                    _ => ContainerLogin::Password { user, password },
                }))
            }
            Ok(DockerCredential::IdentityToken(token)) => {
                Ok(Some(ContainerLogin::IdentityToken(token)))
            }
            Err(Failure::NoCredentialConfigured | Failure::ConfigNotFound) => Ok(None),
            Err(Failure::HelperFailure { stdout, .. })
                if stdout.contains("credentials not found") =>
            {
                Ok(None)
            }
            Err(failure) => Err(explained(&failure, &self.configuration).into()),
        }
    }
}

impl ContainerLogins for DockerLogins {
    fn login(&self, host: &str) -> Result<Option<ContainerLogin>, BoxError> {
        match host {
            "docker.io" | "index.docker.io" | "registry-1.docker.io" => self.find(DOCKER_HUB),
            host => self.find(host),
        }
    }
}

/// The complaint about a failure, without what a program has printed, which may be secret.
fn explained(failure: &Failure, configuration: &Path) -> Complaint {
    let configuration = configuration.display();
    Complaint::new(match failure {
        Failure::HelperFailure { helper, stderr, .. } => {
            let told = annexe::one_line(stderr.trim(), 200);
            let helper = annexe::one_line(helper, 80);
            format!("`{helper}`, which `{configuration}` names, failed: {told}")
        }
        Failure::HelperCommunicationError => {
            format!("the program that `{configuration}` names for credentials cannot be run")
        }
        Failure::MalformedHelperResponse => {
            format!(
                "the program that `{configuration}` names for credentials answers something else"
            )
        }
        _ => format!("`{configuration}` cannot be read as a configuration of Docker"),
    })
}
