use super::chain::{Chain, Link};
use super::preferences::Preference;
use protocol::Position;

/// One stream, as far as the page has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamState {
    pub(super) chain: Chain,
    /// Whether each message comes, so that a missing one can be told; with an interval, the server
    /// skips some.
    pub(super) whole: bool,
    /// What came after this was to be shown; earlier ones, such as those from while the stream was
    /// off, nobody misses.
    pub(super) promised_after: u64,
    /// Its past was asked for beside other streams and has not come whole.
    pub(super) lacks_past: bool,
    /// The newest request about it, until it is answered.
    pub(super) asked: Option<u64>,
    /// The past that was asked for ends here.
    past_until: Option<u64>,
}

impl StreamState {
    pub(super) fn new(promised_after: u64) -> Self {
        Self {
            chain: Chain::UNKNOWN,
            whole: true,
            promised_after,
            lacks_past: false,
            asked: None,
            past_until: None,
        }
    }

    pub(super) fn follow(&mut self, at: Position) -> Link {
        if !self.whole {
            self.chain.restart();
        }
        self.chain.follow(at)
    }

    /// From here on each message is wanted; the next may have any predecessor.
    pub(super) fn begin(&mut self, position: u64) {
        self.chain.restart();
        self.promised_after = position;
    }

    /// On a new connection, which takes the preference into account from its first message.
    pub(super) fn connected(&mut self, preference: Preference, resumes: bool, position: u64) {
        self.whole = preference.interval_ms == 0;
        self.asked = None;
        self.past_until = None;
        if resumes && !self.lacks_past {
            self.chain.resume(position);
        } else {
            self.chain.restart();
        }
    }

    /// What comes behind the answer goes by the preference.
    pub(super) fn answered(&mut self, preference: Preference, head: u64) {
        self.asked = None;
        self.past_until = self.lacks_past.then_some(head);
        if !self.whole && preference.interval_ms == 0 {
            self.whole = true;
            self.begin(head);
        }
    }

    /// A message beyond the past of a stream comes only behind all of it.
    pub(super) fn past_ends_before(&mut self, seq: u64) {
        if self.past_until.is_some_and(|until| seq > until) {
            self.past_until = None;
            self.lacks_past = false;
        }
    }
}
