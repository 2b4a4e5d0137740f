use crate::chain::Chain;
use crate::scope::{Hosts, Scope};
use access::Access;
use protocol::{Durable, Level, OwnHost, Properties, Stream, StreamOptions};
use serde::Deserialize;
use std::borrow::Cow;

/// In a list of hosts, means all hosts.
const ALL_HOSTS: &str = "*";

/// The properties a message can be filtered by.
#[derive(Debug, Default)]
pub struct Facets {
    level: Option<Level>,
    source: Option<Box<str>>,
    label: Option<Box<str>>,
    /// Absent if the message is about the server's own host, or names none.
    other_host: Option<Box<str>>,
    /// Absent if the message is everyone's.
    channel: Option<Box<str>>,
}

impl Facets {
    pub(crate) fn of(message: &Durable, channel: Option<&str>, own: &OwnHost) -> Self {
        let Properties {
            level,
            source,
            label,
            host,
        } = message.properties();
        Self {
            level,
            source: source.map(Into::into),
            label: label.map(Into::into),
            other_host: host.filter(|host| !own.is(host)).map(Into::into),
            channel: channel.map(Into::into),
        }
    }
}

impl Facets {
    /// Of a message whose type is unknown.
    pub(crate) fn unknown(channel: Option<&str>, other_host: Option<&str>) -> Self {
        Self {
            other_host: other_host.map(Into::into),
            channel: channel.map(Into::into),
            ..Self::default()
        }
    }

    /// The host that the message is about, unless that is the server's own.
    pub(crate) fn other_host(&self) -> Option<&str> {
        self.other_host.as_deref()
    }

    /// The chain that the message belongs to.
    pub fn chain(&self) -> Chain<'_> {
        Chain::of(self.channel.as_deref(), self.other_host())
    }
}

/// What a message's JSON says of its place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Named<'a> {
    #[serde(borrow, default)]
    pub(crate) host: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) channel: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) prev: Option<u64>,
}

/// The host that a message's JSON names.
pub fn named_host(json: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    let named: Named<'_> = serde_json::from_str(json)?;
    Ok(named.host)
}

/// Whether a message's JSON belongs to a stream's own chain: it is in no channel, and about the server's own host
/// or about none.
pub fn is_of_own_chain(json: &str, own: &OwnHost) -> bool {
    serde_json::from_str(json).is_ok_and(|named: Named<'_>| {
        named.channel.is_none() && named.host.is_none_or(|host| own.is(&host))
    })
}

/// Which messages of a stream a viewer subscribes to. A message that lacks a filtered property does not
/// pass; but one that names no host is about the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    levels: Option<Box<[Level]>>,
    sources: Option<Box<[Box<str>]>>,
    labels: Option<Box<[Box<str>]>>,
    /// The hosts of everyone's messages; none if only channels are named.
    hosts: Hosts,
    /// Whether hosts were named, which then holds for channels, too.
    has_hosts: bool,
    channels: Channels,
}

/// The channels whose messages pass.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Channels {
    None,
    /// All of which the viewer is a member.
    Own,
    /// Those of these of which it is a member.
    OwnOf(Box<[Box<str>]>),
    Named(Box<[Box<str>]>),
}

impl Filter {
    /// The filter of subscription options. Without one, everyone's messages about the server's own host, or about
    /// none, pass.
    pub fn of(stream: Stream, options: &StreamOptions, own: &OwnHost) -> Option<Self> {
        let texts = |list: &Option<Vec<String>>| {
            list.as_ref()
                .map(|list| list.iter().map(|text| text.as_str().into()).collect())
        };
        let channels = match texts(&options.channels) {
            Some(named) => Channels::Named(named),
            // Clients of these streams may not know of channels.
            None if stream.definition().is_in_presets => Channels::None,
            None => Channels::Own,
        };
        let filter = Self {
            levels: options.levels.as_deref().map(Into::into),
            sources: texts(&options.sources),
            labels: texts(&options.labels),
            hosts: hosts(options.hosts.as_deref(), own),
            has_hosts: options.hosts.is_some(),
            channels,
        };
        let is_none = filter.levels.is_none()
            && filter.sources.is_none()
            && filter.labels.is_none()
            && filter.hosts == Hosts::own()
            && filter.channels == Channels::None;
        (!is_none).then_some(filter)
    }

    /// The same filter, with only these of the viewer's channels; none if it does not pass all of them.
    pub(crate) fn limited_to<'a>(&self, channels: impl Iterator<Item = &'a str>) -> Option<Self> {
        (self.channels == Channels::Own).then(|| Self {
            channels: Channels::OwnOf(channels.map(Into::into).collect()),
            ..self.clone()
        })
    }

    /// What is recovered together: everyone's messages, and each channel.
    pub(crate) fn scopes(&self, stream: Stream, access: &Access) -> Vec<Scope> {
        let (is_public, channels) = match &self.channels {
            Channels::None => (true, Vec::new()),
            Channels::Own => (true, access.channels(stream)),
            Channels::OwnOf(these) => {
                let mut own = access.channels(stream);
                own.retain(|channel| these.contains(channel));
                (true, own)
            }
            Channels::Named(named) => {
                let allowed = named.iter().filter(|it| access.may_see(stream, it));
                (false, allowed.cloned().collect())
            }
        };
        let public = is_public.then(|| Scope::Public(self.hosts.clone()));
        let channels = channels.into_iter().map(Scope::Channel);
        public.into_iter().chain(channels).collect()
    }

    /// Whether a message passes, and may be seen.
    pub(crate) fn passes(
        &self,
        facets: &Facets,
        stream: Stream,
        seq: u64,
        access: &Access,
    ) -> bool {
        let text = |wanted: &Option<Box<[Box<str>]>>, has: &Option<Box<str>>| match wanted {
            None => true,
            Some(wanted) => has.as_ref().is_some_and(|has| wanted.contains(has)),
        };
        self.levels
            .as_ref()
            .is_none_or(|levels| facets.level.is_some_and(|level| levels.contains(&level)))
            && text(&self.sources, &facets.source)
            && text(&self.labels, &facets.label)
            && self.contains_chain(facets, stream, seq, access)
    }

    fn contains_chain(&self, facets: &Facets, stream: Stream, seq: u64, access: &Access) -> bool {
        let is_about = || self.hosts.contains(facets.other_host());
        let Some(channel) = facets.channel.as_deref() else {
            return !matches!(self.channels, Channels::Named(_)) && is_about();
        };
        let is_wanted = match &self.channels {
            Channels::None => false,
            Channels::Own => access.is_member(stream, channel, seq),
            Channels::OwnOf(these) => {
                these.iter().any(|it| **it == *channel) && access.is_member(stream, channel, seq)
            }
            Channels::Named(named) => named.iter().any(|it| **it == *channel),
        };
        // A channel's chain is whole without a list of hosts.
        is_wanted && access.allows(stream, Some(channel), seq) && (!self.has_hosts || is_about())
    }
}

fn hosts(named: Option<&[String]>, own: &OwnHost) -> Hosts {
    let Some(named) = named else {
        return Hosts::own();
    };
    if named.iter().any(|host| host == ALL_HOSTS) {
        return Hosts::All;
    }
    let others = named.iter().filter(|host| !own.is(host));
    Hosts::Some {
        own: named.iter().any(|host| own.is(host)),
        others: others.map(|host| host.as_str().into()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{about, data, event};

    fn own() -> OwnHost {
        OwnHost::renamed("web-1", ["old".to_owned()])
    }

    fn filter(options: &StreamOptions) -> Option<Filter> {
        Filter::of(Stream::Data, options, &own())
    }

    fn passes(filter: &Filter, message: &Durable, channel: Option<&str>, access: &Access) -> bool {
        let facets = Facets::of(message, channel, &own());
        filter.passes(&facets, message.stream(), 1, access)
    }

    fn check(options: StreamOptions, message: &Durable, expected: bool) {
        let filter = filter(&options).expect("the options ask for a filter");
        assert_eq!(
            passes(&filter, message, None, &Access::member([])),
            expected,
            "{options:?} {message:?}"
        );
    }

    #[test]
    fn each_filter_that_is_set_must_pass() {
        let errors = || StreamOptions {
            levels: Some(vec![Level::Error]),
            ..Default::default()
        };
        check(errors(), &event(Level::Error, "disk"), true);
        check(errors(), &event(Level::Info, "disk"), false);
        check(errors(), &data("Requests"), false);
        let both = StreamOptions {
            sources: Some(vec!["disk".into()]),
            ..errors()
        };
        check(both.clone(), &event(Level::Error, "disk"), true);
        check(both, &event(Level::Error, "net"), false);
        let label = StreamOptions {
            labels: Some(vec!["A".into(), "B".into()]),
            ..Default::default()
        };
        check(label.clone(), &data("B"), true);
        check(label, &data("C"), false);
        let nothing = StreamOptions {
            hosts: Some(vec![]),
            ..Default::default()
        };
        check(nothing, &event(Level::Error, "disk"), false);
    }

    /// Which messages pass a list of hosts: one without a host, two of the own host by its names, two of others.
    fn check_hosts(named: &[&str], passing: [bool; 5]) {
        let options = StreamOptions {
            hosts: Some(named.iter().map(|host| (*host).to_owned()).collect()),
            // So that there is a filter.
            levels: None,
            labels: Some(vec!["B".into()]),
            ..Default::default()
        };
        let filter = filter(&options).expect("there is a label");
        let hosts = ["", "web-1", "old", "web-2", "web-3"];
        let found = hosts.map(|host| passes(&filter, &about(host, "B"), None, &Access::member([])));
        assert_eq!(found, passing, "{named:?}");
    }

    #[test]
    fn a_message_without_a_host_is_about_the_own_host() {
        check_hosts(&["local"], [true, true, true, false, false]);
        check_hosts(&["old"], [true, true, true, false, false]);
        check_hosts(&["web-2"], [false, false, false, true, false]);
        check_hosts(&["web-2", "local"], [true, true, true, true, false]);
        check_hosts(&["web-2", "*"], [true; 5]);
        check_hosts(&[], [false; 5]);
    }

    #[test]
    fn without_a_filter_only_the_own_host_passes() {
        let last = StreamOptions {
            last: Some(3),
            ..Default::default()
        };
        let named = StreamOptions {
            hosts: Some(vec!["local".into()]),
            ..Default::default()
        };
        for options in [last, named] {
            assert_eq!(filter(&options), None);
        }
        for (host, is_ours) in [("", true), ("old", true), ("web-2", false)] {
            let message = about(host, "B");
            assert_eq!(
                is_of_own_chain(&message.to_json(), &own()),
                is_ours,
                "{host}"
            );
            let facets = Facets::of(&message, None, &own());
            assert_eq!(facets.chain() == Chain::Own, is_ours, "{host}");
        }
    }

    #[test]
    fn channels_pass_only_those_who_may_see_them() {
        let member = || {
            Access::member(["r7", "r8"].map(|channel| access::Span {
                stream: Stream::Data,
                channel: channel.into(),
                after: 0,
                until: None,
            }))
        };
        let named = |channels: &[&str]| StreamOptions {
            channels: Some(channels.iter().map(|it| (*it).to_owned()).collect()),
            ..StreamOptions::default()
        };
        for (options, access, passing) in [
            (named(&["r7"]), Access::everything(), [false, true, false]),
            (named(&["r7", "r9"]), member(), [false, true, false]),
            (named(&["r7"]), Access::member([]), [false; 3]),
            (named(&[]), member(), [false; 3]),
        ] {
            let filter = filter(&options).unwrap();
            let found = [None, Some("r7"), Some("r9")]
                .map(|channel| passes(&filter, &about("web-2", "B"), channel, &access));
            let found = [found[0], found[1], found[2]];
            assert_eq!(found, passing, "{options:?}");
        }
        let all = StreamOptions {
            hosts: Some(vec!["*".into()]),
            ..StreamOptions::default()
        };
        let filter = filter(&all).unwrap();
        assert!(passes(&filter, &data("B"), None, &member()));
        assert!(
            !passes(&filter, &data("B"), Some("r7"), &member()),
            "a client of this stream need not know of channels"
        );
    }

    #[test]
    fn a_backlog_has_no_channel_that_is_joined_meanwhile() {
        let span = |channel: &str| access::Span {
            stream: Stream::Data,
            channel: channel.into(),
            after: 0,
            until: None,
        };
        let filter = Filter {
            levels: None,
            sources: None,
            labels: None,
            hosts: Hosts::own(),
            has_hosts: false,
            channels: Channels::Own,
        };
        let access = Access::member([span("r7")]);
        let backlog = filter.limited_to(["r7", "r8"].into_iter()).unwrap();
        assert_eq!(backlog.scopes(Stream::Data, &access).len(), 2);
        access.replace([span("r7"), span("r9")]);
        let message = data("a");
        let passing = |filter: &Filter| {
            [None, Some("r7"), Some("r8"), Some("r9")]
                .map(|channel| passes(filter, &message, channel, &access))
        };
        assert_eq!(passing(&filter), [true, true, false, true]);
        assert_eq!(passing(&backlog), [true, true, false, false]);
        assert_eq!(backlog.scopes(Stream::Data, &access).len(), 2);
        let named = Filter {
            channels: Channels::Named(["r7".into()].into()),
            ..filter
        };
        assert!(named.limited_to(["r7"].into_iter()).is_none());
    }
}
