use crate::chain::Chain;
use access::Access;
use protocol::Stream;

/// The chains of a stream that a viewer recovers together: a loss in any of them is one gap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everyone's messages about these hosts.
    Public(Hosts),
    /// A channel.
    Channel(Box<str>),
}

/// Hosts whose messages a viewer subscribes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hosts {
    /// All hosts.
    All,
    /// Some.
    Some {
        /// The server's own, including messages without a host.
        own: bool,
        /// Other hosts.
        others: Box<[Box<str>]>,
    },
}

impl Hosts {
    /// The server's own host alone.
    pub(crate) fn own() -> Self {
        Self::Some {
            own: true,
            others: Box::default(),
        }
    }

    /// Whether messages about a host belong to these; without one, about the own host.
    pub fn contains(&self, other_host: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Some { own, others } => {
                other_host.map_or(*own, |host| others.iter().any(|it| **it == *host))
            }
        }
    }

    /// Whether these may be more than one.
    pub(crate) fn are_several(&self) -> bool {
        match self {
            Self::All => true,
            Self::Some { own, others } => usize::from(*own) + others.len() > 1,
        }
    }
}

impl Scope {
    /// Everyone's messages about the server's own host.
    pub fn own() -> Self {
        Self::Public(Hosts::own())
    }

    /// Whether a chain belongs to it.
    pub fn contains(&self, chain: Chain<'_>) -> bool {
        match (self, chain) {
            (Self::Public(hosts), Chain::Own | Chain::Host(_)) => hosts.contains(chain.host()),
            (Self::Channel(wanted), Chain::Channel(channel)) => **wanted == *channel,
            (Self::Public(_), Chain::Channel(_)) | (Self::Channel(_), _) => false,
        }
    }

    /// The newest position up to `seq` at which somebody may see it.
    pub(crate) fn newest_visible(&self, stream: Stream, access: &Access, seq: u64) -> u64 {
        access.newest_visible(stream, self.channel(), seq)
    }

    /// Its channel, if it is one.
    pub fn channel(&self) -> Option<&str> {
        match self {
            Self::Public(_) => None,
            Self::Channel(channel) => Some(channel),
        }
    }

    /// Whether it may have more than one chain.
    pub(crate) fn has_several_chains(&self) -> bool {
        match self {
            Self::Public(hosts) => hosts.are_several(),
            Self::Channel(_) => false,
        }
    }
}
