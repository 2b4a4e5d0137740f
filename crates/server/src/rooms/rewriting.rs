use super::RoomError;
use super::restore::message_of;
use super::room::Room;
use super::service::Rooms;
use super::state::Pending;
use access::Access;
use journal::StoredMessage;
use protocol::{ChannelName, Durable, Position, RoomMessage, Stream, splice_position_in};
use store::{Entry, StoreError};

impl Rooms {
    /// Replaces what was said, in memory and in the store, by what its edits and its deletion have made of it; and edits
    /// that are not the newest any more, by ones without a text. To be called while rooms are being changed.
    pub(super) async fn apply_pending(&self, said_seq: u64) -> Result<(), RoomError> {
        let pending = self.state().pending.get(&said_seq).cloned();
        let Some(pending) = pending else {
            return Ok(());
        };
        let mut replaced = Vec::new();
        let mut without_text: Vec<u64> = pending.edits.iter().map(|edit| edit.seq).collect();
        let mut newest = pending.edits.last().map(|edit| edit.seq);
        if let Some((entry, said)) = self.entry(said_seq).await? {
            without_text.extend(said.edited_seq);
            let said = with_pending(said, &pending);
            newest = said.edited_seq.filter(|_| said.deleted_seq.is_none());
            replaced.push((entry, said));
        }
        without_text.retain(|seq| Some(*seq) != newest);
        for seq in without_text {
            if let Some((entry, edited)) = self.entry(seq).await? {
                let edited = RoomMessage {
                    text: None,
                    mentions: Vec::new(),
                    people: Vec::new(),
                    ..edited
                };
                replaced.push((entry, edited));
            }
        }
        self.replace(replaced).await?;
        let mut state = self.state();
        if state.pending.get(&said_seq) == Some(&pending) {
            state.pending.remove(&said_seq);
        }
        Ok(())
    }

    /// The same for everything that is left.
    pub(super) async fn apply_all_pending(&self) -> Result<(), RoomError> {
        let pending: Vec<u64> = self.state().pending.keys().copied().collect();
        for said_seq in pending {
            self.apply_pending(said_seq).await?;
        }
        Ok(())
    }

    async fn replace(&self, replaced: Vec<(Entry, RoomMessage)>) -> Result<(), StoreError> {
        let mut bodies = Vec::new();
        for (entry, message) in replaced {
            let position = Position {
                seq: entry.seq,
                prev: entry.prev,
                stream: entry.stream,
            };
            let channel = entry.chain.channel.as_deref();
            let name = channel.and_then(ChannelName::new);
            let json = Durable::RoomMessage(message).to_json();
            let json = splice_position_in(&json, position, name.as_ref());
            self.0.journal.replace(&StoredMessage {
                position,
                channel: channel.map(Into::into),
                host: None,
                json: json.clone(),
            });
            bodies.push((entry.seq, json));
        }
        let store = self.0.archive.store();
        store.replace(&bodies).await
    }

    /// A message of the store that this access may see, of a room.
    pub(super) async fn stored(
        &self,
        access: &Access,
        room: &Room,
        seq: u64,
    ) -> Result<Option<RoomMessage>, StoreError> {
        let channel = room.channel();
        let access = access.of_scopes([(Stream::Rooms, channel.as_deref())]);
        let entry = self.entry_for(&access, seq).await?;
        Ok(entry.map(|(_, message)| message))
    }

    async fn entry(&self, seq: u64) -> Result<Option<(Entry, RoomMessage)>, StoreError> {
        self.entry_for(&Access::server(), seq).await
    }

    async fn entry_for(
        &self,
        access: &Access,
        seq: u64,
    ) -> Result<Option<(Entry, RoomMessage)>, StoreError> {
        let store = self.0.archive.store();
        let before = seq.saturating_add(1);
        let newest = store.page(access, Stream::Rooms, before, 1).await?;
        let entry = newest.into_iter().find(|entry| entry.seq == seq);
        Ok(entry.and_then(|entry| {
            let message = message_of(&entry)?;
            Some((entry, message))
        }))
    }
}

/// What was said, as it is now.
pub(super) fn with_pending(said: RoomMessage, pending: &Pending) -> RoomMessage {
    let mut said = said;
    let newest = pending.edits.last();
    if let Some(newest) = newest.filter(|edit| said.edited_seq < Some(edit.seq)) {
        said.edited_seq = Some(newest.seq);
        // One without a text was followed by another one, which is in what was said.
        if newest.text.is_some() {
            said.text.clone_from(&newest.text);
            said.mentions.clone_from(&newest.mentions);
        }
    }
    said.deleted_seq = said.deleted_seq.or(pending.deleted_seq);
    if said.deleted_seq.is_some() {
        said.text = None;
        said.mentions.clear();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::super::state::Edit;
    use super::*;
    use protocol::{Person, PersonKind, RoomAction, Timestamp};

    fn said(text: Option<&str>, edited_seq: Option<u64>) -> RoomMessage {
        let author = Person {
            id: "a".into(),
            name: "a".into(),
            kind: PersonKind::Guest,
        };
        RoomMessage {
            text: text.map(Into::into),
            edited_seq,
            ..RoomMessage::new(Timestamp::from_unix_ms(0), "r1", RoomAction::Said, author)
        }
    }

    fn edit(seq: u64, text: Option<&str>) -> Edit {
        Edit {
            seq,
            text: text.map(Into::into),
            mentions: Vec::new(),
        }
    }

    #[test]
    fn what_was_said_is_what_the_newest_edit_says() {
        let table = [
            (vec![edit(5, Some("b"))], None, Some("b"), Some(5)),
            (
                vec![edit(5, Some("b")), edit(6, Some("c"))],
                None,
                Some("c"),
                Some(6),
            ),
            (vec![edit(5, None)], None, Some("a"), Some(5)),
            (vec![edit(5, Some("b"))], Some(7), None, Some(5)),
            (vec![], Some(7), None, None),
        ];
        for (edits, deleted_seq, text, edited_seq) in table {
            let pending = Pending { edits, deleted_seq };
            let now = with_pending(said(Some("a"), None), &pending);
            assert_eq!(now.text.as_deref(), text, "{pending:?}");
            assert_eq!((now.edited_seq, now.deleted_seq), (edited_seq, deleted_seq));
            assert_eq!(with_pending(now.clone(), &pending), now, "twice");
        }
    }
}
