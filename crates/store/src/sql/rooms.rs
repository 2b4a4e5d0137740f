use async_trait::async_trait;
use sqlx::{Connection as _, query, query_as};

use super::{BEGIN, SqlStore, WORK_TIMEOUT};
use crate::accounts::plain;
use crate::integer::{signed, unsigned};
use crate::rooms::{
    PUT_ROOM, PUT_ROOM_MUTE, PUT_ROOM_READ, REMOVE_ROOM, REMOVE_ROOM_MUTE, REMOVE_ROOM_READ,
    ROOM_MUTES, ROOM_READS, ROOMS,
};
use crate::{RoomMuteRow, RoomReadRow, RoomRow, RoomStore, StoreError};

#[async_trait]
impl RoomStore for SqlStore {
    async fn rooms(&self) -> Result<Vec<RoomRow>, StoreError> {
        let rows: Vec<(String, i64, String)> =
            self.read(query_as(ROOMS).fetch_all(&self.readers)).await?;
        let rooms = rows.into_iter().map(|(id, seq, body)| RoomRow {
            id,
            seq: unsigned(seq),
            body,
        });
        Ok(rooms.collect())
    }

    async fn put_room(&self, room: &RoomRow) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            query(PUT_ROOM)
                .bind(plain(&room.id))
                .bind(signed(room.seq))
                .bind(plain(&room.body))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn room_reads(&self) -> Result<Vec<RoomReadRow>, StoreError> {
        let rows: Vec<(String, String, i64)> = self
            .read(query_as(ROOM_READS).fetch_all(&self.readers))
            .await?;
        let reads = rows.into_iter().map(|(room, reader, seq)| RoomReadRow {
            room,
            reader,
            seq: unsigned(seq),
        });
        Ok(reads.collect())
    }

    async fn put_room_read(&self, read: &RoomReadRow) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            query(PUT_ROOM_READ)
                .bind(plain(&read.room))
                .bind(plain(&read.reader))
                .bind(signed(read.seq))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn remove_room_read(&self, room: &str, reader: &str) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            query(REMOVE_ROOM_READ)
                .bind(plain(room))
                .bind(plain(reader))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }
    async fn room_mutes(&self) -> Result<Vec<RoomMuteRow>, StoreError> {
        let rows: Vec<(String, String)> = self
            .read(query_as(ROOM_MUTES).fetch_all(&self.readers))
            .await?;
        let mutes = rows.into_iter();
        let mutes = mutes.map(|(room, reader)| RoomMuteRow { room, reader });
        Ok(mutes.collect())
    }

    async fn set_room_mute(&self, mute: &RoomMuteRow, is_muted: bool) -> Result<(), StoreError> {
        let sql = if is_muted {
            PUT_ROOM_MUTE
        } else {
            REMOVE_ROOM_MUTE
        };
        self.write(WORK_TIMEOUT, async |connection| {
            query(sql)
                .bind(plain(&mute.room))
                .bind(plain(&mute.reader))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn remove_room(&self, id: &str) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            for sql in REMOVE_ROOM {
                query(sql)
                    .bind(plain(id))
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await
        })
        .await
    }
}
