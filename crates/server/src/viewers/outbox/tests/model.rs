//! The invariant as a property: whatever a socket takes, and whether the sweep or the task writes, the
//! bytes are whole frames, each control frame is sent once and in order, and each subscribed message is
//! sent once and in order, or lies within a gap.

use super::socket::Socket;
use super::{Tally, journal, line, ping, wanted};
use crate::viewers::topics::{Topic, Topics};
use crate::viewers::{Outbox, Progress};
use access::Access;
use journal::{Encoding, Journal};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::{
    Alert, AlertState, ClientCount, Durable, Event, Gap, Level, Received, ServerMessage, Stream,
    Timestamp,
};
use std::time::Duration;
use websocket::Message;

const STREAMS: [Stream; 3] = [Stream::Events, Stream::Alerts, Stream::Logs];

/// Time between two steps, long enough that a viewer is never too slow.
const STEP_MS: u64 = 60_000;

pub(super) fn topic() -> Topic {
    Topics::default().open(Duration::ZERO).unwrap()
}

pub(super) fn set(topic: &Topic, count: u64) {
    topic
        .set(|| ServerMessage::ClientCount(ClientCount { count }))
        .unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    /// Appends a batch.
    Append(Vec<usize>),
    /// The socket takes this many more bytes.
    Room(usize),
    /// The sweep visits the viewer.
    Sweep,
    /// The viewer's own task runs.
    Turn,
    Control,
    ClientCount,
    Subscribe(usize, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => vec(0..STREAMS.len(), 1..8).prop_map(Step::Append),
        4 => prop_oneof![0_usize..40, 100_usize..4_000].prop_map(Step::Room),
        4 => Just(Step::Sweep),
        3 => Just(Step::Turn),
        2 => Just(Step::Control),
        1 => Just(Step::ClientCount),
        1 => (0..STREAMS.len(), 0_u32..6).prop_map(|(stream, last)| Step::Subscribe(stream, last)),
    ]
}

fn message(stream: Stream, number: usize) -> Durable {
    // Of different lengths, so that compressed and plain frames mix.
    let text = format!("{number} {}", "word ".repeat(number % 40));
    let timestamp = Timestamp::from_unix_ms(0);
    match stream {
        Stream::Events => Durable::Event(Event {
            timestamp,
            level: Level::Info,
            source: "test".into(),
            message: text,
        }),
        Stream::Alerts => Durable::Alert(Alert {
            timestamp,
            state: AlertState::Firing,
            level: Level::Info,
            rule: "test".into(),
            message: text,
            value: None,
            host: None,
            id: None,
            series: None,
            fired_at: None,
            runbook: None,
        }),
        _ => line(&text),
    }
}

/// A viewer, its socket, and everything that should arrive.
struct Model {
    journal: Journal,
    socket: Socket,
    outbox: Outbox,
    encoding: Encoding,
    now_ms: u64,
    /// How far the sweep has come.
    swept: u64,
    appended: Vec<(Stream, u64)>,
    /// The `seq` after which each stream was subscribed.
    since: [Option<u64>; Stream::COUNT],
    pings: u8,
    topic: Topic,
    counts: u64,
    subscriptions: usize,
}

impl Model {
    fn new(frames_max: usize, encoding: Encoding) -> Self {
        let socket = Socket::default();
        socket.take_only(0);
        Self {
            journal: journal(frames_max),
            socket,
            outbox: Outbox::new(encoding, Access::member([]), 0),
            encoding,
            now_ms: 0,
            swept: 0,
            appended: Vec::new(),
            since: [None; Stream::COUNT],
            pings: 0,
            topic: topic(),
            counts: 0,
            subscriptions: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        self.now_ms += STEP_MS;
        match step {
            Step::Append(streams) => self.append(streams),
            Step::Room(bytes) => self.socket.take_only(*bytes),
            Step::Sweep => self.sweep(),
            Step::Turn => self.turn(),
            Step::Control => {
                self.outbox.queue_control(ping(self.pings));
                self.pings += 1;
                self.outbox.hand_over(self.now_ms);
            }
            Step::ClientCount => {
                // As the delivery of topics does it.
                self.counts += 1;
                set(&self.topic, self.counts);
                self.outbox.offer(&self.topic);
                if self.outbox.is_swept() {
                    self.drain();
                }
            }
            Step::Subscribe(stream, last) => self.subscribe(STREAMS[*stream], *last),
        }
    }

    fn append(&mut self, streams: &[usize]) {
        let mut messages = Vec::new();
        for &stream in streams {
            let seq = self.appended.len() as u64 + 1;
            self.appended.push((STREAMS[stream], seq));
            messages.push(message(STREAMS[stream], seq as usize));
        }
        self.journal.append(&messages);
    }

    fn sweep(&mut self) {
        let batch = self.journal.batch(self.swept);
        self.swept = batch.head;
        let is_wanted = self.outbox.cursor.streams().intersects(batch.streams);
        if !is_wanted || !self.outbox.is_swept() {
            return;
        }
        let (socket, journal) = (&self.socket, &self.journal);
        let (now_ms, scratch) = (self.now_ms, &mut Vec::new());
        let progress = self.outbox.sweep(
            socket,
            journal,
            &batch,
            now_ms,
            scratch,
            &mut Tally::default(),
        );
        if progress.unwrap() != Progress::Done {
            self.outbox.hand_over(self.now_ms);
        }
    }

    fn turn(&mut self) {
        if !self.outbox.is_swept() {
            self.drain();
        }
    }

    fn drain(&mut self) -> Progress {
        let (socket, journal) = (&self.socket, &self.journal);
        let progress = self
            .outbox
            .drain(socket, journal, self.now_ms, &mut Tally::default())
            .unwrap();
        assert_eq!(progress == Progress::Done, self.outbox.is_swept());
        progress
    }

    fn subscribe(&mut self, stream: Stream, last: u32) {
        self.subscriptions += 1;
        let is_new = !self.outbox.cursor.streams().contains(stream);
        let wanted = wanted(stream, last);
        self.outbox
            .subscribe(&self.journal, &wanted, None, &mut Tally::default());
        self.outbox.hand_over(self.now_ms);
        if is_new {
            let until = self.outbox.cursor.position();
            // The ring itself is tested in its own crate.
            let (_, newest) = self
                .journal
                .newest(&[(stream, usize::MAX, "local")], &Access::member([]));
            let past = newest.iter().map(|frame| frame.seq());
            let past = past.filter(|seq| *seq <= until);
            let first = past.rev().take(last as usize).last();
            self.since[stream.index()] = Some(first.map_or(until, |seq| seq - 1));
        }
    }

    /// Sends everything that is left.
    fn finish(&mut self) {
        self.socket.take_everything();
        self.outbox.hand_over(self.now_ms);
        while self.drain() != Progress::Done {
            self.now_ms += STEP_MS;
        }
    }

    fn check(&self) {
        let arrived = Arrived::of(self.socket.received(self.encoding));
        assert_eq!(arrived.pings, (0..self.pings).collect::<Vec<_>>());
        assert!(arrived.counts.is_sorted_by(|a, b| a < b), "{arrived:?}");
        let newest_count = arrived.counts.last().copied().unwrap_or(0);
        assert_eq!(newest_count, self.counts);
        assert_eq!(arrived.subscriptions, self.subscriptions);
        for stream in STREAMS {
            let seqs = &arrived.seqs[stream.index()];
            assert!(seqs.is_sorted_by(|a, b| a < b), "{stream}: {seqs:?}");
        }
        for &(stream, seq) in &self.appended {
            let since = self.since[stream.index()];
            let is_wanted = since.is_some_and(|since| seq > since);
            let times = usize::from(is_wanted && !arrived.is_lost(stream, seq));
            let seqs = &arrived.seqs[stream.index()];
            let came = seqs.iter().filter(|it| **it == seq).count();
            assert_eq!(came, times, "{stream} {seq}, since {since:?}: {arrived:?}");
        }
    }
}

/// What arrived.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    pings: Vec<u8>,
    pub(super) counts: Vec<u64>,
    subscriptions: usize,
    gaps: Vec<Gap>,
    seqs: [Vec<u64>; Stream::COUNT],
}

impl Arrived {
    pub(super) fn of(messages: Vec<Message>) -> Self {
        let mut arrived = Self::default();
        for message in messages {
            match message {
                Message::Ping(payload) => arrived.pings.extend_from_slice(&payload),
                Message::Text(text) => arrived.take(Received::parse(&text)),
                other => panic!("{other:?} was never sent"),
            }
        }
        arrived
    }

    fn take(&mut self, received: Received) {
        match received.message.unwrap() {
            ServerMessage::ClientCount(count) => self.counts.push(count.count),
            ServerMessage::Subscribed(_) => self.subscriptions += 1,
            ServerMessage::Gap(gap) => self.gaps.push(gap),
            _ => {
                let position = received.position.unwrap();
                self.seqs[position.stream.index()].push(position.seq);
            }
        }
    }

    fn is_lost(&self, stream: Stream, seq: u64) -> bool {
        self.gaps
            .iter()
            .any(|gap| gap.stream == stream && gap.after < Some(seq) && seq < gap.before)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn every_subscribed_message_is_sent_once_or_lies_in_a_gap(
        frames_max in prop_oneof![3_usize..20, Just(1_000)],
        deflated in any::<bool>(),
        steps in vec(step(), 1..120),
    ) {
        let encoding = if deflated { Encoding::Deflated } else { Encoding::Plain };
        let mut model = Model::new(frames_max, encoding);
        model.subscribe(STREAMS[0], 2);
        for step in &steps {
            model.step(step);
        }
        model.finish();
        model.check();
    }
}
