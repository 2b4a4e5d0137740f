//! Which messages of the log a principal may see. Every function that yields messages to somebody takes an
//! [`Access`], and nothing else decides.
//!
//! Messages without a channel are everyone's. Those of a channel are visible at the positions at which the
//! principal was a member, so visibility is a function of position: nobody who reads the same entry later, or from
//! the store, sees more. A list is [replaced](Access::replace) before the message that changes it is published,
//! under the log's lock; readers that take the lock after that see the new list.
//!
//! Nothing here knows who the principal is.

use protocol::Stream;
use std::sync::{Arc, PoisonError, RwLock};

/// What a principal may see. Cheap to clone; every clone is the same, and changes with it.
#[derive(Debug, Clone)]
pub struct Access(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    /// All streams, internal ones included.
    Server,
    /// All channels.
    Everything,
    /// The channels of which it is a member.
    Member(RwLock<Arc<[Span]>>),
    /// A part of what another one sees.
    Scopes {
        /// The streams of which it has everyone's messages.
        public: Vec<Stream>,
        spans: Arc<[Span]>,
    },
}

/// A range of positions in which the principal is a member of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The stream of the channel.
    pub stream: Stream,
    /// The channel.
    pub channel: Box<str>,
    /// Exclusive: the message that let the principal join, or 0 with the whole history.
    pub after: u64,
    /// Inclusive: the message that let it leave. Absent while it is a member.
    pub until: Option<u64>,
}

impl Span {
    fn contains(&self, stream: Stream, channel: &str, seq: u64) -> bool {
        self.stream == stream
            && *self.channel == *channel
            && self.after < seq
            && self.until.is_none_or(|until| seq <= until)
    }
}

impl Access {
    /// The server's own, for internal reads whose results are not sent.
    pub fn server() -> Self {
        Self(Arc::new(Kind::Server))
    }

    /// Everything that anybody may see: all channels, but no internal stream.
    pub fn everything() -> Self {
        Self(Arc::new(Kind::Everything))
    }

    /// Whether both are the same one, which change together.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What everyone may see, and the channels of which it is a member.
    pub fn member(spans: impl IntoIterator<Item = Span>) -> Self {
        Self(Arc::new(Kind::Member(RwLock::new(
            spans.into_iter().collect(),
        ))))
    }

    /// Replaces the list of a member. To be called under the log's lock, before the message is published that is
    /// the reason for it.
    pub fn replace(&self, spans: impl IntoIterator<Item = Span>) {
        if let Kind::Member(list) = &*self.0 {
            let spans = spans.into_iter().collect();
            *list.write().unwrap_or_else(PoisonError::into_inner) = spans;
        }
    }

    /// The same for the channels of one stream; those of others stay.
    pub fn replace_of(&self, stream: Stream, spans: impl IntoIterator<Item = Span>) {
        if let Kind::Member(list) = &*self.0 {
            let mut list = list.write().unwrap_or_else(PoisonError::into_inner);
            let others = list.iter().filter(|span| span.stream != stream).cloned();
            *list = others.chain(spans).collect();
        }
    }

    /// The list of a member, or a part of it; empty for all others.
    pub fn spans(&self) -> Arc<[Span]> {
        match &*self.0 {
            Kind::Member(list) => Arc::clone(&list.read().unwrap_or_else(PoisonError::into_inner)),
            Kind::Scopes { spans, .. } => Arc::clone(spans),
            Kind::Server | Kind::Everything => Arc::default(),
        }
    }

    /// Whether a message is visible.
    pub fn allows(&self, stream: Stream, channel: Option<&str>, seq: u64) -> bool {
        match &*self.0 {
            Kind::Server => true,
            _ if stream.is_internal() => false,
            Kind::Everything => true,
            Kind::Scopes { public, spans } => match channel {
                None => public.contains(&stream),
                Some(channel) => spans.iter().any(|it| it.contains(stream, channel, seq)),
            },
            Kind::Member(_) => channel.is_none_or(|channel| self.is_member(stream, channel, seq)),
        }
    }

    /// Whether the principal is a member of the channel at this position; one that sees everything is not.
    pub fn is_member(&self, stream: Stream, channel: &str, seq: u64) -> bool {
        let Kind::Member(list) = &*self.0 else {
            return false;
        };
        let spans = list.read().unwrap_or_else(PoisonError::into_inner);
        spans.iter().any(|it| it.contains(stream, channel, seq))
    }

    /// The newest position up to `seq` at which messages of this channel are visible, 0 if none is; of everyone's, all
    /// are. Of what has been lost, only what lies up to there has been lost to the principal.
    pub fn newest_visible(&self, stream: Stream, channel: Option<&str>, seq: u64) -> u64 {
        let Some(channel) = channel.filter(|_| !self.sees_all_channels()) else {
            return seq;
        };
        let spans = self.spans();
        let of_channel = spans
            .iter()
            .filter(|span| span.stream == stream && *span.channel == *channel && span.after < seq);
        let newest = of_channel.map(|span| span.until.unwrap_or(seq).min(seq));
        newest.max().unwrap_or(0)
    }

    /// Whether all channels are visible, without a list.
    pub fn sees_all_channels(&self) -> bool {
        matches!(&*self.0, Kind::Server | Kind::Everything)
    }

    /// The channels of a stream of which the principal is or was a member, each once and in order.
    pub fn channels(&self, stream: Stream) -> Vec<Box<str>> {
        let spans = self.spans();
        let of_stream = spans.iter().filter(|span| span.stream == stream);
        let mut channels: Vec<_> = of_stream.map(|span| span.channel.clone()).collect();
        channels.sort_unstable();
        channels.dedup();
        channels
    }

    /// What of these is visible, as the list is now: everyone's messages of a stream, and channels. What a reader does
    /// not ask for need not be read.
    pub fn of_scopes<'a>(
        &self,
        scopes: impl IntoIterator<Item = (Stream, Option<&'a str>)>,
    ) -> Self {
        let held = self.spans();
        let (mut public, mut spans) = (Vec::new(), Vec::new());
        for (stream, channel) in scopes {
            let Some(channel) = channel else {
                public.extend(self.allows(stream, None, 0).then_some(stream));
                continue;
            };
            if self.sees_all_channels() {
                spans.push(Span {
                    stream,
                    channel: channel.into(),
                    after: 0,
                    until: None,
                });
            } else {
                let of_channel = held
                    .iter()
                    .filter(|span| span.stream == stream && *span.channel == *channel);
                spans.extend(of_channel.cloned());
            }
        }
        let spans = spans.into();
        Self(Arc::new(Kind::Scopes { public, spans }))
    }

    /// What somebody may see who is not signed in, where the server shows its dashboard to everybody.
    pub fn dashboard() -> Self {
        let public = Stream::ALL.into_iter().filter(|it| is_on_dashboard(*it));
        Self(Arc::new(Kind::Scopes {
            public: public.collect(),
            spans: Arc::default(),
        }))
    }

    /// Whether any message of the stream is or may become visible. It is so for good, so a viewer that follows a stream
    /// need not be asked again about everyone's messages.
    pub fn may_see_stream(&self, stream: Stream) -> bool {
        match &*self.0 {
            Kind::Scopes { public, spans } => {
                public.contains(&stream) || spans.iter().any(|span| span.stream == stream)
            }
            _ => self.allows(stream, None, 0),
        }
    }

    /// The same of everyone's messages alone.
    pub fn without_channels(&self) -> Self {
        self.of_scopes(Stream::PUBLIC.map(|stream| (stream, None)))
    }

    /// Whether any message of the channel is or may become visible.
    pub fn may_see(&self, stream: Stream, channel: &str) -> bool {
        match &*self.0 {
            Kind::Server | Kind::Everything => true,
            Kind::Member(_) | Kind::Scopes { .. } => self
                .spans()
                .iter()
                .any(|span| span.stream == stream && *span.channel == *channel),
        }
    }
}

/// Whether the stream is a part of what a server may show to everybody: values, and what rules say of them. What people and
/// programs have written is not, and neither is what runs on a host.
fn is_on_dashboard(stream: Stream) -> bool {
    match stream {
        Stream::Metrics | Stream::Data | Stream::Samples | Stream::Alerts => true,
        Stream::Processes
        | Stream::Events
        | Stream::Logs
        | Stream::Rooms
        | Stream::Boards
        | Stream::Control => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(channel: &str, after: u64, until: Option<u64>) -> Span {
        Span {
            stream: Stream::Events,
            channel: channel.into(),
            after,
            until,
        }
    }

    #[test]
    fn a_member_sees_what_was_sent_while_it_was_one() {
        let access = Access::member([span("r7", 10, Some(50)), span("r7", 80, None)]);
        let sees = |seq| access.allows(Stream::Events, Some("r7"), seq);
        assert_eq!(
            [10, 11, 50, 51, 80, 81].map(sees),
            [false, true, true, false, false, true]
        );
        assert!(
            !access.allows(Stream::Data, Some("r7"), 11),
            "of another stream"
        );
        assert!(!access.allows(Stream::Events, Some("r8"), 11));
        assert!(access.allows(Stream::Events, None, 1), "everyone's");
        assert_eq!(access.channels(Stream::Events), ["r7".into()]);
    }

    #[test]
    fn what_was_lost_is_lost_to_members() {
        let access = Access::member([span("r7", 10, Some(50)), span("r7", 80, None)]);
        let newest = |seq| access.newest_visible(Stream::Events, Some("r7"), seq);
        assert_eq!(
            [10, 11, 50, 60, 80, 81].map(newest),
            [0, 11, 50, 50, 50, 81]
        );
        assert_eq!(access.newest_visible(Stream::Events, Some("r8"), 60), 0);
        assert_eq!(access.newest_visible(Stream::Events, None, 60), 60);
        let all = Access::everything();
        assert_eq!(all.newest_visible(Stream::Events, Some("r7"), 60), 60);
    }

    #[test]
    fn a_part_has_only_what_is_asked_for_and_visible() {
        let member = Access::member([span("r7", 10, None), span("r8", 0, None)]);
        let (r7, r9) = ((Stream::Events, Some("r7")), (Stream::Events, Some("r9")));
        let part = member.of_scopes([(Stream::Data, None), r7, r9]);
        let sees = |stream, channel| part.allows(stream, channel, 11);
        assert!(sees(Stream::Data, None) && sees(Stream::Events, Some("r7")));
        assert!(!sees(Stream::Events, None), "not asked for");
        assert!(!sees(Stream::Events, Some("r8")), "not asked for");
        assert!(!sees(Stream::Events, Some("r9")), "no member");
        assert!(!part.allows(Stream::Events, Some("r7"), 10));
        let all = Access::server().of_scopes([(Stream::Control, None), r9]);
        assert!(all.allows(Stream::Events, Some("r9"), 1));
        assert!(!all.allows(Stream::Control, None, 1));
        assert!(!all.of_scopes([r7]).allows(Stream::Events, Some("r7"), 1));
    }

    #[test]
    fn the_dashboard_is_values_and_alerts_without_channels() {
        let access = Access::dashboard();
        let seen = Stream::ALL
            .into_iter()
            .filter(|it| access.may_see_stream(*it));
        let values = [
            Stream::Metrics,
            Stream::Data,
            Stream::Alerts,
            Stream::Samples,
        ];
        assert!(seen.clone().all(|it| values.contains(&it)) && seen.count() == values.len());
        for stream in Stream::ALL {
            assert_eq!(
                access.allows(stream, None, 1),
                access.may_see_stream(stream)
            );
            assert!(!access.allows(stream, Some("r7"), 1), "{stream}");
        }
        assert!(access.without_channels().allows(Stream::Metrics, None, 1));
        assert!(!access.without_channels().allows(Stream::Events, None, 1));
        let named = access.of_scopes([(Stream::Events, Some("audit"))]);
        assert!(!named.allows(Stream::Events, Some("audit"), 1));
    }

    #[test]
    fn all_clones_see_a_replaced_list() {
        let access = Access::member([span("r7", 0, None)]);
        let clone = access.clone();
        access.replace([span("r7", 0, Some(9))]);
        assert!(clone.is_member(Stream::Events, "r7", 9));
        assert!(!clone.is_member(Stream::Events, "r7", 10));
    }

    #[test]
    fn the_lists_of_streams_are_replaced_one_by_one() {
        let data = Span {
            stream: Stream::Data,
            ..span("r7", 0, None)
        };
        let access = Access::member([span("r7", 0, None), data]);
        access.replace_of(Stream::Events, [span("r8", 0, None)]);
        assert!(access.allows(Stream::Data, Some("r7"), 1));
        assert!(access.allows(Stream::Events, Some("r8"), 1));
        assert!(!access.allows(Stream::Events, Some("r7"), 1));
    }

    #[test]
    fn only_the_server_sees_internal_streams() {
        for (access, sees_control, sees_channels) in [
            (Access::server(), true, true),
            (Access::everything(), false, true),
            (Access::member([]), false, false),
        ] {
            assert_eq!(access.allows(Stream::Control, None, 1), sees_control);
            assert_eq!(access.allows(Stream::Events, Some("r7"), 1), sees_channels);
            assert!(!access.is_member(Stream::Events, "r7", 1));
        }
    }
}
