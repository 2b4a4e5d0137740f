//! `GET /conformance/echo`, for the test suites of others; only in a build with that feature.

use super::handshake::{Handshake, Upgraded};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use websocket::{Decoder, Deflater, Frame, Message, Opcode};

/// The largest message that the suites send is 16 MiB.
const MESSAGE_BYTES_MAX: usize = 32 << 20;

pub(crate) async fn echo(mut request: Request) -> Response {
    match Handshake::read(&mut request) {
        Ok(handshake) => {
            let response = handshake.response();
            tokio::spawn(async move {
                let deflate = handshake.is_deflated();
                if let Some(upgraded) = handshake.upgraded().await {
                    // However the suite ends the connection, it judges by itself.
                    let _ = run(upgraded, deflate).await;
                }
            });
            response
        }
        Err(error) => error.into_response(),
    }
}

async fn run(upgraded: Upgraded, deflate: bool) -> io::Result<()> {
    let Upgraded { mut socket, early } = upgraded;
    let mut decoder = Decoder::server()
        .with_deflate(deflate)
        .with_message_bytes_max(MESSAGE_BYTES_MAX);
    let mut deflater = deflate.then(Deflater::new);
    let mut read = early;
    loop {
        let mut input = read.as_slice();
        loop {
            let (frame, is_last) = match decoder.next_message(&mut input) {
                Ok(Some(message)) => answer(message, deflater.as_mut()),
                Ok(None) => break,
                Err(violation) => (
                    Some(websocket::close_frame(
                        violation.close_code(),
                        &violation.to_string(),
                    )),
                    true,
                ),
            };
            if let Some(frame) = frame {
                socket.write_all(&frame).await?;
            }
            if is_last {
                socket.shutdown().await?;
                while socket.read_buf(&mut Vec::with_capacity(4096)).await? > 0 {}
                return Ok(());
            }
        }
        read.clear();
        read.reserve(64 << 10);
        if socket.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }
}

/// The answer, and whether it is the last.
fn answer(message: Message, deflater: Option<&mut Deflater>) -> (Option<bytes::Bytes>, bool) {
    match message {
        Message::Text(text) => (Some(data(Opcode::Text, text.as_bytes(), deflater)), false),
        Message::Binary(bytes) => (Some(data(Opcode::Binary, &bytes, deflater)), false),
        Message::Ping(payload) => (Some(websocket::pong_frame(&payload)), false),
        Message::Pong(_) => (None, false),
        Message::Close(None) => (Some(Frame::new(Opcode::Close, b"").encode()), true),
        Message::Close(Some(close)) => (
            Some(websocket::close_frame(close.code, &close.reason)),
            true,
        ),
    }
}

fn data(opcode: Opcode, payload: &[u8], deflater: Option<&mut Deflater>) -> bytes::Bytes {
    match deflater {
        None => Frame::new(opcode, payload).encode(),
        Some(deflater) => Frame::new(opcode, deflater.deflate(payload))
            .deflated()
            .encode(),
    }
}
