//! Requests and answers as they stand on a connection.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::Fault;

/// Reads the head of a request, with the empty line at its end; `None` where the client has closed.
pub(super) async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(request).unwrap())
}

/// Answers as the fault has it, where the whole answer would be `status`, `head` and `body`; then closes.
pub(super) async fn play(
    stream: &mut TcpStream,
    fault: Option<Fault>,
    status: u16,
    head: &str,
    body: &[u8],
) -> Option<()> {
    match fault {
        None | Some(Fault::IgnoreRange) => respond_as_told(stream, status, head, body).await,
        Some(Fault::Answer(status, head, body)) => respond(stream, status, &head, &body).await,
        Some(Fault::Announce(bytes)) => {
            let head = format!("Content-Length: {bytes}\r\n");
            respond_as_told(stream, status, &head, body).await
        }
        Some(Fault::CutAfter(bytes)) => {
            respond_as_told(stream, status, head, beginning(body, bytes)).await
        }
        Some(Fault::EndAfter(bytes)) => {
            respond_as_told(stream, 200, "", beginning(body, bytes)).await
        }
        Some(Fault::StallAfter(bytes)) => {
            send(stream, status, head, beginning(body, bytes)).await?;
            let _ = stream.read_u8().await;
            None
        }
        Some(Fault::Close) => None,
        Some(Fault::Stall) => {
            let _ = stream.read_u8().await;
            None
        }
        Some(Fault::Trickle) => trickle(stream, head, body).await,
    }
}

/// Answers with a body of the announced length, and closes.
pub(super) async fn respond(
    stream: &mut TcpStream,
    status: u16,
    head: &str,
    body: &[u8],
) -> Option<()> {
    let head = format!("Content-Length: {}\r\n{head}", body.len());
    respond_as_told(stream, status, &head, body).await
}

/// Answers with what the head announces, and closes.
pub(super) async fn respond_as_told(
    stream: &mut TcpStream,
    status: u16,
    head: &str,
    body: &[u8],
) -> Option<()> {
    send(stream, status, head, body).await?;
    stream.shutdown().await.ok()
}

/// Answers with a body of the announced length, and waits for the next request.
pub(super) async fn respond_and_stay(
    stream: &mut TcpStream,
    status: u16,
    head: &str,
    body: &[u8],
) -> Option<()> {
    let head = format!("HTTP/1.1 {status} Whatever\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()
}

async fn trickle(stream: &mut TcpStream, head: &str, body: &[u8]) -> Option<()> {
    let head = format!("HTTP/1.1 200 Whatever\r\nConnection: close\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    for byte in body {
        stream.write_u8(*byte).await.ok()?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stream.shutdown().await.ok()
}

async fn send(stream: &mut TcpStream, status: u16, head: &str, body: &[u8]) -> Option<()> {
    let head = format!("HTTP/1.1 {status} Whatever\r\nConnection: close\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()
}

/// At most so many bytes from the start.
fn beginning(body: &[u8], bytes: usize) -> &[u8] {
    &body[..bytes.min(body.len())]
}
