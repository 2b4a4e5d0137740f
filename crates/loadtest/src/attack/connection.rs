use super::kind::{Kind, Then};
use super::link::Link;
use super::{Shared, kept};
use crate::frame::{self, Opcode};
use crate::random::Random;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::{sleep, timeout};

/// How long a handshake of TLS may take.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// How long a client waits for the server to end the connection.
const READ_TIME_MAX: Duration = Duration::from_secs(2);

/// The pause between two connections of a client, on average: the attacker has more clients than cores.
const PAUSE_MEAN: Duration = Duration::from_millis(50);

/// The buffer of a client that does not read: small, so that it is soon full.
const RECEIVE_BUFFER_BYTES: u32 = 4 << 10;

/// The time between two bytes of a slow client.
const TICK: Duration = Duration::from_secs(1);

/// Requests over one WebSocket, and the pause between two: within the limit of messages, so that each is answered.
const REQUESTS: usize = 50;
const REQUEST_PAUSE: Duration = Duration::from_millis(100);

/// One client.
pub(super) struct Attacker {
    kind: Kind,
    random: Random,
    shared: Arc<Shared>,
}

impl Attacker {
    pub(super) fn new(kind: Kind, random: Random, shared: Arc<Shared>) -> Self {
        Self {
            kind,
            random,
            shared,
        }
    }

    /// One connection after the other, until it is dropped.
    pub(super) async fn run(mut self) {
        loop {
            sleep(self.random.around(PAUSE_MEAN)).await;
            let start = Instant::now();
            match self.connect().await {
                Ok(socket) => {
                    self.shared.record(self.kind, |it| it.connections += 1);
                    // However it ends, it has ended.
                    let _ = self.attack(socket, start).await;
                }
                Err(_) => self.shared.record(self.kind, |it| it.failed += 1),
            }
        }
    }

    async fn connect(&self) -> io::Result<Link> {
        let address = self.shared.target.address;
        let socket = match address.is_ipv4() {
            true => TcpSocket::new_v4(),
            false => TcpSocket::new_v6(),
        }?;
        if self.kind.limit().is_some() {
            socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
        }
        let socket = socket.connect(address).await?;
        let encryption = self.shared.encryption.as_ref();
        let opening = Link::open(socket, encryption, self.kind.protocol());
        timeout(HANDSHAKE_TIME_MAX, opening).await?
    }

    async fn attack(&mut self, mut socket: Link, start: Instant) -> io::Result<()> {
        let (bytes, then) = self.kind.begin(&self.shared.target, &mut self.random);
        match then {
            Then::Leave => {
                send(&mut socket, &bytes).await?;
                sleep(self.random.around(PAUSE_MEAN)).await;
            }
            Then::Read => {
                let (mut receiving, mut sending) = tokio::io::split(socket);
                let (mut sent, mut answer) = (Ok(()), tokio::io::sink());
                let exchange = async {
                    tokio::join!(
                        async { sent = send(&mut sending, &bytes).await },
                        tokio::io::copy(&mut receiving, &mut answer)
                    )
                };
                let _ = timeout(READ_TIME_MAX, exchange).await;
            }
            Then::Ask => {
                send(&mut socket, &bytes).await?;
                let _ = timeout(READ_TIME_MAX * 5, self.ask(socket)).await;
            }
            Then::Trickle(byte) => {
                let sent = timeout(READ_TIME_MAX, send(&mut socket, &bytes));
                sent.await??;
                self.be_slow(&mut socket, start, Some(byte)).await?;
            }
            Then::Sip => {
                let sent = timeout(READ_TIME_MAX, send(&mut socket, &bytes));
                sent.await??;
                self.be_slow(&mut socket, start, None).await?;
            }
        }
        Ok(())
    }

    /// Sends or reads a byte a second, until the server has closed the connection.
    async fn be_slow(
        &mut self,
        socket: &mut Link,
        start: Instant,
        byte: Option<u8>,
    ) -> io::Result<()> {
        let port = socket.socket().local_addr()?.port();
        // Until the list has been read after the connection was made.
        sleep(kept::INTERVAL * 2).await;
        let mut is_beyond = false;
        while self.shared.kept.has(port) {
            self.note(start, &mut is_beyond);
            let has_ended = match byte {
                // It waits while the socket is full.
                Some(byte) => matches!(timeout(TICK, send(socket, &[byte])).await, Ok(Err(_))),
                // Of what is encrypted, if it is: that is what fills the socket.
                None => match socket.socket().try_read(&mut [0]) {
                    Ok(read) => read == 0,
                    Err(error) => error.kind() != io::ErrorKind::WouldBlock,
                },
            };
            // After a reset, another client may have the port.
            if has_ended {
                break;
            }
            sleep(TICK).await;
        }
        self.shared.record(self.kind, |it| it.cut += 1);
        Ok(())
    }

    /// Records that the connection is still open, and once that it should not be.
    fn note(&self, start: Instant, was_beyond: &mut bool) {
        let age = start.elapsed();
        let is_beyond = self.kind.limit().is_some_and(|limit| age > limit);
        self.shared.record(self.kind, |it| {
            it.longest = it.longest.max(age);
            it.beyond_limit += u64::from(is_beyond && !*was_beyond);
        });
        *was_beyond = is_beyond;
    }

    async fn ask(&mut self, mut socket: Link) -> io::Result<()> {
        let mut greeting = Vec::new();
        let epoch = loop {
            if let Some(epoch) = epoch(&greeting) {
                break epoch;
            }
            if socket.read_buf(&mut greeting).await? == 0 {
                return Ok(());
            }
        };
        let request = self.kind.request(&epoch);
        let (mut receiving, mut sending) = tokio::io::split(socket);
        let mut nowhere = tokio::io::sink();
        let asking = async {
            for _ in 0..REQUESTS {
                let frame = frame::masked(Opcode::Text, request.as_bytes(), self.random.mask());
                send(&mut sending, &frame).await?;
                sleep(REQUEST_PAUSE).await;
            }
            io::Result::Ok(())
        };
        tokio::select! {
            asked = asking => asked,
            ended = tokio::io::copy(&mut receiving, &mut nowhere) => ended.map(drop),
        }
    }
}

async fn send(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes).await?;
    to.flush().await
}

/// That of the greeting, in whatever came with it.
fn epoch(received: &[u8]) -> Option<String> {
    const MEMBER: &[u8] = b"\"epoch\":\"";
    let at = received.windows(MEMBER.len()).position(|it| it == MEMBER)?;
    let value = &received[at + MEMBER.len()..];
    let end = value.iter().position(|byte| *byte == b'"')?;
    String::from_utf8(value[..end].to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::epoch;

    #[test]
    fn the_epoch_is_found_once_it_is_whole() {
        let greeting = br#"HTTP/1.1 101 X..{"type":"connection","epoch":"k3v9","head":1}"#;
        assert_eq!(epoch(greeting).as_deref(), Some("k3v9"));
        assert_eq!(epoch(&greeting[..50]), None);
    }
}
