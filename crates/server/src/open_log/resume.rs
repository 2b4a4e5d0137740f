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
        jumps: jumps.collect(),
    };
    let mut log = Log::resume(from, limits).of_host(own.clone());
    let (newest, all) = refill(store, kept, limits).await?;
    log.refill(&newest, &all);
    Ok(log)
}

/// What fills the ring: see [`Log::refill`].
async fn refill(
    store: &dyn Store,
    kept: &LogState,
    limits: Limits,
) -> Result<(Vec<StoredMessage>, Vec<StoredMessage>), StoreError> {
    let access = Access::server();
    let frames_max = limits.frames_max.min(REFILL_FRAMES_MAX);
    let bytes_max = limits.bytes_max.min(REFILL_BYTES_MAX);
    let tail = store.tail(&access, frames_max, bytes_max).await?;
    let all: Vec<_> = tail.into_iter().map(stored).collect();
    let mut newest = Vec::new();
    for stream in Stream::ALL {
        let is_in = all.iter().any(|it| it.position.stream == stream);
        if !is_in && kept.of(stream).newest_seq > 0 {
            newest.extend(store.page(&access, stream, u64::MAX, 1).await?);
        }
    }
    newest.sort_by_key(|entry| entry.seq);
    Ok((newest.into_iter().map(stored).collect(), all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64) -> store::Entry {
        let prev = seq - 1;
        store::Entry {
            seq,
            prev,
            stream: Stream::Logs,
            at_ms: 0,
            chain: store::ChainName::default(),
            body: format!(
                r#"{{"type":"log","seq":{seq},"prev":{prev},"stream":"logs","timestamp":"2026-01-15T10:30:00Z","level":"info","source":"test","message":""}}"#,
            ),
        }
    }

    #[tokio::test]
    async fn published_messages_that_a_crash_lost_are_a_gap() {
        for (is_dirty, is_whole) in [(false, true), (true, false)] {
            let folder = tempfile::tempdir().unwrap();
            let config = store::Config::of(store::Location::Sqlite(folder.path().to_owned()));
            let store = store::open(&config).await.unwrap();
            store.reserve(100).await.unwrap();
            store.commit(&[entry(1), entry(2)]).await.unwrap();
            // 3 to 5 are published, and the server crashes.
            drop(store);
            let store = store::open(&config).await.unwrap();
            let own = OwnHost::default();
            let log = log(&*store, &own, is_dirty, Limits::default(), None)
                .await
                .unwrap();
            assert_eq!(log.head(), 101);
            let kept = store.log_state().await.unwrap();
            assert_eq!(kept.is_recoverable(Stream::Logs, 2), is_whole);
            assert!(!kept.is_recoverable(Stream::Logs, 4));
            assert!(kept.is_recoverable(Stream::Logs, 101));
        }
    }
}
