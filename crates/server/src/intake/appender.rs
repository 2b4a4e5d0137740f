use super::OwnMessage;
use access::{Access, Span};
use journal::Journal;
use protocol::{ChannelName, Durable, Stream};
use store::{ForgottenKey, IdempotencyKeyRow, SeriesSetRow};
use tokio::sync::{mpsc, oneshot};

/// Commands that may wait for the writer; beyond, appending waits, too. The writer never waits longer
/// than a commit may take.
const WAITING_MAX: usize = 4_096;

/// Where messages enter the log. Cheap to clone; when the last is dropped, the writer ends.
///
/// There are two ways: [`commit`](Appender::commit) for everything that somebody wrote or that is acknowledged,
/// which is refused while the store is unavailable, and [`publish`](Appender::publish) for what the server
/// reports about itself, which is published all the same.
#[derive(Clone)]
pub(crate) struct Appender(Target);

#[derive(Clone)]
enum Target {
    /// Without a store: messages are published at once.
    Memory(Journal),
    Writer(mpsc::Sender<WriterCommand>),
}

/// The store is unavailable, so the messages are refused: they were not published, and are not in the log. If
/// it became so with these very messages and the server ends before it is back, they may be in the log all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store takes nothing at the moment")]
pub struct Unavailable;

/// A command to the writer.
pub(super) enum WriterCommand {
    /// Appends, whether the store is available or not.
    Publish(Vec<OwnMessage>),
    /// Appends, with what is stored in the same transaction, and responds once it is decided whether the messages are in
    /// the store.
    Commit(Commit),
    /// Responds once everything before this is published or refused.
    Flush(oneshot::Sender<()>),
}

/// The writer's end of the channel.
pub(crate) struct WriterCommands(pub(super) mpsc::Receiver<WriterCommand>);

/// Messages to be committed.
pub(super) struct Commit {
    pub(super) contents: Contents,
    pub(super) done: oneshot::Sender<Result<(), Unavailable>>,
}

#[derive(Default)]
pub(super) struct Contents {
    pub(super) channel: Option<ChannelName>,
    pub(super) messages: Vec<Durable>,
    /// The sets of series that the messages refer to.
    pub(super) sets: Vec<SeriesSetRow>,
    pub(super) key: Option<Box<KeyChange>>,
    pub(super) applied: Option<Apply>,
}

/// The key of the request that has the messages.
pub(crate) struct KeyChange {
    /// The key. The writer adds the number of a message.
    pub(crate) added: IdempotencyKeyRow,
    /// Keys that are forgotten.
    pub(crate) forgotten: Vec<ForgottenKey>,
}

/// What is done with the numbers of messages once they are committed and before anybody can read them, in the order of
/// the log. It returns the lists of channels that change with them. It must be quick: everything else waits for it.
pub(crate) type Apply = Box<dyn FnOnce(&[u64]) -> Vec<(Access, Stream, Vec<Span>)> + Send + Sync>;

impl Appender {
    pub(crate) fn in_memory(journal: Journal) -> Self {
        Self(Target::Memory(journal))
    }

    pub(crate) fn to_writer() -> (Self, WriterCommands) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(Target::Writer(sender)), WriterCommands(receiver))
    }

    /// Appends the server's own messages, in order. They are published a moment later, see [`Appender::flush`];
    /// while the store is unavailable, before they are committed.
    pub(crate) async fn publish(&self, messages: Vec<OwnMessage>) {
        match &self.0 {
            Target::Memory(journal) => journal.append(&durable(messages)),
            // The writer has ended only if the server has.
            Target::Writer(sender) => drop(sender.send(WriterCommand::Publish(messages)).await),
        }
    }

    /// Appends messages and returns once they are committed and published; without a store, once they are
    /// published.
    ///
    /// # Errors
    ///
    /// While the store is unavailable; see [`Unavailable`].
    pub(crate) async fn commit(&self, messages: Vec<Durable>) -> Result<(), Unavailable> {
        let contents = Contents {
            messages,
            ..Contents::default()
        };
        self.commit_all(contents).await
    }

    /// The same for messages of a channel, or for ones with which something else is stored.
    async fn commit_all(&self, contents: Contents) -> Result<(), Unavailable> {
        match &self.0 {
            Target::Memory(journal) => {
                let Contents {
                    channel,
                    messages,
                    applied,
                    ..
                } = contents;
                let frames = match &channel {
                    Some(channel) => journal.prepare_in(channel, &messages),
                    None => journal.prepare(&messages),
                };
                let seqs: Vec<_> = frames.iter().map(|frame| frame.seq()).collect();
                let lists = applied.map(|apply| apply(&seqs)).unwrap_or_default();
                if let Some(newest) = seqs.last() {
                    journal.publish_replacing(*newest, lists);
                }
                Ok(())
            }
            Target::Writer(sender) => {
                let (done, committed) = oneshot::channel();
                let command = WriterCommand::Commit(Commit { contents, done });
                sender.send(command).await.map_err(|_| Unavailable)?;
                committed.await.unwrap_or(Err(Unavailable))
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

    /// Waits until everything appended before is published or refused.
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

fn durable(messages: Vec<OwnMessage>) -> Vec<Durable> {
    messages.into_iter().map(Durable::from).collect()
}

/// Appends as long as there is an [`Appender`]; for threads that may be stuck when the server stops.
#[derive(Clone)]
pub(crate) struct WeakAppender(WeakTarget);

#[derive(Clone)]
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
    pub(crate) async fn commit(&self, messages: Vec<Durable>) -> Result<(), Unavailable> {
        self.upgrade().ok_or(Unavailable)?.commit(messages).await
    }

    /// The same for messages of a channel, which only its members see.
    pub(crate) async fn commit_in(
        &self,
        channel: ChannelName,
        messages: Vec<Durable>,
    ) -> Result<(), Unavailable> {
        let appender = self.upgrade().ok_or(Unavailable)?;
        let contents = Contents {
            channel: Some(channel),
            messages,
            ..Contents::default()
        };
        appender.commit_all(contents).await
    }

    /// The same for one message of a channel or of none, whose number is [applied](Apply) before it is published.
    pub(crate) async fn commit_applied(
        &self,
        channel: Option<ChannelName>,
        message: Durable,
        apply: Apply,
    ) -> Result<(), Unavailable> {
        let appender = self.upgrade().ok_or(Unavailable)?;
        let contents = Contents {
            channel,
            messages: vec![message],
            applied: Some(apply),
            ..Contents::default()
        };
        appender.commit_all(contents).await
    }

    /// The same for messages that refer to sets of series, which are stored with them.
    pub(super) async fn commit_with_sets(
        &self,
        messages: Vec<Durable>,
        sets: Vec<SeriesSetRow>,
    ) -> Result<(), Unavailable> {
        let appender = self.upgrade().ok_or(Unavailable)?;
        let contents = Contents {
            messages,
            sets,
            ..Contents::default()
        };
        appender.commit_all(contents).await
    }

    /// The same for the messages of a request that has a key: either both are stored, or neither is. There must be
    /// messages.
    pub(crate) async fn commit_with_key(
        &self,
        messages: Vec<Durable>,
        key: KeyChange,
    ) -> Result<(), Unavailable> {
        let appender = self.upgrade().ok_or(Unavailable)?;
        let contents = Contents {
            messages,
            key: Some(Box::new(key)),
            ..Contents::default()
        };
        appender.commit_all(contents).await
    }

    /// [`Appender::publish`].
    pub(crate) async fn publish(&self, messages: Vec<OwnMessage>) {
        if let Some(appender) = self.upgrade() {
            appender.publish(messages).await;
        }
    }

    /// [`Appender::publish`], from a thread that may block.
    pub(crate) fn publish_blocking(&self, messages: Vec<OwnMessage>) {
        if !messages.is_empty() {
            self.send_blocking(durable, messages, WriterCommand::Publish);
        }
    }

    /// [`Appender::commit`], from a thread that may block and has no use for the outcome.
    pub(crate) fn commit_or_discard_blocking(&self, messages: Vec<Durable>) {
        if !messages.is_empty() {
            let commit = |messages| {
                WriterCommand::Commit(Commit {
                    contents: Contents {
                        messages,
                        ..Contents::default()
                    },
                    done: oneshot::channel().0,
                })
            };
            self.send_blocking(|messages| messages, messages, commit);
        }
    }

    fn send_blocking<T>(
        &self,
        durable: impl FnOnce(T) -> Vec<Durable>,
        messages: T,
        command: impl FnOnce(T) -> WriterCommand,
    ) {
        match self.upgrade() {
            Some(Appender(Target::Memory(journal))) => journal.append(&durable(messages)),
            // The writer has ended only if the server has.
            Some(Appender(Target::Writer(sender))) => {
                drop(sender.blocking_send(command(messages)));
            }
            None => {}
        }
    }
}
