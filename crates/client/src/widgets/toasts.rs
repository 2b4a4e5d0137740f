use super::button::{Button, button};
use super::icon::{self, icon, level_path};
use crate::store::{Toast, View};
use crate::text::live;
use leptos::prelude::*;
use protocol::Level;

/// Short messages about the page itself. The badge announces changes of the connection; here only
/// what is wrong otherwise is announced, so that nothing is said twice.
pub(crate) fn toasts(view: View) -> impl IntoView {
    let errors = live(move || {
        let mut shown = view.toasts.shown().into_iter().rev();
        shown
            .find(|toast| toast.level == Level::Error)
            .map_or(String::new(), |toast| toast.text)
    });
    view! {
        <aside class="bodiless" aria-label="Messages">
            <p class="visually-hidden" role="status" aria-live="polite">
                {errors}
            </p>
            <ul class="toasts" data-testid="toasts">
                <For
                    each=move || view.toasts.shown()
                    key=|toast| toast.id
                    children=move |toast| item(view, toast)
                />
            </ul>
        </aside>
    }
}

fn item(view: View, toast: Toast) -> impl IntoView {
    let id = toast.id;
    let close = Button::plain("dismiss", "Dismiss", icon::CLOSE, "Dismiss").bare();
    view! {
        <li class="toast" data-testid="toast" data-level=toast.level.name()>
            {icon(level_path(toast.level))} <p>{toast.text}</p>
            {button(close, Box::new(move || view.toasts.dismiss(id)))}
        </li>
    }
}
