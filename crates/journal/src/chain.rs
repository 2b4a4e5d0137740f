use std::collections::BTreeMap;

/// One of a stream's chains: each message names the one before it in its chain (`prev`), by which a viewer detects
/// a loss. A viewer that may see one message of a chain at a position may see all of them there, and so can verify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain<'a> {
    /// Everyone's messages about the server's own host, or about none.
    Own,
    /// Everyone's messages about another host.
    Host(&'a str),
    /// A channel's messages, whatever their host.
    Channel(&'a str),
}

impl<'a> Chain<'a> {
    /// The chain of a message that names this channel and this other host.
    pub fn of(channel: Option<&'a str>, other_host: Option<&'a str>) -> Self {
        match (channel, other_host) {
            (Some(channel), _) => Self::Channel(channel),
            (None, Some(host)) => Self::Host(host),
            (None, None) => Self::Own,
        }
    }

    /// The other host of a chain that has one.
    pub fn host(self) -> Option<&'a str> {
        match self {
            Self::Host(host) => Some(host),
            Self::Own | Self::Channel(_) => None,
        }
    }

    /// The channel of a chain that has one.
    pub fn channel(self) -> Option<&'a str> {
        match self {
            Self::Channel(channel) => Some(channel),
            Self::Own | Self::Host(_) => None,
        }
    }

    /// Whether it is everyone's.
    pub fn is_public(self) -> bool {
        self.channel().is_none()
    }
}

/// A value for each chain of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ByChain<T> {
    own: T,
    hosts: BTreeMap<Box<str>, T>,
    channels: BTreeMap<Box<str>, T>,
}

impl<T: Default> ByChain<T> {
    pub(crate) fn own(&self) -> &T {
        &self.own
    }

    pub(crate) fn own_mut(&mut self) -> &mut T {
        &mut self.own
    }

    /// The value of a chain; that of the own one always exists.
    pub(crate) fn get(&self, chain: Chain<'_>) -> Option<&T> {
        match chain {
            Chain::Own => Some(&self.own),
            Chain::Host(host) => self.hosts.get(host),
            Chain::Channel(channel) => self.channels.get(channel),
        }
    }

    pub(crate) fn get_mut(&mut self, chain: Chain<'_>) -> Option<&mut T> {
        match chain {
            Chain::Own => Some(&mut self.own),
            Chain::Host(host) => self.hosts.get_mut(host),
            Chain::Channel(channel) => self.channels.get_mut(channel),
        }
    }

    pub(crate) fn insert(&mut self, chain: Chain<'_>, value: T) {
        match chain {
            Chain::Own => self.own = value,
            Chain::Host(host) => _ = self.hosts.insert(host.into(), value),
            Chain::Channel(channel) => _ = self.channels.insert(channel.into(), value),
        }
    }

    /// The hosts, by name.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = (&str, &T)> {
        self.hosts.iter().map(|(host, value)| (&**host, value))
    }

    /// Every value, that of the own chain first.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        let others = self.hosts.values().chain(self.channels.values());
        std::iter::once(&self.own).chain(others)
    }

    /// Every value of everyone's chains.
    pub(crate) fn public(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.own).chain(self.hosts.values())
    }

    /// How many chains beside the own one have a value.
    pub(crate) fn others_len(&self) -> usize {
        self.hosts.len() + self.channels.len()
    }

    /// Removes chains other than the own one.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(Chain<'_>, &mut T) -> bool) {
        let keep = &mut keep;
        self.hosts
            .retain(|host, value| keep(Chain::Host(host), value));
        self.channels
            .retain(|channel, value| keep(Chain::Channel(channel), value));
    }
}

/// The `seq` below which a quarter of the chains had their newest message: those are forgotten when there are too
/// many.
pub(crate) fn oldest_quarter(mut newest: Vec<u64>) -> u64 {
    let index = newest.len() / 4;
    *newest.select_nth_unstable(index).1
}
