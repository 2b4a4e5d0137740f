//! A viewer whose backlog is read from the store.

use super::socket::Socket;
use super::{Outbox, Progress, Tally, line, ping};
use access::Access;
use journal::{Encoding, Journal, Limits, Log, Page, PageRequest, ResumeState, StoredMessage};
use protocol::{Gap, GapReason, Position, ServerMessage, Stream, StreamOptions, Subscribe};
use websocket::Message;

/// A stored log of lines 1 to 4, with the last one in the ring.
fn journal() -> Journal {
    let mut newest = [0; Stream::COUNT];
    newest[Stream::Logs.index()] = 4;
    let from = ResumeState {
        head: 4,
        newest,
        newest_own: newest,
        ..ResumeState::beginning("e")
    };
    let mut log = Log::resume(from, Limits::default());
    log.refill(&[], &[stored(4)], &[]);
    Journal::with_log(log)
}

fn stored(seq: u64) -> StoredMessage {
    let stream = Stream::Logs;
    let position = Position {
        seq,
        prev: seq - 1,
        stream,
    };
    let json = protocol::splice_position(&line(&seq.to_string()).to_json(), position);
    StoredMessage {
        position,
        channel: None,
        host: None,
        json,
    }
}

/// The store's page, of at most two messages.
fn page(request: &PageRequest) -> Page {
    let mut seqs: Vec<_> = (request.after + 1..=request.until.min(4)).collect();
    if request.newest_first {
        seqs.reverse();
    }
    Page {
        floors: vec![0],
        stored: vec![4],
        is_last: seqs.len() <= 2,
        messages: seqs.into_iter().take(2).map(stored).collect(),
    }
}

fn resumed(journal: &Journal) -> Outbox {
    let subscribe = Subscribe {
        streams: [(Stream::Logs, StreamOptions::default())].into(),
        epoch: Some("e".into()),
        after: Some(0),
    };
    let mut outbox = Outbox::new(Encoding::Plain, Access::member([]), 0);
    outbox.subscribe(journal, &subscribe, None, &mut Tally::default());
    outbox
}

fn waiting_for_store(journal: &Journal, socket: &Socket) -> Outbox {
    let mut outbox = resumed(journal);
    let progress = outbox
        .drain(socket, journal, 0, &mut Tally::default())
        .unwrap();
    assert_eq!(progress, Progress::WaitingForStore);
    outbox
}

/// A summary of the received messages: the answer, each line's text, each gap, each ping.
fn received(socket: &Socket) -> Vec<String> {
    let short = |message| match message {
        Message::Text(text) => match serde_json::from_str(&text).unwrap() {
            ServerMessage::Subscribed(it) => format!("recovered {:?}", it.recovered),
            ServerMessage::Log(it) => it.message,
            ServerMessage::Gap(Gap { before, reason, .. }) => format!("gap {before} {reason:?}"),
            other => panic!("{other:?}"),
        },
        Message::Ping(_) => "ping".into(),
        other => panic!("{other:?}"),
    };
    socket
        .received(Encoding::Plain)
        .into_iter()
        .map(short)
        .collect()
}

#[test]
fn the_backlog_comes_from_the_store_and_precedes_live_messages() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = resumed(&journal);
    journal.append(&[line("live")]);
    let mut requests = 0;
    while outbox
        .drain(&socket, &journal, 0, &mut Tally::default())
        .unwrap()
        == Progress::WaitingForStore
    {
        let request = outbox.take_store_request(0).unwrap();
        assert_eq!(outbox.take_store_request(0), None, "only once");
        outbox.add_page(Some(&page(&request)), 0);
        requests += 1;
    }
    let all = ["recovered Some(true)", "1", "2", "3", "4", "live"];
    assert_eq!(received(&socket), all);
    assert!(
        requests >= 4,
        "two pages for the plan, and two to send: {requests}"
    );
    assert!(outbox.is_swept());
}

#[test]
fn control_frames_do_not_wait_for_the_store() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = resumed(&journal);
    for _ in 0..40 {
        outbox.queue_control(ping(1));
    }
    assert_eq!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::WaitingForStore
    );
    assert_eq!(received(&socket), vec!["ping"; 40]);
    assert_eq!(
        outbox.stalled_since_ms(),
        None,
        "the store is slow, not the viewer"
    );
    socket.take_only(1);
    outbox.queue_control(ping(2));
    assert_eq!(
        outbox
            .drain(&socket, &journal, 5, &mut Tally::default())
            .unwrap(),
        Progress::Full
    );
    assert_eq!(outbox.stalled_since_ms(), Some(5), "now it is the viewer");
}

#[test]
fn a_failing_store_causes_a_gap_and_live_messages_continue() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = waiting_for_store(&journal, &socket);
    outbox.take_store_request(0).unwrap();
    outbox.add_page(None, 0);
    journal.append(&[line("live")]);
    assert_eq!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );
    let reason = GapReason::TooFar;
    let all = ["recovered Some(false)".into(), format!("gap 4 {reason:?}")];
    let all = all.into_iter().chain(["4", "live"].map(str::to_owned));
    assert_eq!(received(&socket), all.collect::<Vec<_>>());
}

#[test]
fn a_closed_connection_drops_its_store_request() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = waiting_for_store(&journal, &socket);
    let request = outbox.take_store_request(0).unwrap();
    outbox.close(websocket::close_frame(1001, ""));
    outbox.add_page(Some(&page(&request)), 0);
    assert_eq!(
        outbox
            .drain(&socket, &journal, 0, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );
    let received = socket.received(Encoding::Plain);
    assert!(
        matches!(received.as_slice(), [Message::Close(_)]),
        "{received:?}"
    );
}

#[test]
fn scanning_takes_two_seconds_at_most() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = waiting_for_store(&journal, &socket);
    let request = outbox.take_store_request(1_000).unwrap();
    outbox.add_page(Some(&page(&request)), 3_000);
    assert_eq!(
        outbox
            .drain(&socket, &journal, 3_000, &mut Tally::default())
            .unwrap(),
        Progress::WaitingForStore
    );
    let request = outbox.take_store_request(3_000).unwrap();
    outbox.add_page(Some(&page(&request)), 3_001);
    assert_eq!(
        outbox
            .drain(&socket, &journal, 3_001, &mut Tally::default())
            .unwrap(),
        Progress::Done
    );
    let reason = GapReason::TooFar;
    let all = ["recovered Some(false)".into(), format!("gap 4 {reason:?}")];
    let all = all.into_iter().chain(["4".to_owned()]);
    assert_eq!(received(&socket), all.collect::<Vec<_>>());
}
