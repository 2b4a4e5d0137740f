use crate::filter::Filter;
use crate::pace::Pace;
use crate::{Frame, Log, StreamSet};
use protocol::{Gap, GapReason, OwnHost, Stream, StreamOptions};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A viewer's place in the log, and what it wants from there on.
///
/// A cursor moves in two steps, because a socket may take less than it is offered: frames are
/// chosen, and what was really written is then said with [`Cursor::sent`] and [`Cursor::passed`].
#[derive(Debug, Clone, Default)]
pub struct Cursor {
    /// Everything wanted up to here was sent, or named by a gap.
    at: u64,
    streams: StreamSet,
    /// A stream's messages up to here are not for this viewer.
    from: [u64; Stream::COUNT],
    /// Most viewers have neither filters nor intervals, and there are many viewers.
    details: Option<Box<Details>>,
}

#[derive(Debug, Clone, Default)]
struct Details {
    filters: [Option<Filter>; Stream::COUNT],
    paces: [Option<Pace>; Stream::COUNT],
    /// Messages of another host up to here are not for this viewer.
    host_starts: [BTreeMap<Box<str>, u64>; Stream::COUNT],
}

impl Cursor {
    /// Everything up to here has been sent, or named by a gap.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The streams that are on.
    pub fn streams(&self) -> StreamSet {
        self.streams
    }

    /// Takes a stream off.
    pub fn unsubscribe(&mut self, stream: Stream) {
        self.streams.remove(stream);
        if let Some(details) = &mut self.details {
            details.filters[stream.index()] = None;
            details.paces[stream.index()] = None;
        }
    }

    /// Changes how often a stream is wanted; 0 is each message.
    pub fn set_interval(&mut self, stream: Stream, interval_ms: u64) {
        let before = self.pace(stream).cloned();
        let pace = match before {
            Some(before) => Some(before.with_interval(interval_ms)),
            None => (interval_ms > 0).then(|| Pace::new(interval_ms)),
        };
        // A pace that is over is kept only for what it still holds back.
        let pace = pace.filter(|pace| !pace.is_over() || pace.due_at().is_some());
        if pace.is_some() || self.details.is_some() {
            self.details.get_or_insert_default().paces[stream.index()] = pace;
        }
    }

    pub(crate) fn set_options(&mut self, stream: Stream, options: &StreamOptions, own: &OwnHost) {
        self.set_filter(stream, Filter::of(options, own));
        self.set_interval(stream, options.interval_ms.unwrap_or(0));
    }

    pub(crate) fn set_filter(&mut self, stream: Stream, filter: Option<Filter>) {
        if filter.is_some() || self.details.is_some() {
            self.details.get_or_insert_default().filters[stream.index()] = filter;
        }
    }

    /// Starts a stream behind `from`.
    pub(crate) fn start(&mut self, stream: Stream, from: u64) {
        self.streams.insert(stream);
        self.from[stream.index()] = from;
    }

    /// Starts a host's messages of a stream behind `from`, which is behind where the stream starts.
    pub(crate) fn start_host(&mut self, stream: Stream, host: Box<str>, from: u64) {
        let details = self.details.get_or_insert_default();
        details.host_starts[stream.index()].insert(host, from);
    }

    /// Where a stream that is on starts.
    pub(crate) fn starts_at(&self, stream: Stream) -> Option<u64> {
        self.streams
            .contains(stream)
            .then(|| self.from[stream.index()])
    }

    pub(crate) fn move_to(&mut self, at: u64) {
        self.at = at;
    }

    fn pace(&self, stream: Stream) -> Option<&Pace> {
        self.details.as_ref()?.paces[stream.index()].as_ref()
    }

    fn pace_mut(&mut self, stream: Stream) -> Option<&mut Pace> {
        self.details.as_mut()?.paces[stream.index()].as_mut()
    }

    pub(crate) fn is_paced(&self, stream: Stream) -> bool {
        self.pace(stream).is_some_and(|pace| !pace.is_over())
    }

    pub(crate) fn passes(&self, frame: &Frame) -> bool {
        let (stream, other_host) = (frame.stream().index(), frame.facets().other_host());
        let Some(details) = &self.details else {
            return other_host.is_none();
        };
        let start = details.host_starts[stream].get(other_host.unwrap_or_default());
        start.is_none_or(|start| frame.seq() > *start)
            && match &details.filters[stream] {
                Some(filter) => filter.passes(frame.facets()),
                None => other_host.is_none(),
            }
    }

    /// Whether messages of more than one host may pass.
    pub(crate) fn is_of_several_hosts(&self, stream: Stream) -> bool {
        let details = self.details.as_ref();
        let filter = details.and_then(|it| it.filters[stream.index()].as_ref());
        filter.is_some_and(Filter::is_of_several_hosts)
    }

    fn wants(&self, frame: &Frame) -> bool {
        let (seq, stream) = (frame.seq(), frame.stream());
        self.streams.contains(stream)
            && seq > self.at
            && seq > self.from[stream.index()]
            && self.passes(frame)
    }

    /// Chooses what to send of frames that begin at or before the cursor, by their places: a sweep
    /// that counted references would have all its threads write to the same frame's count.
    fn choose(&mut self, frames: &[Arc<Frame>], now_ms: u64, chosen: &mut Vec<usize>) {
        for (place, frame) in frames.iter().enumerate() {
            if !self.wants(frame) {
                continue;
            }
            match self.pace_mut(frame.stream()) {
                Some(pace) if !pace.is_over() => {
                    pace.hold(frame.facets().other_host(), frame.seq());
                }
                _ => chosen.push(place),
            }
        }
        if self.details.is_none() {
            return;
        }
        // A held message goes when it is the newest of what there is, and in its place.
        for stream in self.streams.iter() {
            for seq in self.due(stream, now_ms) {
                if let Some(place) = place_of(frames, seq) {
                    chosen.insert(chosen.partition_point(|before| *before < place), place);
                }
            }
        }
    }

    /// The messages of a stream that were held back and may now go.
    fn due(&self, stream: Stream, now_ms: u64) -> impl Iterator<Item = u64> {
        self.pace(stream)
            .into_iter()
            .flat_map(move |pace| pace.due(now_ms))
    }

    /// The places of the frames of a batch that this viewer wants now, in order. False if the batch
    /// begins beyond the cursor, or beyond another host's message that goes before: then [`Log::read`] finds
    /// what lies between.
    pub fn choose_from(&mut self, batch: &Batch, now_ms: u64, chosen: &mut Vec<usize>) -> bool {
        if self.at < batch.after {
            return false;
        }
        if self.streams.intersects(batch.streams) {
            self.choose(&batch.frames, now_ms, chosen);
        }
        let is_whole = self.details.is_none() || chosen.is_empty() || {
            let mut due = self.streams.iter().flat_map(|it| self.due(it, now_ms));
            due.all(|seq| place_of(&batch.frames, seq).is_some())
        };
        if !is_whole {
            chosen.clear();
        }
        is_whole
    }

    /// A chosen frame is on its way, whole or in part.
    pub fn sent(&mut self, frame: &Frame, now_ms: u64) {
        if let Some(pace) = self.pace_mut(frame.stream()) {
            pace.sent(frame.seq(), now_ms);
            if pace.is_over() {
                self.set_interval(frame.stream(), 0);
            }
        }
        let stream = frame.stream().index();
        self.from[stream] = self.from[stream].max(frame.seq());
    }

    /// Everything chosen up to `seq` has been sent.
    pub fn passed(&mut self, seq: u64) {
        self.at = self.at.max(seq);
    }

    /// When a message that an interval holds back may go, in the clock of `now_ms`.
    pub fn due_at(&self) -> Option<u64> {
        let paces = self.details.as_ref()?.paces.iter().flatten();
        paces.filter_map(Pace::due_at).min()
    }
}

fn place_of(frames: &[Arc<Frame>], seq: u64) -> Option<usize> {
    frames.binary_search_by_key(&seq, |frame| frame.seq()).ok()
}

/// The newest frames, taken once for all viewers that are up to date.
#[derive(Debug, Default)]
pub struct Batch {
    /// What was asked for: everything beyond here.
    pub since: u64,
    /// The batch holds everything beyond here: the same, unless some of it has left the ring …
    pub after: u64,
    /// … and up to here.
    pub head: u64,
    /// The streams of its frames.
    pub streams: StreamSet,
    /// The frames, in order.
    pub frames: Vec<Arc<Frame>>,
}

/// What [`Log::read`] found.
#[derive(Debug, Default)]
pub struct Reading {
    /// What the viewer has lost; to be sent before the frames.
    pub gaps: Vec<Gap>,
    /// What it wants, in order.
    pub frames: Vec<Arc<Frame>>,
    /// Once the frames are sent, the cursor has passed this.
    pub up_to: u64,
}

impl Log {
    /// Everything beyond `after`, unless some of it has left the ring.
    pub fn batch(&self, after: u64) -> Batch {
        let frames: Vec<_> = self.ring.after(after).cloned().collect();
        let lost = Stream::ALL
            .into_iter()
            .map(|stream| self.ring.lost(stream))
            .max();
        Batch {
            since: after,
            after: after.max(lost.unwrap_or(0)),
            head: self.head(),
            streams: frames.iter().map(|frame| frame.stream()).collect(),
            frames,
        }
    }

    /// The next frames for one cursor, at most `frames_max`; gaps for what has left the ring.
    pub fn read(&self, cursor: &mut Cursor, frames_max: usize, now_ms: u64) -> Reading {
        self.read_until(cursor, self.head(), frames_max, now_ms)
    }

    pub(crate) fn read_until(
        &self,
        cursor: &mut Cursor,
        until: u64,
        frames_max: usize,
        now_ms: u64,
    ) -> Reading {
        let mut reading = Reading {
            up_to: until,
            ..Reading::default()
        };
        for stream in cursor.streams.iter() {
            let after = cursor.at.max(cursor.from[stream.index()]);
            if self.ring.lost(stream) > after.min(until)
                && !cursor.is_paced(stream)
                && after < until
            {
                let before = self.skip_to_newest(cursor, stream, until);
                let reason = GapReason::Slow;
                reading.gaps.push(Gap {
                    stream,
                    after: Some(after),
                    before,
                    reason,
                });
            }
        }
        let mut frames = Vec::new();
        for frame in self
            .ring
            .after(cursor.at)
            .take_while(|frame| frame.seq() <= until)
        {
            if frames.len() == frames_max {
                reading.up_to = frames.last().map_or(until, |last: &Arc<Frame>| last.seq());
                break;
            }
            if cursor.wants(frame) {
                frames.push(Arc::clone(frame));
            }
        }
        let mut chosen = Vec::new();
        cursor.choose(&frames, now_ms, &mut chosen);
        reading.frames = chosen
            .into_iter()
            .map(|place| Arc::clone(&frames[place]))
            .collect();
        self.add_held(cursor, now_ms, &mut reading.frames);
        reading
    }

    /// Jumps to the newest message of a stream that is wanted; returns the next `seq` to be sent.
    fn skip_to_newest(&self, cursor: &mut Cursor, stream: Stream, until: u64) -> u64 {
        let newest = self
            .newest_of(stream)
            .find(|frame| frame.seq() <= until && cursor.passes(frame));
        let before = newest.map_or(until + 1, |frame| frame.seq());
        cursor.from[stream.index()] = before - 1;
        before
    }

    /// Messages that an interval held back while the cursor passed them.
    fn add_held(&self, cursor: &mut Cursor, now_ms: u64, frames: &mut Vec<Arc<Frame>>) {
        if cursor.due_at().is_none_or(|due| due > now_ms) {
            return;
        }
        for stream in cursor.streams.iter() {
            let mut due: Vec<u64> = cursor.due(stream, now_ms).collect();
            due.sort_unstable();
            for seq in due {
                if frames.iter().any(|frame| frame.seq() == seq) {
                    continue;
                }
                let held = self
                    .ring
                    .after(seq - 1)
                    .next()
                    .filter(|frame| frame.seq() == seq);
                match (held, cursor.pace_mut(stream)) {
                    (Some(frame), _) => {
                        let place = frames.partition_point(|before| before.seq() < seq);
                        frames.insert(place, Arc::clone(frame));
                    }
                    (None, Some(pace)) => pace.forget_up_to(seq),
                    (None, None) => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::test_support::{about, append, data, event, on};
    use protocol::Level;

    fn log(frames_max: usize) -> Log {
        Log::new(
            "e",
            Limits {
                frames_max,
                bytes_max: usize::MAX,
            },
        )
    }

    fn seqs(frames: &[Arc<Frame>]) -> Vec<u64> {
        frames.iter().map(|frame| frame.seq()).collect()
    }

    fn cursor(streams: &[Stream]) -> Cursor {
        let mut cursor = Cursor::default();
        for stream in streams {
            cursor.start(*stream, 0);
        }
        cursor
    }

    #[test]
    fn reads_what_it_wants_in_order_and_once() {
        let mut log = log(100);
        for stream in [Stream::Data, Stream::Events, Stream::Logs, Stream::Data] {
            append(&mut log, &on(stream));
        }
        let mut cursor = cursor(&[Stream::Data, Stream::Logs]);
        let reading = log.read(&mut cursor, 2, 0);
        assert_eq!((seqs(&reading.frames), reading.up_to), (vec![1, 3], 3));
        cursor.passed(reading.up_to);
        let reading = log.read(&mut cursor, 2, 0);
        assert_eq!((seqs(&reading.frames), reading.up_to), (vec![4], 4));
        cursor.passed(reading.up_to);
        assert!(log.read(&mut cursor, 2, 0).frames.is_empty());
    }

    #[test]
    fn losing_is_judged_by_stream() {
        let mut log = log(3);
        append(&mut log, &event(Level::Info, "quiet"));
        for _ in 0..10 {
            append(&mut log, &data("busy"));
        }
        let mut quiet = cursor(&[Stream::Events]);
        let reading = log.read(&mut quiet, 10, 0);
        assert_eq!((seqs(&reading.frames), reading.gaps.len()), (vec![1], 0));

        let mut both = cursor(&[Stream::Events, Stream::Data]);
        both.passed(3);
        let reading = log.read(&mut both, 10, 0);
        let (stream, reason) = (Stream::Data, GapReason::Slow);
        assert_eq!(
            reading.gaps,
            [Gap {
                stream,
                after: Some(3),
                before: 11,
                reason
            }]
        );
        assert_eq!(seqs(&reading.frames), [11], "continues with the newest");
    }

    #[test]
    fn a_batch_serves_those_who_are_up_to_date() {
        let mut log = log(3);
        for _ in 0..10 {
            append(&mut log, &on(Stream::Data));
        }
        let batch = log.batch(8);
        let mut chosen = Vec::new();
        let mut current = cursor(&[Stream::Data]);
        current.passed(9);
        assert!(current.choose_from(&batch, 0, &mut chosen));
        assert_eq!(chosen, [1], "the second of the batch");
        let mut behind = cursor(&[Stream::Data]);
        behind.passed(7);
        assert!(!behind.choose_from(&batch, 0, &mut chosen));
        let mut lost = cursor(&[Stream::Data]);
        lost.passed(3);
        assert!(
            !lost.choose_from(&log.batch(3), 0, &mut chosen),
            "part of it left the ring"
        );
    }

    #[test]
    fn an_interval_lets_each_hosts_newest_through_in_order() {
        let mut log = log(100);
        let mut cursor = cursor(&[Stream::Data]);
        let options = StreamOptions {
            hosts: Some(vec!["*".into()]),
            interval_ms: Some(1000),
            ..StreamOptions::default()
        };
        cursor.set_options(Stream::Data, &options, log.own());
        let sweep = |log: &mut Log, cursor: &mut Cursor, hosts: &[&str], now_ms: u64| {
            let after = log.head();
            for host in hosts {
                append(log, &about(host, "a"));
            }
            let (batch, mut chosen) = (log.batch(after), Vec::new());
            let mut frames: Vec<_> = match cursor.choose_from(&batch, now_ms, &mut chosen) {
                true => chosen
                    .iter()
                    .map(|at| Arc::clone(&batch.frames[*at]))
                    .collect(),
                false => Vec::new(),
            };
            if frames.is_empty() {
                frames = log.read(cursor, 10, now_ms).frames;
            }
            for frame in &frames {
                cursor.sent(frame, now_ms);
            }
            cursor.passed(log.head());
            seqs(&frames)
        };
        let (log, cursor) = (&mut log, &mut cursor);
        assert_eq!(sweep(log, cursor, &["", "b", "c", "b"], 50), [1, 3, 4]);
        assert_eq!(sweep(log, cursor, &["b", "c", ""], 60), [0_u64; 0]);
        assert_eq!(sweep(log, cursor, &["b"], 1049), [0_u64; 0]);
        // Those of batches that were passed by come with it, and before it.
        assert_eq!(sweep(log, cursor, &["c"], 1050), [7, 8, 9]);
        assert_eq!(sweep(log, cursor, &[], 2049), [0_u64; 0]);
        assert_eq!(sweep(log, cursor, &["b"], 2050), [10]);
    }

    #[test]
    fn without_a_list_of_hosts_it_is_the_own_one() {
        let mut log = log(100);
        for host in ["", "b", "local", "c"] {
            append(&mut log, &about(host, "a"));
        }
        let mut cursor = cursor(&[Stream::Data]);
        assert_eq!(seqs(&log.read(&mut cursor, 10, 0).frames), [1, 3]);
    }

    #[test]
    fn an_interval_lets_the_newest_through() {
        let mut log = log(100);
        let mut cursor = cursor(&[Stream::Data, Stream::Events]);
        cursor.set_interval(Stream::Data, 1000);
        for _ in 0..3 {
            append(&mut log, &on(Stream::Data));
            append(&mut log, &on(Stream::Events));
        }
        let read = |log: &Log, cursor: &mut Cursor, now_ms| {
            let reading = log.read(cursor, 10, now_ms);
            for frame in &reading.frames {
                cursor.sent(frame, now_ms);
            }
            cursor.passed(reading.up_to);
            seqs(&reading.frames)
        };
        assert_eq!(read(&log, &mut cursor, 50), [2, 4, 5, 6]);
        append(&mut log, &on(Stream::Data));
        append(&mut log, &on(Stream::Data));
        assert_eq!(read(&log, &mut cursor, 60), [0_u64; 0]);
        assert_eq!(cursor.due_at(), Some(1050));
        append(&mut log, &on(Stream::Events));
        assert_eq!(
            read(&log, &mut cursor, 1050),
            [8, 9],
            "held back, and then the newest"
        );
        assert_eq!(read(&log, &mut cursor, 9999), [0_u64; 0], "never twice");
        append(&mut log, &on(Stream::Data));
        append(&mut log, &on(Stream::Data));
        assert_eq!(read(&log, &mut cursor, 9999), [11]);
        append(&mut log, &on(Stream::Data));
        assert_eq!(read(&log, &mut cursor, 10_000), [0_u64; 0]);
        cursor.set_interval(Stream::Data, 0);
        append(&mut log, &on(Stream::Data));
        append(&mut log, &on(Stream::Data));
        assert_eq!(
            read(&log, &mut cursor, 10_000),
            [12, 13, 14],
            "nothing held is lost"
        );
    }
}
