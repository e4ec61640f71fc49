//! A client of one container registry: what it is asked is asked with the token that it wants.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::{
    address::OciAddress,
    challenge::Challenge,
    login::{ContainerLogin, ContainerLogins},
    manifest::{MANIFEST_TYPE, MAX_MANIFEST_BYTES, Manifest},
};
use crate::base::digest::Sha256Digest;
use crate::network::{
    http::{Permission, Request, Validator, is_plain, plain},
    registry::{
        access::Access,
        source::{HttpClient, Reading, SourceError},
    },
};

/// The largest answer to a request for a token, in bytes: they have some thousand.
const MAX_TOKEN_BYTES: u64 = 64 << 10;

/// The lifetime of a token whose registry does not say.
const TOKEN_LIFE: Duration = Duration::from_secs(60);

/// The header that says the digest of a manifest.
const DIGEST: &str = "docker-content-digest";

/// The rights needed in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::network::registry) enum Rights {
    Pull,
    Push,
}

/// A client of one container registry.
#[derive(Debug)]
pub(in crate::network::registry) struct Session {
    client: HttpClient,
    host: String,
    api: Url,
    logins: Option<Arc<dyn ContainerLogins>>,
    /// The way one is let in; `None` where anybody is.
    challenge: OnceCell<Option<Challenge>>,
    login: OnceCell<Option<ContainerLogin>>,
    tokens: Mutex<HashMap<(String, Rights), Token>>,
}

#[derive(Debug, Clone)]
struct Token {
    header: HeaderValue,
    until: Instant,
}

/// The answer to a request for a token.
#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl Session {
    pub(in crate::network::registry) fn new(
        address: &OciAddress,
        access: &Access,
        client: HttpClient,
    ) -> Self {
        Self {
            client,
            host: address.host().to_owned(),
            api: address.api().clone(),
            logins: access.container_logins.clone(),
            challenge: OnceCell::new(),
            login: OnceCell::new(),
            tokens: Mutex::default(),
        }
    }

    /// The address of something in a repository: `manifests/<tag>`, `blobs/<digest>`.
    ///
    /// # Errors
    /// [`SourceError::InvalidPath`] where it would be elsewhere.
    pub(in crate::network::registry) fn url(
        &self,
        repository: &str,
        rest: &str,
    ) -> Result<Url, SourceError> {
        let path = format!("{repository}/{rest}");
        match self.api.join(&path) {
            Ok(url) if url.path() == format!("/v2/{path}") => Ok(url),
            _ => Err(SourceError::InvalidPath { path }),
        }
    }

    /// The manifest that a tag leads to, unless it is still what `known` says; `None` where there is no such tag.
    ///
    /// # Errors
    /// Where it cannot be read, and where it is not one.
    pub(in crate::network::registry) async fn manifest(
        &self,
        repository: &str,
        tag: &str,
        rights: Rights,
        known: Option<&Validator>,
    ) -> Result<Option<Answer>, SourceError> {
        let url = self.url(repository, &format!("manifests/{tag}"))?;
        let mut headers = self.headers(repository, rights).await?;
        headers.insert(ACCEPT, HeaderValue::from_static(MANIFEST_TYPE));
        let client = self.client.clone().with_headers(headers);
        match client.read(&url, MAX_MANIFEST_BYTES, known).await {
            Ok(Reading::Unchanged) => Ok(Some(Answer::Unchanged)),
            Ok(Reading::Content { content, validator }) => {
                let manifest = serde_json::from_slice::<Manifest>(&content);
                let manifest = manifest.map_err(|error| SourceError::NotAnArtifact {
                    location: plain(&url),
                    source: error.into(),
                })?;
                Ok(Some(Answer::Manifest {
                    manifest: Arc::new(manifest),
                    sha256: Sha256Digest::of(&content),
                    validator,
                }))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The digest of the manifest that a tag leads to, without the manifest; `None` where there is no such tag, and where
    /// the container registry does not say it.
    ///
    /// # Errors
    /// Where no answer came.
    pub(in crate::network::registry) async fn digest(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<Sha256Digest>, SourceError> {
        let url = self.url(repository, &format!("manifests/{tag}"))?;
        let mut request = Request::get(url);
        request.method = Method::HEAD;
        request.headers = self.headers(repository, Rights::Push).await?;
        let kind = HeaderValue::from_static(MANIFEST_TYPE);
        request.headers.insert(ACCEPT, kind);
        request.permission = Permission::NAMED;
        request.with_credentials = true;
        let response = self.client.answer(request).await?;
        let digest = response.headers().get(DIGEST);
        let digest = digest.filter(|_| response.status().is_success());
        let text = digest.and_then(|digest| digest.to_str().ok()?.strip_prefix("sha256:"));
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// A client that is let into a repository.
    ///
    /// # Errors
    /// Where no token can be had.
    pub(in crate::network::registry) async fn client(
        &self,
        repository: &str,
    ) -> Result<HttpClient, SourceError> {
        let headers = self.headers(repository, Rights::Pull).await?;
        Ok(self.client.clone().with_headers(headers))
    }

    /// Sends a request that changes a repository, or looks whether it must be changed. Its answer may be a refusal.
    ///
    /// # Errors
    /// Where no answer came.
    pub(in crate::network::registry) async fn send(
        &self,
        repository: &str,
        method: Method,
        url: Url,
        body: Option<(&'static str, bytes::Bytes)>,
    ) -> Result<Response, SourceError> {
        let mut request = Request::get(url);
        request.method = method;
        // An upload may go on elsewhere, where the token is not for.
        let is_here = request.url.origin() == self.api.origin();
        if is_here {
            request.headers = self.headers(repository, Rights::Push).await?;
            request.permission = Permission::NAMED;
        }
        request.with_credentials = is_here;
        if let Some((kind, content)) = body {
            let kind = HeaderValue::from_static(kind);
            request.headers.insert(CONTENT_TYPE, kind);
            request.body = Some(content);
        }
        self.client.answer(request).await
    }

    /// The headers of a request in a repository.
    async fn headers(&self, repository: &str, rights: Rights) -> Result<HeaderMap, SourceError> {
        let mut headers = HeaderMap::new();
        let challenge = self.challenge.get_or_try_init(|| self.ask_for_challenge());
        let authorization = match challenge.await? {
            None => None,
            Some(Challenge::Basic) => self.password().await?,
            Some(Challenge::Bearer { realm, service }) => {
                let token = self.token(repository, rights, realm, service.as_deref());
                Some(token.await?)
            }
        };
        headers.extend(authorization.map(|value| (AUTHORIZATION, value)));
        Ok(headers)
    }

    /// Asks how one is let in. Whoever a redirect leads to does not say that: the login would go wherever it likes.
    async fn ask_for_challenge(&self) -> Result<Option<Challenge>, SourceError> {
        let mut request = Request::get(self.api.clone());
        request.permission = Permission::NAMED;
        let response = self.client.answer(request).await?;
        let is_its_own = response.url().origin() == self.api.origin();
        if response.status() != StatusCode::UNAUTHORIZED || !is_its_own {
            return Ok(None);
        }
        let headers = response.headers().get_all(WWW_AUTHENTICATE);
        let texts = headers.iter().filter_map(|value| value.to_str().ok());
        Ok(texts.filter_map(Challenge::parse).next())
    }

    async fn login(&self) -> Result<Option<&ContainerLogin>, SourceError> {
        let ask = async || {
            let Some(logins) = self.logins.clone() else {
                return Ok(None);
            };
            let host = self.host.clone();
            let asking = tokio::task::spawn_blocking(move || logins.login(&host));
            let asked = asking.await.map_err(|error| SourceError::stopped(&error))?;
            asked.map_err(|source| SourceError::Login {
                host: self.host.clone(),
                source,
            })
        };
        Ok(self.login.get_or_try_init(ask).await?.as_ref())
    }

    /// The header of a name and a password.
    async fn password(&self) -> Result<Option<HeaderValue>, SourceError> {
        Ok(match self.login().await? {
            Some(ContainerLogin::Password { user, password }) => Some(basic(user, password)?),
            Some(ContainerLogin::IdentityToken(token)) => Some(secret("Bearer", token)?),
            None => None,
        })
    }

    /// A token for a repository, as it was had before or is had now.
    async fn token(
        &self,
        repository: &str,
        rights: Rights,
        realm: &str,
        service: Option<&str>,
    ) -> Result<HeaderValue, SourceError> {
        let key = (repository.to_owned(), rights);
        let known = self.lock().get(&key).cloned();
        if let Some(known) = known.filter(|token| token.until > Instant::now()) {
            return Ok(known.header);
        }
        let token = self
            .ask_for_token(repository, rights, realm, service)
            .await?;
        let header = token.header.clone();
        self.lock().insert(key, token);
        Ok(header)
    }

    async fn ask_for_token(
        &self,
        repository: &str,
        rights: Rights,
        realm: &str,
        service: Option<&str>,
    ) -> Result<Token, SourceError> {
        let mut url = Url::parse(realm).map_err(|error| SourceError::Redirect {
            location: plain(&self.api),
            source: error.into(),
        })?;
        let location = plain(&url);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SourceError::Scheme { location });
        }
        // Whoever is on the way would read the login, or the token.
        if is_plain(&url) {
            return Err(SourceError::InsecureCredentials { location });
        }
        let actions = match rights {
            Rights::Pull => "pull",
            Rights::Push => "pull,push",
        };
        let scope = format!("repository:{repository}:{actions}");
        let mut headers = HeaderMap::new();
        let mut form = None;
        match self.login().await? {
            Some(ContainerLogin::Password { user, password }) => {
                headers.insert(AUTHORIZATION, basic(user, password)?);
            }
            Some(ContainerLogin::IdentityToken(token)) => {
                let mut body = url::form_urlencoded::Serializer::new(String::new());
                body.append_pair("grant_type", "refresh_token")
                    .append_pair("client_id", "annexe")
                    .append_pair("refresh_token", token)
                    .append_pair("scope", &scope);
                if let Some(service) = service {
                    body.append_pair("service", service);
                }
                form = Some(body.finish());
            }
            None => {}
        }
        let mut request = Request::get(url.clone());
        match form {
            Some(form) => {
                let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
                headers.insert(CONTENT_TYPE, kind);
                request.method = Method::POST;
                request.body = Some(form.into());
            }
            None => {
                let mut query = url.query_pairs_mut();
                if let Some(service) = service {
                    query.append_pair("service", service);
                }
                query.append_pair("scope", &scope);
                drop(query);
                request.url = url;
            }
        }
        if request.url.host() == self.api.host() {
            request.permission = Permission::NAMED;
        }
        request.headers = headers;
        let response = self.client.answer(request).await?;
        let content = self
            .client
            .body(response, &location, MAX_TOKEN_BYTES)
            .await?;
        let not_a_token = |source| SourceError::NotAnArtifact {
            location: location.clone(),
            source,
        };
        let answer: TokenAnswer =
            serde_json::from_slice(&content).map_err(|error| not_a_token(error.into()))?;
        let token = answer.token.or(answer.access_token);
        let token = token.ok_or_else(|| not_a_token("it has no token".into()))?;
        let life = answer.expires_in.map_or(TOKEN_LIFE, Duration::from_secs);
        Ok(Token {
            header: secret("Bearer", &token)?,
            // Not one that ends on the way.
            until: Instant::now() + life.min(Duration::from_secs(3600)) * 3 / 4,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, Rights), Token>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to the question what a tag leads to.
pub(in crate::network::registry) enum Answer {
    /// The manifest that is known already.
    Unchanged,
    Manifest {
        manifest: Arc<Manifest>,
        /// The digest of the manifest as it came.
        sha256: Sha256Digest,
        validator: Option<Validator>,
    },
}

fn basic(user: &str, password: &str) -> Result<HeaderValue, SourceError> {
    secret("Basic", &STANDARD.encode(format!("{user}:{password}")))
}

/// A header that is never shown.
fn secret(scheme: &str, text: &str) -> Result<HeaderValue, SourceError> {
    let mut header =
        HeaderValue::from_str(&format!("{scheme} {text}")).map_err(|_| SourceError::Login {
            host: "the container registry".into(),
            source: "it has characters that cannot be sent".into(),
        })?;
    header.set_sensitive(true);
    Ok(header)
}
