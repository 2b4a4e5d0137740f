use access::{Access, Span};
use accounts::Role;
use protocol::rooms::RoomLast;
use protocol::{Person, RoomKind, Stream};
use serde::{Deserialize, Serialize};

/// The most times that somebody can have joined a room. The oldest is forgotten then, and with it what was said in that
/// time is not visible any more.
const SPANS_MAX: usize = 50;

/// How much of what was said last a list of rooms shows.
const LAST_CHARS_MAX: usize = 100;

/// A room, as the messages up to `seq` have made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Room {
    /// The number, from which its id is made.
    #[serde(skip)]
    pub(super) number: u64,
    /// The newest message that changed it.
    #[serde(skip)]
    pub(super) seq: u64,
    pub(super) kind: RoomKind,
    /// Empty for a direct conversation.
    pub(super) name: String,
    /// Absent for the room that exists from the start.
    pub(super) creator: Option<Person>,
    pub(super) is_archived: bool,
    pub(super) created_ms: i64,
    /// Present and former ones, in the order in which they joined first.
    pub(super) members: Vec<Member>,
    /// What was said last.
    #[serde(skip)]
    pub(super) last: Option<RoomLast>,
}

/// Somebody who is or was a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) person: Person,
    /// When, in order. The last one is open while it is a member.
    pub(super) times: Vec<Membership>,
}

/// A range of positions at which somebody was a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Membership {
    /// Exclusive.
    pub(super) after: u64,
    /// Inclusive; absent while it lasts.
    pub(super) until: Option<u64>,
}

impl Member {
    /// Whether it was a member at a position.
    fn reads(&self, seq: u64) -> bool {
        let mut times = self.times.iter();
        times.any(|it| it.after < seq && it.until.is_none_or(|until| seq <= until))
    }

    fn is_present(&self) -> bool {
        self.times.last().is_some_and(|it| it.until.is_none())
    }
}

/// The number of a room's id.
pub(super) fn number_of(id: &str) -> Option<u64> {
    let number: u64 = id.strip_prefix('r')?.parse().ok()?;
    // No other text is this id, such as `r007`.
    (id == id_of(number)).then_some(number)
}

pub(super) fn id_of(number: u64) -> String {
    format!("r{number}")
}

impl Room {
    pub(super) fn new(number: u64, kind: RoomKind, name: String, created_ms: i64) -> Self {
        Self {
            number,
            seq: 0,
            kind,
            name,
            creator: None,
            is_archived: false,
            created_ms,
            members: Vec::new(),
            last: None,
        }
    }

    pub(super) fn id(&self) -> String {
        id_of(self.number)
    }

    /// The channel of its messages; none for a public room.
    pub(super) fn channel(&self) -> Option<String> {
        (self.kind != RoomKind::Public).then(|| self.id())
    }

    /// Whether somebody may read what is said now.
    pub(super) fn is_readable(&self, access: &Access) -> bool {
        match self.channel() {
            None => true,
            Some(channel) => access.is_member(Stream::Rooms, &channel, u64::MAX),
        }
    }

    /// Whether somebody who may read it may also change it.
    pub(super) fn is_managed_by(&self, person: &Person, role: Option<Role>) -> bool {
        let is_creator = self.creator.as_ref().is_some_and(|it| it.id == person.id);
        self.kind != RoomKind::Direct && (is_creator || role == Some(Role::Admin))
    }

    /// Its members.
    pub(super) fn present(&self) -> impl Iterator<Item = &Person> {
        let present = self.members.iter().filter(|it| it.is_present());
        present.map(|it| &it.person)
    }

    /// Those who are no members any more.
    pub(super) fn former(&self) -> impl Iterator<Item = &Person> {
        let former = self.members.iter().filter(|it| !it.is_present());
        former.map(|it| &it.person)
    }

    /// Whether all members have left it, so that nobody can read it any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.kind != RoomKind::Public && self.present().next().is_none()
    }

    pub(super) fn join(&mut self, person: &Person, after: u64) {
        self.join_with(person, after, &[]);
    }

    /// The same with the history that somebody gives: the times at which that one was a member.
    pub(super) fn join_with(&mut self, person: &Person, after: u64, history: &[Membership]) {
        let known = self.members.iter().position(|it| it.person.id == person.id);
        let index = known.unwrap_or_else(|| {
            self.members.push(Member {
                person: person.clone(),
                times: Vec::new(),
            });
            self.members.len() - 1
        });
        let member = &mut self.members[index];
        if member.is_present() {
            return;
        }
        member.person = person.clone();
        member.times.push(Membership { after, until: None });
        member.times.extend(history);
        member.times = merged(std::mem::take(&mut member.times));
        let forgotten = member.times.len().saturating_sub(SPANS_MAX);
        member.times.drain(..forgotten);
    }

    /// When somebody was a member.
    pub(super) fn times_of(&self, person: &str) -> Vec<Membership> {
        let member = self.members.iter().find(|it| it.person.id == person);
        member.map(|it| it.times.clone()).unwrap_or_default()
    }

    pub(super) fn leave(&mut self, person: &Person, until: u64) {
        let member = self.members.iter_mut().find(|it| it.person.id == person.id);
        let last = member.and_then(|member| member.times.last_mut());
        if let Some(last) = last.filter(|last| last.until.is_none()) {
            last.until = Some(until);
        }
    }

    /// Whether those who may read a position are exactly the members. What is said there can be replaced then: no other
    /// reads the new text there, and everybody who receives it has read the old one. `is_user` says who is still one.
    pub(super) fn is_read_by_members(&self, seq: u64, is_user: impl Fn(&str) -> bool) -> bool {
        let mut members = self.members.iter();
        self.kind == RoomKind::Public
            || members.all(|member| {
                member.reads(seq) == member.is_present() || !is_user(&member.person.id)
            })
    }

    /// When a person was a member, as its access has it.
    pub(super) fn spans_of(&self, person: &str) -> Vec<Span> {
        let Some(channel) = self.channel() else {
            return Vec::new();
        };
        let members = self.members.iter().filter(|it| it.person.id == person);
        let times = members.flat_map(|it| &it.times);
        let spans = times.map(|it| Span {
            stream: Stream::Rooms,
            channel: channel.as_str().into(),
            after: it.after,
            until: it.until,
        });
        spans.collect()
    }
}

/// The same positions, in order and each once. What only touches stays apart.
fn merged(mut times: Vec<Membership>) -> Vec<Membership> {
    times.sort_by_key(|it| it.after);
    let mut merged: Vec<Membership> = Vec::new();
    for time in times {
        match merged.last_mut() {
            Some(last) if last.until.is_none_or(|until| until > time.after) => {
                last.until = last.until.zip(time.until).map(|(a, b)| a.max(b));
            }
            _ => merged.push(time),
        }
    }
    merged
}

/// The beginning of a text.
pub(super) fn beginning(text: &str) -> String {
    text.chars().take(LAST_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::PersonKind;

    #[test]
    fn an_id_is_written_in_one_way() {
        assert_eq!(number_of("r7"), Some(7));
        for id in ["", "r", "7", "r07", "r+7", "R7", "r-1", "r7 "] {
            assert_eq!(number_of(id), None, "{id}");
        }
    }

    #[test]
    fn times_are_merged() {
        let time = |after, until| Membership { after, until };
        let table = [
            (
                vec![time(9, None), time(3, Some(5))],
                vec![time(3, Some(5)), time(9, None)],
            ),
            (
                vec![time(3, Some(7)), time(5, Some(6))],
                vec![time(3, Some(7))],
            ),
            (vec![time(3, Some(7)), time(5, None)], vec![time(3, None)]),
            (vec![time(3, None), time(5, Some(6))], vec![time(3, None)]),
            (
                vec![time(3, Some(5)), time(5, None)],
                vec![time(3, Some(5)), time(5, None)],
            ),
        ];
        for (times, expected) in table {
            assert_eq!(merged(times.clone()), expected, "{times:?}");
        }
    }

    fn person(id: &str) -> Person {
        Person {
            id: id.into(),
            name: id.into(),
            kind: PersonKind::User,
        }
    }

    #[test]
    fn a_position_is_read_by_members_until_one_leaves_or_another_joins_without_it() {
        let mut room = Room::new(7, RoomKind::Private, "a".into(), 0);
        room.join(&person("a"), 9);
        room.join(&person("b"), 9);
        let is_read = |room: &Room, seq| room.is_read_by_members(seq, |_| true);
        assert!(is_read(&room, 10));
        let history = room.times_of("a");
        room.join_with(&person("c"), 12, &history);
        assert!(is_read(&room, 10), "`c` has the history");
        room.leave(&person("b"), 15);
        assert!(!is_read(&room, 10) && !is_read(&room, 15), "`b` reads it");
        assert!(is_read(&room, 16));
        let without_b = room.is_read_by_members(10, |id| id != "b");
        assert!(without_b, "`b` was removed as a user");
        room.join(&person("d"), 19);
        assert!(!is_read(&room, 16), "`d` has not read it");
        assert!(is_read(&room, 20));
        room.join(&person("b"), 21);
        assert!(!is_read(&room, 20) && is_read(&room, 22));
        room.kind = RoomKind::Public;
        assert!(is_read(&room, 10));
    }

    #[test]
    fn a_member_sees_the_times_of_its_membership() {
        let mut room = Room::new(7, RoomKind::Private, "a".into(), 0);
        room.join(&person("a"), 9);
        room.join(&person("a"), 12);
        room.leave(&person("b"), 13);
        room.leave(&person("a"), 14);
        room.leave(&person("a"), 15);
        room.join(&person("a"), 19);
        let spans = room.spans_of("a");
        let bounds: Vec<_> = spans.iter().map(|it| (it.after, it.until)).collect();
        assert_eq!(bounds, [(9, Some(14)), (19, None)]);
        assert_eq!(room.present().count(), 1);
        assert_eq!(room.spans_of("b"), []);
        for seq in 20..200 {
            room.leave(&person("a"), seq);
            room.join(&person("a"), seq);
        }
        assert_eq!(room.spans_of("a").len(), SPANS_MAX);
        assert!(room.is_readable(&Access::member(room.spans_of("a"))));
        room.leave(&person("a"), 300);
        assert!(!room.is_readable(&Access::member(room.spans_of("a"))));
        assert!(!room.is_readable(&Access::everything()));
    }
}
