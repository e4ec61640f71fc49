//! The fields of a header, in our own words.

use crate::entry::Entry;

const fn field(
    term: &'static str,
    title: &'static str,
    source: &'static str,
    text: &'static str,
) -> Entry {
    Entry {
        term,
        title,
        source,
        text,
    }
}

const HTTP: &str = "RFC 9110";
const CACHING: &str = "RFC 9111";
const FETCH: &str = "the Fetch standard";

const REQUEST: &str = "request field";
const RESPONSE: &str = "response field";
const BOTH: &str = "request and response field";

/// The fields that are met most, in alphabetical order.
pub const FIELDS: [Entry; 60] = [
    field(
        "Accept",
        REQUEST,
        HTTP,
        "The media types the client would like, with weights: `text/html, application/json;q=0.8`. In a response, those the resource takes.",
    ),
    field(
        "Accept-Encoding",
        REQUEST,
        HTTP,
        "The codings of content the client can undo: `gzip, br`. `identity` is none at all.",
    ),
    field(
        "Accept-Language",
        REQUEST,
        HTTP,
        "The natural languages the person prefers: `de, en;q=0.7`.",
    ),
    field(
        "Accept-Ranges",
        RESPONSE,
        HTTP,
        "Whether parts may be asked for: `bytes`, or `none`.",
    ),
    field(
        "Access-Control-Allow-Credentials",
        RESPONSE,
        FETCH,
        "`true` lets a page of another origin see an answer to a request with cookies.",
    ),
    field(
        "Access-Control-Allow-Headers",
        RESPONSE,
        FETCH,
        "The request fields a page of another origin may set; the answer to a preflight request.",
    ),
    field(
        "Access-Control-Allow-Methods",
        RESPONSE,
        FETCH,
        "The methods a page of another origin may use; the answer to a preflight request.",
    ),
    field(
        "Access-Control-Allow-Origin",
        RESPONSE,
        FETCH,
        "The one origin whose pages may read the answer, or `*` for any, where no credentials are sent.",
    ),
    field(
        "Age",
        RESPONSE,
        CACHING,
        "The seconds since the origin made or confirmed the answer. Where it is there, a cache has answered.",
    ),
    field(
        "Allow",
        RESPONSE,
        HTTP,
        "The methods the resource has: `GET, HEAD`. A 405 must bring it.",
    ),
    field(
        "Alt-Svc",
        RESPONSE,
        "RFC 7838",
        "Where else the same origin can be had, mostly by a newer protocol: `h3=\":443\"; ma=86400`.",
    ),
    field(
        "Authorization",
        REQUEST,
        HTTP,
        "The client's credentials: a scheme and what belongs to it, as in `Bearer …`. A shared cache mostly keeps no answer to it.",
    ),
    field(
        "Cache-Control",
        BOTH,
        CACHING,
        "How long and by whom it may be kept: `max-age=60`, `public`, `private`, `no-cache` (ask again before use), `no-store` (do not keep).",
    ),
    field(
        "Connection",
        BOTH,
        HTTP,
        "What concerns this connection alone, and goes no further: names of fields, `close`, `keep-alive`. HTTP/2 and later forbid it.",
    ),
    field(
        "Content-Disposition",
        RESPONSE,
        "RFC 6266",
        "Whether to show it (`inline`) or to save it, and by what name: `attachment; filename=\"report.pdf\"`.",
    ),
    field(
        "Content-Encoding",
        BOTH,
        HTTP,
        "How the content is coded, in the order that was done: `gzip`. Once undone, it is of the `Content-Type`.",
    ),
    field(
        "Content-Language",
        BOTH,
        HTTP,
        "The natural language of those it is for.",
    ),
    field(
        "Content-Length",
        BOTH,
        HTTP,
        "The content's length in bytes. It never goes with `Transfer-Encoding`: a message with both may be an attack.",
    ),
    field(
        "Content-Location",
        BOTH,
        HTTP,
        "The address of this very representation, where it is not the one requested.",
    ),
    field(
        "Content-Range",
        RESPONSE,
        HTTP,
        "Which part of the whole this is: `bytes 0-99/1234`.",
    ),
    field(
        "Content-Security-Policy",
        RESPONSE,
        "the CSP standard",
        "What a page may load and run, and from where: `default-src 'self'`. It limits the harm of injected scripts.",
    ),
    field(
        "Content-Type",
        BOTH,
        HTTP,
        "The content's media type: `text/html; charset=utf-8`.",
    ),
    field(
        "Cookie",
        REQUEST,
        "RFC 6265",
        "The cookies for this host and path: `a=1; b=2`.",
    ),
    field(
        "Date",
        BOTH,
        HTTP,
        "When the message was made: `Sun, 06 Nov 1994 08:49:37 GMT`.",
    ),
    field(
        "ETag",
        RESPONSE,
        HTTP,
        "A name for this state of the representation, in quotes; `W/` before it marks one that is only roughly the same.",
    ),
    field(
        "Expect",
        REQUEST,
        HTTP,
        "What the server must be able to do; in practice `100-continue`: the client waits for a 100 before it sends the content.",
    ),
    field(
        "Expires",
        RESPONSE,
        CACHING,
        "The time from which it is stale. `max-age` of `Cache-Control` overrules it; `0` means stale already.",
    ),
    field(
        "Forwarded",
        REQUEST,
        "RFC 7239",
        "What proxies have hidden: `for=192.0.2.1;proto=https;host=example.org`. Whoever sends it can make it up.",
    ),
    field(
        "From",
        REQUEST,
        HTTP,
        "The mail address of the person behind the client; a crawler should send it.",
    ),
    field(
        "Host",
        REQUEST,
        HTTP,
        "The host and port of the address, as one server may have many. HTTP/2 and later send `:authority` instead.",
    ),
    field(
        "If-Match",
        REQUEST,
        HTTP,
        "Do it only if the entity tag is one of these, or with `*` if there is anything; else 412. It keeps a change of another from being lost.",
    ),
    field(
        "If-Modified-Since",
        REQUEST,
        HTTP,
        "Send it only if it has changed since; else 304. `If-None-Match` overrules it.",
    ),
    field(
        "If-None-Match",
        REQUEST,
        HTTP,
        "Send it only if the entity tag is none of these; else 304, or 412 where something would change. `*`: only if there is nothing yet.",
    ),
    field(
        "If-Range",
        REQUEST,
        HTTP,
        "Send the part that `Range` asks for if nothing has changed; else the whole.",
    ),
    field(
        "If-Unmodified-Since",
        REQUEST,
        HTTP,
        "Do it only if nothing has changed since; else 412.",
    ),
    field(
        "Keep-Alive",
        BOTH,
        "RFC 2068",
        "How long an idle connection stays open and for how many requests: `timeout=5, max=100`.",
    ),
    field(
        "Last-Modified",
        RESPONSE,
        HTTP,
        "When it was changed last, as the server believes, to the second.",
    ),
    field(
        "Link",
        RESPONSE,
        "RFC 8288",
        "Links of the whole resource: `<https://example.org/?page=2>; rel=\"next\"`.",
    ),
    field(
        "Location",
        RESPONSE,
        HTTP,
        "Where to go after a 3xx, or what a 201 has made; it may be relative.",
    ),
    field(
        "Max-Forwards",
        REQUEST,
        HTTP,
        "How many proxies may still pass on a TRACE or OPTIONS.",
    ),
    field(
        "Origin",
        REQUEST,
        "RFC 6454",
        "The scheme, host and port of the page that asks, or `null`.",
    ),
    field(
        "Proxy-Authenticate",
        RESPONSE,
        HTTP,
        "As `WWW-Authenticate`, from a proxy, with a 407.",
    ),
    field(
        "Proxy-Authorization",
        REQUEST,
        HTTP,
        "As `Authorization`, for the proxy.",
    ),
    field(
        "Range",
        REQUEST,
        HTTP,
        "The part that is wanted: `bytes=0-99`, `bytes=100-`, the last hundred by `bytes=-100`. A server may send the whole all the same.",
    ),
    field(
        "Referer",
        REQUEST,
        HTTP,
        "The address of the page the request comes from, without its fragment. The spelling is a mistake that has stayed.",
    ),
    field(
        "Retry-After",
        RESPONSE,
        HTTP,
        "How long to wait: seconds, or a date. With 429, 503 and redirects.",
    ),
    field(
        "Server",
        RESPONSE,
        HTTP,
        "The server's software. The more it says, the more it helps an attacker.",
    ),
    field(
        "Set-Cookie",
        RESPONSE,
        "RFC 6265",
        "One cookie to keep: `id=1; Secure; HttpOnly; SameSite=Lax`. Several take several fields, and are never joined by commas.",
    ),
    field(
        "Strict-Transport-Security",
        RESPONSE,
        "RFC 6797",
        "Ask this host by HTTPS alone from now on: `max-age=31536000; includeSubDomains`.",
    ),
    field(
        "TE",
        REQUEST,
        HTTP,
        "The transfer codings the client takes; `trailers` says that it reads the fields after the content.",
    ),
    field(
        "Trailer",
        BOTH,
        HTTP,
        "The names of the fields that follow after the content.",
    ),
    field(
        "Transfer-Encoding",
        BOTH,
        "RFC 9112",
        "How the message is coded on this connection, mostly `chunked`. HTTP/2 and later forbid it.",
    ),
    field(
        "Upgrade",
        BOTH,
        HTTP,
        "Protocols to change to, on this connection: `websocket`. HTTP/2 and later forbid it.",
    ),
    field(
        "Upgrade-Insecure-Requests",
        REQUEST,
        "Upgrade Insecure Requests of the W3C",
        "`1` says that the client would rather have the page by HTTPS.",
    ),
    field(
        "User-Agent",
        REQUEST,
        HTTP,
        "The client's software, as products and comments.",
    ),
    field(
        "Vary",
        RESPONSE,
        HTTP,
        "The request fields the answer depends on, which a cache has to compare; `*` means more than fields.",
    ),
    field(
        "Via",
        BOTH,
        HTTP,
        "The proxies the message has passed, with their versions of HTTP: `1.1 cache.example`.",
    ),
    field(
        "WWW-Authenticate",
        RESPONSE,
        HTTP,
        "The schemes by which the client may say who it is: `Bearer realm=\"api\"`. A 401 must bring it.",
    ),
    field(
        "X-Content-Type-Options",
        RESPONSE,
        FETCH,
        "`nosniff`: the content is of the type it is said to be, whatever it looks like.",
    ),
    field(
        "X-Forwarded-For",
        REQUEST,
        "no standard",
        "The addresses of the client and of the proxies it came by, before `Forwarded` was there. Whoever sends it can make it up.",
    ),
];
