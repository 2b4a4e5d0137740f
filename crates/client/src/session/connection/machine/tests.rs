use super::*;
use crate::model::Missed;
use crate::session::connection::event::Channel;
use crate::session::connection::heartbeat;
use protocol::{
    Connection, Gap, GapReason, Metrics, Ping, Pong, PositionUpdate, RequestMetrics, ServerMessage,
    Subscribe, Subscribed, Timestamp, splice_position,
};

const OPEN: Effect = Effect::Open(Channel::WebSocket);

/// A machine, its clock, and its latest effects.
struct Scene {
    machine: Machine,
    now_ms: f64,
    effects: Vec<Effect>,
}

impl Scene {
    /// A page that was rendered at position 10, with metrics 10 and event 7 on it.
    fn new() -> Self {
        let mut machine = Machine::new("e1".into(), 10, 0.0);
        machine.saw(at(Stream::Events, 7, 3));
        machine.saw(at(Stream::Metrics, 10, 9));
        let mut scene = Self {
            machine,
            now_ms: 0.0,
            effects: Vec::new(),
        };
        scene.step(Event::Start);
        scene
    }

    fn live() -> Self {
        let mut scene = Self::new();
        scene.connect("e1", Some(true));
        assert_eq!(scene.machine.status(), Status::Live);
        scene
    }

    fn step(&mut self, event: Event) -> &[Effect] {
        self.effects = self.machine.step(event, self.now_ms, 1.0);
        &self.effects
    }

    fn after(&mut self, ms: f64, event: Event) -> &[Effect] {
        self.now_ms += ms;
        self.step(event)
    }

    fn deliver(&mut self, message: &ServerMessage) -> &[Effect] {
        self.step(Event::Text(message.to_json()))
    }

    /// Greets and answers; returns the subscription in between.
    fn connect(&mut self, epoch: &str, recovered: Option<bool>) -> Subscribe {
        self.greet(epoch);
        let asked = self.subscriptions();
        self.answer(epoch, recovered);
        asked
            .into_iter()
            .next()
            .expect("subscribes right after the greeting")
    }

    fn greet(&mut self, epoch: &str) {
        let greeting = ServerMessage::Connection(Connection {
            message: String::new(),
            client_id: "c-1".into(),
            client_count: 1,
            epoch: epoch.into(),
            head: 10,
            protocol: 1,
            server_version: "0.1.0".into(),
            heartbeat_ms: 15_000,
        });
        self.deliver(&greeting);
    }

    /// Over Server-Sent Events nothing is asked: the server greets and answers.
    fn connect_over_events(&mut self) {
        self.greet("e1");
        self.answer("e1", Some(true));
        assert_eq!(self.machine.status(), Status::Live);
    }

    fn subscriptions(&self) -> Vec<Subscribe> {
        let subscription = |effect: &Effect| match effect {
            Effect::Send(Request {
                message: ClientMessage::Subscribe(subscribe),
                ..
            }) => Some(subscribe.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(subscription).collect()
    }

    fn answer(&mut self, epoch: &str, recovered: Option<bool>) {
        self.deliver(&ServerMessage::Subscribed(Subscribed {
            streams: vec![Stream::Metrics],
            epoch: epoch.into(),
            head: 10,
            recovered,
            correlation_id: None,
        }));
    }

    /// Delivers a sample; returns whether the model got it.
    fn sample(&mut self, seq: u64, prev: u64) -> bool {
        let sample = protocol::Durable::Metrics(empty_sample());
        let text = splice_position(&sample.to_json(), at(Stream::Metrics, seq, prev));
        let effects = self.step(Event::Text(text));
        effects.iter().any(|e| matches!(e, Effect::Deliver(_)))
    }

    fn retry(&mut self) {
        let Status::Waiting { retry_at_ms, .. } = self.machine.status() else {
            panic!("not waiting: {:?}", self.machine.status());
        };
        self.now_ms = retry_at_ms;
        assert_eq!(self.step(Event::Wake)[0], OPEN);
    }
}

fn at(stream: Stream, seq: u64, prev: u64) -> Position {
    Position { seq, prev, stream }
}

fn empty_sample() -> Metrics {
    let text = r#"{"host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000}"#;
    serde_json::from_str(text).unwrap()
}

fn waits(scene: &Scene) -> (f64, u32) {
    match scene.machine.status() {
        Status::Waiting {
            retry_at_ms,
            attempt,
        } => (retry_at_ms - scene.now_ms, attempt),
        status => panic!("not waiting: {status:?}"),
    }
}

#[test]
fn a_timer_that_fires_early_is_set_again() {
    let mut scene = Scene::live();
    scene.step(Event::Closed { code: 1006 });
    let Status::Waiting { retry_at_ms, .. } = scene.machine.status() else {
        panic!("not waiting: {:?}", scene.machine.status());
    };
    scene.now_ms = retry_at_ms - 0.5;
    assert_eq!(scene.step(Event::Wake), [Effect::WakeAt(retry_at_ms)]);
    scene.now_ms = retry_at_ms;
    assert_eq!(scene.step(Event::Wake)[0], OPEN);
}

#[test]
fn resumes_where_the_page_was_rendered() {
    let mut scene = Scene::new();
    assert!(scene.effects.contains(&OPEN));
    let subscribe = scene.connect("e1", Some(true));
    assert_eq!(subscribe.epoch.as_deref(), Some("e1"));
    assert_eq!(subscribe.after, Some(10));
    let (stream, options) = &subscribe.streams[0];
    assert_eq!((*stream, options.last), (Stream::Metrics, Some(50)));
    assert!(scene.sample(11, 10));
    assert_eq!(scene.machine.statistics().reconnects, 0);
}

#[test]
fn waits_longer_after_each_failure() {
    let mut scene = Scene::new();
    for (attempt, ms) in [(1, 500.0), (2, 1e3), (3, 2e3), (4, 4e3)] {
        scene.step(Event::Closed { code: 1006 });
        if attempt >= 3 {
            // Server-Sent Events were tried right behind the WebSocket.
            scene.step(Event::Closed { code: 1006 });
        }
        assert_eq!(waits(&scene), (ms, attempt));
        scene.retry();
        assert_eq!(scene.machine.status(), Status::Connecting { attempt });
    }
}

#[test]
fn only_a_steady_connection_resets_the_backoff() {
    let mut scene = Scene::new();
    scene.step(Event::Closed { code: 1006 });
    scene.retry();
    scene.connect("e1", Some(true));
    scene.after(9_999.0, Event::Closed { code: 1001 });
    assert_eq!(waits(&scene).1, 2);
    scene.retry();
    scene.connect("e1", Some(true));
    scene.after(10_000.0, Event::Closed { code: 1001 });
    assert_eq!(waits(&scene).1, 1);
    assert_eq!(scene.machine.statistics().reconnects, 1);
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let mut scene = Scene::new();
    let effects = scene.after(10_000.0, Event::Wake);
    assert_eq!(effects[0], Effect::Close);
    assert_eq!(waits(&scene).1, 1);
}

#[test]
fn does_not_come_back_from_a_refusal() {
    for (code, reason) in [
        (4001, OfflineReason::NotSignedIn),
        (4003, OfflineReason::Forbidden),
    ] {
        let mut scene = Scene::live();
        let effects = scene.step(Event::Closed { code });
        assert_eq!(effects, [Effect::WakeAt(f64::INFINITY)]);
        scene.after(1e9, Event::Wake);
        scene.step(Event::ReconnectNow);
        assert_eq!(scene.machine.status(), Status::Offline(reason));
    }
}

#[test]
fn a_network_that_returns_is_used_at_once() {
    let mut scene = Scene::live();
    assert_eq!(scene.step(Event::Offline)[0], Effect::Close);
    let offline = Status::Offline(OfflineReason::NoNetwork);
    assert_eq!(scene.machine.status(), offline);
    scene.after(5e3, Event::Offline);
    assert_eq!(scene.effects, []);
    assert_eq!(scene.step(Event::ReconnectNow)[0], OPEN);
}

#[test]
fn the_browser_may_be_wrong_about_the_network() {
    let mut scene = Scene::live();
    scene.step(Event::Offline);
    assert_eq!(scene.after(OFFLINE_PROBE_MS, Event::Wake)[0], OPEN);
}

#[test]
fn looking_at_the_page_ends_the_wait() {
    let mut scene = Scene::new();
    scene.step(Event::Closed { code: 1006 });
    assert_eq!(scene.step(Event::ReconnectNow)[0], OPEN);
}

#[test]
fn pings_and_learns_from_the_answer() {
    let mut scene = Scene::live();
    let ping = |id| Effect::Send(ClientMessage::Ping(Ping { id: Some(id) }).into());
    assert!(scene.effects.contains(&ping(1)));
    scene.now_ms += 20.0;
    scene.deliver(&ServerMessage::Pong(Pong {
        id: Some(1),
        timestamp: Timestamp::from_unix_ms(1_000_000),
        correlation_id: None,
    }));
    assert_eq!(scene.machine.statistics().round_trip_ms, Some(20.0));
    assert_eq!(scene.machine.clock_offset_ms(), 1_000_000.0 - 10.0);

    let effects = scene.after(5_000.0, Event::Wake);
    assert_eq!(effects[0], ping(2));
}

#[test]
fn reconnects_when_the_answer_stays_away() {
    let mut scene = Scene::live();
    scene.after(9_999.0, Event::Wake);
    assert_eq!(scene.machine.status(), Status::Live);
    assert_eq!(scene.after(1.0, Event::Wake)[0], Effect::Close);
    assert_eq!(waits(&scene).1, 1);
}

#[test]
fn ignores_what_it_has_seen() {
    let mut scene = Scene::live();
    assert!(!scene.sample(10, 9));
    assert!(scene.sample(12, 10));
    assert!(!scene.sample(12, 10));
    assert_eq!(scene.machine.status(), Status::Live);
}

#[test]
fn a_broken_chain_is_resumed_before_the_hole() {
    let mut scene = Scene::live();
    let event = protocol::Durable::Event(protocol::Event {
        timestamp: Timestamp::from_unix_ms(0),
        level: protocol::Level::Info,
        source: String::new(),
        message: String::new(),
    });
    let text = splice_position(&event.to_json(), at(Stream::Events, 13, 7));
    scene.step(Event::Text(text));
    assert!(!scene.sample(14, 12), "12 is missing");
    assert_eq!(scene.effects[0], Effect::Close);
    scene.retry();
    assert_eq!(scene.connect("e1", Some(true)).after, Some(10));
    assert!(scene.sample(12, 10));
    assert!(scene.sample(14, 12));
    assert_eq!(scene.machine.statistics().gaps, 0);
}

#[test]
fn a_chain_that_breaks_again_is_started_afresh() {
    let mut scene = Scene::live();
    scene.sample(14, 12);
    scene.retry();
    scene.connect("e1", Some(true));
    scene.sample(14, 12);
    scene.retry();
    assert_eq!(scene.connect("e1", None).after, None);
    assert_eq!(scene.machine.statistics().gaps, 0, "it may come yet");
    assert!(!scene.sample(10, 9), "shown already");
    assert!(scene.sample(14, 12));
    let missed = Missed {
        stream: Stream::Metrics,
        after: 10,
        before: 14,
    };
    assert_eq!(scene.effects[0], Effect::Missed(missed));
    assert_eq!(scene.machine.statistics().last_gap, Some(missed));
    assert!(!scene.sample(20, 18), "verified again");
}

#[test]
fn a_named_gap_moves_the_expectation() {
    let mut scene = Scene::live();
    scene.deliver(&ServerMessage::Gap(Gap {
        channel: None,
        stream: Stream::Metrics,
        after: Some(10),
        before: 40,
        reason: GapReason::Slow,
    }));
    assert!(scene.sample(40, 39));
    assert_eq!(scene.machine.statistics().gaps, 1);
}

#[test]
fn a_quiet_page_resumes_where_it_was_told_to_be() {
    let mut scene = Scene::live();
    for seq in [50, 40] {
        scene.deliver(&ServerMessage::PositionUpdate(PositionUpdate { seq }));
    }
    scene.step(Event::Closed { code: 1006 });
    scene.retry();
    assert_eq!(scene.connect("e1", Some(true)).after, Some(50));
    assert!(scene.sample(60, 10), "the chain does not tell of it");
}

#[test]
fn another_epoch_is_another_history() {
    let mut scene = Scene::live();
    scene.step(Event::Closed { code: 1006 });
    scene.retry();
    let subscribe = scene.connect("e2", Some(false));
    assert_eq!(subscribe.epoch.as_deref(), Some("e1"));
    scene.deliver(&ServerMessage::Gap(Gap {
        channel: None,
        stream: Stream::Metrics,
        after: None,
        before: 3,
        reason: GapReason::Epoch,
    }));
    assert!(scene.sample(3, 2), "although 10 was seen in the other");
    assert_eq!(scene.machine.statistics().gaps, 0);

    scene.step(Event::Closed { code: 1006 });
    scene.retry();
    let subscribe = scene.connect("e2", Some(true));
    assert_eq!(subscribe.epoch.as_deref(), Some("e2"));
    assert_eq!(subscribe.after, Some(3));
}

#[test]
fn what_is_sent_while_disconnected_is_sent_later() {
    let mut scene = Scene::new();
    for _ in 0..OUTBOX_MESSAGES_MAX + 3 {
        scene.step(Event::Send(ClientMessage::RequestMetrics(
            RequestMetrics::default(),
        )));
        assert_eq!(scene.effects, []);
    }
    scene.connect("e1", Some(true));
    let sent = Effect::Send(ClientMessage::RequestMetrics(RequestMetrics::default()).into());
    let count = scene.effects.iter().filter(|e| **e == sent).count();
    assert_eq!(count, OUTBOX_MESSAGES_MAX);
    assert_eq!(
        scene.step(Event::Send(ClientMessage::RequestMetrics(
            RequestMetrics::default()
        ))),
        [sent]
    );
}

#[test]
fn what_it_cannot_read_does_not_hurt() {
    let mut scene = Scene::live();
    for text in ["", "malformed", "{}", r#"{"type":"hologram"}"#] {
        scene.step(Event::Text(text.into()));
        assert_eq!(scene.machine.status(), Status::Live);
    }
    let unknown = r#"{"type":"hologram","seq":11,"prev":10,"stream":"metrics"}"#;
    let effects = scene.step(Event::Text(unknown.into()));
    assert_eq!(effects[0], Effect::Unread(unknown.into()));
    assert!(scene.sample(12, 11), "its position counts");
}

#[test]
fn a_stream_with_several_chains_is_passed_on_without_checking_them() {
    let mut scene = Scene::live();
    let message = |seq, prev| {
        format!(
            r#"{{"type":"hologram","seq":{seq},"prev":{prev},"stream":"rooms","channel":"r7"}}"#
        )
    };
    for (seq, prev) in [(20, 3), (21, 0), (21, 0)] {
        let text = message(seq, prev);
        let effects = scene.step(Event::Text(text.clone()));
        assert_eq!(effects[0], Effect::Unread(text));
    }
    let gap = r#"{"type":"gap","stream":"rooms","reason":"slow","after":21,"before":30}"#;
    let effects = scene.step(Event::Text(gap.into()));
    assert_eq!(effects[0], Effect::Unread(gap.into()));
    assert_eq!(scene.machine.status(), Status::Live);
}

#[test]
fn one_stream_alone_is_subscribed_afresh() {
    let mut scene = Scene::new();
    scene.machine.follow_only(Stream::Rooms);
    let subscribe = scene.connect("e1", None);
    assert_eq!(subscribe.streams.len(), 1);
    assert_eq!(subscribe.streams[0].0, Stream::Rooms);
    assert_eq!(subscribe.streams[0].1.last, Some(50));
}

/// A page to which no WebSocket gets through.
fn over_events() -> Scene {
    let mut scene = Scene::new();
    while scene.machine.route.trying() == Transport::WebSocket {
        scene.step(Event::Closed { code: 1006 });
        if let Status::Waiting { retry_at_ms, .. } = scene.machine.status() {
            scene.now_ms = retry_at_ms;
            scene.step(Event::Wake);
        }
    }
    scene.connect_over_events();
    scene
}

#[test]
fn changing_the_channel_is_no_loss() {
    let mut scene = over_events();
    let no_loss = |scene: &Scene| scene.machine.status() == Status::Connecting { attempt: 0 };
    // The viewer switches a stream off, which Server-Sent Events cannot be told.
    scene.after(
        1_000.0,
        Event::SetOn {
            stream: Stream::Data,
            on: false,
        },
    );
    assert!(no_loss(&scene), "{:?}", scene.machine.status());
    scene.connect_over_events();
    // Now and then a WebSocket is tried again; where it is refused once more, events go on.
    scene.after(60_000.0, Event::Wake);
    assert_eq!(scene.effects[..2], [Effect::Close, OPEN]);
    assert!(no_loss(&scene), "{:?}", scene.machine.status());
    scene.step(Event::Closed { code: 1006 });
    assert!(no_loss(&scene), "{:?}", scene.machine.status());
    scene.connect_over_events();
    assert_eq!(scene.machine.statistics().reconnects, 0);
    scene.after(1_000.0, Event::Closed { code: 1006 });
    assert!(matches!(scene.machine.status(), Status::Waiting { .. }));
}

#[test]
fn a_suspended_computer_pings_at_once_and_corrects_the_clock() {
    let mut scene = Scene::live();
    scene.after(1_000.0, Event::Wake);
    let offset_ms = scene.machine.clock_offset_ms();
    let effects = scene.step(Event::Slept { ms: 3_600_000.0 });
    assert!(matches!(effects[0], Effect::Send(_)), "{effects:?}");
    assert_eq!(scene.machine.clock_offset_ms(), offset_ms + 3_600_000.0);
    // A server that has gone meanwhile is not waited for.
    scene.after(heartbeat::PONG_WITHIN_MS, Event::Wake);
    assert!(matches!(scene.machine.status(), Status::Waiting { .. }));
}
