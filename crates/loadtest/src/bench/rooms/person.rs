use super::super::http::{Client, connect};
use super::ROOM;
use anyhow::{Context, Result, ensure};
use loadtest::{Talker, Target};
use protocol::RoomKind;
use protocol::rooms::{CreatedRoom, NewMessage, NewRoom, RoomPage, Said};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// How long a server may take to confirm a subscription.
const SUBSCRIBED_TIME_MAX: Duration = Duration::from_secs(20);

/// Somebody with a name, and an address of its own: what guests write is limited for each address.
pub(super) struct Person {
    pub(super) number: usize,
    name: String,
    target: Target,
    source: Ipv4Addr,
    client: Client,
}

/// What matters of a message.
#[derive(Deserialize)]
pub(super) struct Received {
    pub(super) r#type: String,
    pub(super) seq: Option<u64>,
    pub(super) text: Option<String>,
    epoch: Option<String>,
}

/// A position in the log to resume from.
#[derive(Clone)]
pub(super) struct Position {
    pub(super) epoch: String,
    pub(super) seq: u64,
}

#[derive(Serialize)]
struct Subscribe<'a> {
    r#type: &'static str,
    streams: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
}

impl Person {
    pub(super) fn new(number: usize, target: Target) -> Self {
        let source = Ipv4Addr::new(127, 1, (number / 250) as u8, (number % 250 + 1) as u8);
        Self {
            number,
            name: format!("person{number}"),
            source,
            client: Client::new(target.address(), Some(source)),
            target,
        }
    }

    /// Connects, and follows what is said, from a position on or from now on. Returns the epoch of the log.
    pub(super) fn listen(&self, from: Option<&Position>) -> Result<(Talker, String)> {
        let socket = connect(self.target.address(), Some(self.source))?;
        let mut talker = Talker::open(socket, &self.target)?;
        let subscribe = Subscribe {
            r#type: "subscribe",
            streams: ["rooms"],
            epoch: from.map(|from| from.epoch.as_str()),
            after: from.map(|from| from.seq),
        };
        talker.send(&serde_json::to_string(&subscribe)?)?;
        let deadline = Instant::now() + SUBSCRIBED_TIME_MAX;
        loop {
            let text = talker.receive(deadline)?;
            let received = Received::parse(&text.context("the subscription is not confirmed")?)?;
            if let ("subscribed", Some(epoch)) = (received.r#type.as_str(), received.epoch) {
                return Ok((talker, epoch));
            }
        }
    }

    /// Says something: the status, and the position if it is stored.
    pub(super) fn say(&mut self, text: &str) -> Result<(u16, Option<u64>)> {
        let message = NewMessage {
            text: text.to_owned(),
            id: Some(text.replace(' ', "-")),
        };
        let path = format!("rooms/{ROOM}/messages?name={}", self.name);
        let (status, body) = self.post(&path, &message)?;
        let is_stored = matches!(status, 200 | 201);
        let said = is_stored.then(|| serde_json::from_str::<Said>(&body));
        Ok((status, said.transpose()?.map(|said| said.seq)))
    }

    /// Creates a public room, and returns its id.
    pub(super) fn create(&mut self, name: &str) -> Result<String> {
        let room = NewRoom {
            kind: RoomKind::Public,
            name: Some(name.to_owned()),
            members: Vec::new(),
        };
        let path = format!("rooms?name={}", self.name);
        let (status, body) = self.post(&path, &room)?;
        ensure!(status == 201, "a room was not created: {status} {body}");
        Ok(serde_json::from_str::<CreatedRoom>(&body)?.id)
    }

    /// Everything that was said in the room: positions and texts, in order.
    pub(super) fn history(&mut self) -> Result<Vec<(u64, String)>> {
        let (mut said, mut before) = (Vec::new(), u64::MAX);
        loop {
            let request = format!(
                "GET /api/v1/rooms/{ROOM}/messages?limit=200&before={before} HTTP/1.1\r\nHost: {}\r\n\r\n",
                self.target.address()
            );
            let (status, body) = self.client.exchange(request.as_bytes())?;
            ensure!(status == 200, "the messages are not found: {status} {body}");
            let page: RoomPage = serde_json::from_str(&body)?;
            for entry in page.messages.into_iter().rev() {
                said.extend(entry.message.text.map(|text| (entry.seq, text)));
            }
            match page.next_before {
                Some(next) => before = next,
                None => {
                    said.reverse();
                    return Ok(said);
                }
            }
        }
    }

    /// What it sends to be here, active or idle.
    pub(super) fn presence(&self, is_active: bool) -> String {
        let state = if is_active { "active" } else { "idle" };
        let name = &self.name;
        format!(
            r#"{{"type":"presence","state":"{state}","name":"{name}","place":{{"page":"/","live":true}}}}"#
        )
    }

    fn post(&mut self, path: &str, body: &impl Serialize) -> Result<(u16, String)> {
        let body = serde_json::to_string(body)?;
        let request = format!(
            "POST /api/v1/{path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.target.address(),
            body.len()
        );
        self.client.exchange(request.as_bytes())
    }
}

/// What somebody sends who is typing in a room.
pub(super) fn typing(room: &str) -> String {
    format!(r#"{{"type":"typing","room":"{room}"}}"#)
}

impl Received {
    pub(super) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).with_context(|| format!("read {text:?}"))
    }
}
