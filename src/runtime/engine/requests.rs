//! `wasi:http` is linked, since JavaScript and Python guests import it even where they never use it,
//! and every request is denied.

use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// Hooks of `wasi:http` that deny every request.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoRequests;

type Transmission = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for NoRequests {
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Transmission,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Transmission), Error>> + Send>
    {
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }
}
