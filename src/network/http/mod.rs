//! HTTP: the client for web servers, its settings, and the rules that all requests keep. What is asked
//! of whom is the business of who asks: registries, and the services of extensions.

mod address;
mod answer;
mod client;
mod clients;
mod credentials;
mod exchange;
mod handshake;
mod options;
mod private;
mod reach;
mod redirect;
mod retry;
mod system_trust;
mod validator;

pub(crate) use self::{
    address::{plain, without_credentials},
    answer::{beginning, content_range, retry_after},
    client::ClientError,
    credentials::is_plain,
    exchange::{Exchange, NEVER_HINT, Request, private_hint},
    handshake::handshake_hint,
    private::Permission,
    reach::is_never_asked,
    retry::{Failure, Tries, is_passing},
    validator::{is_too_young, lasting_validator, validator},
};
pub use self::{
    credentials::{Credentials, CredentialsError},
    exchange::RequestError,
    options::HttpOptions,
    private::{PrivateHost, PrivateHostError},
    retry::RetryPolicy,
    validator::Validator,
};
