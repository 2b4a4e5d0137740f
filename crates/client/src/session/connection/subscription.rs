use super::chain::ConnectionStatus;
use super::preferences::Preferences;
use super::stream_state::StreamState;
use crate::model::Missed;
use protocol::{
    ClientMessage, Connection, Gap, GapReason, Position, Request, SetInterval, Stream,
    StreamOptions, Subscribe, Subscribed, Unsubscribe,
};

/// A chain that breaks again this soon was not mended by resuming.
const BROKEN_AGAIN_WITHIN_MS: f64 = 60_000.0;

/// How many messages are requested of a stream that the page itself does not show: those that came between the
/// response that lists older ones and the subscription are among them.
const LATER_BACKLOG: u32 = 50;

/// What was received of the log, and the requests for the rest.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    preferences: Preferences,
    /// The host that is shown, unless it is the server's own.
    other_host: Option<String>,
    epoch: String,
    /// The newest `seq` seen in any stream: where to resume.
    position: u64,
    states: [StreamState; Stream::COUNT],
    /// When a chain last broke; after a second break soon after, resuming is pointless.
    broken_at_ms: Option<f64>,
    /// Whether the next connection restarts all streams.
    restarts: bool,
    /// Counts requests, for their correlation identifiers.
    requests: u64,
}

/// What to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Show it, after reporting what is missing before it.
    Show(Option<Missed>),
    /// Ignore it as a duplicate.
    Drop,
    /// Reconnect: messages before it are missing.
    Broken,
}

impl Subscription {
    pub(super) fn new(epoch: String, position: u64) -> Self {
        Self {
            preferences: Preferences::default(),
            other_host: None,
            epoch,
            position,
            states: [(); Stream::COUNT].map(|()| StreamState::new(position)),
            broken_at_ms: None,
            restarts: false,
            requests: 0,
        }
    }

    pub(super) fn preferences(&self) -> Preferences {
        self.preferences
    }

    /// Subscribes to another host than the server's own.
    pub(super) fn show_other_host(&mut self, host: String) {
        self.other_host = Some(host);
    }

    /// Subscribes to one stream alone.
    pub(super) fn follow_only(&mut self, stream: Stream) {
        self.preferences = Preferences::only(stream);
    }

    /// The other host, if one is shown.
    pub(super) fn other_host(&self) -> Option<&str> {
        self.other_host.as_deref()
    }

    /// Takes a message that came with the page as seen.
    pub(super) fn saw(&mut self, position: Position) {
        self.states[position.stream.index()].chain.saw(position.seq);
        self.position = self.position.max(position.seq);
    }

    /// Everything up to here has arrived, although the last of it was for others.
    pub(super) fn reached(&mut self, seq: u64) {
        self.position = self.position.max(seq);
    }

    /// Classifies a durable message, and follows it unless its chain is broken.
    pub(super) fn follow(&mut self, at: Position, now_ms: f64) -> Verdict {
        // What the page itself does not show has a chain for each channel, and is requested anew after each connection.
        if at.stream.definition().on_page.is_none() {
            self.position = self.position.max(at.seq);
            return Verdict::Show(None);
        }
        let state = &mut self.states[at.stream.index()];
        let seen = state.chain.seen();
        match state.follow(at) {
            ConnectionStatus::Duplicate => return Verdict::Drop,
            ConnectionStatus::Broken => {
                self.broken(seen, now_ms);
                return Verdict::Broken;
            }
            ConnectionStatus::Next => {}
        }
        let promised = seen.max(state.promised_after);
        let missed = state.whole && at.prev > promised;
        self.position = self.position.max(at.seq);
        for state in &mut self.states {
            state.end_backlog_before(at.seq);
        }
        Verdict::Show(missed.then_some(Missed {
            stream: at.stream,
            after: promised,
            before: at.seq,
        }))
    }

    fn broken(&mut self, seen: u64, now_ms: f64) {
        let again = self
            .broken_at_ms
            .is_some_and(|broken_at_ms| now_ms - broken_at_ms < BROKEN_AGAIN_WITHIN_MS);
        if again {
            self.restarts = true;
        } else if seen > 0 {
            // Other streams may be ahead of what is missing; their duplicates are ignored.
            self.position = self.position.min(seen);
        }
        self.broken_at_ms = Some(now_ms);
    }

    /// Takes in which log the server has; returns what to request.
    ///
    /// One request resumes all streams, since their backlogs then arrive merged. A second one restarts a stream
    /// whose own backlog was cut off: later positions were seen in the other streams.
    pub(super) fn greeted(&mut self, connection: &Connection) -> Vec<Request> {
        let restarts = std::mem::take(&mut self.restarts);
        let (epoch, after) = if restarts {
            (None, None)
        } else {
            (Some(self.epoch.clone()), Some(self.position))
        };
        if connection.epoch != self.epoch {
            self.epoch.clone_from(&connection.epoch);
            self.position = 0;
            self.states = [(); Stream::COUNT].map(|()| StreamState::new(connection.head));
        }
        for (stream, state) in Stream::ALL.into_iter().zip(&mut self.states) {
            state.connected(self.preferences.of(stream), !restarts, self.position);
        }
        let wanted = |lacks_backlog| {
            let wanted = self.wanted().filter(|stream| {
                // A restart of all streams needs no second request.
                (!restarts && self.states[stream.index()].lacks_backlog) == lacks_backlog
            });
            wanted.collect::<Vec<_>>()
        };
        let (whole, lacking) = (wanted(false), wanted(true));
        let mut requests = vec![self.subscribe(&whole, epoch, after)];
        if !lacking.is_empty() {
            requests.push(self.subscribe(&lacking, None, None));
        }
        requests
    }

    /// Takes in which log the server has, where Server-Sent Events need no requests.
    pub(super) fn resumed(&mut self, connection: &Connection) {
        self.greeted(connection);
        for state in &mut self.states {
            state.whole = true;
            state.lacks_backlog = false;
        }
    }

    fn wanted(&self) -> impl Iterator<Item = Stream> {
        let preferences = self.preferences;
        Stream::ALL
            .into_iter()
            .filter(move |stream| preferences.of(*stream).on)
    }

    fn subscribe(&mut self, to: &[Stream], epoch: Option<String>, after: Option<u64>) -> Request {
        let mut streams = Vec::new();
        for stream in to {
            let interval_ms = self.preferences.of(*stream).interval_ms;
            let options = StreamOptions {
                last: Some(last(*stream)),
                interval_ms: (interval_ms > 0).then_some(interval_ms),
                hosts: match &self.other_host {
                    Some(host) if stream.is_about_a_host() => Some(vec![host.clone()]),
                    _ => None,
                },
                ..StreamOptions::default()
            };
            streams.push((*stream, options));
        }
        let message = ClientMessage::Subscribe(Subscribe {
            streams,
            epoch,
            after,
        });
        self.request(message, to)
    }

    fn request(&mut self, message: ClientMessage, about: &[Stream]) -> Request {
        self.requests += 1;
        for stream in about {
            self.states[stream.index()].pending = Some(self.requests);
        }
        Request {
            correlation_id: Some(self.requests.to_string()),
            message,
        }
    }

    /// Starts or stops a stream; returns the request for a connected server.
    pub(super) fn set_on(&mut self, stream: Stream, on: bool) -> Option<Request> {
        let preference = self.preferences.of_mut(stream);
        if preference.on == on {
            return None;
        }
        preference.on = on;
        if !on {
            let message = ClientMessage::Unsubscribe(Unsubscribe {
                streams: vec![stream],
            });
            return Some(self.request(message, &[]));
        }
        let state = &mut self.states[stream.index()];
        state.begin(self.position);
        state.lacks_backlog = true;
        Some(self.subscribe(&[stream], None, None))
    }

    /// Changes a stream's interval; returns the request for a connected server.
    pub(super) fn set_interval(&mut self, stream: Stream, interval_ms: u64) -> Option<Request> {
        let preference = self.preferences.of_mut(stream);
        if preference.interval_ms == interval_ms {
            return None;
        }
        preference.interval_ms = interval_ms;
        self.states[stream.index()].whole = false;
        if !preference.on {
            return None;
        }
        let message = ClientMessage::SetInterval(SetInterval {
            stream,
            interval_ms,
        });
        Some(self.request(message, &[stream]))
    }

    /// Takes in a response: the request applies to everything after it.
    pub(super) fn answered(&mut self, answer: &Subscribed) {
        let request: Option<u64> = answer
            .correlation_id
            .as_ref()
            .and_then(|id| id.parse().ok());
        for (stream, state) in Stream::ALL.into_iter().zip(&mut self.states) {
            if answer.recovered == Some(false) && state.chain.seen() == 0 {
                // A stream that could not be recovered starts with its newest messages, after a gap that
                // names the rest; of a stream without either, nothing is known.
                state.chain.restart();
            }
            if request.is_some() && state.pending == request {
                state.answered(self.preferences.of(stream), answer.head);
            }
        }
    }

    /// Takes in a gap. Returns the lost messages if they were expected.
    pub(super) fn gap(&mut self, gap: &Gap) -> Option<Missed> {
        let state = &mut self.states[gap.stream.index()];
        let seen = state.chain.seen();
        state.chain.skip_to(gap.before);
        // Another epoch is another log: nothing of this one was lost. Of a stream with an interval only the
        // newest is expected.
        (gap.reason != GapReason::Epoch && state.whole).then(|| Missed {
            stream: gap.stream,
            after: gap.after.unwrap_or(seen),
            before: gap.before,
        })
    }

    /// Where Server-Sent Events are to resume.
    pub(super) fn last_event_id(&self) -> Option<String> {
        (!self.restarts).then(|| [&self.epoch, ":", &self.position.to_string()].concat())
    }

    /// The streams that are wanted, for a request's query.
    pub(super) fn stream_names(&self) -> String {
        self.wanted()
            .map(Stream::name)
            .collect::<Vec<_>>()
            .join(",")
    }
}

/// How many of a stream's newest messages are requested where it cannot resume.
fn last(stream: Stream) -> u32 {
    stream
        .definition()
        .on_page
        .map_or(LATER_BACKLOG, |it| it.backlog)
}
