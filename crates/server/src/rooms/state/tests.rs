use super::*;
use protocol::{PersonKind, Timestamp};

fn person(id: &str) -> Person {
    Person {
        id: id.into(),
        name: id.into(),
        kind: PersonKind::User,
    }
}

fn message(room: &str, action: RoomAction, author: &str) -> RoomMessage {
    RoomMessage::new(Timestamp::from_unix_ms(0), room, action, person(author))
}

fn created(room: &str, kind: RoomKind, people: &[&str]) -> RoomMessage {
    RoomMessage {
        kind: Some(kind),
        name: Some("a room".into()),
        people: people.iter().map(|id| person(id)).collect(),
        ..message(room, RoomAction::Created, people.first().unwrap_or(&"x"))
    }
}

fn said(room: &str, author: &str, text: &str) -> RoomMessage {
    RoomMessage {
        text: Some(text.into()),
        ..message(room, RoomAction::Said, author)
    }
}

fn about(room: &str, action: RoomAction, seq: u64, text: Option<&str>) -> RoomMessage {
    RoomMessage {
        message_seq: Some(seq),
        text: text.map(Into::into),
        ..message(room, action, "a")
    }
}

fn with(mut message: RoomMessage, people: &[&str]) -> RoomMessage {
    message.people = people.iter().map(|id| person(id)).collect();
    message
}

fn bounds(state: &State, person: &str) -> Vec<(u64, Option<u64>)> {
    let spans = state.spans_of(person);
    spans.iter().map(|it| (it.after, it.until)).collect()
}

#[test]
fn an_abandoned_room_goes_with_its_messages_unless_it_is_the_newest() {
    let mut state = State::default();
    for (seq, room) in [(10, "r2"), (11, "r3"), (12, "r4")] {
        state.apply(seq, &created(room, RoomKind::Private, &["a"]));
    }
    state.apply(20, &message("r2", RoomAction::Left, "a"));
    state.apply(21, &message("r4", RoomAction::Left, "a"));
    assert_eq!(state.abandoned(19), [0; 0], "it has messages");
    assert_eq!(state.abandoned(30), [2], "`r4` is the newest");
    state.mutes.entry(2).or_default().insert("a".into());
    state.remove(2);
    assert_eq!(state.abandoned(30), [0; 0]);
    assert!(state.mutes.is_empty() && !state.unsaved.contains(&2));
    assert_eq!(state.next_id(), "r5");
    state.apply(31, &created("r5", RoomKind::Public, &[]));
    assert_eq!(state.abandoned(30), [4]);
}

#[test]
fn members_see_from_their_joining_to_their_leaving() {
    let mut state = State::default();
    let private = created("r2", RoomKind::Private, &["a", "b"]);
    assert_eq!(state.apply(10, &private), ["a", "b"]);
    let joined = with(message("r2", RoomAction::Joined, "a"), &["c"]);
    assert_eq!(state.apply(20, &joined), ["c"]);
    let mut with_history = with(joined, &["d"]);
    with_history.with_history = Some(true);
    state.apply(30, &with_history);
    assert_eq!(
        state.apply(40, &message("r2", RoomAction::Left, "b")),
        ["b"]
    );
    let removed = with(message("r2", RoomAction::Removed, "a"), &["c"]);
    assert_eq!(state.apply(50, &removed), ["c"]);
    assert_eq!(bounds(&state, "a"), [(9, None)]);
    assert_eq!(bounds(&state, "b"), [(9, Some(40))]);
    assert_eq!(bounds(&state, "c"), [(19, Some(50))]);
    assert_eq!(bounds(&state, "d"), [(9, None)], "as the one who gives it");
    let mut given = with(message("r2", RoomAction::Joined, "d"), &["c"]);
    given.with_history = Some(true);
    state.apply(60, &given);
    assert_eq!(bounds(&state, "c"), [(9, None)]);
    state.apply(70, &with(message("r2", RoomAction::Joined, "a"), &["b"]));
    given.author = person("b");
    given.people = vec![person("e")];
    state.apply(80, &given);
    let times = [(9, Some(40)), (69, None)];
    assert_eq!(bounds(&state, "e"), times, "not what came in between");
    assert_eq!(state.next_id(), "r3");
}

#[test]
fn an_id_is_not_given_again() {
    let mut state = State::default();
    assert_eq!(state.next_id(), "r2");
    state.last_number = 7;
    assert_eq!(state.next_id(), "r8", "the document of r7 cannot be read");
    state.apply(10, &created("r8", RoomKind::Public, &[]));
    assert_eq!(state.next_id(), "r9");
}

#[test]
fn a_room_applies_a_message_once() {
    let mut state = State::default();
    state.apply(10, &created("r2", RoomKind::Private, &["a"]));
    let joined = with(message("r2", RoomAction::Joined, "a"), &["b"]);
    state.apply(20, &joined);
    state.apply(30, &with(message("r2", RoomAction::Removed, "a"), &["b"]));
    let room = state.rooms[&2].clone();
    // As at a start, when its document is newer than the first messages that are read.
    for message in [&created("r2", RoomKind::Private, &["a"]), &joined] {
        assert!(state.apply(20, message).is_empty());
    }
    assert_eq!(state.rooms[&2], room);
    assert_eq!(
        state.apply(40, &message("r9", RoomAction::Left, "a")),
        [""; 0]
    );
}

#[test]
fn a_public_room_has_no_spans() {
    let mut state = State::default();
    state.apply(10, &created("r2", RoomKind::Public, &[]));
    assert_eq!(state.spans_of("x"), []);
    assert!(state.readable("r2", &Access::member([])).is_some());
    assert!(state.readable("r1", &Access::member([])).is_some());
    assert!(state.readable("r3", &Access::everything()).is_none());
}

#[test]
fn what_was_changed_is_to_be_replaced_unless_it_is() {
    let mut state = State::default();
    state.apply(10, &said("r1", "a", "one"));
    state.apply(11, &about("r1", RoomAction::Edited, 10, Some("two")));
    assert_eq!(state.pending[&10].edits.len(), 1);
    assert_eq!(state.rooms[&1].last.as_ref().unwrap().text, "two");
    state.apply(12, &about("r1", RoomAction::Deleted, 10, None));
    assert_eq!(state.pending[&10].deleted_seq, Some(12));
    assert_eq!(state.rooms[&1].last.as_ref().unwrap().text, "");
    assert_eq!(state.recent.iter().count(), 0);

    // As at a start, when everything but the last edit was replaced.
    let mut state = State::default();
    let mut edited = said("r1", "a", "two");
    edited.edited_seq = Some(11);
    state.apply(10, &edited);
    state.apply(11, &about("r1", RoomAction::Edited, 10, Some("two")));
    assert!(state.pending.is_empty());
    state.apply(12, &about("r1", RoomAction::Edited, 10, Some("three")));
    assert_eq!(state.pending[&10].edits.len(), 1);
    // Of what is older than all that was read it is not known.
    state.apply(13, &about("r1", RoomAction::Deleted, 3, None));
    assert_eq!(state.pending[&3].deleted_seq, Some(13));
}
