use leptos::prelude::*;

/// What a button is; `pressed` only where it stays down.
pub(super) struct Button {
    pub(super) test_id: &'static str,
    pub(super) title: &'static str,
    /// See [`super::icon`].
    pub(super) icon: Signal<String>,
    pub(super) label: Signal<String>,
    pub(super) pressed: Option<Signal<String>>,
}

/// One type of handler for every button: each type would be compiled anew.
pub(super) fn button(button: Button, click: Box<dyn Fn() + Send>) -> impl IntoView {
    let Button {
        test_id,
        title,
        icon,
        label,
        pressed,
    } = button;
    view! {
        <button
            class="button"
            type="button"
            data-testid=test_id
            title=title
            aria-pressed=pressed
            on:click=move |_| click()
        >
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path d=icon></path>
            </svg>
            <span class="button-label">{label}</span>
        </button>
    }
}
