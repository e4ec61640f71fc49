//! The status codes, in our own words.

use crate::entry::Entry;

const fn code(
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
const WEBDAV: &str = "RFC 4918";
const BINDINGS: &str = "RFC 5842";
const MORE_CODES: &str = "RFC 6585";

/// What the first digit says.
pub const CLASSES: [Entry; 5] = [
    code(
        "1xx",
        "Informational",
        HTTP,
        "The request was received and goes on; the final response follows.",
    ),
    code(
        "2xx",
        "Successful",
        HTTP,
        "The request was received, understood and accepted.",
    ),
    code(
        "3xx",
        "Redirection",
        HTTP,
        "The client has to do something more, mostly to ask elsewhere.",
    ),
    code(
        "4xx",
        "Client error",
        HTTP,
        "The request is wrong, or cannot be met as it is. Sent again unchanged, it fails again.",
    ),
    code(
        "5xx",
        "Server error",
        HTTP,
        "The request seems right, but the server cannot meet it. Sent again later, it may succeed.",
    ),
];

/// Every registered code, in order.
pub const STATUS_CODES: [Entry; 63] = [
    code(
        "100",
        "Continue",
        HTTP,
        "The header is fine so far: the client that sent `Expect: 100-continue` may send the content.",
    ),
    code(
        "101",
        "Switching Protocols",
        HTTP,
        "After this response the connection speaks the protocol that `Upgrade` names, WebSocket for example.",
    ),
    code(
        "102",
        "Processing",
        "RFC 2518",
        "The server works on a request that takes long. Later versions of WebDAV have dropped it.",
    ),
    code(
        "103",
        "Early Hints",
        "RFC 8297",
        "Fields the final response will probably have, such as `Link`, so that the client can begin to load what it will need.",
    ),
    code(
        "200",
        "OK",
        HTTP,
        "The request has succeeded; what the content is depends on the method. It may be cached by default.",
    ),
    code(
        "201",
        "Created",
        HTTP,
        "Something new exists, at the address in `Location` or else at the one requested.",
    ),
    code(
        "202",
        "Accepted",
        HTTP,
        "The request will be worked on later, and may still fail; the content may say where to look.",
    ),
    code(
        "203",
        "Non-Authoritative Information",
        HTTP,
        "As 200, but a proxy on the way has changed the content.",
    ),
    code(
        "204",
        "No Content",
        HTTP,
        "It has succeeded and there is nothing to send. An editor that has just saved stays where it is.",
    ),
    code(
        "205",
        "Reset Content",
        HTTP,
        "It has succeeded; a form that was sent should be emptied for the next entry. There is no content.",
    ),
    code(
        "206",
        "Partial Content",
        HTTP,
        "The part, or the parts, that `Range` asked for; `Content-Range` says which.",
    ),
    code(
        "207",
        "Multi-Status",
        WEBDAV,
        "The content, XML, has a status of its own for each of several resources.",
    ),
    code(
        "208",
        "Already Reported",
        BINDINGS,
        "Inside a 207: the members of this binding were listed earlier in the same answer.",
    ),
    code(
        "226",
        "IM Used",
        "RFC 3229",
        "The answer is a difference from what the client has, made in the way that the field `IM` names.",
    ),
    code(
        "300",
        "Multiple Choices",
        HTTP,
        "There are several representations with addresses of their own; the client or the person picks one.",
    ),
    code(
        "301",
        "Moved Permanently",
        HTTP,
        "It is at `Location` from now on, and links should be changed. Clients may turn POST into GET; 308 forbids that.",
    ),
    code(
        "302",
        "Found",
        HTTP,
        "It is at `Location` for now; keep asking here. Clients may turn POST into GET; 307 forbids that.",
    ),
    code(
        "303",
        "See Other",
        HTTP,
        "The answer is at `Location`, to be fetched with GET: what a form leads to once it is sent.",
    ),
    code(
        "304",
        "Not Modified",
        HTTP,
        "What the client has in its cache is still right, by `If-None-Match` or `If-Modified-Since`. There is no content.",
    ),
    code(
        "305",
        "Use Proxy",
        HTTP,
        "Deprecated: it told the client to use a proxy, which nobody could trust.",
    ),
    code(
        "306",
        "(Unused)",
        HTTP,
        "Reserved: an earlier version of HTTP used it.",
    ),
    code(
        "307",
        "Temporary Redirect",
        HTTP,
        "It is at `Location` for now, to be asked with the same method and content.",
    ),
    code(
        "308",
        "Permanent Redirect",
        HTTP,
        "It is at `Location` from now on, to be asked with the same method and content.",
    ),
    code(
        "400",
        "Bad Request",
        HTTP,
        "The server takes the request for a mistake of the client's: broken syntax, framing or routing.",
    ),
    code(
        "401",
        "Unauthorized",
        HTTP,
        "Credentials are missing or were refused; `WWW-Authenticate` says which kind is wanted. It is about who asks: compare 403.",
    ),
    code(
        "402",
        "Payment Required",
        HTTP,
        "Reserved for later; some services use it for quotas that cost money.",
    ),
    code(
        "403",
        "Forbidden",
        HTTP,
        "The server has understood and refuses; the same credentials will not help. It may say 404 instead, to hide what is there.",
    ),
    code(
        "404",
        "Not Found",
        HTTP,
        "There is nothing at this address, or the server does not tell. It may come back: compare 410.",
    ),
    code(
        "405",
        "Method Not Allowed",
        HTTP,
        "The resource is there, but not for this method; `Allow` must list those it has.",
    ),
    code(
        "406",
        "Not Acceptable",
        HTTP,
        "No representation fits the request's `Accept` fields, and the server does not send another.",
    ),
    code(
        "407",
        "Proxy Authentication Required",
        HTTP,
        "As 401, but it is the proxy that asks, by `Proxy-Authenticate`.",
    ),
    code(
        "408",
        "Request Timeout",
        HTTP,
        "The request did not arrive whole in the time the server was ready to wait. It may be sent again.",
    ),
    code(
        "409",
        "Conflict",
        HTTP,
        "It conflicts with the state of the resource, such as a newer version; the person may solve that and try again.",
    ),
    code(
        "410",
        "Gone",
        HTTP,
        "It was here and will not come back: links to it should be removed.",
    ),
    code(
        "411",
        "Length Required",
        HTTP,
        "The server wants a `Content-Length`.",
    ),
    code(
        "412",
        "Precondition Failed",
        HTTP,
        "A condition of the request, such as `If-Match`, does not hold, so nothing was done. It keeps from overwriting another's change.",
    ),
    code(
        "413",
        "Content Too Large",
        HTTP,
        "The content is more than the server will take; with `Retry-After` it is so only for now.",
    ),
    code(
        "414",
        "URI Too Long",
        HTTP,
        "The address is longer than the server will read, often for a form sent by GET or a loop of redirects.",
    ),
    code(
        "415",
        "Unsupported Media Type",
        HTTP,
        "The content's type or coding is not one the resource takes; `Accept` or `Accept-Encoding` may list those.",
    ),
    code(
        "416",
        "Range Not Satisfiable",
        HTTP,
        "None of the parts asked for exists; `Content-Range: bytes */length` says how long it is.",
    ),
    code(
        "417",
        "Expectation Failed",
        HTTP,
        "What `Expect` asks for cannot be had here.",
    ),
    code(
        "418",
        "(Unused)",
        HTTP,
        "Reserved, since a joke about teapots (RFC 2324) is widely implemented.",
    ),
    code(
        "421",
        "Misdirected Request",
        HTTP,
        "This server does not answer for this host; the client may ask again on another connection.",
    ),
    code(
        "422",
        "Unprocessable Content",
        HTTP,
        "Type and syntax of the content are right, but what it says cannot be done. APIs use it for failed validation.",
    ),
    code(
        "423",
        "Locked",
        WEBDAV,
        "The source or the target of the method is locked.",
    ),
    code(
        "424",
        "Failed Dependency",
        WEBDAV,
        "It was not done because another action it needed has failed.",
    ),
    code(
        "425",
        "Too Early",
        "RFC 8470",
        "The request came in early data of TLS, where it could be replayed; send it again after the handshake.",
    ),
    code(
        "426",
        "Upgrade Required",
        HTTP,
        "The server wants another protocol, which `Upgrade` names.",
    ),
    code(
        "428",
        "Precondition Required",
        MORE_CODES,
        "The server wants a conditional request, mostly with `If-Match`, so that no change of another is lost.",
    ),
    code(
        "429",
        "Too Many Requests",
        MORE_CODES,
        "The client has sent too many requests; `Retry-After` may say how long to wait.",
    ),
    code(
        "431",
        "Request Header Fields Too Large",
        MORE_CODES,
        "One field or the whole header is too large; cookies are the usual cause.",
    ),
    code(
        "451",
        "Unavailable For Legal Reasons",
        "RFC 7725",
        "A legal demand forbids it; a `Link` with `rel=\"blocked-by\"` says who carries it out.",
    ),
    code(
        "500",
        "Internal Server Error",
        HTTP,
        "The server has met something it did not expect: look at its log.",
    ),
    code(
        "501",
        "Not Implemented",
        HTTP,
        "The server does not know the method at all; where only the resource lacks it, that is 405.",
    ),
    code(
        "502",
        "Bad Gateway",
        HTTP,
        "The server is a gateway or proxy, and the server behind it gave an invalid answer.",
    ),
    code(
        "503",
        "Service Unavailable",
        HTTP,
        "Too much load, or maintenance: it is expected to pass. `Retry-After` may say when.",
    ),
    code(
        "504",
        "Gateway Timeout",
        HTTP,
        "The server is a gateway or proxy, and the server behind it did not answer in time.",
    ),
    code(
        "505",
        "HTTP Version Not Supported",
        HTTP,
        "The server does not speak, or refuses, the major version of HTTP in the request.",
    ),
    code(
        "506",
        "Variant Also Negotiates",
        "RFC 2295",
        "The variant that was chosen negotiates itself: the server is not configured well.",
    ),
    code(
        "507",
        "Insufficient Storage",
        WEBDAV,
        "The server has no room for what the request would store.",
    ),
    code(
        "508",
        "Loop Detected",
        BINDINGS,
        "Following the request through all its members, the server has come round in a circle.",
    ),
    code(
        "510",
        "Not Extended",
        "RFC 2774",
        "The request lacks an extension that the server requires. The experiment is over; the code is obsolete.",
    ),
    code(
        "511",
        "Network Authentication Required",
        MORE_CODES,
        "The network wants a login first: a captive portal answers so, never the site itself.",
    ),
];
