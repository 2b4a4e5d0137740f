use protocol::{Durable, Level, OwnHost, Properties, StreamOptions};
use serde::Deserialize;
use std::borrow::Cow;

/// In a list of hosts, means all hosts.
const ALL_HOSTS: &str = "*";

/// The properties a message can be filtered by.
#[derive(Debug, Default)]
pub(crate) struct Facets {
    level: Option<Level>,
    source: Option<Box<str>>,
    label: Option<Box<str>>,
    /// Absent if the message is about the server's own host, or names none.
    other_host: Option<Box<str>>,
}

impl Facets {
    pub(crate) fn of(message: &Durable, own: &OwnHost) -> Self {
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
        }
    }
}

impl Facets {
    /// The host that the message is about, unless that is the server's own.
    pub(crate) fn other_host(&self) -> Option<&str> {
        self.other_host.as_deref()
    }
}

/// The host that a message's JSON names.
pub fn named_host(json: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    #[derive(Deserialize)]
    struct About<'a> {
        #[serde(borrow, default)]
        host: Option<Cow<'a, str>>,
    }
    let about: About<'_> = serde_json::from_str(json)?;
    Ok(about.host)
}

/// Whether a message's JSON is about the server's own host, or names none.
pub fn is_about_own_host(json: &str, own: &OwnHost) -> bool {
    named_host(json).is_ok_and(|host| host.is_none_or(|host| own.is(&host)))
}

/// The hosts whose messages pass.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hosts {
    /// The server's own, including messages without a host.
    own: bool,
    others: Box<[Box<str>]>,
}

/// Which messages of a stream a viewer subscribes to. A message that lacks a filtered property does not
/// pass; but one that names no host is about the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    levels: Option<Box<[Level]>>,
    sources: Option<Box<[Box<str>]>>,
    labels: Option<Box<[Box<str>]>>,
    /// Absent for all.
    hosts: Option<Hosts>,
}

impl Filter {
    /// The filter of subscription options. Without one, all messages about the server's own host, or about
    /// none, pass.
    pub fn of(options: &StreamOptions, own: &OwnHost) -> Option<Self> {
        let texts = |list: &Option<Vec<String>>| {
            list.as_ref()
                .map(|list| list.iter().map(|text| text.as_str().into()).collect())
        };
        let filter = Self {
            levels: options.levels.as_deref().map(Into::into),
            sources: texts(&options.sources),
            labels: texts(&options.labels),
            hosts: hosts(options.hosts.as_deref(), own),
        };
        let is_none = filter == Self::none();
        (!is_none).then_some(filter)
    }

    /// The filter that is equivalent to none.
    fn none() -> Self {
        Self {
            levels: None,
            sources: None,
            labels: None,
            hosts: hosts(None, &OwnHost::default()),
        }
    }

    /// Whether messages of more than one host may pass.
    pub(crate) fn is_of_several_hosts(&self) -> bool {
        let hosts = |hosts: &Hosts| usize::from(hosts.own) + hosts.others.len();
        self.hosts.as_ref().is_none_or(|it| hosts(it) > 1)
    }

    pub(crate) fn passes(&self, facets: &Facets) -> bool {
        let text = |wanted: &Option<Box<[Box<str>]>>, has: &Option<Box<str>>| match wanted {
            None => true,
            Some(wanted) => has.as_ref().is_some_and(|has| wanted.contains(has)),
        };
        self.levels
            .as_ref()
            .is_none_or(|levels| facets.level.is_some_and(|level| levels.contains(&level)))
            && text(&self.sources, &facets.source)
            && text(&self.labels, &facets.label)
            && self
                .hosts
                .as_ref()
                .is_none_or(|it| it.contains(facets.other_host()))
    }
}

impl Hosts {
    fn contains(&self, other_host: Option<&str>) -> bool {
        other_host.map_or(self.own, |host| self.others.iter().any(|it| **it == *host))
    }
}

fn hosts(named: Option<&[String]>, own: &OwnHost) -> Option<Hosts> {
    let Some(named) = named else {
        return Some(Hosts {
            own: true,
            others: Box::default(),
        });
    };
    let is_all = named.iter().any(|host| host == ALL_HOSTS);
    let others = named.iter().filter(|host| !own.is(host));
    (!is_all).then(|| Hosts {
        own: named.iter().any(|host| own.is(host)),
        others: others.map(|host| host.as_str().into()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{about, data, event};

    fn own() -> OwnHost {
        OwnHost::renamed("web-1", ["old".to_owned()])
    }

    fn check(options: StreamOptions, message: &Durable, passes: bool) {
        let filter = Filter::of(&options, &own()).expect("the options ask for a filter");
        assert_eq!(
            filter.passes(&Facets::of(message, &own())),
            passes,
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
        let filter = Filter::of(&options, &own()).expect("there is a label");
        let hosts = ["", "web-1", "old", "web-2", "web-3"];
        let found = hosts.map(|host| filter.passes(&Facets::of(&about(host, "B"), &own())));
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
            assert_eq!(Filter::of(&options, &own()), None);
        }
        for (host, is_ours) in [("", true), ("old", true), ("web-2", false)] {
            let message = about(host, "B");
            assert_eq!(
                is_about_own_host(&message.to_json(), &own()),
                is_ours,
                "{host}"
            );
            let facets = Facets::of(&message, &own());
            assert_eq!(facets.other_host().is_none(), is_ours, "{host}");
        }
    }
}
