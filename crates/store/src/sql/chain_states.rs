//! What is known of chains.

use protocol::Stream;
use sqlx::query_as;

use super::Pool;
use crate::integer::{count, signed, unsigned};
use crate::journal::{CHAINS_OF_STREAMS, PUBLIC_CHAINS, chains_sql, stream_code, stream_of};
use crate::{ChainSet, ChainState};

/// Chains of one statement.
const CHAINS_MAX: usize = 1_000;

/// What is known of all chains of a stream.
#[derive(Clone, Copy, Default)]
struct OfStream {
    lost: u64,
    newest: u64,
    unchained: u64,
}

/// In a few statements, however many there are.
pub(super) async fn chain_states(
    readers: &Pool,
    sets: &[(Stream, ChainSet)],
) -> Result<Vec<ChainState>, sqlx::Error> {
    let mut streams = [OfStream::default(); Stream::COUNT];
    let rows: Vec<(i16, i64, i64, i64)> = query_as(CHAINS_OF_STREAMS).fetch_all(readers).await?;
    for (code, lost, newest, unchained) in rows {
        if let Some(stream) = stream_of(code) {
            let [lost, newest, unchained] = [lost, newest, unchained].map(unsigned);
            streams[stream.index()] = OfStream {
                lost,
                newest,
                unchained,
            };
        }
    }
    let begin = |(stream, _): &(Stream, ChainSet)| {
        let OfStream { lost, newest, .. } = streams[stream.index()];
        ChainState {
            newest_seq: lost,
            floor_seq: lost,
            stored_seq: newest,
        }
    };
    let mut states: Vec<_> = sets.iter().map(begin).collect();
    let mut wanted = Vec::new();
    for (index, (stream, set)) in sets.iter().enumerate() {
        match set {
            ChainSet::Public => {
                let row = query_as(PUBLIC_CHAINS).bind(stream_code(*stream));
                let (newest, floor) = row.fetch_one(readers).await?;
                add(&mut states[index], newest, floor);
            }
            ChainSet::Channel(channel) => wanted.push((index, channel.as_str(), "")),
            ChainSet::Hosts(hosts) => {
                let hosts = hosts.iter().map(|it| it.as_deref().unwrap_or_default());
                wanted.extend(hosts.map(|host| (index, "", host)));
            }
        }
    }
    for chains in wanted.chunks(CHAINS_MAX) {
        let sql = chains_sql(chains.len());
        let mut rows = query_as::<_, (i64, Option<i64>, Option<i64>)>(&sql);
        for &(index, channel, host) in chains {
            let stream = stream_code(sets[index].0);
            rows = rows
                .bind(count(index))
                .bind(stream)
                .bind(channel)
                .bind(host);
        }
        for (index, newest, floor) in rows.fetch_all(readers).await? {
            let index = usize::try_from(index).unwrap_or_default();
            let (stream, set) = &sets[index];
            let unchained = signed(streams[stream.index()].unchained);
            let newest = match set {
                // There were no channels before there were chains.
                ChainSet::Channel(_) => newest,
                // A host without a row has nothing after what is from before there were chains.
                ChainSet::Public | ChainSet::Hosts(_) => newest.or(Some(unchained)),
            };
            add(&mut states[index], newest, floor);
        }
    }
    Ok(states)
}

fn add(state: &mut ChainState, newest: Option<i64>, floor: Option<i64>) {
    let at_least = |seq: u64, other: Option<i64>| seq.max(unsigned(other.unwrap_or(0)));
    state.newest_seq = at_least(state.newest_seq, newest);
    state.floor_seq = at_least(state.floor_seq, floor);
}
