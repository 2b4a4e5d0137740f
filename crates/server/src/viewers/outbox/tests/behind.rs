//! A viewer that waits for the store.

use super::socket::Socket;
use super::{Outbox, Progress, line, ping};
use journal::{Ask, Encoding, Journal, Kept, Limits, Log, Page, Resumed};
use protocol::{Gap, GapReason, Position, ServerMessage, Stream, StreamOptions, Subscribe};
use websocket::Message;

/// A log of lines 1 to 4 that was kept, of which the ring has the last.
fn journal() -> Journal {
    let mut newest = [0; Stream::COUNT];
    newest[Stream::Logs.index()] = 4;
    let from = Resumed {
        epoch: "e".into(),
        head: 4,
        newest,
        newest_own: newest,
        jumps: Vec::new(),
    };
    let mut log = Log::resume(from, Limits::default());
    log.refill(&[], &[kept(4)]);
    Journal::with_log(log)
}

fn kept(seq: u64) -> Kept {
    let stream = Stream::Logs;
    let position = Position {
        seq,
        prev: seq - 1,
        stream,
    };
    let json = protocol::splice_position(&line(&seq.to_string()).to_json(), position);
    Kept { position, json }
}

/// What the store says: two messages a page.
fn page(ask: &Ask) -> Page {
    let mut seqs: Vec<_> = (ask.after + 1..=ask.until.min(4)).collect();
    if ask.newest_first {
        seqs.reverse();
    }
    Page {
        is_last: seqs.len() <= 2,
        messages: seqs.into_iter().take(2).map(kept).collect(),
    }
}

fn resumed(journal: &Journal) -> Outbox {
    let subscribe = Subscribe {
        streams: [(Stream::Logs, StreamOptions::default())].into(),
        epoch: Some("e".into()),
        after: Some(0),
    };
    let mut outbox = Outbox::new(Encoding::Plain, 0);
    outbox.subscribe(journal, &subscribe, None);
    outbox
}

/// What came, in short: the answer, each line's text, each gap, each ping.
fn heard(socket: &Socket) -> Vec<String> {
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
        .heard(Encoding::Plain)
        .into_iter()
        .map(short)
        .collect()
}

#[test]
fn the_past_comes_from_the_store_and_live_waits_for_it() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = resumed(&journal);
    journal.append(&[line("live")]);
    let mut asked = 0;
    while outbox.drain(&socket, &journal, 0).unwrap() == Progress::Behind {
        let ask = outbox.ask().unwrap();
        assert_eq!(outbox.ask(), None, "only once");
        outbox.give(Some(&page(&ask)), 0);
        asked += 1;
    }
    let all = ["recovered Some(true)", "1", "2", "3", "4", "live"];
    assert_eq!(heard(&socket), all);
    assert!(asked >= 4, "two pages to judge, and two to send: {asked}");
    assert!(outbox.is_swept());
}

#[test]
fn what_need_not_wait_for_the_store_passes_by() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = resumed(&journal);
    for _ in 0..40 {
        outbox.control(ping(1));
    }
    assert_eq!(
        outbox.drain(&socket, &journal, 0).unwrap(),
        Progress::Behind
    );
    assert_eq!(heard(&socket), vec!["ping"; 40]);
    assert_eq!(
        outbox.stalled_since_ms(),
        None,
        "the store is slow, not the viewer"
    );
    socket.take_only(1);
    outbox.control(ping(2));
    assert_eq!(outbox.drain(&socket, &journal, 5).unwrap(), Progress::Full);
    assert_eq!(outbox.stalled_since_ms(), Some(5), "now it is the viewer");
}

#[test]
fn a_store_that_does_not_answer_costs_the_past_and_not_the_present() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = resumed(&journal);
    assert_eq!(
        outbox.drain(&socket, &journal, 0).unwrap(),
        Progress::Behind
    );
    outbox.ask().unwrap();
    outbox.give(None, 0);
    journal.append(&[line("live")]);
    assert_eq!(outbox.drain(&socket, &journal, 0).unwrap(), Progress::Done);
    let reason = GapReason::TooFar;
    let all = ["recovered Some(false)".into(), format!("gap 4 {reason:?}")];
    let all = all.into_iter().chain(["4", "live"].map(str::to_owned));
    assert_eq!(heard(&socket), all.collect::<Vec<_>>());
}

#[test]
fn a_connection_that_is_closed_forgets_what_it_asked_for() {
    let journal = journal();
    let socket = Socket::default();
    let mut outbox = resumed(&journal);
    assert_eq!(
        outbox.drain(&socket, &journal, 0).unwrap(),
        Progress::Behind
    );
    let ask = outbox.ask().unwrap();
    outbox.close(websocket::close_frame(1001, ""));
    outbox.give(Some(&page(&ask)), 0);
    assert_eq!(outbox.drain(&socket, &journal, 0).unwrap(), Progress::Done);
    let heard = socket.heard(Encoding::Plain);
    assert!(matches!(heard.as_slice(), [Message::Close(_)]), "{heard:?}");
}
