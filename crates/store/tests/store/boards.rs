//! Boards, and their versions.

use crate::support::Place;
use store::{BoardChanges, BoardRow, BoardVersionRow};

on_both!(
    boards_are_read_as_they_were_written,
    the_newest_versions_stay,
    what_is_removed_is_removed_with_its_versions,
);

fn board(id: &str, seq: u64, body: &str) -> BoardRow {
    let [id, body] = [id, body].map(str::to_owned);
    BoardRow { id, seq, body }
}

fn version(board: &str, version: u64) -> BoardVersionRow {
    BoardVersionRow {
        board: board.into(),
        version,
        info: format!(r#"{{"widgets":{version}}}"#),
        body: format!(r#"{{"title":"Ü {version}"}}"#),
    }
}

fn versions(versions: Vec<BoardVersionRow>) -> BoardChanges {
    BoardChanges {
        versions,
        versions_max: 3,
        ..BoardChanges::default()
    }
}

async fn boards_are_read_as_they_were_written(place: &Place) {
    let store = place.open().await;
    let boards = vec![board("b1", 3, "null"), board("b2", 7, r#"{"a":"Ü \"a\""}"#)];
    let changes = BoardChanges {
        boards: boards.clone(),
        ..BoardChanges::default()
    };
    store.save_boards(&changes).await.unwrap();
    assert_eq!(store.boards().await.unwrap(), boards);
    let again = board("b1", 9, "{}");
    let changes = BoardChanges {
        boards: vec![again.clone()],
        ..BoardChanges::default()
    };
    store.save_boards(&changes).await.unwrap();
    drop(store);
    let store = place.open().await;
    assert_eq!(store.boards().await.unwrap(), [again, boards[1].clone()]);
}

async fn the_newest_versions_stay(place: &Place) {
    let store = place.open().await;
    let numbers = async |board: &str| {
        let versions = store.board_versions(board).await.unwrap();
        let numbers = versions.into_iter().map(|it| it.version);
        numbers.collect::<Vec<_>>()
    };
    let first = vec![version("b1", 2), version("b2", 3), version("b1", 4)];
    store.save_boards(&versions(first.clone())).await.unwrap();
    // As after a commit whose outcome was unknown.
    store.save_boards(&versions(first)).await.unwrap();
    assert_eq!(numbers("b1").await, [4, 2]);
    let more = vec![version("b1", 9), version("b1", 11)];
    store.save_boards(&versions(more)).await.unwrap();
    assert_eq!(numbers("b1").await, [11, 9, 4]);
    assert_eq!(numbers("b2").await, [3]);
    let listed = store.board_versions("b1").await.unwrap();
    let expected = BoardVersionRow {
        body: String::new(),
        ..version("b1", 11)
    };
    assert_eq!(listed[0], expected, "without the content");
    let found = store.board_version("b1", 9).await.unwrap();
    assert_eq!(found, Some(version("b1", 9)));
    assert_eq!(store.board_version("b1", 2).await.unwrap(), None);
    assert_eq!(store.board_version("b3", 9).await.unwrap(), None);
}

async fn what_is_removed_is_removed_with_its_versions(place: &Place) {
    let store = place.open().await;
    let changes = BoardChanges {
        boards: vec![
            board("b1", 2, "{}"),
            board("b2", 3, "{}"),
            board("b3", 4, "{}"),
        ],
        ..versions(["b1", "b2", "b3"].map(|id| version(id, 1)).to_vec())
    };
    store.save_boards(&changes).await.unwrap();
    let changes = BoardChanges {
        boards: vec![board("b2", 5, "null")],
        emptied: vec!["b2".into()],
        removed: vec!["b1".into(), "b9".into()],
        ..BoardChanges::default()
    };
    store.save_boards(&changes).await.unwrap();
    let left = [board("b2", 5, "null"), board("b3", 4, "{}")];
    assert_eq!(store.boards().await.unwrap(), left);
    for (id, count) in [("b1", 0), ("b2", 0), ("b3", 1)] {
        let versions = store.board_versions(id).await.unwrap();
        assert_eq!(versions.len(), count, "{id}");
    }
}
