//! Whose program is at the other end of a connection. While login is off, this decides whether it is served: what
//! connects for others, a proxy for example, mostly has a user of its own.

#[cfg(target_os = "linux")]
#[path = "peer_user/linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
#[path = "peer_user/others.rs"]
mod system;

use std::net::SocketAddr;
use std::ops::RangeInclusive;

/// The ids of people's users, by the defaults of `login.defs` and systemd. Those below and above are of services,
/// containers, and nobody.
const PEOPLE: RangeInclusive<u32> = 1_000..=60_513;

const ROOT: u32 = 0;

/// Those of services, which packages and systemd create.
const SERVICES: [RangeInclusive<u32>; 2] = [1..=999, 61_184..=65_533];

/// Whose program is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeerUser {
    /// The system was not asked, or cannot say.
    Unknown,
    /// The program of the user with this id.
    Known(u32),
    /// None: the program has closed the connection already, or is on another machine.
    Nobody,
}

impl PeerUser {
    /// Asks the system about the connection between these two addresses.
    pub(super) fn of(peer: SocketAddr, own: SocketAddr) -> Self {
        system::user_of(peer, own)
    }

    /// Why the other end is not served while login is off, if it is not.
    pub(super) fn objection(self) -> Option<String> {
        self.objection_of(system::own_user())
    }

    /// The same for a server that this user runs.
    fn objection_of(self, own: u32) -> Option<String> {
        let serves_people = own == ROOT || SERVICES.iter().any(|ids| ids.contains(&own));
        let whose = match self {
            Self::Unknown => return None,
            Self::Known(user)
                if user == ROOT || user == own || serves_people && PEOPLE.contains(&user) =>
            {
                return None;
            }
            Self::Known(user) => format!("a program of the user {user}"),
            Self::Nobody => "no program of this machine".to_owned(),
        };
        let people = match serves_people {
            true => "people's users on this machine",
            false => "the user who runs it",
        };
        Some(format!(
            "While login is off, this server answers only to programs of root and of {people}; at the other end of \
             this connection is {whose}, as behind a proxy. Create the first user, with `watchroom user add NAME \
             --role admin`; after that everybody may sign in, and programs send an API token."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_not_served_nor_other_people_than_the_servers_owner() {
        let (www_data, prometheus, nobody, container) = (33, 998, 65_534, 100_033);
        let (dynamic, alice, bob, of_directory) = (61_184, 1_000, 1_001, 1_200_000);
        for (own, user, is_served) in [
            (alice, ROOT, true),
            (alice, alice, true),
            (alice, bob, false),
            (alice, www_data, false),
            (of_directory, of_directory, true),
            (of_directory, alice, false),
            (dynamic, dynamic, true),
            (dynamic, ROOT, true),
            (dynamic, alice, true),
            (dynamic, prometheus, false),
            (dynamic, www_data, false),
            (dynamic, nobody, false),
            (dynamic, dynamic + 1, false),
            (ROOT, alice, true),
            (ROOT, www_data, false),
            (ROOT, container, false),
        ] {
            let objection = PeerUser::Known(user).objection_of(own);
            assert_eq!(objection.is_none(), is_served, "{own} {user}");
        }
        assert_eq!(PeerUser::Unknown.objection_of(alice), None);
        let objection = PeerUser::Nobody.objection_of(alice).expect("refused");
        assert!(objection.contains("watchroom user add"), "{objection}");
    }
}
