use crate::kit::browser::{close_popover, focus_test_id, recall, remember, set_style};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change, when};
use crate::session::ROOMS_BUTTON;
use crate::session::rooms::RoomsSession;
use leptos::html::{Aside, Div};
use leptos::prelude::*;
use web_sys::{Element, KeyboardEvent, PointerEvent};

const WIDTH_KEY: &str = "watchroom-rooms-width";

/// The panel's width in CSS pixels.
const WIDTH_PX: i32 = 400;
const WIDTH_PX_MIN: i32 = 300;
const WIDTH_PX_MAX: i32 = 960;

/// What an arrow key changes it by.
const STEP_PX: i32 = 24;

/// The panel beside a page. It stays when it is closed, and counts what is unread.
pub(super) fn panel(session: RoomsSession, body: Piece) -> Piece {
    let open = session.context.panel.open;
    let element = NodeRef::<Aside>::new();
    let stored = recall(WIDTH_KEY).and_then(|width| width.parse().ok());
    let width = State::new(limited(stored.unwrap_or(WIDTH_PX)));
    on_change(move || {
        // The page makes room for it, so it is set on the root.
        let root = document().document_element();
        let text = [&width.get().to_string(), "px"].concat();
        root.and_then(|root| set_style(&root, "--rooms-width", &text));
    });
    let close = on_escape(move || {
        // What is open above it closes first.
        if !close_popover() {
            session.context.panel.toggle();
            focus_test_id(ROOMS_BUTTON);
        }
    });
    view! {
        <aside
            class="rooms-panel"
            aria-label="Rooms"
            node_ref=element
            data-testid="rooms-panel"
            hidden=when(move || !open.get())
            on:keydown=close
        >
            {handle(width)}
            {body}
        </aside>
    }
    .into_piece()
}

/// Handles Escape, unless something within the element has.
pub(super) fn on_escape(close: impl Fn() + 'static) -> impl Fn(KeyboardEvent) + 'static {
    move |event| {
        if event.key() == "Escape" && !event.default_prevented() && !event.is_composing() {
            event.prevent_default();
            close();
        }
    }
}

/// What the panel is resized with, by a pointer and by keys.
fn handle(width: State<i32>) -> Piece {
    let element = NodeRef::<Div>::new();
    let is_dragged = State::new(false);
    let set = move |px: i32| {
        width.set_if_changed(limited(px));
        remember(WIDTH_KEY, &width.get_untracked().to_string());
    };
    let down = move |event: PointerEvent| {
        if let Some(element) = element.get_untracked() {
            // It fails for a pointer that is gone.
            let _ = element.set_pointer_capture(event.pointer_id());
            is_dragged.set(true);
            event.prevent_default();
        }
    };
    let drag = move |event: PointerEvent| {
        if is_dragged.get_untracked() {
            set(window_width() - event.client_x());
        }
    };
    let key = move |event: KeyboardEvent| {
        let width = width.get_untracked();
        match event.key().as_str() {
            "ArrowLeft" => set(width + STEP_PX),
            "ArrowRight" => set(width - STEP_PX),
            "Home" => set(WIDTH_PX_MIN),
            "End" => set(WIDTH_PX_MAX),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div
            class="rooms-resize"
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label="Width of the rooms panel"
            aria-valuemin=WIDTH_PX_MIN.to_string()
            aria-valuemax=WIDTH_PX_MAX.to_string()
            aria-valuenow=live(move || width.get().to_string())
            node_ref=element
            data-testid="rooms-resize"
            on:pointerdown=down
            on:pointermove=drag
            on:pointerup=move |_| is_dragged.set(false)
            on:pointercancel=move |_| is_dragged.set(false)
            on:dblclick=move |_| set(WIDTH_PX)
            on:keydown=key
        ></div>
    }
    .into_piece()
}

fn limited(px: i32) -> i32 {
    px.clamp(WIDTH_PX_MIN, WIDTH_PX_MAX)
}

fn window_width() -> i32 {
    let root = document().document_element();
    root.map_or(0, |root: Element| root.client_width())
}
