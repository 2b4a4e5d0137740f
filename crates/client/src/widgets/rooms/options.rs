use crate::kit::browser::{ask_to_notify, monotonic_ms};
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::session::rooms::RoomsSession;
use leptos::prelude::*;
use protocol::{Level, PersonKind};

const POPOVER_ID: &str = "rooms-options";

/// What the user chooses for all rooms.
pub(super) fn options(session: RoomsSession) -> Piece {
    let hidden = session.hidden;
    let notifies = session.notifies;
    let ask = move |is_on: bool| {
        if !is_on {
            return notifies.set(false);
        }
        ask_to_notify(move |granted| {
            notifies.set(granted);
            if !granted {
                let text = "Notifications are blocked in the browser's settings".to_owned();
                session
                    .context
                    .toasts
                    .show(Level::Warning, text, monotonic_ms());
            }
        });
    };
    let announces = session.announces;
    view! {
        <button
            class="button bare"
            type="button"
            title="Options of rooms"
            popovertarget=POPOVER_ID
            data-testid="rooms-options"
        >
            {icon::icon(icon::SETTINGS)}
            <span class="button-label">"Options of rooms"</span>
        </button>
        <div class="popover people" id=POPOVER_ID popover="auto" aria-label="Options of rooms">
            <h2>"Options"</h2>
            {switch("Show others that I am here", move || !hidden.is_on.get(), move |is_on| hidden.set(!is_on))}
            {switch("Notify me about mentions", move || notifies.is_on.get(), ask)}
            {switch("Announce new messages to screen readers", move || announces.is_on.get(), move |is_on| announces.set(is_on))}
            {move || guest_name(session)}
        </div>
    }
    .into_piece()
}

fn switch(
    label: &'static str,
    is_on: impl Fn() -> bool + Copy + Send + Sync + 'static,
    set: impl Fn(bool) + Send + Sync + 'static,
) -> Piece {
    let set = move |_| set(!untrack(is_on));
    view! {
        <button
            class="button"
            type="button"
            role="switch"
            aria-checked=live(move || is_on().to_string())
            on:click=set
        >
            {label}
        </button>
    }
    .into_piece()
}

/// A guest may take another name.
fn guest_name(session: RoomsSession) -> Piece {
    let me = session.rooms.with(|rooms| rooms.me.clone());
    match me {
        Some(me) if me.kind == PersonKind::Guest => {
            let change = Button::plain("guest-rename", "Take another name", "", "Change my name");
            view! {
                <p class="form-hint">
                    "You are " <strong translate="no">{me.name}</strong> ". Names are not verified while login is off."
                </p>
                {button(change, Box::new(move || session.forget_name()))}
            }
            .into_piece()
        }
        _ => ().into_piece(),
    }
}
