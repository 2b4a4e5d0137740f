//! A board in the list of all.

use super::list::Boards;
use super::transfer::export_by_id;
use crate::kit::browser::{date_time, uri_component};
use crate::kit::format::sentence;
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::pages::account::{action, confirmed, said};
use crate::session::api::{Method, Refusal};
use crate::session::boards::{board_path, create, document, new_edit_id, send};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::BoardVisibility;
use protocol::boards::{BoardInfo, NewBoard};

/// The address of a board.
pub(super) fn address(id: &str) -> String {
    ["./boards?board=", &uri_component(id)].concat()
}

pub(super) fn entry(boards: Boards, info: BoardInfo) -> Piece {
    let (id, title) = (info.id.clone(), info.title.clone());
    let of = id.clone();
    let duplicate = move || {
        let of = of.clone();
        act(boards, async move {
            let copy = duplicate(&of, boards.may_share_untracked()).await?;
            Ok(["“", &copy, "” created."].concat())
        });
    };
    let of = id.clone();
    let export = move || {
        let of = of.clone();
        spawn_local(async move {
            if let Err(why) = export_by_id(&of).await {
                boards.told(Err(sentence(&why)));
            }
        });
    };
    let (of, name) = (id.clone(), title.clone());
    let trash = move || {
        let (of, name) = (of.clone(), name.clone());
        act(boards, async move {
            send(Method::DELETE, &board_path(&of), None).await?;
            Ok(["“", &name, "” is in the trash."].concat())
        });
    };
    let trash = match info.may_manage {
        true => action("board-trash", "Move to trash", &title, Box::new(trash)),
        false => ().into_piece(),
    };
    view! {
        <li class="entry board-entry" data-testid="board-entry">
            <p class="entry-name">
                <a href=address(&id) translate="no">{title.clone()}</a>
                " "
                {mark(info.visibility)}
            </p>
            <p class="entry-facts" translate="no">{facts(&info)}</p>
            <div class="controls">
                {action("board-duplicate", "Duplicate", &title, Box::new(duplicate))}
                {action("board-export", "Export", &title, Box::new(export))}
                {trash}
            </div>
        </li>
    }
    .into_piece()
}

pub(super) fn trashed_entry(boards: Boards, info: BoardInfo) -> Piece {
    let (id, title) = (info.id.clone(), info.title.clone());
    let (of, name) = (id.clone(), title.clone());
    let restore = move || {
        let (of, name) = (of.clone(), name.clone());
        act(boards, async move {
            send(Method::POST, &[&board_path(&of), "/restore"].concat(), None).await?;
            Ok(["“", &name, "” is restored."].concat())
        });
    };
    let (of, name) = (id.clone(), title.clone());
    let delete = move || {
        let (of, name) = (of.clone(), name.clone());
        act(boards, async move {
            let request = [&board_path(&of), "?for_good=true"].concat();
            send(Method::DELETE, &request, None).await?;
            Ok(["“", &name, "” is deleted."].concat())
        });
    };
    let controls = match info.may_manage {
        true => view! {
            <div class="controls">
                {action("board-restore", "Restore", &title, Box::new(restore))}
                {confirmed("board-delete", &id, "Delete for good", &title, "Nobody can bring it back.", Box::new(delete))}
            </div>
        }
        .into_piece(),
        false => ().into_piece(),
    };
    view! {
        <li class="entry" data-testid="trashed-entry">
            <p class="entry-name" translate="no">{title}</p>
            <p class="entry-facts" translate="no">{facts(&info)}</p>
            {controls}
        </li>
    }
    .into_piece()
}

/// Does something, says what has become of it, and loads the list.
fn act(boards: Boards, work: impl Future<Output = Result<String, Refusal>> + 'static) {
    spawn_local(async move {
        let result = work.await;
        boards.told(result.map_err(said));
    });
}

async fn duplicate(id: &str, may_share: bool) -> Result<String, Refusal> {
    let of = document(id).await?;
    let title: String = [&of.info.title, " (copy)"]
        .concat()
        .chars()
        .take(100)
        .collect();
    let new = NewBoard {
        title: title.clone(),
        visibility: match may_share {
            true => of.info.visibility,
            false => BoardVisibility::Private,
        },
        content: Some(of.board),
        id: Some(new_edit_id()),
    };
    create(&new).await?;
    Ok(title)
}

fn mark(visibility: BoardVisibility) -> Piece {
    match visibility {
        BoardVisibility::Private => view! {
            <span class="account-tag board-tag" title="Only the owner sees it">
                {icon(icon::PRIVATE)} "Private"
            </span>
        }
        .into_piece(),
        BoardVisibility::Team => ().into_piece(),
    }
}

fn facts(info: &BoardInfo) -> String {
    let widgets = match info.widgets {
        1 => "1 widget".to_owned(),
        count => format!("{count} widgets"),
    };
    let at = date_time(info.changed_ms as f64);
    format!("{widgets} · changed by {} · {at}", info.changed_by.name)
}
