//! Who is here. Pure: the time is a parameter.

use protocol::{Person, PersonPresence, Place, PresenceState};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

/// Somebody is still shown for so long after the last connection has ended, since a page that is loaded again connects
/// anew.
pub(super) const OFFLINE_AFTER: Duration = Duration::from_secs(10);

/// People that are shown.
const PEOPLE_MAX: usize = 500;

/// All connections that have said where they are.
#[derive(Debug, Default)]
pub(super) struct Presences {
    connections: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    person: Person,
    state: PresenceState,
    place: Option<Place>,
    changed_at: Instant,
    gone_at: Option<Instant>,
}

impl Presences {
    /// A connection says who and where it is.
    pub(super) fn set(
        &mut self,
        connection: u64,
        person: Person,
        state: PresenceState,
        place: Option<Place>,
        now: Instant,
    ) {
        self.connections.insert(
            connection,
            Connection {
                person,
                state,
                place,
                changed_at: now,
                gone_at: None,
            },
        );
    }

    /// A connection has ended.
    pub(super) fn end(&mut self, connection: u64, now: Instant) {
        if let Some(ended) = self.connections.get_mut(&connection) {
            ended.gone_at.get_or_insert(now);
        }
    }

    /// Forgets those that have been gone for long enough; returns whether there were any.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let count = self.connections.len();
        self.connections.retain(|_, it| {
            it.gone_at
                .is_none_or(|at| now.saturating_duration_since(at) < OFFLINE_AFTER)
        });
        self.connections.len() < count
    }

    /// Whether nobody is here.
    pub(super) fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Who is at a connection.
    pub(super) fn person(&self, connection: u64) -> Option<&Person> {
        self.connections.get(&connection).map(|it| &it.person)
    }

    /// Whether a person does not want to be shown, which it may have said at one of its connections only.
    pub(super) fn is_hidden(&self, person: &str) -> bool {
        let mut connections = self.connections.values();
        connections.any(|it| {
            let is_current = it.gone_at.is_none() && it.person.id == person;
            is_current && it.state == PresenceState::Hidden
        })
    }

    /// Everybody who is shown, by name; each person once, active if any of its connections is, and at the place of the
    /// one that has changed last. Who is hidden at one connection is hidden.
    pub(super) fn people(&self) -> Vec<PersonPresence> {
        let mut newest: BTreeMap<(String, &str), (&Connection, PresenceState)> = BTreeMap::new();
        let is_here = |it: &&Connection| it.gone_at.is_none();
        let here = self.connections.values().filter(is_here);
        let here: HashSet<&str> = here.map(|it| it.person.id.as_str()).collect();
        // Of somebody who is back, former connections do not count.
        let counts = |it: &&Connection| is_here(it) || !here.contains(it.person.id.as_str());
        let counting = self.connections.values().filter(counts);
        let hidden = counting.clone();
        let hidden = hidden.filter(|it| it.state == PresenceState::Hidden);
        let hidden: HashSet<&str> = hidden.map(|it| it.person.id.as_str()).collect();
        for it in counting.filter(|it| !hidden.contains(it.person.id.as_str())) {
            let key = (it.person.name.to_lowercase(), it.person.id.as_str());
            let (shown, state) = newest.entry(key).or_insert((it, it.state));
            *state = (*state).min(it.state);
            let rank = |it: &Connection| {
                (
                    it.gone_at.is_none(),
                    it.state == PresenceState::Active,
                    it.changed_at,
                )
            };
            if rank(it) > rank(shown) {
                *shown = it;
            }
        }
        let people = newest.into_values().map(|(shown, state)| PersonPresence {
            person: shown.person.clone(),
            state,
            place: shown.place.clone(),
        });
        people.take(PEOPLE_MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::PresenceState::{Active, Hidden, Idle};
    use super::*;
    use protocol::PersonKind;

    fn person(id: &str) -> Person {
        Person {
            id: id.into(),
            name: id.into(),
            kind: PersonKind::User,
        }
    }

    fn place(page: &str) -> Option<Place> {
        Some(Place {
            page: page.into(),
            range: None,
            live: true,
        })
    }

    fn shown(presences: &Presences) -> Vec<String> {
        let people = presences.people().into_iter().map(|it| {
            let page = it.place.map(|place| place.page).unwrap_or_default();
            format!("{} {} {page}", it.person.name, it.state.name())
        });
        people.collect()
    }

    #[test]
    fn several_pages_are_one_person() {
        let (mut presences, start) = (Presences::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        presences.set(1, person("bo"), Idle, place("/a"), at(0));
        presences.set(2, person("bo"), Active, place("/b"), at(1));
        presences.set(3, person("ada"), Idle, place("/c"), at(2));
        presences.set(4, person("cy"), Hidden, place("/d"), at(3));
        assert_eq!(shown(&presences), ["ada idle /c", "bo active /b"]);
        presences.set(2, person("bo"), Idle, place("/b"), at(4));
        assert_eq!(shown(&presences), ["ada idle /c", "bo idle /b"]);
        presences.set(3, person("ada"), Hidden, None, at(5));
        assert_eq!(shown(&presences), ["bo idle /b"]);
        presences.set(5, person("bo"), Hidden, None, at(6));
        assert!(presences.is_hidden("bo") && shown(&presences).is_empty());
        presences.end(5, at(7));
        assert!(!presences.is_hidden("bo"));
        assert_eq!(shown(&presences), ["bo idle /b"]);
    }

    #[test]
    fn nobody_stays_after_leaving() {
        let (mut presences, start) = (Presences::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        presences.set(1, person("ada"), Active, None, at(0));
        presences.set(2, person("ada"), Idle, None, at(0));
        presences.end(1, at(1));
        presences.expire(at(11));
        assert_eq!(shown(&presences), ["ada idle "], "one is connected");
        presences.end(2, at(12));
        presences.end(2, at(20));
        presences.expire(at(21));
        assert_eq!(shown(&presences), ["ada idle "], "for a moment");
        presences.expire(at(22));
        assert!(presences.is_empty());
        presences.set(3, person("ada"), Active, None, at(30));
        presences.end(3, at(31));
        presences.set(4, person("ada"), Idle, None, at(32));
        assert_eq!(shown(&presences), ["ada idle "], "the former one is over");
        presences.set(4, person("ada"), Active, None, at(33));
        presences.expire(at(60));
        assert_eq!(shown(&presences), ["ada active "], "it is back");
    }
}
