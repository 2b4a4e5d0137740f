use std::fmt;
use std::str::FromStr;

/// The most scopes of a token.
pub const SCOPES_MAX: usize = 10;

/// The longest name of a host, board or heartbeat in a scope.
const NAME_CHARS_MAX: usize = 100;

/// What an API token may be used for. A token does no more than its scopes allow, and of that no more than the role of
/// its user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything that a viewer may read.
    Read,
    /// Sends metrics, events and logs.
    Ingest,
    /// Writes annotations and messages.
    Annotate,
    /// Connects as the agent of this host.
    Agent(String),
    /// Shows this board, for screens and embedding.
    Board(String),
    /// Reports this heartbeat.
    Beat(String),
    /// Everything that its user may do.
    Admin,
}

/// The text is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no scope; there are `read`, `ingest`, `annotate`, `admin`, `agent:HOST`, `board:ID` and `beat:NAME`"
)]
pub struct InvalidScope(pub String);

impl Scope {
    /// Whether a token with this scope may never expire: it shows one board, and nothing else.
    pub fn may_last_forever(&self) -> bool {
        matches!(self, Self::Board(_))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => formatter.write_str("read"),
            Self::Ingest => formatter.write_str("ingest"),
            Self::Annotate => formatter.write_str("annotate"),
            Self::Admin => formatter.write_str("admin"),
            Self::Agent(host) => write!(formatter, "agent:{host}"),
            Self::Board(id) => write!(formatter, "board:{id}"),
            Self::Beat(name) => write!(formatter, "beat:{name}"),
        }
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let is_name = |name: &str| {
            let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
            !name.is_empty() && name.len() <= NAME_CHARS_MAX && name.chars().all(is_plain)
        };
        let named = |make: fn(String) -> Self, name: &str| is_name(name).then(|| make(name.into()));
        let scope = match text {
            "read" => Some(Self::Read),
            "ingest" => Some(Self::Ingest),
            "annotate" => Some(Self::Annotate),
            "admin" => Some(Self::Admin),
            _ => match text.split_once(':') {
                Some(("agent", host)) => named(Self::Agent, host),
                Some(("board", id)) => named(Self::Board, id),
                Some(("beat", name)) => named(Self::Beat, name),
                _ => None,
            },
        };
        scope.ok_or_else(|| InvalidScope(text.chars().take(NAME_CHARS_MAX).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in [
            "read",
            "ingest",
            "annotate",
            "admin",
            "agent:web-1",
            "board:b7",
            "beat:backup",
        ] {
            let scope: Scope = text.parse().expect(text);
            assert_eq!(scope.to_string(), text);
            assert_eq!(scope.may_last_forever(), text == "board:b7");
        }
    }

    #[test]
    fn other_texts_are_no_scopes() {
        for text in [
            "",
            "Read",
            "agent:",
            "agent:a b",
            "host:web-1",
            "read ",
            "board:é",
        ] {
            assert!(text.parse::<Scope>().is_err(), "{text:?}");
        }
    }
}
