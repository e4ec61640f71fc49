//! The framing that LSP and DAP share, and its streams: messages behind a `Content-Length` (`frame`), a queue with one
//! writer for each direction (`outlet`), and changes of single members of a message's JSON (`splice`).

pub(in crate::bridge) mod frame;
pub(in crate::bridge) mod outlet;
pub(in crate::bridge) mod pipe;
pub(in crate::bridge) mod sink;
pub(in crate::bridge) mod splice;
