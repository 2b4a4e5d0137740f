use super::*;
use access::Access;
use protocol::{PersonKind, Stream, Timestamp};

fn person(id: &str) -> Person {
    Person {
        id: id.into(),
        name: id.into(),
        kind: PersonKind::User,
    }
}

fn message(board: &str, action: BoardAction, at_ms: i64) -> BoardMessage {
    BoardMessage {
        timestamp: Timestamp::from_unix_ms(at_ms),
        board: board.into(),
        action,
        author: person("a"),
        id: None,
        operations: Vec::new(),
        visibility: None,
    }
}

fn created(board: &str, visibility: BoardVisibility) -> BoardMessage {
    let section = "s1".into();
    BoardMessage {
        visibility: Some(visibility),
        operations: vec![
            title("first"),
            BoardOperation::AddSection {
                section,
                title: None,
                index: 0,
            },
        ],
        ..message(board, BoardAction::Created, 0)
    }
}

fn title(title: &str) -> BoardOperation {
    BoardOperation::SetTitle {
        title: title.into(),
    }
}

fn titled(board: &str, text: &str, at_ms: i64) -> BoardMessage {
    BoardMessage {
        operations: vec![title(text)],
        ..message(board, BoardAction::Edited, at_ms)
    }
}

fn shared(board: &str, visibility: BoardVisibility) -> BoardMessage {
    BoardMessage {
        visibility: Some(visibility),
        ..message(board, BoardAction::Shared, 5)
    }
}

#[test]
fn a_message_is_applied_once() {
    let mut state = State::default();
    state.apply(3, &created("b1", BoardVisibility::Team));
    let edit = titled("b1", "second", 1);
    state.apply(5, &edit);
    let after = state.boards[&1].clone();
    assert_eq!(
        (after.board.title.as_str(), after.board.version),
        ("second", 5)
    );
    state.apply(5, &edit);
    state.apply(4, &titled("b1", "earlier", 1));
    state.apply(3, &created("b1", BoardVisibility::Team));
    assert_eq!(state.boards[&1], after);
    assert_eq!(state.next_id(), "b2");
    // Of a board that there is not.
    assert_eq!(state.apply(6, &titled("b9", "a", 1)), None);
    assert_eq!(state.boards.len(), 1);
}

#[test]
fn operations_are_applied_all_or_none() {
    let mut state = State::default();
    state.apply(3, &created("b1", BoardVisibility::Team));
    let missing = BoardOperation::Remove { widget: "w".into() };
    let edit = BoardMessage {
        operations: vec![title("second"), missing],
        ..message("b1", BoardAction::Edited, 1)
    };
    state.apply(4, &edit);
    let record = &state.boards[&1];
    assert_eq!(
        (record.board.title.as_str(), record.board.version),
        ("first", 4)
    );
}

#[test]
fn a_private_board_is_its_owners_from_its_creation_to_its_end() {
    let (mut state, access) = (State::default(), Access::member([]));
    let apply = |state: &mut State, seq, message| {
        if let Some(owner) = state.apply(seq, &message) {
            assert_eq!(owner, "a");
            access.replace_of(Stream::Boards, state.spans_of(&owner));
        }
        let other = Access::member(state.spans_of("b"));
        let sees = |seq| access.allows(Stream::Boards, Some("b1"), seq);
        let readable = |access| state.readable("b1", access).is_some();
        (
            [seq - 1, seq, seq + 1].map(sees),
            readable(&access),
            readable(&other),
        )
    };
    let private = created("b1", BoardVisibility::Private);
    assert_eq!(
        apply(&mut state, 3, private),
        ([false, true, true], true, false)
    );
    let team = shared("b1", BoardVisibility::Team);
    assert!(apply(&mut state, 5, team).2);
    let private = shared("b1", BoardVisibility::Private);
    assert_eq!(apply(&mut state, 7, private), ([true; 3], true, false));
    let deleted = message("b1", BoardAction::Deleted, 9);
    assert_eq!(
        apply(&mut state, 9, deleted),
        ([true, true, false], false, false)
    );
    assert!(state.readable("b1", &Access::everything()).is_none());
}

#[test]
fn a_team_board_has_a_channel_once_it_is_private() {
    let mut state = State::default();
    assert_eq!(state.apply(3, &created("b1", BoardVisibility::Team)), None);
    assert!(state.spans_of("a").is_empty());
    let owner = state.apply(5, &shared("b1", BoardVisibility::Private));
    assert_eq!(owner.as_deref(), Some("a"));
    let spans = state.spans_of("a");
    assert_eq!((spans[0].after, spans[0].until), (5, None));
    assert!(state.readable("b1", &Access::everything()).is_none());
}

#[test]
fn versions_are_stored_each_ten_minutes_and_before_a_replacement() {
    const MINUTE: i64 = 60_000;
    let mut state = State::default();
    state.apply(1, &created("b1", BoardVisibility::Team));
    let content = Board {
        sections: state.boards[&1].board.sections.clone(),
        title: "imported".into(),
        ..Board::default()
    };
    for (seq, minute) in [(2, 1), (3, 2), (4, 10), (5, 11), (6, 12), (7, 5)] {
        state.apply(seq, &titled("b1", &format!("at {minute}"), minute * MINUTE));
    }
    let board = Box::new(content);
    let replaced = BoardMessage {
        operations: vec![BoardOperation::Replace { board }],
        ..message("b1", BoardAction::Edited, 6 * MINUTE)
    };
    state.apply(8, &replaced);
    let stored = state.unsaved_versions.iter();
    let stored: Vec<_> = stored
        .map(|it| (it.board.version, it.board.title.as_str()))
        .collect();
    // The clock was set back before the last but one.
    assert_eq!(
        stored,
        [(1, "first"), (4, "at 10"), (6, "at 12"), (7, "at 5")]
    );
    assert_eq!(state.boards[&1].board.title, "imported");
}

#[test]
fn a_change_that_is_sent_again_is_found() {
    let mut state = State::default();
    let id = || Some("x".to_owned());
    let mut first = created("b1", BoardVisibility::Team);
    first.id = id();
    state.apply(3, &first);
    let mut edit = titled("b1", "second", 1);
    edit.id = id();
    state.apply(5, &edit);
    assert_eq!(state.recent.find(0, "a", "x"), Some((3, 1)));
    assert_eq!(state.recent.find(1, "a", "x"), Some((5, 1)));
    assert_eq!(state.recent.find(1, "b", "x"), None);
}
