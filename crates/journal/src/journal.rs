use crate::filter::Facets;
use crate::{
    Backlog, BacklogPlan, BacklogStep, Batch, Chain, Cursor, Encoding, Frame, Limits, Log,
    ReadResult, StoredMessage, Translate,
};
use access::{Access, Span};
use bytes::Bytes;
use protocol::{ChannelName, Durable, OwnHost, Stream, Subscribe};
#[cfg(feature = "shuttle")]
use shuttle::sync::{Mutex, MutexGuard};
use std::fmt::Write;
use std::sync::{Arc, OnceLock, PoisonError};
#[cfg(not(feature = "shuttle"))]
use std::sync::{Mutex, MutexGuard};
use tokio::sync::watch;
use websocket::Deflater;

/// The shared log. Cheap to clone; every clone is the same journal.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    epoch: Arc<str>,
    own: OwnHost,
    log: Mutex<Log>,
    head: watch::Sender<u64>,
    /// Large, so created when the first viewer needs compression.
    deflater: Mutex<Option<Deflater>>,
    translator: OnceLock<Box<dyn Translate>>,
}

impl Journal {
    /// A journal in memory, with an epoch of its own.
    pub fn new(limits: Limits, own: OwnHost) -> Result<Self, getrandom::Error> {
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let mut epoch = String::with_capacity(random.len() * 2);
        for byte in random {
            // Writing to a string cannot fail.
            let _ = write!(epoch, "{byte:02x}");
        }
        Ok(Self::with_log(Log::new(&epoch, limits).of_host(own)))
    }

    /// A journal over a log.
    pub fn with_log(log: Log) -> Self {
        let (epoch, own) = (Arc::clone(log.epoch()), log.own().clone());
        let head = watch::Sender::new(log.head());
        let (log, deflater) = (Mutex::new(log), Mutex::new(None));
        let translator = OnceLock::new();
        Self {
            shared: Arc::new(Shared {
                epoch,
                own,
                log,
                head,
                deflater,
                translator,
            }),
        }
    }

    /// Sets the maker of encodings that need more than the message; only the first call has an effect.
    /// Without one these are the same as [`Encoding::Plain`] and [`Encoding::Sse`].
    pub fn set_translator(&self, translator: impl Translate + 'static) {
        let _ = self.shared.translator.set(Box::new(translator));
    }

    /// No code that may panic runs under this lock, so a poisoned log is still valid.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.shared
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The epoch of its positions.
    pub fn epoch(&self) -> &Arc<str> {
        &self.shared.epoch
    }

    /// The server's own host.
    pub fn own(&self) -> &OwnHost {
        &self.shared.own
    }

    /// Appends messages, in order and with none between them, and wakes those that watch the head.
    pub fn append(&self, messages: &[Durable]) {
        if messages.is_empty() {
            return;
        }
        let texts: Vec<_> = messages.iter().map(Durable::to_json).collect();
        let mut log = self.log();
        for (message, json) in messages.iter().zip(&texts) {
            log.append(message, json);
        }
        let head = log.head();
        drop(log);
        self.announce(head);
    }

    /// Assigns messages their positions, in order and with none between them. Viewers receive them once
    /// they are [published](Journal::publish).
    pub fn prepare(&self, messages: &[Durable]) -> Vec<Arc<Frame>> {
        self.prepare_each(messages.iter().map(|message| (None, message)))
    }

    /// The same for messages of a channel, which only those may see whose [`Access`] allows it.
    pub fn prepare_in(&self, channel: &ChannelName, messages: &[Durable]) -> Vec<Arc<Frame>> {
        self.prepare_each(messages.iter().map(|message| (Some(channel), message)))
    }

    /// The same for messages of several channels, and of none.
    pub fn prepare_each<'a>(
        &self,
        messages: impl Iterator<Item = (Option<&'a ChannelName>, &'a Durable)> + Clone,
    ) -> Vec<Arc<Frame>> {
        let texts: Vec<_> = messages.clone().map(|(_, it)| it.to_json()).collect();
        let mut log = self.log();
        messages
            .zip(&texts)
            .map(|((channel, message), json)| log.prepare(message, channel, json))
            .collect()
    }

    /// The chains of these messages of which the store has to be asked for the newest message, by
    /// [`Journal::set_newest_of`], before they are prepared.
    pub fn unknown_chains<'a>(
        &self,
        messages: impl Iterator<Item = (Option<&'a ChannelName>, &'a Durable)>,
    ) -> Vec<(Stream, Facets)> {
        let facets = messages.map(|(channel, message)| {
            let channel = channel.map(ChannelName::as_str);
            let facets = Facets::of(message, channel, self.own());
            (message.stream(), facets)
        });
        let mut others: Vec<_> = facets
            .filter(|(_, facets)| facets.chain() != Chain::Own)
            .collect();
        if others.is_empty() {
            return others;
        }
        let log = self.log();
        others.retain(|(stream, facets)| log.is_unknown(*stream, facets.chain()));
        drop(log);
        others.sort_by(|a, b| (a.0, a.1.chain()).cmp(&(b.0, b.1.chain())));
        others.dedup_by(|a, b| (a.0, a.1.chain()) == (b.0, b.1.chain()));
        others
    }

    /// Continues a chain after this message, unless it has a later one.
    pub fn set_newest_of(&self, stream: Stream, chain: Chain<'_>, seq: u64) {
        self.log().set_newest_of(stream, chain, seq);
    }

    /// Publishes everything prepared up to `seq`, and wakes those that watch the head.
    pub fn publish(&self, seq: u64) {
        self.publish_replacing(seq, []);
    }

    /// The same, after replacing which channels of a stream some principals may see: nobody who reads what is published
    /// here, or later, sees it with the list of before.
    pub fn publish_replacing(
        &self,
        seq: u64,
        lists: impl IntoIterator<Item = (Access, Stream, Vec<Span>)>,
    ) {
        let mut log = self.log();
        for (access, stream, spans) in lists {
            access.replace_of(stream, spans);
        }
        log.publish(seq);
        let head = log.head();
        drop(log);
        self.announce(head);
    }

    /// See [`Log::replace`].
    pub fn replace(&self, message: &StoredMessage) {
        self.log().replace(message);
    }

    /// See [`Log::withdraw`].
    pub fn withdraw(&self) {
        self.log().withdraw();
    }

    fn announce(&self, head: u64) {
        // Two appenders may come here in either order; the head only rises.
        self.shared.head.send_if_modified(|announced| {
            let rises = *announced < head;
            *announced = head.max(*announced);
            rises
        });
    }

    /// The newest published `seq`.
    pub fn head(&self) -> u64 {
        self.log().head()
    }

    /// Changes whenever the head moves.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.head.subscribe()
    }

    /// See [`Log::batch`].
    pub fn batch(&self, after: u64) -> Batch {
        self.log().batch(after)
    }

    /// See [`Log::read`].
    pub fn read(
        &self,
        cursor: &mut Cursor,
        access: &Access,
        frames_max: usize,
        now_ms: u64,
    ) -> ReadResult {
        self.log().read(cursor, access, frames_max, now_ms)
    }

    /// See [`Backlog::read`].
    pub fn read_backlog(
        &self,
        backlog: &mut Backlog,
        access: &Access,
        frames_max: usize,
    ) -> BacklogStep {
        backlog.read(&self.log(), access, frames_max)
    }

    /// See [`Log::subscribe`].
    pub fn subscribe(
        &self,
        cursor: &mut Cursor,
        access: &Access,
        subscribe: &Subscribe,
    ) -> BacklogPlan {
        self.log().subscribe(cursor, access, subscribe)
    }

    /// The newest of everyone's messages of each stream about a host, at most the given count, merged in order; and
    /// the head at that time. Messages without a host are about the own one, whose names are all accepted.
    pub fn newest(
        &self,
        wanted: &[(Stream, usize, &str)],
        access: &Access,
    ) -> (u64, Vec<Arc<Frame>>) {
        let log = self.log();
        let mut frames = Vec::new();
        for &(stream, count, host) in wanted {
            let other_host = Some(host).filter(|host| !self.own().is(host));
            let newest = log.newest_of(stream, Chain::of(None, other_host));
            let newest = newest.filter(|it| access.allows(stream, None, it.seq()));
            frames.extend(newest.take(count).cloned());
        }
        let head = log.head();
        drop(log);
        frames.sort_by_key(|frame| frame.seq());
        (head, frames)
    }

    /// The other hosts of a stream, by name, each with its newest message.
    pub fn other_hosts(&self, stream: Stream, access: &Access) -> Vec<(String, Arc<Frame>)> {
        let log = self.log();
        let hosts = log.other_hosts(stream);
        hosts
            .filter(|(_, frame)| access.allows(stream, None, frame.seq()))
            .map(|(host, frame)| (host.to_owned(), Arc::clone(frame)))
            .collect()
    }

    /// How many messages and bytes the ring holds.
    pub fn fill(&self) -> (usize, usize) {
        self.log().fill()
    }

    /// The frame's bytes; each encoding is made once, when the first viewer needs it.
    pub fn encoded<'a>(&self, frame: &'a Frame, encoding: Encoding) -> &'a Bytes {
        let cell = match encoding {
            Encoding::Plain => return frame.plain(),
            Encoding::Deflated => frame.deflated(),
            Encoding::Sse => frame.sse(),
            Encoding::Envelope => frame.envelope(),
            Encoding::Points => frame.points(),
        };
        if let Some(bytes) = cell.get() {
            return bytes;
        }
        let (translator, epoch) = (self.shared.translator.get(), self.epoch());
        let bytes = cell.get_or_init(|| match encoding {
            Encoding::Plain | Encoding::Deflated => self.deflated_frame(frame),
            Encoding::Sse => self.sse_event(frame),
            Encoding::Envelope => translator
                .map(|it| it.envelope(frame, epoch))
                .unwrap_or_else(|| frame.plain().clone()),
            Encoding::Points => translator
                .and_then(|it| it.points(frame, epoch))
                .unwrap_or_else(|| self.sse_event(frame)),
        });
        self.log().ring.count(frame);
        bytes
    }

    fn deflated_frame(&self, frame: &Frame) -> Bytes {
        let mut deflater = self
            .shared
            .deflater
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let deflater = deflater.get_or_insert_default();
        websocket::deflated_text_frame(deflater, frame.json().as_bytes())
    }

    /// HTML Living Standard, 9.2.5 "Parsing an event stream"; JSON has no line break of its own.
    fn sse_event(&self, frame: &Frame) -> Bytes {
        let (name, epoch, seq, json) = (
            frame.stream().message_type(),
            self.epoch(),
            frame.seq(),
            frame.json(),
        );
        Bytes::from(format!(
            "event: {name}\nid: {epoch}:{seq}\ndata: {json}\n\n"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::on;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn journal() -> Journal {
        Journal::with_log(Log::new("e", Limits::default()))
    }

    #[test]
    fn each_journal_has_an_epoch_of_its_own() {
        let epochs = [(); 2].map(|()| Journal::new(Limits::default(), OwnHost::default()).unwrap());
        assert_ne!(epochs[0].epoch(), epochs[1].epoch());
    }

    #[test]
    fn an_append_wakes_watchers() {
        let journal = journal();
        let mut head = journal.watch();
        assert!(!head.has_changed().unwrap());
        journal.append(&[on(Stream::Data), on(Stream::Data)]);
        assert!(head.has_changed().unwrap());
        assert_eq!(*head.borrow_and_update(), 2);
    }

    #[test]
    fn an_encoding_is_made_once_and_counted() {
        let journal = journal();
        journal.append(&[on(Stream::Events)]);
        let frame = journal.batch(0).frames.remove(0);
        let before = journal.fill().1;
        let first = journal.encoded(&frame, Encoding::Sse).as_ptr();
        assert_eq!(journal.encoded(&frame, Encoding::Sse).as_ptr(), first);
        let text = std::str::from_utf8(journal.encoded(&frame, Encoding::Sse)).unwrap();
        assert_eq!(
            text,
            format!("event: event\nid: e:1\ndata: {}\n\n", frame.json())
        );
        assert_eq!(journal.fill().1, before + text.len());
    }

    struct Numbered(AtomicUsize);

    impl Translate for Numbered {
        fn envelope(&self, _: &Frame, _: &str) -> Bytes {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            Bytes::from(format!("envelope {number}"))
        }

        fn points(&self, frame: &Frame, epoch: &str) -> Option<Bytes> {
            (frame.stream() == Stream::Data).then(|| Bytes::from(format!("points of {epoch}")))
        }
    }

    #[test]
    fn a_translation_is_made_once_and_counted() {
        let journal = journal();
        journal.set_translator(Numbered(AtomicUsize::new(0)));
        journal.append(&[on(Stream::Events), on(Stream::Data)]);
        let frames = journal.batch(0).frames;
        let (event, data) = (&frames[0], &frames[1]);
        let before = journal.fill().1;
        for _ in 0..2 {
            let envelope = journal.encoded(event, Encoding::Envelope);
            assert_eq!(envelope, "envelope 0");
        }
        assert!(journal.fill().1 >= before + "envelope 0".len());
        assert_eq!(journal.encoded(data, Encoding::Envelope), "envelope 1");
        assert_eq!(journal.encoded(data, Encoding::Points), "points of e");
        assert_eq!(
            journal.encoded(event, Encoding::Points),
            journal.encoded(event, Encoding::Sse),
            "without values"
        );
    }

    #[test]
    fn without_a_translator_its_encodings_are_the_usual_ones() {
        let journal = journal();
        journal.append(&[on(Stream::Data)]);
        let frame = journal.batch(0).frames.remove(0);
        assert_eq!(
            journal.encoded(&frame, Encoding::Envelope),
            journal.encoded(&frame, Encoding::Plain)
        );
        assert_eq!(
            journal.encoded(&frame, Encoding::Points),
            journal.encoded(&frame, Encoding::Sse)
        );
    }
}
