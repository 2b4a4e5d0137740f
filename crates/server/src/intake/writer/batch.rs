use crate::intake::OwnMessage;
use crate::intake::appender::{Unavailable, WriterCommand};
use protocol::Durable;
use tokio::sync::oneshot;

/// The commands that arrived since the last commit.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) messages: Vec<Durable>,
    /// For each message whether it is one of the server's own.
    is_own: Vec<bool>,
    /// Dropped once everything before them is published or refused.
    flushes: Vec<oneshot::Sender<()>>,
    commits: Vec<oneshot::Sender<Result<(), Unavailable>>>,
}

impl Batch {
    pub(super) fn add(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Publish(messages) => messages.into_iter().for_each(|it| self.push(it)),
            WriterCommand::Commit(messages, done) => {
                self.is_own.extend(messages.iter().map(|_| false));
                self.messages.extend(messages);
                self.commits.push(done);
            }
            WriterCommand::Flush(done) => self.flushes.push(done),
        }
    }

    /// Adds a command while the store is unavailable: only the server's own messages are published then.
    pub(super) fn add_during_outage(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Commit(_, done) => respond(done, Err(Unavailable)),
            WriterCommand::Publish(_) | WriterCommand::Flush(_) => self.add(command),
        }
    }

    pub(super) fn push(&mut self, message: OwnMessage) {
        self.messages.push(message.into());
        self.is_own.push(true);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.flushes.is_empty() && self.commits.is_empty()
    }

    /// Moves everything of another batch, which is later, to the end of this one.
    pub(super) fn append(&mut self, mut later: Self) {
        self.messages.append(&mut later.messages);
        self.is_own.append(&mut later.is_own);
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
        self.is_own = vec![true; self.messages.len()];
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
