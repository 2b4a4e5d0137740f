//! Boards as files.

use super::editor::Editor;
use crate::kit::browser::download_text;
use crate::session::boards::{create, document};
use protocol::boards::{BoardDocument, NewBoard};
use protocol::{Board, BoardVisibility};
use serde::Deserialize;

/// Gives the user the board as it is shown.
pub(super) fn export(editor: Editor) {
    let board = editor.session.shown.get_untracked();
    save(&board);
}

/// Gives the user a board of the list.
pub(super) async fn export_by_id(id: &str) -> Result<(), String> {
    let document = document(id).await.map_err(|refusal| refusal.text)?;
    save(&document.board);
    Ok(())
}

fn save(board: &Board) {
    // Boards always serialise.
    let text = serde_json::to_string_pretty(board).unwrap_or_default();
    let name = file_name(&board.title);
    download_text(&name, "application/json", &text);
}

/// As in `watchroom_board_web-servers.json`.
fn file_name(title: &str) -> String {
    let mut name = String::from("watchroom_board_");
    for character in title.chars() {
        match character.is_alphanumeric() {
            true => name.extend(character.to_lowercase()),
            false if !name.ends_with(['-', '_']) => name.push('-'),
            false => {}
        }
    }
    [name.trim_end_matches(['-', '_']), ".json"].concat()
}

/// A file may be a board, or the response of the API with one.
#[derive(Deserialize)]
struct Wrapped {
    board: Board,
}

/// Creates a board from the text of a file.
pub(super) async fn import(
    text: &str,
    visibility: BoardVisibility,
    id: String,
) -> Result<BoardDocument, String> {
    let content = read(text)?;
    let title = match content.title.trim() {
        "" => "Imported board".to_owned(),
        title => title.to_owned(),
    };
    let new = NewBoard {
        title,
        visibility,
        content: Some(content),
        id: Some(id),
    };
    create(&new).await.map_err(|refusal| refusal.text)
}

fn read(text: &str) -> Result<Board, String> {
    if let Ok(Wrapped { board }) = serde_json::from_str(text) {
        return Ok(board);
    }
    let board: Result<Board, _> = serde_json::from_str(text);
    board.map_err(|why| format!("the file is no board: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_as_their_boards() {
        assert_eq!(
            file_name("Web servers (EU)"),
            "watchroom_board_web-servers-eu.json"
        );
        assert_eq!(file_name("  "), "watchroom_board.json");
    }

    #[test]
    fn a_board_is_read_alone_and_as_the_api_gives_it() {
        let alone = r#"{"id":"b1","title":"Alone","version":3}"#;
        assert_eq!(read(alone).map(|it| it.title), Ok("Alone".into()));
        let wrapped = [r#"{"info":{},"board":"#, alone, "}"].concat();
        assert_eq!(read(&wrapped).map(|it| it.title), Ok("Alone".into()));
        let why = read("4").expect_err("no board");
        assert!(why.starts_with("the file is no board: "), "{why}");
    }
}
