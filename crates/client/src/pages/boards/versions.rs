//! Earlier versions of a board, to go back to.

use super::editor::Editor;
use crate::kit::browser::date_time;
use crate::kit::format::sentence;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::session::api::Method;
use crate::session::boards::{board_path, read, send, versions as load};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::boards::{BoardDocument, BoardVersion};
use protocol::{BoardOperation, Level};

type Loaded = Option<Result<Vec<BoardVersion>, String>>;

pub(super) fn versions(editor: Editor) -> Piece {
    let loaded = State::<Loaded>::new(None);
    let id = editor.session.id.get_untracked();
    spawn_local(async move {
        let list = load(&id).await;
        let list = list.map(|it| it.versions);
        loaded.set(Some(list.map_err(|refusal| sentence(&refusal.text))));
    });
    let view = move || match loaded.get() {
        None => view! { <p class="form-hint">"Loading…"</p> }.into_piece(),
        Some(Err(why)) => view! { <p class="form-error" role="alert">{why}</p> }.into_piece(),
        Some(Ok(list)) if list.is_empty() => view! {
            <p class="form-hint" data-testid="no-versions">
                "No earlier versions yet: one is kept every ten minutes while the board is changed."
            </p>
        }
        .into_piece(),
        Some(Ok(list)) => {
            let mut entries = Vec::new();
            for version in list {
                entries.push(entry(editor, version));
            }
            view! { <ul class="board-versions">{entries}</ul> }.into_piece()
        }
    };
    view.into_piece()
}

fn entry(editor: Editor, of: BoardVersion) -> Piece {
    let at = date_time(of.changed_ms as f64);
    let widgets = match of.widgets {
        1 => "1 widget".to_owned(),
        count => format!("{count} widgets"),
    };
    let facts = [" by ", &of.changed_by.name, ", ", &widgets].concat();
    let label = ["Restore the version of ", &at].concat();
    let version = of.version;
    let restore = move |_| restore(editor, version);
    let may_edit = editor.may_edit();
    view! {
        <li class="board-version" data-testid="board-version">
            <p><strong>{at}</strong> <span class="form-hint">{facts}</span></p>
            <button
                class="button chip"
                type="button"
                aria-label=label
                hidden=!may_edit
                on:click=restore
            >
                "Restore this version"
            </button>
        </li>
    }
    .into_piece()
}

/// Replaces the content by that of an earlier version, which can be undone as any edit.
fn restore(editor: Editor, version: u64) {
    spawn_local(async move {
        let id = editor.session.id.get_untracked();
        let request = [&board_path(&id), "/versions/", &version.to_string()].concat();
        let response = send(Method::GET, &request, None).await;
        match response.and_then(|response| read::<BoardDocument>(&response)) {
            Ok(document) => {
                let board = Box::new(document.board);
                if editor.session.edit(vec![BoardOperation::Replace { board }]) {
                    editor.offer_undo("Version restored");
                }
            }
            Err(refusal) => {
                let text = ["The version could not be loaded: ", &refusal.text].concat();
                editor.session.tell(Level::Error, sentence(&text));
            }
        }
    });
}
