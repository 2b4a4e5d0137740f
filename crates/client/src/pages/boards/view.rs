//! A board in the frame of the dashboard.

use super::editor::{Editor, Panel};
use super::head::head;
use super::panel::panel;
use super::section::sections;
use super::variables::variables;
use super::{clipboard, keys, kiosk};
use crate::kit::browser::{has_range, page_url, parameter, set_title, sign_in_path};
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, on_change, when};
use crate::kit::text_content::{text_content, translatable};
use crate::pages::registry::Context;
use crate::session::boards::{BoardSession, BoardStatus};
use crate::widgets::{Liveness, title};
use leptos::prelude::*;

/// In the page's address: which board is shown.
pub(super) const BOARD_PARAMETER: &str = "board";

/// Whatever the page's address says of a board.
pub(super) fn board_page(context: Context) -> Piece {
    let page = context.page;
    let id = parameter(BOARD_PARAMETER).unwrap_or_default();
    let session = BoardSession::begin(page, id);
    let editor = Editor::new(session, context);
    keys::listen(editor);
    clipboard::listen(editor);
    kiosk::begin(editor);
    let liveness = Liveness::of(page);
    on_change(move || {
        let name = session.shown.with(|board| board.title.clone());
        let name = if name.is_empty() { "Board" } else { &name };
        set_title(&title(liveness, name));
    });
    show_time(editor);
    // What stands in it follows its own signals.
    let is_ready = Memo::new(move |_| session.is_shown());
    let content = move || match is_ready.get() {
        true => ready(editor),
        false => absent(session),
    };
    let announced = live(move || editor.announced.get());
    view! {
        <div class="board" data-testid="board" data-editing=live(move || editor.is_on.get().to_string())>
            {content}
            <p class="visually-hidden" role="status" aria-live="polite" data-testid="board-announced" {..translatable(announced)}></p>
        </div>
    }
    .into_piece()
}

fn ready(editor: Editor) -> Piece {
    let session = editor.session;
    let is_open = live(move || {
        match editor.panel.get() {
            Panel::Closed => "closed",
            _ => "open",
        }
        .into()
    });
    view! {
        {head(editor)}
        {signed_out(session)}
        {trashed(editor)}
        {variables(editor)}
        <div class="board-body" data-panel=is_open>
            <div class="board-main">
                {sections(editor)}
                {empty(editor)}
                {add_section(editor)}
            </div>
            {panel(editor)}
        </div>
    }
    .into_piece()
}

/// The board shows its own span of time at first, unless the address has one.
fn show_time(editor: Editor) {
    let session = editor.session;
    let charts = editor.context.with_value(|context| context.charts);
    let is_linked = has_range();
    let done = StoredValue::new(String::new());
    on_change(move || {
        let id = session.id.get();
        if is_linked || session.status.get() != BoardStatus::Ready || done.get_value() == id {
            return;
        }
        done.set_value(id);
        let time = session.shown.with_untracked(|board| board.time.clone());
        if let Some(span_ms) = time.as_deref().and_then(span_ms) {
            charts.show_span(span_ms);
        }
    });
}

/// As in `5m`, in milliseconds.
fn span_ms(text: &str) -> Option<f64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: u32 = digits.parse().ok()?;
    let unit_ms = match unit {
        "s" => 1e3,
        "m" => 60e3,
        "h" => 3_600e3,
        "d" => 86_400e3,
        _ => return None,
    };
    Some(f64::from(count) * unit_ms)
}

/// What stands in place of a board that is not here.
fn absent(session: BoardSession) -> Piece {
    let view = move || match session.status.get() {
        BoardStatus::Missing => view! {
            <div class="board-absent" data-testid="board-missing">
                <h1>"There is no such board"</h1>
                <p>"It was deleted, or it is private and not yours."</p>
                <a class="button" href="./boards">"All boards"</a>
            </div>
        }
        .into_piece(),
        BoardStatus::SignedOut => view! {
            <div class="board-absent" data-testid="board-signed-out">
                <h1>"Your session has ended."</h1>
                <a class="button" href=page_url(&sign_in_path())>"Sign in"</a>
            </div>
        }
        .into_piece(),
        BoardStatus::Failed(why) => {
            let again = Button::plain(
                "board-again",
                "Load the board again",
                icon::REFRESH,
                "Try again",
            );
            view! {
                <div class="board-absent" role="alert">
                    <h1>"The board could not be loaded"</h1>
                    <p>{why}</p>
                    {button(again, Box::new(move || session.load()))}
                </div>
            }
            .into_piece()
        }
        BoardStatus::Loading | BoardStatus::Ready => view! {
            <p class="board-absent" data-testid="board-loading">"Loading the board…"</p>
        }
        .into_piece(),
    };
    view.into_piece()
}

/// Says why the board does not follow others any more.
fn signed_out(session: BoardSession) -> Piece {
    let view = move || match session.status.get() {
        BoardStatus::SignedOut => view! {
            <p class="notice" role="alert" data-testid="board-signed-out">
                "Your session has ended. " <a href=page_url(&sign_in_path())>"Sign in"</a>
            </p>
        }
        .into_piece(),
        _ => ().into_piece(),
    };
    view.into_piece()
}

/// Says that the board is in the trash.
fn trashed(editor: Editor) -> Piece {
    let info = editor.session.info;
    let is_here =
        when(move || info.with(|it| it.as_ref().is_none_or(|it| it.trashed_ms.is_none())));
    view! {
        <p class="notice" data-testid="board-trashed" hidden=is_here>
            "This board is in the trash. It can be restored on the page of all boards."
        </p>
    }
    .into_piece()
}

/// What a board without widgets shows.
fn empty(editor: Editor) -> Piece {
    let shown = editor.session.shown;
    let has_widgets = when(move || shown.with(|board| !board.widgets.is_empty()));
    let cannot_add = when(move || !editor.may_edit());
    let text = live(move || {
        match editor.may_edit() {
            true => {
                "No widgets yet. A widget shows values of series, as a chart or in another way."
            }
            false => "No widgets yet.",
        }
        .into()
    });
    let add = Button {
        class: "button primary",
        ..Button::plain(
            "board-add-first",
            "Add a widget",
            icon::PLUS,
            "Add a widget",
        )
    };
    let begin = move || {
        if !editor.is_on.get_untracked() {
            editor.toggle();
        }
        editor.toggle_panel(Panel::Gallery);
    };
    view! {
        <div class="board-absent" data-testid="board-empty" hidden=has_widgets>
            <p {..text_content(text)}></p>
            <div hidden=cannot_add>{button(add, Box::new(begin))}</div>
        </div>
    }
    .into_piece()
}

/// Adds a section below all others.
fn add_section(editor: Editor) -> Piece {
    let add = Button::plain("section-add", "Add a section", icon::PLUS, "Add a section");
    let act = move || editor.add_section();
    view! {
        <div class="board-add-section" hidden=when(move || !editor.is_on.get())>
            {button(add, Box::new(act))}
        </div>
    }
    .into_piece()
}

#[cfg(test)]
mod tests {
    use super::span_ms;

    #[test]
    fn spans_are_read() {
        assert_eq!(span_ms("5m"), Some(300_000.0));
        assert_eq!(span_ms("7d"), Some(604_800_000.0));
        for other in ["", "m", "5", "5w", "five m"] {
            assert_eq!(span_ms(other), None, "{other}");
        }
    }
}
