use journal::Journal;
use protocol::Durable;
use tokio::sync::{mpsc, oneshot};

/// Commands that may wait for the writer; beyond, appending waits, too. The writer never waits longer
/// than a commit may take.
const WAITING_MAX: usize = 4_096;

/// Where messages enter the log. Cheap to clone; when the last is dropped, the writer ends.
#[derive(Clone)]
pub(crate) struct Appender(Target);

#[derive(Clone)]
enum Target {
    /// Without a store: messages are published at once.
    Memory(Journal),
    Writer(mpsc::Sender<WriterCommand>),
}

/// The messages are not in the store, which is unavailable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Uncommitted;

/// A command to the writer.
pub(super) enum WriterCommand {
    Append(Vec<Durable>),
    /// Appends, and responds once it is decided whether the messages are in the store.
    Commit(Vec<Durable>, oneshot::Sender<Result<(), Uncommitted>>),
    /// Responds once everything before this is published.
    Flush(oneshot::Sender<()>),
}

/// The writer's end of the channel.
pub(crate) struct WriterCommands(pub(super) mpsc::Receiver<WriterCommand>);

impl Appender {
    pub(crate) fn in_memory(journal: Journal) -> Self {
        Self(Target::Memory(journal))
    }

    pub(crate) fn to_writer() -> (Self, WriterCommands) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(Target::Writer(sender)), WriterCommands(receiver))
    }

    /// Appends messages, in order. They are published a moment later: see [`Appender::flush`].
    pub(crate) async fn append(&self, messages: Vec<Durable>) {
        match &self.0 {
            Target::Memory(journal) => journal.append(&messages),
            // The writer has ended only if the server has.
            Target::Writer(sender) => drop(sender.send(WriterCommand::Append(messages)).await),
        }
    }

    /// Appends messages and returns once they are committed; without a store, once they are published.
    ///
    /// # Errors
    ///
    /// While the store is unavailable. If it became so with these very messages, they are published, and
    /// committed once it is available again.
    pub(crate) async fn commit(&self, messages: Vec<Durable>) -> Result<(), Uncommitted> {
        match &self.0 {
            Target::Memory(journal) => {
                journal.append(&messages);
                Ok(())
            }
            Target::Writer(sender) => {
                let (done, committed) = oneshot::channel();
                let command = WriterCommand::Commit(messages, done);
                sender.send(command).await.map_err(|_| Uncommitted)?;
                committed.await.unwrap_or(Err(Uncommitted))
            }
        }
    }

    /// An appender that does not keep the writer running.
    pub(crate) fn downgrade(&self) -> WeakAppender {
        WeakAppender(match &self.0 {
            Target::Memory(journal) => WeakTarget::Memory(journal.clone()),
            Target::Writer(sender) => WeakTarget::Writer(sender.downgrade()),
        })
    }

    /// Waits until everything appended before is published.
    pub(crate) async fn flush(&self) {
        if let Target::Writer(sender) = &self.0 {
            let (done, flushed) = oneshot::channel();
            if sender.send(WriterCommand::Flush(done)).await.is_ok() {
                // An error means that the writer has ended.
                let _ = flushed.await;
            }
        }
    }
}

/// Appends as long as there is an [`Appender`]; for threads that may be stuck when the server stops.
pub(crate) struct WeakAppender(WeakTarget);

enum WeakTarget {
    Memory(Journal),
    Writer(mpsc::WeakSender<WriterCommand>),
}

impl WeakAppender {
    fn upgrade(&self) -> Option<Appender> {
        Some(Appender(match &self.0 {
            WeakTarget::Memory(journal) => Target::Memory(journal.clone()),
            WeakTarget::Writer(sender) => Target::Writer(sender.upgrade()?),
        }))
    }

    /// [`Appender::commit`].
    pub(crate) async fn commit(&self, messages: Vec<Durable>) -> Result<(), Uncommitted> {
        self.upgrade().ok_or(Uncommitted)?.commit(messages).await
    }

    /// [`Appender::append`].
    pub(crate) async fn append(&self, messages: Vec<Durable>) {
        if let Some(appender) = self.upgrade() {
            appender.append(messages).await;
        }
    }

    /// [`Appender::append`], from a thread that may block.
    pub(crate) fn append_blocking(&self, messages: Vec<Durable>) {
        if messages.is_empty() {
            return;
        }
        match self.upgrade() {
            Some(Appender(Target::Memory(journal))) => journal.append(&messages),
            Some(Appender(Target::Writer(sender))) => {
                // The writer has ended only if the server has.
                let _ = sender.blocking_send(WriterCommand::Append(messages));
            }
            None => {}
        }
    }
}
