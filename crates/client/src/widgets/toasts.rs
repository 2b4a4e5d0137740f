use crate::kit::browser::{Timer, hand_focus};
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::icon::{icon, level_path};
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, on_change, when};
use crate::kit::text_content::text_content;
use crate::kit::toasts::Toasts;
use leptos::prelude::*;
use protocol::Level;

const TOASTS: &str = "toasts";

/// Short messages about the page itself. The badge announces changes of the connection; here only
/// errors are announced, so that nothing is announced twice.
pub(crate) fn toasts(toasts: Toasts) -> impl IntoView {
    let errors = live(move || toasts.newest(Level::Error).unwrap_or_default());
    let expiry = StoredValue::new_local(None);
    on_change(move || {
        let timer = toasts
            .next_end_ms()
            .map(|at_ms| Timer::at(at_ms, move || toasts.tick(at_ms)));
        expiry.set_value(timer);
    });
    view! {
        <aside class="bodiless" aria-label="Messages">
            <p
                class="visually-hidden"
                role="status"
                aria-live="polite"
                {..text_content(errors)}
            ></p>
            <ul
                class="toasts"
                id=TOASTS
                tabindex="-1"
                data-testid="toasts"
            >
                {keyed(move || toasts.ids(), move |id| item(toasts, id))}
            </ul>
        </aside>
    }
}

fn item(toasts: Toasts, id: u64) -> Piece {
    let Some(toast) = toasts.get(id) else {
        return ().into_piece();
    };
    let action = toast.action.clone();
    let has_no_action = toast.action.is_none();
    let label = action.as_ref().map_or("", |action| action.label);
    let what = Button::plain("toast-action", label, "", label).small();
    let act = move || {
        if let Some(action) = &action {
            (action.run)();
        }
        hand_focus(TOASTS);
        toasts.dismiss(id);
    };
    let action = button(what, Box::new(act));
    let close = Button::plain("dismiss", "Dismiss", icon::CLOSE, "Dismiss").bare();
    view! {
        <li class="toast" data-testid="toast" data-level=toast.level.name()>
            {icon(level_path(toast.level))} <p>{toast.text}</p>
            <span hidden=when(move || has_no_action)>{action}</span>
            {button(
                close,
                Box::new(move || {
                    hand_focus(TOASTS);
                    toasts.dismiss(id);
                }),
            )}
        </li>
    }
    .into_piece()
}
