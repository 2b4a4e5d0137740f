use crate::intake::appender::{Uncommitted, WriterCommand};
use protocol::Durable;
use tokio::sync::oneshot;

/// The commands that arrived since the last commit.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) messages: Vec<Durable>,
    /// Dropped once everything before them is published.
    flushes: Vec<oneshot::Sender<()>>,
    commits: Vec<oneshot::Sender<Result<(), Uncommitted>>>,
}

impl Batch {
    pub(super) fn add(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Append(messages) => self.messages.extend(messages),
            WriterCommand::Commit(messages, done) => {
                self.messages.extend(messages);
                self.commits.push(done);
            }
            WriterCommand::Flush(done) => self.flushes.push(done),
        }
    }

    /// Adds a command while the store is unavailable: only the server's own messages are published then.
    pub(super) fn add_during_outage(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Commit(_, done) => respond(done, Err(Uncommitted)),
            WriterCommand::Append(_) | WriterCommand::Flush(_) => self.add(command),
        }
    }

    /// Responds to all commands.
    pub(super) fn finish(self, is_committed: bool) {
        for done in self.commits {
            respond(done, is_committed.then_some(()).ok_or(Uncommitted));
        }
    }
}

/// The error is ignored: the caller may have been dropped.
fn respond(done: oneshot::Sender<Result<(), Uncommitted>>, outcome: Result<(), Uncommitted>) {
    let _ = done.send(outcome);
}
