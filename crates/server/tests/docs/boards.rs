//! The examples of `docs/boards.md`.

use crate::support::{blocks, root};
use boards::{apply, check_board};
use protocol::boards::{BoardEdit, BoardSharing, NewBoard};
use protocol::{Board, BoardOperation};
use std::fs;

fn text() -> String {
    fs::read_to_string(root().join("docs/boards.md")).unwrap()
}

#[test]
fn the_document_is_a_board() {
    let text = text();
    let document = blocks(&text, "json").into_iter().next().unwrap();
    let board: Board = serde_json::from_str(&document).unwrap();
    check_board(&board).unwrap();
    assert_eq!(board.widgets.len(), 2);
}

#[test]
fn operations_are_applied_one_after_the_other() {
    let text = text();
    let document = blocks(&text, "json").into_iter().next().unwrap();
    let mut board: Board = serde_json::from_str(&document).unwrap();
    let replacement = format!(r#""board":{document}"#);
    let mut count = 0;
    for line in text.lines().filter(|it| it.starts_with(r#"| `{"op":"#)) {
        let json = line.split('`').nth(1).unwrap();
        let json = json.replace(r#""board":{…}"#, &replacement);
        let operation: BoardOperation = serde_json::from_str(&json).unwrap();
        apply(&mut board, &operation).unwrap_or_else(|error| panic!("{json}: {error}"));
        count += 1;
    }
    // A new operation belongs into the table.
    assert_eq!(count, 13);
}

#[test]
fn requests_are_accepted() {
    let text = text();
    let shell = blocks(&text, "sh").concat();
    let body = shell.split('\'').nth(3).unwrap();
    let new: NewBoard = serde_json::from_str(body).unwrap();
    let board = Board {
        title: new.title,
        ..new.content.unwrap()
    };
    check_board(&board).unwrap();
    let row = |route: &str| {
        let line = text.lines().find(|it| it.contains(route)).unwrap();
        line.split('`').nth(3).unwrap().replace('…', "")
    };
    serde_json::from_str::<NewBoard>(&row("`POST /api/v1/boards`")).unwrap();
    serde_json::from_str::<BoardEdit>(&row("/operations`")).unwrap();
    serde_json::from_str::<BoardSharing>(&row("/sharing`")).unwrap();
}
