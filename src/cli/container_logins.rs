//! The user's logins at container registries, as Docker's configuration has them, by itself or by the program that it names.
//!
//! The configuration is read by `docker_credential`, which would wait for such a program for as long as it likes: so which
//! one is asked is found here, in Docker's order, and it is asked here.

use std::{io, path::PathBuf, process::Command, time::Duration};

use annexe::{
    SearchPath, one_line,
    registry::{BoxError, ContainerLogin, ContainerLogins},
};
use docker_credential::{CredentialRetrievalError as Failure, DockerCredential};
use serde::Deserialize;
use serde_json::Value;

use super::{
    failure::Complaint,
    paths,
    program_answer::{self, Patience},
};

/// The largest configuration of Docker's that is read, in bytes: they have some hundred.
const MOST_BYTES: u64 = 1 << 20;

/// The most bytes of a program's answer: it is a name and a token.
const MOST_ANSWER_BYTES: u64 = 64 << 10;

/// The longest time that a program may take, which may ask the user for a password meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);

/// After which time the user hears what is waited for.
const NOTICE: Duration = Duration::from_secs(2);

/// The names of the programs begin so.
const PROGRAM: &str = "docker-credential-";

/// The keys of the configuration that name programs: for each host, and for all others.
const HELPERS: &str = "credHelpers";
const STORE: &str = "credsStore";

/// The key that credentials of Docker Hub are kept under.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// The answer of a program.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// The logins of Docker's configuration.
#[derive(Debug)]
pub struct DockerLogins {
    configuration: PathBuf,
    /// The longest time that a program may take.
    patience: Duration,
}

impl DockerLogins {
    /// Those of the user's configuration; `None` for a user without a home.
    pub fn of_user() -> Option<Self> {
        let configuration = paths::docker_configuration()?;
        Some(Self {
            configuration,
            patience: PATIENCE,
        })
    }

    fn find(&self, server: &str) -> Result<Option<ContainerLogin>, BoxError> {
        // It says which program is run, so that nobody else may be able to change it.
        let Some(text) = annexe::read_user_file(&self.configuration, MOST_BYTES)? else {
            return Ok(None);
        };
        let Ok(Value::Object(mut configuration)) = serde_json::from_str(&text) else {
            return Err(self.unreadable().into());
        };
        let name = |it: &Value| it.as_str().filter(|it| !it.is_empty()).map(str::to_owned);
        let mut take = |key| configuration.remove(key).unwrap_or_default();
        let (helpers, store) = (take(HELPERS), take(STORE));
        if let Some(helper) = name(&helpers[server]) {
            return self.ask(&helper, server);
        }
        // Without the programs it asks none.
        let text = Value::Object(configuration).to_string();
        match docker_credential::get_credential_from_reader(text.as_bytes(), server) {
            Ok(DockerCredential::UsernamePassword(user, password)) => {
                Ok(Some(login(user, password)))
            }
            Ok(DockerCredential::IdentityToken(token)) => {
                Ok(Some(ContainerLogin::IdentityToken(token)))
            }
            Err(Failure::NoCredentialConfigured) => match name(&store) {
                Some(store) => self.ask(&store, server),
                None => Ok(None),
            },
            Err(_) => Err(self.unreadable().into()),
        }
    }

    /// Asks a program for the login at a host.
    fn ask(&self, helper: &str, server: &str) -> Result<Option<ContainerLogin>, BoxError> {
        let name = format!("{PROGRAM}{helper}");
        match SearchPath::of_process().find(&name) {
            Some(program) => self.ask_program(&name, Command::new(program).arg("get"), server),
            None => Err(self.complaint(&name, "is not on `PATH`").into()),
        }
    }

    fn ask_program(
        &self,
        name: &str,
        command: &mut Command,
        server: &str,
    ) -> Result<Option<ContainerLogin>, BoxError> {
        let complaint = |problem: &str| self.complaint(name, problem);
        let tell = || {
            let program = one_line(name, 80);
            tracing::warn!("waiting for `{program}`, which has the login at `{server}`");
        };
        let patience = Patience {
            time: self.patience,
            notice: Some((NOTICE, &tell)),
            most_bytes: MOST_ANSWER_BYTES,
        };
        let answered = program_answer::answer(command, server, &patience);
        let output = answered.map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => {
                let seconds = self.patience.as_secs();
                complaint(&format!("has not answered within {seconds} seconds"))
            }
            io::ErrorKind::FileTooLarge => complaint("answers more than a login"),
            _ => complaint(&format!("cannot be run: {error}")),
        })?;
        if output.status.success() {
            let answer: Result<Answer, _> = serde_json::from_slice(&output.stdout);
            let answer = answer.map_err(|_| complaint("answers something else than a login"))?;
            return Ok(Some(login(answer.username, answer.secret)));
        }
        // What it has printed may be secret, but for this.
        if String::from_utf8_lossy(&output.stdout).contains("credentials not found") {
            return Ok(None);
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(complaint(&format!("failed: {}", one_line(told.trim(), 200))).into())
    }

    fn complaint(&self, program: &str, problem: &str) -> Complaint {
        let (program, named_by) = (one_line(program, 80), self.configuration.display());
        Complaint::new(format!("`{program}`, which `{named_by}` names, {problem}"))
    }

    fn unreadable(&self) -> Complaint {
        let configuration = self.configuration.display();
        Complaint::new(format!(
            "`{configuration}` cannot be read as a configuration of Docker"
        ))
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

/// A login by a name, or by a token: that is how one is told.
fn login(user: String, password: String) -> ContainerLogin {
    match user.as_str() {
        "<token>" => ContainerLogin::IdentityToken(password),
        _ => ContainerLogin::Password { user, password },
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_never_answers_is_named() {
        let logins = DockerLogins {
            configuration: "/docker.json".into(),
            patience: Duration::ZERO,
        };
        let tail = SearchPath::of_process().find("tail").unwrap();
        let mut command = Command::new(tail);
        command.args(["-f", "/dev/null"]);
        let answered = logins.ask_program("docker-credential-x", &mut command, "a.example");
        let Err(error) = answered else {
            panic!("it has a login");
        };
        let error = error.to_string();
        assert_eq!(
            error,
            "`docker-credential-x`, which `/docker.json` names, has not answered within 0 seconds"
        );
    }
}
