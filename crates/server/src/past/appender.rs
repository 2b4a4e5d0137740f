use journal::Journal;
use protocol::Durable;
use tokio::sync::{mpsc, oneshot};

/// So many appends may wait for the writer; then whoever appends waits, too. The writer never waits
/// longer than a commit may take.
const WAITING_MAX: usize = 4_096;

/// Where messages enter the log. Cheap to clone; when the last is gone, the writer ends.
#[derive(Clone)]
pub(crate) struct Appender(Way);

#[derive(Clone)]
enum Way {
    /// Nothing is written down: a message is visible at once.
    Memory(Journal),
    Writer(mpsc::Sender<Note>),
}

/// The messages are not in the store: it takes nothing at the moment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Uncommitted;

/// What the writer is told.
pub(super) enum Note {
    Append(Vec<Durable>),
    /// The same, answered once it is decided whether they are in the store.
    Commit(Vec<Durable>, oneshot::Sender<Result<(), Uncommitted>>),
    /// Everything before this is to be visible when it is answered.
    Flush(oneshot::Sender<()>),
}

impl Appender {
    pub(crate) fn in_memory(journal: Journal) -> Self {
        Self(Way::Memory(journal))
    }

    pub(super) fn to_writer() -> (Self, mpsc::Receiver<Note>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(Way::Writer(sender)), receiver)
    }

    /// Adds messages, in order. They are visible a moment later: see [`Appender::flush`].
    pub(crate) async fn append(&self, messages: Vec<Durable>) {
        match &self.0 {
            Way::Memory(journal) => journal.append(&messages),
            // The writer has ended only if the server has.
            Way::Writer(sender) => drop(sender.send(Note::Append(messages)).await),
        }
    }

    /// Adds messages of others, who are promised that they are stored: returns once they are committed.
    /// Without a store that is when they are visible.
    ///
    /// # Errors
    ///
    /// While the store takes nothing. If that began with these very messages they are visible, and are
    /// stored once it is back.
    pub(crate) async fn commit(&self, messages: Vec<Durable>) -> Result<(), Uncommitted> {
        match &self.0 {
            Way::Memory(journal) => {
                journal.append(&messages);
                Ok(())
            }
            Way::Writer(sender) => {
                let (done, committed) = oneshot::channel();
                let note = Note::Commit(messages, done);
                sender.send(note).await.map_err(|_| Uncommitted)?;
                committed.await.unwrap_or(Err(Uncommitted))
            }
        }
    }

    /// For a thread that may be stuck when the server stops.
    pub(crate) fn lend(&self) -> Lent {
        Lent(match &self.0 {
            Way::Memory(journal) => LentWay::Memory(journal.clone()),
            Way::Writer(sender) => LentWay::Writer(sender.downgrade()),
        })
    }

    /// Waits until everything appended before is visible.
    pub(crate) async fn flush(&self) {
        if let Way::Writer(sender) = &self.0 {
            let (done, flushed) = oneshot::channel();
            if sender.send(Note::Flush(done)).await.is_ok() {
                // An error is the writer's end, behind which nothing waits.
                let _ = flushed.await;
            }
        }
    }
}

/// Appends as long as there is an [`Appender`], and keeps the writer from nothing.
pub(crate) struct Lent(LentWay);

enum LentWay {
    Memory(Journal),
    Writer(mpsc::WeakSender<Note>),
}

impl Lent {
    /// [`Appender::commit`].
    pub(crate) async fn commit(&self, messages: Vec<Durable>) -> Result<(), Uncommitted> {
        let appender = match &self.0 {
            LentWay::Memory(journal) => Appender::in_memory(journal.clone()),
            LentWay::Writer(sender) => Appender(Way::Writer(sender.upgrade().ok_or(Uncommitted)?)),
        };
        appender.commit(messages).await
    }

    /// Adds messages.
    pub(super) async fn append(&self, messages: Vec<Durable>) {
        match &self.0 {
            LentWay::Memory(journal) => journal.append(&messages),
            LentWay::Writer(sender) => {
                if let Some(sender) = sender.upgrade() {
                    // The writer has ended only if the server has.
                    let _ = sender.send(Note::Append(messages)).await;
                }
            }
        }
    }

    /// Adds messages, from a thread that may block.
    pub(crate) fn append_blocking(&self, messages: Vec<Durable>) {
        match &self.0 {
            LentWay::Memory(journal) => journal.append(&messages),
            LentWay::Writer(_) if messages.is_empty() => {}
            LentWay::Writer(sender) => {
                if let Some(sender) = sender.upgrade() {
                    // The writer has ended only if the server has.
                    let _ = sender.blocking_send(Note::Append(messages));
                }
            }
        }
    }
}
