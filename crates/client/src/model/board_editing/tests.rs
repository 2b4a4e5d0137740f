use super::*;
use protocol::{BoardVisibility, Item, Layout, Person, PersonKind, Section, Timestamp, Widget};

fn person() -> Person {
    Person {
        id: "u1".into(),
        name: "ada".into(),
        kind: PersonKind::User,
    }
}

fn document(version: u64) -> BoardDocument {
    BoardDocument {
        info: BoardInfo {
            id: "b1".into(),
            title: "Board".into(),
            visibility: BoardVisibility::Team,
            owner: person(),
            may_edit: true,
            may_manage: true,
            version,
            changed_ms: 0,
            changed_by: person(),
            widgets: 0,
            trashed_ms: None,
        },
        board: Board {
            id: "b1".into(),
            title: "Board".into(),
            version,
            sections: vec![Section {
                id: "s1".into(),
                layout: Layout::Grid,
                ..Section::default()
            }],
            ..Board::default()
        },
    }
}

fn title(title: &str) -> BoardOperation {
    BoardOperation::SetTitle {
        title: title.into(),
    }
}

fn add(widget: &str) -> BoardOperation {
    BoardOperation::Add {
        section: "s1".into(),
        item: Item {
            widget: widget.into(),
            x: 0,
            y: 0,
            w: 6,
            h: 2,
        },
        widget: Widget {
            kind: "chart".into(),
            title: widget.into(),
            ..Widget::default()
        },
    }
}

fn message(id: Option<&str>, operations: &[BoardOperation]) -> BoardMessage {
    BoardMessage {
        timestamp: Timestamp::from_unix_ms(1_000),
        board: "b1".into(),
        action: BoardAction::Edited,
        author: person(),
        id: id.map(str::to_owned),
        operations: operations.to_vec(),
        visibility: None,
    }
}

fn loaded() -> BoardEditing {
    let mut editing = BoardEditing::default();
    assert_eq!(editing.loaded(document(10)), Effect::Changed);
    editing
}

fn edit(editing: &mut BoardEditing, id: &str, operation: BoardOperation) {
    let id = id.to_owned();
    editing
        .edit(vec![operation], || id.clone())
        .expect("it can be made");
}

#[track_caller]
fn shows(editing: &BoardEditing, title: &str) {
    assert_eq!(editing.shown().expect("a board").title, title);
}

#[test]
fn an_edit_is_seen_at_once_and_confirmed_by_its_message() {
    let mut editing = loaded();
    edit(&mut editing, "e1", title("Mine"));
    shows(&editing, "Mine");
    assert!(!editing.is_saved());
    assert_eq!(editing.next().map(|it| it.id.as_str()), Some("e1"));
    let own = message(Some("e1"), &[title("Mine")]);
    assert_eq!(editing.receive(11, own), Effect::Changed);
    assert!(editing.is_saved());
    shows(&editing, "Mine");
    assert_eq!(editing.info().map(|it| it.version), Some(11));
}

#[test]
fn what_others_do_lies_below_unconfirmed_edits() {
    let mut editing = loaded();
    edit(&mut editing, "e1", title("Mine"));
    editing.receive(11, message(None, &[title("Theirs")]));
    shows(&editing, "Mine");
    editing.receive(12, message(Some("e1"), &[title("Mine")]));
    editing.receive(13, message(None, &[title("Theirs again")]));
    shows(&editing, "Theirs again");
}

#[test]
fn the_answer_and_the_message_come_in_any_order() {
    for answer_first in [true, false] {
        let mut editing = loaded();
        edit(&mut editing, "e1", add("w1"));
        let own = message(Some("e1"), &[add("w1")]);
        if answer_first {
            editing.stored("e1", 11);
            assert!(editing.is_saved());
            assert_eq!(editing.shown().map(|it| it.widgets.len()), Some(1));
            editing.receive(11, own);
        } else {
            editing.receive(11, own);
            editing.stored("e1", 11);
        }
        assert!(editing.is_saved());
        assert_eq!(editing.shown().map(|it| it.widgets.len()), Some(1));
    }
}

#[test]
fn a_message_that_comes_twice_is_applied_once() {
    let mut editing = loaded();
    let first = message(None, &[title("First")]);
    editing.receive(11, first.clone());
    editing.receive(12, message(None, &[title("Second")]));
    assert_eq!(editing.receive(11, first), Effect::Nothing);
    shows(&editing, "Second");
}

#[test]
fn a_refused_edit_is_gone() {
    let mut editing = loaded();
    edit(&mut editing, "e1", title("Mine"));
    edit(&mut editing, "e2", add("w1"));
    editing.refused("e1");
    shows(&editing, "Board");
    assert_eq!(editing.next().map(|it| it.id.as_str()), Some("e2"));
    assert_eq!(editing.shown().map(|it| it.widgets.len()), Some(1));
}

#[test]
fn an_edit_that_is_impossible_is_not_made() {
    let mut editing = loaded();
    let why = editing.edit(vec![title(" ")], || "e1".into());
    assert_eq!(why, Err("title is empty".into()));
    assert!(editing.is_saved());
}

#[test]
fn what_others_make_impossible_is_skipped() {
    let mut editing = loaded();
    editing.receive(11, message(None, &[add("w1")]));
    let remove = BoardOperation::Remove {
        widget: "w1".into(),
    };
    edit(&mut editing, "e1", remove.clone());
    editing.receive(12, message(None, &[remove]));
    assert_eq!(editing.shown().map(|it| it.widgets.len()), Some(0));
    assert!(!editing.is_saved(), "the server refuses it");
}

#[test]
fn after_a_gap_messages_wait_for_the_document() {
    let mut editing = loaded();
    edit(&mut editing, "e1", add("w1"));
    editing.interrupted();
    assert_eq!(
        editing.receive(14, message(None, &[title("Fourteen")])),
        Effect::Nothing
    );
    shows(&editing, "Board");
    let mut document = document(13);
    document.board.title = "Thirteen".into();
    assert_eq!(editing.loaded(document), Effect::Changed);
    shows(&editing, "Fourteen");
    assert_eq!(editing.shown().map(|it| it.widgets.len()), Some(1));
    assert!(!editing.is_saved(), "it is sent again");
}

#[test]
fn an_edit_that_the_loaded_document_has_is_not_made_twice() {
    let mut editing = loaded();
    edit(&mut editing, "e1", add("w1"));
    editing.interrupted();
    editing.stored("e1", 12);
    let mut document = document(12);
    apply(&mut document.board, &add("w1")).expect("a widget");
    apply(&mut document.board, &title("Changed")).expect("a title");
    editing.loaded(document);
    assert!(editing.pending.is_empty());
    assert_eq!(editing.shown().map(|it| it.widgets.len()), Some(1));
}

#[test]
fn messages_that_came_before_the_document_are_applied_to_it() {
    let mut editing = BoardEditing::default();
    editing.receive(9, message(None, &[title("Nine")]));
    editing.receive(11, message(None, &[title("Eleven")]));
    editing.loaded(document(10));
    shows(&editing, "Eleven");
}

#[test]
fn what_cannot_be_applied_means_that_something_is_missing() {
    let mut editing = loaded();
    let remove = BoardOperation::Remove {
        widget: "w9".into(),
    };
    assert_eq!(
        editing.receive(11, message(None, &[remove])),
        Effect::Reload
    );
}

#[test]
fn a_certain_edit_is_taken_back_whatever_came_after_it() {
    let mut editing = loaded();
    let mut count = 0;
    let mut new_id = || {
        count += 1;
        format!("e{count}")
    };
    editing.edit(vec![add("w1")], &mut new_id).expect("made");
    let step = editing.newest_step().expect("a step");
    editing.edit(vec![title("One")], &mut new_id).expect("made");
    assert!(editing.undo_step(step, &mut new_id));
    shows(&editing, "One");
    let has = |editing: &BoardEditing| {
        let board = editing.shown().expect("a board");
        board.widgets.get("w1").is_some()
    };
    assert!(!has(&editing));
    assert!(!editing.undo_step(step, &mut new_id), "only once");
    assert!(editing.redo(&mut new_id) && has(&editing));
    // Once it is removed, its addition cannot be taken back.
    let remove = BoardOperation::Remove {
        widget: "w1".into(),
    };
    let step = editing.newest_step().expect("a step");
    editing.edit(vec![remove], &mut new_id).expect("made");
    assert!(!editing.undo_step(step, &mut new_id));
    shows(&editing, "One");
}

#[test]
fn own_edits_are_taken_back_and_made_again() {
    let mut editing = loaded();
    let mut count = 0;
    let mut new_id = || {
        count += 1;
        format!("e{count}")
    };
    editing.edit(vec![title("One")], &mut new_id).expect("made");
    editing.edit(vec![add("w1")], &mut new_id).expect("made");
    editing.receive(11, message(None, &[add("w2")]));
    assert!(editing.undo(&mut new_id));
    let board = editing.shown().expect("a board");
    assert!(board.widgets.get("w1").is_none() && board.widgets.get("w2").is_some());
    assert!(editing.undo(&mut new_id));
    shows(&editing, "Board");
    assert!(!editing.undo(&mut new_id));
    assert!(editing.redo(&mut new_id) && editing.redo(&mut new_id));
    shows(&editing, "One");
    assert!(
        editing
            .shown()
            .expect("a board")
            .widgets
            .get("w1")
            .is_some()
    );
    assert!(!editing.can_redo() && editing.can_undo());
}

#[test]
fn a_long_edit_is_sent_in_parts() {
    let mut editing = loaded();
    let operations = (0..25).map(|it| title(&format!("Title {it}"))).collect();
    let mut count = 0;
    let new_id = || {
        count += 1;
        format!("e{count}")
    };
    editing.edit(operations, new_id).expect("made");
    let parts: Vec<_> = editing
        .pending
        .iter()
        .map(|it| it.operations.len())
        .collect();
    assert_eq!(parts, [OPERATIONS_MAX, 25 - OPERATIONS_MAX]);
}
