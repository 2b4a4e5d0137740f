/// So many WebSockets refused in a row, and Server-Sent Events are tried.
const REFUSALS_MAX: u32 = 3;

/// How long a connection may take to come about, in milliseconds.
const CONNECT_WITHIN_MS: f64 = 10_000.0;

/// The same for a WebSocket where they have been refused before.
const CONNECT_AGAIN_WITHIN_MS: f64 = 3_000.0;

/// After so many milliseconds with Server-Sent Events a WebSocket is tried again; each further time
/// it takes twice as long.
const RETRY_FIRST_MS: f64 = 30_000.0;
const RETRY_MAX_MS: f64 = 3_600_000.0;

/// Sooner than this after the last try no event is taken for a change of the network.
const RETRY_MIN_MS: f64 = 30_000.0;

/// The transport of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    WebSocket,
    /// Server-Sent Events, where something between page and server lets no WebSocket through.
    Sse,
}

/// Chooses the transport.
///
/// Every attempt begins with a WebSocket. Only right after a refused one, and not the first of
/// them, Server-Sent Events are tried: if they get through, the server is there and something
/// between it and the page does not let WebSockets pass.
#[derive(Debug, Clone)]
pub(super) struct Route {
    /// The one that is being tried, or is open.
    trying: Transport,
    /// The last one that worked.
    works: Transport,
    /// WebSockets in a row that ended before the server's greeting.
    refusals: u32,
    tried_at_ms: f64,
    retry_after_ms: f64,
}

impl Route {
    pub(super) fn new() -> Self {
        Self {
            trying: Transport::WebSocket,
            works: Transport::WebSocket,
            refusals: 0,
            tried_at_ms: 0.0,
            retry_after_ms: RETRY_FIRST_MS,
        }
    }

    pub(super) fn trying(&self) -> Transport {
        self.trying
    }

    pub(super) fn works(&self) -> Transport {
        self.works
    }

    /// A new attempt begins.
    pub(super) fn begin(&mut self, now_ms: f64) {
        if self.trying == Transport::Sse && self.works == Transport::Sse {
            self.retry_after_ms = (self.retry_after_ms * 2.0).min(RETRY_MAX_MS);
        }
        self.trying = Transport::WebSocket;
        self.tried_at_ms = now_ms;
    }

    pub(super) fn connect_within_ms(&self) -> f64 {
        match self.trying {
            Transport::WebSocket if self.refusals >= REFUSALS_MAX => CONNECT_AGAIN_WITHIN_MS,
            Transport::WebSocket | Transport::Sse => CONNECT_WITHIN_MS,
        }
    }

    /// The channel ended before the server's greeting. Returns whether to try the other transport at once.
    pub(super) fn refused(&mut self) -> bool {
        if self.trying == Transport::Sse {
            return false;
        }
        self.refusals += 1;
        if self.refusals < REFUSALS_MAX {
            return false;
        }
        self.trying = Transport::Sse;
        true
    }

    /// The server has greeted.
    pub(super) fn greeted(&mut self) {
        self.works = self.trying;
        if self.trying == Transport::WebSocket {
            *self = Self::new();
        }
    }

    /// When to try a WebSocket again although Server-Sent Events work.
    pub(super) fn retry_at_ms(&self) -> f64 {
        match self.trying {
            Transport::WebSocket => f64::INFINITY,
            Transport::Sse => self.tried_at_ms + self.retry_after_ms,
        }
    }

    /// Whether to try a WebSocket again now that the network may have changed.
    pub(super) fn retries_now(&self, now_ms: f64) -> bool {
        self.trying == Transport::Sse && now_ms >= self.tried_at_ms + RETRY_MIN_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused_thrice() -> Route {
        let mut route = Route::new();
        for tries_another in [false, false, true] {
            route.begin(0.0);
            assert_eq!(route.trying(), Transport::WebSocket);
            assert_eq!(route.refused(), tries_another);
        }
        assert_eq!(route.trying(), Transport::Sse);
        route
    }

    #[test]
    fn the_third_refusal_leads_to_events() {
        let mut route = refused_thrice();
        assert_eq!(route.works(), Transport::WebSocket);
        route.greeted();
        assert_eq!(route.works(), Transport::Sse);
    }

    #[test]
    fn a_server_that_is_away_refuses_both() {
        let mut route = refused_thrice();
        assert!(!route.refused());
        route.begin(9_000.0);
        assert_eq!(route.trying(), Transport::WebSocket);
        route.greeted();
        assert_eq!(route.works(), Transport::WebSocket);
        route.begin(9_000.0);
        assert!(!route.refused(), "counted anew");
    }

    #[test]
    fn a_websocket_is_tried_again_ever_more_rarely() {
        let mut route = refused_thrice();
        route.greeted();
        let mut waits = Vec::new();
        for _ in 0..9 {
            let now_ms = route.retry_at_ms();
            waits.push(now_ms - route.tried_at_ms);
            route.begin(now_ms);
            assert!(route.refused());
            route.greeted();
        }
        let doubling = [3e4, 6e4, 1.2e5, 2.4e5, 4.8e5, 9.6e5, 1.92e6, 3.6e6, 3.6e6];
        assert_eq!(waits, doubling);
    }

    #[test]
    fn another_network_may_let_websockets_pass() {
        let mut route = refused_thrice();
        route.greeted();
        assert!(!route.retries_now(29_999.0));
        assert!(route.retries_now(30_000.0));
    }
}
