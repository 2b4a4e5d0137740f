//! Who is here. None of these messages has a position: of each only the newest counts.

use crate::named_enum::named_enum;
use crate::{Timestamp, is_blank, is_disruptive};
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The longest name that somebody may take while login is off.
pub const PERSON_NAME_CHARS_MAX: usize = 40;

/// The longest address and the longest range of a [`Place`], in bytes.
pub(crate) const PLACE_BYTES_MAX: usize = 300;

named_enum! {
    /// How a person is known to the server.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum PersonKind {
        /// A user of this server, who has signed in.
        User = "user",
        /// Somebody who took a name while login is off. Not verified: everybody may take the same one.
        Guest = "guest",
        /// A program, by its API token.
        Bot = "bot",
    }
}

/// Somebody who says something, or who is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Person {
    /// Identifies the person whatever its name becomes. To be compared only; of a guest, `g:` and the name in lower case.
    pub id: String,
    /// The name, to be shown.
    pub name: String,
    /// How it is known.
    pub kind: PersonKind,
}

named_enum! {
    /// What a viewer says of itself.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum PresenceState {
        /// It is being used.
        Active = "active",
        /// It is open, and has not been used for a while.
        Idle = "idle",
        /// It is not to be shown. Nobody else receives this.
        Hidden = "hidden",
    }
}

/// What somebody is looking at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Place {
    /// The path of the page, such as `/hosts/web-1`.
    pub page: String,
    /// The range of time that it shows, see [`is_time_range`]; absent while nobody has chosen one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// Whether it shows what is happening now, and not the past.
    pub live: bool,
}

/// See [`crate::ClientMessage::Presence`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPresence {
    /// The state.
    pub state: PresenceState,
    /// The name, while login is off; ignored otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is looking at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// See [`crate::ClientMessage::Typing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTyping {
    /// The room.
    pub room: String,
    /// False once it has stopped.
    #[serde(default = "yes")]
    pub typing: bool,
}

fn yes() -> bool {
    true
}

/// Everybody who is here, each person once, whatever the number of its viewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// By name.
    pub people: Vec<PersonPresence>,
}

/// Somebody who is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPresence {
    /// Who.
    pub person: Person,
    /// Active if any of its viewers is.
    pub state: PresenceState,
    /// What the viewer shows that it used last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Everybody who is typing in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typing {
    /// The room.
    pub room: String,
    /// Empty once nobody is.
    pub people: Vec<Person>,
}

/// Whether a text is a range of time as places have it: how far it reaches back from now, as in `now-5m` (`s`, `m`, `h` or
/// `d`), or two times of RFC 3339 with a slash between them, the earlier one first.
pub fn is_time_range(text: &str) -> bool {
    if let Some(span) = text.strip_prefix("now-") {
        let count = span.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or_default();
        let is_number = count.bytes().all(|it| it.is_ascii_digit());
        return is_number && count.parse::<u32>().is_ok_and(|count| count > 0);
    }
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let times = text.split_once('/');
    let times = times.and_then(|(from, to)| time(from).zip(time(to)));
    times.is_some_and(|(from, to)| from < to)
}

/// Whether somebody may take this name while login is off.
pub fn is_person_name(name: &str) -> bool {
    (1..=PERSON_NAME_CHARS_MAX).contains(&name.chars().count())
        && name.trim() == name
        && !is_blank(name)
        && !name.chars().any(is_disruptive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reaches_back_from_now_or_has_two_times() {
        for range in [
            "now-90s",
            "now-5m",
            "now-14d",
            "2026-01-15T03:00:00Z/2026-01-15T04:00:00.500Z",
        ] {
            assert!(is_time_range(range), "{range}");
        }
        for range in [
            "",
            "now",
            "now-",
            "now-m",
            "now-0m",
            "now-+5m",
            "now-5",
            "now-5w",
            "now-99999999999d",
            "5m",
            "2026-01-15T03:00:00Z",
            "2026-01-15T04:00:00Z/2026-01-15T03:00:00Z",
            "2026-01-15T03:00:00Z/now",
        ] {
            assert!(!is_time_range(range), "{range}");
        }
    }
}
