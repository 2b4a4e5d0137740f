use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;

use access::Access;
use async_trait::async_trait;
use protocol::Stream;
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::chain_states::chain_states;
use super::{BEGIN, Connection, Database, SqlStore, WORK_TIMEOUT, bulk, classify, journal_reads};
use crate::idempotency::WITHDRAW_KEYS;
use crate::integer::{count, signed, unsigned};
use crate::journal::{
    ADD_JUMP, ADD_TO_STREAM, CHAINS_MAX, COUNT_CHAINS, Candidate, DELETE_ROOM_BODIES, DELETE_UP_TO,
    EARLIEST, FINISH, LOWER_CHAIN, LOWER_NEWEST, METADATA, OLDEST, RAISE_CHAIN_FLOORS, RAISE_FLOOR,
    RAISE_LOST, RAISE_LOST_UNCHAINED, RAISE_NEWEST, REMOVE_EXPIRED_CHAINS, RESERVE, STORED_BYTES,
    WITHDRAW, check_reserved, cut, jump_between, next_limit, stream_code,
};
use crate::series_sets::SEALED_SEQ;
use crate::writer::within;
use crate::{
    ChainSet, ChainState, CommitExtras, Entry, JournalStore, LogState, RangePage, Start, StoreError,
};

#[async_trait]
impl JournalStore for SqlStore {
    async fn start(&self) -> Result<Start, StoreError> {
        let start = self
            .write(WORK_TIMEOUT, async |connection| start(connection).await)
            .await?;
        self.reserved.store(start.next_seq - 1, Ordering::Relaxed);
        Ok(start)
    }

    async fn reserve(&self, up_to: u64) -> Result<(), StoreError> {
        if up_to <= self.reserved.load(Ordering::Relaxed) {
            return Ok(());
        }
        // The server cannot start without it, however slow its disk is then.
        self.write(WORK_TIMEOUT, async |connection| {
            Database::write_synced(connection, RESERVE, signed(up_to)).await
        })
        .await?;
        self.reserved.fetch_max(up_to, Ordering::Relaxed);
        Ok(())
    }

    async fn commit_with(
        &self,
        entries: &[Entry],
        extras: &CommitExtras,
    ) -> Result<(), StoreError> {
        check_reserved(entries, self.reserved.load(Ordering::Relaxed))?;
        self.write(self.timeout, async |connection| {
            bulk::commit(connection, entries, extras).await
        })
        .await
    }

    async fn mark_lost(&self, streams: &[(Stream, u64)]) -> Result<(), StoreError> {
        self.write(self.timeout, async |connection| {
            mark_lost(connection, streams).await
        })
        .await
    }

    async fn withdraw(&self, seqs: RangeInclusive<u64>) -> Result<(), StoreError> {
        self.write(self.timeout, async |connection| {
            withdraw(connection, signed(*seqs.start()), signed(*seqs.end())).await
        })
        .await
    }

    async fn replace(&self, bodies: &[(u64, String)]) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            Database::overwrite_deleted(connection, true).await?;
            replace(connection, bodies).await?;
            Database::overwrite_deleted(connection, false).await
        })
        .await?;
        self.database.mark_overwritten();
        Ok(())
    }

    async fn finish(&self, head: u64) -> Result<(), StoreError> {
        self.database.stop_tasks().await;
        within(Database::FINISH_TIMEOUT, async {
            let (permit, mut connection) = self.database.acquire().await?;
            Database::write_synced(&mut connection, FINISH, signed(head))
                .await
                .map_err(classify)?;
            self.readers.close().await;
            // SQLite's last connection checkpoints and removes the log; PostgreSQL's session ends and
            // releases the lock.
            connection.close().await.map_err(classify)?;
            permit.close();
            Ok(())
        })
        .await
    }

    async fn after(
        &self,
        access: &Access,
        seq: u64,
        streams: &[Stream],
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let after =
            journal_reads::after(&self.readers, access, seq, streams, messages_max, bytes_max);
        self.read(after).await
    }

    async fn tail(
        &self,
        access: &Access,
        streams: &[Stream],
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let tail = journal_reads::tail(&self.readers, access, streams, messages_max, bytes_max);
        self.read(tail).await
    }

    async fn page(
        &self,
        access: &Access,
        stream: Stream,
        before_seq: u64,
        messages_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let page = journal_reads::page(&self.readers, access, stream, before_seq, messages_max);
        self.read(page).await
    }

    async fn at(
        &self,
        access: &Access,
        stream: Stream,
        at_ms: i64,
        messages_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let at = journal_reads::at(&self.readers, access, stream, at_ms, messages_max);
        self.read(at).await
    }

    async fn range(&self, access: &Access, page: &RangePage) -> Result<Vec<Entry>, StoreError> {
        self.read(journal_reads::range(&self.readers, access, page))
            .await
    }

    async fn chain_states(
        &self,
        chains: &[(Stream, ChainSet)],
    ) -> Result<Vec<ChainState>, StoreError> {
        self.read(chain_states(&self.readers, chains)).await
    }

    async fn log_state(&self) -> Result<LogState, StoreError> {
        self.read(async {
            let mut reader = self.readers.acquire().await?;
            journal_reads::log_state(&mut reader).await
        })
        .await
    }

    async fn expire(
        &self,
        stream: Stream,
        before_ms: i64,
        messages_max: usize,
    ) -> Result<u64, StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            // Of people's texts nothing stays behind.
            let is_overwritten = stream == Stream::Rooms;
            Database::overwrite_deleted(connection, is_overwritten).await?;
            let deleted = expire(connection, stream, before_ms, messages_max).await?;
            Database::overwrite_deleted(connection, false).await?;
            Database::release_space(connection).await?;
            Ok(deleted)
        })
        .await
    }
}

async fn start(connection: &mut Connection) -> Result<Start, sqlx::Error> {
    let (epoch, reserved, was_clean): (String, i64, bool) =
        query_as(METADATA).fetch_one(&mut *connection).await?;
    let newest = journal_reads::log_state(connection).await?.newest_seq();
    let jumped = jump_between(newest, unsigned(reserved));
    if let Some(jump) = jumped {
        query(ADD_JUMP)
            .bind(signed(jump.after))
            .bind(signed(jump.up_to))
            .execute(&mut *connection)
            .await?;
    }
    Ok(Start {
        epoch,
        next_seq: newest.max(unsigned(reserved)) + 1,
        was_clean,
        jumped,
        log: journal_reads::log_state(connection).await?,
    })
}

async fn mark_lost(
    connection: &mut Connection,
    streams: &[(Stream, u64)],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    for &(stream, seq) in streams {
        for raise in [RAISE_NEWEST, RAISE_FLOOR, RAISE_LOST] {
            query(raise)
                .bind(stream_code(stream))
                .bind(signed(seq))
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await
}

async fn withdraw(connection: &mut Connection, first: i64, last: i64) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let deleted: Vec<(i16, String, String, i64, i64)> = query_as(WITHDRAW)
        .bind(first)
        .bind(last)
        .fetch_all(&mut *transaction)
        .await?;
    for sql in [DELETE_ROOM_BODIES, WITHDRAW_KEYS] {
        query(sql)
            .bind(first)
            .bind(last)
            .execute(&mut *transaction)
            .await?;
    }
    let mut streams: BTreeMap<i16, (i64, i64)> = BTreeMap::new();
    let mut chains: BTreeMap<(i16, String, String), i64> = BTreeMap::new();
    for (stream, channel, host, prev, length) in deleted {
        let (messages, bytes) = streams.entry(stream).or_default();
        *messages += 1;
        *bytes += length;
        let before = chains.entry((stream, channel, host)).or_insert(prev);
        *before = prev.min(*before);
    }
    for ((stream, channel, host), before) in chains {
        query(LOWER_CHAIN)
            .bind(stream)
            .bind(channel)
            .bind(host)
            .bind(first)
            .bind(last)
            .bind(before)
            .execute(&mut *transaction)
            .await?;
    }
    for (stream, (messages, bytes)) in streams {
        query(ADD_TO_STREAM)
            .bind(stream)
            .bind(-messages)
            .bind(-bytes)
            .execute(&mut *transaction)
            .await?;
        query(LOWER_NEWEST)
            .bind(stream)
            .bind(first)
            .bind(last)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

async fn replace(connection: &mut Connection, bodies: &[(u64, String)]) -> Result<(), sqlx::Error> {
    let stream = Stream::Rooms;
    let mut transaction = connection.begin_with(BEGIN).await?;
    let mut added = 0;
    for (seq, body) in bodies {
        let Some(before) = stored_bytes(&mut transaction, *seq).await? else {
            continue;
        };
        bulk::replace(&mut transaction, signed(*seq), body).await?;
        let after = stored_bytes(&mut transaction, *seq).await?;
        added += after.unwrap_or(0) - before;
    }
    query(ADD_TO_STREAM)
        .bind(stream_code(stream))
        .bind(0_i64)
        .bind(added)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

async fn stored_bytes(connection: &mut Connection, seq: u64) -> Result<Option<i64>, sqlx::Error> {
    query_scalar(STORED_BYTES)
        .bind(stream_code(Stream::Rooms))
        .bind(signed(seq))
        .fetch_optional(connection)
        .await
}

async fn expire(
    connection: &mut Connection,
    stream: Stream,
    before_ms: i64,
    messages_max: usize,
) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let earliest: Option<i64> = query_scalar(EARLIEST)
        .bind(stream_code(stream))
        .fetch_one(&mut *transaction)
        .await?;
    if earliest.is_none_or(|at_ms| at_ms >= before_ms) {
        return Ok(0);
    }
    let sealed: Option<i64> = match stream.definition().has_points {
        true => {
            query_scalar(SEALED_SEQ)
                .fetch_one(&mut *transaction)
                .await?
        }
        false => None,
    };
    let mut limit = messages_max;
    let cut = loop {
        let mut oldest: Vec<Candidate> = query_as(OLDEST)
            .bind(stream_code(stream))
            .bind(count(limit))
            .fetch_all(&mut *transaction)
            .await?;
        let is_full = oldest.len() == limit;
        oldest.retain(|(seq, ..)| sealed.is_none_or(|sealed| *seq <= sealed));
        if let Some(cut) = cut(&oldest, before_ms, messages_max) {
            break cut;
        }
        match next_limit(limit, messages_max) {
            Some(next) if is_full && oldest.len() == limit => limit = next,
            _ => return Ok(0),
        }
    };
    for sql in [
        RAISE_CHAIN_FLOORS,
        DELETE_UP_TO,
        RAISE_FLOOR,
        RAISE_LOST_UNCHAINED,
    ] {
        query(sql)
            .bind(stream_code(stream))
            .bind(cut.up_to)
            .execute(&mut *transaction)
            .await?;
    }
    if stream == Stream::Rooms {
        query(DELETE_ROOM_BODIES)
            .bind(0_i64)
            .bind(cut.up_to)
            .execute(&mut *transaction)
            .await?;
    }
    query(ADD_TO_STREAM)
        .bind(stream_code(stream))
        .bind(-cut.messages)
        .bind(-cut.bytes)
        .execute(&mut *transaction)
        .await?;
    fold_chains(&mut transaction, stream, cut.up_to).await?;
    transaction.commit().await?;
    Ok(unsigned(cut.messages))
}

/// Beyond the limit, chains without messages, up to a number, are only known together: as what was lost of any chain.
async fn fold_chains(
    connection: &mut Connection,
    stream: Stream,
    up_to: i64,
) -> Result<(), sqlx::Error> {
    let chains: i64 = query_scalar(COUNT_CHAINS)
        .bind(stream_code(stream))
        .fetch_one(&mut *connection)
        .await?;
    if chains <= count(CHAINS_MAX) {
        return Ok(());
    }
    let newest: Vec<i64> = query_scalar(REMOVE_EXPIRED_CHAINS)
        .bind(stream_code(stream))
        .bind(up_to)
        .fetch_all(&mut *connection)
        .await?;
    if let Some(newest) = newest.into_iter().max() {
        query(RAISE_LOST)
            .bind(stream_code(stream))
            .bind(newest)
            .execute(connection)
            .await?;
    }
    Ok(())
}
