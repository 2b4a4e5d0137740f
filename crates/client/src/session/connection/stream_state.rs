use super::chain::{Chain, ConnectionStatus};
use super::preferences::Preference;
use protocol::Position;

/// The state of one stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamState {
    pub(super) chain: Chain,
    /// Whether each message is sent, so that a missing one can be detected; with an interval, the server skips
    /// some.
    pub(super) whole: bool,
    /// Messages after this are reported when they are missed; earlier ones, such as those from while the stream
    /// was off, are not.
    pub(super) promised_after: u64,
    /// Its backlog was requested apart from other streams and has not arrived completely.
    pub(super) lacks_backlog: bool,
    /// The newest request about it, until its response arrives.
    pub(super) pending: Option<u64>,
    /// The requested backlog ends here.
    backlog_until: Option<u64>,
}

impl StreamState {
    pub(super) fn new(promised_after: u64) -> Self {
        Self {
            chain: Chain::UNKNOWN,
            whole: true,
            promised_after,
            lacks_backlog: false,
            pending: None,
            backlog_until: None,
        }
    }

    pub(super) fn follow(&mut self, at: Position) -> ConnectionStatus {
        if !self.whole {
            self.chain.restart();
        }
        self.chain.follow(at)
    }

    /// Expects each message from here on; the next may have any predecessor.
    pub(super) fn begin(&mut self, position: u64) {
        self.chain.restart();
        self.promised_after = position;
    }

    /// On a new connection, to which the preference applies from its first message on.
    pub(super) fn connected(&mut self, preference: Preference, resumes: bool, position: u64) {
        self.whole = preference.interval_ms == 0;
        self.pending = None;
        self.backlog_until = None;
        if resumes && !self.lacks_backlog {
            self.chain.resume(position);
        } else {
            self.chain.restart();
        }
    }

    /// The preference applies to what follows the response.
    pub(super) fn answered(&mut self, preference: Preference, head: u64) {
        self.pending = None;
        self.backlog_until = self.lacks_backlog.then_some(head);
        if !self.whole && preference.interval_ms == 0 {
            self.whole = true;
            self.begin(head);
        }
    }

    /// A message beyond a stream's backlog is sent after all of it.
    pub(super) fn end_backlog_before(&mut self, seq: u64) {
        if self.backlog_until.is_some_and(|until| seq > until) {
            self.backlog_until = None;
            self.lacks_backlog = false;
        }
    }
}
