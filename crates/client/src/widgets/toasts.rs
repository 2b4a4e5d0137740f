use crate::kit::browser::hand_focus;
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::icon::{icon, level_path};
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::session::View;
use leptos::prelude::*;
use protocol::Level;

const TOASTS: &str = "toasts";

/// Short messages about the page itself. The badge announces changes of the connection; here only
/// what is wrong otherwise is announced, so that nothing is said twice.
pub(crate) fn toasts(view: View) -> impl IntoView {
    let errors = live(move || view.toasts.newest(Level::Error).unwrap_or_default());
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
                {keyed(move || view.toasts.ids(), move |id| item(view, id))}
            </ul>
        </aside>
    }
}

fn item(view: View, id: u64) -> Piece {
    let Some(toast) = view.toasts.get(id) else {
        return ().into_piece();
    };
    let close = Button::plain("dismiss", "Dismiss", icon::CLOSE, "Dismiss").bare();
    view! {
        <li class="toast" data-testid="toast" data-level=toast.level.name()>
            {icon(level_path(toast.level))} <p>{toast.text}</p>
            {button(
                close,
                Box::new(move || {
                    hand_focus(TOASTS);
                    view.toasts.dismiss(id);
                }),
            )}
        </li>
    }
    .into_piece()
}
