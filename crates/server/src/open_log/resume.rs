use super::own_host;
use crate::maintenance::SimulatedHistory;
use crate::reading::stored;
use access::Access;
use journal::{Limits, Log, ResumeState, SequenceJump, StoredMessage};
use protocol::{OwnHost, Stream};
use store::{LogState, Store, StoreError};

/// Limits of the ring after a start; older messages come from the store. They cover an absence of half a
/// minute at a hundred messages per second, from which all viewers may resume at once; reading a full ring
/// would make the start too slow.
const REFILL_FRAMES_MAX: usize = 5_000;
const REFILL_BYTES_MAX: usize = 2 << 20;

/// Resumes the log of a store, with the newest messages in the ring.
///
/// If the dirty flag is set and the stop was unclean, published messages were lost, and every stream has a
/// gap. The messages of a simulated host since its newest stored ones are added first.
pub(super) async fn log(
    store: &dyn Store,
    own: &OwnHost,
    is_dirty: bool,
    limits: Limits,
    simulated: Option<SimulatedHistory>,
) -> Result<Log, StoreError> {
    let mut start = store.start().await?;
    if let Some(jump) = start.jumped {
        tracing::warn!(
            after = jump.after,
            up_to = jump.up_to,
            "The last stop was unclean; sequence numbers that may have been assigned are skipped."
        );
    }
    if let Some(jump) = start.jumped.filter(|_| is_dirty) {
        // A viewer that resumes from before the jump may have missed messages of any stream.
        let lost = Stream::ALL.map(|stream| (stream, jump.up_to));
        store.mark_lost(&lost).await?;
        start.log = store.log_state().await?;
    }
    // After a jump one more number is skipped: the position of viewers that subscribe before the first
    // message, which must not lie within the jump.
    let mut head = start.next_seq - u64::from(start.was_clean);
    let mut newest_own = own_host::newest(store, &start.log, own).await?;
    if let Some(simulated) = simulated {
        head = simulated
            .write_messages(store, &start.log, &mut newest_own, head)
            .await?;
        start.log = store.log_state().await?;
    }
    let kept = &start.log;
    let jumps = kept.jumps.iter().map(|jump| SequenceJump {
        after: jump.after,
        up_to: jump.up_to,
    });
    let from = ResumeState {
        epoch: start.epoch.clone(),
        head,
        newest: Stream::ALL.map(|stream| kept.of(stream).newest_seq),
        newest_own,
        lost: Stream::ALL.map(|stream| kept.of(stream).lost_seq),
        jumps: jumps.collect(),
    };
    let mut log = Log::resume(from, limits).of_host(own.clone());
    refill(&mut log, store, kept, limits).await?;
    Ok(log)
}

/// Fills the ring, each class by itself, so that lines of logs do not take the place of events.
async fn refill(
    log: &mut Log,
    store: &dyn Store,
    kept: &LogState,
    limits: Limits,
) -> Result<(), StoreError> {
    let regular = newest_of_class(store, false, limits.frames_max, limits.bytes_max).await?;
    let bulk = newest_of_class(store, true, limits.frames_max, limits.bulk_bytes_max).await?;
    let access = Access::server();
    let mut newest = Vec::new();
    for stream in Stream::ALL {
        let mut in_ring = regular.iter().chain(&bulk);
        let is_in = in_ring.any(|it| it.position.stream == stream);
        if !is_in && kept.of(stream).newest_seq > 0 {
            newest.extend(store.page(&access, stream, u64::MAX, 1).await?);
        }
    }
    newest.sort_by_key(|entry| entry.seq);
    let newest: Vec<_> = newest.into_iter().map(stored).collect();
    log.refill(&newest, &regular, &bulk);
    Ok(())
}

/// The newest messages of bulk streams, or of the others.
async fn newest_of_class(
    store: &dyn Store,
    is_bulk: bool,
    frames_max: usize,
    bytes_max: usize,
) -> Result<Vec<StoredMessage>, StoreError> {
    let of_class = |stream: &Stream| stream.definition().is_bulk == is_bulk;
    let streams: Vec<_> = Stream::ALL.into_iter().filter(of_class).collect();
    let access = Access::server();
    let (frames_max, bytes_max) = (
        frames_max.min(REFILL_FRAMES_MAX),
        bytes_max.min(REFILL_BYTES_MAX),
    );
    let tail = store.tail(&access, &streams, frames_max, bytes_max).await?;
    Ok(tail.into_iter().map(stored).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::reading::BacklogReader;
    use journal::Cursor;
    use protocol::{StreamOptions, Subscribe};
    use std::sync::Arc;

    /// Data of a chain, by its channel and host; empty for none.
    fn entry(seq: u64, prev: u64, (channel, host): (&str, &str)) -> store::Entry {
        let named = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        let member = |key: &str, name: &str| match name {
            "" => String::new(),
            name => format!(r#""{key}":"{name}","#),
        };
        let (in_channel, about) = (member("channel", channel), member("host", host));
        store::Entry {
            seq,
            prev,
            stream: Stream::Data,
            at_ms: 0,
            chain: store::ChainName {
                channel: named(channel),
                host: named(host),
            },
            body: format!(
                r#"{{"type":"data","seq":{seq},"prev":{prev},"stream":"data",{in_channel}"timestamp":"2026-01-15T10:30:00Z","label":"a",{about}"value":1}}"#,
            ),
        }
    }

    async fn open(folder: &std::path::Path) -> Arc<dyn Store> {
        let config = store::Config::of(store::Location::Sqlite(folder.to_owned()));
        store::open(&config).await.unwrap()
    }

    async fn resumed(store: &Arc<dyn Store>, is_dirty: bool) -> Log {
        let own = OwnHost::default();
        let log = log(&**store, &own, is_dirty, Limits::default(), None);
        log.await.unwrap()
    }

    const OWN: (&str, &str) = ("", "");
    const WEB_2: (&str, &str) = ("", "web-2");
    const R7: (&str, &str) = ("r7", "");

    /// Whether all after the position is recovered: of the own host, a host with messages, a quiet one, all, and a
    /// channel.
    async fn recovered(log: &Log, store: &Arc<dyn Store>, after: u64) -> [bool; 5] {
        let hosts = |name: &str| StreamOptions {
            hosts: Some(vec![name.to_owned()]),
            ..StreamOptions::default()
        };
        let channel = StreamOptions {
            channels: Some(vec!["r7".to_owned()]),
            ..StreamOptions::default()
        };
        let all = [
            hosts("local"),
            hosts("web-2"),
            hosts("web-9"),
            hosts("*"),
            channel,
        ];
        let reader = BacklogReader::new(Some(Arc::clone(store)));
        let mut are_recovered = [false; 5];
        for (options, is_recovered) in all.into_iter().zip(&mut are_recovered) {
            let subscribe = Subscribe {
                streams: [(Stream::Data, options)].into(),
                epoch: Some(log.epoch().to_string()),
                after: Some(after),
            };
            let access = Access::everything();
            let mut plan = log.subscribe(&mut Cursor::default(), &access, &subscribe);
            while let Some(request) = plan.request() {
                let page = reader.read(request, access.clone()).await;
                plan.add_page(&page.unwrap(), 0);
            }
            *is_recovered = plan.finish().recovered.unwrap();
        }
        are_recovered
    }

    #[tokio::test]
    async fn published_messages_that_a_crash_lost_are_a_gap_of_every_chain() {
        for (is_dirty, is_whole) in [(false, true), (true, false)] {
            let folder = tempfile::tempdir().unwrap();
            let store = open(folder.path()).await;
            store.reserve(100).await.unwrap();
            let entries = [entry(1, 0, WEB_2), entry(2, 0, OWN), entry(3, 0, R7)];
            store.commit(&entries).await.unwrap();
            // 4 to 6 are published, and the server crashes.
            drop(store);
            let store = open(folder.path()).await;
            let mut log = resumed(&store, is_dirty).await;
            assert_eq!(log.head(), 101);
            let kept = store.log_state().await.unwrap();
            assert_eq!(kept.is_recoverable(Stream::Data, 2), is_whole);
            assert!(!kept.is_recoverable(Stream::Data, 4));
            assert!(kept.is_recoverable(Stream::Data, 101));
            assert_eq!(recovered(&log, &store, 3).await, [is_whole; 5]);
            assert_eq!(recovered(&log, &store, 101).await, [true; 5]);
            let prevs = [(None, "local"), (None, "web-2"), (Some("r7"), "local")];
            let prevs = prevs.map(|(channel, host)| {
                let json = entry(1, 0, ("", host)).body;
                let message = protocol::Durable::from_json(&json).unwrap();
                let channel = channel.and_then(protocol::ChannelName::new);
                let frame = log.prepare(&message, channel.as_ref(), &json);
                frame.position().prev
            });
            assert_eq!(prevs, if is_whole { [2, 1, 3] } else { [100; 3] });
        }
    }

    #[tokio::test]
    async fn what_was_dropped_in_an_outage_is_a_gap_after_a_clean_stop() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await;
        store.reserve(100).await.unwrap();
        store.commit(&[entry(1, 0, OWN)]).await.unwrap();
        store.mark_lost(&[(Stream::Data, 2)]).await.unwrap();
        store.commit(&[entry(3, 0, WEB_2)]).await.unwrap();
        store.finish(3).await.unwrap();
        drop(store);
        let store = open(folder.path()).await;
        let mut log = resumed(&store, false).await;
        assert_eq!(recovered(&log, &store, 1).await, [false; 5]);
        assert_eq!(recovered(&log, &store, 2).await, [true; 5]);
        let json = entry(1, 0, OWN).body;
        let message = protocol::Durable::from_json(&json).unwrap();
        assert_eq!(log.prepare(&message, None, &json).position().prev, 2);
    }

    #[tokio::test]
    async fn lines_of_logs_do_not_take_the_place_of_others_in_the_ring() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await;
        let data = [entry(1, 0, OWN), entry(2, 1, OWN), entry(3, 2, OWN)];
        let lines = (4..=4 + REFILL_FRAMES_MAX as u64).map(|seq| store::Entry {
            stream: Stream::Logs,
            prev: if seq == 4 { 0 } else { seq - 1 },
            ..entry(seq, 0, OWN)
        });
        let entries: Vec<_> = data.into_iter().chain(lines).collect();
        let head = entries.len() as u64;
        store.reserve(head).await.unwrap();
        store.commit(&entries).await.unwrap();
        store.finish(head).await.unwrap();
        drop(store);
        let store = open(folder.path()).await;
        let log = resumed(&store, false).await;
        let subscribe = Subscribe {
            streams: [(Stream::Data, StreamOptions::default())].into(),
            epoch: Some(log.epoch().to_string()),
            after: Some(1),
        };
        let mut plan = log.subscribe(&mut Cursor::default(), &Access::everything(), &subscribe);
        assert!(plan.request().is_none(), "the store is asked");
        assert_eq!(plan.finish().recovered, Some(true));
    }
}
