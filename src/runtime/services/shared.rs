//! The state that the services of all extensions of a host share.

use std::sync::OnceLock;

use super::{
    ServiceResult,
    cache::{Answers, Flights},
    github::{Published, RateLimit},
    options::ServiceOptions,
    process::Runner,
};
use crate::{base::search_path::SearchPath, network::http::Exchange};

/// The state that the services of all extensions share.
#[derive(Debug)]
pub(crate) struct SharedServices {
    pub(crate) options: ServiceOptions,
    pub(crate) answers: Answers,
    /// What is asked just now of what is known.
    pub(crate) flights: Flights,
    /// Until when GitHub is not asked.
    pub(crate) rate_limit: RateLimit,
    /// What GitHub has said of files.
    pub(crate) published: Published,
    exchange: OnceLock<Exchange>,
    /// Runs their programs.
    pub(crate) runner: Runner,
    /// Where programs are looked up that they name.
    pub(crate) search_path: SearchPath,
}

impl SharedServices {
    pub(crate) fn new(options: ServiceOptions) -> Self {
        Self {
            answers: Answers::new(options.answers.clone()),
            flights: Flights::default(),
            rate_limit: RateLimit::default(),
            published: Published::default(),
            exchange: OnceLock::new(),
            runner: Runner::new(options.processes.clone()),
            search_path: match &options.search_path {
                Some(variable) => SearchPath::new(variable),
                None => SearchPath::of_process(),
            },
            options,
        }
    }

    /// The client of all requests, made with the first of them: it reads the system's certificates.
    ///
    /// # Errors
    /// [`RequestError::Client`](crate::network::http::RequestError::Client) if there are none.
    pub(crate) fn exchange(&self) -> ServiceResult<&Exchange> {
        if let Some(exchange) = self.exchange.get() {
            return Ok(exchange);
        }
        let mut options = self.options.http.clone();
        options.configured.extend(self.options.github.api.clone());
        let rules = self.options.tools.download.iter();
        options
            .configured
            .extend(rules.map(|rule| rule.to().clone()));
        let exchange = Exchange::new(&options)?;
        Ok(self.exchange.get_or_init(|| exchange))
    }
}
