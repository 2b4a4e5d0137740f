mod decode;
mod receive;

use crate::chain::Chain;
use crate::event_stream::Body;
use crate::frame::{self, Opcode};
use crate::handshake;
use crate::malformed::{Malformed, Payload};
use crate::message_cache::{Epoch, MessageCache};
use crate::random::Random;
use crate::socket;
use crate::tally::{Disconnect, Tally};
use crate::wire::Wire;
use crate::{Plan, Transport};
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
    Malformed(Malformed),
}

impl Role {
    /// Whether every message sent to it must have arrived when the run ends.
    pub(crate) fn must_receive_everything(self) -> bool {
        matches!(self, Self::Steady | Self::Churn)
    }
}

/// One viewer, over all its connections.
pub(crate) struct Viewer {
    pub(crate) index: usize,
    pub(crate) role: Role,
    /// Its connection, while it has one.
    pub(crate) link: Option<Link>,
    pub(crate) chain: Chain,
    pub(crate) epoch: Option<Epoch>,
    /// The position to resume from: the last message seen, or on an event stream the last identifier.
    resume_after: Option<(Epoch, u64)>,
    /// When its timer fires; see `run`.
    pub(crate) timer_at: Option<Instant>,
    /// Whether its newest connection completed the handshake.
    pub(crate) was_up: bool,
    /// Whether any did.
    pub(crate) was_ever_up: bool,
}

/// One connection.
pub(crate) struct Link {
    pub(crate) wire: Wire,
    stage: Stage,
    started_at: Instant,
    /// The received part of an incomplete frame or event.
    partial: Vec<u8>,
    /// Bytes that did not fit into the socket's send buffer.
    unsent: Vec<u8>,
    body: Body,
    /// Whether it resumes from a position.
    resumes: bool,
    /// Messages after this `seq` are live; those up to it are backlog.
    live_after: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Handshaking,
    WebSocket,
    Events,
}

/// State shared by all viewers.
pub(crate) struct Shared<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) messages: MessageCache,
    pub(crate) tally: Tally,
    pub(crate) random: Random,
    /// One read buffer for all viewers: a viewer without a partial message owns no memory.
    pub(crate) buffer: Vec<u8>,
}

impl Link {
    pub(crate) fn new(wire: Wire, now: Instant) -> Self {
        Self {
            wire,
            stage: Stage::Connecting,
            started_at: now,
            partial: Vec::new(),
            unsent: Vec::new(),
            body: Body::default(),
            resumes: false,
            live_after: 0,
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::WebSocket | Stage::Events)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Disconnect> {
        self.unsent.extend_from_slice(bytes);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Disconnect> {
        self.wire.flush()?;
        while !self.unsent.is_empty() {
            match self.wire.write(&self.unsent) {
                Ok(0) => return Err(Disconnect::Eof),
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
            timer_at: None,
            was_up: false,
            was_ever_up: false,
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.link.as_ref().is_some_and(Link::is_ready)
    }

    /// Handles a writable socket: it has connected, or its send buffer has room again.
    pub(crate) fn on_writable(&mut self, shared: &mut Shared<'_>) -> Result<(), Disconnect> {
        let Some(mut link) = self.link.take() else {
            return Ok(());
        };
        if link.stage == Stage::Connecting && socket::is_connected(link.wire.socket())? {
            link.stage = Stage::Handshaking;
            let handshake_request = self.handshake_request(&mut link, shared);
            link.send(&handshake_request)?;
        } else if link.stage != Stage::Connecting {
            link.flush()?;
        }
        self.link = Some(link);
        Ok(())
    }

    /// The handshake that opens this connection.
    fn handshake_request(&mut self, link: &mut Link, shared: &mut Shared<'_>) -> Vec<u8> {
        let plan = shared.plan;
        if let Role::Malformed(kind) = self.role {
            return match kind.payload(&plan.target, &mut shared.random) {
                Payload::InsteadOfHandshake(bytes) => bytes,
                Payload::AfterHandshake(_) => handshake::upgrade(&plan.target, false),
            };
        }
        link.resumes = self.resume_after.is_some();
        if !link.resumes {
            // Without a position the server owes it no earlier message.
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

    /// Subscribes, after the handshake has succeeded.
    fn on_handshake(&mut self, link: &mut Link, shared: &mut Shared<'_>) -> Result<(), Disconnect> {
        if let Role::Malformed(kind) = self.role {
            return match kind.payload(&shared.plan.target, &mut shared.random) {
                Payload::InsteadOfHandshake(_) => Ok(()),
                Payload::AfterHandshake(bytes) => link.send(&bytes),
            };
        }
        self.was_up = true;
        self.was_ever_up = true;
        shared.tally.report.connects += 1;
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
