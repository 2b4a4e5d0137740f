//! The page of all boards.

use super::list_entry::{entry, trashed_entry};
use super::new_board::{import_field, new_board};
use super::view::BOARD_PARAMETER;
use super::{STYLE, kiosk};
use crate::kit::browser::{open_page, parameter, query};
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::kit::text_content::translatable;
use crate::pages::account::{focus_soon, heading_id, loading, problem, said, section};
use crate::session::boards::boards;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::boards::{BoardInfo, BoardList};

/// The list, and what can be done with it.
#[derive(Clone, Copy)]
pub(super) struct Boards {
    list: State<Option<Result<BoardList, String>>>,
    /// What has become of the last action; one of both is empty.
    done: State<String>,
    failed: State<String>,
    /// Whether the form for a new board is open.
    pub(super) is_new: State<bool>,
}

impl Boards {
    /// Loads the list.
    pub(super) fn reload(self) {
        spawn_local(async move {
            let list = boards().await.map_err(said);
            // The page may be gone.
            if list.is_ok() || self.list.with_untracked(Option::is_none) {
                self.list.set(Some(list));
            }
        });
    }

    /// Says what has become of an action, and loads the list.
    pub(super) fn told(self, result: Result<String, String>) {
        let (done, failed) = match result {
            Ok(text) => (text, String::new()),
            Err(text) => (String::new(), text),
        };
        self.done.set(done);
        self.failed.set(failed);
        self.reload();
    }

    /// The same, read once.
    pub(super) fn may_share_untracked(self) -> bool {
        untrack(|| self.may_share())
    }

    /// Whether the user may create boards for everybody.
    pub(super) fn may_share(self) -> bool {
        self.list
            .with(|list| matches!(list, Some(Ok(list)) if list.may_share))
    }
}

/// What the page shows.
pub(in crate::pages) fn boards_content() -> Piece {
    STYLE.add();
    if let Some(path) = board_path() {
        open_page(&path);
        return loading();
    }
    let boards = Boards {
        list: State::new(None),
        done: State::new(String::new()),
        failed: State::new(String::new()),
        is_new: State::new(false),
    };
    boards.reload();
    let is_loaded = Memo::new(move |_| boards.list.with(Option::is_some));
    let view = move || match is_loaded.get() {
        false => loading(),
        true => loaded(boards),
    };
    let (done, failed) = (boards.done, boards.failed);
    view! {
        <p class="form-error" role="alert" data-testid="boards-failed" {..translatable(live(move || failed.get()))}></p>
        <p class="form-done" role="status" data-testid="boards-done" {..translatable(live(move || done.get()))}></p>
        {view}
    }
    .into_piece()
}

fn loaded(boards: Boards) -> Piece {
    let view = move || match boards.list.get() {
        None => loading(),
        Some(Err(why)) => problem(&why),
        Some(Ok(list)) => listed(boards, list),
    };
    let new = Button {
        class: "button primary",
        pressed: pressed(move || boards.is_new.get()),
        ..Button::plain("board-new", "Create a board", icon::PLUS, "New board")
    };
    let toggle = move || {
        boards.is_new.update(|is_new| *is_new = !*is_new);
        if boards.is_new.get_untracked() {
            focus_soon(heading_id("new-board"));
        }
    };
    let is_closed = when(move || !boards.is_new.get());
    view! {
        {explained(boards)}
        <div class="controls">
            {button(new, Box::new(toggle))}
            {import_field(boards)}
        </div>
        <div hidden=is_closed>{section("new-board", "New board", new_board(boards))}</div>
        {view}
    }
    .into_piece()
}

fn listed(boards: Boards, list: BoardList) -> Piece {
    let (trash, here): (Vec<BoardInfo>, Vec<BoardInfo>) = list
        .boards
        .into_iter()
        .partition(|it| it.trashed_ms.is_some());
    let content = match here.is_empty() {
        true => {
            // Whoever has none wants one.
            boards.is_new.set_if_changed(true);
            return trash_section(boards, trash);
        }
        false => {
            let entries = here.into_iter().map(|info| entry(boards, info));
            let entries: Vec<Piece> = entries.collect();
            view! { <ul class="entries">{entries}</ul> }.into_piece()
        }
    };
    view! {
        {section("boards", "All boards", content)}
        {trash_section(boards, trash)}
    }
    .into_piece()
}

fn trash_section(boards: Boards, trash: Vec<BoardInfo>) -> Piece {
    if trash.is_empty() {
        return ().into_piece();
    }
    let entries = trash.into_iter().map(|it| trashed_entry(boards, it));
    let entries: Vec<Piece> = entries.collect();
    let list = view! { <ul class="entries">{entries}</ul> }.into_piece();
    section("board-trash", "Trash", list)
}

/// What a board is, for those who have none.
fn explained(boards: Boards) -> Piece {
    let has_boards = when(move || {
        boards.list.with(|list| match list {
            Some(Ok(list)) => list.boards.iter().any(|it| it.trashed_ms.is_none()),
            _ => true,
        })
    });
    view! {
        <p class="account-note" data-testid="no-boards" hidden=has_boards>
            "No boards yet. A board is a page of widgets that you arrange yourself: charts, values, tables, notes. Several people can change it at the same time, and nothing has to be saved."
        </p>
    }
    .into_piece()
}

/// An address that names a board, but not first, is that of the board all the same.
fn board_path() -> Option<String> {
    let rotated = parameter(kiosk::ROTATE);
    let first = rotated.as_deref().and_then(|it| it.split(',').next());
    let id = parameter(BOARD_PARAMETER).or_else(|| first.map(str::to_owned))?;
    let query = query();
    let others = query
        .split('&')
        .filter(|it| !it.is_empty() && !it.starts_with("board="));
    let mut path = ["/boards?board=", &crate::kit::browser::uri_component(&id)].concat();
    for other in others {
        path.push('&');
        path.push_str(other);
    }
    Some(path)
}
