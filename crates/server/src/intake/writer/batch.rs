use crate::intake::OwnMessage;
use crate::intake::appender::{Apply, Commit, Contents, KeyChange, Unavailable, WriterCommand};
use access::{Access, Span};
use protocol::{ChannelName, Durable, Stream};
use std::ops::Range;
use store::{CommitExtras, Entry, IdempotencyKeyRow, SeriesSetRow};
use tokio::sync::oneshot;

/// The commands that arrived since the last commit.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) messages: Vec<Durable>,
    /// For each message the channel that it belongs to.
    channels: Vec<Option<ChannelName>>,
    /// For each message whether it is one of the server's own.
    is_own: Vec<bool>,
    /// The sets of series that messages refer to.
    sets: Vec<SeriesSetRow>,
    /// The keys of requests, each with the place of a message of its request.
    keys: Vec<(usize, Box<KeyChange>)>,
    /// Dropped once everything before them is published or refused.
    flushes: Vec<oneshot::Sender<()>>,
    commits: Vec<oneshot::Sender<Result<(), Unavailable>>>,
    /// What is done with the numbers of some of the messages, in order.
    applied: Vec<(Range<usize>, Apply)>,
}

impl Batch {
    pub(super) fn add(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Publish(messages) => messages.into_iter().for_each(|it| self.push(it)),
            WriterCommand::Commit(commit) => self.add_commit(commit),
            WriterCommand::Flush(done) => self.flushes.push(done),
        }
    }

    fn add_commit(&mut self, commit: Commit) {
        let Commit { contents, done } = commit;
        let Contents {
            channel,
            messages,
            sets,
            key,
            applied,
        } = contents;
        let first = self.messages.len();
        self.sets.extend(sets);
        self.keys.extend(key.map(|key| (first, key)));
        self.is_own.extend(messages.iter().map(|_| false));
        self.channels
            .extend(messages.iter().map(|_| channel.clone()));
        self.messages.extend(messages);
        if let Some(apply) = applied {
            self.applied.push((first..self.messages.len(), apply));
        }
        self.commits.push(done);
    }

    /// Adds a command while the store is unavailable: only the server's own messages are published then.
    pub(super) fn add_during_outage(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Commit(commit) => respond(commit.done, Err(Unavailable)),
            WriterCommand::Publish(_) | WriterCommand::Flush(_) => self.add(command),
        }
    }

    pub(super) fn push(&mut self, message: OwnMessage) {
        self.messages.push(message.into());
        self.channels.push(None);
        self.is_own.push(true);
    }

    /// Each message with its channel.
    pub(super) fn in_channels(
        &self,
    ) -> impl Iterator<Item = (Option<&ChannelName>, &Durable)> + Clone {
        let channels = self.channels.iter().map(Option::as_ref);
        channels.zip(&self.messages)
    }

    /// Takes what is stored in the same transaction as the messages, which have become these entries.
    pub(super) fn take_extras(&mut self, entries: &[Entry]) -> CommitExtras {
        let mut extras = CommitExtras {
            sets: std::mem::take(&mut self.sets),
            ..CommitExtras::default()
        };
        for (place, key) in self.keys.drain(..) {
            let KeyChange { added, forgotten } = *key;
            let seq = entries.get(place).map_or(0, |entry| entry.seq);
            extras.keys.push(IdempotencyKeyRow { seq, ..added });
            extras.forgotten.extend(forgotten);
        }
        extras
    }

    /// Takes the messages that everybody may see, each with its number.
    pub(super) fn take_public(&mut self, seqs: impl Iterator<Item = u64>) -> Vec<(u64, Durable)> {
        let channels = std::mem::take(&mut self.channels);
        let messages = std::mem::take(&mut self.messages);
        let all = seqs.zip(messages).zip(channels);
        all.filter(|(_, channel)| channel.is_none())
            .map(|(message, _)| message)
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.flushes.is_empty() && self.commits.is_empty()
    }

    /// Has the numbers of messages applied; returns the lists of channels that change.
    pub(super) fn apply(&mut self, seqs: &[u64]) -> Vec<(Access, Stream, Vec<Span>)> {
        let applied = self.applied.drain(..);
        let lists = applied.flat_map(|(range, apply)| apply(&seqs[range]));
        lists.collect()
    }

    /// Moves everything of another batch, which is later, to the end of this one.
    pub(super) fn append(&mut self, mut later: Self) {
        let offset = self.messages.len();
        let applied = later.applied.drain(..);
        self.applied.extend(
            applied.map(|(range, apply)| (range.start + offset..range.end + offset, apply)),
        );
        self.messages.append(&mut later.messages);
        self.channels.append(&mut later.channels);
        self.is_own.append(&mut later.is_own);
        self.sets.append(&mut later.sets);
        let keys = later.keys.drain(..);
        self.keys
            .extend(keys.map(|(place, key)| (place + offset, key)));
        self.flushes.append(&mut later.flushes);
        self.commits.append(&mut later.commits);
    }

    pub(super) fn is_all_own(&self) -> bool {
        self.is_own.iter().all(|is_own| *is_own)
    }

    /// Refuses all messages but the server's own.
    pub(super) fn refuse_others(&mut self) {
        let mut is_own = std::mem::take(&mut self.is_own).into_iter();
        self.messages.retain(|_| is_own.next() == Some(true));
        // The server's own are in no channel.
        self.channels = vec![None; self.messages.len()];
        self.is_own = vec![true; self.messages.len()];
        self.sets.clear();
        self.keys.clear();
        self.applied.clear();
        for done in self.commits.drain(..) {
            respond(done, Err(Unavailable));
        }
    }

    /// Responds to all commands; their messages are published, and committed unless they are the server's own.
    pub(super) fn finish(self) {
        for done in self.commits {
            respond(done, Ok(()));
        }
    }
}

/// The error is ignored: the caller may have been dropped.
fn respond(done: oneshot::Sender<Result<(), Unavailable>>, outcome: Result<(), Unavailable>) {
    let _ = done.send(outcome);
}
