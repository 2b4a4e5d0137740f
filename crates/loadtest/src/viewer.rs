mod hear;
mod read;

use crate::chain::Chain;
use crate::event_stream::Body;
use crate::frame::{self, Opcode};
use crate::handshake;
use crate::messages::{Epoch, Messages};
use crate::random::Random;
use crate::rubbish::{Rubbish, Script};
use crate::socket;
use crate::tally::{End, Tally};
use crate::{Plan, Transport};
use mio::net::TcpStream;
use protocol::{ClientMessage, Request, Subscribe};
use std::io::{ErrorKind, Write};
use std::time::Instant;

/// How a viewer behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Steady,
    Churn,
    Slow,
    Stalled,
    Rubbish(Rubbish),
}

impl Role {
    /// Whether whatever it was sent must arrive in the end.
    pub(crate) fn is_checked_to_the_end(self) -> bool {
        matches!(self, Self::Steady | Self::Churn)
    }
}

/// One viewer, over all its connections.
pub(crate) struct Viewer {
    pub(crate) index: usize,
    pub(crate) role: Role,
    /// Its connection, unless it is away.
    pub(crate) link: Option<Link>,
    pub(crate) chain: Chain,
    pub(crate) epoch: Option<Epoch>,
    /// What to resume after: the last message seen, or on an event stream the last identifier.
    resume_after: Option<(Epoch, u64)>,
    /// When something is to happen to it; see `run`.
    pub(crate) wake_at: Option<Instant>,
    /// Whether its newest connection got past the handshake.
    pub(crate) was_up: bool,
    /// Whether it ever got past it.
    pub(crate) was_ever_up: bool,
}

/// One connection.
pub(crate) struct Link {
    pub(crate) socket: TcpStream,
    stage: Stage,
    started_at: Instant,
    /// Received, but not yet a whole frame or event.
    kept: Vec<u8>,
    /// Still to be written.
    unsent: Vec<u8>,
    body: Body,
    /// Whether it began with a position.
    resumes: bool,
    /// Messages beyond this `seq` are live, those up to it are backlog.
    live_after: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Asking,
    WebSocket,
    Events,
}

/// What all viewers use.
pub(crate) struct Shared<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) messages: Messages,
    pub(crate) tally: Tally,
    pub(crate) random: Random,
    /// One buffer for everybody: a viewer that has nothing unfinished owns no memory.
    pub(crate) buffer: Vec<u8>,
}

impl Link {
    pub(crate) fn new(socket: TcpStream, now: Instant) -> Self {
        Self {
            socket,
            stage: Stage::Connecting,
            started_at: now,
            kept: Vec::new(),
            unsent: Vec::new(),
            body: Body::default(),
            resumes: false,
            live_after: 0,
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::WebSocket | Stage::Events)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.unsent.extend_from_slice(bytes);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), End> {
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(0) => return Err(End::Eof),
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Viewer {
    pub(crate) fn new(index: usize, role: Role) -> Self {
        Self {
            index,
            role,
            link: None,
            chain: Chain::new(),
            epoch: None,
            resume_after: None,
            wake_at: None,
            was_up: false,
            was_ever_up: false,
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.link.as_ref().is_some_and(Link::is_ready)
    }

    /// The socket can be written: it is connected, or has room again.
    pub(crate) fn writable(&mut self, shared: &mut Shared<'_>) -> Result<(), End> {
        let Some(mut link) = self.link.take() else {
            return Ok(());
        };
        if link.stage == Stage::Connecting && socket::is_connected(&link.socket)? {
            link.stage = Stage::Asking;
            let question = self.question(&mut link, shared);
            link.send(&question)?;
        } else if link.stage != Stage::Connecting {
            link.flush()?;
        }
        self.link = Some(link);
        Ok(())
    }

    /// The request of this connection.
    fn question(&mut self, link: &mut Link, shared: &mut Shared<'_>) -> Vec<u8> {
        let plan = shared.plan;
        if let Role::Rubbish(kind) = self.role {
            return match kind.script(&plan.target, &mut shared.random) {
                Script::AtOnce(bytes) => bytes,
                Script::Upgraded(_) => handshake::upgrade(&plan.target, false),
            };
        }
        link.resumes = self.resume_after.is_some();
        if !link.resumes {
            // Nothing is owed to a viewer that has no position.
            self.chain = Chain::new();
        }
        match plan.transport {
            Transport::Websocket => handshake::upgrade(&plan.target, plan.deflate),
            Transport::Sse => {
                let names: Vec<&str> = plan.streams.iter().map(|stream| stream.name()).collect();
                let query = format!("?streams={}", names.join(","));
                let id = self
                    .resume_after
                    .map(|(epoch, seq)| format!("{}:{seq}", shared.messages.epoch_name(epoch)));
                handshake::events(&plan.target, &query, id.as_deref())
            }
        }
    }

    /// The handshake succeeded: subscribe.
    fn ready(&mut self, link: &mut Link, shared: &mut Shared<'_>) -> Result<(), End> {
        if let Role::Rubbish(kind) = self.role {
            return match kind.script(&shared.plan.target, &mut shared.random) {
                Script::AtOnce(_) => Ok(()),
                Script::Upgraded(bytes) => link.send(&bytes),
            };
        }
        self.was_up = true;
        self.was_ever_up = true;
        shared.tally.connects += 1;
        let took = link.started_at.elapsed();
        shared.tally.connect_times.add(took.as_micros() as u64);
        if link.stage == Stage::WebSocket {
            let subscribe = Request::from(ClientMessage::Subscribe(Subscribe {
                streams: shared.plan.subscription(),
                epoch: self
                    .resume_after
                    .map(|(epoch, _)| shared.messages.epoch_name(epoch).into()),
                after: self.resume_after.map(|(_, seq)| seq),
            }));
            let mask = shared.random.mask();
            link.send(&frame::masked(
                Opcode::Text,
                subscribe.to_json().as_bytes(),
                mask,
            ))?;
        }
        Ok(())
    }
}
