//! `wasi:http` is linked, since JavaScript and Python guests import it even where they never use it,
//! and every request is denied.

use std::sync::Arc;

use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::monitor::Monitor;
use crate::runtime::services::HostFailure;

/// Hooks of `wasi:http` that deny every request, and keep that for whoever asks why the call failed.
#[derive(Debug, Clone)]
pub(super) struct NoRequests(pub(super) Arc<Monitor>);

type Transmission = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for NoRequests {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Transmission,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Transmission), Error>> + Send>
    {
        let host = request.uri().host().unwrap_or_default();
        self.0.note(HostFailure::refusal(
            "wasi:http",
            format!("no request is sent to `{host}` in this way"),
            "the extension's author can send it with `http-client` of the API",
        ));
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }
}
